/** What can be done about what is in hand: a key, a name, what is asked, and the call. */
import * as books from '$lib/api/books';
import { m } from '$lib/paraglide/messages';
import { DECISIONS, OUTCOMES } from './words';

export interface Field {
  name: string;
  label: string;
  kind: 'words' | 'line' | 'amount' | 'choice' | 'date';
  options?: [string, () => string][];
  least?: number;
  most?: number;
  optional?: boolean;
  value?: string;
}
export interface Act {
  key: string;
  name: string;
  danger?: boolean;
  text?: string;
  fields: Field[];
  run: (told: Record<string, string>) => Promise<unknown>;
}

/** What stands in every form whose words are read by somebody: at least so many characters. */
const words = (name: string, label: string, least: number): Field =>
  ({ name, label, kind: 'words', least, most: least < 10 ? 200 : 1000 });
const got = (told: Record<string, string>, name: string): string => (told[name] ?? '').trim();

export function onDispute(one: books.Dispute, me: string): Act[] {
  const acts: Act[] = [];
  const why = words('reason', m.fm_reason_read(), 3);
  const open = one.state === 'open';
  if ((open || one.state === 'asked') && one.taken_by !== me) {
    acts.push({ key: 'T', name: m.fm_take(), fields: [], run: () => books.takeDispute(one.id) });
  }
  if (open) {
    acts.push(
      { key: 'H', name: m.fm_ask_person(), fields: [why],
        run: (told) => books.askDisputer(one.id, got(told, 'reason')) },
      { key: 'R', name: m.fm_refund(), text: m.fm_refund_text(), fields: [
        { name: 'amount', label: m.w_amount(), kind: 'amount', most: one.left_vnd,
          value: String(one.left_vnd) }, why],
        run: (told) => books.refundDispute(one.id, Number(told.amount), got(told, 'reason')) },
      { key: 'X', name: m.fm_reject(), danger: true, fields: [why],
        run: (told) => books.rejectDispute(one.id, got(told, 'reason')) }
    );
  }
  const second = one.state === 'proposed' && one.proposed_by !== me;
  if (second || one.state === 'decided') {
    acts.push({ key: 'C', name: m.fm_confirm(), text: m.fm_confirm_refund(), fields: [],
      run: () => books.confirmDispute(one.id) });
  }
  if (one.state === 'proposed') {
    acts.push({ key: 'B', name: m.fm_send_back(), danger: true, fields: [why],
      run: (told) => books.sendBackDispute(one.id, got(told, 'reason')) });
  }
  return acts;
}

interface Proposed { by: string; version?: number; decided_by?: string | null }
interface Calls {
  ask: () => Promise<unknown>;
  propose: (told: Record<string, string>) => Promise<unknown>;
  decide: (version: number, agree: boolean) => Promise<unknown>;
}
function onCase(
  state: string, canAsk: boolean, proposal: Proposed | null | undefined, me: string,
  outcomes: [string, () => string][], calls: Calls
): Act[] {
  const acts: Act[] = [];
  if (canAsk) acts.push({ key: 'H', name: m.fm_ask_now(), fields: [], run: calls.ask });
  if (state === 'CASE' && !proposal?.decided_by) {
    acts.push({ key: 'P', name: m.fm_propose(), text: m.fm_two_persons(), fields: [
      { name: 'outcome', label: m.fm_outcome(), kind: 'choice', options: outcomes },
      words('evidence', m.fm_evidence(), 10),
      { name: 'receipt', label: m.fm_their_number(), kind: 'line', optional: true }
    ], run: calls.propose });
  }
  if (proposal && proposal.by !== me) {
    const version = proposal.version ?? 1;
    acts.push({ key: 'C', name: m.fm_confirm(), text: m.fm_two_persons(), fields: [],
      run: () => calls.decide(version, true) });
    if (!proposal.decided_by) {
      acts.push({ key: 'B', name: m.fm_not_agree(), danger: true, fields: [],
        run: () => calls.decide(version, false) });
    }
  }
  return acts;
}

export function onBankCase(one: books.BankCase, me: string): Act[] {
  const id = one.payment.id;
  return onCase(one.payment.state, one.can_ask, one.proposal, me, OUTCOMES, {
    ask: () => books.askBank(id),
    propose: (told) => books.proposeBank(id, {
      outcome: told.outcome as 'paid', evidence: got(told, 'evidence'),
      receipt: got(told, 'receipt')
    }),
    decide: (version, agree) => books.decideBank(id, version, agree)
  });
}

export function onBillCase(one: books.BillCase, me: string): Act[] {
  const { id } = one.payment;
  const two = OUTCOMES.filter(([code]) => code !== 'suspense');
  return onCase(one.payment.state, one.can_ask, one.proposal, me, two, {
    ask: () => books.askBiller(id),
    propose: (told) => books.proposeBill(id, {
      outcome: told.outcome as 'paid', evidence: got(told, 'evidence'),
      receipt: got(told, 'receipt')
    }),
    decide: (version, agree) => books.decideBill(id, version, agree)
  });
}

export function onDifference(one: books.Difference, me: string): Act[] {
  if (one.progress !== 'case') return [];
  const note = words('note', m.fm_note(), 3);
  const options = DECISIONS.filter(([code]) => code !== 'suspense' || one.source === 'bank');
  const acts: Act[] = [{
    key: 'P', name: m.fm_propose(), text: m.fm_two_persons(), fields: [
      { name: 'decision', label: m.fm_outcome(), kind: 'choice', options }, note],
    run: (told) => books.decideDifference(
      one.source, one.ref, told.decision as books.Way, got(told, 'note'))
  }];
  const way = one.proposed as books.Way | '' | undefined;
  if (way && one.proposed_by !== me) {
    acts.push({ key: 'C', name: m.fm_confirm(), text: m.fm_two_persons(), fields: [note],
      run: (told) => books.decideDifference(one.source, one.ref, way, got(told, 'note')) });
  }
  return acts;
}

export function onApplication(one: books.Application): Act[] {
  return [
    { key: 'C', name: m.fm_accept(), fields: [],
      run: () => books.answerApplication(one.id, true, '') },
    { key: 'X', name: m.fm_reject(), danger: true, fields: [words('reason', m.fm_reason_owner(), 3)],
      run: (told) => books.answerApplication(one.id, false, got(told, 'reason')) }
  ];
}

/** Suspense accounts and what they are for; the other side is written out. */
export function newCorrection(): Act {
  const side = (name: string, label: string, value: string): Field =>
    ({ name, label, kind: 'line', value });
  return {
    key: 'N', name: m.fm_correct(), text: m.fm_correct_text(), fields: [
      side('source', m.fm_from(), 'suspense:unclaimed'), side('target', m.fm_to(), 'wallet:'),
      { name: 'amount', label: m.w_amount(), kind: 'amount' },
      words('reason', m.fm_reason(), 10),
      { name: 'reference', label: m.fm_reference(), kind: 'line', least: 3 }
    ],
    run: (told) => books.proposeCorrection({
      source: got(told, 'source'), target: got(told, 'target'), amount_vnd: Number(told.amount),
      reason: got(told, 'reason'), reference: got(told, 'reference')
    })
  };
}

export function onCorrection(one: books.Correction, me: string): Act[] {
  if (one.state !== 'proposed' || one.by === me) return [];
  const { id, version = 1 } = one;
  return [
    { key: '', name: m.fm_confirm(), text: m.fm_two_persons(), fields: [],
      run: () => books.decideCorrection(id, version, true) },
    { key: '', name: m.fm_not_agree(), danger: true, fields: [],
      run: () => books.decideCorrection(id, version, false) }
  ];
}

