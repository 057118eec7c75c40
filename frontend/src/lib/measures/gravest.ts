import type { IndexSummary } from '$lib/api';

/** The station that is worst off among those that report: highest level, then highest value. */
export function gravest(all: IndexSummary[]): IndexSummary | null {
  const heard = all.filter((one) => one.value !== null);
  return heard.sort((a, b) =>
    (b.level ?? 0) - (a.level ?? 0) || (b.value ?? 0) - (a.value ?? 0))[0] ?? null;
}
