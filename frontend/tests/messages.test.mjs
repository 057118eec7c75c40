// Both catalogues hold the same keys and parameters, the screens use exactly these, and the
// compiler compiled them (with an empty `modules` list it compiles nothing and reports success).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'svelte/compiler';

const root = fileURLToPath(new URL('..', import.meta.url));
const settings = JSON.parse(readFileSync(join(root, 'project.inlang/settings.json')));
const areas = settings['plugin.inlang.messageFormat'].pathPattern;
const parts = (locale) =>
  areas.map((path) => JSON.parse(readFileSync(join(root, path.replace('{locale}', locale)))));
const catalogue = (locale) => {
  const { $schema: _, ...rest } = Object.assign({}, ...parts(locale));
  return rest;
};
const vi = catalogue('vi');
const en = catalogue('en');
const compiled = join(root, 'src/lib/paraglide/messages/_index.js');

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const path = join(folder, one.name);
    if (one.isDirectory()) return one.name === 'paraglide' ? [] : sources(path);
    return /\.(svelte|ts)$/.test(one.name) ? [path] : [];
  });
}
const files = sources(join(root, 'src')).map((path) => [path, readFileSync(path, 'utf8')]);
const params = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

before(() => {
  if (!existsSync(compiled)) execFileSync('npm', ['run', 'messages'], { cwd: root });
});

test('Vietnamese and English have the same keys and parameters, none empty', () => {
  assert.deepEqual(Object.keys(vi).sort(), Object.keys(en).sort());
  for (const key of Object.keys(vi)) {
    assert.ok(vi[key].trim() && en[key].trim(), key);
    assert.deepEqual(params(vi[key]), params(en[key]), key);
  }
});

test('every folder of messages is compiled, and no key stands in two of them', () => {
  const folders = readdirSync(join(root, 'messages')).map((a) => `./messages/${a}/{locale}.json`);
  assert.deepEqual([...areas].sort(), folders.sort());
  const keys = parts('vi').flatMap((one) => Object.keys(one).filter((key) => key !== '$schema'));
  assert.deepEqual(keys.filter((key, at) => keys.indexOf(key) !== at), []);
});

test('every key in use exists, and every key is in use', () => {
  const used = new Set(
    files.flatMap(([, text]) => [...text.matchAll(/\bm\.([a-z]\w*)/g)].map((found) => found[1]))
  );
  assert.deepEqual([...used].filter((key) => !(key in vi)), []);
  assert.deepEqual(Object.keys(vi).filter((key) => !used.has(key)), []);
});

test('every message was compiled', () => {
  const count = readFileSync(compiled, 'utf8').match(/^export \* from/gm)?.length ?? 0;
  assert.equal(count, Object.keys(vi).length);
});

test('no text stands outside the catalogues', () => {
  const vietnamese = /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i;
  const found = [];
  for (const [path, text] of files) {
    const bare = text.replace(/\/\/.*$|\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->/gm, '');
    if (vietnamese.test(bare)) found.push(path);
  }
  assert.deepEqual(found, []);
});

/** Names that are the same in every language. */
const NAMES = /^(Hue-S|CSV|PDF|QR|VietQR|SMS|OTP|CAP|JSON|GPX|GeoJSON|VNeID|Esc|SHA-256|km|cm|mm|m|PA-261123-7K3FQ)$/;
const SPOKEN = new Set(['aria-label', 'placeholder', 'title', 'alt', 'label']);

/** Words in markup that no catalogue holds: text, and attributes that are read out or shown. */
function spoken(node, found = []) {
  if (!node || typeof node !== 'object') return found;
  if (Array.isArray(node)) node.forEach((one) => spoken(one, found));
  else if (node.type === 'Text') found.push(node.data);
  else if (node.type === 'Attribute') {
    if (SPOKEN.has(node.name) && Array.isArray(node.value)) spoken(node.value, found);
  } else for (const [key, inner] of Object.entries(node)) if (key !== 'css') spoken(inner, found);
  return found;
}

test('no words stand in the markup, in any language', () => {
  const sample = parse('{#if x}<p title="Two">One {m.three()}</p>{/if}', { modern: true });
  assert.deepEqual(spoken(sample.fragment).map((one) => one.trim()).filter(Boolean).sort(),
    ['One', 'Two']);
  const found = files.filter(([path]) => path.endsWith('.svelte')).flatMap(([path, text]) =>
    spoken(parse(text, { modern: true }).fragment)
      .flatMap((words) => words.match(/\p{L}[\p{L}\p{N}-]*/gu) ?? [])
      .filter((word) => word.length > 1 && !NAMES.test(word))
      .map((word) => `${path.slice(root.length)}: ${word}`));
  assert.deepEqual(found, []);
});
