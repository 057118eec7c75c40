// Without a network: the shell opens, a draft with its photo survives a reload, sending waits,
// and the queue empties by itself, once, when the network is back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BASE, launch, person, photo, shot, signIn, withRole } from './city.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** The number under which the browser knows the city's worker. */
async function registration(devtools) {
  const known = new Promise((done) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const mine = registrations.find((one) => !one.isDeleted && one.scopeURL.startsWith(BASE));
      if (mine) done(mine.registrationId);
    });
  });
  await devtools.send('ServiceWorker.enable');
  return known;
}

/** The form filled without a network and put into the queue. */
async function queued(page, words) {
  await page.locator('input[type=file]').setInputFiles([await photo(page, 'cay')]);
  await page.locator('figure img').waitFor();
  await page.locator('#text').fill(words);
  await page.getByRole('button', { name: 'Vị trí của tôi' }).click();
  await page.getByText('Sai số 8 m').waitFor();
  await page.locator('.pick').first().click();
  await page.locator('.check input').check();
  await page.getByRole('button', { name: 'Gửi khi có mạng' }).click();
  await page.getByText('Đã xếp hàng chờ gửi').waitFor();
}

test('with no page open the worker sends it, photo included, once for two wake-ups', async () => {
  const { context, page } = await person(browser);
  const words = `Cống thoát nước nghẹt ${Date.now()}`;
  await signIn(page, (await withRole('citizen'))[2].phone);
  await page.goto(`${BASE}/report`);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.locator('.pick').first().waitFor();
  await page.reload();
  await page.locator('.pick').first().waitFor();
  const devtools = await context.newCDPSession(page);
  const registrationId = await registration(devtools);
  await context.setOffline(true);
  await page.getByText('Không có mạng').waitFor();
  await queued(page, words);
  await page.goto('about:blank');
  await context.setOffline(false);
  const wake = () => devtools.send('ServiceWorker.dispatchSyncEvent', {
    origin: BASE, registrationId, tag: 'drain', lastChance: false
  });
  await Promise.all([wake(), wake()]);
  const url = `${BASE}/v1/reports?q=${encodeURIComponent(words)}`;
  let found = [];
  for (let i = 0; i < 120 && !found.length; i++) {
    await new Promise((done) => setTimeout(done, 250));
    found = (await (await fetch(url)).json()).items;
  }
  assert.equal(found.length, 1, 'the worker sent nothing');
  assert.equal((await (await fetch(`${BASE}/v1/reports/${found[0].id}`)).json()).photo_count, 1);
  await wake();
  await page.goto(`${BASE}/reports/mine`);
  await page.locator('article', { hasText: words }).locator('a').waitFor();
  assert.equal(await page.locator('.wait').count(), 0);
  assert.equal((await (await fetch(url)).json()).items.length, 1);
  await context.close();
});

test('a report written offline is sent once when the network is back', async () => {
  const { context, page } = await person(browser);
  const words = `Cây nghiêng chắn đường ${Date.now()}`;
  await signIn(page, (await withRole('citizen'))[2].phone);
  const known = page.waitForResponse(/\/v1\/me$/);
  await page.goto(`${BASE}/report`);
  await known;
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.locator('.pick').first().waitFor();
  await page.reload(); // now under the worker's control, reference data kept
  await page.locator('.pick').first().waitFor();
  const picture = await photo(page, 'cay');

  await context.setOffline(true);
  await page.getByText('Không có mạng').waitFor();
  await page.locator('input[type=file]').setInputFiles([picture]);
  await page.locator('figure img').waitFor();
  await page.locator('#text').fill(words);
  await page.getByText('Đã lưu nháp').waitFor();
  await page.reload(); // the shell comes from the worker, the draft from this device
  await page.locator('figure img').waitFor();
  assert.equal(await page.locator('#text').inputValue(), words);
  const kept = await page.evaluate(async () => (await fetch('/boot.js')).ok);
  assert.ok(kept, 'theme, text size and language come with the shell');
  await page.getByRole('button', { name: 'Vị trí của tôi' }).click();
  await page.getByText('Sai số 8 m').waitFor();
  await page.locator('.pick').first().click();
  await page.locator('.check input').check();
  await shot(page, 'phone-offline');
  await page.getByRole('button', { name: 'Gửi khi có mạng' }).click();
  await page.getByText('Đã xếp hàng chờ gửi').waitFor();
  await shot(page, 'phone-queued');
  // what needs the city says so, and asks nobody to sign in again
  await page.goto(`${BASE}/wallet`);
  await page.getByText('Không kết nối được với máy chủ').first().waitFor();
  assert.equal(await page.locator('main a[href^="/signin"]').count(), 0);
  await shot(page, 'phone-offline-wallet');
  await page.goto(`${BASE}/reports/mine`);
  await page.locator('.wait').first().waitFor();

  await context.setOffline(false);
  await page.goto(`${BASE}/reports/mine`);
  const card = page.locator('article', { hasText: words });
  await card.locator('a').waitFor({ timeout: 30_000 });
  await page.reload();
  await card.locator('a').first().waitFor();
  assert.equal(await card.count(), 1);
  await context.close();
});

test('a draft that was dropped comes back for whoever thinks better of it', async () => {
  const { context, page } = await person(browser);
  const words = `Đèn đường tắt ${Date.now()}`;
  await signIn(page, (await withRole('citizen'))[2].phone);
  await page.goto(`${BASE}/report`);
  await page.locator('.pick').first().waitFor();
  await context.setOffline(true);
  await page.getByText('Không có mạng').waitFor();
  await queued(page, words);
  // the city does not take it: the draft stays here, with the reason
  await page.route('**/v1/reports', (route) => route.request().method() === 'POST'
    ? route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify({
      type: 'urn:hue-s:problem:invalid', title: 'invalid', status: 422, detail: 'Thử',
      messages: { vi: 'Nội dung chưa rõ.', en: 'Unclear.' }, correlation_id: 'x' }) })
    : route.continue());
  await context.setOffline(false);
  await page.goto(`${BASE}/reports/mine`);
  const card = page.locator('article', { hasText: words });
  await card.getByText('Thành phố chưa nhận').waitFor({ timeout: 30_000 });
  await card.getByRole('button', { name: 'Xoá bản này' }).click();
  await card.waitFor({ state: 'detached' });
  await shot(page, 'phone-draft-dropped');
  await page.getByRole('button', { name: 'Hoàn tác' }).click();
  await card.waitFor();
  await page.reload();
  await card.waitFor(); // it is on the device again, not only on the screen
  await card.getByRole('button', { name: 'Xoá bản này' }).click();
  await context.close();
});
