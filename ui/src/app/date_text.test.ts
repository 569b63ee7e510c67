import { describe, expect, it } from 'vitest';
import { readTypedDate } from './date_text';

describe('a typed date', () => {
  it.each([
    ['2.3.1987', 'day_month_year', '1987-03-02'],
    ['3/2/1987', 'month_day_year', '1987-03-02'],
    ['1987-03-02', 'day_month_year', '1987-03-02'],
    ['2 March 1987', 'month_day_year', '1987-03-02'],
    ['mar 2, 1987', 'day_month_year', '1987-03-02'],
    ['2 ene 2020', 'day_month_year', '2020-01-02'],
  ] as const)('%s reads by %s as %s', (typed, order, date) => {
    expect(readTypedDate(typed, order)).toBe(date);
  });

  it.each(['31.2.2020', '2.3.87', '1987', '2 Foo 1987', '13/13/2020', ''])('%s is not one day', (typed) => {
    expect(readTypedDate(typed, 'day_month_year')).toBeNull();
  });
});
