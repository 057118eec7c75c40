/** Sizes, lengths of time and what is unconfirmed, in words. */
import { number } from '$lib/format';
import { m } from '$lib/paraglide/messages';

export const megabytes = (bytes: number): string => `${number(Math.round(bytes / 1e5) / 10)} MB`;

export function span(minutes: number): string {
  const [h, n] = [Math.floor(minutes / 60), minutes % 60];
  return h ? m.tour_hours_minutes({ h, n }) : m.tour_minutes({ n });
}

export function unconfirmed(what: readonly string[]): string {
  const words: Record<string, () => string> = {
    position: m.tour_un_position, hours: m.tour_un_hours, about: m.tour_un_about
  };
  return m.tour_unconfirmed({ what: what.map((one) => words[one]?.() ?? one).join(', ') });
}
