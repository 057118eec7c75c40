/** What each tab of the desk reads, as rows of its list. */
import * as books from '$lib/api/books';
import { day, say } from '$lib/format';
import { vnd } from '$lib/money/format';
import { kindName } from '$lib/money/kinds';
import type { Row } from '../Bench.svelte';
import { comparison, grounds, progress, source, stands } from './words';

export type Tab = 'disputes' | 'cases' | 'differences' | 'shops' | 'books';
export interface Matter extends Row {
  dispute?: books.Dispute;
  difference?: books.Difference;
  application?: books.Application;
  from?: 'bank' | 'bill';
}
/** What waits, and where each source goes on; null where it has ended. */
export interface Shelf { rows: Matter[]; next: (string | null)[] }
type Source = (cursor?: string) => Promise<{ items: Matter[]; next_cursor?: string | null }>;

/** A page of the API as rows. */
const rows = <T>(
  ask: (cursor?: string) => Promise<{ items: T[]; next_cursor?: string | null }>,
  row: (one: T) => Matter
): Source => async (cursor) => {
  const { items, next_cursor } = await ask(cursor);
  return { items: items.map(row), next_cursor };
};

export const SOURCES: Record<Tab, Source[]> = {
  disputes: [rows(books.disputes, (one) => ({
    id: one.id, title: grounds(one.grounds), chip: say(one.state_name), dispute: one,
    sub: `${kindName(one.payment_kind)} · ${vnd(one.paid_vnd)} · ${day(one.opened_at)}`
  }))],
  cases: [
    rows(books.bankCases, (one) => ({
      id: one.payment_id, title: kindName(one.kind), chip: stands(one),
      sub: vnd(one.amount_vnd), from: 'bank' as const
    })),
    rows(books.billCases, (one) => ({
      id: one.payment_id, title: source(one.biller), chip: stands(one),
      sub: `${one.bill_id} · ${vnd(one.amount_vnd)}`, from: 'bill' as const
    }))
  ],
  differences: [rows(books.differences, (one) => ({
    id: `${one.source} ${one.ref}`, title: comparison(one.kind), chip: progress(one.progress),
    sub: `${source(one.source)} · ${day(one.day)}`, difference: one
  }))],
  shops: [rows(books.applications, (one) => ({
    id: one.id, title: one.name, chip: say(one.category_name), application: one,
    sub: `${one.ward_name} · ${day(one.applied_at)}`
  }))],
  books: []
};

/** The next page of each source, or the first. */
export async function read(sources: Source[], from: (string | null)[] = []): Promise<Shelf> {
  const pages = await Promise.all(sources.map((ask, i) =>
    from[i] === null ? { items: [], next_cursor: null } : ask(from[i])));
  return {
    rows: pages.flatMap((one) => one.items), next: pages.map((one) => one.next_cursor ?? null)
  };
}
