import { describe, expect, it } from 'vitest';
import type { PatientHit } from '../bridge/index';
import { marked, splitTypedName } from './patient_lines';

const hit: PatientHit = {
  patient_id: 'p', mrn: 'RC00000001', family_name: 'Farías', given_name: 'María Luisa', preferred_name: null,
  date_of_birth: '02 Mar 1987', age: '39 y', birth: null, age_today: null, last_visit_iso: null, sex: 'female', city: null, phone: null, last_visit: null, namesakes: 0,
  deceased: false, merged_into_mrn: null, matched: [],
}; // prettier-ignore

describe('what was typed while looking', () => {
  it.each([
    ['amina yusuf', 'Amina', 'Yusuf'],
    ['Yusuf, Amina', 'Amina', 'Yusuf'],
    ['ana maría de souza', 'Ana María De', 'Souza'],
    ['van der Berg, Lotte', 'Lotte', 'van der Berg'],
    ['Cher', 'Cher', ''],
    ['RC0004217K', '', ''],
    ['  ', '', ''],
  ])('%s becomes given "%s", family "%s"', (typed, given_name, family_name) => {
    expect(splitTypedName(typed)).toEqual({ given_name, family_name });
  });
});

describe('the matched part of a name', () => {
  const bold = (typed: string) =>
    marked(hit, typed)
      .filter((part) => part.bold)
      .map((part) => part.text);

  it('is found with accents folded', () => expect(bold('farias')).toEqual(['FARÍAS']));
  it('is found for words in any order', () => expect(bold('luisa far')).toEqual(['FAR', 'Luisa']));
  it('loses no letter of the name', () =>
    expect(
      marked(hit, 'mar far')
        .map((part) => part.text)
        .join(''),
    ).toBe('FARÍAS, María Luisa'));
  it('follows the ranges of the core where it sent some', () =>
    expect(marked({ ...hit, matched: [[0, 3]] }, 'zzz')[0]).toEqual({ text: 'FAR', bold: true }));
});
