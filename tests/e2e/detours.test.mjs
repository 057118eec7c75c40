// The side roads of a report, through the screens: a question and its answer, more time asked and
// given with both due dates shown, follow-up, a refusal and the appeal against it.
import { after, before, test } from 'node:test';
import { BASE, DESK, PHONE, accessible, accounts, code, launch, person, shot, signIn, withRole }
  from './city.mjs';

let browser;
let citizen;
let centre;
let agency;
let phone;

before(async () => {
  browser = await launch();
  citizen = await person(browser, { viewport: PHONE });
  centre = await person(browser, { viewport: DESK });
  agency = await person(browser, { viewport: DESK });
  phone = (await withRole('citizen'))[3].phone;
  await signIn(citizen.page, phone);
  await signIn(centre.page, (await withRole('ioc_supervisor'))[0].phone);
});
after(() => browser?.close());

async function post(path, body, token) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(BASE + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** A report of the citizen, sent over the API: the form has its own journey. */
async function report(text) {
  const asked = Date.now() - 2000;
  await post('/v1/auth/otp', { phone });
  const { access_token } = await post('/v1/auth/token', { phone, otp: await code(phone, asked) });
  const { items } = await (await fetch(`${BASE}/v1/categories`)).json();
  return post('/v1/reports', {
    category: items.find((one) => one.urgency === 'timed').code,
    text, place: { lat: 16.4668, lon: 107.5792 }, photos: [], accept_terms: true
  }, access_token);
}

async function pick(page, path, mark) {
  await page.goto(BASE + path);
  const card = page.locator('.list li', { hasText: mark }).first();
  for (let i = 0; i < 40 && !(await card.count()); i++) {
    await page.locator('.flt .chip', { hasText: 'Làm mới' }).click();
    await page.waitForTimeout(400);
  }
  await card.locator('button').click();
  await page.locator('.det h2', { hasText: mark }).waitFor();
}
async function act(page, label, fill = async () => {}) {
  await page.getByRole('button', { name: label }).first().click();
  await page.locator('dialog form').waitFor();
  await fill(page.locator('dialog'));
  await accessible(page, label);
  await page.locator('dialog .btn.grow').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
}
async function look(id, words) {
  await citizen.page.goto(`${BASE}/reports/${id}`);
  await citizen.page.getByText(words).first().waitFor();
}
const yes = (box) => box.locator('.pick').first().click();
const first = (box) => box.locator('.pick').first().click();
const write = (words) => (box) => box.locator('textarea').first().fill(words);

test('question, extension, follow-up', async () => {
  const mark = `Đèn đường tắt ${Date.now()}`;
  const { id } = await report(`${mark} cả dãy phố`);
  await pick(centre.page, '/console', mark);
  await act(centre.page, 'Hỏi thêm thông tin', write('Đèn tắt từ số nhà nào đến số nhà nào?'));
  await look(id, 'Cần bạn bổ sung thông tin');
  await shot(citizen.page, 'phone-need-info');
  await act(citizen.page, 'Bổ sung thông tin', write('Từ số 2 đến số 20.'));

  await pick(centre.page, '/console', mark);
  await act(centre.page, 'Chuyển xử lý');
  const lead = (await (await fetch(`${BASE}/v1/reports/${id}`)).json()).agencies[0].id;
  const [officer] = await accounts((one) => [one.unit, one.unit?.id].includes(lead));
  await signIn(agency.page, officer.phone);
  await pick(agency.page, '/console/agency', mark);
  await act(agency.page, 'Tiếp nhận xử lý');
  await act(agency.page, 'Xin gia hạn', first);
  await pick(centre.page, '/console', mark);
  await act(centre.page, 'Quyết định gia hạn', yes);
  await look(id, 'Hạn mới');
  await shot(citizen.page, 'phone-extended');

  await pick(agency.page, '/console/agency', mark);
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  await act(agency.page, 'Chuyển theo dõi', (box) => box.locator('input[type=date]').fill(soon));
  await act(agency.page, 'Xử lý tiếp');
  await act(agency.page, 'Trả lại, không thuộc thẩm quyền', first);
  await look(id, 'Chuyển lại');
});

test('refusal, appeal, decision', async () => {
  const mark = `Hàng xóm ồn ${Date.now()}`;
  const { id } = await report(`${mark} vào ban đêm`);
  await pick(centre.page, '/console', mark);
  await act(centre.page, 'Không đủ điều kiện', first);
  await look(id, 'Vì sao không được xử lý');
  await act(citizen.page, 'Khiếu nại', write('Đây là tiếng ồn nơi công cộng.'));
  await pick(centre.page, '/console', mark);
  await act(centre.page, 'Quyết định khiếu nại', yes);
  await look(id, 'Đang xác minh');
  await act(citizen.page, 'Rút phản ánh');
  await look(id, 'Đã rút');
});

test('nothing failed on the way', () => {
  citizen.check();
  centre.check();
  agency.check();
});
