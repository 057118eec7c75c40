// Finding by words as people type them: without diacritics, in either language, in any order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { find } = await load('home/find.ts');
const { matches } = await load('plain.ts');
const one = (id, vi, en, state = 'live') => ({ id, name: { vi, en }, state });
const home = {
  groups: [
    {
      name: { vi: 'An toàn', en: 'Safety' },
      functions: [
        one('air', 'Chất lượng không khí', 'Air quality'),
        one('roads', 'Đường ngập', 'Flooded roads'),
        one('shelters', 'Điểm sơ tán', 'Shelters', 'planned')
      ]
    },
    {
      name: { vi: 'Thanh toán', en: 'Payments' },
      functions: [one('electricity', 'Tiền điện', 'Electricity bill'), one('bill', 'Hoá đơn', 'Bills')]
    }
  ]
};
const ids = (words) => find(home, words).map((found) => found.id);

test('letters without their marks find the words that have them', () => {
  assert.deepEqual(ids('khong khi'), ['air']);
  assert.deepEqual(ids('DUONG NGAP'), ['roads']);
  assert.deepEqual(ids('đường'), ['roads']);
});

test('either language, the group, any order of words', () => {
  assert.deepEqual(ids('quality air'), ['air']);
  assert.deepEqual(ids('payments'), ['electricity', 'bill']);
});

test('a name that begins with the words comes first', () => {
  assert.deepEqual(ids('bill'), ['bill', 'electricity']);
});

test('what does not work yet is not offered, and nothing is found by no words', () => {
  assert.deepEqual(ids('so tan'), []);
  assert.deepEqual(ids('  '), []);
  assert.deepEqual(find(null, 'air'), []);
});

test('marks that were typed still count as their letters', () => {
  assert.ok(matches('Thuận Hóa', 'thuan hoá'));
  assert.ok(!matches('Thuận Hóa', 'hue'));
});
