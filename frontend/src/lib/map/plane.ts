/** The world as a square of side 1 (Web Mercator, as every web map has it), and views of it. */
export interface Spot { x: number; y: number }
/** What the middle of the map shows, and how large: the world is `side(zoom)` pixels wide. */
export interface View extends Spot { zoom: number }

const TILE = 512; // as the library behind our other maps counts levels of zoom
const RAD = Math.PI / 180;

export const side = (zoom: number): number => TILE * 2 ** zoom;
export const toX = (lon: number): number => (lon + 180) / 360;
export const toY = (lat: number): number =>
  0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * RAD) / 2)) / (2 * Math.PI);
export const toLon = (x: number): number => x * 360 - 180;
export const toLat = (y: number): number =>
  (2 * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - Math.PI / 2) / RAD;
export const within = (low: number, value: number, high: number): number =>
  Math.min(high, Math.max(low, value));
