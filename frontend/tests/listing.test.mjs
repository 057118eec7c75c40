// A list that is read a page at a time.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { load } from './load.mjs';

const { Listing } = await load('listing.svelte.ts');
const PAGES = { null: { items: [1, 2], next_cursor: 'b' }, b: { items: [3], next_cursor: null } };
let down;
let asked;
let list;
beforeEach(() => {
  [down, asked] = [false, []];
  list = new Listing(async (cursor) => {
    asked.push(cursor);
    if (down) throw new Error('down');
    return PAGES[cursor];
  });
});

test('pages are joined, and the last one says so', async () => {
  assert.equal(list.items, null);
  await list.load();
  assert.deepEqual([list.items, list.more], [[1, 2], true]);
  await list.turn();
  assert.deepEqual([list.items, list.more], [[1, 2, 3], false]);
  assert.deepEqual(asked, [null, 'b']);
});

test('what did not work is done once more, and what was read stays', async () => {
  down = true;
  await list.load();
  assert.equal(list.error.message, 'down');
  down = false;
  await list.again();
  assert.deepEqual([list.items, list.error], [[1, 2], null]);
  down = true;
  await list.turn();
  assert.deepEqual([list.items, list.error.message], [[1, 2], 'down']);
  down = false;
  await list.again();
  assert.deepEqual([list.items, list.error], [[1, 2, 3], null]);
});

test('looking again brings what is new, and takes no page away', async () => {
  await list.load();
  PAGES.null.items.unshift(0);
  await list.look();
  assert.deepEqual(list.items, [0, 1, 2]);
  down = true;
  await list.look();
  assert.deepEqual([list.items, list.error], [[0, 1, 2], null]);
  down = false;
  await list.turn();
  await list.look();
  assert.deepEqual(list.items, [0, 1, 2, 3]);
  PAGES.null.items.shift();
});

test('an answer to what is no longer asked is not shown', async () => {
  let answer;
  list = new Listing((cursor) =>
    cursor ? PAGES[cursor] : new Promise((done) => (answer = () => done(PAGES.null))));
  const old = list.load();
  const early = answer;
  list.forget();
  early();
  await old;
  assert.equal(list.items, null);
});
