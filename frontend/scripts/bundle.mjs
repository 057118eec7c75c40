// Which files a route loads, from Vite's manifest and SvelteKit's list of nodes.
import { readFileSync, readdirSync } from 'node:fs';

const CLIENT = '.svelte-kit/output/client';
const LATE = /^src\/lib\//;
const EVERYTHING = /./;
const EVERY = /^(?!\.svelte-kit\/)(?!.*(maplibre|photo-sphere))/; // no other screen, no map, no 360
export const ROUTES = {
  home: '(app)/+page.svelte',
  report: '(app)/report/+page.svelte',
  mine: '(app)/reports/mine/+page.svelte',
  console: 'console/+page.svelte',
  map: '(app)/map/+page.svelte'
};
/** Screens of the offline guide; all they may load is kept with it, maps and viewer too. */
export const TOUR = [
  '(app)/tour/+page.svelte', '(app)/tour/[sight]/+page.svelte', '(app)/tour/routes/+page.svelte',
  '(app)/tour/360/[scene]/+page.svelte'
];

/**
 * Scripts and styles (paths under build/) of the shell plus one route: static imports. With `late`
 * true also what of our own is loaded afterwards; with 'own' everything that may be but other
 * screens and the libraries for maps and 360; with 'everything' these too, and their assets.
 */
export function files(route, late = false) {
  const manifest = JSON.parse(readFileSync(`${CLIENT}/.vite/manifest.json`, 'utf8'));
  const nodes = readdirSync('.svelte-kit/generated/client-optimized/nodes');
  const node = (part) => {
    const found = nodes.find((name) =>
      readFileSync(`.svelte-kit/generated/client-optimized/nodes/${name}`, 'utf8').includes(
        `src/routes/${part}"`
      )
    );
    if (!found) throw new Error(`no node for ${part}`);
    return `.svelte-kit/generated/client-optimized/nodes/${found}`;
  };
  const layout = route.includes('/') ? [`${route.split('/')[0]}/+layout.svelte`] : [];
  const entries = Object.keys(manifest).filter(
    (key) => manifest[key].isEntry && /(client-optimized\/app|runtime\/client\/entry)/.test(key)
  );
  const queue = [...entries, ...['+layout.svelte', ...layout, route].map(node)];
  const seen = new Set();
  const found = new Set();
  while (queue.length) {
    const key = queue.pop();
    if (seen.has(key) || !manifest[key]) continue;
    seen.add(key);
    found.add(manifest[key].file);
    for (const css of manifest[key].css ?? []) found.add(css);
    if (late === 'everything') for (const asset of manifest[key].assets ?? []) found.add(asset);
    queue.push(...(manifest[key].imports ?? []));
    const wanted = { own: EVERY, everything: entries.includes(key) ? LATE : EVERYTHING }[late] ?? LATE;
    if (late) queue.push(...(manifest[key].dynamicImports ?? []).filter((one) => wanted.test(one)));
  }
  return [...found];
}
