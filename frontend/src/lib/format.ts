/** Words, dates and numbers as people in Huế read them. */
import { m } from '$lib/paraglide/messages';
import { getLocale } from '$lib/paraglide/runtime';
import type { Text } from '$lib/api';

const ZONE = 'Asia/Ho_Chi_Minh';
const DAY_MS = 86_400_000;
const tag = (): string => (getLocale() === 'en' ? 'en-GB' : 'vi-VN');

/** The text in the person's language. */
export function say(text: Text | string | null | undefined): string {
  if (!text) return '';
  return typeof text === 'string' ? text : text[getLocale()];
}

/** A citation, which may be given in both languages: `chưa đối chiếu / not checked`. */
export function citation(text: string | null | undefined): string {
  const [vi = '', en] = (text ?? '').split(' / ');
  return (getLocale() === 'en' ? en : vi) ?? vi;
}

/** The language of words that are not in that of the page; nothing to say where they are. */
export function writtenIn(words: string): 'vi' | undefined {
  const marked = /\p{M}|\u0111/iu.test(words.normalize('NFD')); // tones, hats, and the barred d
  return marked && getLocale() === 'en' ? 'vi' : undefined;
}

function parts(moment: string | Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(tag(), { timeZone: ZONE, ...options }).format(new Date(moment));
}

/** 25/11/2026 */
export const day = (moment: string | Date): string =>
  parts(moment, { day: '2-digit', month: '2-digit', year: 'numeric' });
/** 25/11, of another year 25/11/2023 */
export function shortDay(moment: string | Date, now: Date = new Date()): string {
  const whole = day(moment);
  return whole.slice(6) === day(now).slice(6) ? whole.slice(0, 5) : whole;
}
/** A day without a time, 1990-01-31, as people write it. */
export const plainDay = (date: string): string => date.split('-').reverse().join('/');
/** A period of figures: 2024, Q3/2024, 05/2024 (from 2024, 2024-Q3, 2024-05). */
export const period = (code: string): string => code.split('-').reverse().join('/');
/** 06:52 25/11/2026 */
export const moment = (at: string | Date): string => `${clock(at)} ${day(at)}`;
/** 06:52 */
export const clock = (at: string | Date): string =>
  parts(at, { hour: '2-digit', minute: '2-digit', hour12: false });
/** What a `datetime-local` field says, which is the city's time whoever's clock it is, in UTC. */
export const fromLocal = (told: string): string => new Date(`${told}:00+07:00`).toISOString();
/** Thứ Hai, 23/11 */
export const today = (at: Date = new Date()): string =>
  parts(at, { weekday: 'long', day: '2-digit', month: '2-digit' });

export const number = (value: number): string => new Intl.NumberFormat(tag()).format(value);
export const percent = (value: number | null): string =>
  value === null
    ? '–'
    : `${new Intl.NumberFormat(tag(), { maximumFractionDigits: 2 }).format(value)} %`;

export function distance(metres: number): string {
  if (metres < 1000) return `${number(Math.max(5, Math.round(metres / 5) * 5))} m`;
  return `${number(Math.round(metres / 100) / 10)} km`;
}

export interface DueWords {
  tone: '' | 'due' | 'late';
  words: string;
}

/** How much time is left, or by how much it is late, in whole days or hours. */
export function left(dueAt: string, now: Date = new Date()): DueWords {
  const ms = new Date(dueAt).getTime() - now.getTime();
  const span = Math.abs(ms);
  const hours = Math.max(1, Math.floor(span / 3_600_000));
  const days = Math.floor(span / DAY_MS);
  const late = ms < 0;
  const words = days >= 1
    ? late ? m.due_late_days({ n: number(days) }) : m.due_left_days({ n: number(days) })
    : late ? m.due_late_hours({ n: hours }) : m.due_left_hours({ n: hours });
  return { tone: late ? 'late' : ms < 2 * DAY_MS ? 'due' : '', words };
}
