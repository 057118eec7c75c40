/** Functions by their names in both languages, whichever one the person reads. */
import type { CityFunction, Home } from '$lib/api';
import { matches, plain } from '$lib/plain';

const MOST = 6;

/** The functions that fit, those whose name begins with the words first, those that work only. */
export function find(home: Home | null, search: string): CityFunction[] {
  if (!home || !search.trim()) return [];
  const found = home.groups.flatMap((group) =>
    group.functions.filter((one) => one.state === 'live' &&
      matches(`${one.name.vi} ${one.name.en} ${group.name.vi} ${group.name.en}`, search))
  );
  const begins = (one: CityFunction): boolean =>
    [one.name.vi, one.name.en].some((name) => plain(name).startsWith(plain(search)));
  return found.sort((a, b) => Number(begins(b)) - Number(begins(a))).slice(0, MOST);
}
