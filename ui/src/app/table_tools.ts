// The words and the clipboard of a table that can be filtered, resized and copied from.
import type { TableTooling } from '../design/DataTable.svelte';
import { copyText } from './copy_text';
import { groupDigits, t, tn } from './i18n/index.svelte';
import { toast } from './toasts.svelte';

/** `filter`: false where the screen filters by itself. */
export function tableTools({ filter = true } = {}): TableTooling {
  return {
    filter,
    words: {
      filter: t('table.filter'),
      columns: t('table.columns'),
      shown: (shown, total) => t('table.shown', { shown: groupDigits(shown), total: groupDigits(total) }),
      width: (column) => t('table.width', { column }),
    },
    copy: (text, rows) =>
      void copyText(text).then((copied) => {
        if (!copied) toast(t('table.not_copied'));
        else toast(rows === 0 ? t('table.cell_copied') : tn('table.rows_copied', rows));
      }),
  };
}
