// Home as a person uses it: words without diacritics open a function, a pin and what was used last
// stand on top, another version of the app waits for the person's word.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, before, test } from 'node:test';
import { BASE, PHONE, accessible, launch, person, shot, signIn, withRole } from './city.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('words without diacritics open a function; others look among reports', async () => {
  const { page, context, check } = await person(browser, { viewport: PHONE });
  await page.goto(BASE);
  await page.locator('nav.quick a').first().waitFor();
  const box = page.getByRole('searchbox');
  await box.fill('chat luong khong');
  await page.getByRole('navigation', { name: 'Kết quả tìm' })
    .getByRole('link', { name: 'Chất lượng không khí' }).waitFor();
  await accessible(page, 'home, searching');
  await shot(page, 'home-search');
  await box.press('Enter');
  await page.waitForURL('**/now/air');
  await page.goto(BASE);
  await page.locator('nav.quick a').first().waitFor();
  await box.fill('nap cong le loi');
  await box.press('Enter');
  await page.waitForURL(/\/reports\?q=nap%20cong%20le%20loi/);
  check();
  await context.close();
});

test('a pin and what was used last are on top, on the next visit too', async () => {
  const { page, context, check } = await person(browser, { viewport: PHONE });
  await signIn(page, (await withRole('citizen'))[1].phone);
  await page.goto(`${BASE}/functions`);
  const pin = page.getByRole('button', { name: 'Ghim Chất lượng nước lên trang chủ' });
  await pin.waitFor();
  if ((await pin.getAttribute('aria-pressed')) === 'false') await pin.click();
  await page.locator('button[aria-pressed=true]').first().waitFor();
  await page.getByRole('link', { name: 'Lượng mưa' }).click();
  await page.waitForURL('**/now/rain');
  await page.getByRole('link', { name: 'Trang chủ' }).click();
  const recent = page.getByRole('navigation', { name: 'Vừa dùng' });
  await recent.getByRole('link', { name: 'Lượng mưa' }).waitFor();
  await page.getByRole('navigation', { name: 'Đã ghim' })
    .getByRole('link', { name: 'Chất lượng nước' }).waitFor();
  await shot(page, 'home-pinned', true);
  await page.reload(); // the page that goes away tells the city what was used
  await page.locator('nav.quick a').first().waitFor();
  await page.reload();
  await recent.getByRole('link', { name: 'Lượng mưa' }).waitFor();
  check();
  await context.close();
});

/** The city under an address of its own, whose worker changes when told. */
function newer() {
  const held = { version: 1 };
  const server = createServer((asked, answer) => {
    const to = new URL(asked.url, BASE);
    const sent = { ...asked.headers, host: to.host };
    for (const name of ['if-none-match', 'if-modified-since']) delete sent[name];
    const more = { headers: sent, method: asked.method };
    asked.pipe(request(to, more, (got) => {
      const worker = to.pathname === '/sw.js';
      const headers = { ...got.headers };
      if (worker) delete headers['content-length'];
      answer.writeHead(got.statusCode, headers);
      if (!worker) return got.pipe(answer);
      got.pipe(answer, { end: false });
      got.on('end', () => answer.end(`\n// ${held.version}`));
    }));
  });
  return new Promise((done) => server.listen(0, 'localhost', () => done({ held, server })));
}

test('a newer version says so, and takes over when the person agrees', async () => {
  const { held, server } = await newer();
  const site = `http://localhost:${server.address().port}`;
  const { page, context } = await person(browser, { viewport: PHONE });
  try {
    await page.goto(site);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    assert.equal(await page.getByText('Đã có bản mới của ứng dụng.').count(), 0);
    held.version = 2;
    await page.reload();
    await page.getByText('Đã có bản mới của ứng dụng.').waitFor();
    await accessible(page, 'home, update');
    await shot(page, 'home-update');
    await page.evaluate(() => (globalThis.before = true));
    await page.getByRole('button', { name: 'Tải lại' }).click();
    await page.waitForFunction(() => !globalThis.before); // the page started again
    await page.locator('nav.quick a').first().waitFor();
    const waiting = await page.evaluate(async () =>
      Boolean((await navigator.serviceWorker.getRegistration()).waiting));
    assert.equal(waiting, false);
    assert.equal(await page.getByText('Đã có bản mới của ứng dụng.').count(), 0);
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
});
