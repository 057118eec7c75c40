/** Warnings as layers over our own base style: areas, circles and whole communes. */
import type { FeatureCollection } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import type { Collection, UnitFeature, WarningFeature } from '$lib/api';

/** Areas drawn by hand, and the outlines of communes that a warning names. */
export function areas(
  found: Collection<WarningFeature>, outlines: Collection<UnitFeature>
): FeatureCollection {
  const features = found.features.flatMap((one) => {
    const facts = {
      id: one.id, kind: one.properties.kind, colour: one.properties.style.colour,
      pattern: one.properties.style.pattern
    };
    const units = outlines.features
      .filter(({ properties: { code } }) =>
        one.properties.whole_city || one.properties.unit_codes.includes(code))
      .map((u) => ({ type: 'Feature', geometry: u.geometry, properties: facts }));
    const drawn = one.geometry
      ? [{ type: 'Feature', geometry: one.geometry, properties: facts }]
      : [];
    return [...units, ...drawn];
  });
  return { type: 'FeatureCollection', features } as FeatureCollection;
}

/** West-south and east-north corners of everything, or null for nothing. */
export function bounds(found: FeatureCollection): [[number, number], [number, number]] | null {
  let [west, south, east, north] = [180, 90, -180, -90];
  const look = (at: unknown): void => {
    if (!Array.isArray(at)) return;
    const [lon, lat] = at as unknown[];
    if (typeof lon === 'number' && typeof lat === 'number') {
      [west, south] = [Math.min(west, lon), Math.min(south, lat)];
      [east, north] = [Math.max(east, lon), Math.max(north, lat)];
    } else at.forEach(look);
  };
  for (const one of found.features) {
    if ('coordinates' in one.geometry) look(one.geometry.coordinates);
  }
  return west <= east ? [[west, south], [east, north]] : null;
}

const DASHES: Record<string, [number, number]> = { dashed: [3, 2], dotted: [0.5, 2] };

export function layers(source: string): LayerSpecification[] {
  const outline = (pattern: string): LayerSpecification => ({
    id: `${source}-${pattern}`, type: 'line', source,
    filter: ['==', ['get', 'pattern'], pattern],
    paint: {
      'line-color': ['get', 'colour'], 'line-width': 3,
      ...(DASHES[pattern] ? { 'line-dasharray': DASHES[pattern] } : {})
    }
  });
  return [
    {
      id: `${source}-fill`, type: 'fill', source,
      paint: { 'fill-color': ['get', 'colour'], 'fill-opacity': 0.28 }
    },
    ...['solid', 'dashed', 'dotted', 'hatched'].map(outline),
    {
      id: `${source}-points`, type: 'circle', source,
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-color': ['get', 'colour'], 'circle-radius': 7,
        'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2
      }
    }
  ];
}
