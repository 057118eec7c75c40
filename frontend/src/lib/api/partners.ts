/** Mini apps of partners: what everybody sees, the makers' desk, the reviewers' queue. */
import type { components } from './schema';
import { api, once, take, takeAs } from './http';
import type { Page } from './types';

type Schemas = components['schemas'];
export type Manifest = Schemas['ContractsAppManifest'];
export type Guide = Schemas['PartnerGuide'];
export type PublicApp = Schemas['PartnersPublicApp'];
export type AppDesk = Schemas['PartnerDesk'];
export type Release = Schemas['PartnersAppReleaseView'];
export type Queued = Schemas['PartnersQueuedApp'];
export type Organisation = Schemas['PartnerOrganisation'];
export type Finding = Schemas['FieldError'];
export type State = Queued['state'];
export interface StepWords {
  kind?: 'legal' | 'security' | 'data_protection';
  passed?: boolean;
  words?: string;
  conditions?: string;
}

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

export const guide = (): Promise<Guide> => takeAs(api.GET('/v1/partners/guide'));
export const show = (id: string): Promise<PublicApp> =>
  take(api.GET('/v1/partners/apps/{id}', at(id)));
export const desk = (id: string): Promise<AppDesk> =>
  take(api.GET('/v1/partners/apps/{id}/desk', at(id)));
export const begin = (body: Manifest, key: string): Promise<AppDesk> =>
  take(api.POST('/v1/partners/apps', { body, ...once(key) }));
export const edit = (id: string, body: Manifest): Promise<AppDesk> =>
  take(api.PUT('/v1/partners/apps/{id}/manifest', { ...at(id), body }));
export const act = (id: string, action: string, told: StepWords = {}): Promise<AppDesk> =>
  take(api.POST('/v1/partners/apps/{id}/actions/{action}', {
    params: { path: { id, action } },
    body: {
      kind: told.kind ?? null, passed: told.passed ?? null, words: told.words ?? '',
      conditions: told.conditions ?? ''
    }
  }));
export const queue = (
  state: Exclude<State, 'REPLACED'>, cursor?: string | null
): Promise<Page<Queued>> =>
  take(api.GET('/v1/partners/queue', {
    params: { query: { state, limit: 30, cursor: cursor ?? undefined } }
  }));
export const organisation = (id: string): Promise<Organisation> =>
  take(api.GET('/v1/partners/organisations/{id}', at(id)));
export const sign = (
  id: string, terms: Organisation['terms'], signatory: string, position: string
): Promise<Organisation> =>
  take(api.POST('/v1/partners/organisations/{id}/signatures', {
    ...at(id), body: { version: terms.version, sha256: terms.sha256, signatory, position }
  }));
export const allowHosts = (id: string, hosts: string[]): Promise<Organisation> =>
  take(api.PUT('/v1/partners/organisations/{id}/hosts', { ...at(id), body: { hosts } }));
