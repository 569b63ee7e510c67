// Which job's result the Bring in room shows.
const state = $state<{ job_id: string | null }>({ job_id: null });

export function chosenJob(): string | null {
  return state.job_id;
}

export function chooseJob(job_id: string | null): void {
  state.job_id = job_id;
}
