/**
 * The guide kept on this device, whole or not at all: texts and pictures as the city lists them,
 * and the files of the screens that show them (`/tour-pack.json`, written by scripts/worker.mjs).
 * sw/sw.js answers from this cache when there is no network.
 */
import * as tour from '$lib/api/tour';

export const CACHE = 'tour-1';
const PARTIAL = `${CACHE}-partial`;
const KEPT = 'hues.tour';

export interface Kept { version: string; bytes: number; at: string }

class TourPack {
  kept = $state<Kept | null>(read());
  done = $state(0);
  all = $state(0);
  failed = $state(false);
  gone = $state(false);
  readonly possible = 'caches' in globalThis && 'serviceWorker' in navigator;

  get busy(): boolean {
    return this.all > 0;
  }

  /** About how many bytes keeping would take; texts are not counted. */
  async size(): Promise<number> {
    const [listed, files] = await Promise.all([tour.pack(), screens()]);
    const bytes = listed.parts.reduce((sum, part) => sum + (part.bytes ?? 0), 0);
    return bytes + files.reduce((sum, file) => sum + file.bytes, 0);
  }

  async keep(): Promise<void> {
    this.failed = this.gone = false;
    try {
      const [listed, files] = await Promise.all([tour.pack(), screens()]);
      const urls = [...new Set([...listed.parts, ...files].map((one) => one.url))];
      this.all = urls.length + 1;
      await caches.delete(PARTIAL);
      const fresh = await caches.open(PARTIAL);
      let bytes = 0;
      for (const url of ['/tour-pack.json', ...urls]) {
        const answer = await fetch(url, { cache: 'no-store' });
        if (!answer.ok) throw new Error(url);
        bytes += (await answer.clone().blob()).size;
        await fresh.put(url, answer);
        this.done += 1;
      }
      // Everything is here: only now does the new set take the old one's place.
      const held = await caches.open(CACHE);
      for (const old of await held.keys()) await held.delete(old);
      for (const request of await fresh.keys()) {
        const answer = await fresh.match(request);
        if (answer) await held.put(request, answer);
      }
      this.kept = { version: listed.version, bytes, at: new Date().toISOString() };
      localStorage.setItem(KEPT, JSON.stringify(this.kept));
    } catch {
      this.failed = true;
    } finally {
      await caches.delete(PARTIAL);
      this.all = this.done = 0;
    }
  }

  async drop(): Promise<void> {
    await caches.delete(CACHE);
    localStorage.removeItem(KEPT);
    this.kept = null;
    this.gone = true;
  }
}

async function screens(): Promise<{ url: string; bytes: number }[]> {
  return (await (await fetch('/tour-pack.json')).json()) as { url: string; bytes: number }[];
}

function read(): Kept | null {
  return JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Kept | null;
}

export const pack = new TourPack();
