// The place in a photo's EXIF block, written here byte by byte in both byte orders.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const END = 12 + 80 + 48; // where the last number of the block ends
const { photoPlace } = await load('drafts/exif.ts');

/** A JPEG's head whose GPS directory says these degrees, minutes, seconds. */
function photo({ lat, lon, south = false, west = false, little = true }) {
  const size = 10 + 8 + 18 + 54 + 48;
  const view = new DataView(new ArrayBuffer(2 + 2 + size));
  const short = (at, n) => view.setUint16(12 + at, n, little);
  const long = (at, n) => view.setUint32(12 + at, n, little);
  view.setUint16(0, 0xffd8);
  view.setUint16(2, 0xffe1);
  view.setUint16(4, size);
  view.setUint32(6, 0x45786966);
  view.setUint16(12, little ? 0x4949 : 0x4d4d);
  short(2, 42);
  long(4, 8);
  short(8, 1); // one entry: the pointer to the GPS directory
  const entry = (at, tag, type, count, value) => {
    short(at, tag);
    short(at + 2, type);
    long(at + 4, count);
    if (type === 2) view.setUint8(12 + at + 8, value.charCodeAt(0));
    else long(at + 8, value);
  };
  entry(10, 0x8825, 4, 1, 26);
  short(26, 4);
  entry(28, 1, 2, 2, south ? 'S' : 'N');
  entry(40, 2, 5, 3, 80);
  entry(52, 3, 2, 2, west ? 'W' : 'E');
  entry(64, 4, 5, 3, 104);
  [...lat, ...lon].forEach((n, i) => {
    long(80 + 8 * i, Math.round(n * 100));
    long(84 + 8 * i, 100);
  });
  return view.buffer;
}

for (const little of [true, false]) {
  test(`${little ? 'little' : 'big'}-endian, all four quarters`, () => {
    for (const [south, west] of [[false, false], [true, false], [false, true], [true, true]]) {
      const found = photoPlace(photo({ lat: [16, 28, 0.48], lon: [107, 34, 45.12], south, west, little }));
      assert.ok(Math.abs(Math.abs(found.lat) - 16.4668) < 1e-4);
      assert.ok(Math.abs(Math.abs(found.lon) - 107.5792) < 1e-4);
      assert.deepEqual([found.lat < 0, found.lon < 0], [south, west]);
    }
  });
}

test('a photo without a place, a block cut anywhere, other files: no place, no error', () => {
  const whole = photo({ lat: [16, 28, 0], lon: [107, 34, 0] });
  for (let cut = 0; cut < END; cut++) assert.equal(photoPlace(whole.slice(0, cut)), null);
  assert.equal(photoPlace(photo({ lat: [0, 0, 0], lon: [0, 0, 0] })), null);
  assert.equal(photoPlace(photo({ lat: [99, 0, 0], lon: [107, 0, 0] })), null);
  assert.equal(photoPlace(new TextEncoder().encode('not a photo at all').buffer), null);
});
