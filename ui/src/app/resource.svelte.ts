import { onStale, problemOf, type Problem, type Topic } from '../bridge/index';

/** A skeleton is drawn only for what takes longer than this. */
export const skeletonAfterMilliseconds = 150;
/** How long somebody must have stopped typing before the core is asked what is typed. */
export const typingPauseMilliseconds = 150;
/** … before the core is asked what takes it longer to count. */
export const countingPauseMilliseconds = 250;

/**
 * What a screen shows of the core's answer: nothing yet, waiting, the value, or why not. A newer
 * `load` makes an older answer void; a value stays on screen while it is read again.
 */
export class Resource<Value> {
  value = $state<Value | null>(null);
  problem = $state<Problem | null>(null);
  loading = $state(false);
  /** True once a load has lasted long enough to draw a skeleton. */
  slow = $state(false);
  #run = 0;
  #again: (() => Promise<Value>) | null = null;
  #topics: readonly Topic[];

  constructor(topics: readonly Topic[] = []) {
    this.#topics = topics;
  }

  /** Reads again whenever one of the topics went stale; call from `$effect`, which stops it. */
  follow(): () => void {
    return onStale((topics) => {
      if (topics.some((topic) => this.#topics.includes(topic))) void this.again();
    });
  }

  async load(read: () => Promise<Value>): Promise<void> {
    this.#again = read;
    this.#run += 1;
    const run = this.#run;
    this.loading = true;
    const timer = setTimeout(() => {
      if (run === this.#run) this.slow = true;
    }, skeletonAfterMilliseconds);
    try {
      const value = await read();
      if (run !== this.#run) return;
      this.value = value;
      this.problem = null;
    } catch (error) {
      if (run !== this.#run) return;
      this.problem = problemOf(error);
    } finally {
      clearTimeout(timer);
      if (run === this.#run) {
        this.loading = false;
        this.slow = false;
      }
    }
  }

  /** Loads after a pause; call from `$effect` and answer with what this gives: a change within the pause takes the question back. */
  loadAfter(pauseMilliseconds: number, read: () => Promise<Value>): () => void {
    const timer = setTimeout(() => void this.load(read), pauseMilliseconds);
    return () => clearTimeout(timer);
  }

  async again(): Promise<void> {
    if (this.#again) await this.load(this.#again);
  }

  clear(): void {
    this.#run += 1;
    this.#again = null;
    this.value = null;
    this.problem = null;
    this.loading = false;
    this.slow = false;
  }
}
