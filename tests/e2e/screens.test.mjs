// Every screen in both languages, light and dark: no grave axe finding, no console error, no
// policy violation, nothing wider than the screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BASE, DESK, PHONE, accessible, launch, person, shot, signIn, withRole } from './city.mjs';

let browser;
let report;
before(async () => {
  browser = await launch();
  const found = await (await fetch(`${BASE}/v1/reports?limit=1`)).json();
  report = found.items[0];
});
after(() => browser?.close());

const GUEST = ['/', '/signin', '/reports', '/map', '/statistics', '/status', '/dev/people',
  '/dev/outbox', '/warnings', '/now/air', '/now/rivers', '/now/storm', '/wallet', '/tour',
  '/tour/thien-mu', '/tour/routes', '/tour/360/ngo-mon', '/nowhere'];
const CITIZEN = ['/', '/functions', '/report', '/reports/mine', '/inbox', '/me', '/me/places',
  '/warnings/mine', '/me/vessels', '/wallet', '/wallet?do=top-up', '/wallet?do=transfer',
  '/wallet/activity', '/wallet/statement', '/wallet/limits', '/pay/scan', '/bills',
  '/bills/electricity', '/me/shop'];
const OFFICER = ['/console', '/console/sla', '/console/alerts', '/console/alerts/new',
  '/console/vessels'];

const named = (path) => path.slice(1).replaceAll(/[/?=]/g, '-') || 'home';

/** The screen has come to rest: no skeleton is left. */
async function settled(page) {
  await page.locator('#main, .desk').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('[role=status] .card i'), null, {
    timeout: 20_000
  });
  if (new URL(page.url()).pathname === '/map') await page.locator('.map canvas').waitFor();
  await page.waitForTimeout(250);
}

async function visit(who, paths, prefix) {
  const { page } = who;
  for (const path of paths) {
    await page.goto(BASE + path);
    await settled(page);
    await accessible(page, `${prefix} ${path}`);
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth
    );
    assert.ok(wide <= 0, `${prefix} ${path} is ${wide} px too wide`);
    await shot(page, `${prefix}-${named(path)}`);
  }
  who.check();
}

for (const language of ['vi', 'en']) {
  for (const dark of [false, true]) {
    const look = `${language}-${dark ? 'dark' : 'light'}`;

    test(`a guest's screens, ${look}`, async () => {
      const who = await person(browser, { viewport: PHONE, language, dark });
      await visit(who, report ? [...GUEST, `/reports/${report.id}`] : GUEST, `guest-${look}`);
      await who.context.close();
    });

    test(`a citizen's screens, ${look}`, async () => {
      const who = await person(browser, { viewport: PHONE, language, dark });
      await signIn(who.page, (await withRole('citizen'))[1].phone);
      await visit(who, CITIZEN, `citizen-${look}`);
      await who.context.close();
    });

    test(`an officer's screens, ${look}`, async () => {
      const who = await person(browser, { viewport: DESK, language, dark });
      await signIn(who.page, (await withRole('ioc_supervisor'))[0].phone);
      await visit(who, OFFICER, `officer-${look}`);
      await who.context.close();
    });
  }
}

test('large text still fits a phone', async () => {
  const who = await person(browser, { viewport: PHONE });
  await who.context.addInitScript(() => localStorage.setItem('hues.text', 'large'));
  await visit(who, ['/', '/report', '/reports', '/statistics', '/me'], 'large');
  await who.context.close();
});
