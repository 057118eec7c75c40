// A report's life through the screens: a citizen on a phone, the centre and an agency at a desk.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import {
  BASE, DESK, PHONE, accessible, accounts, launch, person, photo, shot, signIn, steps,
  withRole
} from './city.mjs';

let browser;
let citizen;
let centre;
let agency;
let reportId;
const MARK = `Nắp cống vỡ ${Date.now()}`;
const WORDS = `${MARK} trước số 12 Lê Lợi, xe máy dễ sụp bánh vào buổi tối.`;

before(async () => {
  browser = await launch();
  citizen = await person(browser, { viewport: PHONE });
  centre = await person(browser, { viewport: DESK });
  agency = await person(browser, { viewport: DESK });
});
after(() => browser?.close());

const step = steps('journey', () => ({ citizen, centre, agency }));

const card = (page) => page.locator('.list li', { hasText: MARK }).first();
/** Lists follow events: look again until the report is there. */
async function pick(page) {
  for (let i = 0; i < 40 && !(await card(page).count()); i++) {
    await page.locator('.flt .chip', { hasText: /Làm mới|Refresh/ }).click();
    await page.waitForTimeout(400);
  }
  await card(page).locator('button').click();
  await page.locator('.det h2', { hasText: MARK }).waitFor();
}
async function fresh(page, seen, tries = 40) {
  for (let i = 0; i < tries; i++) {
    await page.goto(`${BASE}/reports/${reportId}`);
    try {
      await seen().waitFor({ timeout: 1500 });
      return;
    } catch {
      // not there yet
    }
  }
  assert.fail('the step did not show on the report');
}

step('a citizen signs in and reports with two photos', async () => {
  const { page } = citizen;
  const [lan] = await withRole('citizen');
  await signIn(page, lan.phone);
  await page.goto(`${BASE}/report`);
  await page.locator('input[type=file]').setInputFiles([
    await photo(page, 'truoc-1'), await photo(page, 'truoc-2')
  ]);
  await page.locator('figure img').nth(1).waitFor();
  await page.getByRole('button', { name: 'Vị trí của tôi' }).click();
  await page.getByText('Sai số 8 m').waitFor();
  await page.locator('#text').fill(WORDS);
  await page.getByRole('button', { name: 'Lĩnh vực khác…' }).click();
  await page.locator('.pick', { hasText: /Thoát nước|Nắp cống|thoát nước/ }).first().click();
  await page.locator('.check input').check();
  await accessible(page, 'report form');
  await shot(page, 'phone-report', true);
  await page.getByRole('button', { name: 'Gửi phản ánh' }).click();
  const code = await page.locator('.code').innerText({ timeout: 30_000 });
  assert.match(code, /^PA-\d{6}-[0-9A-Z]{5}$/);
  await page.locator('.date').waitFor();
  assert.match(await page.locator('.date').innerText(), /^\d{2}\/\d{2}\/\d{4}$/);
  await shot(page, 'phone-sent');
  await page.getByRole('link', { name: 'Theo dõi phản ánh này' }).click();
  await page.locator('.cols').waitFor();
  await page.locator('.cols ol li').first().waitFor();
  reportId = new URL(page.url()).pathname.split('/').pop();
  await shot(page, 'phone-track-1', true);
});

step('the centre verifies and dispatches with the keyboard', async () => {
  const { page } = centre;
  const [operator] = await withRole('ioc_operator');
  await signIn(page, operator.phone);
  await page.goto(`${BASE}/console`);
  await page.locator('.list').waitFor();
  await pick(page);
  await page.locator('.det figure img').first().waitFor({ timeout: 30_000 });
  await page.keyboard.press('v');
  await page.locator('dialog .btn.grow').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.locator('.sug').waitFor();
  await accessible(page, 'console');
  await shot(page, 'desk-queue');
  await page.keyboard.press('?');
  await page.locator('dialog .keys').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('l'); // the list as a map
  await page.locator('.list .map[data-ready=yes]').waitFor();
  await accessible(page, 'queue as a map');
  await shot(page, 'desk-queue-map');
  await page.keyboard.press('l');
  assert.equal(new URL(page.url()).searchParams.get('id'), reportId); // can be sent to a colleague
  await page.keyboard.press('c');
  await page.locator('dialog li.card').first().waitFor();
  await accessible(page, 'dispatch form');
  await shot(page, 'desk-dispatch');
  await page.locator('dialog .btn.grow').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
});

let officer;
step('who is about to report the same is shown it and may follow it instead', async () => {
  const { page } = await person(browser, { viewport: PHONE });
  await signIn(page, (await withRole('citizen'))[3].phone);
  await page.goto(`${BASE}/report`);
  await page.getByRole('button', { name: 'Vị trí của tôi' }).click();
  await page.getByText('Sai số 8 m').waitFor();
  await page.getByRole('button', { name: 'Lĩnh vực khác…' }).click();
  await page.locator('.pick', { hasText: /Thoát nước|Nắp cống|thoát nước/ }).first().click();
  const same = page.locator('aside', { hasText: 'phản ánh giống' });
  await same.waitFor();
  const { pathname } = new URL(await same.locator('a').first().evaluate((one) => one.href));
  const near = await (await fetch(`${BASE}/v1${pathname}`)).json();
  assert.ok(Math.abs(near.place.lat - 16.4668) < 0.01, 'it is not near');
  await shot(page, 'phone-report-near');
  await same.getByRole('button', { name: 'Theo dõi phản ánh đó' }).click();
  await same.getByText('Bạn không cần gửi lại').waitFor();
  await page.context().close();
});

step('the agency acknowledges and answers with a photo', async () => {
  const { page } = agency;
  const report = await (await fetch(`${BASE}/v1/reports/${reportId}`)).json();
  const lead = report.agencies.find((one) => one.lead);
  [officer] = await accounts((one) => {
    const unit = typeof one.unit === 'string' ? one.unit : one.unit?.id;
    return unit === lead.id;
  });
  assert.ok(officer, `no demo officer of ${lead.id}`);
  await signIn(page, officer.phone);
  await page.goto(`${BASE}/console/agency`);
  await pick(page);
  await page.keyboard.press('a');
  await page.locator('dialog .btn.grow').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.locator('.act .btn', { hasText: 'Trả lời' }).waitFor();
  await page.locator('.list h2', { hasText: /Còn thời gian|Sắp đến hạn/ }).first().waitFor();
  await page.keyboard.press('?');
  await page.locator('dialog .keys').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await accessible(page, 'agency inbox');
  await shot(page, 'desk-agency');
  await page.keyboard.press('t');
  await page.locator('dialog textarea').fill('Đã thay nắp cống mới lúc 15 giờ, đường đã an toàn.');
  await page.locator('dialog input[type=file]').setInputFiles([await photo(page, 'sau')]);
  await page.locator('dialog figure img').waitFor();
  await accessible(page, 'answer form');
  await page.locator('dialog .btn.grow').click();
  await page.locator('dialog').waitFor({ state: 'detached', timeout: 30_000 });
});

step('the centre publishes', async () => {
  const { page } = centre;
  await page.goto(`${BASE}/console`);
  await pick(page);
  await page.locator('.act .btn', { hasText: 'Công bố' }).waitFor();
  await page.getByAltText('Trước', { exact: true }).waitFor({ timeout: 30_000 });
  await page.getByAltText('Sau', { exact: true }).waitFor();
  await shot(page, 'desk-side-by-side');
  await page.keyboard.press('p');
  await page.locator('dialog .btn.grow').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.goto(`${BASE}/console/scores`);
  const rows = page.locator('tbody tr').first();
  await rows.locator('a').first().click(); // a number opens its reports
  await page.waitForURL(/\/reports\?agency=/);
  await page.locator('article').first().waitFor();
});

step('the citizen is told, compares photos and rates', async () => {
  const { page } = citizen;
  for (let i = 0; i < 40; i++) {
    await page.goto(`${BASE}/inbox`);
    await page.locator('li.card, .empty').first().waitFor();
    if (await page.locator(`li.card a[href*="${reportId}"]`).count() >= 3) break;
    await page.waitForTimeout(500);
  }
  await accessible(page, 'inbox');
  await shot(page, 'phone-inbox');
  await page.locator(`li.card a[href*="${reportId}"]`).first().click();
  await page.locator('.faces').waitFor();
  await fresh(page, () => page.locator('input[type=range]'));
  await page.locator('.faces label').nth(3).click();
  await page.locator('form .pick').first().click();
  await accessible(page, 'rating');
  await shot(page, 'phone-rate', true);
  await page.getByRole('button', { name: 'Gửi đánh giá' }).click();
  await page.getByText('Cảm ơn bạn đã đánh giá.').waitFor();
});

step('a low rating leads to a reopening that the centre accepts', async () => {
  const { page } = citizen;
  await fresh(page, () => page.getByRole('button', { name: 'Yêu cầu mở lại' }));
  await page.getByRole('button', { name: 'Yêu cầu mở lại' }).click();
  await page.locator('dialog .pick').first().click();
  await accessible(page, 'reopen form');
  await shot(page, 'phone-reopen');
  await page.locator('dialog .btn.grow').click();
  await page.locator('dialog').waitFor({ state: 'detached' });

  const desk = centre.page;
  await desk.goto(`${BASE}/console`);
  await pick(desk);
  await desk.locator('.act .btn', { hasText: 'Quyết định mở lại' }).click();
  await desk.locator('dialog .pick').first().click();
  await desk.locator('dialog .btn.grow').click();
  await desk.locator('dialog').waitFor({ state: 'detached' });
  await fresh(page, () => page.getByText('Bước 3/6'));
  await shot(page, 'phone-reopened', true);
});

step('nothing failed on the way', () => {
  citizen.check();
  centre.check();
  agency.check();
});
