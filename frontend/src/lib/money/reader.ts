/**
 * Reading QR codes in the browser: by its own detector where it has one, else by zxing, whose
 * megabyte is fetched the first time somebody needs it. Pictures never leave the device.
 */
type Picture = HTMLVideoElement | ImageBitmap;
type Detector = { detect(from: Picture): Promise<{ rawValue: string }[]> };
type Detectors = {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
};

const LONGEST_SIDE = 1600; // enough for a code, and a phone's memory survives it
export type Reader = (from: Picture) => Promise<string | null>;

export async function reader(): Promise<Reader> {
  const found = (globalThis as unknown as { BarcodeDetector?: Detectors }).BarcodeDetector;
  if (found && (await found.getSupportedFormats()).includes('qr_code')) {
    const own = new found({ formats: ['qr_code'] });
    return async (from) => (await own.detect(from))[0]?.rawValue ?? null;
  }
  const [{ prepareZXingModule, readBarcodes }, wasm] = await Promise.all([
    import('zxing-wasm/reader'),
    import('zxing-wasm/reader/zxing_reader.wasm?url')
  ]);
  prepareZXingModule({ overrides: { locateFile: () => wasm.default } });
  return async (from) => {
    const [hit] = await readBarcodes(pixels(from), { formats: ['QRCode'], maxNumberOfSymbols: 1 });
    return hit?.isValid ? hit.text : null;
  };
}

function pixels(from: Picture): ImageData {
  const [width, height] = from instanceof HTMLVideoElement
    ? [from.videoWidth, from.videoHeight] : [from.width, from.height];
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height, 1));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (!pen) throw new Error('no canvas');
  pen.drawImage(from, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
