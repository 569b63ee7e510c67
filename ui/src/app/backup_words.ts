// The backup's age in words and shape: amber when due, red when overdue or never made.
import type { BackupAge } from '../bridge/index';
import type { StatusShape } from '../design/StatusMark.svelte';
import { showAgeHours } from './format';
import { t } from './i18n/index.svelte';

export function backupWords(backup: BackupAge | null): { shape: StatusShape; word: string } {
  if (!backup) return { shape: 'neutral', word: t('status.backup_unknown') };
  const age = backup.age_hours === null ? '' : showAgeHours(backup.age_hours);
  switch (backup.state) {
    case 'fresh':
      return { shape: 'neutral', word: t('status.backup_fresh', { age }) };
    case 'due':
      return { shape: 'warning', word: t('status.backup_due', { age }) };
    case 'overdue':
      return { shape: 'critical', word: t('status.backup_overdue', { age }) };
    case 'never':
      return { shape: 'warning', word: t('status.backup_never') };
  }
}
