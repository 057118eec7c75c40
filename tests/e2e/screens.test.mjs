// Every screen in both languages, light and dark: no grave axe finding, no console error, no
// policy violation, nothing wider than the screen.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  BASE, DESK, PHONE, accessible, accounts, launch, narrow, person, shot, signIn, withRole
} from './city.mjs';

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
  '/tour/thien-mu', '/tour/routes', '/tour/360/ngo-mon', '/city', '/city/drain-cleaned-m', '/press',
  '/apps/nha-vuon', '/nowhere'];
const CITIZEN = ['/', '/functions', '/report', '/reports/mine', '/inbox', '/me', '/me/places',
  '/warnings/mine', '/me/vessels', '/wallet', '/wallet?do=top-up', '/wallet?do=transfer',
  '/wallet/activity', '/wallet/statement', '/wallet/limits', '/wallet/receive', '/pay/scan', '/bills',
  '/bills/electricity', '/me/shop', '/me/shop/apply', '/business', '/groups/union_member'];
const OFFICER = ['/console', '/console/sla', '/console/scores', '/console/ops', '/console/alerts',
  '/console/alerts/new', '/console/vessels', '/console/cameras', '/console/cameras/cam-001',
  '/console/cameras/precision', '/console/review', '/console/search'];
const ADMINISTRATOR = ['/console/money', '/console/money?tab=cases',
  '/console/money?tab=differences', '/console/money?tab=shops', '/console/money?tab=books',
  '/console/partners', '/console/partners?state=LIVE'];

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

/** What a script could steal: nothing in any store of the page gives access to an account. */
async function noTokens(context, page) {
  const kept = await page.evaluate(async () => {
    const found = [...Object.entries(localStorage), ...Object.entries(sessionStorage)];
    for (const { name } of await indexedDB.databases()) {
      const base = await new Promise((done) => {
        indexedDB.open(name).onsuccess = (event) => done(event.target.result);
      });
      for (const store of base.objectStoreNames) {
        const all = base.transaction(store).objectStore(store).getAll();
        const rows = await new Promise((done) => (all.onsuccess = () => done(all.result)));
        found.push([`${name}/${store}`, JSON.stringify(rows)]);
      }
      base.close();
    }
    for (const name of await caches.keys()) {
      for (const asked of await (await caches.open(name)).keys()) found.push([name, asked.url]);
    }
    return [...found, ['cookies', document.cookie]];
  });
  const secret = /eyJ[\w-]{8,}\.|access_token|refresh|Bearer/i;
  assert.deepEqual(kept.filter(([key, value]) => secret.test(key) || secret.test(value)), []);
  const session = (await context.cookies()).filter((one) => /refresh|session/i.test(one.name));
  assert.ok(session.length && session.every((one) => one.httpOnly && one.sameSite !== 'None'));
}

/** Controls that a thumb would miss: under 44 pixels either way. Links within a sentence may be. */
function small(page) {
  return page.evaluate(() => {
    const controls = 'button, select, summary, .btn, .link, .icon-btn, nav a, ' +
      'input:not([type=radio], [type=checkbox], [type=file], [type=range])';
    return [...document.querySelectorAll(controls)].filter((one) => {
      const { width, height } = one.getBoundingClientRect();
      return width && height && !one.closest('.sr, .skip') && Math.min(width, height) < 43.5;
    }).map((one) => `${one.tagName} ${one.ariaLabel ?? one.textContent.trim()}`);
  });
}

async function visit(who, paths, prefix) {
  const { page } = who;
  for (const path of paths) {
    await page.goto(BASE + path);
    await settled(page);
    await accessible(page, `${prefix} ${path}`);
    await narrow(page, `${prefix} ${path}`);
    assert.deepEqual(await small(page), [], `${prefix} ${path}`);
    await shot(page, `${prefix}-${named(path)}`);
  }
  who.check();
}

// Both languages and both themes, each once; ALL_LOOKS=1 goes through every pair of them.
describe('every screen, two looks at a time', { concurrency: 2 }, () => {
  for (const language of ['vi', 'en']) {
    for (const dark of process.env.ALL_LOOKS ? [false, true] : [language === 'en']) {
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
        await noTokens(who.context, who.page);
        await who.context.close();
      });

      test(`an officer's screens, ${look}`, async () => {
        const who = await person(browser, { viewport: DESK, language, dark });
        await signIn(who.page, (await withRole('ioc_supervisor'))[0].phone);
        await visit(who, OFFICER, `officer-${look}`);
        await who.context.close();
      });

      test(`an administrator's screens of money, ${look}`, async () => {
        const who = await person(browser, { viewport: DESK, language, dark });
        await signIn(who.page, (await withRole('administrator'))[0].phone);
        await visit(who, ADMINISTRATOR, `administrator-${look}`);
        await who.context.close();
      });
    }
  }
});

test('large text still fits a phone', async () => {
  const who = await person(browser, { viewport: PHONE });
  await who.context.addInitScript(() => localStorage.setItem('hues.text', 'large'));
  await visit(who, ['/', '/report', '/reports', '/statistics', '/me'], 'large');
  const letters = await who.page.evaluate(() => getComputedStyle(document.body).fontSize);
  assert.equal(letters, '20px', 'text is not 125 %');
  await who.context.close();
});

/** What does not hold its words: too wide for it, or in the rail of a desk too high. */
const spilled = (page) => page.evaluate(() =>
  [...document.querySelectorAll('main .card, .act, .btn, .chip, .desk > nav a')].filter((one) => {
    if (!one.clientWidth || /hidden|clip/.test(getComputedStyle(one).overflowX)) return false;
    return one.scrollWidth > one.clientWidth + 1
      || (one.matches('nav a') && one.scrollHeight > one.clientHeight + 1);
  }).map((one) => `${one.className || one.tagName}: ${one.textContent.trim().slice(0, 60)}`));

test('letters twice as large still stand where they belong', async () => {
  const [owner] = await accounts((one) => one.phone === '+84900000001'); // has a wallet
  for (const [viewport, { phone }, paths] of [
    [PHONE, owner, ['/wallet', '/wallet/activity', '/bills/electricity']],
    [DESK, (await withRole('ioc_supervisor'))[0], ['/console/review']]
  ]) {
    const who = await person(browser, { viewport });
    await signIn(who.page, phone);
    for (const path of paths) {
      await who.page.goto(BASE + path);
      await settled(who.page);
      await who.page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
      await shot(who.page, `double${path.replaceAll('/', '-')}`, true);
      await narrow(who.page, path);
      assert.deepEqual(await spilled(who.page), [], path);
    }
    who.check();
    await who.context.close();
  }
});

test('who asks for less motion gets none', async () => {
  const longest = async (reducedMotion) => {
    const { context, page } = await person(browser, { more: { reducedMotion } });
    await page.route('**/v1/reports?*', () => {}); // never answered: the skeleton stays
    await page.goto(`${BASE}/reports`);
    await page.locator('.card[aria-hidden=true] i').first().waitFor();
    const seconds = await page.evaluate(() => Math.max(...[...document.querySelectorAll('*')]
      .flatMap((one) => [one, '::before', '::after'].map((part) =>
        part === one ? getComputedStyle(one) : getComputedStyle(one, part)))
      .flatMap(({ animationName, animationDuration, transitionDuration }) => [
        ...(animationName === 'none' ? [] : animationDuration.split(',')),
        ...transitionDuration.split(',')
      ]).map(Number.parseFloat)));
    const running = await page.evaluate(() => document.getAnimations()
      .filter((one) => one.effect.getComputedTiming().activeDuration > 50).length);
    await context.close();
    return [seconds, running];
  };
  const [[moving, some], [still, none]] = [await longest('no-preference'), await longest('reduce')];
  assert.ok(moving > 0.1 && some > 0, 'nothing moves at all: this test shows nothing');
  assert.ok(still <= 0.01 && none === 0, `${still} s, ${none} running`);
});
