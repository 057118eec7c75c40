// City figures: charts with their rows, a value entered by one person and released by another, and
// the homes of press, business, members and tourists.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  BASE, DESK, PHONE, accessible, launch, narrow, person, shot, signIn,
  withRole
} from './city.mjs';

const OFFICER = '+84900000156';
const HEAD = '+84900000061';
const VALUE = 1000 + (Math.floor(Date.now() / 1000) % 8000);
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

async function seen(page, name) {
  await accessible(page, name);
  await narrow(page, name);
  await shot(page, name, true);
}
const at = (page) => new URL(page.url());

for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  test(`a figure leads to its rows on a ${size}`, async () => {
    const { page, context, check } = await person(browser, { viewport });
    await page.goto(`${BASE}/city`);
    const growth = page.locator('article', { hasText: 'Tăng trưởng GRDP' });
    await growth.getByText('2024: 8,15 %').waitFor();
    await page.getByText('Người dân phản ánh nhiều nhất').waitFor();
    await page.waitForTimeout(500);
    await seen(page, `city-${size}`);
    await growth.getByText('Bảng số').click();
    await growth.getByRole('link', { name: '2023', exact: true }).click();
    await page.locator('#history').getByText(/7,03 %.*vneconomy/).waitFor();
    assert.equal(await page.locator('tr.chosen').count(), 1);
    await seen(page, `city-row-${size}`);
    // a point of the chart does the same, by keyboard too
    await page.getByRole('link', { name: '2024: 8,15' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#history').getByText(/8,15 %.*congthuong/).waitFor();
    assert.equal(at(page).searchParams.get('at'), '2024/city');
    const sheet = await (await fetch(`${BASE}/v1/indicators/grdp-growth/values.csv`)).text();
    assert.match(sheet, /grdp-growth,%,False,2024,city,[^,]*,8\.15/);
    await page.goto(`${BASE}/city/drain-cleaned-m`);
    await page.getByText('Số liệu thử').first().waitFor();
    await page.getByRole('heading', { name: 'Theo phường, xã' }).waitFor();
    await seen(page, `city-communes-${size}`);
    check();
    await context.close();
  });
}

test('one person enters a correction, another releases it, everybody sees both values', async () => {
  const officer = await person(browser, { viewport: PHONE });
  const head = await person(browser, { viewport: PHONE });
  await signIn(officer.page, OFFICER);
  await officer.page.goto(`${BASE}/city/enter`);
  await officer.page.locator('#sheet').waitFor();
  await seen(officer.page, 'city-enter');
  await officer.page.locator('#source').fill('Sổ nạo vét tháng 10');
  await officer.page.locator('#sheet').fill(`period,area,value\n2026-10,19753,${VALUE}\n2026-13,,5\n`);
  await officer.page.getByRole('button', { name: 'Kiểm tra' }).click();
  await officer.page.getByText(/Dòng 2: kỳ “2026-13”/).waitFor();
  await officer.page.getByText(/phải nêu lý do/).waitFor();
  officer.faults.length = 0; // the refusal, which the browser logs
  await seen(officer.page, 'city-enter-refused');
  await officer.page.locator('#sheet').fill(`period;area;value\n2026-10;19753;${VALUE}\n`);
  await officer.page.locator('#reason').fill('Đo lại đoạn Đông Ba');
  await officer.page.getByRole('button', { name: 'Kiểm tra' }).click();
  await officer.page.getByText('1 dòng hợp lệ, 1 dòng đính chính').waitFor();
  await officer.page.locator('#hand-in').click();
  await officer.page.getByText('Đã gửi.').waitFor();
  const own = officer.page.locator('[data-submission=SUBMITTED]').first();
  await own.getByText('Bạn đã nhập bản này').waitFor();
  assert.equal(await own.getByRole('button', { name: 'Công bố' }).count(), 0);

  await signIn(head.page, HEAD);
  await head.page.goto(`${BASE}/city/enter`);
  const waiting = head.page.locator('[data-submission=SUBMITTED]').first();
  await waiting.getByText('Đo lại đoạn Đông Ba').waitFor();
  await seen(head.page, 'city-release');
  await waiting.getByRole('button', { name: 'Công bố' }).click();
  await head.page.locator('[data-submission=RELEASED]').first().waitFor();
  officer.check();
  head.check();

  const guest = await person(browser, { viewport: PHONE });
  await guest.page.goto(`${BASE}/city/drain-cleaned-m?at=2026-10/19753`);
  const history = guest.page.locator('#history');
  await history.getByText('Lý do đính chính: Đo lại đoạn Đông Ba').first().waitFor();
  assert.ok((await history.locator('li').count()) >= 2);
  await seen(guest.page, 'city-corrected');
  await guest.page.goto(`${BASE}/press`);
  await guest.page.getByRole('link', { name: 'Cống đã nạo vét' }).first().waitFor();
  guest.check();
  for (const who of [officer, head, guest]) await who.context.close();
});

const HOMES = {
  press: ['/press', 'Phản ánh của người dân'],
  business: ['/business', 'Phí và hoá đơn'],
  party_member: ['/groups/party_member', 'Tổ chức của bạn'],
  union_member: ['/groups/union_member', 'Tổ chức của bạn'],
  youth_union_member: ['/groups/youth_union_member', 'Tổ chức của bạn'],
  tourist: ['/tour', 'Tuyến tham quan']
};
describe('homes by role, two at a time', { concurrency: 2 }, () => {
  for (const [role, [path, words]] of Object.entries(HOMES)) {
    test(`everything on the home of ${role} opens something real`, async () => {
      const { page, context, faults, check } = await person(browser, { viewport: PHONE });
      await signIn(page, (await withRole(role))[0].phone);
      await page.goto(BASE);
      await page.locator('select.role').selectOption(role);
      await page.locator(`nav a[href="${path}"]`).first().waitFor();
      await shot(page, `home-${role}`, true);
      const links = await page.locator('main nav a').evaluateAll(
        (all) => [...new Set(all.map((one) => one.getAttribute('href')))]
      );
      assert.ok(links.length >= 8);
      for (const link of links) {
        await page.goto(BASE + link);
        await page.locator('h1').first().waitFor();
        assert.notEqual(await page.locator('h1').first().innerText(), 'Không tìm thấy trang', link);
      }
      // what a role may not see yet is refused by the city, and the browser logs the refusal
      assert.deepEqual(faults.filter((one) => one.startsWith('page:')), []);
      faults.length = 0;
      await page.goto(BASE + path);
      await page.getByText(words).first().waitFor();
      await page.waitForTimeout(600);
      await seen(page, `role-${role}`);
      check();
      await context.close();
    });
  }
});
