import type { MessageKey } from '../i18n/index.svelte';
import type { View } from '../navigation.svelte';

export interface KeyHelp {
  keys: string[];
  says: MessageKey;
}

export const keysEverywhere: KeyHelp[] = [
  { keys: ['Ctrl K'], says: 'help.find' },
  { keys: ['Alt 1', '…', 'Alt 6'], says: 'help.rooms' },
  { keys: ['Alt ←'], says: 'help.back' },
  { keys: ['N'], says: 'help.register' },
  { keys: ['/'], says: 'help.filter' },
  { keys: ['Ctrl L'], says: 'help.lock' },
  { keys: ['Ctrl P'], says: 'help.print' },
  { keys: ['MRN', 'Enter'], says: 'help.scan' },
  { keys: ['?'], says: 'help.help' },
];

const tables: KeyHelp[] = [
  { keys: ['↑', '↓'], says: 'help.move' },
  { keys: ['Enter'], says: 'help.open' },
  { keys: ['←', '→', 'Space'], says: 'help.table_cell' },
  { keys: ['Ctrl C'], says: 'help.table_copy' },
];

export function keysOf(view: View): KeyHelp[] {
  switch (view.room) {
    case 'patients':
      if (view.screen === 'chart') return [{ keys: ['←', '→'], says: 'help.tabs' }, ...tables];
      return [{ keys: ['Ctrl Enter'], says: 'help.save' }, ...tables];
    case 'imaging':
      if (view.screen === 'studies') return tables;
      return [
        { keys: ['drag'], says: 'help.window' },
        { keys: ['Space'], says: 'help.pan' },
        { keys: ['↑', '↓'], says: 'help.scroll' },
        { keys: ['+', '−'], says: 'help.zoom' },
        { keys: ['F'], says: 'help.fit' },
        { keys: ['1'], says: 'help.one_to_one' },
        { keys: ['I'], says: 'help.invert' },
        { keys: ['R'], says: 'help.reset' },
      ];
    case 'admin':
    case 'cohorts':
    case 'exchange':
      return tables;
    case 'today':
      return [];
  }
}
