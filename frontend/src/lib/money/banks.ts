/** Banks by their NAPAS number (BIN), loaded when one is asked for; infra/seed/make_banks.py makes the list. */
import { m } from '$lib/paraglide/messages';
import { matches, plain } from '$lib/plain';

export interface Bank { bin: string; short: string; name: string; also: string }
export const SANDBOX_BANK = '999946'; // no bank: where the sandbox's accounts are

/** All banks, the sandbox's own first where this city is one. */
export async function banks(sandbox: boolean): Promise<Bank[]> {
  const { default: list } = await import('./banks.json');
  return sandbox
    ? [{ bin: SANDBOX_BANK, short: m.w_bank_sandbox(), name: m.w_bank_sandbox_long(), also: '' },
      ...list.banks]
    : list.banks;
}

/** Those whose names hold the words, without regard to marks; the whole phrase comes first. */
export function found(all: Bank[], words: string): Bank[] {
  const wanted = plain(words);
  const text = (one: Bank): string => `${one.short} ${one.name} ${one.also} ${one.bin}`;
  const rank = (one: Bank): number =>
    plain(one.short).startsWith(wanted) ? 0 : plain(text(one)).includes(wanted) ? 1 : 2;
  return all.filter((one) => matches(text(one), words)).sort((a, b) => rank(a) - rank(b));
}

/** "999946 ••••1234" with the bank's name in place of its number. */
export async function named(account: string): Promise<string> {
  const [bin = '', ...rest] = account.split(' ');
  const bank = (await banks(true)).find((one) => one.bin === bin);
  return [bank?.short ?? bin, ...rest].join(' ');
}
