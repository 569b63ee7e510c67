// Where the window is. Views are values kept in memory only: no address ever names a patient.
import type { BreakdownFilter, PrimaryDiagnosis } from '../bridge/index';
import type { MessageKey } from './i18n/index.svelte';

export type View =
  | { room: 'today' }
  | { room: 'patients'; screen: 'find'; text: string }
  | { room: 'patients'; screen: 'register'; text: string; opened: number; draft?: string | null }
  | { room: 'patients'; screen: 'chart'; patient_id: string; tab?: string }
  /** `about` is a patient whose group is opened first. */
  | { room: 'patients'; screen: 'duplicates'; about?: string }
  | { room: 'cohorts' }
  | { room: 'imaging'; screen: 'studies'; state: 'unmatched' | 'linked' | null; text: string }
  | { room: 'imaging'; screen: 'viewer'; study_id: string }
  | { room: 'exchange'; hand_out?: HandOutOf | HandOutCohort }
  | { room: 'admin'; page: AdminPage };
/** The patient whose records are to be handed out. */
export type HandOutOf = { patient_id: string; name: string };
/** Those whom a breakdown counts, whose records are to be handed out; all of them, or a group. */
export type HandOutCohort = {
  filter: BreakdownFilter;
  patients: number | null;
  groups: readonly CohortGroup[];
};
export type CohortGroup = PrimaryDiagnosis & { title: string; count: number | null };
export type AdminPage = 'overview' | 'staff' | 'roles' | 'audit' | 'clinic' | 'databases';
export type Room = View['room'];

const state = $state<{ view: View; past: View[] }>({ view: { room: 'today' }, past: [] });

export function view(): View {
  return state.view;
}

export function canGoBack(): boolean {
  return state.past.length > 0;
}

/** Asked before the view changes; a form with unsaved content keeps its draft here. */
export type Leaving = () => void;
const leaving = new Set<Leaving>();
export function onLeaving(listener: Leaving): () => void {
  leaving.add(listener);
  return () => leaving.delete(listener);
}

export function go(next: View): void {
  for (const listener of [...leaving]) listener();
  state.past = [...state.past.slice(-30), state.view];
  state.view = next;
}

export function goBack(): void {
  const last = state.past.at(-1);
  if (!last) return;
  for (const listener of [...leaving]) listener();
  state.past = state.past.slice(0, -1);
  state.view = last;
}

export function resetNavigation(): void {
  state.view = { room: 'today' };
  state.past = [];
}

let openings = 0;
/** A registration: anew, carrying over what was typed while looking for the patient, or one begun before. */
export function goRegister(text = '', draft: string | null = null): void {
  openings += 1;
  go({ room: 'patients', screen: 'register', text, opened: openings, draft });
}

export const roomNames: Record<Room, MessageKey> = {
  today: 'nav.today',
  patients: 'nav.patients',
  cohorts: 'nav.cohorts',
  imaging: 'nav.imaging',
  exchange: 'nav.exchange',
  admin: 'nav.admin',
};
