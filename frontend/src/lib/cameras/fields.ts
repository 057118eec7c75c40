/** What a rule of each kind is asked for besides its drawing. The API checks it all again. */
import type { Rule, RuleKind } from '$lib/api/cameras';
import { m } from '$lib/paraglide/messages';
import { RULE_KINDS } from './words';

export interface Numeric {
  field: string; name: () => string; unit: string; min: number; max: number; step: number;
}
const numeric = (
  field: string, name: () => string, unit: string, max: number, step = 1, min = 0
): Numeric => ({ field, name, unit, min, max, step });

/** What all rules have. */
export const COMMON: Numeric[] = [
  numeric('min_score', m.f_min_score, '0–1', 1, 0.05),
  numeric('hold_s', m.f_hold, 's', 86_400, 0.5),
  numeric('cooldown_s', m.f_cooldown, 's', 86_400, 1)
];

export const NUMBERS: Partial<Record<RuleKind, Numeric[]>> = {
  wrong_way: [
    numeric('min_lengths', m.f_min_lengths, '', 20, 0.5, 0.5),
    numeric('max_angle_deg', m.f_max_angle, '°', 89, 1, 1)
  ],
  red_light: [numeric('grace_s', m.f_grace, 's', 60, 0.1)],
  line_speed: [
    numeric('distance_m', m.f_distance, 'm', 500, 0.1, 0.1),
    numeric('distance_error_m', m.f_distance_error, 'm', 20, 0.1),
    numeric('limit_kmh', m.f_limit, 'km/h', 200, 1, 1)
  ],
  crowd: [
    numeric('area_m2', m.f_area, 'm²', 1_000_000, 1, 1),
    numeric('enter', m.f_enter, 'm⁻²', 10, 0.1, 0.1),
    numeric('leave', m.f_leave, 'm⁻²', 10, 0.1, 0.1)
  ],
  abandoned_object: [numeric('owner_radius', m.f_owner, '0–1', 1, 0.01)],
  smoke: [numeric('min_growth', m.f_growth, '×', 10, 0.1, 1)],
  water_level: [
    numeric('top_m', m.f_top, 'm', 100, 0.01, -100),
    numeric('bottom_m', m.f_bottom, 'm', 100, 0.01, -100),
    numeric('every_s', m.f_every, 's', 86_400, 1)
  ],
  screen: [
    numeric('max_distance', m.f_max_distance, 'bit', 32, 1),
    numeric('dark_below', m.f_dark_below, '0–1', 1, 0.01)
  ]
};

const VEHICLES = ['car', 'truck', 'bus', 'motorbike'];
const FIRST: Partial<Record<RuleKind, Record<string, unknown>>> = {
  wrong_way: { classes: VEHICLES, direction: [0, 1], min_lengths: 1.5, max_angle_deg: 60 },
  prohibited_road: { classes: ['truck'] },
  red_light: { classes: VEHICLES, direction: [0, -1], grace_s: 0.5, severity: 'major' },
  stop_line: { classes: VEHICLES, hold_s: 3 },
  line_speed: { classes: VEHICLES, distance_error_m: 0.5 },
  intrusion: { classes: ['person'], hold_s: 2, severity: 'major' },
  loitering: { classes: ['person'], hold_s: 120 },
  crowd: { enter: 1.5, leave: 1 },
  abandoned_object: { classes: ['bag'], hold_s: 60, owner_radius: 0.15 },
  fire: { hold_s: 3, severity: 'severe' },
  smoke: { hold_s: 6, min_growth: 1.2, severity: 'major' },
  water_level: { every_s: 60, severity: 'info' },
  screen: { hold_s: 10, max_distance: 12, dark_below: 0.06 }
};

/** Where a new rule of a kind begins; `taken` ids are another rule's. */
export function begun(kind: RuleKind, taken: string[]): Record<string, unknown> {
  const base = kind.replaceAll('_', '-');
  let rule_id = base;
  for (let i = 2; taken.includes(rule_id); i++) rule_id = `${base}-${i}`;
  return {
    kind, rule_id, min_score: 0.4, hold_s: 0, cooldown_s: 60, severity: 'minor', hours: [],
    name_vi: RULE_KINDS[kind]({}, { locale: 'vi' }),
    name_en: RULE_KINDS[kind]({}, { locale: 'en' }),
    valid_from: new Date().toISOString(), ...FIRST[kind]
  };
}

/** What is sent: nothing that is empty, so that the API says what is missing. */
export function asked(values: Record<string, unknown>): Rule {
  const told = Object.entries(values).filter(
    ([, value]) => value !== null && value !== undefined && value !== ''
  );
  return Object.fromEntries(told) as unknown as Rule;
}
