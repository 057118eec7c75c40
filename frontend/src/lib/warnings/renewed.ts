/** The browser renewed its push subscription by itself: tell the city, while somebody is here. */
export function start(): void {
  navigator.serviceWorker?.addEventListener('message', (event) => {
    if (event.data === 'resubscribe') void import('./push').then(({ subscribe }) => subscribe());
  });
}
