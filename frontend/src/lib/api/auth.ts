import { deviceId } from '$lib/device';
import { api, take, takeAs } from './http';
import type { Inbox, Me, OtpSent, OutboxMessage, Page, Person, Tokens } from './types';

/** What the person will recognise in the list of their devices. */
const OURS = /(Edg|OPR|SamsungBrowser|Firefox|Chrome|Safari)/;
const MACHINES = /(Android|iPhone|iPad|Windows|Mac OS|CrOS|Linux)/;
/** What a person knows this device by among their own: the browser and the kind of machine. */
const device = (): string => [OURS, MACHINES]
  .map((one) => navigator.userAgent.match(one)?.[1]?.replace('Edg', 'Edge').replace('OPR', 'Opera'))
  .filter(Boolean).join(', ');

export const askOtp = (phone: string): Promise<OtpSent> =>
  take(api.POST('/v1/auth/otp', { body: { phone, device_id: deviceId() } }));
export const giveOtp = (phone: string, otp: string): Promise<Tokens> =>
  take(api.POST('/v1/auth/token', {
    body: { phone, otp, device: { id: deviceId(), name: device() } }
  }));
export const signOut = (): Promise<void> => takeAs(api.POST('/v1/auth/signout', { body: {} }));
export const me = (): Promise<Me> => take(api.GET('/v1/me'));
export const changeMe = (body: Partial<Pick<Me, 'locale'>>): Promise<Me> =>
  take(api.PATCH('/v1/me', { body }));

export const inbox = (cursor?: string | null, limit = 20): Promise<Inbox> =>
  take(api.GET('/v1/me/inbox', { params: { query: { cursor, limit } } }));
export const markRead = (id: string): Promise<void> =>
  takeAs(api.POST('/v1/me/inbox/{id}/read', { params: { path: { id } } }));

/** Developers' doors; they exist in a sandbox only. */
export const outbox = (to?: string): Promise<Page<OutboxMessage>> =>
  take(api.GET('/_sandbox/outbox', { params: { query: { to: to || undefined } } }));
export const people = (): Promise<Page<Person>> => take(api.GET('/_sandbox/people'));
