// Every pair of text and ground in src/tokens.css, in both themes: 4.5:1 (WCAG 2.2 AA, 1.4.3).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const css = readFileSync(new URL('../src/tokens.css', import.meta.url), 'utf8');
const block = (start) => css.slice(css.indexOf(start)).split('}')[0];
const read = (words) =>
  Object.fromEntries([...words.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/gi)].map((m) => [m[1], m[2]]));
const light = read(block(':root {'));
const dark = { ...light, ...read(block(":root[data-theme='dark']")) };

const PAIRS = [
  ['ink', 'bg'], ['ink', 'surface'], ['ink', 'sunken'], ['ink', 'tile'],
  ['mute', 'bg'], ['mute', 'surface'], ['mute', 'sunken'], ['mute', 'tile'],
  ['link', 'bg'], ['link', 'surface'], ['link', 'tile'], ['link', 'sunken'],
  ['on-primary', 'primary'], ['on-header', 'header'], ['on-tile', 'tile'],
  ['danger', 'surface'], ['danger', 'bg'], ['danger-ink', 'danger-bg'],
  ['ok', 'ok-bg'], ['warn-ink', 'warn-bg'], ['on-gold', 'gold'], ['river-ink', 'river-bg']
];
// Edges of controls and the focus ring need 3:1 against what they lie on (1.4.11).
const EDGES = [['field', 'bg'], ['field', 'surface'], ['focus-ink', 'bg'], ['gold', 'header']];

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}

for (const [theme, tokens] of Object.entries({ light, dark })) {
  test(`${theme}: text 4.5:1, edges 3:1`, () => {
    const low = [];
    for (const [pairs, least] of [[PAIRS, 4.5], [EDGES, 3]]) {
      for (const [front, ground] of pairs) {
        assert.ok(tokens[front] && tokens[ground], `no token ${front} or ${ground}`);
        const is = contrast(tokens[front], tokens[ground]);
        if (is < least) low.push(`${front} on ${ground}: ${is.toFixed(2)}`);
      }
    }
    assert.deepEqual(low, []);
  });
}
