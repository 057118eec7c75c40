// The web app in a real browser: how soon home can be used on a slow phone and network, and how
// fluently the map of reports moves with a hundred thousand points drawn without a graphics card.
// Prints one line of JSON. `node infra/bench/web.mjs` with BASE_URL of a running city.
import { BASE, launch } from '../../tests/e2e/city.mjs';

const RUNS = 5;
const CPU = 4; // times slower
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const POINTS = 100_000;
const PAGE = 6000;
const DRAG_MS = 6000;
const SCREENS = { phone: { width: 360, height: 740 }, desk: { width: 1366, height: 768 } };

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** A first visit: nothing kept, no worker. Times in ms since the navigation began. */
async function firstVisit(browser, path, ready) {
  const context = await browser.newContext({ viewport: SCREENS.phone, locale: 'vi-VN' });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', SLOW_4G);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU });
  await page.addInitScript(() => {
    globalThis.largest = 0;
    new PerformanceObserver((list) => {
      for (const one of list.getEntries()) globalThis.largest = one.startTime;
    }).observe({ type: 'largest-contentful-paint', buffered: true });
  });
  await page.addInitScript((selector) => {
    globalThis.usable = 0;
    const turn = () => {
      if (document.querySelector(selector)) globalThis.usable = performance.now();
      else requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  }, ready);
  await page.goto(BASE + path);
  let usable = 0;
  while (!usable) {
    await page.waitForTimeout(100);
    usable = await page.evaluate(() => globalThis.usable);
  }
  const told = { usable };
  await page.waitForTimeout(1500);
  told.largest = await page.evaluate(() => globalThis.largest);
  told.bytes = await page.evaluate(() => performance.getEntriesByType('resource')
    .reduce((sum, one) => sum + one.transferSize, 0));
  await context.close();
  return told;
}

/** Pages of made-up points as the city packs them, spread like people: dense near the centre. */
function packed(count) {
  let seed = 42;
  const chance = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  const near = (middle, wide) => middle + (chance() + chance() + chance() - 1.5) * wide;
  const pages = [];
  for (let first = 0; first < count; first += PAGE) {
    const n = Math.min(PAGE, count - first);
    const lat = Array.from({ length: n }, () => Math.round(near(16.4637, 0.2) * 1e5));
    const lon = Array.from({ length: n }, () => Math.round(near(107.5909, 0.25) * 1e5));
    const steps = (list) => list.map((one, i) => one - (list[i - 1] ?? 0));
    pages.push(JSON.stringify({
      scale: 1e5, lat: steps(lat), lon: steps(lon), day: lat.map((_, i) => (i ? 0 : 20000)),
      category: lat.map(() => 0), state: lat.map(() => 0), late: lat.map((_, i) => Number(i % 9 === 0)),
      categories: ['roads'], states: ['RECEIVED'],
      next_cursor: first + n < count ? String(first + n) : null
    }));
  }
  return pages.length ? pages : [JSON.stringify({ scale: 1e5, lat: [], lon: [], day: [],
    category: [], state: [], late: [], categories: [], states: [], next_cursor: null })];
}

/** Frames a second that the map drew while a finger dragged it to and fro. */
async function fluency(browser, viewport, count) {
  const context = await browser.newContext({ viewport, locale: 'vi-VN' });
  const page = await context.newPage();
  const pages = packed(count);
  await page.route('**/v1/reports/points*', (route) => {
    const at = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    return route.fulfill({ contentType: 'application/json', body: pages[at / PAGE] });
  });
  await page.addInitScript(() => {
    globalThis.drew = false;
    const whole = WebGL2RenderingContext.prototype.drawElements;
    WebGL2RenderingContext.prototype.drawElements = function (...all) {
      globalThis.drew = true;
      return whole.apply(this, all);
    };
  });
  await page.goto(`${BASE}/map`);
  await page.locator('.map[data-ready=yes] canvas').waitFor({ timeout: 60_000 });
  const shown = `${new Intl.NumberFormat('vi-VN').format(count)} phản ánh trên bản đồ`;
  const began = Date.now();
  await page.getByText(shown).waitFor({ timeout: 120_000 });
  const loaded = Date.now() - began;
  await page.waitForTimeout(4000); // the worker clusters
  await page.evaluate(() => {
    globalThis.frames = 0;
    const turn = () => {
      if (globalThis.drew) globalThis.frames++;
      globalThis.drew = false;
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  });
  const box = await page.locator('.map canvas').boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const from = Date.now();
  const before = await page.evaluate(() => globalThis.frames);
  while (Date.now() - from < DRAG_MS) {
    const turn = (Date.now() - from) / 500;
    await page.mouse.move(x + Math.sin(turn) * box.width / 3, y + Math.cos(turn) * box.height / 4);
  }
  const frames = await page.evaluate(() => globalThis.frames) - before;
  const seconds = (Date.now() - from) / 1000;
  await page.mouse.up();
  await context.close();
  return { fps: frames / seconds, loaded };
}

const browser = await launch();
try {
  const figures = { home: [], bare: [], map: {} };
  for (let i = 0; i < RUNS; i++) {
    figures.home.push(await firstVisit(browser, '/', 'nav.quick a'));
    figures.bare.push(await firstVisit(browser, '/boot.js', 'body'));
  }
  const middle = (list, name) => Math.round(median(list.map((one) => one[name])));
  const told = {
    home_usable_ms: middle(figures.home, 'usable'), home_largest_ms: middle(figures.home, 'largest'),
    home_bytes: middle(figures.home, 'bytes'), bare_ms: middle(figures.bare, 'usable'), map: {}
  };
  for (const [name, viewport] of Object.entries(SCREENS)) {
    const full = await fluency(browser, viewport, POINTS);
    const empty = await fluency(browser, viewport, 0);
    told.map[name] = { fps: Math.round(full.fps * 10) / 10, empty_fps: Math.round(empty.fps * 10) / 10,
      loaded_ms: full.loaded };
  }
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
