import type { FieldNote } from '../bridge/index';
import { t, tIfKnown } from '../app/i18n/index.svelte';

/** The label of a form field, for links in the error summary and the history. */
export function fieldLabel(field: string): string {
  return tIfKnown(`field.${field}`) ?? field.replaceAll('_', ' ');
}

/** The catalogue's words for a note where it has them, else the core's. */
export function noteText(note: FieldNote): string {
  return tIfKnown(`note.${note.code}`) ?? (note.message || t('problem.invalid_input'));
}
