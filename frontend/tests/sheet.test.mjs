// The map of reports: a sheet that is moved keeps things under the fingers; circles lose no point.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { seen, stretched } = await load('map/sheet.ts');
const { gathered } = await load('map/clusters.ts');
const { side, toLat, toLon, toX, toY } = await load('map/plane.ts');
const near = (one, other, most = 1e-9) => assert.ok(Math.abs(one - other) < most, `${one} ${other}`);

test('stretching keeps the spot under the fingers where it is', () => {
  const pose = { x: 30, y: -12, s: 1.5 };
  const at = { x: 80, y: 44 };
  const after = stretched(pose, 0.7, at);
  for (const axis of ['x', 'y']) {
    near(((at[axis] - pose[axis]) / pose.s) * after.s + after[axis], at[axis]);
  }
  near(after.s, 1.5 * 0.7);
});

test('a sheet painted anew shows every place where it was seen', () => {
  const view = { x: 0.79, y: 0.45, zoom: 11.3 };
  const pose = { x: -140, y: 66, s: 1.4 };
  const middle = { x: 120, y: 0 };
  const after = seen(view, pose, middle);
  near(after.zoom, 11.3 + Math.log2(1.4));
  for (const place of [{ x: 0.7901, y: 0.4502 }, { x: 0.78995, y: 0.44999 }]) {
    for (const axis of ['x', 'y']) {
      const was = (place[axis] - view[axis]) * side(view.zoom) * pose.s + pose[axis];
      near((place[axis] - after[axis]) * side(after.zoom) + middle[axis], was, 1e-6);
    }
  }
});

test('the plane leads back to degrees', () => {
  near(toLon(toX(107.5909)), 107.5909);
  near(toLat(toY(16.4637)), 16.4637);
});

/** Points spread like people, the same in every run. */
function spread(n) {
  let seed = 7;
  const chance = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  const hill = () => (chance() + chance() + chance()) / 3;
  return [Float64Array.from({ length: n }, () => toX(107.4 + hill() * 0.4)),
    Float64Array.from({ length: n }, () => toY(16.3 + hill() * 0.3))];
}

test('circles hold every point once, and only neighbours become one', () => {
  const [xs, ys] = spread(20_000);
  for (const zoom of [8, 11, 14]) {
    const found = gathered(xs, ys, zoom);
    assert.equal(found.reduce((sum, one) => sum + one.n, 0), 20_000);
    assert.ok(found.length < 20_000);
    assert.ok(found.every((one, i) => i === 0 || one.n >= found[i - 1].n));
    for (const one of found.filter(({ n }) => n === 1)) {
      near(one.x, xs[one.i]);
      near(one.y, ys[one.i]);
    }
  }
  assert.ok(gathered(xs, ys, 8).length < gathered(xs, ys, 11).length);
});

test('two points far apart stay two; the same place is one circle', () => {
  const at = (lon, lat) => [toX(lon), toY(lat)];
  const [[ax, ay], [bx, by]] = [at(107.5, 16.4), at(107.7, 16.5)];
  const found = gathered(Float64Array.of(ax, bx, bx), Float64Array.of(ay, by, by), 12);
  assert.deepEqual(found.map((one) => one.n), [1, 2]);
  assert.equal(found[0].i, 0);
});

test('a hundred thousand points are gathered in well under a second', (t) => {
  const [xs, ys] = spread(100_000);
  const began = performance.now();
  gathered(xs, ys, 11);
  const ms = performance.now() - began;
  t.diagnostic(`${Math.round(ms)} ms`);
  assert.ok(ms < 2000);
});
