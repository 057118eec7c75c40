/** Acceptance points: reading a code, paying it, and the counter behind it. */
import { api, once, take, takeAs, Trouble } from './http';

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** What a scanned code means; nothing is paid before this was shown. */
export const read = (text: string) => take(api.POST('/v1/qr/read', { body: { text } }));
export const pay = (quote: string, amount_vnd: number | null, key: string) =>
  take(api.POST('/v1/merchants/pay', { body: { quote, amount_vnd }, ...once(key) }));
export const receipt = (id: string) => take(api.GET('/v1/merchants/payments/{id}', at(id)));

export const choices = () => take(api.GET('/v1/merchants/choices'));
export const apply = (body: {
  name: string; category: string; ward: string; address: string; tax_code: string;
  payout: { bank_bin: string; account: string; holder: string };
}, key: string) => take(api.POST('/v1/merchants', { body, ...once(key) }));
export const mine = async () => (await take(api.GET('/v1/me/merchants'))).items;
export const join = (code: string) => take(api.POST('/v1/me/merchants', { body: { code } }));
export const wallCode = (id: string, till: string) =>
  take(api.GET('/v1/merchants/{id}/code', {
    params: { path: { id }, query: { till: till || undefined } }
  }));
export const newCode = (id: string, amount_vnd: number, reference: string, till: string) =>
  take(api.POST('/v1/merchants/{id}/codes', {
    ...at(id), body: { amount_vnd, reference, till }, ...once(crypto.randomUUID())
  }));
export const code = (id: string, one: string) =>
  take(api.GET('/v1/merchants/{id}/codes/{code}', { params: { path: { id, code: one } } }));

/** Today's sales, or null while nothing changed since `etag`. */
export async function sales(id: string, etag: string | null) {
  try {
    const { data, response } = await api.GET('/v1/merchants/{id}/sales', {
      params: { path: { id }, query: { limit: 50 } },
      headers: etag ? { 'If-None-Match': etag } : {}
    });
    return data ? { ...data, etag: response.headers.get('ETag') } : null;
  } catch (trouble) {
    if (trouble instanceof Trouble && trouble.status === 304) return null;
    throw trouble;
  }
}
export const refunds = async (id: string) =>
  (await take(api.GET('/v1/merchants/{id}/refunds', {
    params: { path: { id }, query: { limit: 20 } }
  }))).items;
export const refund = (
  id: string, body: { payment: string; amount_vnd: number; reason: string }, key: string
) => take(api.POST('/v1/merchants/{id}/refunds', { ...at(id), body, ...once(key) }));
export const decideRefund = (id: string, one: string, accept: boolean) =>
  take(api.POST('/v1/merchants/{id}/refunds/{refund}/decide', {
    params: { path: { id, refund: one } }, body: { accept, reason: '' }
  }));
export const settlements = (id: string, cursor: string | null) =>
  take(api.GET('/v1/merchants/{id}/settlements', {
    params: { path: { id }, query: { limit: 14, cursor } }
  }));
export const dayFile = (id: string, day: string): Promise<Blob> =>
  takeAs(api.GET('/v1/merchants/{id}/settlements/{day}', {
    params: { path: { id, day }, query: { format: 'csv' } }, parseAs: 'blob',
    headers: { Accept: 'text/csv' }
  }));

export type ReadCode = Awaited<ReturnType<typeof read>>;
export type Choices = Awaited<ReturnType<typeof choices>>;
export type Shop = Awaited<ReturnType<typeof mine>>[number];
export type ShopCode = Awaited<ReturnType<typeof code>>;
export type ShopReceipt = Awaited<ReturnType<typeof receipt>>;
export type Sales = NonNullable<Awaited<ReturnType<typeof sales>>>;
export type Sale = Sales['items'][number];
export type Refund = Awaited<ReturnType<typeof refunds>>[number];
export type Settlement = Awaited<ReturnType<typeof settlements>>['items'][number];
