import { describe, expect, it } from 'vitest';
import type { FoundEvent, PatientTimeline } from '../../bridge/index';
import { barsOf, dayOf, daysShown, momentsOf, yearMarks } from './timeline';

const at = (start: string, end: string | null = null): FoundEvent => ({
  kind: 'DrugExposure', concept_id: 1, code: null, title: 'x', start, end, value: null, unit: null,
}); // prettier-ignore
const timeline: PatientTimeline = {
  observed: [{ from: '2020-01-01', to: '2024-12-31' }],
  lanes: [
    { kind: 'ConditionOccurrence', left_out: 0, events: [at('2022-03-01'), at('2020-02-01')] },
    { kind: 'DrugExposure', left_out: 0, events: [at('2022-03-01', '2022-06-01')] },
  ],
};

describe('a timeline', () => {
  it('has its records in the order of days, of one day in that of the lanes', () => {
    const order = momentsOf(timeline).map(({ lane, event }) => `${lane} ${event.start}`);
    expect(order).toEqual(['0 2020-02-01', '0 2022-03-01', '1 2022-03-01']);
  });

  it('reaches over records, time on record and time in the cohort, and a single day has a width', () => {
    const moments = momentsOf(timeline);
    expect(daysShown(timeline, moments, [])).toEqual([dayOf('2020-01-01'), dayOf('2024-12-31')]);
    const stays = [{ from: '2025-01-01', to: '2025-06-30' }];
    expect(daysShown(timeline, moments, stays)?.[1]).toBe(dayOf('2025-06-30'));
    expect(daysShown({ observed: [], lanes: [] }, [], [])).toBeNull();
    const alone = { observed: [{ from: '2020-01-01', to: '2020-01-01' }], lanes: [] };
    const [first, last] = daysShown(alone, [], []) ?? [0, 0];
    expect(last - first).toBe(30);
  });

  it('marks years as closely as there is room', () => {
    const days: [number, number] = [dayOf('2001-06-01'), dayOf('2024-06-01')];
    expect(yearMarks(days, 30)).toHaveLength(23);
    expect(yearMarks(days, 6).map(({ year }) => year)).toEqual([2005, 2010, 2015, 2020]);
    expect(yearMarks(days, 6)[0]?.day).toBe(dayOf('2005-01-01'));
  });

  it('draws what lies on the same pixels once and everything wide enough to be seen', () => {
    const many: PatientTimeline = {
      observed: timeline.observed,
      lanes: [
        { kind: 'Measurement', left_out: 0, events: Array.from({ length: 900 }, () => at('2022-03-01')) },
      ],
    };
    const moments = momentsOf(many);
    const days = daysShown(many, moments, []) ?? [0, 1];
    expect(barsOf(moments, days, 400)).toEqual([{ lane: 0, x: 173, width: 3 }]);
    for (const bar of barsOf(momentsOf(timeline), days, 400))
      expect(bar.x + bar.width).toBeLessThanOrEqual(400);
    const stay = barsOf(momentsOf(timeline), days, 400).find(({ lane }) => lane === 1);
    expect(stay?.width).toBeGreaterThan(15);
  });
});
