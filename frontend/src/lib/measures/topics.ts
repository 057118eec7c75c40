/**
 * What people look for by name: a hazard with its warnings, and what stations say about it. One
 * screen shows them all (`/now/<topic>`).
 */
import type { IndexSummary } from '$lib/api';
import * as api from '$lib/api/measures';
import { m } from '$lib/paraglide/messages';

/** A station's newest figure. `level` and `words` only where a published scale grades it. */
export interface Reading {
  station: string;
  name: { vi: string; en: string };
  lat: number;
  lon: number;
  value: number | null;
  uom: string;
  at: string | null;
  words: { vi: string; en: string } | null;
  colour: string;
  level: number;
  confirmed: boolean;
}

export interface Topic {
  title: () => string;
  /** How to read the figures, in one sentence. */
  read: () => string;
  /** Kinds of warnings that belong here. */
  kinds: string[];
  readings: (() => Promise<Reading[]>) | null;
  /** The parameter drawn for one station, what of each hour, and the kind of its detail. */
  drawn: { parameter: string; part: 'mean' | 'max' | 'sum' } | null;
  detail: 'air' | 'water' | 'river' | 'fire' | null;
}

const NO_SCALE = '#12706e';
const SILENT = '#9e9e9e';

const graded = (list: IndexSummary[]): Reading[] =>
  list.map((one) => ({
    ...one, level: one.level ?? 0, uom: one.uom === 'm' ? 'm' : '',
    words: one.level === null ? null : one.words // a figure that no scale grades
  }));

/** Stations without a scale: the figure alone. Depths are told in centimetres. */
async function plainly(kind: 'rain' | 'road', parameter: string): Promise<Reading[]> {
  const { features } = await api.points(kind);
  return features.map(({ id, geometry, properties }) => {
    const found = properties.values.find((one) => one.parameter === parameter);
    const value = found?.value ?? null;
    const depth = parameter === 'depth';
    return {
      station: id, name: properties.name, lon: geometry.coordinates[0],
      lat: geometry.coordinates[1], at: found?.at ?? null, words: null, level: 0,
      value: value !== null && depth ? Math.round(value * 100) : value,
      uom: depth ? 'cm' : (found?.uom ?? ''), confirmed: properties.confirmed,
      colour: value === null ? SILENT : NO_SCALE
    };
  });
}

export const TOPICS: Record<string, Topic> = {
  air: {
    title: m.topic_air, read: m.read_air, kinds: ['air_quality'], detail: 'air',
    readings: async () => graded((await api.air()).items),
    drawn: { parameter: 'vn_aqi_hour', part: 'mean' }
  },
  water: {
    title: m.topic_water, read: m.read_water, kinds: ['water_quality'], detail: 'water',
    readings: async () => graded((await api.water()).items), drawn: null
  },
  rivers: {
    title: m.topic_rivers, read: m.read_rivers, kinds: ['river_flood', 'reservoir_release'],
    readings: async () => graded((await api.rivers()).items),
    drawn: { parameter: 'water_level', part: 'mean' }, detail: 'river'
  },
  rain: {
    title: m.topic_rain, read: m.read_rain, kinds: ['heavy_rain'], detail: null,
    readings: () => plainly('rain', 'rain'), drawn: { parameter: 'rain', part: 'sum' }
  },
  roads: {
    title: m.topic_roads, read: m.read_roads, kinds: ['road_flood'], detail: null,
    readings: () => plainly('road', 'depth'), drawn: { parameter: 'depth', part: 'max' }
  },
  storm: {
    title: m.topic_storm, read: m.read_storm, kinds: ['storm'], readings: null, drawn: null,
    detail: null
  },
  fire: {
    title: m.topic_fire, read: m.read_fire, detail: 'fire', drawn: null,
    kinds: ['fire_danger', 'fire_detection', 'forest_fire', 'straw_burning'],
    readings: async () => graded((await api.fire()).items)
  }
};

/** The worst first; those that are silent last. */
export const order = (a: Reading, b: Reading): number =>
  Number(a.value === null) - Number(b.value === null) || b.level - a.level ||
  (b.value ?? 0) - (a.value ?? 0);
