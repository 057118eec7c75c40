/** Painting a map on a canvas: communes in outlines on our own ground, no tile server, no library. */
import type { Collection, UnitFeature } from '$lib/api';
import { token } from './ground';
import { side, toX, toY, type Spot, type View } from './plane';

const NAMES_FROM = 10; // level of zoom
const DETAIL_PX = 0.8; // corners nearer than this are left out
const FONT = '"Be Vietnam Pro", sans-serif';
const TURN = 2 * Math.PI;

interface Unit { name: string; at: Spot; rings: Float64Array[]; box: [number, number, number, number] }
/** From the world to pixels of the canvas. */
export type Project = (x: number, y: number) => [number, number];

export function units(outlines: Collection<UnitFeature>): Unit[] {
  return outlines.features.map(({ geometry, properties: { name } }) => {
    const polygons = (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates) as
      number[][][][];
    const rings = polygons.flat().map((ring) =>
      Float64Array.from(ring.flatMap(([lon = 0, lat = 0]) => [toX(lon), toY(lat)])));
    const box: Unit['box'] = [1, 1, 0, 0];
    for (const ring of rings) {
      for (let i = 0; i < ring.length; i += 2) {
        const [x, y] = [ring[i] ?? 0, ring[i + 1] ?? 0];
        box[0] = Math.min(box[0], x);
        box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x);
        box[3] = Math.max(box[3], y);
      }
    }
    return { name, rings, box, at: { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 } };
  });
}

/** Clears the canvas, makes one unit of the pen one pixel of the screen, and tells how to project. */
export function prepared(view: View, canvas: HTMLCanvasElement, ratio: number) {
  const pen = canvas.getContext('2d', { alpha: false });
  if (!pen) return null;
  const [w, h] = [canvas.width / ratio, canvas.height / ratio];
  const px = side(view.zoom);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const project: Project = (x, y) => [(x - view.x) * px + w / 2, (y - view.y) * px + h / 2];
  return { pen, w, h, px, ratio, project };
}
export type Prepared = NonNullable<ReturnType<typeof prepared>>;

/** The communes: land on water, borders, and names where they do not cover one another. */
export function ground({ pen, w, h, px, project }: Prepared, all: Unit[], view: View): void {
  pen.fillStyle = token('river-bg');
  pen.fillRect(0, 0, w, h);
  const [fromX, fromY, toEast, toSouth] = [view.x - w / 2 / px, view.y - h / 2 / px,
    view.x + w / 2 / px, view.y + h / 2 / px];
  const inside = all.filter(({ box }) =>
    box[2] > fromX && box[0] < toEast && box[3] > fromY && box[1] < toSouth);
  pen.beginPath();
  for (const { rings } of inside) for (const ring of rings) trace(pen, ring, project);
  pen.fillStyle = token('sunken');
  pen.fill();
  pen.strokeStyle = token('field');
  pen.globalAlpha = 0.7;
  pen.lineWidth = 1;
  pen.stroke();
  pen.globalAlpha = 1;
  if (view.zoom >= NAMES_FROM) names(pen, inside, project);
}

function trace(pen: CanvasRenderingContext2D, ring: Float64Array, project: Project): void {
  let [lastX, lastY] = [Infinity, Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    const [x, y] = project(ring[i] ?? 0, ring[i + 1] ?? 0);
    if (i === 0) pen.moveTo(x, y);
    else if (Math.abs(x - lastX) + Math.abs(y - lastY) < DETAIL_PX) continue;
    else pen.lineTo(x, y);
    [lastX, lastY] = [x, y];
  }
  pen.closePath();
}

function names(pen: CanvasRenderingContext2D, inside: Unit[], project: Project): void {
  const taken: [number, number, number][] = [];
  pen.font = `400 12px ${FONT}`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.lineJoin = 'round';
  pen.lineWidth = 3;
  pen.strokeStyle = token('sunken');
  pen.fillStyle = token('mute');
  for (const { name, at } of inside) {
    const [x, y] = project(at.x, at.y);
    const half = pen.measureText(name).width / 2 + 4;
    if (taken.some(([tx, ty, th]) => Math.abs(tx - x) < th + half && Math.abs(ty - y) < 18)) continue;
    taken.push([x, y, half]);
    pen.strokeText(name, x, y);
    pen.fillText(name, x, y);
  }
}

/** A circle with a rim, and words on it, as a small picture: pictures are copied much faster. */
export function disc(
  ratio: number, radius: number, rim: number, fill: string, edge: string, words: string, ink: string
): HTMLCanvasElement {
  const made = document.createElement('canvas');
  const half = radius + rim + 1;
  made.width = made.height = Math.ceil(2 * half * ratio);
  const pen = made.getContext('2d');
  if (!pen) return made;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (const [size, colour] of [[radius + rim, edge], [radius, fill]] as const) {
    pen.beginPath();
    pen.arc(half, half, size, 0, TURN);
    pen.fillStyle = colour;
    pen.fill();
  }
  pen.font = `600 14px ${FONT}`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillStyle = ink;
  pen.fillText(words, half, half + 0.5);
  return made;
}
