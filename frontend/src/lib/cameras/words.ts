/** Cameras in words: states with their icons, what rules watch for, how grave. */
import Ban from '@lucide/svelte/icons/ban';
import Blend from '@lucide/svelte/icons/blend';
import CircleCheck from '@lucide/svelte/icons/circle-check';
import EyeOff from '@lucide/svelte/icons/eye-off';
import Loader from '@lucide/svelte/icons/loader';
import Moon from '@lucide/svelte/icons/moon';
import Move from '@lucide/svelte/icons/move';
import PowerOff from '@lucide/svelte/icons/power-off';
import Snowflake from '@lucide/svelte/icons/snowflake';
import WifiOff from '@lucide/svelte/icons/wifi-off';
import type { Kind, Lamp, RuleKind, RuleVersion, Sampling, State } from '$lib/api/cameras';
import { number } from '$lib/format';
import { m } from '$lib/paraglide/messages';

export interface StateWords {
  name: () => string;
  Icon: typeof Ban;
  tone: '' | 'ok' | 'due' | 'late';
}
/** In the order in which they ask for somebody. */
export const STATES: Record<State, StateWords> = {
  unwatched: { name: m.cam_unwatched, Icon: EyeOff, tone: 'late' },
  silent: { name: m.cam_silent, Icon: WifiOff, tone: 'late' },
  refused: { name: m.cam_refused, Icon: Ban, tone: 'late' },
  dark: { name: m.cam_dark, Icon: Moon, tone: 'due' },
  frozen: { name: m.cam_frozen, Icon: Snowflake, tone: 'due' },
  blurred: { name: m.cam_blurred, Icon: Blend, tone: 'due' },
  moved: { name: m.cam_moved, Icon: Move, tone: 'due' },
  starting: { name: m.cam_starting, Icon: Loader, tone: '' },
  live: { name: m.cam_live, Icon: CircleCheck, tone: 'ok' },
  off: { name: m.cam_off, Icon: PowerOff, tone: '' }
};

export const KINDS: Record<Kind, () => string> = {
  traffic: m.cam_traffic, square: m.cam_square, water: m.cam_water, forest: m.cam_forest,
  screen: m.cam_screen
};

export const SAMPLINGS: Record<Sampling, () => string> = {
  adaptive: m.cam_sampling_adaptive, steady: m.cam_sampling_steady,
  key_frames: m.cam_sampling_key_frames
};

type Words = (inputs?: Record<never, never>, options?: { locale?: 'vi' | 'en' }) => string;
export const RULE_KINDS: Record<RuleKind, Words> = {
  wrong_way: m.rule_wrong_way, prohibited_road: m.rule_prohibited_road,
  red_light: m.rule_red_light, stop_line: m.rule_stop_line, line_speed: m.rule_line_speed,
  intrusion: m.rule_intrusion, loitering: m.rule_loitering, crowd: m.rule_crowd,
  abandoned_object: m.rule_abandoned_object, fire: m.rule_fire, smoke: m.rule_smoke,
  water_level: m.rule_water_level, screen: m.rule_screen, watch_list: m.rule_watch_list,
  face_list: m.rule_face_list
};

/** A rule by its id: most are called by what they watch for. */
export const ruleName = (id: string): string =>
  RULE_KINDS[id.replaceAll('-', '_') as RuleKind]?.() ?? id;

export type Severity = 'info' | 'minor' | 'major' | 'severe';
export const SEVERITIES: Record<Severity, () => string> = {
  info: m.grave_info, minor: m.grave_minor, major: m.grave_major, severe: m.grave_severe
};

export const LABELS: Record<string, () => string> = {
  car: m.label_car, truck: m.label_truck, bus: m.label_bus, motorbike: m.label_motorbike,
  bicycle: m.label_bicycle, person: m.label_person, boat: m.label_boat, plate: m.label_plate,
  bag: m.label_bag, fire: m.rule_fire, smoke: m.rule_smoke
};

export const LAMPS: Record<Lamp, () => string> = {
  red: m.lamp_red, yellow: m.lamp_yellow, green: m.lamp_green, unknown: m.lamp_unknown
};

export const VERSIONS: Record<RuleVersion['state'], () => string> = {
  draft: m.version_draft, live: m.version_live, retired: m.version_retired
};
export const TRIALS: Record<NonNullable<RuleVersion['tried']>, () => string> = {
  queued: m.trial_queued, running: m.trial_running, done: m.trial_done, failed: m.trial_failed
};

const MEASURES: Record<string, [() => string, string]> = {
  cosine: [m.measure_cosine, ''], distance: [m.measure_distance, ''], line: [m.measure_line, ''],
  speed_kmh: [m.measured_speed, 'km/h'], error_kmh: [m.measured_error, 'km/h'],
  limit_kmh: [m.f_limit, 'km/h'], against_lengths: [m.measured_against, ''],
  after_red_s: [m.measured_after_red, 's'], phase_error_s: [m.measured_phase_error, 's'],
  still_s: [m.measured_still, 's'],
  density_per_m2: [m.measured_density, 'm⁻²'], persons: [m.measured_persons, ''],
  level_m: [m.rule_water_level, 'm'], spread_m: [m.measured_error, 'm'],
  area_share: [m.measured_area, ''], growth: [m.measured_growth, '×'],
  distance_bits: [m.measured_bits, 'bit'], light: [m.measured_light, '']
};

/** What a machine measured, in words; a name that is new here is shown as it came. */
export function measured(measures: Record<string, unknown>): string {
  return Object.entries(measures).map(([name, value]) => {
    const [words, unit] = MEASURES[name] ?? [() => name, ''];
    return `${words()} ${number(Number(value))} ${unit}`.trim();
  }).join(' · ');
}
