import { expect, it } from 'vitest';
import { checkCharacter, mostFirstNumber, sampleMrn } from './mrn_sample';

it('computes the check character of ISO 7064 MOD 37,36', () => {
  // Published vector of python-stdnum, stdnum.iso7064.mod_37_36.
  expect(checkCharacter('A12425GABC1234002')).toBe('M');
});

it('shows ten characters, or nothing for parts that cannot be used', () => {
  expect(sampleMrn('RC', 4217)).toMatch(/^RC0004217[0-9A-Z]$/);
  expect(sampleMrn('', 1)).toBeNull();
  expect(sampleMrn('RCXX', 1)).toBeNull();
  expect(sampleMrn('rc', 1)).toBeNull();
  expect(sampleMrn('RC', 0)).toBeNull();
  expect(sampleMrn('RC', 1.5)).toBeNull();
  expect(sampleMrn('RC', mostFirstNumber('RC'))).toHaveLength(10);
  expect(sampleMrn('RC', mostFirstNumber('RC') + 1)).toBeNull();
});
