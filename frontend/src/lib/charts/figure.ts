import { getLocale } from '$lib/paraglide/runtime';

/** A figure with as many decimals as its indicator has. */
export function figure(value: number, decimals: number): string {
  const tag = getLocale() === 'en' ? 'en-GB' : 'vi-VN';
  return new Intl.NumberFormat(tag, {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals
  }).format(value);
}
