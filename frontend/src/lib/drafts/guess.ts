/** Which field of reports a text is about, by the words that each field lists. */
import type { Category } from '$lib/api';
import { plain } from '$lib/plain';

const bare = (text: string): string =>
  ` ${text.normalize('NFC').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `;

/**
 * The code of the field whose words a text has most of, '' for none or for two that are even.
 * Longer phrases count more; with diacritics more than without, since those tell words apart.
 */
export function guess(text: string, categories: Category[]): string {
  const exact = bare(text);
  const rough = ` ${plain(exact)} `;
  const marked = plain(exact).trim() !== exact.trim();
  const scored = categories.map((one) => {
    const found = (one.words ?? []).map((word) => {
      const weight = word.split(' ').length;
      if (exact.includes(bare(word))) return 3 * weight;
      // who writes with marks means them: a bare match then says nothing
      return !marked && rough.includes(` ${plain(bare(word))} `) ? weight : 0;
    });
    return { code: one.code, score: found.reduce((sum, n) => sum + n, 0) };
  }).sort((a, b) => b.score - a.score);
  const [first, second] = scored;
  return first && first.score > (second?.score ?? 0) ? first.code : '';
}
