/** Which states are ends, for drawing only; what may be done comes from the API's `allowed`. */
import type { State } from '$lib/api';

const OVER: State[] = [
  'RESOLVED', 'CLOSED', 'WITHDRAWN', 'MERGED', 'INELIGIBLE_FINAL', 'INELIGIBLE'
];

export const over = (state: State): boolean => OVER.includes(state);

/** The public filter chips: a name and the states behind it. */
export const GROUPS: Record<'new' | 'working' | 'done' | 'refused', State[]> = {
  new: ['RECEIVED', 'VERIFYING', 'NEED_INFO'],
  working: ['DISPATCHED', 'RETURNED', 'IN_PROGRESS', 'FOLLOW_UP', 'ANSWERED', 'REOPEN_REQUESTED'],
  done: ['RESOLVED', 'CLOSED'],
  refused: ['INELIGIBLE', 'INELIGIBLE_FINAL', 'APPEALED']
};
export type Group = keyof typeof GROUPS;
