// What is being built. It outlives the screen, so that a look at a chart or another tab loses nothing; a lock loads the page anew.
import type { CohortCount, CohortSketch, CohortView, CountCohort } from '../../bridge/index';
import { Resource } from '../../app/resource.svelte';
import { newSketch, saysSomething, unfinishedRules } from './sketch';

/** A count with what it was counted of: numbers never stand beside a rule that was changed since. */
export interface Counted {
  count: CohortCount;
  of: CohortSketch | null;
}

/** What is shown of what is known of a cohort. */
export type ResultTab =
  'count' | 'people' | 'groups' | 'overlap' | 'follow' | 'words' | 'why' | 'versions' | 'elsewhere';

class Builder {
  sketch = $state<CohortSketch>(newSketch());
  name = $state('');
  /** The data set that is counted on; none: the clinic's records. */
  data_set = $state<string | null>(null);
  /** What is open of the saved ones; none of a new one. */
  saved = $state.raw<CohortView | null>(null);
  /** How often another cohort was shown: what was typed into fields belongs to the one before. */
  opened = $state(0);
  readonly counted = new Resource<Counted>(['cohorts', 'chart']);
  /** The sketch as it was opened or saved last. */
  #base = $state(JSON.stringify(newSketch()));

  /** A definition that came as a file: counted and looked at, not changed. */
  foreign = $derived(this.saved !== null && this.saved.sketch === null);
  unfinished = $derived(unfinishedRules(this.sketch));
  /** What can be counted; none as long as it does not say who comes in. */
  meant = $derived.by((): CountCohort | null => {
    if (this.saved !== null && this.foreign)
      return {
        kind: 'saved',
        cohort_id: this.saved.line.cohort_id,
        version: this.saved.line.version,
        data_set: this.data_set,
      };
    const says = this.sketch.entry.every(saysSomething);
    return says && this.unfinished.length === 0
      ? { kind: 'sketch', sketch: $state.snapshot(this.sketch), data_set: this.data_set }
      : null;
  });
  changed = $derived(
    !this.foreign &&
      (JSON.stringify(this.sketch) !== this.#base || this.name !== (this.saved?.line.name ?? '')),
  );

  show(view: CohortView | null) {
    this.saved = view;
    this.name = view?.line.name ?? '';
    this.sketch = view?.sketch ? structuredClone(view.sketch) : newSketch();
    this.#base = JSON.stringify(this.sketch);
    this.counted.clear();
    this.opened += 1;
  }

  /** After saving: what was saved is what is shown. */
  kept(view: CohortView) {
    this.saved = view;
    this.name = view.line.name;
    this.#base = JSON.stringify(this.sketch);
  }
}

export const builder = new Builder();
