/**
 * Moving a map that is drawn without a graphics card. One frame drawn in software takes longer than
 * a frame may; moving a picture does not. So the map is drawn once, on a sheet twice as wide and as
 * high as its window; fingers, mouse and wheel move and stretch the sheet as a picture, and it is
 * drawn anew where it came to rest, or while it moves when its edge comes near.
 */
import type { Map as LibreMap } from 'maplibre-gl';

const EDGE = 0.42; // of the window: how far the sheet is moved before it is drawn anew (it has 0.5)
const AHEAD = 0.36; // and how far it then reaches out in the direction of the move
const WIDEST = 0.62; // how far it is shrunk before that (at 0.5 its edges would show)
const HASTY = 0.5; // pixels for one of the screen, while it moves
const QUIET_MS = 160; // without a finger or a turn of the wheel: it has come to rest
const GLIDE_MS = 200;
const WHEEL_MS = 60; // in which most of a turn of the wheel is done
const CLICK_PX = 4;
const PX_PER_LEVEL = 400; // of the wheel
const LINE_PX = 16;

interface Spot { x: number; y: number }
/** Where the sheet stands: a spot `p` of it, from its middle, is seen at `p * s + (x, y)`. */
interface Pose extends Spot { s: number }
export interface Still {
  /** The map is not yet where it is seen. */
  readonly moving: boolean;
  /** Zooms by so many levels around a spot, in pixels from the window's middle. */
  zoom(levels: number, at?: Spot): void;
  away(): void;
}

export const within = (low: number, value: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** Stretched by a factor around a spot of the window. */
export function stretched(pose: Pose, by: number, at: Spot): Pose {
  return { x: at.x - by * (at.x - pose.x), y: at.y - by * (at.y - pose.y), s: pose.s * by };
}

/** Takes over the gestures of `map`, whose container is `sheet`, seen through `window`. */
export function still(map: LibreMap, window: HTMLElement, sheet: HTMLElement): Still {
  for (const gesture of [map.dragPan, map.scrollZoom, map.touchZoomRotate, map.boxZoom,
    map.doubleClickZoom]) gesture.disable();
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const ended = new AbortController();
  const held = new Map<number, Spot>();
  const sharp = map.getPixelRatio();
  let pose: Pose = { x: 0, y: 0, s: 1 };
  let level = map.getZoom(); // of the sheet as it was drawn last
  let moving = false;
  let moved = 0; // pixels since the finger came down
  let quiet = 0;
  let gliding = 0;
  let turning = 0; // levels that the wheel still asks for
  let wheel: Spot = { x: 0, y: 0 };

  const place = (to: Pose): void => {
    pose = to;
    sheet.style.transform = `translate3d(${to.x}px, ${to.y}px, 0) scale(${to.s})`;
  };
  const ahead = (by: number, size: number): number =>
    Math.abs(by) > size * EDGE / 2 ? -Math.sign(by) * size * AHEAD : 0;
  /** Moves the picture; the map follows when an edge comes near, or when all is quiet. */
  const show = (to: Pose): void => {
    const [w, h] = [window.clientWidth, window.clientHeight];
    moving = true;
    place(to);
    const near = Math.abs(to.x) > w * EDGE || Math.abs(to.y) > h * EDGE || to.s < WIDEST;
    if (near) draw(HASTY, { x: ahead(to.x, w), y: ahead(to.y, h) });
    clearTimeout(quiet);
    quiet = setTimeout(rest, QUIET_MS) as unknown as number;
  };
  function rest(): void {
    if (held.size > 0 || gliding) return;
    draw(sharp, { x: 0, y: 0 });
  }
  /** Draws the sheet anew so that everything stays where it is seen, its middle at `middle`. */
  function draw(ratio: number, middle: Spot): void {
    const { x, y, s } = pose;
    const center = map.unproject([
      sheet.clientWidth / 2 + (middle.x - x) / s, sheet.clientHeight / 2 + (middle.y - y) / s
    ]);
    moving = ratio !== sharp;
    if (map.getPixelRatio() !== ratio) map.setPixelRatio(ratio);
    map.jumpTo({ center, zoom: level + Math.log2(s) });
    map.redraw(); // at once, so that the new picture and its new place come in one frame
    level = map.getZoom();
    place({ ...middle, s: 1 });
  }
  const stretch = (by: number, at: Spot): void => {
    const wanted = within(map.getMinZoom(), level + Math.log2(pose.s * by), map.getMaxZoom());
    show(stretched(pose, 2 ** (wanted - level) / pose.s, at));
  };
  function glide(levels: number, at: Spot = { x: 0, y: 0 }): void {
    cancelAnimationFrame(gliding);
    const began = performance.now();
    let done = 0;
    const turn = (now: number): void => {
      const part = calm ? 1 : within(0, (now - began) / GLIDE_MS, 1);
      const eased = levels * part * (2 - part);
      gliding = part < 1 ? requestAnimationFrame(turn) : 0;
      stretch(2 ** (eased - done), at);
      done = eased;
    };
    gliding = requestAnimationFrame(turn);
  }
  const from = (event: MouseEvent): Spot => {
    const box = window.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  };
  const middle = (spots: Spot[]): Spot => ({
    x: spots.reduce((sum, one) => sum + one.x, 0) / spots.length,
    y: spots.reduce((sum, one) => sum + one.y, 0) / spots.length
  });
  const apart = ([a, b]: Spot[]): number => (a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 1);

  function down(event: PointerEvent): void {
    if (held.size === 0) moved = 0;
    if (event.button !== 0 || event.target !== map.getCanvas()) return;
    held.set(event.pointerId, from(event));
  }
  function move(event: PointerEvent): void {
    if (!held.has(event.pointerId)) return;
    const before = [...held.values()];
    held.set(event.pointerId, from(event));
    const after = [...held.values()];
    const [was, is] = [middle(before), middle(after)];
    moved += Math.hypot(is.x - was.x, is.y - was.y) + (held.size > 1 ? CLICK_PX : 0);
    if (moved > CLICK_PX && !window.hasPointerCapture(event.pointerId)) {
      window.setPointerCapture(event.pointerId);
    }
    show({ ...pose, x: pose.x + is.x - was.x, y: pose.y + is.y - was.y });
    if (held.size > 1) stretch(apart(after) / Math.max(1, apart(before)), is);
  }
  function up(event: PointerEvent): void {
    if (held.delete(event.pointerId) && held.size === 0 && moving) show(pose);
  }
  /** A wheel turns in steps, the map in frames. */
  function turned(event: WheelEvent): void {
    event.preventDefault();
    const px = event.deltaY * (event.deltaMode === event.DOM_DELTA_LINE ? LINE_PX : 1);
    turning -= px / PX_PER_LEVEL;
    wheel = from(event);
    if (gliding) return;
    let before = performance.now();
    const turn = (now: number): void => {
      const part = calm ? turning : turning * within(0, (now - before) / WHEEL_MS, 1);
      before = now;
      turning -= part;
      const more = Math.abs(turning) > 0.002;
      gliding = more ? requestAnimationFrame(turn) : 0;
      stretch(2 ** part, wheel);
    };
    gliding = requestAnimationFrame(turn);
  }
  const on = { signal: ended.signal };
  window.addEventListener('pointerdown', down, on);
  window.addEventListener('pointermove', move, on);
  for (const end of ['pointerup', 'pointercancel'] as const) window.addEventListener(end, up, on);
  window.addEventListener('wheel', turned, { ...on, passive: false });
  window.addEventListener('dblclick', (event) => {
    if (event.target === map.getCanvas()) glide(event.shiftKey ? -1 : 1, from(event));
  }, on);
  // a drag is not a click, though the sheet under the finger went along
  window.addEventListener('click', (event) => {
    if (moved > CLICK_PX) event.stopPropagation();
  }, { ...on, capture: true });
  map.on('moveend', () => (level = map.getZoom())); // by the keyboard
  return {
    get moving() {
      return moving;
    },
    zoom: glide,
    away: () => {
      ended.abort();
      clearTimeout(quiet);
      cancelAnimationFrame(gliding);
    }
  };
}
