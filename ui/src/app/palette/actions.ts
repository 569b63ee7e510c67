// What the palette can do besides finding: one entry an action, only those the person may do.
import type { IconName } from '../../design/icon_paths';
import { t } from '../i18n/index.svelte';
import { go, roomNames } from '../navigation.svelte';
import { lock, may } from '../session.svelte';
import { goRoom, openRooms, roomIcons } from '../frame/rooms';
import { openOverlay } from '../frame/overlays.svelte';

export interface Action {
  id: string;
  title: string;
  icon: IconName;
  run: () => void;
}

export function actions(): Action[] {
  const list: Action[] = openRooms().map((room) => ({
    id: `go-${room}`,
    title: t('palette.go_to', { room: t(roomNames[room]) }),
    icon: roomIcons[room],
    run: () => goRoom(room),
  }));
  if (may('import_fhir') || may('import_dicom'))
    list.push({
      id: 'import',
      title: t('palette.import'),
      icon: 'exchange',
      run: () => go({ room: 'exchange' }),
    });
  if (may('list_duplicates'))
    list.push({
      id: 'duplicates',
      title: t('dup.go'),
      icon: 'patients',
      run: () => go({ room: 'patients', screen: 'duplicates' }),
    });
  if (may('list_studies'))
    list.push({
      id: 'inbox',
      title: t('palette.inbox'),
      icon: 'imaging',
      run: () => go({ room: 'imaging', screen: 'studies', state: 'unmatched', text: '' }),
    });
  if (may('back_up'))
    list.push({
      id: 'back-up',
      title: t('palette.back_up'),
      icon: 'backup',
      run: () => go({ room: 'admin', page: 'overview' }),
    });
  if (may('list_staff'))
    list.push({
      id: 'staff',
      title: t('palette.staff'),
      icon: 'person',
      run: () => go({ room: 'admin', page: 'staff' }),
    });
  if (may('list_audit'))
    list.push({
      id: 'audit',
      title: t('palette.audit'),
      icon: 'trail',
      run: () => go({ room: 'admin', page: 'audit' }),
    });
  list.push({ id: 'look', title: t('look.title'), icon: 'settings', run: () => openOverlay('appearance') });
  list.push({ id: 'lock', title: t('top.lock'), icon: 'lock', run: () => void lock() });
  return list;
}

export function matching(list: readonly Action[], text: string): Action[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  return list.filter((action) => words.every((word) => fold(action.title).includes(word)));
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
