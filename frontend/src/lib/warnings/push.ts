/** This browser as a place to be warned: subscribe with the city's key, tell the city, and back. */
import * as warnings from '$lib/api/warnings';

export type PushState = 'unsupported' | 'denied' | 'off' | 'on';

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat(-text.length & 3));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/** On a first visit the shell asks for the worker late; whoever wants warnings need not wait. */
async function manager(): Promise<PushManager | null> {
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis)) return null;
  const worker = await navigator.serviceWorker.register('/sw.js').catch(() => null);
  return worker?.pushManager ?? null;
}

export async function pushState(): Promise<PushState> {
  const push = await manager();
  if (!push) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  return (await push.getSubscription()) ? 'on' : 'off';
}

/** Asks the person, subscribes, and tells the city. Throws what the browser or the city says. */
export async function subscribe(): Promise<PushState> {
  const push = await manager();
  if (!push) return 'unsupported';
  if ((await Notification.requestPermission()) !== 'granted') return 'denied';
  const key = bytes(await warnings.pushKey());
  await navigator.serviceWorker.ready; // only an active worker may subscribe
  const made = await push.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = made.toJSON();
  await warnings.addBrowser(endpoint ?? '', {
    p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? ''
  });
  return 'on';
}

export async function unsubscribe(): Promise<PushState> {
  const held = await (await manager())?.getSubscription();
  await held?.unsubscribe(); // the city hears it from the push service, and forgets this device
  return 'off';
}
