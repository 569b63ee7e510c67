import type { ResultRow } from '../../bridge/index';
import { t, tIfKnown } from '../../app/i18n/index.svelte';
import type { StatusShape } from '../../design/StatusMark.svelte';

/** Shape and word of an abnormal result; null where it is not flagged. */
export function abnormalMark(result: ResultRow): { shape: StatusShape; word: string } | null {
  if (!result.abnormal) return null;
  const word = t(`chart.${result.abnormal}`);
  if (result.abnormal === 'abnormal') return { shape: 'warning', word };
  if (result.abnormal === 'critical_abnormal') return { shape: 'critical', word };
  return { shape: result.abnormal, word };
}

const signs: Record<string, string> = { '<': 'off_low', '>': 'off_high' };

/** What else the source says of a result: further interpretations, and how far it is final. A code that has no word is shown
 * as it came: seen, not guessed. */
export function resultNotes(result: ResultRow): string[] {
  const flags = result.flags.map(
    (flag) => tIfKnown(`result_flag.${signs[flag] ?? flag.toLowerCase().replaceAll('-', '_')}`) ?? flag,
  );
  const status = result.status
    ? [tIfKnown(`result_status.${result.status.replaceAll('-', '_')}`) ?? result.status]
    : [];
  return [...flags, ...status];
}

/** What tells the rows of results apart: those without a code by their words, those of one code by their unit. */
export function resultKey(result: ResultRow): string {
  return [result.system, result.code, result.title, result.unit].join('|');
}

/** A reference range of the form "4.0–5.6"; null for any other wording. */
export function referenceBand(reference: string | null): [number, number] | null {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*[–-]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(reference ?? '');
  if (!match) return null;
  const [low, high] = [Number(match[1]), Number(match[2])];
  return low <= high ? [low, high] : null;
}
