// Writes build/sw.js: the hand-written worker with an explicit list of what to keep offline.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync, existsSync, readdirSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { files, ROUTES, TOUR } from './bundle.mjs';

// Home's own files are named in the page itself: else they are found only when the framework has
// been read, one round trip later. Other addresses share all but the last two of them.
const page = readFileSync('build/index.html', 'utf8');
const early = files(ROUTES.home).filter((file) => !page.includes(file)).map((file) =>
  file.endsWith('.js') ? `<link href="/${file}" rel="modulepreload">`
    : `<link href="/${file}" rel="preload" as="style">`);
writeFileSync('build/index.html', page.replace('</head>', `${early.join('\n')}\n</head>`));

const FONTS = /be-vietnam-pro-(latin|vietnamese)-(400|600|700)-normal\..*woff2$/;
const assets = readdirSync('build/_app/immutable/assets').filter((name) => FONTS.test(name));
const wanted = new Set(['boot.js', 'icon.svg', 'manifest.webmanifest']);
for (const route of [ROUTES.home, ROUTES.report, ROUTES.mine]) {
  for (const file of files(route, true)) wanted.add(file);
}
// a screen that is not kept ends here, and this says so
for (const file of files('+error.svelte')) wanted.add(file);
for (const name of assets) wanted.add(`_app/immutable/assets/${name}`);

// What the offline guide keeps besides: lib/tour/pack.svelte.ts reads this list.
const guide = new Set(TOUR.flatMap((route) => files(route, 'everything')));
const pack = [...guide]
  .filter((file) => !wanted.has(file) && !/\.woff2?$/.test(file) && existsSync(`build/${file}`))
  .sort();
writeFileSync('build/tour-pack.json', JSON.stringify(pack.map(
  (file) => ({ url: `/${file}`, bytes: statSync(`build/${file}`).size })
)));

const list = [...wanted].filter((file) => existsSync(`build/${file}`)).sort();
const hash = createHash('sha256').update(readFileSync('build/index.html'));
for (const file of [...list, ...['sw.js', 'outbox.js'].map((name) => readFileSync(`sw/${name}`))]) {
  hash.update(file);
}
const source = [readFileSync('sw/sw.js', 'utf8'), readFileSync('sw/outbox.js', 'utf8')]
  .join('\n')
  .replace('__VERSION__', hash.digest('hex').slice(0, 12))
  .replace("['__PRECACHE__']", JSON.stringify(['/', ...list.map((file) => `/${file}`)]));
writeFileSync('build/sw.js', source);

const bytes = list.reduce((sum, file) => sum + gzipSync(readFileSync(`build/${file}`)).length, 0);
console.log(`sw.js: ${list.length} files to keep, ${(bytes / 1024).toFixed(0)} KiB gzip`);
