import { describe, expect, it } from 'vitest';
import { newestFirst } from './newest_first';

describe('rows of a chart', () => {
  it('are in the order of their dates, not of how dates are written', () => {
    const row = (date_iso: string | null, active = true) => ({ date_iso, active });
    const rows = [
      row(null),
      row('2026-02-28'),
      row('2026-03-02'),
      row('2025-12-31', false),
      row('1999', true),
      row('2027-01-01', false),
    ];
    expect(newestFirst(rows).map((r) => r.date_iso)).toEqual([
      '2026-03-02',
      '2026-02-28',
      '1999',
      null,
      '2027-01-01',
      '2025-12-31',
    ]);
  });
});
