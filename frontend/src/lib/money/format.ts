/** Amounts in đồng as people read them. */
import { getLocale } from '$lib/paraglide/runtime';

const tag = (): string => (getLocale() === 'en' ? 'en-GB' : 'vi-VN');

export const vnd = (amount: number): string =>
  new Intl.NumberFormat(tag(), { style: 'currency', currency: 'VND' }).format(amount);
/** With its sign: + what came in, − what went out. */
export const signed = (amount: number): string =>
  `${amount < 0 ? '−' : '+'}${vnd(Math.abs(amount))}`;
export const grouped = (amount: number): string => new Intl.NumberFormat(tag()).format(amount);
