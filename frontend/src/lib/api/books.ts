/** Staff's side of money: disputes, cases, differences, corrections, the state of the books. */
import { api, take, takeAs } from './http';

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });
/** A page of what waits; the first without a cursor. */
const from = (cursor: string | null) => ({ params: { query: { limit: 50, cursor } } });

export const disputes = (cursor: string | null) =>
  take(api.GET('/v1/ledger/disputes', from(cursor)));
export const takeDispute = (id: string) =>
  take(api.POST('/v1/ledger/disputes/{id}/take', at(id)));
export const askDisputer = (id: string, reason: string) =>
  take(api.POST('/v1/ledger/disputes/{id}/ask', { ...at(id), body: { reason } }));
export const rejectDispute = (id: string, reason: string) =>
  take(api.POST('/v1/ledger/disputes/{id}/reject', { ...at(id), body: { reason } }));
export const refundDispute = (id: string, amount_vnd: number, reason: string) =>
  take(api.POST('/v1/ledger/disputes/{id}/refund', { ...at(id), body: { amount_vnd, reason } }));
export const confirmDispute = (id: string) =>
  take(api.POST('/v1/ledger/disputes/{id}/confirm', at(id)));
export const sendBackDispute = (id: string, reason: string) =>
  take(api.POST('/v1/ledger/disputes/{id}/send-back', { ...at(id), body: { reason } }));

export const bankCases = (cursor: string | null) =>
  take(api.GET('/v1/ledger/cases', from(cursor)));
export const bankCase = (id: string) => take(api.GET('/v1/ledger/cases/{id}', at(id)));
export const askBank = (id: string) => take(api.POST('/v1/ledger/cases/{id}/ask', at(id)));
export const proposeBank = (id: string, body: BankProposal) =>
  take(api.POST('/v1/ledger/cases/{id}/proposal', { ...at(id), body }));
export const decideBank = (id: string, version: number, agree: boolean) =>
  take(api.POST('/v1/ledger/cases/{id}/decision', { ...at(id), body: { version, agree } }));

export const billCases = (cursor: string | null) =>
  take(api.GET('/v1/bills/cases', from(cursor)));
export const billCase = (id: string) => take(api.GET('/v1/bills/cases/{id}', at(id)));
export const askBiller = (id: string) => take(api.POST('/v1/bills/cases/{id}/ask', at(id)));
export const proposeBill = (id: string, body: BillProposal) =>
  take(api.POST('/v1/bills/cases/{id}/proposal', { ...at(id), body }));
export const decideBill = (id: string, version: number, agree: boolean) =>
  take(api.POST('/v1/bills/cases/{id}/decision', { ...at(id), body: { version, agree } }));

export const differences = (cursor: string | null) =>
  take(api.GET('/v1/settlement/differences', from(cursor)));
export const decideDifference = (source: string, ref: string, decision: Way, note: string) =>
  take(api.POST('/v1/settlement/differences/decide', { body: { source, ref, decision, note } }));

export const runs = () =>
  take(api.GET('/v1/settlement/runs', { params: { query: { limit: 5 } } }));
export const run = (id: string) => take(api.GET('/v1/settlement/runs/{id}', at(id)));
export const reconcile = (day: string) => take(api.POST('/v1/settlement/runs', { body: { day } }));
export const findings = (id: string): Promise<Blob> =>
  takeAs(api.GET('/v1/settlement/runs/{id}/findings.csv', {
    ...at(id), parseAs: 'blob', headers: { Accept: 'text/csv' }
  }));
export const trial = async () =>
  (await take(api.GET('/v1/ledger/trial-balances', { params: { query: { limit: 1 } } })))
    .items[0] ?? null;
export const newTrial = () => take(api.POST('/v1/ledger/trial-balances'));

export const corrections = () => take(api.GET('/v1/ledger/corrections', from(null)));
export const proposeCorrection = (body: NewCorrection) =>
  take(api.POST('/v1/ledger/corrections', { body }));
export const decideCorrection = (id: string, version: number, agree: boolean) =>
  take(api.POST('/v1/ledger/corrections/{id}/decision', { ...at(id), body: { version, agree } }));

export const applications = (cursor: string | null) =>
  take(api.GET('/v1/merchants/applications', from(cursor)));
export const answerApplication = (id: string, accept: boolean, reason: string) =>
  take(api.POST('/v1/merchants/{id}/decide', { ...at(id), body: { accept, reason } }));

type BankProposal = { outcome: 'paid' | 'not_paid' | 'suspense'; evidence: string; receipt: string };
type BillProposal = { outcome: 'paid' | 'not_paid'; evidence: string; receipt: string };
export type Way = 'capture' | 'let_go' | 'refund' | 'suspense' | 'accept';
export type NewCorrection = {
  source: string; target: string; amount_vnd: number; reason: string; reference: string;
};
export type Dispute = Awaited<ReturnType<typeof disputes>>['items'][number];
export type BankCard = Awaited<ReturnType<typeof bankCases>>['items'][number];
export type BillCard = Awaited<ReturnType<typeof billCases>>['items'][number];
export type BankCase = Awaited<ReturnType<typeof bankCase>>;
export type BillCase = Awaited<ReturnType<typeof billCase>>;
export type Difference = Awaited<ReturnType<typeof differences>>['items'][number];
export type RunCard = Awaited<ReturnType<typeof runs>>['items'][number];
export type Run = Awaited<ReturnType<typeof run>>;
export type Trial = NonNullable<Awaited<ReturnType<typeof trial>>>;
export type Application = Awaited<ReturnType<typeof applications>>['items'][number];
export type Correction = Awaited<ReturnType<typeof corrections>>['items'][number];
