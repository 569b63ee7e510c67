import type { FieldNote } from '../bridge/index';
import { clinicSettings } from '../app/clinic.svelte';
import { readTypedDate } from '../app/date_text';
import { language, locale, t, tIfKnown } from '../app/i18n/index.svelte';

/** The label of a form field, for links in the error summary and the history. */
export function fieldLabel(field: string): string {
  return tIfKnown(`field.${field}`) ?? field.replaceAll('_', ' ');
}

/**
 * What is wrong with a field. The core phrases it in English with its limits; any other language
 * takes the catalogue's sentence for the field, else for the code, else the core's.
 */
export function noteText(note: FieldNote): string {
  const own = tIfKnown(`note.${note.field}.${note.code}`) ?? tIfKnown(`note.${note.code}`);
  const core = note.message || null;
  return (language() === 'en' ? (core ?? own) : (own ?? core)) ?? t('problem.invalid_input');
}

/** How a typed date was read: the core says it in English, other languages say it here. */
export function readingText(reading: string, typed: string): string {
  if (language() === 'en') return reading;
  const date = readTypedDate(typed, clinicSettings()?.date_order ?? 'day_month_year');
  if (!date) return reading;
  return new Date(`${date}T00:00:00Z`).toLocaleDateString(locale(), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}
