import type { ResultRow } from '../../bridge/index';
import { t } from '../../app/i18n/index.svelte';
import type { StatusShape } from '../../design/StatusMark.svelte';

/** Shape and word of an abnormal result; null where it is not flagged. */
export function abnormalMark(result: ResultRow): { shape: StatusShape; word: string } | null {
  if (!result.abnormal) return null;
  return { shape: result.abnormal, word: t(`chart.${result.abnormal}`) };
}

/** A reference range of the form "4.0–5.6"; null for any other wording. */
export function referenceBand(reference: string | null): [number, number] | null {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*[–-]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(reference ?? '');
  if (!match) return null;
  const [low, high] = [Number(match[1]), Number(match[2])];
  return low <= high ? [low, high] : null;
}
