/** What each tab of the desk reads, as rows of its list. */
import type { Page } from '$lib/api';
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
type Source = (cursor: string | null) => Promise<Page<Matter>>;

/** A page of the API as rows. */
const rows = <T>(
  ask: (cursor: string | null) => Promise<Page<T>>, row: (one: T) => Matter
): Source => async (cursor) => {
  const page = await ask(cursor);
  return { ...page, items: page.items.map(row) };
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

/** The next page of each source as one; the cursor holds theirs, null for one that has ended. */
export async function pages(sources: Source[], cursor: string | null): Promise<Page<Matter>> {
  const from: (string | null)[] | null = cursor === null ? null : JSON.parse(cursor);
  const found = await Promise.all(sources.map((ask, i): Promise<Page<Matter>> =>
    from && from[i] === null ? Promise.resolve({ items: [] }) : ask(from?.[i] ?? null)));
  const next = found.map((one) => one.next_cursor ?? null);
  return {
    items: found.flatMap((one) => one.items),
    next_cursor: next.some(Boolean) ? JSON.stringify(next) : null
  };
}
