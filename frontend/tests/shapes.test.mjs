// What a rule draws, over the demo's own rules: every point shown, and kept as it came.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from './load.mjs';

const { DRAWINGS, degrees, direction, pointsOf, shapesOf, valueOf } =
  await load('cameras/shapes.ts');
const path = new URL('../../infra/seed/data/cameras.json', import.meta.url);
const rules = JSON.parse(readFileSync(path, 'utf8')).flatMap((camera) => camera.rules);
const close = (a, b) => a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) < 0.01, `${a} ${b}`));

test('what is read from a rule and put back is the same rule', () => {
  for (const rule of rules) {
    for (const drawing of DRAWINGS[rule.kind]) {
      const points = pointsOf(drawing, rule);
      const enough = points.length >= drawing.least || drawing.optional;
      assert.ok(enough, `${rule.kind} ${drawing.field}`);
      if (points.length) assert.deepEqual(valueOf(drawing, points, rule), rule[drawing.field]);
    }
  }
});

test('every field of a demo rule that holds points is drawn', () => {
  const pointed = (value) => JSON.stringify(value)?.match(/^\[\[|^\{"top_left/);
  for (const rule of rules) {
    const fields = Object.keys(rule).filter((name) => pointed(rule[name]));
    const drawn = DRAWINGS[rule.kind].map((one) => one.field);
    assert.deepEqual(fields.filter((name) => !drawn.includes(name)), []);
    const count = DRAWINGS[rule.kind].filter((one) => rule[one.field]).length;
    assert.equal(shapesOf(rule).length, count);
  }
});

test('a box is kept with its corners in order, whichever was set first', () => {
  const [signal] = DRAWINGS.red_light.filter((one) => one.form === 'box');
  const made = valueOf(signal, [[0.9, 0.3], [0.8, 0.1]], { signal: { horizontal: true } });
  assert.deepEqual(made, { horizontal: true, top_left: [0.8, 0.1], bottom_right: [0.9, 0.3] });
});

test('degrees turn clockwise from the top of the picture, there and back', () => {
  close(direction(0), [0, -1]);
  close(direction(90), [1, 0]);
  close(direction(180), [0, 1]);
  for (let turn = 0; turn < 360; turn += 15) assert.equal(degrees(direction(turn)), turn);
});
