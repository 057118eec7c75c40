// What every journey needs: a browser that fails on console errors and policy violations, people
// who sign in through the real code, axe on each screen, screenshots under build/screenshots/.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../frontend/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const { AxeBuilder } = require('@axe-core/playwright');

export const BASE = process.env.BASE_URL ?? 'http://127.0.0.1:8080';
export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1440, height: 900 };
const SHOTS = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--enable-unsafe-swiftshader',
      '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'
    ]
  });
}

/** A person at a screen. `faults` collects what must not happen; `check()` fails on it. */
export async function person(browser, options = {}) {
  const { viewport = PHONE, language = 'vi', dark = false, more = {} } = options;
  const context = await browser.newContext({
    viewport,
    locale: language === 'en' ? 'en-GB' : 'vi-VN',
    timezoneId: 'Asia/Ho_Chi_Minh',
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    permissions: ['geolocation'],
    geolocation: { latitude: 16.4668, longitude: 107.5792, accuracy: 8 },
    ...more
  });
  await context.addInitScript((code) => localStorage.setItem('PARAGLIDE_LOCALE', code), language);
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    // Chromium logs every answer >= 400; those that a screen expects are told apart here.
    const { url } = message.location();
    if (/auth\/refresh/.test(url) && /401/.test(message.text())) return;
    faults.push(`console: ${message.text()} (${url})`);
  });
  const check = () => assert.deepEqual(faults, []);
  return { context, page, faults, check };
}

/** The newest code sent to a number, from the sandbox's outbox. */
export async function code(phone, after = 0) {
  for (let i = 0; i < 60; i++) {
    const answer = await fetch(`${BASE}/_sandbox/outbox?to=${encodeURIComponent(phone)}`);
    const { items } = await answer.json();
    const found = items.find((one) => one.code && Date.parse(one.at) >= after);
    if (found) return found.code;
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error(`no code came for ${phone}`);
}

/** Signs in by the two steps of the screen. */
export async function signIn(page, phone) {
  await page.goto(`${BASE}/signin?phone=${encodeURIComponent(phone)}`);
  await page.locator('#phone').waitFor();
  const asked = Date.now() - 2000;
  await page.locator('form button.btn.block').click();
  await page.locator('#otp').waitFor();
  await page.locator('#otp').fill(await code(phone, asked));
  await page.locator('form button.btn.block').click();
  await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
}

let people = null;

/** The demo accounts that fit, as `/_sandbox/people` lists them. */
export async function accounts(fits) {
  people ??= (await (await fetch(`${BASE}/_sandbox/people`)).json()).items;
  return people.filter(fits);
}
export const withRole = (role) => accounts((one) => one.roles.includes(role));

export async function shot(page, name, fullPage = false) {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}${name}.png`, fullPage });
}

/**
 * Makes a journey's `step(title, run)`: steps follow one another, so after a failure the rest is
 * skipped, with pictures of the screens of `people()`.
 */
export function steps(journey, people, fullPage = false) {
  let broken = false;
  return (title, run) => {
    test(title, async (t) => {
      if (broken) return t.skip('an earlier step failed');
      try {
        await run(t);
      } catch (error) {
        broken = true;
        for (const [who, { page }] of Object.entries(people())) {
          await shot(page, `failed-${journey}-${who}`, fullPage).catch(() => {});
        }
        throw error;
      }
    });
  };
}

/** The browser's own virtual authenticator: a platform passkey whose user is verified. */
export async function withAuthenticator({ context, page }) {
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true
    }
  });
}

/** Makes a passkey on this device. */
export async function passkey(page) {
  await page.goto(`${BASE}/me/devices`);
  await page.locator('#add-passkey').click();
  await page.getByText('Đã thêm khoá truy cập.').waitFor();
}

/** Brings a screen back into sight, when it looks again at once and not at its next turn. */
export const looksAgain = (page) =>
  page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

/** What was refused on purpose is in the browser's log, as it should be. */
export const expected = (who, words) =>
  who.faults.splice(0, who.faults.length, ...who.faults.filter((one) => !words.test(one)));

/** Nothing on this screen has to be scrolled sideways. */
export async function narrow(page, name) {
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth
  );
  assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
}

/** No serious or critical finding on this screen. */
export async function accessible(page, name) {
  // Within the page (nothing here is in a frame, for which axe would open a page of its own), and
  // without the tale of all that passed, which takes longer than finding what did not.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations } = await axe.analyze();
  const grave = violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => `${name}: ${one.id}: ${one.nodes.map((n) => n.target.join(' ')).join(' | ')}`);
  assert.deepEqual(grave, []);
}

/** A photo that a phone could have taken, drawn here so that no picture of anybody is needed. */
export async function photo(page, words) {
  const data = await page.evaluate((text) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [1280, 960];
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#8d8797';
    pen.fillRect(0, 0, 1280, 960);
    pen.fillStyle = '#6d6778';
    pen.fillRect(0, 560, 1280, 400);
    pen.fillStyle = '#2a2433';
    pen.beginPath();
    pen.ellipse(660, 720, 300, 140, 0, 0, 7);
    pen.fill();
    pen.strokeStyle = '#e9bc4c';
    pen.lineWidth = 30;
    pen.beginPath();
    pen.moveTo(0, 470);
    pen.lineTo(1280, 330);
    pen.stroke();
    pen.fillStyle = '#ffffff';
    pen.font = '60px sans-serif';
    pen.fillText(text, 60, 120);
    return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
  }, words);
  return { name: `${words}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from(data, 'base64') };
}
