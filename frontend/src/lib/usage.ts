/** Which functions were opened, told to the city in batches without saying what was done there. */
import type { CityFunction, Home } from '$lib/api';
import { api } from '$lib/api/http';
import { KEPT } from '$lib/home/kept';

interface Use { function: string; kind: 'view' | 'interaction'; seconds: number }

const links = new Map<string, string>();
let waiting: Use[] = [];
let recent: string[] = [];
let current: { id: string; since: number } | null = null;

/** The links of the functions that are shown. */
export function know(home: Pick<Home, 'groups'>): void {
  for (const group of home.groups) for (const one of group.functions) links.set(one.link, one.id);
}

/** On a screen that was opened by its link: as home last kept them. */
function remember(): void {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept) know(JSON.parse(kept) as Home);
  } catch {
    // nothing kept, nothing counted
  }
}

/** What was used last, on this page first, then as the city remembers it. */
export function lately(home: Home): CityFunction[] {
  const all = home.groups.flatMap((group) => group.functions);
  const here = recent.map((id) => all.find((one) => one.id === id));
  return [...new Set([...here, ...home.recent.map((one) => all.find(({ id }) => id === one.id))])]
    .filter((one) => one !== undefined && one.state === 'live') as CityFunction[];
}

/** A screen was opened. */
export function opened(path: string): void {
  closed();
  if (!links.size) remember();
  const id = links.get(path);
  if (!id) return;
  recent = [id, ...recent.filter((one) => one !== id)];
  waiting.push({ function: id, kind: 'view', seconds: 0 });
  current = { id, since: Date.now() };
}

function closed(): void {
  if (!current) return;
  const seconds = Math.min(3600, Math.round((Date.now() - current.since) / 1000));
  if (seconds) waiting.push({ function: current.id, kind: 'interaction', seconds });
  current = null;
}

/** Sends what is waiting; a lost batch is not worth a second try. */
export function flush(): void {
  if (!waiting.length) return;
  const items = waiting.slice(0, 100);
  waiting = [];
  void api.POST('/v1/functions/usage', {
    keepalive: true, body: { batch: crypto.randomUUID(), items }
  }).catch(() => {});
}

/** Sends when the page goes away, and every minute. */
export function begin(): () => void {
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') {
      closed();
      flush();
    }
  };
  document.addEventListener('visibilitychange', hidden);
  const timer = setInterval(flush, 60_000);
  return () => {
    document.removeEventListener('visibilitychange', hidden);
    clearInterval(timer);
  };
}
