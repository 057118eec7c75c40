/** One's wallet: money in, out and to others; payments of every kind; disputes. */
import { api, once, take, takeAs } from './http';

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });
const paged = (cursor: string | null, limit: number) => ({
  params: { query: { cursor: cursor ?? undefined, limit } }
});

export const mine = () => take(api.GET('/v1/wallet'));
/** Opens a wallet, or links another account; the city vouches for who one is. */
export async function open(bank_bin: string, account: string) {
  const { attestation } = await take(
    api.POST('/v1/me/attestations', { body: { audience: 'hue-s/wallet' } })
  );
  return take(api.POST('/v1/wallet', { body: { attestation, bank_bin, account } }));
}
export const topUp = (amount_vnd: number, key: string) =>
  take(api.POST('/v1/wallet/top-ups', { body: { amount_vnd }, ...once(key) }));
export const cashOut = (amount_vnd: number, key: string) =>
  take(api.POST('/v1/wallet/cash-outs', { body: { amount_vnd }, ...once(key) }));
/** Who would get it, masked; to be shown before anything is paid. */
export const recipient = (phone: string) =>
  take(api.POST('/v1/wallet/recipients', { body: { phone } }));
/** The same by the alias in somebody's code. */
export const recipientOf = (alias: string) =>
  take(api.POST('/v1/wallet/recipients', { body: { alias } }));
export const receivingCode = (amount_vnd: number | null, memo: string) =>
  take(api.GET('/v1/wallet/receiving-code', {
    params: { query: { amount_vnd: amount_vnd ?? undefined, memo: memo || undefined } }
  }));
export const newReceivingCode = () => take(api.POST('/v1/wallet/receiving-code'));
export const transfer = (
  body: { to_wallet: string; amount_vnd: number; memo: string }, key: string
) => take(api.POST('/v1/wallet/transfers', { body, ...once(key) }));

export const payment = (id: string) => take(api.GET('/v1/payments/{id}', at(id)));
export const activity = (cursor: string | null = null, limit = 20) =>
  take(api.GET('/v1/wallet/activity', paged(cursor, limit)));
export const limits = () => take(api.GET('/v1/wallet/limits'));
export const statement = (month: string) =>
  take(api.GET('/v1/wallet/statement', { params: { query: { month } } }));
export const statementCsv = (month: string): Promise<Blob> =>
  takeAs(api.GET('/v1/wallet/statement.csv', {
    params: { query: { month } }, parseAs: 'blob', headers: { Accept: 'text/csv' }
  }));
export const statementPdf = (month: string): Promise<Blob> =>
  takeAs(api.GET('/v1/wallet/statement.pdf', {
    params: { query: { month } }, parseAs: 'blob', headers: { Accept: 'application/pdf' }
  }));

export const freeze = (reason: string) =>
  take(api.POST('/v1/wallet/freeze', { body: { reason } }));
export const unfreeze = () => take(api.POST('/v1/wallet/unfreeze'));
export const close = () => take(api.POST('/v1/wallet/close'));

export const disputes = () => take(api.GET('/v1/wallet/disputes', paged(null, 50)));
export const dispute = (payment_id: string, grounds: Grounds, words: string) =>
  take(api.POST('/v1/wallet/disputes', { body: { payment_id, grounds, words } }));
export const answer = (id: string, words: string) =>
  take(api.POST('/v1/wallet/disputes/{id}/answer', { ...at(id), body: { words } }));
export const withdraw = (id: string) =>
  take(api.POST('/v1/wallet/disputes/{id}/withdraw', at(id)));

export type Wallet = Awaited<ReturnType<typeof mine>>;
export type Recipient = Awaited<ReturnType<typeof recipient>>;
export type ReceivingCode = Awaited<ReturnType<typeof receivingCode>>;
export type Payment = Awaited<ReturnType<typeof payment>>;
export type Limits = Awaited<ReturnType<typeof limits>>;
export type Statement = Awaited<ReturnType<typeof statement>>;
export type Dispute = Awaited<ReturnType<typeof disputes>>['items'][number];
export type Grounds = Dispute['grounds'];
