// From an operator's drawing to a citizen's notification. A browser's own push service cannot be
// reached offline, so the page is given a subscription whose keys this test holds and whose
// endpoint is the simulated push service; the message that arrives there, encrypted, is opened with
// those keys and handed to the page's own service worker through the debugging protocol.
import assert from 'node:assert/strict';
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import {
  BASE, DESK, PHONE, accessible, launch, person, shot, signIn, steps,
  withRole
} from './city.mjs';

const PUSH = process.env.PUSH_URL ?? `http://localhost:${Number(new URL(BASE).port) + 2}`;
const NAME = `journey-${Date.now()}`;
const ROAD = `Đường thử ${NAME.slice(-5)}`;
const HOME = { latitude: 16.4668, longitude: 107.5792 };

const keys = createECDH('prime256v1');
keys.generateKeys();
const secret = randomBytes(16);
const b64 = (bytes) => Buffer.from(bytes).toString('base64url');

/** What a browser does with a message (RFC 8291, RFC 8188). */
function opened(body) {
  const raw = Buffer.from(body, 'base64url');
  const [salt, length] = [raw.subarray(0, 16), raw[20]];
  const theirs = raw.subarray(21, 21 + length);
  const sealed = raw.subarray(21 + length);
  const shared = keys.computeSecret(theirs);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), theirs]);
  const material = Buffer.from(hkdfSync('sha256', shared, secret, info, 32));
  const key = Buffer.from(
    hkdfSync('sha256', material, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  );
  const nonce = Buffer.from(
    hkdfSync('sha256', material, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
  );
  const cipher = createDecipheriv('aes-128-gcm', key, nonce);
  cipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
}

async function message(fits) {
  for (let i = 0; i < 240; i++) {
    const { items } = await (await fetch(`${PUSH}/_messages/${NAME}`)).json();
    for (const one of items) {
      const text = opened(one.body);
      if (fits(JSON.parse(text))) return text;
    }
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error('no message came to the push service');
}

let browser;
let operator;
let supervisor;
let citizen;
let worker;
let devtools;
let alertId;

before(async () => {
  browser = await launch();
  operator = await person(browser, { viewport: DESK });
  supervisor = await person(browser, { viewport: DESK });
  citizen = await person(browser, {
    viewport: PHONE,
    more: { permissions: ['geolocation', 'notifications'], geolocation: HOME }
  });
  await citizen.context.addInitScript(
    ({ endpoint, p256dh, auth }) => {
      let held = null;
      PushManager.prototype.subscribe = async () => {
        held = {
          endpoint,
          toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
          unsubscribe: async () => ((held = null), true)
        };
        return held;
      };
      PushManager.prototype.getSubscription = async () => held;
    },
    { endpoint: `${PUSH}/push/${NAME}`, p256dh: b64(keys.getPublicKey()), auth: b64(secret) }
  );
});
after(() => browser?.close());

const step = steps('warnings', () => ({ operator, supervisor, citizen }));
async function seen(page, name) {
  await accessible(page, name);
  await shot(page, `warnings-${name}`, true);
}
const button = (page, action) => page.locator(`button[data-action=${action}]`);
const state = (page, wanted) => page.locator(`#state[data-state=${wanted}]`).waitFor();

step('a citizen saves their home and turns warnings on', async () => {
  const { page } = citizen;
  await signIn(page, '+84900000004');
  await page.goto(`${BASE}/me/places`);
  await page.locator('#add-place').waitFor();
  await seen(page, 'places-empty');
  await page.locator('#add-place').click();
  await page.locator('#place-name').fill('Nhà');
  await page.getByRole('button', { name: 'Vị trí của tôi' }).click();
  await page.getByText(/Sai số/).waitFor();
  await page.getByRole('button', { name: 'Lưu nơi này' }).click();
  await page.getByText('Đã lưu nơi này.').waitFor();
  await page.getByRole('button', { name: 'Xoá nơi Nhà' }).click();
  await page.getByText('Chưa có nơi nào').waitFor();
  await page.getByRole('button', { name: 'Hoàn tác' }).click();
  await page.getByRole('button', { name: 'Xoá nơi Nhà' }).waitFor();
  await page.locator('#push').click();
  await page.getByText('Thiết bị này đang nhận cảnh báo.').waitFor();
  await seen(page, 'places');
  // quiet hours would hold back what is not urgent, whatever hour this test runs at
  for (const id of ['#quiet-from', '#quiet-to']) await page.locator(id).selectOption('0');
});

step('an operator draws an area and sees how many live there', async () => {
  const { page } = operator;
  await signIn(page, (await withRole('ioc_operator'))[0].phone);
  await page.goto(`${BASE}/console/alerts`);
  await page.getByRole('link', { name: 'Soạn cảnh báo' }).click();
  await page.locator('#kind').selectOption('road_flood');
  await page.locator('#severity').selectOption('Severe');
  await page.locator('#f-road').fill(ROAD);
  await page.locator('#f-depth_m').fill('0.7');
  await page.locator('#area-vi').fill('Thành Nội');
  await page.locator('#area-en').fill('The old city');
  const map = page.locator('.map[data-ready=yes] canvas');
  await map.waitFor();
  const box = await map.boundingBox();
  const [x, y] = [box.width / 2, box.height / 2];
  for (const [dx, dy] of [[-90, -80], [90, -80], [90, 80], [-90, 80]]) {
    await map.click({ position: { x: x + dx, y: y + dy } });
    await page.waitForTimeout(350); // two clicks of a double click are no two points
  }
  await page.getByText('đã có 4 điểm').waitFor();
  await page.locator('#audience[data-people]').waitFor();
  const people = Number(await page.locator('#audience').getAttribute('data-people'));
  assert.ok(people >= 1, `${people} people`);
  await seen(page, 'composer');
  await page.locator('#save-draft').click();
  await page.waitForURL(/console\/alerts\/(?!new)/);
  alertId = page.url().split('/').pop();
  await button(page, 'submit').waitFor();
  await page.locator('.phone').first().waitFor();
  await seen(page, 'draft');
  await button(page, 'submit').click();
  await state(page, 'SUBMITTED');
  assert.equal(await button(page, 'approve').count(), 0);
});

step('a second person approves and sends; the counts add up', async () => {
  const { page } = supervisor;
  await signIn(page, (await withRole('ioc_supervisor'))[0].phone);
  await page.goto(`${BASE}/console/alerts/${alertId}`);
  await button(page, 'approve').click();
  await state(page, 'APPROVED');
  await button(page, 'release').click();
  await state(page, 'ACTIVE');
  await page.locator('section[data-revision="1"][data-left="0"]').waitFor({ timeout: 60_000 });
  await seen(page, 'delivered');
});

step('the citizen’s phone shows it, with the map behind it', async () => {
  const { page } = citizen;
  const text = await message((told) => told.id === alertId && !told.cancel);
  assert.match(JSON.parse(text).title + JSON.parse(text).body, new RegExp(ROAD));
  devtools = await citizen.context.newCDPSession(page);
  await devtools.send('ServiceWorker.enable');
  worker = await new Promise((done) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const mine = registrations.find((one) => !one.isDeleted && one.scopeURL.startsWith(BASE));
      if (mine) done(mine.registrationId);
    });
    devtools.send('ServiceWorker.enable');
  });
  await devtools.send('ServiceWorker.deliverPushMessage', {
    origin: BASE, registrationId: worker, data: text
  });
  const shown = await page.waitForFunction(async (id) => {
    const held = await navigator.serviceWorker.ready;
    const [card] = await held.getNotifications();
    return card && card.data.link.endsWith(id) ? { title: card.title, link: card.data.link } : false;
  }, alertId);
  const card = await shown.jsonValue();
  assert.match(card.title, new RegExp(ROAD));
  // the same message again changes nothing
  await devtools.send('ServiceWorker.deliverPushMessage', {
    origin: BASE, registrationId: worker, data: text
  });
  await page.goto(BASE + card.link);
  await page.getByRole('heading', { name: new RegExp(ROAD) }).waitFor();
  await page.getByText('Vì bạn có nơi trong vùng cảnh báo: Nhà.').waitFor();
  await page.locator('.map[data-ready=yes]').waitFor();
  await page.waitForTimeout(800);
  await seen(page, 'detail');
  await page.goto(`${BASE}/warnings`);
  await page.getByRole('link', { name: new RegExp(ROAD) }).waitFor();
  await page.locator('.map[data-ready=yes]').waitFor();
  await page.waitForTimeout(800);
  await seen(page, 'now');
  await page.goto(`${BASE}/warnings/mine`);
  await page.getByRole('link', { name: new RegExp(ROAD) }).waitFor();
  await seen(page, 'mine');
  await page.goto(`${BASE}/`);
  await page.locator('.now').getByRole('link', { name: new RegExp(ROAD) }).waitFor();
  await seen(page, 'home');
  await page.goto(`${BASE}/now/roads`);
  await page.getByRole('link', { name: new RegExp(ROAD) }).waitFor();
  await page.locator('.map[data-ready=yes]').waitFor();
  await page.waitForTimeout(800);
  await seen(page, 'roads');
});

step('without a network the warning is still there', async () => {
  const { page, context } = citizen;
  await page.goto(`${BASE}/warnings`);
  await page.getByRole('link', { name: new RegExp(ROAD) }).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload(); // now the worker has the page and its data
  await page.getByRole('link', { name: new RegExp(ROAD) }).waitFor();
  await context.setOffline(true);
  await page.reload();
  await page.getByRole('link', { name: new RegExp(ROAD) }).waitFor();
  await page.getByText(/Cập nhật lúc/).waitFor();
  await shot(page, 'warnings-offline', true);
  await context.setOffline(false);
  citizen.faults.length = 0; // what cannot be loaded offline is logged by the browser
});

step('the cancellation takes the card away', async () => {
  const { page } = supervisor;
  await button(page, 'cancel').click();
  await page.locator('#reason').fill('Nước đã rút, đường đi lại được.');
  await page.locator('#reason-en').fill('The water has gone, the road is open.');
  await accessible(page, 'cancel');
  await page.locator('#do').click();
  await state(page, 'CANCELLED');
  const text = await message((told) => told.id === alertId && told.cancel);
  await citizen.page.goto(`${BASE}/warnings/${alertId}`);
  await devtools.send('ServiceWorker.deliverPushMessage', {
    origin: BASE, registrationId: worker, data: text
  });
  await citizen.page.waitForFunction(async () => {
    const held = await navigator.serviceWorker.ready;
    const cards = await held.getNotifications();
    return cards.every((card) => card.data.cancel);
  });
  await citizen.page.reload();
  await citizen.page.getByText('Cảnh báo này đã được hủy').waitFor();
  await citizen.page.goto(`${BASE}/warnings`);
  await citizen.page.locator('main .card').first().waitFor();
  assert.equal(await citizen.page.getByRole('link', { name: new RegExp(ROAD) }).count(), 0);
  for (const who of [operator, supervisor, citizen]) who.check();
});
