/** All public reports as clustered points on the city's own ground. */
import type { StyleSpecification } from 'maplibre-gl';
import type { Collection, UnitFeature } from '$lib/api';
import { ground, token } from './ground';

const NONE = { type: 'FeatureCollection' as const, features: [] };

export function style(outlines: Collection<UnitFeature>): StyleSpecification {
  const font = ['Be Vietnam Pro'];
  const base = ground(outlines);
  return {
    ...base,
    sources: {
      ...base.sources,
      reports: {
        type: 'geojson',
        data: NONE,
        cluster: true,
        clusterRadius: 46,
        clusterMaxZoom: 15
      }
    },
    layers: [
      ...base.layers,
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
