// Where the records of a patient lie on a timeline. Days are counted from 1970-01-01.
import type { DaysFromTo, FoundEvent, PatientTimeline } from '../../bridge/index';

const millisecondsInDay = 86_400_000;

export const dayOf = (iso: string): number => Math.round(Date.parse(`${iso}T00:00:00Z`) / millisecondsInDay);

/** A record on the timeline. */
export interface Moment {
  lane: number;
  event: FoundEvent;
  from: number;
  to: number;
}

/** All records, in the order of days; of one day in the order of the lanes. */
export function momentsOf(timeline: PatientTimeline): Moment[] {
  const moments = timeline.lanes.flatMap(({ events }, lane) =>
    events.map((event) => ({ lane, event, from: dayOf(event.start), to: dayOf(event.end ?? event.start) })),
  );
  return moments.sort((a, b) => a.from - b.from || a.lane - b.lane || a.to - b.to);
}

/** First and last day that is shown: all records, the time on record and the time in the cohort. */
export function daysShown(
  timeline: PatientTimeline,
  moments: readonly Moment[],
  stays: readonly DaysFromTo[],
): [number, number] | null {
  const spans = [...timeline.observed, ...stays].map(({ from, to }) => [dayOf(from), dayOf(to)] as const);
  const all = [...spans, ...moments.map(({ from, to }) => [from, to] as const)];
  if (all.length === 0) return null;
  const first = all.reduce((least, [from]) => Math.min(least, from), Infinity);
  const last = all.reduce((most, [, to]) => Math.max(most, to), -Infinity);
  // A single day has a width too.
  return first === last ? [first - 15, last + 15] : [first, last];
}

/** First days of years, at most so many: every year, every second, fifth, tenth … */
export function yearMarks([first, last]: [number, number], most: number): { year: number; day: number }[] {
  const yearOf = (day: number) => new Date(day * millisecondsInDay).getUTCFullYear();
  const from = yearOf(first);
  const years = yearOf(last) - from + 1;
  const step = [1, 2, 5, 10, 20, 50].find((by) => years / by <= most) ?? 100;
  const marks = [];
  for (let year = Math.ceil(from / step) * step; year <= yearOf(last); year += step) {
    const day = dayOf(`${String(year).padStart(4, '0')}-01-01`);
    if (day >= first) marks.push({ year, day });
  }
  return marks;
}

/** What is drawn in a lane: places and widths in pixels; records that lie on the same pixels are drawn once. */
export interface Bar {
  lane: number;
  x: number;
  width: number;
}

export function barsOf(moments: readonly Moment[], [first, last]: [number, number], width: number): Bar[] {
  const place = (day: number) => ((day - first) / (last - first)) * width;
  const narrowest = 3;
  const drawn = new Map<string, Bar>();
  for (const { lane, from, to } of moments) {
    const x = Math.min(Math.round(place(from)), width - narrowest);
    const bar = { lane, x, width: Math.max(narrowest, Math.round(place(to)) - x) };
    drawn.set(`${lane} ${bar.x} ${bar.width}`, bar);
  }
  return [...drawn.values()];
}
