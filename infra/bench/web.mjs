// The web app in a real browser: how soon home can be used on a slow phone and network, and how
// fluently the map of reports moves with a hundred thousand points drawn without a graphics card.
// Prints one line of JSON. `node infra/bench/web.mjs` with BASE_URL of a running city.
import { BASE, launch } from '../../tests/e2e/city.mjs';

const RUNS = 5;
const CPU = 4; // times slower
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const POINTS = 100_000;
const PAGE = 6000;
const HANDS_MS = 4000;
const STROKE_MS = 500; // a fast finger across most of the screen
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

/**
 * Counts frames in which the map looked different: its canvas was painted, or moved or stretched on
 * the screen. Runs in the page.
 */
function counting() {
  globalThis.moved = { frames: 0, drawn: 0, circles: [] };
  const whole = CanvasRenderingContext2D.prototype.fillRect;
  let drew = false;
  CanvasRenderingContext2D.prototype.fillRect = function (...all) {
    drew = true; // the ground, which every painting begins with
    globalThis.moved.circles.push(0);
    return whole.apply(this, all);
  };
  const copy = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    globalThis.moved.circles[globalThis.moved.circles.length - 1]++;
    return copy.apply(this, all);
  };
  let at = '';
  const turn = () => {
    const box = document.querySelector('.map canvas')?.getBoundingClientRect();
    const now = box ? `${box.x} ${box.y} ${box.width}` : '';
    if (drew) globalThis.moved.drawn++;
    if (drew || now !== at) globalThis.moved.frames++;
    [drew, at] = [false, now];
    requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);
}

/** Frames that the browser put on the screen between `Tracing.start` and its end, by its own log. */
async function presented(devtools, run) {
  const times = [];
  const take = ({ value }) => {
    for (const one of value) {
      if (one.name === 'Display::DrawAndSwap' && one.ph !== 'E') times.push(one.ts / 1000);
    }
  };
  devtools.on('Tracing.dataCollected', take);
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['viz', 'benchmark'] } });
  const told = await run();
  const over = new Promise((done) => devtools.once('Tracing.tracingComplete', done));
  await devtools.send('Tracing.end');
  await over;
  devtools.off('Tracing.dataCollected', take);
  times.sort((a, b) => a - b);
  const gaps = times.slice(1).map((one, i) => one - times[i]).sort((a, b) => a - b);
  return { ...told, swaps: times.length, p95: gaps[Math.floor(gaps.length * 0.95)] ?? 0 };
}

/** Hands on the map: to and fro without letting go, strokes across several screens, the wheel. */
const HANDS = {
  drag: async (page, box) => {
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    const from = Date.now();
    while (Date.now() - from < HANDS_MS) {
      const turn = (Date.now() - from) / 500;
      await page.mouse.move(x + Math.sin(turn) * box.width / 3, y + Math.sin(turn * 0.7) * box.height / 4);
    }
    await page.mouse.up();
  },
  strokes: async (page, box) => {
    const y = box.y + box.height / 2;
    const from = Date.now();
    for (let stroke = 0; Date.now() - from < HANDS_MS; stroke++) {
      const left = [true, false, false, true][stroke % 4]; // to and fro around where points are
      const [start, way] = left ? [0.9, -0.8] : [0.1, 0.8];
      await page.mouse.move(box.x + start * box.width, y);
      await page.mouse.down();
      const began = Date.now();
      for (let part = 0; part < 1; part = (Date.now() - began) / STROKE_MS) {
        await page.mouse.move(box.x + (start + way * part) * box.width, y + 20 * Math.sin(part * 3));
      }
      await page.mouse.up();
    }
  },
  wheel: async (page, box) => {
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const from = Date.now();
    while (Date.now() - from < HANDS_MS) {
      await page.mouse.wheel(0, Math.floor((Date.now() - from) / 1200) % 2 ? 12 : -12);
    }
  }
};

/** How fluently the map moves under each hand: frames a second, and the 95th longest frame (ms). */
async function fluency(browser, viewport, count) {
  const context = await browser.newContext({ viewport, locale: 'vi-VN' });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  const pages = packed(count);
  await page.route('**/v1/reports/points*', (route) => {
    const at = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    return route.fulfill({ contentType: 'application/json', body: pages[at / PAGE] });
  });
  await page.addInitScript(counting);
  await page.goto(`${BASE}/map`);
  await page.locator('.map[data-ready=yes] canvas').waitFor({ timeout: 60_000 });
  const shown = `${new Intl.NumberFormat('vi-VN').format(count)} phản ánh trên bản đồ`;
  const began = Date.now();
  await page.getByText(shown).waitFor({ timeout: 120_000 });
  const told = { loaded: Date.now() - began, hands: {} };
  await page.waitForTimeout(1500);
  const box = await page.locator('.map').boundingBox();
  for (const [name, hand] of Object.entries(HANDS)) {
    const one = await presented(devtools, async () => {
      const before = await page.evaluate(() => ({ ...globalThis.moved, circles: [] }));
      const from = Date.now();
      await hand(page, box);
      const after = await page.evaluate(() => globalThis.moved);
      return { seconds: (Date.now() - from) / 1000, frames: after.frames - before.frames,
        drawn: after.drawn - before.drawn,
        circles: Math.min(...after.circles.slice(-1 - after.drawn + before.drawn)) };
    });
    if (count && !one.circles) throw new Error(`${name}: the map was moved where no points are`);
    told.hands[name] = {
      // what the page moved and what reached the screen: the smaller of the two counts
      fps: Math.min(one.frames, one.swaps) / one.seconds, p95_ms: Math.round(one.p95),
      drawn: one.drawn, circles: one.circles
    };
    await page.waitForTimeout(1500);
  }
  if (process.env.SHOTS) {
    await page.screenshot({ path: `${process.env.SHOTS}/map-${viewport.width}-${count}.png` });
  }
  await context.close();
  return told;
}

const only = process.env.ONLY; // home or map
const browser = await launch();
try {
  const figures = { home: [], bare: [] };
  for (let i = 0; i < (only === 'map' ? 0 : RUNS); i++) {
    figures.home.push(await firstVisit(browser, '/', 'nav.quick a'));
    figures.bare.push(await firstVisit(browser, '/boot.js', 'body'));
  }
  const middle = (list, name) => Math.round(median(list.map((one) => one[name])));
  const told = {
    home_usable_ms: middle(figures.home, 'usable'), home_largest_ms: middle(figures.home, 'largest'),
    home_bytes: middle(figures.home, 'bytes'), bare_ms: middle(figures.bare, 'usable'), map: {}
  };
  const tenth = (number) => Math.round(number * 10) / 10;
  for (const [name, viewport] of only === 'home' ? [] : Object.entries(SCREENS)) {
    const full = await fluency(browser, viewport, POINTS);
    const empty = await fluency(browser, viewport, 0);
    told.map[name] = { loaded_ms: full.loaded };
    for (const hand of Object.keys(HANDS)) {
      const [one, none] = [full.hands[hand], empty.hands[hand]];
      told.map[name][hand] = { ...one, fps: tenth(one.fps), empty_fps: tenth(none.fps) };
    }
  }
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
