// The greeting goes by the clock of Huế (UTC+7), whatever the phone's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { dayPart } = await load('home/hello.ts');
const at = (hue) => dayPart(new Date(`2026-11-26T${hue}:00+07:00`));

test('morning, noon, afternoon and evening begin when people say so', () => {
  assert.deepEqual(['03:59', '04:00', '10:59'].map(at), ['evening', 'morning', 'morning']);
  assert.deepEqual(['11:00', '12:59'].map(at), ['noon', 'noon']);
  assert.deepEqual(['13:00', '17:59'].map(at), ['afternoon', 'afternoon']);
  assert.deepEqual(['18:00', '23:59', '00:00'].map(at), ['evening', 'evening', 'evening']);
});
