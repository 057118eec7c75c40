// A trial as a new user on a 360 px screen in Vietnamese: from the first visit to a sent report, a
// paid bill and a received warning, with a picture of every step (build/screenshots/trial-*).
// What was hard and what was changed is in docs/trial.md. Nobody was prepared: a new number, no data.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  BASE, PHONE, accessible, code, launch, narrow, person, photo, shot, steps,
  withAuthenticator, withRole
} from './city.mjs';

const beside = (place) => `http://localhost:${Number(new URL(BASE).port) + 1 + place}`;
const BANK = process.env.BANK_URL ?? beside(9);
const WATER = process.env.WATER_URL ?? beside(3);
const stamp = String(Date.now());
const number = `+8497${stamp.slice(-7)}`;
const account = `55${stamp.slice(-8)}`;
const customer = `HW${stamp.slice(-8)}`;
const NAME = 'Hoàng Thị Thử Nghiệm';
const WORDS = `Nắp cống vỡ trước số ${stamp.slice(-4)} đường Lê Lợi, xe máy dễ sụp bánh.`;
const ROAD = `Đường thử ${stamp.slice(-5)}`;

let browser;
let me;
let at = 0;
before(async () => {
  browser = await launch();
  me = await person(browser, { viewport: PHONE });
  await withAuthenticator(me);
});
after(() => browser?.close());

const timed = steps('trial', () => ({ me }), true);
function step(name, run) {
  timed(name, async (t) => {
    const began = Date.now();
    await run(me.page);
    t.diagnostic(`${((Date.now() - began) / 1000).toFixed(1)} s by a script`);
  });
}
async function seen(name) {
  await narrow(me.page, name);
  await accessible(me.page, name);
  at += 1;
  await shot(me.page, `trial-${String(at).padStart(2, '0')}-${name}`);
}
const tap = (locator) => locator.click();
async function told(url, body, token) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json().catch(() => null);
}

step('a first visit shows what the city is for, without an account', async (page) => {
  await page.goto(BASE);
  await page.locator('nav.quick a').first().waitFor();
  await seen('first-visit');
});

step('a report is written before anybody asks who one is', async (page) => {
  await tap(page.getByRole('link', { name: 'Phản ánh', exact: true }));
  await page.locator('input[type=file]').setInputFiles([await photo(page, 'cong')]);
  await page.locator('figure img').waitFor();
  await tap(page.getByRole('button', { name: 'Vị trí của tôi' }));
  await page.getByText('Sai số 8 m').waitFor();
  await seen('report-photo-place');
  await page.locator('#text').fill(WORDS);
  // the field follows the words, nobody has to choose it
  await page.getByText('gợi ý từ lời bạn viết').waitFor();
  await page.getByRole('radio', { name: 'Thoát nước', checked: true }).waitFor();
  await tap(page.locator('.check input'));
  await seen('report-written');
  await tap(page.getByRole('button', { name: 'Gửi phản ánh' }));
  await page.waitForURL('**/signin?next=/reports/mine');
  await seen('report-waits-for-a-name');
});

step('a number, a code and a name send it; nothing is written twice', async (page) => {
  await page.locator('#phone').fill(number);
  const asked = Date.now() - 2000;
  await tap(page.locator('form button.btn.block'));
  await page.locator('#otp').waitFor();
  await page.locator('#otp').fill(await code(number, asked));
  await tap(page.locator('form button.btn.block'));
  await page.waitForURL('**/me/profile?next=*');
  await page.locator('#name').fill(NAME);
  await tap(page.locator('.check input'));
  await seen('who-one-is');
  await tap(page.locator('form button.btn'));
  await page.waitForURL('**/reports/mine');
  const card = page.locator('article', { hasText: WORDS.slice(0, 30) });
  await card.locator('a').waitFor({ timeout: 30_000 });
  await seen('report-sent');
  await tap(card.locator('a'));
  await page.getByText('Diễn biến').waitFor();
  await page.locator('.bridge').first().waitFor();
  await seen('report-followed');
});

step('a wallet: identity, a passkey, a bank account', async (page) => {
  await tap(page.getByRole('link', { name: 'Ví', exact: true }));
  await tap(page.getByRole('link', { name: 'Xác minh danh tính' }));
  await tap(page.locator('#verify'));
  await page.locator('#number').fill(`0461${stamp.slice(-8)}`);
  await page.locator('#name').fill(NAME);
  await tap(page.locator('button[value=yes]'));
  await page.locator('#verified').waitFor();
  await page.goto(`${BASE}/me/devices`);
  await tap(page.locator('#add-passkey'));
  await page.getByText('Đã thêm khoá truy cập.').waitFor();
  await told(`${BANK}/_accounts`, { bank_bin: '999946', account, holder: NAME,
    balance_vnd: 900_000 });
  await tap(page.getByRole('link', { name: 'Ví', exact: true }));
  await page.locator('#account').fill(account);
  await seen('wallet-new');
  await tap(page.locator('#open-wallet'));
  await page.locator('#balance', { hasText: /^0/ }).waitFor();
  await tap(page.getByRole('link', { name: 'Nạp tiền', exact: true }));
  await page.locator('#amount').fill('300000');
  await tap(page.locator('#confirm', { hasText: '300.000' }));
  await page.locator('#state[data-state=CAPTURED]').waitFor({ timeout: 60_000 });
  await seen('wallet-filled');
});

step('a water bill is found by words and paid', async (page) => {
  await told(`${WATER}/_bills`, { customer_code: customer, bills: [{ bill_id: `${customer}-1`,
    period: '10/2026', amount_vnd: 98_000,
    due_on: new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10) }] });
  await tap(page.getByRole('link', { name: 'Trang chủ' }));
  await page.locator('nav.quick a').first().waitFor();
  await page.getByRole('searchbox').fill('tien nuoc');
  await page.getByRole('navigation', { name: 'Kết quả tìm' }).waitFor();
  await seen('bill-searched');
  await page.getByRole('searchbox').press('Enter');
  await page.waitForURL('**/bills/water');
  await page.locator('#code').fill(customer);
  await tap(page.locator('#look'));
  await page.locator(`[data-bill="${customer}-1"]`).waitFor();
  await seen('bill-owed');
  await tap(page.locator(`[data-bill="${customer}-1"] button`));
  await tap(page.locator('#confirm'));
  await page.waitForURL('**/pay/*');
  await page.locator('#state[data-state=CAPTURED]').waitFor({ timeout: 90_000 });
  await page.locator('#receipt a.code').waitFor();
  await seen('bill-paid');
});

step('home is saved as a place to be warned about', async (page) => {
  await page.goto(BASE);
  await page.locator('nav.quick a').first().waitFor();
  await page.getByRole('searchbox').fill('noi da luu');
  await page.getByRole('navigation', { name: 'Kết quả tìm' }).waitFor();
  await page.getByRole('searchbox').press('Enter');
  await page.waitForURL('**/me/places');
  await tap(page.locator('#add-place'));
  await page.locator('#place-name').fill('Nhà');
  await tap(page.getByRole('button', { name: 'Vị trí của tôi' }));
  await page.getByText(/Sai số/).waitFor();
  await tap(page.getByRole('button', { name: 'Lưu nơi này' }));
  await page.getByText('Đã lưu nơi này.').waitFor();
  await seen('place-saved');
});

async function token(role) {
  const phone = (await withRole(role))[0].phone;
  const asked = Date.now() - 2000;
  await told(`${BASE}/v1/auth/otp`, { phone });
  const otp = await code(phone, asked);
  return (await told(`${BASE}/v1/auth/token`, { phone, otp })).access_token;
}

step('a flooded road near home is on top of the next visit', async (page) => {
  const [operator, supervisor] = [await token('ioc_operator'), await token('ioc_supervisor')];
  const act = (id, action, who) =>
    told(`${BASE}/v1/alerts/${id}/actions/${action}`, {}, who);
  const square = [[16.45, 107.56], [16.45, 107.6], [16.48, 107.6], [16.48, 107.56], [16.45, 107.56]];
  const { id } = await told(`${BASE}/v1/alert-drafts`, {
    kind: 'road_flood', severity: 'Severe',
    area: { name: { vi: 'Thành Nội', en: 'The old city' }, polygons: [square] },
    fields: { road: ROAD, depth_m: 0.6 }
  }, operator);
  await act(id, 'submit', operator);
  await act(id, 'approve', supervisor);
  await act(id, 'release', supervisor);
  try {
    await page.goto(BASE);
    await page.locator('.now').getByRole('link', { name: new RegExp(ROAD) }).waitFor();
    await seen('warning-on-home');
    await tap(page.locator('.now').getByRole('link', { name: 'Nên làm gì?' }));
    await page.getByRole('heading', { name: new RegExp(ROAD) }).waitFor();
    await page.getByText('Việc cần làm ngay').first().waitFor();
    await seen('warning-what-to-do');
    for (let i = 0; i < 60; i++) {
      await page.goto(`${BASE}/warnings/mine`);
      await page.locator('main').waitFor();
      await page.waitForTimeout(1000);
      if (await page.getByRole('link', { name: new RegExp(ROAD) }).count()) break;
    }
    await page.getByRole('link', { name: new RegExp(ROAD) }).waitFor();
    await seen('warning-received');
  } finally {
    await told(`${BASE}/v1/alerts/${id}/actions/cancel`, {
      reason: { vi: 'Nước đã rút, đường đi lại được.', en: 'The water has gone, the road is open.' }
    }, supervisor);
  }
});

test('nothing failed on the way', () => {
  // a payment from a new device is refused until the passkey confirms, and the browser logs that
  const left = me.faults.filter((one) => !/40[34]/.test(one));
  assert.deepEqual(left, []);
});
