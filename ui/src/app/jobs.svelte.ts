// The jobs of this workstation, read again while any of them runs.
import { call, makeStale, onStale, type Job, type Topic } from '../bridge/index';
import { may } from './session.svelte';

const pollMilliseconds = 500;
const state = $state<{ list: Job[]; tray_open: boolean }>({ list: [], tray_open: false });
let timer: ReturnType<typeof setTimeout> | null = null;
let started = false;

export function jobs(): readonly Job[] {
  return state.list;
}

export function runningJobs(): Job[] {
  return state.list.filter((job) => job.state === 'running');
}

export function trayOpen(): boolean {
  return state.tray_open;
}

export function openTray(open: boolean): void {
  state.tray_open = open;
}

function staleAfter(job: Job): Topic[] {
  switch (job.kind) {
    case 'import_fhir':
      return ['patients', 'chart', 'cohorts'];
    case 'import_dicom':
      return ['studies', 'chart'];
    case 'backup':
      return ['vault'];
    default:
      return ['patients', 'chart', 'studies', 'cohorts', 'vault'];
  }
}

async function read(): Promise<void> {
  if (timer) clearTimeout(timer);
  timer = null;
  if (!may('list_jobs')) return;
  try {
    const before = new Map(state.list.map((job) => [job.job_id, job.state]));
    const answer = await call('list_jobs', {});
    state.list = answer.jobs;
    for (const job of answer.jobs) {
      if (before.get(job.job_id) === 'running' && job.state !== 'running') makeStale(staleAfter(job));
    }
  } catch {
    // The tray keeps its last content; the next change of a job reads again.
  }
  if (state.list.some((job) => job.state === 'running'))
    timer = setTimeout(() => void read(), pollMilliseconds);
}

export function startJobs(): void {
  if (started) return;
  started = true;
  onStale((topics) => {
    if (topics.includes('jobs')) void read();
  });
  void read();
}

export async function cancelJob(job_id: string): Promise<void> {
  await call('cancel_job', { job_id });
}
