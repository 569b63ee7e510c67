import type { BreakdownGroup } from '../bridge/index';

/** A bar of the chart: a group, or all the smaller ones together. */
export interface Bar {
  group: BreakdownGroup | null;
  count: number;
  share_percent: number;
  /** How many groups stand in this bar. */
  groups: number;
}

/**
 * The largest groups as bars, the rest as one; the row without a diagnosis is always a bar of its
 * own at the end, so that it is not taken for a diagnosis.
 */
export function barsOf(groups: readonly BreakdownGroup[], most: number): Bar[] {
  const bar = (group: BreakdownGroup): Bar => ({
    group,
    count: group.count,
    share_percent: group.share_percent,
    groups: 1,
  });
  const coded = groups.filter((group) => group.code !== null).sort((a, b) => b.count - a.count);
  const without = groups.filter((group) => group.code === null && group.count > 0);
  const rest = coded.slice(most);
  const bars = coded.slice(0, most).map(bar);
  if (rest.length > 0)
    bars.push({
      group: null,
      count: rest.reduce((sum, group) => sum + group.count, 0),
      share_percent: rest.reduce((sum, group) => sum + group.share_percent, 0),
      groups: rest.length,
    });
  return [...bars, ...without.map(bar)];
}
