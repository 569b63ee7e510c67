import type { BreakdownGroup } from '../bridge/index';

/** A bar of the chart: a group, or all the smaller ones together. */
export interface Bar {
  group: BreakdownGroup | null;
  count: number;
  share_percent: number | null;
  /** How many groups stand in this bar. */
  groups: number;
}

/**
 * The largest groups as bars, the rest as one; the row without a diagnosis is always a bar of its
 * own at the end, so that it is not taken for a diagnosis. Groups whose number is not shown have no bar.
 */
export function barsOf(groups: readonly BreakdownGroup[], most: number): Bar[] {
  const shown = groups.flatMap((group) =>
    group.count === null
      ? []
      : [{ group, count: group.count, share_percent: group.share_percent, groups: 1 }],
  );
  const coded = shown.filter((bar) => bar.group.code !== null).sort((a, b) => b.count - a.count);
  const without = shown.filter((bar) => bar.group.code === null && bar.count > 0);
  const rest = coded.slice(most);
  const bars: Bar[] = coded.slice(0, most);
  if (rest.length > 0)
    bars.push({
      group: null,
      count: rest.reduce((sum, bar) => sum + bar.count, 0),
      share_percent: rest.every((bar) => bar.share_percent !== null)
        ? rest.reduce((sum, bar) => sum + (bar.share_percent ?? 0), 0)
        : null,
      groups: rest.length,
    });
  return [...bars, ...without];
}
