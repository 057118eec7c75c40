/** What machines saw and people judge: the queue, evidence, precision, searches under warrant. */
import { api, once, take, takeAs } from './http';
import type { Page } from './types';
import type { components } from './schema';

type Schemas = components['schemas'];
export type Card = Schemas['ViolationsCard'];
export type Case = Schemas['ViolationsCaseView'];
export type State = Card['state'];
export type Evidence = Schemas['ViolationsEvidence'];
export type File = Evidence['files'][number];
export type Choices = Schemas['ViolationsChoices'];
export type Custody = Schemas['ViolationsCustody'];
export type Precision = Schemas['ViolationsPrecision'];
export type Search = Schemas['ViolationsSearchView'];
export type NewSearch = Schemas['ViolationsNewSearch'];
export type FaceHits = Schemas['ViolationsFaceHits'];
export type Reference = Schemas['ViolationsReferencePhoto'];
export type Results = Schemas['ViolationsResults'];
export interface Sought { state: State; kind?: Card['kind']; severity?: Card['severity'] }
export type Step = 'confirm' | 'deny' | 'transfer' | 'outcome';

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });
const paged = (cursor: string | null, limit = 50) => ({ cursor: cursor ?? undefined, limit });

export const queue = (sought: Sought, cursor: string | null): Promise<Page<Card>> =>
  takeAs(api.GET('/v1/violations', { params: { query: { ...sought, ...paged(cursor) } } }));
export const handed = (cursor: string | null): Promise<Page<Card>> =>
  takeAs(api.GET('/v1/violations/handed', { params: { query: paged(cursor) } }));
export const choices = (): Promise<Choices> => take(api.GET('/v1/violations/choices'));
export const one = (id: string): Promise<Case> => takeAs(api.GET('/v1/violations/{id}', at(id)));
/** For ten minutes nobody else may judge it. */
export const claim = (id: string): Promise<Case> =>
  takeAs(api.POST('/v1/violations/{id}/claim', at(id)));
export const release = (id: string): Promise<Case> =>
  takeAs(api.POST('/v1/violations/{id}/release', at(id)));
/** Whoever asks for it is written down. */
export const evidence = (id: string): Promise<Evidence> =>
  takeAs(api.GET('/v1/violations/{id}/evidence', at(id)));
export const custody = (id: string): Promise<Custody> =>
  takeAs(api.GET('/v1/violations/{id}/custody', {
    params: { path: { id }, query: paged(null, 100) }
  }));
/** `key` makes a second try the same step; it may outlive the page that sends it. */
export const act = (
  id: string, action: Step, body: Record<string, unknown>, key: string, keepalive = false
): Promise<Case> =>
  takeAs(api.POST('/v1/violations/{id}/actions/{action}', {
    params: { path: { id, action } }, body, ...once(key), keepalive
  }));
export const pack = (id: string): Promise<Schemas['ViolationsPackView']> =>
  take(api.GET('/v1/violations/{id}/pack', at(id)));

export const precision = (camera: string, cursor: string | null): Promise<Page<Precision>> =>
  take(api.GET('/v1/violations/precision', {
    params: { query: { camera_id: camera || undefined, ...paged(cursor) } }
  }));
export const accept = (rule: Precision, min_score: number): Promise<Precision> =>
  take(api.POST('/v1/violations/precision/{camera_id}/{rule_id}/{number}/accept', {
    params: { path: {
      camera_id: rule.camera_id, rule_id: rule.rule_id, number: String(rule.rule_version)
    } },
    body: { min_score }, ...once(crypto.randomUUID())
  }));

export const searches = (cursor: string | null): Promise<Page<Search>> =>
  take(api.GET('/v1/violations/searches', { params: { query: paged(cursor, 20) } }));
export const ask = (body: NewSearch): Promise<Search> =>
  take(api.POST('/v1/violations/searches', { body, ...once(crypto.randomUUID()) }));
export const decide = (id: string, release_: boolean, note: string): Promise<Search> =>
  take(api.POST('/v1/violations/searches/{id}/decide', {
    ...at(id), body: { release: release_, note: note || null }
  }));
export const end = (id: string): Promise<Search> =>
  take(api.POST('/v1/violations/searches/{id}/end', at(id)));
/** Looks through the past; the look is written down, every hit and every miss. */
export const results = (id: string, cursor: string | null): Promise<Results> =>
  take(api.POST('/v1/violations/searches/{id}/results', { ...at(id), body: paged(cursor) }));
/** Likenesses: candidates for a person's judgment. The look is written down. */
export const hits = (id: string, cursor: string | null): Promise<FaceHits> =>
  take(api.GET('/v1/violations/searches/{id}/hits', {
    params: { path: { id }, query: paged(cursor, 20) }
  }));
/** The photo that a face is searched with. The look is written down. */
export const reference = (id: string): Promise<Reference> =>
  take(api.GET('/v1/violations/searches/{id}/photo', at(id)));
export const audit = (id: string): Promise<Custody> =>
  takeAs(api.GET('/v1/violations/searches/{id}/audit', {
    params: { path: { id }, query: paged(null, 100) }
  }));
