/** Cameras: the wall, one camera, its rules and what they would have caught. */
import { api, once, take, takeAs } from './http';
import { send } from './media';
import type { Page } from './types';
import type { components } from './schema';

type Schemas = components['schemas'];
export type Card = Schemas['CameraCard'];
export type Camera = Schemas['CameraView'];
export type State = Card['state'];
export type Kind = Card['kind'];
export type New = Schemas['CamerasNewCamera'];
export type Change = Schemas['CameraChange'];
export type Sampling = Camera['sampling'];
export type Summary = Schemas['CamerasSummary'];
type Told = Schemas['CamerasRuleView'];
/** What is told of a rule has its version. */
export type Rule = Told['rule'] & { version: number };
export interface RuleVersion extends Omit<Told, 'rule'> { rule: Rule }
export type RuleKind = Rule['kind'];
export type Job = Schemas['CamerasJobView'];
export type Detection = Job['caught'][number];
export type Look = Schemas['CamerasLook'];
export type Still = Schemas['CamerasStill'];
export type Signal = Schemas['CamerasSignalView'];
export type Lamp = Signal['heads'][number]['lamp'];
export interface Sought { kind?: Kind; state?: State; ward?: string; q?: string; pictures: boolean }

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });
const version = (id: string, rule: Rule) => ({
  path: { id, rule_id: rule.rule_id, number: String(rule.version) }
});

// The client's types lose that points are pairs, hence `takeAs`.
export const wall = (sought: Sought, cursor: string | null, limit: number): Promise<Page<Card>> =>
  take(api.GET('/v1/cameras', {
    params: { query: { ...sought, cursor: cursor ?? undefined, limit } }
  }));
export const summary = (): Promise<Summary> => take(api.GET('/v1/cameras/summary'));
export const one = (id: string): Promise<Camera> => takeAs(api.GET('/v1/cameras/{id}', at(id)));
/** Whoever asks for it is written down. */
export const still = (id: string): Promise<Still> =>
  take(api.GET('/v1/cameras/{id}/still', at(id)));
/** It starts switched off; its source is never told again. */
export const register = (body: New, key: string): Promise<Camera> =>
  takeAs(api.POST('/v1/cameras', { body, ...once(key) }));
export const change = (id: string, body: Change): Promise<Camera> =>
  takeAs(api.PATCH('/v1/cameras/{id}', { ...at(id), body }));
export type Detector = Schemas['CamerasDetectorView'];
/** Every detector that a camera may be watched with, the shipped one first. */
export async function models(): Promise<Detector[]> {
  const found: Detector[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<Detector> = await take(api.GET('/v1/cameras/models', {
      params: { query: { limit: 100, cursor: cursor ?? undefined } }
    }));
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}
export const enable = (id: string): Promise<Camera> =>
  takeAs(api.POST('/v1/cameras/{id}/enable', at(id)));
export const disable = (id: string): Promise<Camera> =>
  takeAs(api.POST('/v1/cameras/{id}/disable', at(id)));

export type FacesBasis = Schemas['CamerasFacesBasis'];
export type FacesBasisNow = Schemas['CamerasFacesBasisNow'];
/** The legal basis of searching faces, if one is in force. */
export const facesBasis = (): Promise<FacesBasisNow> => take(api.GET('/v1/cameras/faces-basis'));
export const recordBasis = (basis: FacesBasis): Promise<FacesBasis> =>
  takeAs(api.PUT('/v1/cameras/faces-basis', { body: basis }));

export const rules = (id: string, cursor: string | null): Promise<Page<RuleVersion>> =>
  takeAs(api.GET('/v1/cameras/{id}/rules', {
    params: { path: { id }, query: { cursor: cursor ?? undefined, limit: 100 } }
  }));
export const draft = (id: string, rule: Rule): Promise<RuleVersion> =>
  takeAs(api.POST('/v1/cameras/{id}/rules', {
    params: { path: { id } }, body: rule, ...once(crypto.randomUUID())
  }));
export const publish = (id: string, rule: Rule): Promise<RuleVersion> =>
  takeAs(api.POST('/v1/cameras/{id}/rules/{rule_id}/{number}/publish', {
    params: version(id, rule)
  }));
export const retire = (id: string, rule: Rule): Promise<RuleVersion> =>
  takeAs(api.POST('/v1/cameras/{id}/rules/{rule_id}/{number}/retire', {
    params: version(id, rule), body: {}
  }));
/** Sends a recording into the private bucket and has the rule tried on it. */
export async function tryOut(
  id: string, rule: Rule, file: File, from: string, progress: (part: number) => void
): Promise<Job> {
  const form = await take(api.POST('/v1/cameras/{id}/recordings', {
    params: { path: { id } }, body: { recorded_from: from }
  }));
  await send(form.url, form.fields, file, progress);
  return takeAs(api.POST('/v1/cameras/{id}/rules/{rule_id}/{number}/trial', {
    params: version(id, rule),
    body: { recording_key: form.recording_key, recorded_from: form.recorded_from }
  }));
}
export const job = (id: string, jobId: string): Promise<Job> =>
  takeAs(api.GET('/v1/cameras/{id}/jobs/{job_id}', {
    params: { path: { id, job_id: jobId }, query: { limit: 100 } }
  }));
/** Who looked at pictures this month, newest first. */
export const looks = (cursor: string | null): Promise<Page<Look>> =>
  take(api.GET('/v1/cameras/looks', {
    params: { query: { cursor: cursor ?? undefined, limit: 50 } }
  }));
/** A traffic signal controller and what its heads show. */
export const signal = (id: string): Promise<Signal> => take(api.GET('/v1/signals/{id}', at(id)));
