/** What the city's stations measure: indices, levels, rain, water on roads. */
import { api, take, takeAs } from './http';
import type { Collection, IndexSummary, IndexView, Page, RiverGauge, Series, StationPoint }
  from './types';

const most = { params: { query: { limit: 50 } } };
const of = (station: string) => ({ params: { path: { station }, query: {} } });

export const air = (): Promise<Page<IndexSummary>> => take(api.GET('/v1/air', most));
export const water = (): Promise<Page<IndexSummary>> => take(api.GET('/v1/water', most));
export const rivers = (): Promise<Page<IndexSummary>> => take(api.GET('/v1/rivers', most));
export const fire = (): Promise<Page<IndexSummary>> => take(api.GET('/v1/fire-danger', most));
export const airAt = (station: string): Promise<IndexView> =>
  take(api.GET('/v1/air/{station}', of(station)));
export const waterAt = (station: string): Promise<IndexView> =>
  take(api.GET('/v1/water/{station}', of(station)));
export const fireAt = (station: string): Promise<IndexView> =>
  take(api.GET('/v1/fire-danger/{station}', of(station)));
export const riverAt = (station: string): Promise<RiverGauge> =>
  take(api.GET('/v1/rivers/{station}', { params: { path: { station } } }));

export const points = (kind: StationPoint['properties']['kind']):
  Promise<Collection<StationPoint>> =>
  takeAs(api.GET('/v1/observations/map', { params: { query: { kind } } }));
export const series = (station: string, parameter: string, hours: number): Promise<Series> =>
  take(api.GET('/v1/stations/{station}/series', {
    params: { path: { station }, query: {
      parameter, resolution: 'hourly',
      from: new Date(Date.now() - hours * 3_600_000).toISOString()
    } }
  }));
export const seriesCsv = (station: string, parameter: string): string =>
  `/v1/stations/${encodeURIComponent(station)}/series.csv?parameter=${parameter}`;
