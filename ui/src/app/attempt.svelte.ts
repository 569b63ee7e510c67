import { problemOf, type Problem } from '../bridge/index';

/** An act of a dialog: one at a time, and a refusal stays beside the button until it is tried again. */
export class Attempt {
  busy = $state(false);
  problem = $state<Problem | null>(null);

  /** Runs it; what it answers, or null where it was refused. */
  async run<Answer>(act: () => Promise<Answer>): Promise<Answer | null> {
    if (this.busy) return null;
    this.busy = true;
    this.problem = null;
    try {
      return await act();
    } catch (error) {
      this.problem = problemOf(error);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
