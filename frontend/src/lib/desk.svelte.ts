/** A desk's list and the report in hand; the queue and the agency inbox share it. */
import { reports, type Report, type TimelineLine, type WorkCard } from '$lib/api';
import type { Queue, WorkFilter } from '$lib/api/reports';
import { m } from '$lib/paraglide/messages';

export class Desk {
  items = $state.raw<WorkCard[]>([]);
  cursor = $state<string | null>(null);
  filter = $state<WorkFilter>('all');
  at = $state<string | null>(null);
  report = $state.raw<Report | null>(null);
  lines = $state.raw<TimelineLine[]>([]);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  loaded = $state(false);
  /** The list drawn as a map. */
  map = $state(false);

  /** `first`: the report to open, whether or not it is on the list (from the page's address). */
  constructor(readonly queue: Queue, readonly first: string | null = null) {}

  async list(more = false): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      const found = await reports.work(this.queue, this.filter, more ? this.cursor : null);
      this.items = more ? [...this.items, ...found.items] : found.items;
      this.cursor = found.next_cursor ?? null;
      const first = this.at ?? (this.loaded ? null : this.first) ?? this.items[0]?.id;
      this.loaded = true;
      if (!this.at && first) await this.open(first);
    } catch (error) {
      this.error = error;
    } finally {
      this.busy = false;
    }
  }

  /** Shows a report; while its pictures are being worked on, looks again by itself. */
  async open(id: string, looks = 5): Promise<void> {
    this.at = id;
    this.error = null;
    if (this.report?.id !== id) this.report = null; // never decide on what is not shown
    try {
      const [report, lines] = await Promise.all([reports.report(id), reports.timeline(id)]);
      if (this.at !== id) return; // somebody pressed j meanwhile
      this.report = report;
      this.lines = lines.items;
      if (looks > 0 && report.photos.some((one) => !one.url)) {
        setTimeout(() => this.at === id && void this.open(id, looks - 1), 2000);
      }
    } catch (error) {
      if (this.at === id) this.error = error;
    }
  }

  async choose(filter: WorkFilter): Promise<void> {
    this.filter = filter;
    this.at = null;
    this.report = null;
    await this.list();
  }

  /** The next or previous row; null at either end. */
  step(by: 1 | -1): Promise<void> | null {
    const i = this.items.findIndex((one) => one.id === this.at);
    const next = this.items[i + by];
    return next ? this.open(next.id) : null;
  }

  /** The keys that every desk has; true when one of them was meant. */
  key(pressed: string, search: HTMLInputElement | undefined): boolean {
    if (pressed === 'j') void this.step(1);
    else if (pressed === 'k') void this.step(-1);
    else if (pressed === 'l') this.map = !this.map;
    else if (pressed === 'r') void this.list();
    else if (pressed === '/') search?.focus();
    else return false;
    return true;
  }

  /** Those keys in words. */
  keys(): [string, string][] {
    return [['/', m.desk_search()], ['L', m.key_map()], ['R', m.refresh()]];
  }

  /** After a step was taken: the list again, staying on this report while it is still there. */
  async taken(after: Report): Promise<void> {
    const i = this.items.findIndex((one) => one.id === after.id);
    this.report = after;
    await this.list();
    const still = this.items.some((one) => one.id === after.id);
    const next = still ? after.id : (this.items[i] ?? this.items.at(-1))?.id;
    if (next) await this.open(next);
    else {
      this.at = null;
      this.report = null;
    }
  }
}
