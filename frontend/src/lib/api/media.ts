/** Photos: a ticket from the API, then the bytes straight to the store. */
import { api, take, Trouble } from './http';
import type { NewMedia } from './types';

export const TYPES = ['image/jpeg', 'image/png', 'image/webp'];
export const MAX_BYTES = 15 * 1024 * 1024;

/**
 * Uploads one photo and returns its id. `progress` gets 0..1.
 */
export async function upload(
  photo: Blob,
  purpose: 'report' | 'answer',
  progress: (part: number) => void = () => {}
): Promise<string> {
  const ticket = await take(
    api.POST('/v1/media', {
      body: { content_type: photo.type as NewMedia['content_type'], size: photo.size, purpose }
    })
  );
  const { url, fields, method } = ticket.upload;
  await send(url, fields, photo, progress, method);
  progress(1);
  return ticket.id;
}

/**
 * Sends a file to the store by the form that the city gave. XMLHttpRequest, because fetch does not
 * tell how much has gone up.
 */
export function send(
  url: string,
  fields: Record<string, string>,
  file: Blob,
  progress: (part: number) => void,
  method = 'POST'
): Promise<void> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', file);
  return new Promise<void>((done, failed) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    // a photo is let go after two minutes, an hour's recording is not
    request.timeout = Math.max(120_000, file.size / 100);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    const lost = (): void => failed(new Trouble(0, 'offline', null, null));
    request.onerror = lost;
    request.ontimeout = lost;
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) done();
      else failed(new Trouble(request.status, 'upload', null, null));
    };
    request.send(form);
  });
}

/**
 * Makes a photo fit to send: at most `edge` pixels a side, as JPEG, which also drops what the
 * camera wrote into the file. A file that the browser cannot draw is returned as it is.
 */
export async function shrink(file: Blob, edge = 2048): Promise<Blob> {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.86));
    return made ?? file;
  } catch {
    return file;
  }
}
