/**
 * Sends queued drafts: at start, when the network comes back, and by a button. Where a browser has
 * Background Sync the worker sends them without a page (sw/outbox.js); nothing depends on it.
 */
import { media, reports, Trouble, type Report } from '$lib/api';
import { explain } from '$lib/explain';
import { getLocale } from '$lib/paraglide/runtime';
import { session } from '$lib/session.svelte';
import * as store from './store';
import type { Draft } from './store';

export type Progress = (photo: string, part: number) => void;

/** Uploads what is missing and submits. Safe to call again after any failure. */
export async function send(draft: Draft, progress: Progress = () => {}): Promise<Report> {
  if (!draft.place) throw new Error('no place');
  for (const photo of draft.photos) {
    if (photo.media_id) continue;
    photo.media_id = await media.upload(photo.blob, 'report', (p) => progress(photo.id, p));
    await store.save(draft);
  }
  const made = await reports.submit(
    {
      category: draft.category,
      text: draft.text.trim(),
      place: draft.place,
      photos: draft.photos.map((photo) => photo.media_id as string),
      accept_terms: true
    },
    draft.key
  );
  await store.remove(draft.id);
  return made;
}

class Outbox {
  waiting = $state<Draft[]>([]);
  refused = $state<Draft[]>([]);
  sending = $state(false);
  sent = $state<Report[]>([]);

  async look(): Promise<void> {
    try {
      const found = await store.all(session.owner);
      this.waiting = found.filter((draft) => draft.status === 'queued');
      this.refused = found.filter((draft) => draft.status === 'refused');
    } catch {
      this.waiting = []; // no IndexedDB here (a private window): nothing is kept
    }
  }

  async queue(draft: Draft): Promise<void> {
    const owner = draft.owner ?? session.owner;
    await store.save({ ...draft, owner, status: 'queued', language: getLocale() });
    await this.look();
    await wish();
  }

  /** Sends what waits. One refusal does not stop the rest; no network stops it. */
  async drain(): Promise<void> {
    if (this.sending || !session.me || !navigator.onLine) return this.look();
    this.sending = true;
    await navigator.locks.request('hues-outbox', () => this.#send());
  }

  async #send(): Promise<void> {
    try {
      await this.look(); // the worker may have sent some meanwhile
      for (const draft of this.waiting) {
        const plain = $state.snapshot(draft) as Draft;
        try {
          this.sent.push(await send(plain));
        } catch (error) {
          if (error instanceof Trouble && (error.passing || error.status === 401)) break;
          await store.save({ ...plain, status: 'refused', refusal: explain(error).what });
        }
      }
    } finally {
      this.sending = false;
      await this.look();
    }
  }

  /** Back to the form, to mend what was refused. A new key: it will be another request. */
  async reopen(draft: Draft): Promise<void> {
    const plain = $state.snapshot(draft) as Draft;
    await store.save({ ...plain, status: 'draft', refusal: null, key: crypto.randomUUID() });
    await this.look();
  }

  /** Takes back what `drop` removed. */
  async keep(draft: Draft): Promise<void> {
    await store.save($state.snapshot(draft) as Draft);
    await this.look();
  }

  async drop(draft: Draft): Promise<void> {
    await store.remove(draft.id);
    await this.look();
  }

  start(): void {
    addEventListener('online', () => void session.wake().then(() => this.drain()));
    navigator.serviceWorker?.addEventListener('message', (event) => {
      if (event.data === 'drain') void this.drain();
      if (event.data === 'drained') void this.look().then(() => (this.sent = [...this.sent]));
    });
    void this.drain();
  }
}

async function wish(): Promise<void> {
  try {
    const worker = await navigator.serviceWorker?.getRegistration();
    const sync = (worker as unknown as { sync?: { register(tag: string): Promise<void> } })?.sync;
    await sync?.register('drain');
  } catch {
    // not offered by this browser
  }
}

export const outbox = new Outbox();
