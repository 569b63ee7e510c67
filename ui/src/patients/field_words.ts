import type { FieldNote, FieldReading } from '../bridge/index';
import { showAgeValue, showLongDate } from '../app/format';
import { reasonText } from '../app/i18n/core';
import { t, tIfKnown } from '../app/i18n/index.svelte';

/** The label of a form field, for links in the error summary and the history. */
export function fieldLabel(field: string): string {
  return tIfKnown(`field.${field}`) ?? field.replaceAll('_', ' ');
}

/** What is wrong with a field. */
export function noteText(note: FieldNote): string {
  return reasonText(note);
}

/** How what was typed was read. */
export function readingText(reading: FieldReading): string {
  switch (reading.kind) {
    case 'date':
      return [showLongDate(reading.date ?? ''), reading.age ? showAgeValue(reading.age) : '']
        .filter(Boolean)
        .join(', ');
    case 'phone':
      return reading.text;
    case 'check_fits':
      return t('register.check_fits');
    case 'no_check':
      return t('register.no_check');
  }
}
