// Window and level through a table: one entry for each of the 65 536 stored bit patterns.

/** Grey levels by stored bit pattern, ready to be written as RGBA words. */
export type WindowTable = Uint32Array;

export interface WindowOf {
  center: number;
  width: number;
  slope: number;
  intercept: number;
  /** Stored values are two's complement. */
  signed: boolean;
  /** White and black exchanged: MONOCHROME1, or the viewer's own inversion, not both. */
  inverted: boolean;
}

/**
 * The linear VOI function of DICOM PS3.3 C.11.2.1.2.1, in modality units:
 * y = ((x − (c − 0.5)) / (w − 1) + 0.5) · 255, clamped. Width is at least 1.
 */
export function greyOf(value: number, center: number, width: number): number {
  const w = Math.max(1, width);
  const c = center - 0.5;
  if (value <= c - (w - 1) / 2) return 0;
  if (value > c + (w - 1) / 2) return 255;
  return Math.round(((value - c) / (w - 1) + 0.5) * 255);
}

/** Fills `table` (a new one where none is given) for the window. */
export function fillTable(window: WindowOf, table: WindowTable = new Uint32Array(65_536)): WindowTable {
  for (let pattern = 0; pattern < 65_536; pattern += 1) {
    const stored = window.signed && pattern > 32_767 ? pattern - 65_536 : pattern;
    let grey = greyOf(stored * window.slope + window.intercept, window.center, window.width);
    if (window.inverted) grey = 255 - grey;
    table[pattern] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  }
  return table;
}

/** Writes the pixels through the table into RGBA words (little-endian machines, as all we run on). */
export function paint(pixels: Uint16Array, table: WindowTable, out: Uint32Array): void {
  for (let at = 0; at < pixels.length; at += 1) out[at] = table[pixels[at] as number] as number;
}
