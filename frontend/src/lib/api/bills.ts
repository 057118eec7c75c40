/** Bills: billers, what a customer owes, payments, receipts, remembered codes and autopay. */
import { api, once, take, takeAs } from './http';

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

export const billers = async () => (await take(api.GET('/v1/billers'))).items;
export const owed = (biller: string, customer_code: string) =>
  take(api.GET('/v1/bills', { params: { query: { biller, customer_code } } }));
export const pay = (quote: string, amount_vnd: number, key: string) =>
  take(api.POST('/v1/bills/payments', { body: { quote, amount_vnd }, ...once(key) }));
export const payment = (id: string) => take(api.GET('/v1/bills/payments/{id}', at(id)));
export const payments = (cursor: string | null) =>
  take(api.GET('/v1/bills/payments', { params: { query: { limit: 20, cursor } } }));
export const cancel = (id: string) => take(api.POST('/v1/bills/payments/{id}/cancel', at(id)));
export const receipt = (id: string) => take(api.GET('/v1/bills/payments/{id}/receipt', at(id)));
export const receiptPdf = (id: string): Promise<Blob> =>
  takeAs(api.GET('/v1/bills/payments/{id}/receipt.pdf', {
    ...at(id), parseAs: 'blob', headers: { Accept: 'application/pdf' }
  }));
export const verify = (code: string) =>
  take(api.GET('/v1/bills/receipts/{code}', { params: { path: { code } } }));

export const accounts = async () => (await take(api.GET('/v1/me/bill-accounts'))).items;
export const remember = (biller: string, customer_code: string, label: string, remind: boolean) =>
  take(api.POST('/v1/me/bill-accounts', { body: { biller, customer_code, label, remind } }));
export const forget = (id: string): Promise<unknown> =>
  takeAs(api.DELETE('/v1/me/bill-accounts/{id}', at(id)));
export const autopay = (id: string, ceiling_vnd: number, day: number) =>
  take(api.PUT('/v1/me/bill-accounts/{id}/autopay', { ...at(id), body: { ceiling_vnd, day } }));
export const noAutopay = (id: string): Promise<unknown> =>
  takeAs(api.DELETE('/v1/me/bill-accounts/{id}/autopay', at(id)));

export type Biller = Awaited<ReturnType<typeof billers>>[number];
export type Owed = Awaited<ReturnType<typeof owed>>;
export type Bill = Owed['bills'][number];
export type BillPayment = Awaited<ReturnType<typeof payment>>;
export type BillReceipt = Awaited<ReturnType<typeof receipt>>;
export type BillAccount = Awaited<ReturnType<typeof accounts>>[number];
