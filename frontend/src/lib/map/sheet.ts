/**
 * A map that moves as a picture. It is painted once, on a sheet twice as wide and as high as its
 * window; fingers, mouse, wheel and keys move and stretch the sheet, which costs a slow phone next
 * to nothing, and it is painted anew where it came to rest, or on the way when its edge comes near.
 */
import { side, within, type Spot, type View } from './plane';

const EDGE = 0.42; // of the window: how far the sheet is moved before it is painted anew (it has 0.5)
const AHEAD = 0.36; // and how far it then reaches out in the direction of the move
const WIDEST = 0.62; // how far it is shrunk before that (at 0.5 its edges would show)
const QUIET_MS = 140; // without a finger or a turn of the wheel: it has come to rest
const GLIDE_MS = 200;
const WHEEL_MS = 60; // in which most of a turn of the wheel is done
const CLICK_PX = 4;
const PX_PER_LEVEL = 400; // of the wheel
const LINE_PX = 16;
const STEP_PX = 100; // of an arrow key

/** Where the sheet stands: a spot `p` of it, from its middle, is seen at `p * s + (x, y)`. */
interface Pose extends Spot { s: number }
export interface Painter {
  nearest: number;
  farthest: number;
  /** Paints the world around `view` over the whole canvas; `ratio` pixels for one of the screen. */
  paint(view: View, canvas: HTMLCanvasElement, ratio: number): void;
  /** It came to rest: this is what the window shows. */
  rest(view: View): void;
  /** A tap, from the window's middle. */
  tap(at: Spot): void;
}
export interface Sheet {
  /** Zooms by so many levels around a spot, from the window's middle. */
  zoom(levels: number, at?: Spot): void;
  /** Paints what is there again: its contents changed. */
  again(): void;
  away(): void;
}

/** Stretched by a factor around a spot of the window. */
export function stretched(pose: Pose, by: number, at: Spot): Pose {
  return { x: at.x - by * (at.x - pose.x), y: at.y - by * (at.y - pose.y), s: pose.s * by };
}
/** What is in the window's `middle` when the sheet, painted around `view`, stands at `pose`. */
export function seen(view: View, pose: Pose, middle: Spot): View {
  const px = side(view.zoom) * pose.s;
  return { x: view.x + (middle.x - pose.x) / px, y: view.y + (middle.y - pose.y) / px,
    zoom: view.zoom + Math.log2(pose.s) };
}

const average = (spots: Spot[]): Spot => ({
  x: spots.reduce((sum, one) => sum + one.x, 0) / spots.length,
  y: spots.reduce((sum, one) => sum + one.y, 0) / spots.length
});
const apart = ([a, b]: Spot[]): number => (a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 1);

export function sheet(
  window: HTMLElement, canvas: HTMLCanvasElement, painter: Painter, start: View
): Sheet {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const ratio = Math.min(2, devicePixelRatio);
  const ended = new AbortController();
  const held = new Map<number, Spot>();
  let view = start; // what the sheet was painted around
  let pose: Pose = { x: 0, y: 0, s: 1 };
  let moved = 0; // pixels since the finger came down
  let quiet = 0;
  let gliding = 0;
  let turning = 0; // levels that the wheel still asks for
  let wheel: Spot = { x: 0, y: 0 };

  const place = (to: Pose): void => {
    pose = to;
    const [x, y] = [Math.round(to.x), Math.round(to.y)]; // whole pixels are copied, not mixed
    canvas.style.transform = `translate3d(${x}px, ${y}px, 0) scale(${to.s})`;
  };
  function paint(middle: Spot): void {
    view = seen(view, pose, middle);
    painter.paint(view, canvas, ratio);
    place({ ...middle, s: 1 });
  }
  const ahead = (by: number, size: number): number =>
    Math.abs(by) > size * EDGE / 2 ? -Math.sign(by) * size * AHEAD : 0;
  const show = (to: Pose): void => {
    const [w, h] = [window.clientWidth, window.clientHeight];
    place(to);
    const near = Math.abs(to.x) > w * EDGE || Math.abs(to.y) > h * EDGE || to.s < WIDEST;
    if (near) paint({ x: ahead(to.x, w), y: ahead(to.y, h) });
    clearTimeout(quiet);
    quiet = setTimeout(rest, QUIET_MS) as unknown as number;
  };
  function rest(): void {
    if (held.size > 0 || gliding) return;
    paint({ x: 0, y: 0 });
    painter.rest(view);
  }
  const stretch = (by: number, at: Spot): void => {
    const wanted = within(painter.farthest, view.zoom + Math.log2(pose.s * by), painter.nearest);
    show(stretched(pose, 2 ** (wanted - view.zoom) / pose.s, at));
  };
  /** Calls `run` in every frame with the part of the whole that is due. */
  function glide(run: (part: number) => void): void {
    cancelAnimationFrame(gliding);
    const began = performance.now();
    let done = 0;
    const turn = (now: number): void => {
      const part = calm ? 1 : within(0, (now - began) / GLIDE_MS, 1);
      const eased = part * (2 - part);
      gliding = part < 1 ? requestAnimationFrame(turn) : 0;
      run(eased - done);
      done = eased;
    };
    gliding = requestAnimationFrame(turn);
  }
  const zoom = (levels: number, at: Spot = { x: 0, y: 0 }): void =>
    glide((part) => stretch(2 ** (levels * part), at));

  const from = (event: MouseEvent): Spot => {
    const box = window.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2,
      y: event.clientY - box.top - box.height / 2 };
  };
  function down(event: PointerEvent): void {
    if (event.button !== 0) return;
    if (held.size === 0) moved = 0;
    held.set(event.pointerId, from(event));
    canvas.setPointerCapture(event.pointerId);
  }
  function move(event: PointerEvent): void {
    if (!held.has(event.pointerId)) return;
    const before = [...held.values()];
    held.set(event.pointerId, from(event));
    const after = [...held.values()];
    const [was, is] = [average(before), average(after)];
    moved += Math.hypot(is.x - was.x, is.y - was.y) + (held.size > 1 ? CLICK_PX : 0);
    show({ ...pose, x: pose.x + is.x - was.x, y: pose.y + is.y - was.y });
    if (held.size > 1) stretch(apart(after) / Math.max(1, apart(before)), is);
  }
  function up(event: PointerEvent): void {
    if (!held.delete(event.pointerId) || held.size > 0) return;
    if (moved > CLICK_PX) show(pose);
    else if (event.type === 'pointerup' && !gliding) painter.tap(from(event));
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
      gliding = Math.abs(turning) > 0.002 ? requestAnimationFrame(turn) : 0;
      stretch(2 ** part, wheel);
    };
    gliding = requestAnimationFrame(turn);
  }
  function key(event: KeyboardEvent): void {
    const way = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
      event.key];
    if (way) {
      const [x = 0, y = 0] = way;
      glide((part) => show({ ...pose, x: pose.x + x * STEP_PX * part,
        y: pose.y + y * STEP_PX * part }));
    } else if (event.key === '+' || event.key === '=') zoom(1);
    else if (event.key === '-') zoom(-1);
    else return;
    event.preventDefault();
  }
  const on = { signal: ended.signal };
  canvas.addEventListener('pointerdown', down, on);
  canvas.addEventListener('pointermove', move, on);
  for (const end of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(end, up, on);
  canvas.addEventListener('wheel', turned, { ...on, passive: false });
  canvas.addEventListener('dblclick', (event) => zoom(event.shiftKey ? -1 : 1, from(event)), on);
  canvas.addEventListener('keydown', key, on);
  const sized = new ResizeObserver(() => {
    canvas.width = window.clientWidth * 2 * ratio;
    canvas.height = window.clientHeight * 2 * ratio;
    rest();
  });
  sized.observe(window);
  return {
    zoom,
    again: rest,
    away: () => {
      ended.abort();
      sized.disconnect();
      clearTimeout(quiet);
      cancelAnimationFrame(gliding);
    }
  };
}
