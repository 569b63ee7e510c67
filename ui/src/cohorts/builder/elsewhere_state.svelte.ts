// The run on a database elsewhere. It outlives the tab, so that a look at another one loses nothing; a lock loads the page anew.
import { call, type CohortComparison, type CountCohort, type Job } from '../../bridge/index';
import { jobs } from '../../app/jobs.svelte';
import { Resource } from '../../app/resource.svelte';

class Elsewhere {
  connection_id = $state('');
  /** The job, and what it counts as text: a result never stands beside another definition. */
  started = $state.raw<{ job_id: string; of: string } | null>(null);
  readonly compared = new Resource<CohortComparison>();
  job = $derived.by((): Job | null => {
    const id = this.started?.job_id;
    return jobs().find((job) => job.job_id === id) ?? null;
  });
  running = $derived(this.started !== null && (this.job === null || this.job.state === 'running'));

  async start(of: CountCohort, password: string | null): Promise<void> {
    this.compared.clear();
    this.started = null;
    const { connection_id } = this;
    const { job_id } = await call('run_cohort_elsewhere', { of, connection_id, password });
    this.started = { job_id, of: JSON.stringify(of) };
  }

  /** Whether what is shown is of this definition. */
  isOf(meant: CountCohort | null): boolean {
    return this.started !== null && this.started.of === JSON.stringify(meant);
  }

  async look(job_id: string): Promise<void> {
    await this.compared.load(() => call('cohort_elsewhere', { job_id }));
  }
}

export const elsewhere = new Elsewhere();
