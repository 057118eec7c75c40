// Banks are found by what people call them, without marks; the number behind is the bank's own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from './load.mjs';

const { found } = await load('money/banks.ts');
const { banks } = JSON.parse(
  readFileSync(new URL('../src/lib/money/banks.json', import.meta.url), 'utf8'));
const first = (words) => found(banks, words)[0]?.bin;

test('short names, full names without marks, former names and numbers lead to the bank', () => {
  assert.equal(first('vietcom'), '970436');
  assert.equal(first('ngoai thuong viet nam'), '970436');
  assert.equal(first('nong nghiep'), '970405');
  assert.equal(first('Đông Á'), '970406');
  assert.equal(first('970415'), '970415');
});

test('what begins with the words comes before what only holds them', () => {
  assert.deepEqual(found(banks, 'vib').map((one) => one.short)[0], 'VIB');
  assert.equal(found(banks, 'khong co ngan hang nay').length, 0);
});
