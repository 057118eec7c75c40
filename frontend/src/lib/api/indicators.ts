/** Indicators of the city: figures for everybody; entering and releasing for their agencies. */
import { api, once, take, takeAs } from './http';
import type { Agency, Page } from './types';
import type { components } from './schema';

type Schemas = components['schemas'];
export type Indicator = Schemas['IndicatorCard'];
export type Figure = Schemas['IndicatorFigure'];
export type FigureHistory = Schemas['IndicatorsFigureHistory'];
export type Release = Schemas['IndicatorsReleaseCard'];
export type Submission = Schemas['IndicatorsSubmissionCard'];
export type Checked = Schemas['IndicatorsCheckedEntries'];
export interface NewFigures { code: string; source: string; reason: string; sheet: string }

export const all = (): Promise<Page<Indicator>> =>
  takeAs(api.GET('/v1/indicators', { params: { query: {} } }));
export const one = (code: string): Promise<Indicator> =>
  takeAs(api.GET('/v1/indicators/{code}', { params: { path: { code } } }));
export const rows = (code: string, cursor?: string | null): Promise<Page<Figure>> =>
  takeAs(api.GET('/v1/indicators/{code}/values', {
    params: { path: { code }, query: { limit: 100, cursor: cursor ?? undefined } }
  }));
export const history = (code: string, period: string, area: string): Promise<FigureHistory> =>
  takeAs(api.GET('/v1/indicators/{code}/values/{period}/{area}', {
    params: { path: { code, period, area } }
  }));
export const releases = (): Promise<Page<Release>> =>
  takeAs(api.GET('/v1/indicator-releases', { params: { query: { limit: 20 } } }));
const body = (told: NewFigures): NewFigures & { rows: never[] } => ({ ...told, rows: [] });
export const check = (told: NewFigures): Promise<Checked> =>
  take(api.POST('/v1/indicator-submissions/check', { body: body(told) }));
export const submit = (told: NewFigures): Promise<Submission> =>
  take(api.POST('/v1/indicator-submissions', { body: body(told), ...once(crypto.randomUUID()) }));
export const submissions = (cursor: string | null): Promise<Page<Submission>> =>
  take(api.GET('/v1/indicator-submissions', { params: { query: { limit: 20, cursor } } }));
export const act = (id: string, action: string, words: string): Promise<Submission> =>
  take(api.POST('/v1/indicator-submissions/{id}/actions/{action}', {
    params: { path: { id, action } }, body: { words }
  }));
export const agency = (id: string): Promise<Agency> =>
  take(api.GET('/v1/agencies/{id}', { params: { path: { id } } }));
