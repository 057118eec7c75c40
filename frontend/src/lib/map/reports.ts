/** All public reports on the ground of the city: what is painted, and what lies under a finger. */
import { getLocale } from '$lib/paraglide/runtime';
import { CLUSTERED_TO, gathered, type Cluster } from './clusters';
import { disc, type Prepared } from './drawing';
import { token } from './ground';
import type { PointSet } from './packed';
import { side, toX, toY, type Spot, type View } from './plane';

const POINT_PX = 9;
const MOST_DISCS = 800; // kept as pictures
const FINGER_PX = 22; // how far from a point's middle a finger may be

const radius = (n: number): number => (n === 1 ? POINT_PX : n < 20 ? 18 : n < 100 ? 22 : 28);

export class Reports {
  #set: PointSet | null = null;
  #xs = new Float64Array(0);
  #ys = new Float64Array(0);
  #levels = new Map<number, Cluster[]>();
  #discs = new Map<string, HTMLCanvasElement>();

  /** Points of a set; it may have grown since. */
  take(set: PointSet): void {
    this.#set = set;
    this.#xs = Float64Array.from(set.lon, toX);
    this.#ys = Float64Array.from(set.lat, toY);
    this.#levels.clear();
  }

  /** What stands for the points around a view, the largest last. */
  around(view: View, w: number, h: number): Cluster[] {
    const px = side(view.zoom);
    const [dx, dy] = [(w / 2 + 40) / px, (h / 2 + 40) / px];
    const near = ({ x, y }: Spot): boolean =>
      Math.abs(x - view.x) < dx && Math.abs(y - view.y) < dy;
    const level = Math.round(view.zoom);
    if (level > CLUSTERED_TO) {
      const found: Cluster[] = [];
      this.#xs.forEach((x, i) => {
        const y = this.#ys[i] ?? 0;
        if (near({ x, y })) found.push({ x, y, n: 1, i });
      });
      return found;
    }
    let all = this.#levels.get(level);
    if (!all) this.#levels.set(level, all = gathered(this.#xs, this.#ys, level));
    return all.filter(near);
  }

  paint({ pen, w, h, ratio, project }: Prepared, view: View): void {
    const words = new Intl.NumberFormat(getLocale() === 'en' ? 'en-GB' : 'vi-VN',
      { notation: 'compact', maximumFractionDigits: 1 });
    const [late, soon, rim] = [token('danger'), token('gold'), token('on-gold')];
    const [many, edge, ink] = [token('primary'), token('surface'), token('on-primary')];
    if (this.#discs.size > MOST_DISCS) this.#discs.clear();
    const kept = (name: string, make: () => HTMLCanvasElement): HTMLCanvasElement => {
      let made = this.#discs.get(name);
      if (!made) this.#discs.set(name, made = make());
      return made;
    };
    for (const one of this.around(view, w, h)) {
      const size = radius(one.n);
      const fill = one.n > 1 ? many : this.#set?.late[one.i] ? late : soon;
      const said = one.n > 1 ? words.format(one.n) : '';
      const picture = kept(`${fill} ${size} ${said}`, () => one.n > 1
        ? disc(ratio, size, 3, fill, edge, said, ink)
        : disc(ratio, size, 2, fill, rim, '', ink));
      const [x, y] = project(one.x, one.y);
      const side = picture.width / ratio;
      pen.drawImage(picture, Math.round(x - side / 2), Math.round(y - side / 2), side, side);
    }
  }

  /** What a finger meets at a spot of the window, counted from its middle; the topmost first. */
  at(spot: Spot, view: View, w: number, h: number): Cluster | null {
    const px = side(view.zoom);
    const away = (one: Spot): number =>
      Math.hypot((one.x - view.x) * px - spot.x, (one.y - view.y) * px - spot.y);
    return this.around(view, w, h).reverse()
      .find((one) => away(one) <= Math.max(FINGER_PX, radius(one.n))) ?? null;
  }
}
