// Points in columns, unfolded, over pages; what lies in a box, and when its newest were sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { PointSet } = await load('map/packed.ts');
const page = (lat, lon, day, late = lat.map(() => 0)) => ({
  scale: 100_000, lat, lon, day, late, category: [], state: [], categories: [], states: [],
  next_cursor: null
});

test('differences add up, each page begins anew', () => {
  const set = new PointSet();
  set.add(page([1646680, -1000, 20], [10757920, 0, -5], [20783, -1, 0], [0, 1, 0]));
  set.add(page([1640000], [10750000], [20000]));
  assert.equal(set.size, 4);
  const near = (a, b) => Math.abs(a - b) < 1e-5;
  assert.ok([16.4668, 16.4568, 16.457, 16.4].every((lat, i) => near(set.lat[i], lat)));
  assert.ok([107.5792, 107.5792, 107.57915, 107.5].every((lon, i) => near(set.lon[i], lon)));
  assert.deepEqual([...set.day], [20783, 20782, 20782, 20000]);
  assert.deepEqual([...set.late], [0, 1, 0, 0]);
});

test('a box counts all and gives the days of its newest', () => {
  const set = new PointSet();
  set.add(page([1640000, 0, 0, 10000], [10750000, 0, 0, 0], [20783, -3, -100, -1]));
  assert.deepEqual(set.within(107.4, 16.3, 107.6, 16.45, 2),
    { n: 3, from: '2026-11-23', to: '2026-11-26' });
  assert.equal(set.within(0, 0, 1, 1, 2).n, 0);
});
