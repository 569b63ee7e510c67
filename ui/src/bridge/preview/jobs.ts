// Jobs that run on a clock, so that progress, cancel and results can be seen.
import { reasonSentences } from '../generated/core_words';
import type { ExportReceipt, ImportReport, Job, Reason, Rejection } from '../generated/index';

function refused(reason: Reason, values: Record<string, string> = {}): Pick<Rejection, 'reason' | 'why'> {
  const sentence = reasonSentences[reason].replace(/\{(\w+)\}/g, (_, place: string) => values[place] ?? '');
  return { reason: sentence, why: { reason, values } };
}

export const sampleReport: ImportReport = {
  taken: 1204, already_there: 86, changed: 12, rejected: 3, kept_verbatim: 58, attachments: 0, patients: 14,
  by_type: [
    { resource_type: 'Patient', taken: 14, already_there: 0, changed: 0, rejected: 1 },
    { resource_type: 'Encounter', taken: 212, already_there: 20, changed: 2, rejected: 0 },
    { resource_type: 'Condition', taken: 148, already_there: 11, changed: 0, rejected: 0 },
    { resource_type: 'Observation', taken: 702, already_there: 55, changed: 10, rejected: 2 },
    { resource_type: 'MedicationRequest', taken: 128, already_there: 0, changed: 0, rejected: 0 },
  ],
  differing: 1,
  differences: [
    { file: 'lab.ndjson', line: 17, entry: null, resource: 'Observation', issues: [{ path: 'Observation.status', fault: 'missing' }] },
  ],
  rejections: [
    { file: 'bundle-03.json', line: 1412, resource: 'Observation', ...refused('code_or_text_missing') },
    { file: 'bundle-03.json', line: 2871, resource: 'Observation', ...refused('element_not_allowed', { element: 'Observation.effectiveDateTime' }) },
    { file: 'bundle-11.json', line: 1, resource: 'Patient', ...refused('text_ends_early', { line: '1', column: '40960' }) },
  ],
  columns: [], seconds: 12.4, megabytes_per_second: 31.2,
}; // prettier-ignore

export class PreviewJobs {
  #list: Job[] = [];
  #next = 1;

  start(
    kind: Job['kind'],
    title: string,
    by: string,
    seconds: number,
    total: number,
    total_bytes: number,
    receipt: ExportReceipt | null = null,
  ): string {
    const job_id = `job-${this.#next}`;
    this.#next += 1;
    const job: Job = {
      job_id, title, kind, state: 'running', done: 0, total, bytes: 0, total_bytes, bytes_per_second: total_bytes / seconds,
      seconds_left: seconds, started_at: new Date().toISOString(), by, report: null, receipt: null, problem: null,
    }; // prettier-ignore
    this.#list.unshift(job);
    const started = Date.now();
    const timer = setInterval(() => {
      if (job.state !== 'running') return clearInterval(timer);
      const share = Math.min(1, (Date.now() - started) / 1000 / seconds);
      job.done = Math.floor(total * share);
      job.bytes = Math.floor(total_bytes * share);
      job.seconds_left = Math.ceil(seconds * (1 - share));
      if (share === 1) {
        job.state = 'done';
        job.seconds_left = 0;
        if (kind === 'export') job.receipt = receipt;
        else if (kind !== 'backup' && kind !== 'run_elsewhere') job.report = sampleReport;
        clearInterval(timer);
      }
    }, 100);
    return job_id;
  }

  list(): Job[] {
    return this.#list.map((job) => ({ ...job }));
  }

  find(job_id: string): Job | undefined {
    return this.#list.find((job) => job.job_id === job_id);
  }

  cancel(job_id: string): void {
    const job = this.find(job_id);
    if (job?.state === 'running') {
      job.state = 'cancelled';
      if (job.kind !== 'backup' && job.kind !== 'export')
        job.report = { ...sampleReport, rejections: [], rejected: 0, differing: 0, differences: [] };
    }
  }
}
