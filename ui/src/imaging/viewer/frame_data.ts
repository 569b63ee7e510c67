// One frame as the core sends it: a header in JSON, then pixels, little-endian.
import type { FrameHeader } from '../../bridge/index';

const magic = 0x52434631;

export interface Frame {
  header: FrameHeader;
  /** Stored values of a grey frame, as unsigned bit patterns; `kind` says how they are signed. */
  grey: Uint16Array | null;
  /** RGBA bytes of a colour frame. */
  colour: Uint8ClampedArray<ArrayBuffer> | null;
  /** Smallest and largest value in modality units (after slope and intercept). */
  low: number;
  high: number;
  bytes: number;
}

/** Reads a frame; throws where the bytes are not one, so that nothing wrong is ever drawn. */
export function readFrame(answer: ArrayBuffer | ArrayLike<number>): Frame {
  const buffer = answer instanceof ArrayBuffer ? answer : Uint8Array.from(answer).buffer;
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, true) !== magic) throw new Error('not a frame');
  const length = view.getUint32(4, true);
  const start = Math.ceil((8 + length) / 4) * 4;
  if (start > buffer.byteLength) throw new Error('frame header is cut off');
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length))) as FrameHeader;
  const count = header.rows * header.columns;
  const needed = count * (header.kind === 'rgba8' ? 4 : 2);
  if (count <= 0 || buffer.byteLength < start + needed) throw new Error('frame pixels are cut off');
  if (header.kind === 'rgba8') {
    const colour = new Uint8ClampedArray(buffer, start, needed);
    return { header, grey: null, colour, low: 0, high: 255, bytes: buffer.byteLength };
  }
  const grey = new Uint16Array(buffer, start, count);
  const ends = [header.minimum, header.maximum].map((stored) => stored * header.slope + header.intercept);
  return {
    header,
    grey,
    colour: null,
    low: Math.min(...ends),
    high: Math.max(...ends),
    bytes: buffer.byteLength,
  };
}

/** The window to begin with: that of the file, else the whole range of values. */
export function firstWindow(frame: Frame): { center: number; width: number } {
  const { window_center, window_width } = frame.header;
  if (window_center !== null && window_width !== null && window_width >= 1)
    return { center: window_center, width: window_width };
  return { center: (frame.low + frame.high) / 2, width: Math.max(1, frame.high - frame.low) };
}
