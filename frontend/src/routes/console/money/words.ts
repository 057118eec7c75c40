/** Codes of the books in words. */
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
