/** The city's points in columns (`/v1/reports/points`), unfolded. */
import type { Points } from '$lib/api';

/** All points so far, in typed arrays: a hundred thousand of them are two megabytes. */
export class PointSet {
  lat = new Float32Array(0);
  lon = new Float32Array(0);
  day = new Uint16Array(0);
  late = new Uint8Array(0);
  get size(): number {
    return this.lat.length;
  }

  /** Adds a page; older points follow newer ones. */
  add(page: Points): void {
    const n = page.lat.length;
    const lat = grown(this.lat, n);
    const lon = grown(this.lon, n);
    const day = grown(this.day, n);
    const late = grown(this.late, n);
    let [a, o, d] = [0, 0, 0];
    for (let i = 0, at = this.size; i < n; i++, at++) {
      a += page.lat[i] ?? 0;
      o += page.lon[i] ?? 0;
      d += page.day[i] ?? 0;
      lat[at] = a / page.scale;
      lon[at] = o / page.scale;
      day[at] = d;
      late[at] = page.late[i] ?? 0;
    }
    [this.lat, this.lon, this.day, this.late] = [lat, lon, day, late];
  }

  /** How many lie in a box, and the days between which its newest `most` were sent. */
  within(
    west: number, south: number, east: number, north: number, most: number
  ): { n: number; from: string; to: string } {
    let [n, first, last] = [0, 0, 0];
    for (let i = 0; i < this.size; i++) {
      const [lat, lon] = [this.lat[i] ?? 0, this.lon[i] ?? 0];
      if (lat < south || lat > north || lon < west || lon > east) continue;
      const day = this.day[i] ?? 0;
      if (n === 0) last = day;
      if (n < most) first = day;
      n++;
    }
    return { n, from: iso(first), to: iso(last) };
  }
}

const DAY_MS = 86_400_000;
const iso = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

function grown<T extends Float32Array | Uint16Array | Uint8Array>(old: T, more: number): T {
  const made = new (old.constructor as new (n: number) => T)(old.length + more);
  made.set(old);
  return made;
}
