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
    case 'import_table':
      return ['patients', 'chart', 'cohorts'];
    case 'import_messages':
      return ['patients', 'chart', 'cohorts', 'messages'];
    case 'import_dicom':
      return ['studies', 'chart'];
    case 'backup':
      return ['vault'];
    case 'export':
    case 'run_elsewhere':
      return ['audit'];
    default:
      return ['patients', 'chart', 'studies', 'cohorts', 'vault'];
  }
}

function watch(): void {
  if (timer) clearTimeout(timer);
  timer = runningJobs().length > 0 ? setTimeout(() => void follow(), pollMilliseconds) : null;
}

/** Takes a fresh list over; what a job has just finished is stale elsewhere. */
function take(list: Job[]): void {
  const before = new Map(state.list.map((job) => [job.job_id, job.state]));
  state.list = list;
  for (const job of list) {
    if (before.get(job.job_id) === 'running' && job.state !== 'running') makeStale(staleAfter(job));
  }
}

async function read(): Promise<void> {
  if (!may('list_jobs')) return;
  try {
    take((await call('list_jobs', {})).jobs);
  } catch {
    // The tray keeps its last content; the next change of a job reads again.
  }
  watch();
}

/** Asks for the running jobs alone: the reports of ended ones can be long. */
async function follow(): Promise<void> {
  try {
    const fresh = await Promise.all(runningJobs().map((job) => call('job', { job_id: job.job_id })));
    take(state.list.map((job) => fresh.find((f) => f.job_id === job.job_id) ?? job));
  } catch {
    // As above.
  }
  watch();
}

export function startJobs(): void {
  if (started) return;
  started = true;
  onStale((topics) => {
    if (topics.includes('jobs')) void read();
  });
  void read();
}

/** An import that stopped half way can go on: what is in stays in, the rest is read again. */
export function canGoOn(job: Job): boolean {
  const stopped = job.state === 'cancelled' || job.state === 'failed';
  const importing = [
    'import_fhir',
    'import_table',
    'import_dicom',
    'import_messages',
    'import_vocabulary',
  ].includes(job.kind);
  return stopped && importing && may('resume_job');
}

export async function resumeJob(job_id: string): Promise<void> {
  await call('resume_job', { job_id });
}

export async function cancelJob(job_id: string): Promise<void> {
  await call('cancel_job', { job_id });
}
