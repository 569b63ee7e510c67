import { describe, expect, it } from 'vitest';
import { packFrame, phantomFrame } from '../../bridge/preview/phantoms';
import { firstWindow, readFrame } from './frame_data';

const header = {
  rows: 2, columns: 3, kind: 'i16' as const, slope: 2, intercept: -10, unit: 'HU', window_center: null,
  window_width: null, minimum: -5, maximum: 20, invert: false, pixel_spacing_mm: null, row_position: null,
  orientation: null, lossy: false, presets: [],
}; // prettier-ignore
const packed = () => packFrame(header, Int16Array.of(-5, 0, 1, 2, 3, 20));

describe('a frame', () => {
  it('comes back as it was packed', () => {
    const frame = readFrame(packed());
    expect(frame.header).toEqual(header);
    expect([...new Int16Array(frame.grey?.buffer ?? new ArrayBuffer(0), frame.grey?.byteOffset, 6)]).toEqual([
      -5, 0, 1, 2, 3, 20,
    ]);
    expect([frame.low, frame.high]).toEqual([-20, 30]);
  });

  it('is read from a list of numbers too, as the slower transport sends it', () => {
    expect(readFrame([...new Uint8Array(packed())]).header).toEqual(header);
  });

  it('is refused when it is cut off or is something else', () => {
    expect(() => readFrame(packed().slice(0, -2))).toThrow();
    expect(() => readFrame(packed().slice(0, 40))).toThrow();
    expect(() => readFrame(new ArrayBuffer(0))).toThrow();
    expect(() => readFrame(new ArrayBuffer(64))).toThrow();
  });

  it('begins with the window of the file, else with the whole range', () => {
    expect(firstWindow(readFrame(packed()))).toEqual({ center: 5, width: 50 });
    expect(firstWindow(readFrame(phantomFrame(3, 10, 16, 'CT')))).toEqual({ center: 40, width: 80 });
  });
});
