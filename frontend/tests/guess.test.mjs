// The field of a report guessed from its words, over the city's own list of words.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from './load.mjs';

const { guess } = await load('drafts/guess.ts');
const path = new URL('../../infra/seed/data/categories.json', import.meta.url);
const categories = JSON.parse(readFileSync(path, 'utf8'));

const SAID = {
  'Nắp cống vỡ trước số 12 Lê Lợi, xe máy dễ sụp bánh vào buổi tối.': 'drainage',
  'nap cong vo truoc nha toi': 'drainage',
  'Đèn đường tắt cả dãy phố': 'lighting',
  'Cây ngã chắn ngang đường': 'trees',
  'Có ổ gà lớn giữa đường': 'roads',
  'Hàng xóm hát karaoke suốt đêm': 'noise',
  'Nước ngập 30 cm ở ngã tư': 'flooding',
  'Đống rác bốc mùi trước chợ': 'waste',
  'Chó thả rông cắn người': 'animals',
  'Street light is out near the bridge': 'lighting',
  'A burst pipe, water everywhere': 'water',
  'Khói và lửa ở bãi đất trống': 'fire'
};

for (const [text, code] of Object.entries(SAID)) {
  test(`${text} → ${code}`, () => assert.equal(guess(text, categories), code));
}

test('words that say nothing, or two things evenly, lead to no guess', () => {
  assert.equal(guess('Tôi muốn hỏi một việc', categories), '');
  assert.equal(guess('', categories), '');
  assert.equal(guess('mất điện, mất nước', categories), '');
});

test('marks tell words apart: a salary paid by the company is no drain', () => {
  assert.equal(guess('Công ty chưa trả công', categories), '');
});

test('every field has words of its own, none stands in two', () => {
  const all = categories.flatMap((one) => one.words);
  assert.ok(categories.every((one) => one.words.length >= 4));
  assert.deepEqual(all.filter((word, at) => all.indexOf(word) !== at), []);
});
