export * as auth from './auth';
export * as city from './city';
export * as media from './media';
export * as person from './person';
export * as reports from './reports';
export { Trouble } from './http';
export type * from './types';
