// Budgets of the built app (run after `npm run build`), gzip.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const built = existsSync('build/sw.js') ? false : 'not built';
const size = (path) => gzipSync(readFileSync(path)).length;
const KIB = 1024;

async function scripts(route) {
  const { ROUTES, files } = await import('../scripts/bundle.mjs');
  return files(ROUTES[route])
    .filter((file) => file.endsWith('.js'))
    .reduce((sum, file) => sum + size(`build/${file}`), 0);
}

// Every screen adds a line to the router's table, which home loads too. The aim for home is 60, the
// ceiling for a first visit 90 kB.
for (const [route, most] of Object.entries({ home: 62, report: 80, mine: 80, console: 150 })) {
  test(`script of ${route} is at most ${most} KiB`, { skip: built }, async (t) => {
    const bytes = await scripts(route);
    t.diagnostic(`${route}: ${(bytes / KIB).toFixed(1)} KiB`);
    assert.ok(bytes > 10 * KIB, 'the list of files is not complete');
    assert.ok(bytes <= most * KIB, `${(bytes / KIB).toFixed(1)} KiB`);
  });
}

test('no screen starts with over 90 kB or may load over 200 kB', { skip: built }, async (t) => {
  const { files } = await import('../scripts/bundle.mjs');
  const pages = readdirSync('src/routes', { recursive: true })
    .filter((name) => name.endsWith('+page.svelte'));
  assert.ok(pages.length > 40, 'the list of screens is not complete');
  const weigh = (page, late) => files(page, late).filter((file) => file.endsWith('.js'))
    .reduce((sum, file) => sum + size(`build/${file}`), 0) / 1000;
  const heavy = (late, most) => {
    const all = pages.map((page) => [weigh(page, late), page]).sort((a, b) => b[0] - a[0]);
    t.diagnostic(`${late ? 'all but maps and 360' : 'first'}: at most ${all[0][0].toFixed(1)} kB (${all[0][1]})`);
    return all.filter(([kilobytes]) => kilobytes > most);
  };
  assert.deepEqual(heavy(false, 90), []);
  assert.deepEqual(heavy('own', 200), []);
});

test('what is kept offline is listed, exists and is at most 500 KiB', { skip: built }, (t) => {
  const worker = readFileSync('build/sw.js', 'utf8');
  const list = JSON.parse(worker.match(/const PRECACHE = (\[.*?\]);/s)[1]);
  assert.ok(list.length > 5 && !list.some((file) => /maplibre|worker/.test(file)));
  const bytes = list.reduce((sum, one) => sum + size(`build/${one === '/' ? 'index.html' : one}`), 0);
  t.diagnostic(`${list.length} files, ${(bytes / KIB).toFixed(0)} KiB`);
  assert.ok(bytes <= 500 * KIB);
});

test('the policy allows no inline script or style', { skip: built }, () => {
  const page = readFileSync('build/index.html', 'utf8');
  const policy = page.match(/content-security-policy" content="([^"]+)"/i)[1];
  assert.ok(/script-src 'self' 'wasm-unsafe-eval' 'sha256-/.test(policy), policy);
  assert.ok(!policy.includes('unsafe-inline') && !/(?<!wasm-)unsafe-eval/.test(policy));
});
