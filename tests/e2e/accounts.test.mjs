// A person's account through the screens: declared, verified, with a passkey, a role, a card, and
// every right over their data. The provider is the simulator, on an origin of its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  BASE, DESK, PHONE, accessible, code, expected, launch, passkey, person, shot, signIn, steps,
  withAuthenticator
} from './city.mjs';

const UNION = '+84900000062';
const CLERK = '+84900000027';
const ADMIN = '+84900000031';
const number = `+8491${String(Date.now()).slice(-7)}`;
const identity = `0461${String(Date.now()).slice(-8)}`;
const TEAM = `Tổ ${number.slice(-5)}`;
const NAME = 'Lê Thị Hành Trình';

let browser;
let citizen;
let union;
let clerk;
let payload;

before(async () => {
  browser = await launch();
  citizen = await person(browser, { viewport: PHONE });
  union = await person(browser, { viewport: DESK });
  clerk = await person(browser, { viewport: PHONE });
  await withAuthenticator(citizen);
});
after(() => browser?.close());

const step = steps('accounts', () => ({ citizen, union, clerk }));
async function seen(page, name) {
  await accessible(page, name);
  await shot(page, `accounts-${name}`, true);
}

step('a new number registers and declares', async () => {
  const { page } = citizen;
  await signIn(page, number);
  await page.waitForURL('**/me/profile');
  await page.locator('#name').fill('Lê Thị Hành Trình');
  await page.locator('.check input').check();
  await seen(page, 'declare');
  await page.locator('form button.btn').click();
  await page.waitForURL('**/me');
  await page.getByRole('heading', { name: NAME }).waitFor();
});

step('the national provider vouches for them', async () => {
  const { page } = citizen;
  await page.locator('#verify').click();
  await page.locator('#number').waitFor();
  await seen(page, 'provider');
  await page.locator('#number').fill(identity);
  await page.locator('#name').fill(NAME);
  await page.locator('button[value=yes]').click();
  await page.locator('#verified').waitFor();
  await page.getByText(`Danh tính đã xác minh: ${NAME}`).waitFor();
  await seen(page, 'verified');
});

step('a passkey is added on this device', async () => {
  const { page } = citizen;
  await passkey(page);
  await seen(page, 'devices');
});

step('an organisation gives a role by code, and the home changes', async () => {
  const { page } = citizen;
  await page.goto(`${BASE}/me/roles`);
  await page.locator('#get-code').click();
  const letters = (await page.locator('#role-code').textContent()).trim();
  assert.match(letters, /^[A-Z]{6}$/);
  await seen(page, 'roles');
  await signIn(union.page, UNION);
  await union.page.goto(`${BASE}/organisation`);
  await union.page.locator('#code').fill(letters);
  await union.page.locator('#role').selectOption('union_member');
  await union.page.locator('#label').fill(TEAM);
  await union.page.locator('form.card button.btn').first().click();
  await union.page.getByText('Đã cấp vai trò.').waitFor();
  await union.page.getByText(TEAM).waitFor();
  await seen(union.page, 'organisation');
  const role = page.locator('select.role');
  for (let i = 0; i < 30 && !(await role.count()); i++) {
    await page.goto(`${BASE}/`);
    await page.locator('nav.quick a').first().waitFor();
    await page.waitForTimeout(500);
  }
  const before = await page.locator('nav.quick').textContent();
  await role.selectOption('union_member');
  await page.waitForFunction(
    (old) => document.querySelector('nav.quick')?.textContent !== old, before
  );
  await seen(page, 'home-union');
  await page.goto(`${BASE}/functions`);
  await page.locator('#rating').click();
  await page.getByLabel('Đánh giá Thẻ điện tử').selectOption('5');
  await page.getByText('Đã ghi đánh giá cho Thẻ điện tử.').waitFor();
  await seen(page, 'functions');
});

step('the card is shown on one phone and checked on another', async () => {
  const { page } = citizen;
  await page.goto(`${BASE}/me/card`);
  await page.locator('[data-kind=citizen]').click();
  await page.locator('.qr img').waitFor();
  payload = await page.locator('#payload').inputValue();
  assert.ok(payload.startsWith('HUE1:'));
  await seen(page, 'card');
  await signIn(clerk.page, CLERK);
  await clerk.page.goto(`${BASE}/cards/verify`);
  await clerk.page.locator('#purpose').selectOption('identity_check');
  await clerk.page.locator('#payload').fill(payload);
  await clerk.page.locator('form button.btn.block').click();
  await clerk.page.locator('#result.good', { hasText: NAME }).waitFor();
  await seen(clerk.page, 'card-checked');
  await page.locator('#offline').check();
  await page.waitForFunction(() =>
    document.querySelector('#payload')?.value.startsWith('HUE2:'));
  const offline = await page.locator('#payload').inputValue();
  await clerk.page.locator('#payload').fill(offline);
  await clerk.page.locator('form button.btn.block').click();
  await clerk.page.locator('#result.good', { hasText: NAME }).waitFor();
  await clerk.page.locator('#payload').fill(`${offline.slice(0, -4)}AAAA`);
  await clerk.page.locator('form button.btn.block').click();
  await clerk.page.locator('#result.bad').waitFor();
  // and the phone without a network, opened anew, still shows the code of the day
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.context().setOffline(true);
  await page.reload();
  await page.locator('#kept .qr img').waitFor();
  assert.equal(await page.locator('#payload').inputValue(), offline);
  await seen(page, 'card-offline');
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Thử lại' }).click();
  await page.locator('#offline').waitFor();
});

step('they see who looked, withdraw a consent and export everything', async () => {
  const { page } = citizen;
  for (let i = 0; i < 30; i++) {
    await page.goto(`${BASE}/me/privacy`);
    await page.locator('#seen').waitFor();
    if (await page.locator('#seen', { hasText: 'Kiểm tra thẻ' }).count()) break;
    await page.waitForTimeout(500);
  }
  await page.locator('#seen', { hasText: 'Sở Xây dựng' }).waitFor();
  const consent = page.locator('[data-purpose=location_warnings]');
  await consent.click();
  await page.locator('li', { has: consent }).getByText('Đã đồng ý').waitFor();
  await consent.click();
  await page.waitForFunction(() =>
    document.querySelector('[data-purpose=location_warnings]')?.textContent.trim() === 'Đồng ý');
  await page.locator('#export').click();
  const ready = page.locator('[data-download]');
  await ready.waitFor({ timeout: 90_000 });
  await seen(page, 'privacy');
  const [download] = await Promise.all([page.waitForEvent('download'), ready.click()]);
  const { readFileSync } = await import('node:fs');
  const made = JSON.parse(readFileSync(await download.path(), 'utf8'));
  assert.equal(made.data.identity.account.name, NAME);
  assert.equal(made.data.grants.grants[0].role, 'union_member');
});

step('what needs a passkey asks for it, once', async () => {
  const { page } = citizen;
  const answers = [];
  page.on('response', (one) => {
    if (one.url().includes('/v1/auth/step-up')) answers.push(one.status());
  });
  const status = await page.evaluate(async () => (await fetch('/v1/me/data-requests', {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ kind: 'erase' })
  })).status);
  assert.equal(status, 401); // a page has no token to steal: it lives in the client's memory
  citizen.faults.length = 0;
  await page.getByRole('button', { name: 'Xoá tài khoản' }).click();
  await shot(page, 'accounts-erase');
  await page.getByRole('button', { name: 'Xoá vĩnh viễn' }).click();
  await page.waitForFunction(() => document.body.textContent.includes('Xoá tài khoản')
    && document.querySelectorAll('#main li b').length > 0);
  for (let i = 0; i < 40 && answers.length < 2; i++) await page.waitForTimeout(250);
  assert.deepEqual(answers, [200, 200]);
  // the refusal that asked for the passkey is in the console, as it should be
  expected(citizen, /403|401/);
  citizen.check();
  await citizen.context.close(); // from here on the account is going: its page would be refused
});

step('an administrator locks, and the person may appeal', async () => {
  const other = `+8493${String(Date.now()).slice(-7)}`;
  const bad = await person(browser, { viewport: PHONE });
  await signIn(bad.page, other);
  const admin = await person(browser, { viewport: DESK });
  await signIn(admin.page, ADMIN);
  await admin.page.goto(`${BASE}/console/accounts`);
  await admin.page.locator('#phone').fill(other);
  await admin.page.getByRole('button', { name: 'Tìm' }).click();
  await admin.page.getByRole('button', { name: 'Khoá tài khoản' }).click();
  await admin.page.getByText('Đang khoá').waitFor();
  await accessible(admin.page, 'console-accounts');
  await shot(admin.page, 'accounts-console');
  const again = await person(browser, { viewport: PHONE });
  await again.page.goto(`${BASE}/signin?phone=${encodeURIComponent(other)}`);
  const asked = Date.now() - 2000;
  await again.page.locator('form button.btn.block').click();
  await again.page.locator('#otp').waitFor();
  await again.page.locator('#otp').fill(await code(other, asked));
  await again.page.locator('form button.btn.block').last().click();
  await again.page.locator('#plea').fill('Tôi nghĩ đây là nhầm lẫn, xin xem lại.');
  await accessible(again.page, 'locked');
  await shot(again.page, 'accounts-locked', true);
  await again.page.getByRole('button', { name: 'Gửi ý kiến' }).click();
  await again.page.getByText('Đã nhận ý kiến').waitFor();
  admin.check();
});

step('nothing failed on the way', async () => {
  union.check();
  clerk.check();
});
