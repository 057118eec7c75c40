// A map moved as a picture: what is under the fingers stays under them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { stretched } = await load('map/still.ts');
const seen = (pose, spot) => ({ x: spot.x * pose.s + pose.x, y: spot.y * pose.s + pose.y });
const near = (one, other) => {
  for (const axis of ['x', 'y']) assert.ok(Math.abs(one[axis] - other[axis]) < 1e-9, axis);
};

test('stretching keeps the spot under the fingers where it is', () => {
  const pose = { x: 30, y: -12, s: 1.5 };
  const at = { x: 80, y: 44 };
  const under = { x: (at.x - pose.x) / pose.s, y: (at.y - pose.y) / pose.s };
  const after = stretched(pose, 0.7, at);
  near(seen(after, under), at);
  assert.equal(after.s, 1.5 * 0.7);
});
