/** Our own base style: the communes as outlines, no tile server. Colours come from the tokens. */
import type { StyleSpecification } from 'maplibre-gl';
import type { Collection, UnitFeature } from '$lib/api';

const NONE = { type: 'FeatureCollection' as const, features: [] };

export function style(outlines: Collection<UnitFeature>): StyleSpecification {
  const css = getComputedStyle(document.documentElement);
  const token = (name: string): string => css.getPropertyValue(`--${name}`).trim();
  const font = ['Be Vietnam Pro'];
  return {
    version: 8,
    sources: {
      units: { type: 'geojson', data: outlines as GeoJSON.FeatureCollection },
      reports: {
        type: 'geojson',
        data: NONE,
        cluster: true,
        clusterRadius: 46,
        clusterMaxZoom: 15
      }
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': token('river-bg') } },
      { id: 'land', type: 'fill', source: 'units', paint: { 'fill-color': token('sunken') } },
      {
        id: 'borders',
        type: 'line',
        source: 'units',
        paint: { 'line-color': token('field'), 'line-width': 1, 'line-opacity': 0.7 }
      },
      {
        id: 'names',
        type: 'symbol',
        source: 'units',
        minzoom: 10,
        layout: { 'text-field': ['get', 'name'], 'text-font': font, 'text-size': 12 },
        paint: {
          'text-color': token('mute'),
          'text-halo-color': token('sunken'),
          'text-halo-width': 1.5
        }
      },
      {
        id: 'clusters',
        type: 'circle',
        source: 'reports',
        filter: ['has', 'point_count'],
        paint: {
          'circle-color': token('primary'),
          'circle-stroke-color': token('surface'),
          'circle-stroke-width': 3,
          'circle-radius': ['step', ['get', 'point_count'], 18, 20, 24, 100, 32]
        }
      },
      {
        id: 'counts',
        type: 'symbol',
        source: 'reports',
        filter: ['has', 'point_count'],
        layout: {
          'text-field': ['get', 'point_count_abbreviated'],
          'text-font': font,
          'text-size': 14,
          'text-allow-overlap': true
        },
        paint: { 'text-color': token('on-primary') }
      },
      {
        id: 'points',
        type: 'circle',
        source: 'reports',
        filter: ['!', ['has', 'point_count']],
        paint: {
          'circle-radius': 9,
          'circle-color': ['case', ['get', 'late'], token('danger'), token('gold')],
          'circle-stroke-color': token('on-gold'),
          'circle-stroke-width': 2
        }
      }
    ]
  };
}
