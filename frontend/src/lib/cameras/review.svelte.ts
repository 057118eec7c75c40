/**
 * The review at one desk: the list, the case in hand, the next one loaded ahead, and a few seconds
 * in which a decision can be taken back, since the city takes none back once it has it.
 */
import { Trouble } from '$lib/api';
import * as violations from '$lib/api/violations';
import { session } from '$lib/session.svelte';

export const UNDO_MS = 6000;
const FRESH_MS = 4 * 60_000; // addresses of evidence last five minutes
export type Mode = 'centre' | 'agency' | 'auditor';
export interface Loaded {
  case: violations.Case; evidence: violations.Evidence | null; trouble: unknown; at: number;
}
interface Pending {
  id: string; step: 'confirm' | 'deny'; body: Record<string, unknown>; key: string;
  timer: ReturnType<typeof setTimeout>;
}

/** Whether somebody else looks at it just now. */
export const taken = (one: violations.Card): boolean =>
  !!one.claim && one.claim.by !== session.me?.id && new Date(one.claim.until) > new Date();

export class Review {
  items = $state.raw<violations.Card[]>([]);
  cursor = $state<string | null>(null);
  sought = $state<violations.Sought>({ state: 'waiting' });
  at = $state<string | null>(null);
  now = $state.raw<Loaded | null>(null);
  pending = $state.raw<Pending | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  loaded = $state(false);
  #ahead = new Map<string, Promise<Loaded>>();
  #claimed = new Set<string>();

  /** `wanted`: the case that somebody was led to; else the first that nobody has. */
  constructor(readonly mode: Mode, private wanted: string | null = null) {}

  async list(more = false): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      const cursor = more ? this.cursor : null;
      const found = this.mode === 'agency'
        ? await violations.handed(cursor) : await violations.queue(this.sought, cursor);
      const fresh = found.items.filter((one) => one.id !== this.pending?.id);
      this.items = more ? [...this.items, ...fresh] : fresh;
      this.cursor = found.next_cursor ?? null;
      this.loaded = true;
      const first = this.wanted ?? this.items.find((one) => !taken(one))?.id;
      this.wanted = null;
      if (!this.at && first) await this.open(first);
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }

  async choose(sought: violations.Sought): Promise<void> {
    await this.send();
    this.sought = sought;
    [this.at, this.now] = [null, null];
    await this.list();
  }

  async open(id: string): Promise<void> {
    this.at = id;
    this.error = null;
    this.now = null; // never decide on what is not shown
    try {
      const found = await this.#get(id);
      if (this.at !== id) return;
      this.now = found;
      this.#preload(id);
    } catch (error) {
      if (this.at === id) this.error = error;
    }
  }

  step(by: 1 | -1): Promise<void> | null {
    const i = this.items.findIndex((one) => one.id === this.at);
    const next = this.items[i + by];
    return next ? this.open(next.id) : null;
  }

  /** Says yes or no; it is sent when the time to take it back is over, or with the next one. */
  async judge(step: 'confirm' | 'deny', body: Record<string, unknown>): Promise<void> {
    const id = this.now?.case.id;
    if (!id || !this.now?.case.may.includes(step)) return;
    const before = this.send();
    const timer = setTimeout(() => void this.send(), UNDO_MS);
    this.pending = { id, step, body, key: crypto.randomUUID(), timer };
    this.#past(id);
    await before;
  }

  undo(): void {
    const back = this.pending;
    if (!back) return;
    clearTimeout(back.timer);
    this.pending = null;
    this.at = back.id;
    void this.list().then(() => this.open(back.id));
  }

  async send(leaving = false): Promise<void> {
    const told = this.pending;
    if (!told) return;
    clearTimeout(told.timer);
    this.pending = null;
    try {
      await violations.act(told.id, told.step, told.body, told.key, leaving);
      this.#claimed.delete(told.id);
      this.#ahead.delete(told.id);
    } catch (error) {
      await this.list();
      this.error = error;
    }
  }

  /** A step that is sent at once; `confirm` goes before a transfer of what still waits. */
  async act(step: 'transfer' | 'outcome', body: Record<string, unknown>): Promise<boolean> {
    const found = this.now?.case;
    if (!found) return false;
    this.busy = true;
    this.error = null;
    try {
      if (step === 'transfer' && found.state === 'waiting') {
        this.#show(await violations.act(found.id, 'confirm', {}, crypto.randomUUID()));
      }
      this.#show(await violations.act(found.id, step, body, crypto.randomUUID()));
      this.#claimed.delete(found.id);
      if (this.mode === 'centre') this.#past(found.id);
      return true;
    } catch (error) {
      this.error = error;
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The page is left: what was decided is sent, what was not is given back. */
  leave(): void {
    void this.send(true);
    for (const id of this.#claimed) violations.release(id).catch(() => {}); // or in ten minutes
    this.#claimed.clear();
  }

  #show(found: violations.Case): void {
    if (this.now?.case.id === found.id) this.now = { ...this.now, case: found };
    this.#ahead.delete(found.id);
  }

  /** On to the next one; the one that is dealt with leaves the list. */
  #past(id: string): void {
    const i = this.items.findIndex((one) => one.id === id);
    this.items = this.items.filter((one) => one.id !== id);
    const next = this.items.slice(i).find((one) => !taken(one))
      ?? this.items.findLast((one) => !taken(one));
    if (next) void this.open(next.id);
    else {
      [this.at, this.now] = [null, null];
      void this.list();
    }
  }

  async #get(id: string): Promise<Loaded> {
    const held = this.#ahead.get(id);
    if (held) {
      const found = await held.catch(() => null);
      if (found && Date.now() - found.at < FRESH_MS) return found;
    }
    const loading = this.#load(id);
    this.#ahead.set(id, loading);
    loading.catch(() => this.#ahead.delete(id));
    return loading;
  }

  async #load(id: string): Promise<Loaded> {
    const waits = this.items.find((one) => one.id === id)?.state === 'waiting';
    let found: violations.Case;
    if (this.mode === 'centre' && waits) {
      found = await violations.claim(id);
      this.#claimed.add(id);
    } else found = await violations.one(id);
    let evidence: violations.Evidence | null = null;
    let trouble: unknown = null;
    if (this.mode !== 'auditor' && !found.erased_at) {
      try {
        evidence = await violations.evidence(id);
      } catch (error) {
        trouble = error; // without its files a case can still be read
      }
    }
    return { case: found, evidence, trouble, at: Date.now() };
  }

  /** The next one is claimed and its files are fetched while this one is looked at. */
  #preload(id: string): void {
    const i = this.items.findIndex((one) => one.id === id);
    const next = this.items.slice(i + 1).find((one) => !taken(one));
    if (!next || this.mode !== 'centre') return;
    this.#get(next.id).then((found) => {
      for (const file of found.evidence?.files ?? []) {
        if (file.content_type.startsWith('image/')) new Image().src = file.url;
      }
    }, (error: unknown) => {
      // somebody else has it: it is tried again when it is opened
      if (!(error instanceof Trouble)) throw error;
    });
  }
}
