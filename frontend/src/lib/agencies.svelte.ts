/** Agencies and organisations by name, where the city's answers carry their ids. */
import { city, person, type Text } from '$lib/api';
import { say } from '$lib/format';

let names = $state.raw<Record<string, Text>>({});
const asked = new Set<string>();
/** Once; anew with the next name that is wanted if it failed: a page does without names. */
function learn(what: string, ask: () => Promise<Iterable<[string, Text]>>): void {
  if (asked.has(what)) return;
  asked.add(what);
  void ask().then(
    (found) => (names = { ...names, ...Object.fromEntries(found) }), () => asked.delete(what)
  );
}

/** Its name; empty until the names have come, so that no id is ever shown. */
export function agencyName(id: string): string {
  learn('agencies', city.agencyNames);
  return say(names[id]);
}
/** The same for whoever acts in the city: an agency, or a body that gives roles. */
export function bodyName(id: string): string {
  learn('bodies', person.bodyNames);
  return agencyName(id);
}
