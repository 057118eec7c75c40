/** Payments in words. */
import type { Payment } from '$lib/api/wallet';
import { m } from '$lib/paraglide/messages';

const KINDS: Record<string, () => string> = {
  bill: m.w_kind_bill, merchant: m.w_kind_merchant, transfer: m.w_kind_transfer,
  top_up: m.w_kind_top_up, cash_out: m.w_kind_cash_out, payout: m.w_kind_payout,
  correction: m.w_kind_correction
};
export const kindName = (kind: string): string => KINDS[kind]?.() ?? kind;

/** The other side in words; an account of the books says nothing to people. */
export const otherName = (payment: Payment): string =>
  payment.other.includes(':') ? payment.memo : payment.other;

/** What a state means for the person and their money. */
export function meaning(payment: Payment): string {
  const bank = payment.kind === 'top_up' || payment.kind === 'cash_out';
  switch (payment.state) {
    case 'CREATED': return bank ? m.w_say_created_bank() : m.w_say_created();
    case 'HELD': return m.w_say_held();
    case 'SENT': return bank ? m.w_say_sent_bank() : m.w_say_sent();
    case 'UNKNOWN': return bank ? m.w_say_unknown_bank() : m.w_say_unknown();
    case 'CASE': return m.w_say_case();
    case 'CAPTURED':
      if (payment.kind === 'top_up') return m.w_say_captured_in();
      return payment.direction === 'in' ? m.w_say_received() : m.w_say_captured();
    case 'VOID': return payment.direction === 'in' ? m.w_say_void_in() : m.w_say_void();
    case 'PART_REFUNDED': return m.w_say_part_refunded();
    case 'REFUNDED': return m.w_say_refunded();
  }
}

export type Tone = 'wait' | 'doubt' | 'good' | 'bad' | 'back';
const TONES: Record<Payment['state'], Tone> = {
  CREATED: 'wait', HELD: 'wait', SENT: 'wait', UNKNOWN: 'doubt', CASE: 'doubt',
  CAPTURED: 'good', VOID: 'bad', PART_REFUNDED: 'back', REFUNDED: 'back'
};
export const tone = (payment: Payment): Tone => TONES[payment.state];
