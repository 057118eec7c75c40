import { get, post } from './http';
import type {
  Agency, Category, Collection, Due, Operations, Page, Statistics, UnitFeature, Ward
} from './types';

const kept = new Map<string, Promise<unknown>>();

/** Reference data hardly changes: one request per visit; a failure is not kept. */
function once<T>(name: string, load: () => Promise<T>): Promise<T> {
  const known = kept.get(name) as Promise<T> | undefined;
  if (known) return known;
  const loading = load();
  kept.set(name, loading);
  loading.catch(() => kept.delete(name));
  return loading;
}

export const categories = (): Promise<Category[]> =>
  once('categories', async () => (await get<Page<Category>>('/v1/categories')).items);
export const outlines = (): Promise<Collection<UnitFeature>> =>
  once('outlines', () => get('/v1/units.geojson'));
export const agencies = (q: string): Promise<Page<Agency>> =>
  get('/v1/agencies', { q, limit: 20 });
export const ward = (lat: number, lon: number): Promise<Ward> =>
  get('/v1/places/ward', { lat, lon });
export const due = (from: string, days: number): Promise<Due> =>
  get('/v1/calendar/due', { from, working_days: days });
export const statistics = (asOf?: string): Promise<Statistics> =>
  get('/v1/statistics/reports', { as_of: asOf });
export const operations = (): Promise<Operations> => get('/v1/ops/status');
export const redrive = (queue: string): Promise<{ moved: number }> =>
  post(`/v1/ops/queues/${encodeURIComponent(queue)}/redrive`);
