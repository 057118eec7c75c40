/** Words as people type them in a hurry: small letters without diacritics, so that `hue` finds Huế. */
export const plain = (words: string): string =>
  words.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('\u0111', 'd').trim();

/** Whether a text holds every word of a search, in any order. */
export function matches(text: string, search: string): boolean {
  const held = plain(text);
  return plain(search).split(/\s+/).every((word) => held.includes(word));
}
