import { call, get, post } from './http';
import type {
  Card, Collection, GeoPoint, Level, NearCard, NewReport, Page, Reasons, Report, Suggestion,
  TimelineLine, WorkCard
} from './types';

/** Filters of the public list; every one may be in the page's address. */
export interface Filters {
  category?: string[]; state?: string[]; ward?: string[]; agency?: string; q?: string;
  from?: string; to?: string; code?: string; bbox?: string;
}
const one = (id: string): string => `/v1/reports/${encodeURIComponent(id)}`;

export const list = (f: Filters, cursor?: string | null, limit = 20): Promise<Page<Card>> =>
  get('/v1/reports', { ...f, cursor, limit });
export const points = (f: Filters, cursor?: string | null): Promise<Collection<GeoPoint>> =>
  get('/v1/reports.geojson', { ...f, cursor, limit: 1000 });
export const near = (lat: number, lon: number, category?: string): Promise<Page<NearCard>> =>
  get('/v1/reports/nearby', { lat, lon, category, radius_m: 250 });
export const mine = (cursor?: string | null, limit = 20): Promise<Page<Card>> =>
  get('/v1/me/reports', { cursor, limit });
export const report = (id: string): Promise<Report> => get(one(id));
export const timeline = (id: string, cursor?: string | null): Promise<Page<TimelineLine>> =>
  get(`${one(id)}/timeline`, { cursor, limit: 100 });
export const reasons = (): Promise<Reasons> => get('/v1/reports/reasons');
export const submit = (body: NewReport, key: string): Promise<Report> =>
  post('/v1/reports', body, key);
export const rate = (
  id: string,
  body: { level: Level; reason?: string; comment?: string },
  key: string
): Promise<Report> => post(`${one(id)}/ratings`, body, key);
export const follow = (id: string): Promise<void> => post(`${one(id)}/follow`);
export const unfollow = (id: string): Promise<void> => call('DELETE', `${one(id)}/follow`);

export type Queue = 'ioc' | 'agency';
export type WorkFilter = 'all' | 'new' | 'due' | 'overdue';
export const work = (
  queue: Queue,
  filter: WorkFilter,
  cursor?: string | null,
  limit = 50
): Promise<Page<WorkCard>> => get('/v1/work', { queue, filter, cursor, limit });
export const suggestion = (id: string): Promise<Suggestion> => get(`${one(id)}/suggestion`);

/** Takes a step; `version` guards against acting on what somebody else has just changed. */
export const act = (
  id: string,
  action: string,
  body: object,
  key: string,
  version?: number
): Promise<Report> =>
  call('POST', `${one(id)}/actions/${action}`, {
    body,
    headers: {
      'Idempotency-Key': key,
      ...(version === undefined ? {} : { 'If-Match': `"${version}"` })
    }
  });
