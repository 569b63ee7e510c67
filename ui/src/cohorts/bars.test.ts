import { expect, it } from 'vitest';
import type { BreakdownGroup } from '../bridge/index';
import { barsOf } from './bars';

const group = (code: string | null, count: number | null): BreakdownGroup => ({
  code, system: null, title: code ?? 'none', count, share_percent: count, age_mean: null, age_sd: null, age_median: null,
  age_lower_quartile: null, age_upper_quartile: null, female_percent: 0, risk_factors: [],
  sex: { female: 0, male: 0, other: 0, unknown: 0 },
}); // prettier-ignore

it('adds up the small groups and keeps those without a diagnosis apart', () => {
  const bars = barsOf([group('B', 5), group(null, 50), group('A', 20), group('C', 3), group('D', 2)], 2);
  expect(bars.map((bar) => [bar.group?.code, bar.count, bar.groups])).toEqual([
    ['A', 20, 1],
    ['B', 5, 1],
    [undefined, 5, 2],
    [null, 50, 1],
  ]);
  expect(bars.reduce((sum, bar) => sum + bar.count, 0)).toBe(80);
});

it('draws no bar for a group whose number is not shown', () => {
  const bars = barsOf([group('A', 20), group('B', null), group(null, null)], 12);
  expect(bars.map((bar) => bar.group?.code)).toEqual(['A']);
});
