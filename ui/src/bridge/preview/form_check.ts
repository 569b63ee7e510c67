// A few rules of registration, enough to see the form react. The real ones live in the core.
import type { FieldNote, FieldReading, PatientForm } from '../generated/index';
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

function error(field: string, code: string, message: string): FieldNote {
  return { field, code, severity: 'error', message };
}

export function checkForm(form: PatientForm): { notes: FieldNote[]; readings: FieldReading[] } {
  const notes: FieldNote[] = [];
  const readings: FieldReading[] = [];
  if (!form.given_name && !form.family_name && !form.unknown_person)
    notes.push(error('given_name', 'name_missing', 'Give a name, or tick “Identity not known”.'));
  if (!form.sex) notes.push(error('sex', 'sex_missing', 'Choose one; “Unknown” is an answer.'));
  if (form.date_of_birth) {
    const date = readDate(form.date_of_birth);
    if (!date)
      notes.push(error('date_of_birth', 'date_unreadable', 'This cannot be read as a date. Try 2 Mar 1987.'));
    else if (date > previewToday)
      notes.push(error('date_of_birth', 'date_future', 'This day has not come yet.'));
    else {
      const long = new Date(`${date}T00:00:00Z`).toLocaleDateString('en-GB', {
        weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC',
      }); // prettier-ignore
      readings.push({ field: 'date_of_birth', text: `${long.replace(',', '')}, ${ageOn(date)} years` });
    }
  } else if (!form.estimated_age_years && !form.unknown_person)
    notes.push(error('date_of_birth', 'birth_missing', 'Give a date of birth or an estimated age.'));
  if (form.phone) {
    const digits = form.phone.replace(/\D/g, '');
    if (digits.length < 9)
      notes.push(error('phone', 'phone_short', 'Too short for Germany: a number has 10 or 11 digits.'));
    else readings.push({ field: 'phone', text: `+49 ${digits.replace(/^(49|0)/, '')}` });
  }
  if (form.email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(form.email))
    notes.push(error('email', 'email_shape', 'An e-mail address has the form name@example.org.'));
  if (form.ssn && !/^\d{3}-?\d{2}-?\d{4}$/.test(form.ssn))
    notes.push(error('ssn', 'ssn_shape', 'A social security number has nine digits.'));
  return { notes, readings };
}
