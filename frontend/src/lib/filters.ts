/** The public list's filters and the page's address say the same thing. */
import type { Filters } from '$lib/api/reports';
import { GROUPS, type Group } from '$lib/states';

export function fromUrl(words: URLSearchParams): Filters & { group: Group | '' } {
  const group = (words.get('group') ?? '') as Group | '';
  const category = words.get('category');
  return {
    group: group in GROUPS ? group : '',
    category: category ? [category] : undefined,
    state: group in GROUPS ? GROUPS[group as Group] : undefined,
    q: words.get('q') ?? undefined,
    agency: words.get('agency') ?? undefined,
    ward: words.get('ward') ? [words.get('ward') as string] : undefined,
    from: dated(words.get('from')),
    to: dated(words.get('to'))
  };
}

/** A day as the API reads it; anything else in an address is left out. */
const dated = (text: string | null): string | undefined =>
  text && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined;

/** The address with one filter changed; everything else stays. */
export function changed(url: URL, name: string, value: string): string {
  const words = new URLSearchParams(url.searchParams);
  if (value) words.set(name, value);
  else words.delete(name);
  const tail = words.toString();
  return tail ? `${url.pathname}?${tail}` : url.pathname;
}

/** What the API is asked: the group is already among the states. */
export function asked(f: Filters & { group: string }): Filters {
  const { group: _, ...rest } = f;
  return rest;
}
