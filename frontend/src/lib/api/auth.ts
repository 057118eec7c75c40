import { call, get, post } from './http';
import type { Inbox, Me, OtpSent, OutboxMessage, Page, Person, Tokens } from './types';

export const askOtp = (phone: string): Promise<OtpSent> => post('/v1/auth/otp', { phone });
export const giveOtp = (phone: string, otp: string): Promise<Tokens> =>
  post('/v1/auth/token', { phone, otp });
export const signOut = (): Promise<void> => post('/v1/auth/signout');
export const me = (): Promise<Me> => get('/v1/me');
export const changeMe = (body: Partial<Pick<Me, 'name' | 'locale'>>): Promise<Me> =>
  call('PATCH', '/v1/me', { body });

export const inbox = (cursor?: string | null, limit = 20): Promise<Inbox> =>
  get('/v1/me/inbox', { cursor, limit });
export const markRead = (id: string): Promise<void> =>
  post(`/v1/me/inbox/${encodeURIComponent(id)}/read`);

/** Developers' doors; they exist in a sandbox only. */
export const outbox = (to?: string): Promise<Page<OutboxMessage>> =>
  get('/_sandbox/outbox', { to });
export const people = (): Promise<Page<Person>> => get('/_sandbox/people');
