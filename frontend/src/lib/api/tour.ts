/** The visitors' guide: sights, routes over them, drawn 360° scenes. */
import { api, take, takeAs } from './http';
import type { Page } from './types';
import type { components } from './schema';

type Schemas = components['schemas'];
export type SightCard = Schemas['TourismSightCard'];
export type Sight = Schemas['TourismSightView'];
export type Route = Schemas['TourismRouteView'];
export type Scene = Schemas['TourismScene'];
export type Pack = Schemas['TourismOfflinePack'];

// One address for all sights, filtered here: the same that the offline pack keeps.
export const sights = (): Promise<Page<SightCard>> =>
  takeAs(api.GET('/v1/tourism/sights', { params: { query: { limit: 100 } } }));
export const sight = (id: string): Promise<Sight> =>
  takeAs(api.GET('/v1/tourism/sights/{id}', { params: { path: { id } } }));
export const routes = (): Promise<Page<Route>> => takeAs(api.GET('/v1/tourism/routes'));
export const scenes = (): Promise<Page<Scene>> => takeAs(api.GET('/v1/tourism/scenes'));
export const pack = (): Promise<Pack> => take(api.GET('/v1/tourism/pack'));
