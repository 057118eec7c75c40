// A visitor on a phone and at a desk: sights, map, routes, 360° scenes by mouse and keyboard, and
// the guide kept for a place without a network.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BASE, DESK, PHONE, accessible, launch, person, shot } from './city.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

async function seen(page, name) {
  await accessible(page, name);
  await shot(page, name, true);
}
const viewer = (page, id) => page.locator(`.view[data-ready=${id}]`).waitFor({ timeout: 30_000 });

for (const [size, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  test(`sights, map, routes and scenes on a ${size}`, async () => {
    const { page, context, check } = await person(browser, { viewport });
    await page.goto(`${BASE}/tour`);
    await page.locator('main li').first().waitFor();
    assert.ok((await page.locator('main li').count()) >= 25);
    await seen(page, `tour-${size}`);
    await page.getByRole('radio', { name: 'Lăng vua' }).check();
    await page.waitForURL(/kind=tomb/);
    await page.waitForFunction(() => document.querySelectorAll('main li').length === 7);
    await page.getByRole('button', { name: 'Gần tôi' }).click();
    await page.getByText('Đang xếp theo khoảng cách').waitFor();
    const away = await page.locator('main li .num').allInnerTexts();
    assert.equal(away.length, 7);
    await page.getByRole('button', { name: 'Xem bản đồ' }).click();
    await page.locator('.map[data-ready=yes]').waitFor({ timeout: 30_000 });
    await page.waitForTimeout(600);
    await seen(page, `tour-map-${size}`);

    await page.getByRole('link', { name: /Lăng Tự Đức/ }).click();
    await page.getByRole('heading', { name: 'Lăng Tự Đức' }).waitFor();
    await page.getByText(/Chưa kiểm chứng: vị trí, giờ mở cửa/).waitFor();
    await seen(page, `tour-sight-${size}`);

    await page.goto(`${BASE}/tour/routes#thuyen-song-huong`);
    const boat = page.locator('#thuyen-song-huong');
    await boat.getByText(/khoảng .* km/).first().waitFor();
    await boat.getByRole('button', { name: 'Xem bản đồ' }).click();
    await page.locator('.map[data-ready=yes]').waitFor({ timeout: 30_000 });
    await page.waitForTimeout(600);
    await seen(page, `tour-routes-${size}`);

    await page.goto(`${BASE}/tour/360/ngo-mon`);
    await viewer(page, 'ngo-mon');
    await page.locator('.psv-marker--visible .spot').first().waitFor();
    await page.waitForTimeout(600);
    await seen(page, `tour-360-${size}`);
    // by keyboard: turn until the gate has left the picture, then look back by the list
    const gate = page.locator('.spot', { hasText: /^Ngọ Môn$/ });
    const before_ = await gate.boundingBox();
    await page.locator('.view').focus();
    await page.keyboard.down('ArrowRight');
    await page.waitForTimeout(700);
    await page.keyboard.up('ArrowRight');
    await page.waitForTimeout(300);
    const turned = await gate.boundingBox();
    assert.ok(!turned || turned.x < before_.x - 20, 'the arrow key turned the view');
    await page.getByRole('button', { name: 'Nhìn về đó: Kỳ Đài' }).click();
    await page.locator('.psv-marker--visible .spot', { hasText: /^Kỳ Đài$/ }).waitFor();
    await page.waitForTimeout(400);
    await shot(page, `tour-360-back-${size}`);
    // a hotspot is a button: it opens the next scene
    await page.getByRole('button', { name: 'Nhìn về đó: Qua cổng đến điện Thái Hòa' }).click();
    await page.locator('.psv-marker--visible .spot', { hasText: /Qua cổng/ }).click();
    await page.waitForURL(/360\/thai-hoa/);
    await viewer(page, 'thai-hoa');
    for (const id of ['truong-tien', 'truong-tien-toi', 'thien-mu', 'tu-duc']) {
      await page.goto(`${BASE}/tour/360/${id}`);
      await viewer(page, id);
      await page.waitForTimeout(500);
      await shot(page, `tour-360-${id}-${size}`);
    }
    check();
    await context.close();
  });
}

test('the guide is kept, opens without a network, and can be deleted', async () => {
  const { page, context, faults, check } = await person(browser, { viewport: PHONE });
  await page.goto(`${BASE}/tour`);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload(); // now under the worker's control
  await page.getByText(/khoảng [\d,]+ MB/).waitFor();
  await page.getByRole('button', { name: 'Giữ lại để xem ngoại tuyến' }).click();
  await page.locator('#pack[data-kept=yes]').waitFor({ timeout: 60_000 });
  await page.getByText(/Đã giữ [\d,]+ MB/).waitFor();
  await shot(page, 'tour-kept', true);
  const kept = await page.evaluate(async () => {
    const held = await (await caches.open('tour-1')).keys();
    return held.map((one) => new URL(one.url).pathname);
  });
  assert.ok(kept.includes('/v1/tourism/sights/thien-mu') && kept.includes('/guide/scene-tu-duc.webp'));
  check();

  // Never opened before: the screens, texts, pictures and the viewer come from the cache.
  await context.setOffline(true);
  await page.goto(`${BASE}/tour?map=1`);
  await page.locator('main li').first().waitFor();
  await page.locator('.map[data-ready=yes]').waitFor({ timeout: 30_000 });
  await page.getByRole('link', { name: /Chùa Thiên Mụ/ }).click();
  await page.getByRole('heading', { name: 'Chùa Thiên Mụ' }).waitFor();
  const drawn = page.locator('main figure img');
  await page.waitForFunction((img) => img.complete && img.naturalWidth > 0, await drawn.elementHandle());
  await page.goto(`${BASE}/tour/360/tu-duc`);
  await viewer(page, 'tu-duc');
  await page.waitForTimeout(500);
  await shot(page, 'tour-offline-360', true);
  await page.goto(`${BASE}/tour/routes`);
  await page.locator('article').first().waitFor();
  await context.setOffline(false);

  await page.goto(`${BASE}/tour`);
  await page.getByRole('button', { name: 'Xóa khỏi máy' }).click();
  await page.getByText('Đã xóa khỏi máy.').waitFor();
  assert.equal(await page.evaluate(() => caches.has('tour-1')), false);
  await page.reload();
  await page.getByRole('button', { name: 'Giữ lại để xem ngoại tuyến' }).waitFor();
  faults.length = 0; // what cannot be loaded offline is logged by the browser
  await context.close();
});
