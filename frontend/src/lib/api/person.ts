/** One's account, roles, card and data. */
import { api, take, takeAs } from './http';
import type {
  Appeal, CardCheck, CardReader, CardView, Consent, DataRequest, Declaration, Device, ElectronicKind,
  Found, GrantView, Home, Invitation, LockReason, Me, Organisation, Page, Passkey, PurposeView, Qr, RoleKind,
  SeenLine, Step, Text, Tokens, UsageFigures
} from './types';

const id = (value: string) => ({ params: { path: { id: value } } });

export const declaration = (purpose: string): Promise<Declaration> =>
  take(api.GET('/v1/declarations/{purpose}', { params: { path: { purpose } } }));
export const declare = (
  name: string, home: string | null, shown: Declaration
): Promise<Me> => take(api.PUT('/v1/me/profile', {
  body: {
    name, home_unit: home,
    declaration: { purpose: shown.purpose, version: shown.version, sha256: shown.sha256 }
  }
}));
export const verify = (): Promise<{ authorize_url: string }> => take(api.POST('/v1/me/identity'));
export const devices = (): Promise<Page<Device>> => take(api.GET('/v1/me/devices'));
export const endDevice = (one: string): Promise<void> =>
  takeAs(api.DELETE('/v1/me/devices/{id}', id(one)));
export const leaveEverywhere = (): Promise<void> => takeAs(api.POST('/v1/auth/signout-everywhere'));

export const passkeys = (): Promise<Page<Passkey>> => take(api.GET('/v1/me/passkeys'));
export const passkeyOptions = (): Promise<Record<string, unknown>> =>
  takeAs(api.POST('/v1/me/passkeys/options'));
export const addPasskey = (name: string, credential: Record<string, unknown>): Promise<Passkey> =>
  take(api.POST('/v1/me/passkeys', { body: { name, credential } }));
export const dropPasskey = (one: string): Promise<void> =>
  takeAs(api.DELETE('/v1/me/passkeys/{id}', id(one)));
export const stepUpOptions = (): Promise<Record<string, unknown>> =>
  takeAs(api.POST('/v1/auth/step-up/options'));
export const stepUp = (credential: Record<string, unknown>): Promise<Tokens> =>
  take(api.POST('/v1/auth/step-up', { body: { credential } }));

export const appeal = (appeal_token: string, text: string): Promise<{ id: string }> =>
  take(api.POST('/v1/auth/appeals', { body: { appeal_token, text } }));
export const findAccount = (phone: string): Promise<Page<Found>> =>
  take(api.GET('/v1/accounts', { params: { query: { phone } } }));
export const lock = (one: string, reason: LockReason, note: string): Promise<unknown> =>
  take(api.POST('/v1/accounts/{id}/lock', { ...id(one), body: { reason, note } }));
export const unlock = (one: string): Promise<unknown> =>
  take(api.DELETE('/v1/accounts/{id}/lock', id(one)));
export const appeals = (): Promise<Page<Appeal>> => take(api.GET('/v1/appeals'));
export const decideAppeal = (one: string, accept: boolean, note: string): Promise<unknown> =>
  take(api.POST('/v1/appeals/{id}/decision', { ...id(one), body: { accept, note } }));

export const home = (role?: string): Promise<Home> =>
  take(api.GET('/v1/home', { params: { query: { role } } }));
export const actIn = (role: string): Promise<Home> => take(api.PUT('/v1/home/role', { body: { role } }));
export const pin = (functions: string[]): Promise<Home> =>
  take(api.PUT('/v1/home/pins', { body: { functions } }));
export const rateFunction = (one: string, level: number): Promise<void> =>
  takeAs(api.POST('/v1/functions/{id}/ratings', { ...id(one), body: { level, comment: '' } }));
export const figures = (from: string, to: string): Promise<UsageFigures> =>
  take(api.GET('/v1/statistics/functions', { params: { query: { from, to } } }));

export const roles = (): Promise<Page<RoleKind>> => take(api.GET('/v1/roles'));
export const organisations = (kind: string, q: string): Promise<Page<Organisation>> =>
  take(api.GET('/v1/organisations', { params: { query: { kind, q, limit: 20 } } }));
/** Bodies that give roles, as pairs of id and name. */
export const bodyNames = async (): Promise<[string, Text][]> => {
  const found: Page<Organisation> = await take(
    api.GET('/v1/organisations', { params: { query: { limit: 100 } } })
  );
  return found.items.map((one) => [one.id, one.name]);
};
export const grants = (): Promise<Page<GrantView>> =>
  take(api.GET('/v1/me/grants', { params: { query: { limit: 50 } } }));
export const askRole = (role: string, unit: string | null, evidence: string): Promise<GrantView> =>
  take(api.POST('/v1/me/grants', { body: { role, unit, evidence, media: [] } }));
export const giveUp = (one: string): Promise<void> =>
  takeAs(api.DELETE('/v1/me/grants/{id}', id(one)));
export const invitation = (): Promise<Invitation> => take(api.POST('/v1/me/grants/code'));
export const members = (unit: string, cursor?: string | null): Promise<Page<GrantView>> =>
  take(api.GET('/v1/organisations/{id}/grants', {
    params: { path: { id: unit }, query: { cursor } }
  }));
export const grant = (
  unit: string, code: string, role: string, label: string
): Promise<GrantView> => take(api.POST('/v1/organisations/{id}/grants', {
  ...id(unit), body: { code, role, label, evidence: '' }
}));
const both = (unit: string, grant_id: string) => ({ params: { path: { id: unit, grant_id } } });
export const decideGrant = (unit: string, one: string, accept: boolean): Promise<GrantView> =>
  take(api.POST('/v1/organisations/{id}/grants/{grant_id}/decision', {
    ...both(unit, one), body: { accept, note: '' }
  }));
export const revokeGrant = (unit: string, one: string, reason: string): Promise<GrantView> =>
  take(api.POST('/v1/organisations/{id}/grants/{grant_id}/revoke', {
    ...both(unit, one), body: { reason }
  }));

export const cardKinds = (): Promise<Page<ElectronicKind>> => take(api.GET('/v1/cards/kinds'));
export const cards = (): Promise<Page<CardView>> => take(api.GET('/v1/me/cards'));
export async function issueCard(kind: string): Promise<CardView> {
  const told = await take(
    api.POST('/v1/me/attestations', { body: { audience: 'hue-s/cards' } })
  );
  return take(api.POST('/v1/me/cards', { body: { kind, attestation: told.attestation } }));
}
export const qr = (one: string, mode: 'online' | 'offline'): Promise<Qr> =>
  take(api.GET('/v1/me/cards/{id}/qr', { params: { path: { id: one }, query: { mode } } }));
export const cardHistory = (one: string): Promise<Page<Step>> =>
  take(api.GET('/v1/me/cards/{id}/history', id(one)));
export const revokeCard = (one: string): Promise<CardView> =>
  take(api.POST('/v1/me/cards/{id}/revoke', { ...id(one), body: { reason: 'lost' } }));
export const readers = (): Promise<Page<CardReader>> => take(api.GET('/v1/cards/purposes'));
export const check = (payload: string, purpose: string): Promise<CardCheck> =>
  take(api.POST('/v1/cards/verify', { body: { payload, purpose } }));

export const purposes = (): Promise<Page<PurposeView>> => take(api.GET('/v1/purposes'));
export const consents = (): Promise<Page<Consent>> => take(api.GET('/v1/me/consents'));
export const consent = (purpose: string, version: string): Promise<Consent> =>
  take(api.POST('/v1/me/consents', { body: { purpose, version } }));
export const withdraw = (one: string): Promise<Consent> =>
  take(api.POST('/v1/me/consents/{id}/withdraw', id(one)));
export const seen = (cursor?: string | null): Promise<Page<SeenLine>> =>
  take(api.GET('/v1/me/access-log', { params: { query: { cursor } } }));
export const dataRequests = (): Promise<Page<DataRequest>> => take(api.GET('/v1/me/data-requests'));
export const askData = (kind: DataRequest['kind'], text: string): Promise<DataRequest> =>
  take(api.POST('/v1/me/data-requests', { body: { kind, text } }));
export const dataFile = (one: string): Promise<unknown> =>
  takeAs(api.GET('/v1/me/data-requests/{id}/file', id(one)));
export const officerRequests = (): Promise<Page<DataRequest>> =>
  take(api.GET('/v1/privacy/requests', { params: { query: {} } }));
export const rule = (one: string, accept: boolean, note: string): Promise<DataRequest> =>
  take(api.POST('/v1/privacy/requests/{id}/decision', {
    ...id(one), body: { accept, note, legal_basis: '' }
  }));
