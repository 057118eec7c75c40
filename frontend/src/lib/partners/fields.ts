/** A manifest in lines that people compare, and where a finding about a field belongs. */
import type { Finding, Guide, Manifest } from '$lib/api/partners';
import { say } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import { roleName } from '$lib/roles';

export const ROLES = [
  'everyone', 'citizen', 'tourist', 'business', 'press', 'party_member', 'union_member',
  'youth_union_member', 'civil_servant', 'public_employee'
];
export const shownTo = (role: string): string =>
  role === 'everyone' ? m.pa_everyone() : roleName(role);

export interface Line { key: string; label: string; value: string }

/** Every field as one line; permissions one by one, so that a new one stands out. */
export function lines(manifest: Manifest, guide: Guide | null): Line[] {
  const { name, description, support } = manifest;
  const scope = (id: string): string =>
    say(guide?.scopes.find((one) => one.id === id)?.name) || id;
  return [
    { key: 'version', label: m.pa_version(), value: manifest.version },
    { key: 'name', label: m.pa_name_vi(), value: name.vi },
    { key: 'name.en', label: m.pa_name_en(), value: name.en },
    { key: 'description', label: m.pa_about_vi(), value: description.vi },
    { key: 'description.en', label: m.pa_about_en(), value: description.en },
    { key: 'entry', label: m.pa_entry(), value: manifest.entry },
    { key: 'sandbox_entry', label: m.pa_sandbox(), value: manifest.sandbox_entry ?? '' },
    { key: 'icon', label: m.pa_icon(), value: manifest.icon },
    { key: 'roles', label: m.pa_roles(), value: manifest.roles.map(shownTo).join(', ') },
    ...(manifest.permissions ?? []).map((one) => ({
      key: `permission ${one.scope}`, label: `${m.pa_permissions()}: ${scope(one.scope)}`,
      value: `${one.purpose.vi}\n${one.purpose.en}`
    })),
    { key: 'events', label: m.pa_events(), value: (manifest.events ?? []).join('\n') },
    { key: 'retention', label: m.pa_retention(), value: String(manifest.retention_days) },
    { key: 'dpia', label: m.pa_dpia(), value: manifest.dpia ?? '' },
    { key: 'host', label: m.pa_host_version(), value: manifest.min_host_version ?? '' },
    { key: 'support', label: m.pa_support(), value: `${support.email}\n${support.phone}` },
    { key: 'answer', label: m.pa_answer(), value: String(support.answer_hours) },
    { key: 'available', label: m.pa_available(), value: String(support.available_percent) }
  ];
}

export interface Compared { key: string; label: string; was: string; now: string; changed: boolean }

/** Two versions side by side; what only one of them has is empty on the other side. */
export function compare(was: Line[], now: Line[]): Compared[] {
  const old = new Map(was.map((one) => [one.key, one]));
  const gone = was.filter((one) => !now.some(({ key }) => key === one.key));
  return [...now, ...gone.map((one) => ({ ...one, value: '' }))].map((one) => {
    const before = old.get(one.key)?.value ?? '';
    return { key: one.key, label: one.label, was: before, now: one.value,
      changed: before !== one.value };
  });
}

/** Where a finding belongs, in words. */
export function place(field: string, sent: Manifest, guide: Guide | null): string {
  const [head = '', number, ...rest] = field.split('.');
  if (head !== 'permissions') {
    const known = lines(sent, guide).find(({ key }) => key === field || key === head);
    return known?.label ?? { retention_days: m.pa_retention(), min_host_version: m.pa_host_version() }[
      head] ?? field;
  }
  const scope = (sent.permissions ?? [])[Number(number)]?.scope ?? '';
  const named = say(guide?.scopes.find((one) => one.id === scope)?.name) || scope;
  const part = rest.at(-1) === 'vi' ? m.pa_purpose_vi()
    : rest.at(-1) === 'en' ? m.pa_purpose_en() : m.pa_permissions();
  return `${named}, ${part}`;
}

/** Findings by the form's own names: a permission is named by its scope, not by its number. */
export function byField(found: Finding[], sent: Manifest): Record<string, string> {
  const said: Record<string, string> = {};
  for (const one of found) {
    const [head, number, ...rest] = one.field.split('.');
    const asked = head === 'permissions' ? (sent.permissions ?? [])[Number(number)] : undefined;
    const field = asked ? ['permission', asked.scope, ...rest].join('.')
      : head === 'roles' || head === 'events' ? head : one.field;
    said[field] ??= say(one);
  }
  return said;
}

export function blank(organisation: string): Manifest {
  return {
    id: '', version: '1.0.0', organisation, name: { vi: '', en: '' },
    description: { vi: '', en: '' }, entry: 'https://', sandbox_entry: '', icon: 'plug',
    permissions: [], events: [], roles: ['citizen'], min_host_version: '0.1.0',
    retention_days: 0, dpia: '',
    support: { email: '', phone: '', answer_hours: 24, available_percent: 99 }
  };
}
