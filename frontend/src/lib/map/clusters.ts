/** Points of a map gathered into circles where they lie close, for a level of zoom. */
import { side, type Spot } from './plane';

/** One point (`n` is 1, `i` its place in the set), or so many around a spot. */
export interface Cluster extends Spot { n: number; i: number }

const CELL_PX = 84;
const NEAR_PX = 68; // circles nearer than this become one
const ROW = 2 ** 24;
export const CLUSTERED_TO = 15; // nearer than this every point stands by itself

/**
 * Gathers by the cells of a grid that is fixed to the ground, then joins what lies close across
 * their edges, the larger taking in the smaller. Ordered by size, the largest last.
 */
export function gathered(xs: Float64Array, ys: Float64Array, zoom: number): Cluster[] {
  const cells = new Map<number, Cluster>();
  const across = side(zoom) / CELL_PX;
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [xs[i] ?? 0, ys[i] ?? 0];
    const key = Math.floor(x * across) * ROW + Math.floor(y * across);
    const cell = cells.get(key);
    if (!cell) cells.set(key, { x, y, n: 1, i });
    else {
      cell.n++;
      cell.x += (x - cell.x) / cell.n;
      cell.y += (y - cell.y) / cell.n;
    }
  }
  const near = NEAR_PX / side(zoom);
  const ordered = [...cells].sort(([, a], [, b]) => b.n - a.n);
  const found: Cluster[] = [];
  for (const [key, cell] of ordered) {
    if (!cells.has(key)) continue; // taken in by a larger one
    for (const next of around(key)) {
      const other = cells.get(next);
      if (!other || Math.hypot(other.x - cell.x, other.y - cell.y) > near) continue;
      cells.delete(next);
      cell.x += ((other.x - cell.x) * other.n) / (cell.n + other.n);
      cell.y += ((other.y - cell.y) * other.n) / (cell.n + other.n);
      cell.n += other.n;
    }
    cells.delete(key);
    found.push(cell);
  }
  return found.sort((a, b) => a.n - b.n);
}

function around(key: number): number[] {
  return [-1, 0, 1].flatMap((column) => [-1, 0, 1].map((row) => key + column * ROW + row))
    .filter((one) => one !== key);
}
