// Invented patients. Any likeness is by chance.
import type { PatientForm, PatientHit } from '../generated/index';
import { Random } from './random';

export const previewToday = '2026-11-24';

const given = {
  female: ['Amina', 'María Luisa', 'Sofía', 'Emma', 'Grace', 'Ngozi', 'Hannah', 'Priya', 'Lena', 'Olga', 'Fatou', 'Yuki', 'Chloe', 'Zainab', 'Ana'],
  male: ['Jonas', 'David', 'Kwame', 'Rafael', 'Ivan', 'Tomás', 'Noah', 'Li', 'Samuel', 'Ahmed', 'Pedro', 'Kenji', 'Luca', 'Otto', 'Daniel'],
}; // prettier-ignore
const family = ['Yusuf', 'Farías', 'Okafor', 'Müller', 'García', 'Nguyen', 'Smith', 'Kowalski', 'Rossi', 'Patel', 'Silva', 'Tanaka', 'Berg', 'O’Brien', 'Haddad', 'Ivanova', 'Mensah', 'Lindqvist', 'Santos', 'Weber']; // prettier-ignore
const towns = ['Riverside', 'Oakfield', 'Mill Lane', 'Northgate', 'Harbour End', 'Elm Cross'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface PreviewPatient {
  hit: PatientHit;
  form: PatientForm;
  born: string;
  version: number;
  ssn: string | null;
  insurance_number: string | null;
}

export function blankForm(): PatientForm {
  return {
    form_id: '', given_name: null, middle_name: null, family_name: null, prefix: null, suffix: null,
    preferred_name: null, unknown_person: false, date_of_birth: null, estimated_age_years: null, sex: null,
    email: null, phone: null, mrn: null, language: null, interpreter_needed: false, address_line: null,
    city: null, state: null, postal_code: null, country: null, ssn: null, insurance_number: null,
    contact_name: null, contact_relationship: null, contact_phone: null, consent_to_contact: null,
    deceased: false, deceased_date: null, identifiers: [],
  }; // prettier-ignore
}

export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

export function showBirth(iso: string): string {
  const [year = '', month = '1', day = '01'] = iso.split('-');
  return `${day} ${months[Number(month) - 1]} ${year}`;
}

export function ageOn(iso: string, today = previewToday): number {
  const years = Number(today.slice(0, 4)) - Number(iso.slice(0, 4));
  return today.slice(5) < iso.slice(5) ? years - 1 : years;
}

/** The four ways in which the core tells a birth. */
export function birthOf(iso: string): Pick<PatientHit, 'date_of_birth' | 'age' | 'birth' | 'age_today'> {
  const years = ageOn(iso);
  return {
    date_of_birth: showBirth(iso), age: `${years} y`, birth: { iso, precision: 'day', about: false },
    age_today: { count: years, unit: 'years', about: false },
  }; // prettier-ignore
}

export function visitOn(iso: string | null): Pick<PatientHit, 'last_visit' | 'last_visit_iso'> {
  return { last_visit: iso && showBirth(iso), last_visit_iso: iso };
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export function mrnOf(number: number, prefix = 'RC'): string {
  const payload = prefix + String(number).padStart(9 - prefix.length, '0');
  let product = 36;
  for (const character of payload) {
    const sum = (product + alphabet.indexOf(character)) % 36 || 36;
    product = (sum * 2) % 37;
  }
  return payload + (alphabet[(37 - product) % 36] ?? '0');
}

export function makePeople(count: number): PreviewPatient[] {
  const random = new Random(20261124);
  const people: PreviewPatient[] = [];
  for (let index = 0; index < count; index += 1) {
    const sex = random.next() < 0.54 ? 'female' : 'male';
    const pad = (value: number) => String(value).padStart(2, '0');
    const born = `${random.between(1934, 2025)}-${pad(random.between(1, 12))}-${pad(random.between(1, 28))}`;
    const first = random.pick(given[sex]);
    const last = random.pick(family);
    const city = random.pick(towns);
    const phone = `+49 30 5550 ${random.between(1000, 9999)}`;
    const mrn = mrnOf(4100 + index);
    const deceased = random.next() < 0.03;
    const visit = `2026-${pad(random.between(1, 11))}-${pad(random.between(1, 23))}`;
    people.push({
      born,
      version: 1,
      ssn: random.next() < 0.5 ? `536-90-${random.between(1000, 9999)}` : null,
      insurance_number: random.next() < 0.6 ? `1EG4TE5MK${random.between(10, 99)}` : null,
      form: {
        ...blankForm(), given_name: first, family_name: last, date_of_birth: born, sex, phone, mrn, city,
        country: 'DE', language: random.pick(['de', 'en', 'es', 'ar']), consent_to_contact: true, deceased,
        preferred_name: random.next() < 0.06 ? (first.split(' ').at(-1) ?? null) : null,
        address_line: `${random.between(1, 90)} ${random.pick(['Lime', 'Station', 'Church', 'Garden'])} Street`,
        postal_code: String(random.between(10115, 14199)),
      }, // prettier-ignore
      hit: {
        patient_id: `p-${index + 1}`, mrn, family_name: last, given_name: first, preferred_name: null,
        ...birthOf(born), sex, city, phone,
        ...visitOn(random.next() < 0.8 ? visit : null), namesakes: 0, deceased, merged_into_mrn: null, matched: [],
      }, // prettier-ignore
    });
  }
  for (const person of people) {
    person.hit.preferred_name = person.form.preferred_name;
    person.hit.namesakes = people.filter(
      (other) =>
        other !== person &&
        other.hit.family_name === person.hit.family_name &&
        other.hit.given_name === person.hit.given_name,
    ).length;
  }
  return people;
}
