/** Which functions were opened, told to the city in batches without saying what was done there. */
import type { Home } from '$lib/api';

interface Use { function: string; kind: 'view' | 'interaction'; seconds: number }

const links = new Map<string, string>();
let waiting: Use[] = [];
let current: { id: string; since: number } | null = null;

/** The links of the functions that are shown. */
export function know(home: Home): void {
  for (const group of home.groups) for (const one of group.functions) links.set(one.link, one.id);
}

/** A screen was opened. */
export function opened(path: string): void {
  closed();
  const id = links.get(path);
  if (!id) return;
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
  void fetch('/v1/functions/usage', {
    method: 'POST',
    keepalive: true,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ batch: crypto.randomUUID(), items })
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
