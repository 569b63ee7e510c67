// Frames already fetched, bounded by their bytes; the ones used longest ago leave first.
import { call } from '../../bridge/index';
import { readFrame, type Frame } from './frame_data';

export interface Slice {
  image_id: string;
  frame: number;
}

const mostBytes = 192 * 1024 * 1024;

export class FrameCache {
  #frames = new Map<string, Frame>();
  #waiting = new Map<string, Promise<Frame>>();
  #bytes = 0;

  constructor(private readonly most: number = mostBytes) {}

  #key(slice: Slice): string {
    return `${slice.image_id}#${slice.frame}`;
  }

  held(slice: Slice): Frame | undefined {
    const key = this.#key(slice);
    const frame = this.#frames.get(key);
    if (frame) {
      this.#frames.delete(key);
      this.#frames.set(key, frame);
    }
    return frame;
  }

  fetch(slice: Slice): Promise<Frame> {
    const held = this.held(slice);
    if (held) return Promise.resolve(held);
    const key = this.#key(slice);
    const waiting = this.#waiting.get(key);
    if (waiting) return waiting;
    const asked = call('image_frame', { image_id: slice.image_id, frame: slice.frame })
      .then((answer) => {
        const frame = readFrame(answer);
        this.#keep(key, frame);
        return frame;
      })
      .finally(() => this.#waiting.delete(key));
    this.#waiting.set(key, asked);
    return asked;
  }

  #keep(key: string, frame: Frame): void {
    this.#frames.set(key, frame);
    this.#bytes += frame.bytes;
    for (const [oldest, old] of this.#frames) {
      if (this.#bytes <= this.most || oldest === key) break;
      this.#frames.delete(oldest);
      this.#bytes -= old.bytes;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  clear(): void {
    this.#frames.clear();
    this.#waiting.clear();
    this.#bytes = 0;
  }
}
