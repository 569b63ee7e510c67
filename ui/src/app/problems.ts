// One table from a refusal's code to words; the core's own sentence stands below it.
import type { Problem } from '../bridge/index';
import { tIfKnown, t } from './i18n/index.svelte';

export function problemTitle(problem: Problem): string {
  return tIfKnown(`problem.${problem.code}`) ?? t('problem.internal');
}

/** The sentence to show for a refused act: the core's own words, else the catalogue's. */
export function problemSentence(problem: Problem): string {
  const title = problemTitle(problem);
  return problem.message && problem.message !== title ? `${title}. ${problem.message}` : `${title}.`;
}
