import { api, once, take, takeAs, Trouble } from './http';
import type {
  Card, Level, NearCard, NewReport, Page, Points, Reasons, Report, State, Suggestion, TimelineLine,
  WorkCard
} from './types';

/** Filters of the public list; every one may be in the page's address. */
export interface Filters {
  category?: string[]; state?: State[]; ward?: string[]; agency?: string; q?: string;
  from?: string; to?: string; code?: string; bbox?: string;
}
const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

export const list = (f: Filters, cursor?: string | null, limit = 20): Promise<Page<Card>> =>
  take(api.GET('/v1/reports', { params: { query: { ...f, cursor, limit } } }));
export const points = (f: Filters, cursor?: string | null): Promise<Points> =>
  takeAs(api.GET('/v1/reports/points', { params: { query: { ...f, cursor } } }));
export const near = (lat: number, lon: number, category?: string): Promise<Page<NearCard>> =>
  take(api.GET('/v1/reports/nearby', { params: { query: { lat, lon, category, radius_m: 250 } } }));
export const mine = (cursor?: string | null, limit = 20): Promise<Page<Card>> =>
  take(api.GET('/v1/me/reports', { params: { query: { cursor, limit } } }));
export const report = (id: string): Promise<Report> =>
  takeAs(api.GET('/v1/reports/{id}', at(id)));
export const timeline = (id: string, cursor?: string | null): Promise<Page<TimelineLine>> =>
  take(api.GET('/v1/reports/{id}/timeline', {
    params: { path: { id }, query: { cursor, limit: 100 } }
  }));
export const reasons = (): Promise<Reasons> => takeAs(api.GET('/v1/reports/reasons'));
export const submit = (body: NewReport, key: string): Promise<Report> =>
  takeAs(api.POST('/v1/reports', { body, ...once(key) }));
export const rate = (
  id: string,
  body: { level: Level; reason?: string; comment: string },
  key: string
): Promise<Report> => take(api.POST('/v1/reports/{id}/ratings', { ...at(id), body, ...once(key) }));
export const follow = (id: string): Promise<void> =>
  takeAs(api.POST('/v1/reports/{id}/follow', at(id)));
export const unfollow = (id: string): Promise<void> =>
  takeAs(api.DELETE('/v1/reports/{id}/follow', at(id)));

export type Queue = 'ioc' | 'agency';
export type WorkFilter = 'all' | 'new' | 'due' | 'overdue';
export const work = (
  queue: Queue,
  filter: WorkFilter,
  cursor?: string | null,
  limit = 50
): Promise<Page<WorkCard>> =>
  take(api.GET('/v1/work', { params: { query: { queue, filter, cursor, limit } } }));
export const suggestion = (id: string): Promise<Suggestion> =>
  take(api.GET('/v1/reports/{id}/suggestion', at(id)));

function step(
  id: string,
  action: string,
  body: Record<string, unknown>,
  key: string,
  version: number
): Promise<Report> {
  return take(api.POST('/v1/reports/{id}/actions/{action}', {
    params: { path: { id, action } },
    body,
    headers: { 'Idempotency-Key': key, 'If-Match': `"${version}"` }
  }));
}

/** What a decision rests on: where the report and each agency's part stand. */
const stand = (one: Report): string =>
  [one.state, one.round, one.text, ...one.assignments.map((a) => `${a.no}${a.state}${a.due_at}`)]
    .join('|');

/**
 * Takes a step on a report as it was seen. A version also moves when a picture gets ready; then,
 * with nothing changed that the decision rests on, the step is taken on the new version. Any
 * other change is refused, so that nobody decides on what they have not seen.
 */
export async function act(
  seen: Report,
  action: string,
  body: Record<string, unknown>,
  key: string
): Promise<Report> {
  try {
    return await step(seen.id, action, body, key, seen.version);
  } catch (error) {
    if (!(error instanceof Trouble) || error.status !== 412) throw error;
    const now = await report(seen.id);
    if (stand(now) !== stand(seen)) throw error;
    return await step(seen.id, action, body, `${key}-${now.version}`, now.version);
  }
}
