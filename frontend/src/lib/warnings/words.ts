/** How grave, how sure, until when: always in words and numbers, never by colour alone. */
import { m } from '$lib/paraglide/messages';
import { clock, shortDay } from '$lib/format';
import type { Heard, Severity, Warning } from '$lib/api';

const SEVERITIES: Record<string, () => string> = {
  Extreme: m.sev_extreme, Severe: m.sev_severe, Moderate: m.sev_moderate, Minor: m.sev_minor
};
const GRADES: Record<string, number> = { Extreme: 4, Severe: 3, Moderate: 2, Minor: 1 };

export const severity = (code: string): string => SEVERITIES[code]?.() ?? code;
export const grade = (code: string): number => GRADES[code] ?? 0;
export const graver = (a: { severity: string }, b: { severity: string }): number =>
  grade(b.severity) - grade(a.severity);

/** 16:30 25/11 */
export const brief = (at: string): string => `${clock(at)} ${shortDay(at)}`;

/** The places a message is for, in words. */
export function because(heard: Pick<Heard, 'because'>): string {
  if (!heard.because.length) return m.why_city();
  return m.why_places({ places: heard.because.map((name) => name || m.place_last()).join(', ') });
}

/** Who says so: CAP's certainty, for people. */
const CERTAINTIES: Record<string, () => string> = {
  Observed: m.cert_observed, Likely: m.cert_likely, Possible: m.cert_possible,
  Unlikely: m.cert_unlikely
};
export const certainty = (code: string): string => CERTAINTIES[code]?.() ?? code;

export const SEVERITY_CODES: Severity[] = ['Extreme', 'Severe', 'Moderate', 'Minor'];
export const exercise = (one: Pick<Warning, 'status'>): boolean => one.status !== 'Actual';
