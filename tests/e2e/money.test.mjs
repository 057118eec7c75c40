// Money through the screens: a wallet is opened and filled, a friend is paid, a code is scanned from
// a picture, a bill's biller answers late, a receipt is checked, a payment disputed. Bank and billers
// are the city's simulators, each on a port of its own above the city's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  BASE, DESK, PHONE, accessible, expected, launch, looksAgain, narrow, passkey, person, shot,
  signIn, steps, withAuthenticator
} from './city.mjs';

const beside = (place) => `http://localhost:${Number(new URL(BASE).port) + 1 + place}`;
const BANK = process.env.BANK_URL ?? beside(9);
const WATER = process.env.WATER_URL ?? beside(3);
const TUITION = `${process.env.INVOICES_URL ?? beside(5)}/hocphi`;
const SHOPKEEPER = '+84900000022';
const FRIEND = '+84900000001';
const ADMINISTRATOR = '+84900000031';
const stamp = String(Date.now());
const number = `+8498${stamp.slice(-7)}`;
const identity = `0462${stamp.slice(-8)}`;
const account = `66${stamp.slice(-8)}`;
const customer = `HW${stamp.slice(-8)}`;
const NAME = 'Lê Thị Ví Tiền';

let browser;
let citizen;
let shop;
let staff;
let payment;

before(async () => {
  browser = await launch();
  citizen = await person(browser, { viewport: PHONE });
  shop = await person(browser, { viewport: PHONE });
  staff = await person(browser, { viewport: DESK });
  for (const who of [citizen, staff]) await withAuthenticator(who);
});
after(() => browser?.close());

const step = steps('money', () => ({ citizen, shop, staff }), true);
async function seen(page, name) {
  await accessible(page, name);
  await narrow(page, name);
  await shot(page, `money-${name}`, true);
}
async function told(url, body) {
  const answer = await fetch(url, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body)
  });
  assert.ok(answer.ok, `${url}: ${answer.status}`);
}
const state = (page, wanted) =>
  page.locator(`#state[data-state=${wanted}]`).waitFor({ timeout: 90_000 });

step('somebody registers, is verified and makes a passkey', async () => {
  const { page } = citizen;
  await signIn(page, number);
  await page.waitForURL('**/me/profile');
  await page.locator('#name').fill(NAME);
  await page.locator('.check input').check();
  await page.locator('form button.btn').click();
  await page.waitForURL('**/me');
  await page.goto(`${BASE}/wallet`);
  await page.getByRole('link', { name: 'Xác minh danh tính' }).waitFor();
  await seen(page, 'wallet-unverified');
  await page.getByRole('link', { name: 'Xác minh danh tính' }).click();
  await page.locator('#verify').click();
  await page.locator('#number').fill(identity);
  await page.locator('#name').fill(NAME);
  await page.locator('button[value=yes]').click();
  await page.locator('#verified').waitFor();
  await passkey(page);
});

step('a wallet is opened only for an account in one’s own name', async () => {
  const { page } = citizen;
  await told(`${BANK}/_accounts`, {
    bank_bin: '999946', account: `${account}9`, holder: 'NGUOI KHAC', balance_vnd: 1
  });
  await told(`${BANK}/_accounts`, {
    bank_bin: '999946', account, holder: NAME, balance_vnd: 2_000_000
  });
  await page.goto(`${BASE}/wallet`);
  await page.locator('#account').fill(`${account}9`);
  await page.locator('#open-wallet').click();
  await page.getByRole('alert').waitFor();
  await seen(page, 'wallet-refused');
  await page.locator('#account').fill(account);
  await page.locator('#open-wallet').click();
  await page.locator('#balance', { hasText: /^0/ }).waitFor();
  await page.getByText('không có tiền thật').first().waitFor();
  await seen(page, 'wallet-new');
  expected(citizen, /40[49]|422/);
});

step('money comes in from the bank', async () => {
  const { page } = citizen;
  await page.getByRole('link', { name: 'Nạp tiền', exact: true }).click();
  await page.locator('#amount').fill('500000');
  await seen(page, 'top-up');
  await page.locator('#confirm', { hasText: '500.000' }).click();
  await page.waitForURL('**/pay/*');
  await state(page, 'CAPTURED');
  await page.getByText('Tiền đã vào ví.').waitFor();
  await seen(page, 'topped-up');
  await page.goto(`${BASE}/wallet`);
  await page.locator('#balance', { hasText: '500.000' }).waitFor();
  await page.locator('#hide').click();
  assert.equal(await page.locator('#balance').textContent(), '••••••');
  await page.reload();
  await page.locator('#balance', { hasText: '••••••' }).waitFor();
  await page.locator('#hide').click();
});

step('a friend is paid: the name is shown first, a passkey confirms on a new device', async () => {
  const { page } = citizen;
  await page.goto(`${BASE}/wallet?do=transfer`);
  await page.locator('#to-phone').fill(FRIEND);
  assert.equal(await page.locator('#confirm').count(), 0);
  await page.locator('#look').click();
  await page.locator('#receiver', { hasText: /•.* Lan$/ }).waitFor();
  await page.locator('#amount').fill('20000');
  await page.locator('#memo').fill('Tiền trà');
  await seen(page, 'transfer');
  const keys = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/v1/wallet/transfers')) {
      keys.push(request.headers()['idempotency-key']);
    }
  });
  await page.locator('#confirm').click();
  await page.waitForURL('**/pay/*');
  await state(page, 'CAPTURED');
  await seen(page, 'transferred');
  assert.equal(keys.length, 2); // refused for want of a passkey, then the very same again
  assert.equal(keys[0], keys[1]);
  expected(citizen, /403/);
});

step('after a lost answer the same is sent under the same key, and paid once', async () => {
  const { page, context } = citizen;
  await page.goto(`${BASE}/wallet?do=top-up`);
  await page.locator('#amount').fill('30000');
  const keys = [];
  await context.route('**/v1/wallet/top-ups', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    await route.fetch(); // it arrives; the answer is lost
    return route.abort('connectionreset');
  });
  await page.locator('#confirm').click();
  await page.getByText('bạn không bị trừ hai lần').waitFor();
  await page.reload(); // the page is gone, the key is not
  await page.locator('#amount').fill('30000');
  await page.locator('#confirm').click();
  await page.waitForURL('**/pay/*');
  await state(page, 'CAPTURED');
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  await context.unroute('**/v1/wallet/top-ups');
  await page.goto(`${BASE}/wallet`);
  await page.locator('#balance', { hasText: '510.000' }).waitFor();
  expected(citizen, /ERR_CONNECTION_RESET/);
});

/** The picture of a code as a phone would take it: on grey, a little turned. */
async function picture(page, svg) {
  const data = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
    image.width = image.height = 640;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [1200, 1600];
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#b9b4c2';
    pen.fillRect(0, 0, 1200, 1600);
    pen.translate(600, 800);
    pen.rotate(0.12);
    pen.fillStyle = '#ffffff';
    pen.fillRect(-400, -400, 800, 800);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(image, -320, -320, 640, 640);
    return canvas.toDataURL('image/jpeg', 0.85).split(',')[1];
  }, svg);
  return { name: 'ma.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(data, 'base64') };
}

step('a shop’s code is read from a picture, shown, paid; the shop sees it at once', async () => {
  await signIn(shop.page, SHOPKEEPER);
  await shop.page.goto(`${BASE}/me/shop`);
  await shop.page.locator('#sale').waitFor();
  await seen(shop.page, 'shop');
  await shop.page.locator('#wall').click();
  await shop.page.locator('.qr img').waitFor();
  await seen(shop.page, 'shop-wall');
  await shop.page.keyboard.press('Escape');
  await shop.page.locator('#sale').fill('45000');
  await shop.page.locator('#reference').fill('Ban 7');
  const made = shop.page.waitForResponse((one) => /\/codes$/.test(one.url()));
  await shop.page.locator('#make-code').click();
  const code = await (await made).json();
  await shop.page.locator('#code-state[data-state=open]').waitFor();
  await seen(shop.page, 'shop-code');

  const { page } = citizen;
  await page.goto(`${BASE}/pay/scan`);
  await page.locator('#picture').waitFor({ state: 'attached' });
  await seen(page, 'scan');
  await page.locator('#picture').setInputFiles(await picture(page, code.svg));
  await page.locator('#payee', { hasText: code.name }).waitFor();
  await page.getByText('45.000').first().waitFor();
  assert.ok((await page.locator('#payee-bank').textContent()).trim().length > 1);
  await seen(page, 'scanned');
  await page.locator('#confirm').click();
  await page.waitForURL(/\/pay\/(?!scan)/);
  await state(page, 'CAPTURED');
  payment = page.url();
  await seen(page, 'paid');
  await shop.page.locator('#code-state[data-state=paid]').waitFor();
  await shop.page.keyboard.press('Escape');
});

step('the shop gives part of it back', async () => {
  const { page } = shop;
  const sale = page.locator(`[data-sale="${payment.split('/').pop()}"]`);
  await sale.waitFor();
  await sale.getByRole('button').click();
  await page.locator('#back').fill('5000');
  await page.locator('#why').fill('Thiếu một ly trà');
  await seen(page, 'refund');
  await page.locator('#confirm').click();
  await sale.getByText('Đã hoàn').waitFor();
  await seen(page, 'shop-sold');
  await citizen.page.reload();
  await state(citizen.page, 'PART_REFUNDED');
  await seen(citizen.page, 'part-refunded');
});

step('a friend’s own code says no name; the wallet does, masked, before anything is paid', async () => {
  const friend = await person(browser, { viewport: PHONE });
  await signIn(friend.page, FRIEND);
  await friend.page.goto(`${BASE}/wallet/receive`);
  await friend.page.locator('#ask-amount').click();
  await friend.page.locator('#amount').fill('15000');
  await friend.page.locator('#memo').fill('Ca phe');
  await friend.page.locator('#confirm').click();
  await friend.page.getByText('15.000').first().waitFor();
  await seen(friend.page, 'receive');
  const text = await friend.page.locator('#code').getAttribute('data-payload');
  assert.ok(!/lan/i.test(text) && !text.includes(FRIEND.slice(3)), text);
  friend.check();

  const { page } = citizen;
  await page.goto(`${BASE}/pay/scan`);
  await page.locator('summary').click();
  await page.locator('#code-text').fill(text);
  await page.locator('details button').click();
  await page.locator('#receiver', { hasText: /•.* Lan$/ }).waitFor();
  await seen(page, 'scanned-friend');
  await page.locator('#confirm', { hasText: '15.000' }).click();
  await page.waitForURL(/\/pay\/(?!scan)/);
  await state(page, 'CAPTURED');
});

step('a bill whose biller answers late is explained, then settled', async () => {
  const { page } = citizen;
  await told(`${WATER}/_bills`, {
    customer_code: customer,
    bills: [{ bill_id: `${customer}-1`, period: '10/2026', amount_vnd: 123_000,
      due_on: new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10) }]
  });
  await page.goto(`${BASE}/bills`);
  await page.getByText('Chưa lưu mã nào').waitFor();
  await seen(page, 'bills');
  await page.getByRole('link', { name: 'Tiền nước' }).click();
  await page.locator('#code').fill(customer);
  await page.locator('#look').click();
  await page.locator(`[data-bill="${customer}-1"]`).waitFor();
  await page.locator('#label').fill('Nhà');
  await page.locator('#remember').click();
  await page.getByText('Đã lưu mã khách hàng.').waitFor();
  await seen(page, 'owed');
  await page.locator(`[data-bill="${customer}-1"] button`).click();
  await page.locator('#payee').waitFor();
  await seen(page, 'bill-sheet');
  await told(`${WATER}/_dial`, { forced: ['late'], lag_s: 15 });
  await page.locator('#confirm').click();
  await page.waitForURL('**/pay/*');
  await state(page, 'UNKNOWN');
  await page.getByText('Chúng tôi đang hỏi nhà cung cấp; tiền của bạn an toàn').waitFor();
  await seen(page, 'unknown');
  await state(page, 'CAPTURED');
  payment = page.url();
});

step('the receipt can be kept, shown and checked by anybody', async () => {
  const { page } = citizen;
  const link = page.locator('#receipt a.code');
  await link.waitFor();
  await seen(page, 'bill-paid');
  const arriving = page.waitForEvent('download');
  await page.locator('#pdf').click();
  const file = await (await arriving).path();
  assert.equal(readFileSync(file).subarray(0, 5).toString(), '%PDF-');
  const guest = await person(browser, { viewport: PHONE });
  await guest.page.goto(BASE + (await link.getAttribute('href')));
  await guest.page.getByText('Biên lai thật').waitFor();
  await seen(guest.page, 'receipt-checked');
  assert.equal(await guest.page.getByText(customer).count(), 0);
  guest.check();
});

step('a payment is disputed, and the dispute taken back', async () => {
  const { page } = citizen;
  await page.locator('#dispute').click();
  await page.locator('#words').fill('Đồng hồ nước ghi sai, số tiền cao hơn mọi tháng.');
  await page.getByRole('radio', { name: 'Sai số tiền' }).check();
  await seen(page, 'dispute');
  await page.locator('#send-dispute').click();
  await page.locator('[data-dispute=open]').waitFor();
  await seen(page, 'disputed');
  await page.getByRole('button', { name: 'Rút khiếu nại' }).click();
  await page.locator('[data-dispute=withdrawn]').waitFor();
});

step('staff take a dispute in hand and give back, by keyboard and with a passkey', async () => {
  const { page } = staff;
  await signIn(page, ADMINISTRATOR);
  await passkey(page);
  await page.goto(`${BASE}/console/money`);
  await page.getByText('Không có việc chờ').waitFor();

  await citizen.page.locator('#dispute').click();
  await citizen.page.locator('#words').fill('Tháng này nhà tôi đi vắng, đồng hồ không quay.');
  await citizen.page.locator('#send-dispute').click();
  await citizen.page.locator('[data-dispute=open]').waitFor();
  await looksAgain(page); // the desk was open before the dispute
  await page.getByText('đồng hồ không quay').waitFor();
  await seen(page, 'staff-dispute');
  await page.keyboard.press('t');
  await page.locator('dialog form button.btn.grow').click();
  await page.locator('[data-act=T]').waitFor({ state: 'detached' });
  await page.keyboard.press('r');
  await page.locator('dialog input.num').fill('23000');
  await page.locator('dialog textarea').fill('Hoàn phần chênh so với tháng trước');
  await seen(page, 'staff-refund');
  await page.locator('dialog form button.btn.grow').click();
  await page.getByText('đồng hồ không quay').waitFor({ state: 'detached' });
  await page.keyboard.press('5');
  await page.getByRole('button', { name: 'Cộng sổ ngay' }).click();
  await page.locator('#total[data-total="0"]').waitFor();
  await seen(page, 'staff-books');
  expected(staff, /403/);
  staff.check();
  await citizen.page.reload();
  await citizen.page.locator('[data-dispute=refunded]').waitFor();
  await state(citizen.page, 'PART_REFUNDED');
});

step('a business applies to take payments, staff accept, the answer comes into its inbox', async () => {
  const { page } = shop;
  const name = `Quán Thử ${stamp.slice(-5)}`;
  await page.goto(`${BASE}/me/shop/apply`);
  await page.locator('#name').fill(name);
  await page.locator('#category').selectOption('5812');
  await page.locator('#ward').selectOption({ index: 1 });
  await page.locator('#address').fill('1 Lê Lợi');
  await page.locator('#bank_bin').selectOption('999946');
  await page.locator('#account').fill('8800000123');
  await page.locator('#holder').fill('DO QUANG HUY');
  await seen(page, 'shop-apply');
  await page.locator('#send').click();
  await page.getByRole('heading', { name }).waitFor();

  await staff.page.keyboard.press('4');
  const row = staff.page.locator('button[data-row]', { hasText: name });
  await row.click();
  await staff.page.locator('[data-act=C]').waitFor();
  await seen(staff.page, 'staff-application');
  await staff.page.keyboard.press('c');
  await staff.page.locator('dialog form button.btn.grow').click();
  await row.waitFor({ state: 'detached' });
  await page.goto(`${BASE}/inbox`);
  const told = page.locator('main a', { hasText: name }).first();
  for (let n = 0; n < 20 && !(await told.count()); n += 1) {
    await page.waitForTimeout(1000);
    await page.reload();
    await page.locator('main').waitFor();
  }
  await told.waitFor();
});

step('a saved code is paid by itself from now on', async () => {
  const { page } = citizen;
  await page.goto(`${BASE}/bills`);
  const saved = page.locator(`[data-account="${customer}"]`);
  await saved.getByText('Không còn hoá đơn nào phải trả.').waitFor();
  await saved.locator('[data-act=autopay]').click();
  await page.locator('#ceiling').fill('300000');
  await page.locator('#day').selectOption('10');
  await seen(page, 'autopay');
  await page.locator('#set-autopay').click();
  await saved.getByText('Tự động trả ngày 10').waitFor();
  await seen(page, 'bills-saved');
});

step('a part of a tuition bill is paid, and the rest stays to be paid', async () => {
  const { page } = citizen;
  const pupil = `HS${stamp.slice(-8)}`;
  const bill = page.locator(`[data-bill="${pupil}-1"]`);
  const look = async () => {
    await page.goto(`${BASE}/bills/tuition`);
    await page.locator('#code').fill(pupil);
    await page.locator('#look').click();
    await bill.waitFor();
  };
  await told(`${TUITION}/_bills`, {
    customer_code: pupil,
    bills: [{ bill_id: `${pupil}-1`, period: '11/2026', amount_vnd: 800_000,
      due_on: new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10) }]
  });
  await look();
  await bill.locator('button').click();
  await page.locator('#part').fill('99000');
  assert.ok(await page.locator('#confirm').isDisabled(), 'less than the least part');
  await page.locator('#part').fill('150000');
  await seen(page, 'part-sheet');
  await page.locator('#confirm', { hasText: '150.000' }).click();
  await page.waitForURL('**/pay/*');
  await state(page, 'CAPTURED');
  await page.locator('#receipt', { hasText: '650.000' }).waitFor();
  await seen(page, 'part-paid');
  await look();
  await bill.getByText(/Còn 650\.000.*800\.000/).waitFor();
  await seen(page, 'part-left');
});

step('payments, statement, limits; the wallet is frozen and let go', async () => {
  const { page } = citizen;
  await page.goto(`${BASE}/wallet/activity`);
  await page.locator('a[data-state]').first().waitFor();
  await seen(page, 'activity');
  await page.goto(`${BASE}/wallet/statement`);
  await page.locator('#get-csv').waitFor();
  const arriving = page.waitForEvent('download');
  await page.locator('#get-csv').click();
  const sheet = readFileSync(await (await arriving).path(), 'utf8');
  assert.ok(sheet.split('\n').length > 3, sheet);
  const pages = page.waitForEvent('download');
  await page.locator('#get-pdf').click();
  assert.equal(readFileSync(await (await pages).path()).subarray(0, 5).toString(), '%PDF-');
  await seen(page, 'statement');
  await page.goto(`${BASE}/wallet/limits`);
  await page.getByRole('button', { name: 'Khoá ví ngay' }).click();
  await page.locator('#sure').click();
  await page.getByRole('button', { name: 'Mở khoá ví' }).waitFor();
  await seen(page, 'frozen');
  await page.getByRole('button', { name: 'Mở khoá ví' }).click();
  await page.getByRole('button', { name: 'Khoá ví ngay' }).waitFor();
  await seen(page, 'limits');
  await page.goto(`${BASE}/wallet`);
  await page.locator('#balance').waitFor();
  await page.locator('a[data-state]').first().waitFor();
  await seen(page, 'wallet');
});

step('nothing failed on the way', async () => {
  expected(citizen, /403/);
  citizen.check();
  shop.check();
});
