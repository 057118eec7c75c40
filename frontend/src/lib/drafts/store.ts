/** Drafts and the send queue on this device, photos as blobs. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

export interface DraftPhoto {
  id: string;
  blob: Blob;
  /** Set once uploaded; a retry then skips this photo. */
  media_id: string | null;
}

export interface Draft {
  id: string;
  /** The same key for every try, so that a lost answer never makes a second report. */
  key: string;
  /** Whose draft it is; null while nobody was signed in. */
  owner: string | null;
  status: 'draft' | 'queued' | 'refused';
  category: string;
  /** The person chose the field; otherwise it follows the words. */
  picked?: boolean;
  text: string;
  place: { lat: number; lon: number; address: string } | null;
  photos: DraftPhoto[];
  changed_at: number;
  /** Why the city refused it, in words. */
  refusal: string | null;
  /** The language to say that in, when the worker sends it without a page. */
  language?: 'vi' | 'en';
}

interface Shape extends DBSchema {
  drafts: { key: string; value: Draft };
}

let opening: Promise<IDBPDatabase<Shape>> | null = null;

function open(): Promise<IDBPDatabase<Shape>> {
  opening ??= openDB<Shape>('hues', 1, {
    upgrade(db) {
      db.createObjectStore('drafts', { keyPath: 'id' });
    }
  });
  return opening;
}

export function blank(owner: string | null): Draft {
  return {
    id: crypto.randomUUID(),
    key: crypto.randomUUID(),
    owner,
    status: 'draft',
    category: '',
    text: '',
    place: null,
    photos: [],
    changed_at: Date.now(),
    refusal: null
  };
}

const visible = (draft: Draft, owner: string | null): boolean =>
  draft.owner === null || draft.owner === owner;

export async function save(draft: Draft): Promise<void> {
  await (await open()).put('drafts', { ...draft, changed_at: Date.now() });
}

export async function remove(id: string): Promise<void> {
  await (await open()).delete('drafts', id);
}

/** Everything of this person (and of nobody) on this device, oldest change first. */
export async function all(owner: string | null): Promise<Draft[]> {
  const found = (await (await open()).getAll('drafts')).filter((d) => visible(d, owner));
  return found.sort((a, b) => a.changed_at - b.changed_at);
}

export async function current(owner: string | null): Promise<Draft | null> {
  return (await all(owner)).findLast((draft) => draft.status === 'draft') ?? null;
}

/** Removes what a person left on this device. */
export async function clear(owner: string | null): Promise<void> {
  for (const draft of await all(owner)) await remove(draft.id);
}
