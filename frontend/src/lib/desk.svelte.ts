/** A desk's list and the report in hand; the queue and the agency inbox share it. */
import { reports, type Report, type TimelineLine, type WorkCard } from '$lib/api';
import type { Queue, WorkFilter } from '$lib/api/reports';
import { m } from '$lib/paraglide/messages';
import { watch } from '$lib/watch';

const LOOK_MS = 20_000;

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
  #turn = 0;
  #paged = false;

  /** `first`: the report to open, whether or not it is on the list (from the page's address). */
  constructor(readonly queue: Queue, readonly first: string | null = null) {}

  async list(more = false): Promise<void> {
    this.#turn++;
    this.#paged = more;
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

  /** What came and went meanwhile: the rows change, what is in hand stays as it is. */
  async look(): Promise<void> {
    if (this.busy || this.#paged) return; // nobody loses the pages they turned
    const turn = this.#turn;
    const found = await reports.work(this.queue, this.filter, null).catch(() => null);
    if (!found || turn !== this.#turn) return;
    this.items = found.items;
    this.cursor = found.next_cursor ?? null;
    if (!this.at && found.items[0]) await this.open(found.items[0].id);
  }

  /** Lists now and looks again by itself; what it answers ends that. */
  start(): () => void {
    void this.list();
    return watch(() => this.look(), LOOK_MS);
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
