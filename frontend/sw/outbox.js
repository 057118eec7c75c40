// Sends queued reports when the network is back and no page is open to do it: the drafts, photos
// included, are in IndexedDB, and the cookie renews the session. The lock is the page's as well
// (src/lib/drafts/outbox): one sends at a time, and a draft's key makes a second try the same report.
self.addEventListener('sync', (event) => {
  if (event.tag === 'drain') event.waitUntil(drained());
});

async function drained() {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const awake = pages.filter((one) => one.visibilityState === 'visible');
  if (awake.length) return awake.forEach((one) => one.postMessage('drain'));
  await navigator.locks.request('hues-outbox', sendAll);
  pages.forEach((one) => one.postMessage('drained'));
}

/** Every queued draft of whoever is signed in. What may pass is thrown: the browser tries again. */
async function sendAll() {
  const shelf = await drafts();
  const queued = shelf ? (await asked(shelf('readonly').getAll())).filter(waits) : [];
  if (!queued.length) return;
  const renewed = await navigator.locks.request('hues-renewal', renewal);
  if (renewed.status === 401) return; // nobody is signed in: a page will ask
  const { access_token: token } = await read(renewed);
  const { id } = await read(await fetch('/v1/me', { headers: { Authorization: `Bearer ${token}` } }));
  for (const draft of queued) {
    if (draft.owner !== null && draft.owner !== id) continue;
    try {
      await submitted(draft, token, (now) => asked(shelf('readwrite').put(now)));
      await asked(shelf('readwrite').delete(draft.id));
    } catch (error) {
      if (!error.refusal) throw error;
      await asked(shelf('readwrite').put({ ...draft, ...error.refusal(draft.language) }));
    }
  }
}
const waits = (draft) => draft.status === 'queued' && draft.place;

async function submitted(draft, token, keep) {
  const post = (path, body, more = {}) => fetch(path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...more },
    body: JSON.stringify(body)
  });
  for (const photo of draft.photos) {
    if (photo.media_id) continue; // went up before
    const { type, size } = photo.blob;
    const ticket = await read(
      await post('/v1/media', { content_type: type, size, purpose: 'report' })
    );
    const form = new FormData();
    for (const [name, value] of Object.entries(ticket.upload.fields)) form.append(name, value);
    form.append('file', photo.blob);
    await read(await fetch(ticket.upload.url, { method: 'POST', body: form }), false);
    photo.media_id = ticket.id;
    await keep(draft);
  }
  const body = {
    category: draft.category, text: draft.text.trim(), place: draft.place, accept_terms: true,
    photos: draft.photos.map((photo) => photo.media_id)
  };
  await read(await post('/v1/reports', body, { 'Idempotency-Key': draft.key }));
}

/** The body of a good answer. A refusal carries its words; anything else may pass. */
async function read(answer, json = true) {
  if (answer.ok) return json ? answer.json() : null;
  const error = new Error(`${answer.url}: ${answer.status}`);
  if (answer.status < 500 && ![401, 408, 429].includes(answer.status)) {
    const problem = await answer.json().catch(() => ({}));
    error.refusal = (language = 'vi') => ({
      status: 'refused',
      refusal: problem.messages?.[language] ?? problem.detail ?? String(answer.status)
    });
  }
  throw error;
}

/** The drafts' shelf by mode, or null where no page has made one yet. */
function drafts() {
  return new Promise((done) => {
    const opening = indexedDB.open('hues', 1);
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onerror = () => done(null);
    opening.onsuccess = () =>
      done((mode) => opening.result.transaction('drafts', mode).objectStore('drafts'));
  });
}
const asked = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
