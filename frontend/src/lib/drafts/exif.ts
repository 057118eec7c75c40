/**
 * Where a photo was taken, from its EXIF block (CIPA DC-008, tags 1-4 of the GPS directory), or null.
 * Read on this device before the photo is made smaller, which drops that block.
 */
const GPS_POINTER = 0x8825;
const RATIONAL = 5;
const MOST_ENTRIES = 200;

export function photoPlace(bytes: ArrayBuffer): { lat: number; lon: number } | null {
  try {
    const view = new DataView(bytes);
    const start = tiff(view);
    return start === null ? null : place(view, start);
  } catch {
    return null; // a block that ends in the middle, or points outside itself
  }
}

/** Where the TIFF header begins: in the APP1 segment that says Exif. */
function tiff(view: DataView): number | null {
  if (view.getUint16(0) !== 0xffd8) return null; // no JPEG
  for (let at = 2; view.getUint16(at) >= 0xffe0 && view.getUint16(at) <= 0xffef;) {
    if (view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return at + 10;
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function place(view: DataView, start: number): { lat: number; lon: number } | null {
  const little = view.getUint16(start) === 0x4949;
  const short = (at: number): number => view.getUint16(at, little);
  const long = (at: number): number => view.getUint32(at, little);
  const entries = (at: number): Map<number, number> => {
    const found = new Map<number, number>();
    const count = Math.min(short(at), MOST_ENTRIES);
    for (let i = 0; i < count; i++) found.set(short(at + 2 + 12 * i), at + 2 + 12 * i);
    return found;
  };
  const pointer = entries(start + long(start + 4)).get(GPS_POINTER);
  if (pointer === undefined) return null;
  const gps = entries(start + long(pointer + 8));
  const degrees = (tag: number, negative: string): number | null => {
    const [sign, value] = [gps.get(tag), gps.get(tag + 1)];
    if (sign === undefined || value === undefined || short(value + 2) !== RATIONAL) return null;
    const at = start + long(value + 8);
    const part = (i: number): number => long(at + 8 * i) / long(at + 8 * i + 4);
    const size = part(0) + part(1) / 60 + part(2) / 3600;
    return String.fromCharCode(view.getUint8(sign + 8)) === negative ? -size : size;
  };
  const [lat, lon] = [degrees(1, 'S'), degrees(3, 'W')];
  const real = lat !== null && lon !== null && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  return real && (lat || lon) ? { lat, lon } : null;
}
