import type { Grade } from '../../bridge/index';
import type { StatusShape } from '../../design/StatusMark.svelte';
import { t } from '../../app/i18n/index.svelte';

/** How sure, with the chance in per cent; 100 is never claimed. */
export function gradeWord(grade: Grade, probability: number): string {
  const share = Math.min(99, Math.max(1, Math.round(probability * 100)));
  return t('dup.grade_share', { grade: t(`dup.grade_${grade}`), share });
}

export function gradeShape(grade: Grade): StatusShape {
  return grade === 'certain' ? 'critical' : grade === 'probable' ? 'warning' : 'info';
}

/** The grade of a pair of the work list. */
export function gradeOf(pair: { combination: number | null; probability: number }): Grade {
  if (pair.combination !== null) return 'certain';
  return pair.probability >= 0.65 ? 'probable' : 'possible';
}
