// One table from a refusal's code to its title; the sentence below it is the wording of its exact reason.
import type { Problem } from '../bridge/index';
import { reasonText } from './i18n/core';
import { tIfKnown, t } from './i18n/index.svelte';

export function problemTitle(problem: Problem): string {
  return tIfKnown(`problem.${problem.code}`) ?? t('problem.internal');
}

/** What to show for a refused act: the kind of refusal, then the exact reason. */
export function problemSentence(problem: Problem): string {
  return `${problemTitle(problem)}. ${reasonText(problem)}`;
}
