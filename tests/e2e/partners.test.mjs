// A partner's mini app: written with mistakes, reviewed by three, approved by two, opened by a
// citizen from home's search, and gone in a moment.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import {
  BASE, DESK, PHONE, accessible, expected, launch, looksAgain, narrow, passkey, person, shot,
  signIn, steps, withAuthenticator
} from './city.mjs';

const MAKER = '+84900000029';
const CITIZEN = '+84900000001';
const REVIEWERS = {
  legal: '+84900000111', security: '+84900000116', data_protection: '+84900000117'
};
const ADMINISTRATORS = ['+84900000034', '+84900000035'];
const HOST = 'ung-dung.hiep-hoi.example';
const stamp = String(Date.now()).slice(-6);
const ID = `dat-ban-${stamp}`;
const NAME = `Đặt bàn ${stamp}`;

let browser;
let maker;
let citizen;
let first;
let second;
before(async () => {
  browser = await launch();
  maker = await person(browser, { viewport: PHONE });
  citizen = await person(browser, { viewport: PHONE });
  first = await person(browser, { viewport: DESK });
  second = await person(browser, { viewport: DESK });
  for (const who of [maker, first, second]) await withAuthenticator(who);
});
after(() => browser?.close());

const step = steps('partners', () => ({ maker, citizen, first, second }), true);
async function seen(page, name) {
  await accessible(page, name);
  await narrow(page, name);
  await shot(page, `partners-${name}`, true);
}
const field = (page, name) => page.locator(`[id="m-${name}"]`);
/** The queue's row of the app, in hand. */
async function inHand(page, tab) {
  await page.goto(`${BASE}/console/partners`);
  await page.locator('[data-tab]').first().waitFor();
  if (tab > 1) await page.keyboard.press(String(tab));
  await page.locator(`[data-row="${ID}"]`).click();
  await page.locator('h2', { hasText: NAME }).waitFor();
}
async function say(page, words) {
  if (words) await page.locator('dialog textarea').fill(words);
  await page.locator('dialog form button.btn.grow').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
}

step('a maker writes an app, and is told what is wrong with it', async () => {
  const { page } = maker;
  await signIn(page, MAKER);
  await passkey(page);
  await page.goto(`${BASE}/partners`);
  await page.locator('[data-app="uu-dai-hoi-vien"]').waitFor();
  await seen(page, 'maker-home');
  await page.locator('#new').click();
  await field(page, 'id').fill(ID);
  await field(page, 'name.vi').fill(NAME);
  await field(page, 'name.en').fill(`Book a table ${stamp}`);
  await field(page, 'description.vi').fill('Đặt bàn ở các quán của hội viên.');
  await field(page, 'description.en').fill('Booking a table at members’ places.');
  await field(page, 'entry').fill('https://quen-dang-ky.example/');
  await page.locator('[data-scope="profile.name"]').check();
  await field(page, 'permission.profile.name.purpose.vi').fill('Nâng cao chất lượng dịch vụ của hội.');
  await field(page, 'permission.profile.name.purpose.en')
    .fill('To put your name on the booking that goes to the shop.');
  await field(page, 'support.email').fill('ho-tro@hiep-hoi.example');
  await field(page, 'support.phone').fill('0234 111 2222');
  await seen(page, 'maker-new');
  await page.locator('#save').click();
  await page.waitForURL(`**/partners/${ID}`);
  await page.locator('#findings li').first().waitFor();
  await page.locator('[data-step=submit]').click();
  await page.locator('#refused').getByText('quen-dang-ky.example').waitFor();
  assert.equal(await page.locator('#refused li').count(), 2);
  assert.equal(await field(page, 'entry').getAttribute('aria-invalid'), 'true');
  await seen(page, 'maker-refused');
  expected(maker, /422/);

  await field(page, 'entry').fill(`https://${HOST}/dat-ban`);
  await field(page, 'permission.profile.name.purpose.vi')
    .fill('Ghi tên bạn lên phiếu đặt chỗ gửi cho quán.');
  await page.locator('#save').click();
  await page.getByText('Kiểm tra tự động không thấy lỗi.').waitFor();
  await page.locator('[data-step=submit]').click();
  await page.locator('[data-state=SUBMITTED]').waitFor();
  assert.equal(await page.locator('#manifest').count(), 0, 'what is handed in is not changed');
  await seen(page, 'maker-submitted');
  maker.check();
});

step('three officers of three agencies review it, by keyboard', async () => {
  for (const [kind, phone] of Object.entries(REVIEWERS)) {
    const officer = await person(browser, { viewport: DESK });
    const { page } = officer;
    await signIn(page, phone);
    await page.goto(`${BASE}/console/agency`);
    await page.locator('nav a[href="/console/partners"]').click();
    await page.locator(`[data-row="${ID}"]`).getByText('Phần của bạn').waitFor();
    await page.keyboard.press('j');
    await inHand(page, 1);
    if (kind === 'legal') await seen(page, 'review');
    await page.locator('[data-act=R]').waitFor();
    await page.keyboard.press('r');
    await page.locator('dialog .pick', { hasText: 'Đạt' }).first().click();
    await page.locator('dialog textarea').fill('Đã xem bản khai và bản chạy thử.');
    if (kind === 'security') {
      await page.locator('dialog input[type=text]').fill('Báo lại khi đổi máy chủ.');
      await seen(page, 'review-form');
    }
    await say(page);
    if (kind === 'data_protection') {
      await page.locator(`[data-row="${ID}"]`).waitFor({ state: 'detached' });
    } else await page.locator(`[data-review=${kind}] .chip.ok`).waitFor();
    officer.check();
    await officer.context.close();
  }
});

step('an officer without that duty is told whose it is', async () => {
  const officer = await person(browser, { viewport: DESK });
  await signIn(officer.page, '+84900000106');
  await officer.page.goto(`${BASE}/console/partners`);
  await officer.page.getByText('Cơ quan của bạn không có phần thẩm định').waitFor();
  await seen(officer.page, 'no-duty');
  expected(officer, /403/);
  officer.check();
  await officer.context.close();
});

step('one administrator asks, another approves, each with a passkey', async () => {
  for (const [who, phone] of [[first, ADMINISTRATORS[0]], [second, ADMINISTRATORS[1]]]) {
    await signIn(who.page, phone);
    await passkey(who.page);
    await inHand(who.page, 2);
  }
  await seen(first.page, 'approval');
  assert.equal(await second.page.locator('[data-act=C]').count(), 0, 'nobody has asked yet');
  await first.page.keyboard.press('p');
  await say(first.page);
  await first.page.getByText('chờ người thứ hai').waitFor();
  assert.equal(await first.page.locator('[data-act=C]').count(), 0, 'not one’s own');

  // the other has had the desk open all the time: it looks again by itself
  await looksAgain(second.page);
  await second.page.locator('[data-act=C]').waitFor();
  await second.page.keyboard.press('c');
  await say(second.page);
  await second.page.locator(`[data-row="${ID}"]`).waitFor({ state: 'detached' });
  for (const who of [first, second]) {
    expected(who, /403/);
    who.check();
  }
});

step('the organisation signs the terms and lets it go live', async () => {
  const { page } = maker;
  await page.goto(`${BASE}/inbox`);
  await page.getByText(`${NAME} đã được duyệt`).waitFor();
  await page.goto(`${BASE}/partners`);
  await page.locator('#terms').waitFor();
  if (!(await page.locator('[data-signed]').count())) {
    await page.locator('#terms summary').click();
    await page.locator('#position').fill('Chủ tịch hội');
    await seen(page, 'terms');
    await page.locator('#sign').click();
    await page.locator('[data-signed]').waitFor();
  }
  await page.goto(`${BASE}/partners/${ID}`);
  await page.locator('[data-step=go_live]').click();
  await page.locator('[data-state=LIVE]').waitFor();
  await seen(page, 'maker-live');
  expected(maker, /403/);
  maker.check();
});

/** Home's search finds the app, or does not; what home knows comes by an event. */
async function found(page, wanted) {
  for (let i = 0; i < 40; i++) {
    await page.goto(BASE);
    await page.locator('nav.quick a').first().waitFor();
    await page.waitForTimeout(400); // the city's own answer replaces what the device kept
    await page.locator('form[role=search] input').fill(`dat ban ${stamp}`);
    await page.locator('nav.card').waitFor();
    if ((await page.locator(`nav.card a[href="/apps/${ID}"]`).count()) === wanted) return;
    await page.waitForTimeout(500);
  }
  assert.fail(`home's search did not come to ${wanted}`);
}

step('a citizen finds it on home, and reads whose it is before it opens in a tab of its own', async () => {
  const { page } = citizen;
  await signIn(page, CITIZEN);
  await found(page, 1);
  await seen(page, 'found');
  await page.locator(`nav.card a[href="/apps/${ID}"]`).click();
  await page.getByText('Của Hiệp hội Doanh nghiệp (ví dụ)').waitFor();
  await page.getByText('Ghi tên bạn lên phiếu đặt chỗ').waitFor();
  await seen(page, 'app');
  // the host is invented, so the link is read; the demo's own app is really opened below
  const link = await page.locator('#open').evaluate((one) => [one.href, one.target, one.rel]);
  assert.deepEqual(link, [`https://${HOST}/dat-ban`, '_blank', 'noopener noreferrer external']);
  citizen.check();
});

step('suspended by one person, it is gone at once and says why', async () => {
  await inHand(first.page, 4);
  await seen(first.page, 'live');
  await first.page.keyboard.press('s');
  await say(first.page, 'Máy chủ của ứng dụng trả về nội dung lạ.');
  await first.page.locator(`[data-row="${ID}"]`).waitFor({ state: 'detached' });
  const { page } = citizen;
  await page.reload();
  await page.getByText('Ứng dụng đang tạm ngừng').waitFor();
  await page.getByText('Máy chủ của ứng dụng trả về nội dung lạ.').waitFor();
  assert.equal(await page.locator('#open').count(), 0);
  await seen(page, 'app-suspended');
  await found(page, 0);
  await maker.page.goto(`${BASE}/inbox`);
  await maker.page.getByText(`${NAME} bị tạm ngừng`).waitFor();
  for (const who of [first, citizen, maker]) who.check();
});

step('the demo’s own app opens a page that says that it is an example', async () => {
  const guest = await person(browser, { viewport: PHONE, language: 'en', dark: true });
  await guest.page.goto(`${BASE}/apps/nha-vuon`);
  await guest.page.getByText('By Garden-house co-op (example)').waitFor();
  await seen(guest.page, 'app-english-dark');
  const [opened] = await Promise.all([
    guest.context.waitForEvent('page'), guest.page.locator('#open').click()
  ]);
  await opened.getByText('A sample page made by the project').waitFor();
  assert.equal(await opened.evaluate(() => window.opener), null);
  assert.equal(await opened.evaluate(() => document.referrer), '');
  await accessible(opened, 'demo-app');
  await guest.page.goto(`${BASE}/apps/nothing-here`);
  await guest.page.getByText('There is no such app').waitFor();
  expected(guest, /404/);
  guest.check();
  await guest.context.close();
});
