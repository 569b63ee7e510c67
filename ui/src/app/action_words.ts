// What an entry of the trail says: the act, and whom or what it was about.
import { absent } from './format';
import { coreWord } from './i18n/core';
import { t, tIfKnown } from './i18n/index.svelte';

/** The act in the past tense where there is one, else the name of the use case. */
export function actionWord(action: string): string {
  return tIfKnown(`action.${action}`) ?? coreWord('use_cases', action, action.replaceAll('_', ' '));
}

/** A member of staff by the sign-in name; anything else by its id. */
export function subjectWord(subject: string | null): string {
  if (!subject) return absent;
  return subject.startsWith('staff/') ? t('admin.subject_staff', { person: subject.slice(6) }) : subject;
}
