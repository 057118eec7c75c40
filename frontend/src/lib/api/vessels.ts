/** Fishing boats: one's own, and the fleet for those whose work it is, with the purpose they say. */
import { api, once, take, takeAs } from './http';
import type { Page } from './types';
import type { components } from './schema';

type Schemas = components['schemas'];
export type MyBoat = Schemas['VesselsMyBoat'];
export type Boat = Schemas['VesselsBoatCard'];
export type Recall = Schemas['VesselsRecallView'];
export type Answer = 'returning' | 'sheltering' | 'in_port' | 'cannot' | 'need_help';
export type Purpose = 'monitoring' | 'storm' | 'rescue' | 'audit' | 'case';
export interface BoatPoint {
  type: 'Feature'; id: string; geometry: { type: 'Point'; coordinates: [number, number] };
  properties: { registration: string; state: string; t: string; crossed: boolean };
}

export const mine = (): Promise<Page<MyBoat>> => takeAs(api.GET('/v1/me/vessels'));
export const answer = (recall: string, boat: string, words: Answer): Promise<unknown> =>
  takeAs(api.POST('/v1/vessel-recalls/{id}/answers', {
    params: { path: { id: recall } }, body: { boat, answer: words, note: '' }
  }));
export const radio = (id: string, lat: number, lon: number): Promise<unknown> =>
  takeAs(api.POST('/v1/vessels/{id}/reports', {
    params: { path: { id } }, body: { kind: 'radio', lat, lon, note: '' }
  }));
export const fleet = (cursor: string | null): Promise<Page<Boat>> =>
  takeAs(api.GET('/v1/vessels', { params: { query: { limit: 100, cursor } } }));
export const onMap = (purpose: Purpose): Promise<{ features: BoatPoint[] }> =>
  takeAs(api.GET('/v1/vessels/map', { params: { query: { purpose } } }));
export const recalls = (cursor: string | null): Promise<Page<Recall>> =>
  takeAs(api.GET('/v1/vessel-recalls', { params: { query: { limit: 20, cursor } } }));
export const recall = (body: Schemas['VesselsNewRecall']): Promise<Recall> =>
  takeAs(api.POST('/v1/vessel-recalls', { body, ...once(crypto.randomUUID()) }));
export const withdraw = (id: string, body: { vi: string; en: string }): Promise<unknown> =>
  take(api.POST('/v1/vessel-recalls/{id}/cancel', { params: { path: { id } }, body: { body } }));
