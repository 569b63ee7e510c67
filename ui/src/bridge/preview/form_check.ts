// A few rules of registration, enough to see the form react. The real ones live in the core.
import { reasonSentences } from '../generated/core_words';
import type { FieldNote, FieldReading, PatientForm, Reason } from '../generated/index';
import { ageOn, previewToday } from './people';

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

export function readDate(typed: string): string | null {
  const text = typed.trim().toLowerCase();
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  const figures = /^(\d{1,2})[./ -](\d{1,2})[./ -](\d{2}|\d{4})$/.exec(text);
  const words = /^(\d{1,2})\.?\s+([a-z]{3})[a-z]*\.?\s+(\d{2}|\d{4})$/.exec(text);
  let year: number, month: number, day: number;
  if (iso) [year, month, day] = [Number(iso[1]), Number(iso[2]), Number(iso[3])];
  else if (figures) [day, month, year] = [Number(figures[1]), Number(figures[2]), Number(figures[3])];
  else if (words)
    [day, month, year] = [Number(words[1]), monthNames.indexOf(words[2] ?? '') + 1, Number(words[3])];
  else return null;
  if (year < 100) year += year > 26 ? 1900 : 2000;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.toISOString().slice(0, 10);
}

function error(field: string, code: string, reason: Reason): FieldNote {
  return { field, code, severity: 'error', reason, values: {}, message: reasonSentences[reason] };
}

export function checkForm(form: PatientForm): { notes: FieldNote[]; readings: FieldReading[] } {
  const notes: FieldNote[] = [];
  const readings: FieldReading[] = [];
  if (!form.given_name && !form.family_name && !form.unknown_person)
    notes.push(error('given_name', 'required', 'name_missing'));
  if (!form.sex) notes.push(error('sex', 'required', 'sex_missing'));
  if (form.date_of_birth) {
    const date = readDate(form.date_of_birth);
    if (!date) notes.push(error('date_of_birth', 'not_a_date', 'date_form'));
    else if (date > previewToday) notes.push(error('date_of_birth', 'in_the_future', 'birth_in_future'));
    else {
      const long = new Date(`${date}T00:00:00Z`).toLocaleDateString('en-GB', {
        weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC',
      }); // prettier-ignore
      const count = ageOn(date);
      readings.push({
        field: 'date_of_birth', text: `${long.replace(',', '')}, ${count} y`, kind: 'date', date,
        age: { count, unit: 'years', about: false },
      }); // prettier-ignore
    }
  } else if (!form.estimated_age_years && !form.unknown_person)
    notes.push(error('date_of_birth', 'required', 'birth_missing'));
  if (form.phone) {
    const digits = form.phone.replace(/\D/g, '');
    if (digits.length < 9)
      notes.push(error('phone', 'too_short', 'phone_short'));
    else readings.push({
        field: 'phone', text: `+49 ${digits.replace(/^(49|0)/, '')}`, kind: 'phone', date: null, age: null,
      }); // prettier-ignore
  }
  if (form.email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(form.email))
    notes.push(error('email', 'not_an_address', 'email_form'));
  if (form.ssn && !/^\d{3}-?\d{2}-?\d{4}$/.test(form.ssn))
    notes.push(error('ssn', 'wrong_length', 'ssn_length'));
  return { notes, readings };
}
