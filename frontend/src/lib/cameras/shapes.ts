/**
 * What a rule draws on the picture. Points are shares of it, x to the right and y down, as the API
 * keeps them; the screen shows them as per cent.
 */
import type { Rule, RuleKind } from '$lib/api/cameras';
import { m } from '$lib/paraglide/messages';

export type Point = [number, number];
export type Form = 'area' | 'line' | 'box' | 'arrow';
export interface Shape { form: Form; points: Point[]; name?: string }

/** A field of a rule that is drawn. `least` and `most` points; an arrow is one direction. */
export interface Drawing {
  field: string; form: Form; name: () => string; least: number; most: number; optional?: boolean;
}
const area = (field: string, name: () => string, optional = false): Drawing =>
  ({ field, form: 'area', name, least: 3, most: 24, optional });
const line = (field: string, name: () => string): Drawing =>
  ({ field, form: 'line', name, least: 2, most: 2 });
const corners: Drawing =
  { field: 'corners', form: 'area', name: m.draw_corners, least: 4, most: 4 };
const signal: Drawing =
  { field: 'signal', form: 'box', name: m.draw_signal, least: 2, most: 2, optional: true };
const arrow = (name: () => string): Drawing =>
  ({ field: 'direction', form: 'arrow', name, least: 1, most: 1 });
const zone = area('zone', m.draw_zone);

export const DRAWINGS: Record<RuleKind, Drawing[]> = {
  wrong_way: [area('lane', m.draw_lane), arrow(m.draw_allowed)],
  prohibited_road: [zone],
  red_light: [line('stop_line', m.draw_stop), arrow(m.draw_travel), signal],
  stop_line: [zone, signal],
  line_speed: [line('first', m.draw_first), line('second', m.draw_second)],
  intrusion: [zone], loitering: [zone], crowd: [zone], abandoned_object: [zone],
  fire: [area('zone', m.draw_zone, true)], smoke: [area('zone', m.draw_zone, true)],
  water_level: [corners], screen: [corners], watch_list: [], face_list: []
};

type Values = Record<string, unknown>;
interface Region { top_left: Point; bottom_right: Point }

/** The points of a field, whatever it keeps them in. */
export function pointsOf(drawing: Drawing, values: Values): Point[] {
  const value = values[drawing.field];
  if (!value) return [];
  if (drawing.form === 'box') {
    const region = value as Region;
    return [region.top_left, region.bottom_right];
  }
  return drawing.form === 'arrow' ? [value as Point] : (value as Point[]);
}

/** The field's value for these points; null while nothing is drawn. */
export function valueOf(drawing: Drawing, points: Point[], values: Values): unknown {
  if (!points.length) return null;
  if (drawing.form === 'arrow') return points[0];
  if (drawing.form !== 'box') return points;
  const [a, b] = [points[0], points[1] ?? points[0]] as [Point, Point];
  const kept = (values[drawing.field] ?? {}) as Values;
  return {
    ...kept,
    top_left: [Math.min(a[0], b[0]), Math.min(a[1], b[1])],
    bottom_right: [Math.max(a[0], b[0]), Math.max(a[1], b[1])]
  };
}

export function centre(points: Point[]): Point {
  const n = points.length || 1;
  const sum = points.reduce((s, p) => [s[0] + p[0], s[1] + p[1]] as Point, [0, 0] as Point);
  return points.length ? [sum[0] / n, sum[1] / n] : [0.5, 0.5];
}

const ARROW = 0.16;
/** An arrow from where the rule's own shape is: from, to. */
export function arrowOf(direction: Point, from: Point): Point[] {
  const scale = ARROW / (Math.hypot(...direction) || 1);
  return [from, [from[0] + scale * direction[0], from[1] + scale * direction[1]]];
}

/** Degrees of a direction, clockwise, 0 up the picture. */
export const degrees = ([x, y]: Point): number =>
  (Math.round((Math.atan2(x, -y) * 180) / Math.PI) + 360) % 360;
export const direction = (degree: number): Point => {
  const turn = (degree * Math.PI) / 180;
  return [round(Math.sin(turn)), round(-Math.cos(turn))];
};
export const round = (share: number): number => Math.round(share * 1000) / 1000 || 0;

/** Everything that a rule draws. */
export function shapesOf(rule: Rule | Values): Shape[] {
  const values = rule as Values;
  const drawings = DRAWINGS[values.kind as RuleKind] ?? [];
  const from = centre(drawings.filter((one) => one.form !== 'arrow' && one.form !== 'box')
    .flatMap((one) => pointsOf(one, values)));
  return drawings.flatMap((one) => {
    const points = pointsOf(one, values);
    if (!points.length) return [];
    const told = one.form === 'arrow' ? arrowOf(points[0] as Point, from) : points;
    return [{ form: one.form, points: told, name: one.name() }];
  });
}
