// Numbers of a review as they are read: what is too small to be shown is said to be so.
import type { FoundEvent, Interval } from '../../bridge/index';
import { showDate } from '../../app/format';
import { groupDigits, t, tIfKnown } from '../../app/i18n/index.svelte';

export const hiddenWords = (smallest: number) => t('builder.few', { smallest: String(smallest) });

export const countWords = (value: number | null, smallest: number, decimals?: number) =>
  value === null ? hiddenWords(smallest) : groupDigits(value, decimals);

/** An estimate with its interval, times a factor. */
export const intervalWords = (of: Interval | null, decimals: number, times = 1) =>
  of === null
    ? '–'
    : t('review.interval', {
        estimate: groupDigits(times * of.estimate, decimals),
        lower: groupDigits(times * of.lower, decimals),
        upper: groupDigits(times * of.upper, decimals),
      });

/** A sex of the OMOP common data model. */
export function sexOf(concept_id: number): string {
  if (concept_id === 8507) return t('review.male');
  return concept_id === 8532 ? t('review.female') : t('review.sex_unknown');
}

/** A kind of record, as the clinic calls it. */
export const kindWords = (kind: string) => tIfKnown(`builder.circe_${kind}`) ?? kind;

/** A record: when, what, how much. */
export function eventWords(event: FoundEvent): string {
  const value = event.value === null ? '' : `${groupDigits(event.value, 4)} ${event.unit ?? ''}`.trim();
  const days =
    event.end === null ? showDate(event.start) : `${showDate(event.start)} – ${showDate(event.end)}`;
  return [days, event.title || kindWords(event.kind), event.code, value].filter(Boolean).join(' · ');
}
