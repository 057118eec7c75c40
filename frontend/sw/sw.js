// Offline shell. PRECACHE and VERSION are filled in by scripts/worker.mjs, which also adds
// outbox.js: the pages a citizen needs without a network (home, report, my reports), nothing else.
const VERSION = '__VERSION__';
const PRECACHE = ['__PRECACHE__'];
const SHELL = `shell-${VERSION}`;
const DATA = 'data-1';
// The visitors' guide, if somebody chose to keep it (src/lib/tour/pack.svelte.ts fills it).
const TOUR = 'tour-1';
// Reference data that makes the report form work offline: newest when online, kept when not.
const KEPT = [
  '/v1/categories', '/v1/units.geojson', '/v1/reports/reasons',
  '/v1/alerts', '/v1/alerts/map', '/v1/air', '/v1/water', '/v1/rivers', '/v1/fire-danger'
];

// A new version waits until the person says so (or the last page closes): files of the old one stay
// for the pages that run it.
self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(SHELL).then((cache) => cache.addAll(PRECACHE)).then(renewTour)
  );
});
self.addEventListener('message', (event) => {
  if (event.data === 'update') void self.skipWaiting();
});

// A kept guide needs the screens of this version beside the old ones, until those are let go.
async function renewTour() {
  if (!(await caches.has(TOUR))) return;
  const cache = await caches.open(TOUR);
  const list = await fetch('/tour-pack.json', { cache: 'no-store' });
  const screens = await list.clone().json();
  await cache.addAll(screens.map((file) => file.url));
  await cache.put('/tour-pack.json', list);
}

async function tidyTour() {
  const list = await caches.match('/tour-pack.json');
  if (!list) return;
  const screens = (await list.json()).map((file) => file.url);
  const cache = await caches.open(TOUR);
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (pathname.startsWith('/_app/') && !screens.includes(pathname)) await cache.delete(url);
  }
}

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => ![SHELL, DATA, TOUR].includes(name)))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(tidyTour)
      .then(() => self.clients.claim())
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === 'POST' && url.pathname === '/v1/auth/refresh') {
    const answer = renewal();
    event.waitUntil(answer.catch(() => {}));
    event.respondWith(answer);
    return;
  }
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (KEPT.includes(url.pathname)) event.respondWith(fresh(request));
  else if (url.pathname.startsWith('/v1/tourism/')) event.respondWith(guide(request));
  else if (url.pathname.startsWith('/guide/')) event.respondWith(picture(request));
  else if (url.pathname.startsWith('/_app/immutable/')) event.respondWith(stored(request));
  else if (request.mode === 'navigate' && !served(url.pathname)) event.respondWith(page(request));
  else if (PRECACHE.includes(url.pathname)) event.respondWith(other(request));
});

// One renewal at a time, and to its end even when the page that asked has gone: the answer holds
// the next cookie, and the city ends a session whose old cookie comes back late.
let turn = Promise.resolve();
function renewal() {
  const answer = turn.then(() =>
    fetch('/v1/auth/refresh', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' },
      body: '{}'
    })
  );
  turn = answer.then(
    () => {},
    () => {}
  );
  return answer;
}

// Pages of the API are not ours to answer.
function served(path) {
  return /^\/(v1|docs|openapi\.json|open311|healthz|_sandbox)(\/|$)/.test(path);
}

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) return answer;
    return (await caches.match('/')) ?? answer;
  } catch {
    return (await caches.match('/')) ?? Response.error();
  }
}

async function stored(request) {
  const known = await caches.match(request);
  if (known) return known;
  const answer = await fetch(request);
  // what is fetched for the kept guide goes into its own cache
  if (answer.ok && request.cache !== 'no-store') {
    (await caches.open(SHELL)).put(request, answer.clone());
  }
  return answer;
}

// Files of the shell whose names stay when they change: the newest, without a network the kept one.
function other(request) {
  return fetch(request).catch(async () => (await caches.match(request)) ?? Response.error());
}

async function picture(request) {
  return (await caches.match(request)) ?? fetch(request);
}

async function guide(request) {
  const held = (await caches.has(TOUR)) ? await caches.open(TOUR) : null;
  try {
    const answer = await fetch(request);
    if (answer.ok && held && (await held.match(request))) held.put(request, answer.clone());
    return answer;
  } catch {
    return (await held?.match(request)) ?? Response.error();
  }
}

async function fresh(request) {
  const cache = await caches.open(DATA);
  try {
    const answer = await fetch(request);
    if (answer.ok) cache.put(request, answer.clone());
    return answer;
  } catch {
    return (await cache.match(request)) ?? (await caches.match(request)) ?? Response.error();
  }
}

// Warnings. A newer message of the same thread replaces its card; a cancellation takes the card
// away and says once, without a sound, that it is over. What came too late is not shown.
self.addEventListener('push', (event) => {
  event.waitUntil(shown(event.data));
});

async function shown(data) {
  let told;
  try {
    told = data.json();
  } catch {
    return; // not one of ours
  }
  const old = await self.registration.getNotifications({ tag: told.tag });
  const newest = Math.max(0, ...old.map((card) => card.data?.rev ?? 0));
  if (newest >= told.rev) return; // came late, or twice
  if (told.cancel) for (const card of old) card.close();
  if (!told.cancel && Date.parse(told.until) < Date.now()) return;
  await self.registration.showNotification(told.title, {
    body: told.body,
    tag: told.tag,
    renotify: !told.cancel && old.length > 0,
    silent: Boolean(told.cancel),
    requireInteraction: !told.cancel && !told.exercise,
    icon: '/icon-192.png',
    lang: told.lang ?? 'vi',
    data: { link: told.link, rev: told.rev, cancel: Boolean(told.cancel) }
  });
  for (const one of await self.clients.matchAll({ type: 'window' })) one.postMessage('warning');
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(opened(event.notification.data?.link ?? '/warnings'));
});

async function opened(link) {
  // Our own pages only, whatever a message says.
  const url = new URL(link, location.origin);
  const target = url.origin === location.origin ? url.href : `${location.origin}/warnings`;
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const held = pages.find((one) => 'focus' in one);
  if (!held) return self.clients.openWindow(target);
  await held.focus();
  return held.navigate(target);
}

// The browser changed the subscription by itself: an open page tells the city, it has the session.
self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(
    self.clients
      .matchAll({ type: 'window' })
      .then((pages) => pages.forEach((one) => one.postMessage('resubscribe')))
  );
});
