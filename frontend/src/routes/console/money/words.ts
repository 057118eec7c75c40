/** Codes of the books in words. */
import type { Text } from '$lib/api';
import { say } from '$lib/format';
import { m } from '$lib/paraglide/messages';

type Names = Record<string, () => string>;
const named = (names: Names) => (code: string): string => names[code]?.() ?? code;

export const OUTCOMES: [string, () => string][] = [
  ['paid', m.fm_o_paid], ['not_paid', m.fm_o_not_paid], ['suspense', m.fm_o_suspense]
];
export const DECISIONS: [string, () => string][] = [
  ['capture', m.fm_o_paid], ['let_go', m.fm_o_not_paid], ['refund', m.fm_o_refund],
  ['suspense', m.fm_o_suspense], ['accept', m.fm_o_accept]
];
export const outcome = named(Object.fromEntries([...OUTCOMES, ...DECISIONS]));
export const comparison = named({
  matched: m.fm_k_matched, ours_only: m.fm_k_ours_only, theirs_only: m.fm_k_theirs_only,
  amount_differs: m.fm_k_amount, late: m.fm_k_late
});
export const action = named({
  none: m.fm_a_none, requery: m.fm_a_requery, capture_late: m.fm_a_capture, refund: m.fm_a_refund,
  open_case: m.fm_a_case
});
export const progress = named({
  open: m.fm_p_open, done: m.fm_p_done, case: m.fm_p_case, settled: m.fm_p_settled
});
export const says = named({
  settled: m.fm_s_settled, rejected: m.fm_s_rejected, pending: m.fm_s_pending,
  not_found: m.fm_s_not_found, unavailable: m.fm_s_unavailable
});
export const runState = named({
  balanced: m.fm_r_balanced, differences: m.fm_r_differences, incomplete: m.fm_r_incomplete
});
export const grounds = named({
  not_mine: m.w_g_not_mine, wrong_amount: m.w_g_wrong_amount, paid_twice: m.w_g_paid_twice,
  not_received: m.w_g_not_received, other: m.w_g_other
});
export const step = named({
  open: m.fm_d_open, take: m.fm_d_take, ask: m.fm_d_ask, answer: m.fm_d_answer,
  refund: m.fm_d_refund, confirm: m.fm_d_confirm, finish: m.fm_d_finish, fail: m.fm_d_fail,
  reject: m.fm_d_reject, withdraw: m.fm_d_withdraw, send_back: m.fm_d_send_back
});
export const correctionState = named({
  proposed: m.fm_c_proposed, made: m.fm_c_made, refused: m.fm_c_refused
});
/** The bank, or a biller by its code. */
export const source = (code: string): string =>
  code === 'bank' ? m.fm_bank() : code.replace('biller:', '').toUpperCase();
/** Kinds of accounts in the trial balance. */
export const accounts = named({
  bank: m.fm_bank, biller: m.fm_l_billers, fee: m.fm_l_fees, merchant: m.fm_l_shops,
  promo: m.fm_l_promo, suspense: m.fm_l_suspense, wallet: m.fm_l_wallets
});
/** What was asked or told about a bill's payment. */
export const tried = named({
  pay: m.fm_t_pay, query: m.fm_t_query, statement: m.fm_t_statement, callback: m.fm_t_callback,
  cancel: m.fm_t_cancel, expire: m.fm_t_expire, person: m.fm_t_person
});

/** What the comparison notes by itself, in the reader's language; a person's words stay as they are. */
const REMARKS: [RegExp, (...found: string[]) => string][] = [
  [/^a person has to decide$/, () => ''], // stands there already, as what is to be done
  [/^a later comparison agrees$/, () => m.fm_n_agrees()],
  [/^captured by their statement$/, () => m.fm_n_captured()],
  [/^an entry without a payment$/, () => m.fm_n_no_payment()],
  [/^they say paid, we say (\w+)$/, () => m.fm_n_paid_but()],
  [/^not in (\d+) statements; they say (\w+)$/, (n, told) => m.fm_n_absent({ n, says: says(told) })]
];
export function remark(note = ''): string {
  for (const [form, words] of REMARKS) {
    const found = form.exec(note);
    if (found) return words(...found.slice(1));
  }
  return note;
}
/** A payment in doubt, as staff call it; its owner reads a sentence instead. */
export function stands({ state, state_name }: { state: string; state_name: Text }): string {
  const names: Names = { SENT: m.fm_x_sent, UNKNOWN: m.fm_x_unknown, CASE: m.fm_x_case };
  return names[state]?.() ?? say(state_name);
}
