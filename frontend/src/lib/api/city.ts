import { api, take, takeAs } from './http';
import type {
  Agency, AgencyScore, BoardItem, Category, Collection, Due, Operations, Page, Statistics, Text, UnitFeature, Ward
} from './types';

const kept = new Map<string, Promise<unknown>>();

/** Reference data hardly changes: one request per visit; a failure is not kept. */
function keep<T>(name: string, load: () => Promise<T>): Promise<T> {
  const known = kept.get(name) as Promise<T> | undefined;
  if (known) return known;
  const loading = load();
  kept.set(name, loading);
  loading.catch(() => kept.delete(name));
  return loading;
}

export const categories = (): Promise<Category[]> =>
  keep('categories', async () => (await take(api.GET('/v1/categories'))).items);
export const outlines = (): Promise<Collection<UnitFeature>> =>
  keep('outlines', () => takeAs(api.GET('/v1/units.geojson')));
/** Communes and wards of today. */
export const communes = (): Promise<{ code: string; name: string }[]> =>
  keep('communes', async () =>
    (await take(api.GET('/v1/units', { params: { query: { level: 'commune' } } }))).items);
export const agencies = (q: string): Promise<Page<Agency>> =>
  take(api.GET('/v1/agencies', { params: { query: { q, limit: 20 } } }));
export const ward = (lat: number, lon: number): Promise<Ward> =>
  take(api.GET('/v1/places/ward', { params: { query: { lat, lon } } }));
export const due = (from: string, days: number): Promise<Due> =>
  take(api.GET('/v1/calendar/due', { params: { query: { from, working_days: days } } }));
export const board = (
  filter: 'today' | 'overdue', cursor: string | null
): Promise<Page<BoardItem>> =>
  take(api.GET('/v1/sla/board', { params: { query: { filter, limit: 20, cursor } } }));
export const scores = (asOf?: string, cursor?: string | null): Promise<Page<AgencyScore>> =>
  take(api.GET('/v1/statistics/agencies', {
    params: { query: { as_of: asOf || undefined, limit: 100, cursor } }
  }));
/** Every agency's name by its id. */
export const agencyNames = (): Promise<Map<string, Text>> => keep('agency-names', async () => {
  const found = new Map<string, Text>();
  let cursor: string | null | undefined = null;
  do {
    const page: Page<Agency> = await take(
      api.GET('/v1/agencies', { params: { query: { limit: 100, cursor } } })
    );
    for (const one of page.items) found.set(one.id, one.name);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
});
export const statistics = (asOf?: string): Promise<Statistics> =>
  takeAs(api.GET('/v1/statistics/reports', { params: { query: { as_of: asOf || undefined } } }));
export const operations = (): Promise<Operations> => take(api.GET('/v1/ops/status'));
/** Parts of the city and how each is; also when it answers that it is not well (503). */
export async function health(): Promise<Record<string, string>> {
  const told = (await (await fetch('/healthz')).json()) as { parts: Record<string, string> };
  return told.parts;
}
export const redrive = (name: string): Promise<{ moved: number }> =>
  take(api.POST('/v1/ops/queues/{name}/redrive', { params: { path: { name } } }));
