/**
 * Every map of the app: the communes as outlines on our own ground, no tile server, the library
 * loaded only when a map is opened. Colours come from the tokens.
 */
import type { Map as LibreMap, MapOptions, StyleSpecification } from 'maplibre-gl';
import { city, type Collection, type UnitFeature } from '$lib/api';
import { m } from '$lib/paraglide/messages';

export type Style = (outlines: Collection<UnitFeature>) => StyleSpecification;

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

type Ring = [number, number][];

/** The middle of each commune's largest part, weighed by area. */
function middles(outlines: Collection<UnitFeature>): GeoJSON.FeatureCollection {
  const middle = (ring: Ring): [number, number, number] => {
    let [area, x, y] = [0, 0, 0];
    ring.forEach(([ax, ay], i) => {
      const [bx, by] = ring[(i + 1) % ring.length] ?? [ax, ay];
      const cross = ax * by - bx * ay;
      [area, x, y] = [area + cross, x + (ax + bx) * cross, y + (ay + by) * cross];
    });
    return area ? [Math.abs(area), x / (3 * area), y / (3 * area)] : [0, ...(ring[0] ?? [0, 0])];
  };
  return {
    type: 'FeatureCollection',
    features: outlines.features.map(({ geometry, properties }) => {
      const parts = (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates) as
        unknown as Ring[][];
      const [, x, y] = parts.map((part) => middle(part[0] ?? [])).sort((a, b) => b[0] - a[0])[0] ??
        [0, 0, 0];
      return { type: 'Feature', properties: { name: properties.name },
        geometry: { type: 'Point', coordinates: [x, y] } };
    })
  };
}

export function ground(outlines: Collection<UnitFeature>): StyleSpecification {
  return {
    version: 8,
    sources: {
      units: { type: 'geojson', data: outlines as GeoJSON.FeatureCollection },
      // a name per commune: an area is labelled anew in every tile that it lies in
      names: { type: 'geojson', data: middles(outlines) }
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': token('river-bg') } },
      { id: 'land', type: 'fill', source: 'units', paint: { 'fill-color': token('sunken') } },
      {
        id: 'borders', type: 'line', source: 'units',
        paint: { 'line-color': token('field'), 'line-width': 1, 'line-opacity': 0.7 }
      },
      {
        id: 'names', type: 'symbol', source: 'names', minzoom: 10,
        layout: {
          'text-field': ['get', 'name'], 'text-font': ['Be Vietnam Pro'], 'text-size': 12
        },
        paint: {
          'text-color': token('mute'), 'text-halo-color': token('sunken'), 'text-halo-width': 1.5
        }
      }
    ]
  };
}

/**
 * Opens a map in an element and hands it to `wire` before it has loaded; `failed` is called on a
 * device without WebGL, where the words beside the map have everything. Returns how to take it away.
 */
export function opened(
  at: HTMLElement, style: Style, more: Partial<MapOptions>, wire: (map: LibreMap) => void,
  failed: () => void
): () => void {
  let gone = false;
  let made: LibreMap | null = null;
  void (async () => {
    const [libre, worker, outlines] = await Promise.all([
      import('maplibre-gl'),
      import('maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'),
      city.outlines().catch(() => ({ type: 'FeatureCollection' as const, features: [] }))
    ]);
    if (gone) return;
    libre.setWorkerUrl(worker.default);
    try {
      made = new libre.Map({
        container: at, style: style(outlines), maxZoom: 18, dragRotate: false,
        attributionControl: false,
        locale: { 'Map.Title': m.map(), 'NavigationControl.ZoomIn': m.zoom_in(),
          'NavigationControl.ZoomOut': m.zoom_out() },
        ...more
      });
    } catch {
      failed();
      return;
    }
    made.addControl(new libre.NavigationControl({ showCompass: false }), 'top-right');
    wire(made);
  })();
  return () => {
    gone = true;
    made?.remove();
  };
}
