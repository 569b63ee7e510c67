import { describe, expect, it } from 'vitest';
import type { ResultRow } from '../../bridge/index';
import { abnormalMark, resultKey, resultNotes } from './result_words';

const row = (more: Partial<ResultRow>): ResultRow => ({
  code: '',
  system: '',
  title: 'Potassium',
  value: '4.1',
  unit: 'mmol/L',
  date: '01 Mar 2026',
  date_iso: '2026-03-01',
  abnormal: null,
  flags: [],
  status: null,
  reference: null,
  points: [],
  ...more,
});

describe('words of a result', () => {
  it('marks abnormal values without above and below', () => {
    expect(abnormalMark(row({ abnormal: 'abnormal' }))).toEqual({ shape: 'warning', word: 'Abnormal' });
    expect(abnormalMark(row({ abnormal: 'critical_abnormal' }))?.shape).toBe('critical');
    expect(abnormalMark(row({ abnormal: 'high' }))?.shape).toBe('high');
  });

  it('says what else the source says, and shows a code that it does not know as it came', () => {
    const notes = resultNotes(row({ flags: ['POS', '>', 'XQ', 'see note'], status: 'preliminary' }));
    expect(notes).toEqual(['positive', 'off scale high', 'XQ', 'see note', 'preliminary']);
    expect(resultNotes(row({}))).toEqual([]);
  });

  it('tells two results without a code apart', () => {
    expect(resultKey(row({}))).not.toBe(resultKey(row({ title: 'Sodium' })));
    expect(resultKey(row({}))).not.toBe(resultKey(row({ unit: 'mg/dL' })));
  });
});
