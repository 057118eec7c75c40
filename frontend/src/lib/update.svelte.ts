/** The offline worker, and whether a newer version of the app waits for its turn. */
const HOUR_MS = 3_600_000;

class Update {
  ready = $state(false);
  #waiting: ServiceWorker | null = null;

  async start(): Promise<void> {
    const held = await navigator.serviceWorker.register('/sw.js');
    this.#look(held.waiting);
    held.addEventListener('updatefound', () => {
      const coming = held.installing;
      coming?.addEventListener('statechange', () => {
        if (coming.state === 'installed') this.#look(held.waiting);
      });
    });
    setInterval(() => void held.update().catch(() => {}), HOUR_MS);
  }

  /** Without a controller this is the first visit: nothing to replace. */
  #look(waiting: ServiceWorker | null): void {
    if (!waiting || !navigator.serviceWorker.controller) return;
    this.#waiting = waiting;
    this.ready = true;
  }

  /** The new version takes over, then this page starts again under it. */
  take(): void {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(),
      { once: true });
    this.#waiting?.postMessage('update');
  }

  later(): void {
    this.ready = false;
  }
}

export const update = new Update();
