import type { Job } from '../bridge/index';
import type { StatusShape } from '../design/StatusMark.svelte';
import { groupDigits, t } from './i18n/index.svelte';

/** What the job does. */
export function jobTitle(job: Job): string {
  return t(`jobs.kind.${job.kind}`);
}

/** The state in words; a job that left things out says so. */
export function jobStateWord(job: Job): string {
  const rejected = job.report?.rejected ?? 0;
  if (job.state === 'done' && rejected > 0)
    return t('jobs.state.done_partly', { count: groupDigits(rejected) });
  return t(`jobs.state.${job.state}`);
}

export function jobShape(job: Job): StatusShape {
  switch (job.state) {
    case 'running':
      return 'info';
    case 'done':
      return job.report && job.report.rejected > 0 ? 'warning' : 'ok';
    case 'cancelled':
      return 'stale';
    case 'failed':
      return 'critical';
  }
}

/** Share done, by bytes where they are known since files differ in size; null while unknown. */
export function jobShare(job: Job): number | null {
  if (job.total_bytes > 0) return job.bytes / job.total_bytes;
  if (job.total > 0) return job.done / job.total;
  return null;
}
