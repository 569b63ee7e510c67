import { expect, it } from 'vitest';
import { barWords, scaleBar } from './scale_bar';

it('is the longest round length that fits', () => {
  expect(scaleBar(2, 200)).toEqual({ millimetres: 100, pixels: 200 });
  expect(scaleBar(2, 199)?.millimetres).toBe(50);
  expect(scaleBar(40, 100)?.millimetres).toBe(2);
  expect(scaleBar(0, 100)).toBeNull();
  expect(scaleBar(Number.NaN, 100)).toBeNull();
});

it('is named in the unit that reads best', () => {
  expect([barWords(50), barWords(5), barWords(0.2)]).toEqual(['5 cm', '5 mm', '0.2 mm']);
});
