import { expect, it } from 'vitest';
import type { PatientBanner } from '../bridge/index';
import { namesDiffer } from './names_differ';

const banner = { family_name: 'Farías', given_name: 'María Luisa' } as PatientBanner;

it('warns only where no name of the patient is in the file', () => {
  expect(namesDiffer('DOE^JANE', banner)).toBe(true);
  expect(namesDiffer('FARIAS^M', banner)).toBe(false);
  expect(namesDiffer('Luisa', banner)).toBe(false);
  expect(namesDiffer('', banner)).toBe(false);
  expect(namesDiffer('DOE^JANE', { ...banner, family_name: '', given_name: '' })).toBe(false);
});
