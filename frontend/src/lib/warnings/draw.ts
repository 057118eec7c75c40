/** An area under the operator's hands: points of a polygon, circles, communes, or everything. */
import type { FeatureCollection } from 'geojson';
import type { Collection, UnitFeature, WarningArea } from '$lib/api';

export type Tool = 'polygon' | 'circle' | 'units' | 'city';
export interface Drawing {
  tool: Tool;
  points: [number, number][];
  centre: [number, number] | null;
  radius_m: number;
  units: string[];
}

export const empty = (): Drawing => ({
  tool: 'polygon', points: [], centre: null, radius_m: 1000, units: []
});
const round = (value: number): number => Math.round(value * 1e5) / 1e5;

/** A click on the map. */
export function clicked(drawing: Drawing, lat: number, lon: number): Drawing {
  const at: [number, number] = [round(lat), round(lon)];
  if (drawing.tool === 'circle') return { ...drawing, centre: at };
  if (drawing.tool === 'polygon') return { ...drawing, points: [...drawing.points, at] };
  return drawing;
}

/** The area as the API takes it, or null while nothing whole is drawn. */
export function asArea(drawing: Drawing, name: { vi: string; en: string }): WarningArea | null {
  const none = { name, units: [], polygons: [], circles: [], whole_city: false };
  if (drawing.tool === 'city') return { ...none, whole_city: true };
  if (drawing.tool === 'units') {
    return drawing.units.length ? { ...none, units: drawing.units } : null;
  }
  if (drawing.tool === 'circle') {
    return drawing.centre
      ? { ...none, circles: [[...drawing.centre, drawing.radius_m]] } as WarningArea
      : null;
  }
  const [first] = drawing.points;
  if (!first || drawing.points.length < 3) return null;
  return { ...none, polygons: [[...drawing.points, first]] } as WarningArea;
}

/** A drawing from an area that was sent or drafted before. */
export function fromArea(area: Omit<WarningArea, 'name'>): Drawing {
  const [ring] = area.polygons ?? [];
  const [circle] = area.circles ?? [];
  if (area.whole_city) return { ...empty(), tool: 'city' };
  if (ring) return { ...empty(), points: (ring as [number, number][]).slice(0, -1) };
  if (circle) {
    const [lat, lon, radius_m] = circle as [number, number, number];
    return { ...empty(), tool: 'circle', centre: [lat, lon], radius_m };
  }
  return { ...empty(), tool: 'units', units: [...(area.units ?? [])] };
}

const STEPS = 48;

function ring(drawing: Drawing): [number, number][] {
  if (drawing.tool === 'polygon') return drawing.points.map(([lat, lon]) => [lon, lat]);
  if (drawing.tool !== 'circle' || !drawing.centre) return [];
  const [lat, lon] = drawing.centre;
  const up = drawing.radius_m / 111_195;
  const across = up / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: STEPS }, (_, n) => {
    const turn = (2 * Math.PI * n) / STEPS;
    return [lon + across * Math.cos(turn), lat + up * Math.sin(turn)] as [number, number];
  });
}

/** What the map shows of it. */
export function shapes(
  drawing: Drawing, outlines: Collection<UnitFeature>, colour: string
): FeatureCollection {
  const properties = { id: 'drawing', colour, pattern: 'solid' };
  const units = outlines.features
    .filter((u) => drawing.tool === 'city'
      || (drawing.tool === 'units' && drawing.units.includes(u.properties.code)))
    .map((u) => ({ type: 'Feature', geometry: u.geometry, properties }));
  const points = ring(drawing);
  const closed = [...points, ...points.slice(0, 1)];
  const drawn = points.length > 2
    ? [{ type: 'Feature', geometry: { type: 'Polygon', coordinates: [closed] }, properties }]
    : points.length > 1
      ? [{ type: 'Feature', geometry: { type: 'LineString', coordinates: points }, properties }]
      : [];
  return { type: 'FeatureCollection', features: [...units, ...drawn] } as FeatureCollection;
}
