import { describe, expect, it } from 'vitest';
import { fillTable, greyOf, paint } from './window_level';

const plain = { slope: 1, intercept: 0, signed: false, inverted: false };

describe('the linear window of DICOM PS3.3 C.11.2.1.2.1', () => {
  it('is black at and below the lower edge, white above the upper', () => {
    // c = 2048, w = 4096: y = ymin for x <= 0, ymax for x > 4095 (the standard's own note).
    expect(greyOf(0, 2048, 4096)).toBe(0);
    expect(greyOf(4096, 2048, 4096)).toBe(255);
    expect(greyOf(2047.5, 2048, 4096)).toBe(128);
  });

  it('is a step at width 1', () => {
    expect(greyOf(99, 100, 1)).toBe(0);
    expect(greyOf(100, 100, 1)).toBe(255);
  });

  it('never falls while values rise', () => {
    let last = -1;
    for (let value = -1200; value < 3200; value += 7) {
      const grey = greyOf(value, 40, 400);
      expect(grey).toBeGreaterThanOrEqual(last);
      last = grey;
    }
  });
});

describe('the table', () => {
  it('applies slope and intercept before the window', () => {
    const table = fillTable({ ...plain, center: 0, width: 2000, intercept: -1000 });
    expect((table[0] ?? 0) & 0xff).toBe(0);
    expect((table[1000] ?? 0) & 0xff).toBe(greyOf(0, 0, 2000));
  });

  it('reads two’s complement where values are signed', () => {
    const signed = fillTable({ ...plain, center: 0, width: 100, signed: true });
    expect((signed[65_535] ?? 0) & 0xff).toBe(greyOf(-1, 0, 100));
    const unsigned = fillTable({ ...plain, center: 0, width: 100 });
    expect((unsigned[65_535] ?? 0) & 0xff).toBe(255);
  });

  it('inverts exactly', () => {
    const straight = fillTable({ ...plain, center: 500, width: 800 });
    const inverted = fillTable({ ...plain, center: 500, width: 800, inverted: true });
    expect(
      [0, 300, 500, 900].every((at) => ((straight[at] ?? 0) & 0xff) + ((inverted[at] ?? 0) & 0xff) === 255),
    ).toBe(true);
  });

  it('paints opaque grey', () => {
    const out = new Uint32Array(2);
    paint(Uint16Array.of(0, 4000), fillTable({ ...plain, center: 2000, width: 4000 }), out);
    expect(out[0]).toBe(0xff000000);
    expect(out[1]).toBe(0xffffffff);
  });
});
