/** Communes by their codes, from the outlines that the maps use too. */
import { city } from '$lib/api';

export function wards(): { readonly all: [string, string][]; of: (code: string | null) => string } {
  let known = $state.raw(new Map<string, string>());
  city.outlines().then((found) => {
    const units = found.features.map((one) => one.properties);
    known = new Map(units.map((one) => [one.code, one.name]));
  }, () => {}); // without their names communes are shown by their codes
  const sorted = $derived([...known].sort(([, a], [, b]) => a.localeCompare(b, 'vi')));
  return {
    get all() { return sorted; },
    of: (code) => (code ? (known.get(code) ?? code) : '')
  };
}
