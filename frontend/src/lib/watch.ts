/**
 * Looks now, then every `everyMs` while the page is in sight, and at once when it comes back into
 * sight. What it answers ends that: `$effect(() => watch(load, 20_000))`.
 */
export function watch(look: () => unknown, everyMs: number): () => void {
  const seen = (): void => {
    if (!document.hidden) void look();
  };
  void look();
  const timer = setInterval(seen, everyMs);
  document.addEventListener('visibilitychange', seen);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', seen);
  };
}
