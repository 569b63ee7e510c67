// Which rooms the rail shows: those in which the person has something to do.
import type { UseCaseName } from '../../bridge/index';
import type { IconName } from '../../design/icon_paths';
import { go, type Room } from '../navigation.svelte';
import { may } from '../session.svelte';

const needs: Record<Exclude<Room, 'today'>, readonly UseCaseName[]> = {
  patients: ['find_patients'],
  cohorts: ['cohort_breakdown'],
  imaging: ['list_studies'],
  exchange: [
    'import_fhir',
    'import_table',
    'import_dicom',
    'import_messages',
    'list_messages',
    'set_interface',
    'export_records',
    'export_research_tables',
  ],
  admin: ['list_staff', 'verify_audit', 'list_audit', 'vault_health', 'back_up', 'update_clinic_settings'],
};

const order: readonly Room[] = ['today', 'patients', 'cohorts', 'imaging', 'exchange', 'admin'];

export function openRooms(): Room[] {
  return order.filter((room) => room === 'today' || needs[room].some((useCase) => may(useCase)));
}

export const roomIcons: Record<Room, IconName> = {
  today: 'today',
  patients: 'patients',
  cohorts: 'cohorts',
  imaging: 'imaging',
  exchange: 'exchange',
  admin: 'admin',
};

export function goRoom(room: Room): void {
  switch (room) {
    case 'today':
    case 'cohorts':
    case 'exchange':
      return go({ room });
    case 'patients':
      return go({ room, screen: 'find', text: '' });
    case 'imaging':
      return go({ room, screen: 'studies', state: null, text: '' });
    case 'admin':
      return go({ room, page: 'overview' });
  }
}
