// What the viewer shows: series, slice, window, place. Drawing is the stage's business.
import { problemOf, type Image, type Problem, type Series, type Study } from '../../bridge/index';
import { FrameCache, type Slice } from './frame_cache';
import { firstWindow, type Frame } from './frame_data';
import type { Look, Placement } from './stage';

export interface ViewerSlice extends Slice {
  image: Image;
  /** 1-based place in the series. */
  place: number;
}

const ahead = 4;
const behind = 2;

export class ViewerState {
  readonly study: Study;
  series_index = $state(0);
  at = $state(0);
  frame = $state.raw<Frame | null>(null);
  /** The slice that `frame` belongs to. */
  shown_at = $state(-1);
  problem = $state<Problem | null>(null);
  loading = $state(false);
  look = $state<Look>({ center: 0, width: 1, inverted: false });
  place = $state<Placement>({ scale: 0, x: 0, y: 0 });
  fitted = $state(true);
  #cache = new FrameCache();
  #windowed = false;
  #direction = 1;
  #run = 0;

  constructor(study: Study) {
    this.study = study;
    // Begin in the middle of the largest series, where there is most to see.
    const largest = study.series.reduce(
      (best, series, index) =>
        series.images.length > (study.series[best]?.images.length ?? 0) ? index : best,
      0,
    );
    this.choose(largest);
  }

  get series(): Series | null {
    return this.study.series[this.series_index] ?? null;
  }

  slices = $derived.by((): ViewerSlice[] => {
    const series = this.study.series[this.series_index];
    let place = 0;
    return (series?.images ?? []).flatMap((image) =>
      Array.from({ length: Math.max(1, image.frames) }, (_, frame) => {
        place += 1;
        return { image_id: image.image_id, frame, image, place };
      }),
    );
  });

  get slice(): ViewerSlice | null {
    return this.slices[this.at] ?? null;
  }

  choose(index: number): void {
    this.series_index = index;
    this.at = Math.floor((this.slices.length - 1) / 2);
    this.frame = null;
    this.shown_at = -1;
    this.#windowed = false;
    this.fitted = true;
    this.look = { center: 0, width: 1, inverted: false };
    void this.load();
  }

  step(by: number): void {
    this.go(this.at + by);
  }

  go(to: number): void {
    const next = Math.min(this.slices.length - 1, Math.max(0, to));
    if (next === this.at) return;
    this.#direction = next > this.at ? 1 : -1;
    this.at = next;
    void this.load();
  }

  async load(): Promise<void> {
    const slice = this.slice;
    this.#run += 1;
    const run = this.#run;
    this.problem = null;
    if (!slice) return;
    if (!slice.image.displayable) {
      this.frame = null;
      this.loading = false;
      this.#prefetch();
      return;
    }
    const held = this.#cache.held(slice);
    if (held) {
      this.#show(held);
      this.#prefetch();
      return;
    }
    this.loading = true;
    try {
      const frame = await this.#cache.fetch(slice);
      if (run !== this.#run) return;
      this.#show(frame);
      this.#prefetch();
    } catch (error) {
      if (run !== this.#run) return;
      this.frame = null;
      this.problem = problemOf(error);
    } finally {
      if (run === this.#run) this.loading = false;
    }
  }

  #show(frame: Frame): void {
    this.loading = false;
    this.frame = frame;
    this.shown_at = this.at;
    // The window holds while scrolling; only the first frame of a series sets it.
    if (!this.#windowed) {
      this.look = { ...firstWindow(frame), inverted: this.look.inverted };
      this.#windowed = true;
    }
  }

  #prefetch(): void {
    const run = this.#run;
    const wanted: ViewerSlice[] = [];
    for (let step = 1; step <= ahead; step += 1) {
      const next = this.slices[this.at + step * this.#direction];
      if (next) wanted.push(next);
      const back = step <= behind ? this.slices[this.at - step * this.#direction] : undefined;
      if (back) wanted.push(back);
    }
    // One after the other, so that the frame asked for next never waits behind many.
    void (async () => {
      for (const slice of wanted) {
        if (run !== this.#run) return;
        if (!slice.image.displayable || this.#cache.held(slice)) continue;
        try {
          await this.#cache.fetch(slice);
        } catch {
          // It is told when the slice itself is looked at.
        }
      }
    })();
  }

  setWindow(center: number, width: number): void {
    this.look = { ...this.look, center, width: Math.max(1, width) };
  }

  invert(): void {
    this.look = { ...this.look, inverted: !this.look.inverted };
  }

  resetLook(): void {
    if (this.frame) this.look = { ...firstWindow(this.frame), inverted: false };
    this.fitted = true;
  }

  forget(): void {
    this.#run += 1;
    this.#cache.clear();
    this.frame = null;
  }
}
