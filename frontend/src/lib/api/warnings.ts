/** Warnings: what is in force, one's own places and phones, and the operators' desk. */
import { api, once, take, takeAs } from './http';
import type {
  AudienceSize, Collection, Delivery, DeskWarning, DraftWarning, HazardKind, Heard, IndexSummary,
  IndexView, NewWarning, Page, PushDevice, SavedPlace, Warning, WarningArea, WarningDetail,
  WarningFeature, WarningPreferences, WarningPreview, WhyTold
} from './types';

// Asked of the city each time (304 if nothing changed): a warning that is over must not be shown
// from a cache while there is a network.
const fresh = { cache: 'no-cache' } as const;
const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** What is in force, and when the city said so: without a network, when it last did. */
export async function inForce(): Promise<Page<Warning> & { said_at: string | null }> {
  const how = { ...fresh, params: { query: { limit: 50 } } };
  const { data, response } = await api.GET('/v1/alerts', how);
  return { ...(data as Page<Warning>), said_at: response.headers.get('Date') };
}
export const onMap = (): Promise<Collection<WarningFeature>> =>
  takeAs(api.GET('/v1/alerts/map', { ...fresh, params: { query: {} } }));
export const one = (id: string): Promise<WarningDetail> => takeAs(api.GET('/v1/alerts/{id}', { ...fresh, ...at(id) }));
export const airNow = (): Promise<Page<IndexSummary>> =>
  take(api.GET('/v1/air', { params: { query: { limit: 20 } } }));
export const waterNow = (): Promise<Page<IndexSummary>> =>
  take(api.GET('/v1/water', { params: { query: { limit: 20 } } }));
export const airAt = (station: string): Promise<IndexView> =>
  take(api.GET('/v1/air/{station}', { params: { path: { station }, query: {} } }));

export const pushKey = async (): Promise<string> =>
  (await take(api.GET('/v1/push/key'))).public_key;
export const mine = (): Promise<Page<Heard>> => take(api.GET('/v1/me/warnings'));
export const whyMe = (id: string): Promise<WhyTold> =>
  take(api.GET('/v1/me/warnings/{id}/why', at(id)));
export const preferences = (): Promise<WarningPreferences> =>
  take(api.GET('/v1/me/warnings/preferences'));
export const prefer = (body: WarningPreferences): Promise<WarningPreferences> =>
  take(api.PUT('/v1/me/warnings/preferences', { body }));
export const places = (): Promise<Page<SavedPlace>> => take(api.GET('/v1/me/places'));
export const addPlace = (
  body: { name: string; lat: number; lon: number; home: boolean }
): Promise<SavedPlace> => take(api.POST('/v1/me/places', { body, ...once(crypto.randomUUID()) }));
export const dropPlace = (id: string): Promise<unknown> =>
  takeAs(api.DELETE('/v1/me/places/{id}', at(id)));
export const here = (lat: number, lon: number): Promise<{ until: string }> =>
  take(api.PUT('/v1/me/places/here', { body: { lat, lon } }));
export const notHere = (): Promise<unknown> => takeAs(api.DELETE('/v1/me/places/here'));
export const devices = (): Promise<Page<PushDevice>> => take(api.GET('/v1/me/push-devices'));
export const addBrowser = (
  endpoint: string, keys: { p256dh: string; auth: string }
): Promise<PushDevice> =>
  take(api.POST('/v1/me/push-devices', {
    body: { device: { channel: 'webpush', endpoint, keys } }
  }));
export async function addNumber(): Promise<PushDevice> {
  const told = await take(
    api.POST('/v1/me/attestations', { body: { audience: 'hue-s/fanout' } })
  );
  return take(api.POST('/v1/me/push-devices', {
    body: { device: { channel: 'sms', attestation: told.attestation } }
  }));
}
export const dropDevice = (id: string): Promise<unknown> =>
  takeAs(api.DELETE('/v1/me/push-devices/{id}', at(id)));

export const kinds = async (): Promise<HazardKind[]> =>
  (await take(api.GET('/v1/alert-kinds'))).items as HazardKind[];
export const desk = (): Promise<Page<DeskWarning>> =>
  take(api.GET('/v1/alert-drafts', { params: { query: { limit: 50 } } }));
export const draft = (id: string): Promise<DraftWarning> =>
  takeAs(api.GET('/v1/alert-drafts/{id}', at(id)));
export const compose = (body: NewWarning): Promise<DraftWarning> =>
  takeAs(api.POST('/v1/alert-drafts', { body, ...once(crypto.randomUUID()) }));
export const preview = (id: string): Promise<WarningPreview> =>
  take(api.GET('/v1/alert-drafts/{id}/preview', at(id)));
export const act = (
  id: string, action: string, body: Record<string, unknown> = {}
): Promise<DraftWarning> =>
  takeAs(api.POST('/v1/alerts/{id}/actions/{action}', { params: { path: { id, action } }, body }));
export const change = (id: string, body: Partial<NewWarning>): Promise<DraftWarning> =>
  takeAs(api.PATCH('/v1/alert-drafts/{id}', { ...at(id), body }));
export const delivery = (id: string): Promise<Page<Delivery>> =>
  take(api.GET('/v1/deliveries/{id}', at(id)));
export const figures = (): Promise<{ detections: number; confirmed: number; denied: number }> =>
  takeAs(api.GET('/v1/statistics/alerts', { params: { query: {} } }));
export const audience = (
  area: WarningArea, kind: string, exercise: boolean
): Promise<AudienceSize> =>
  take(api.POST('/v1/alert-audience', {
    body: {
      area: {
        units: area.units ?? [], polygons: area.polygons ?? [], circles: area.circles ?? [],
        everywhere: area.whole_city ?? false
      },
      kind, exercise
    }
  }));
