// A breakdown's filter in words, a line for each of its parts.
import type { BreakdownFilter } from '../bridge/index';
import { showDate } from './format';
import { t } from './i18n/index.svelte';

export function cohortWords(filter: BreakdownFilter): string[] {
  const lines: string[] = [];
  const { age_min, age_max, sex, from, to } = filter;
  if (age_min !== null && age_max !== null)
    lines.push(t('hand_out.cohort_ages', { from: String(age_min), to: String(age_max) }));
  else if (age_min !== null) lines.push(t('hand_out.cohort_age_from', { from: String(age_min) }));
  else if (age_max !== null) lines.push(t('hand_out.cohort_age_to', { to: String(age_max) }));
  if (sex.length > 0) lines.push(sex.map((one) => t(`sex.${one}`)).join(', '));
  if (from !== null) lines.push(`${t('cohorts.from')}: ${showDate(from)}`);
  if (to !== null) lines.push(`${t('cohorts.to')}: ${showDate(to)}`);
  if (filter.as_of !== null) lines.push(`${t('cohorts.at')}: ${showDate(filter.as_of)}`);
  if (filter.alive_only) lines.push(t('cohorts.alive'));
  return lines.length > 0 ? lines : [t('hand_out.cohort_no_filter')];
}
