import { describe, expect, it } from 'vitest';
import { readNumber } from './sketch';

describe('a typed number', () => {
  it('is read whole or with either sign of decimals, and nothing is guessed of the rest', () => {
    const whole = (typed: string) => readNumber(typed, -10, 365, false);
    expect(['0', ' 365 ', '-3', '−3', '007'].map(whole)).toEqual([0, 365, -3, -3, 7]);
    expect(['', '12a', 'a year', '6.5', '366', '-11', '1e2', '--1'].map(whole)).toEqual(Array(8).fill(null));
    const decimal = (typed: string) => readNumber(typed, -Infinity, Infinity, true);
    expect(['6,5', '6.5', '.5', '48', '-1.25'].map(decimal)).toEqual([6.5, 6.5, 0.5, 48, -1.25]);
    expect(['6.5 %', '6,5,1', '', '.', 'NaN', 'Infinity'].map(decimal)).toEqual(Array(6).fill(null));
  });
});
