/**
 * The key of a payment, kept on this device before anything is sent. Whoever tries the same again
 * after a lost answer or a closed page sends the same key, and the city pays once. It is let go
 * when the city has answered for good.
 */
import { Trouble } from '$lib/api';
import { session } from '$lib/session.svelte';

const PREFIX = 'hues.pay.';
const LIFE_MS = 24 * 3_600_000;

async function nameOf(route: string, intent: unknown): Promise<string> {
  const words = JSON.stringify([session.me?.id, route, intent]);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(words));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0'));
  return PREFIX + hex.join('').slice(0, 32);
}

function kept(name: string): string | null {
  try {
    const held = JSON.parse(localStorage.getItem(name) ?? 'null') as { key: string; at: number };
    return held && Date.now() - held.at < LIFE_MS ? held.key : null;
  } catch {
    return null;
  }
}

/** Sends `intent` under its key; the same intent after a lost answer goes under the same one. */
export async function payOnce<T>(
  route: string, intent: unknown, send: (key: string) => Promise<T>
): Promise<T> {
  const name = await nameOf(route, intent);
  const key = kept(name) ?? crypto.randomUUID();
  localStorage.setItem(name, JSON.stringify({ key, at: Date.now() }));
  try {
    const done = await send(key);
    localStorage.removeItem(name);
    return done;
  } catch (trouble) {
    if (!(trouble instanceof Trouble && trouble.passing)) localStorage.removeItem(name);
    throw trouble;
  }
}
