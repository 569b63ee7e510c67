// Who is signed in, and the way out. Nothing here outlives a lock: the page is loaded anew.
import {
  call,
  onSessionEnded,
  setSessionToken,
  type BackupAge,
  type Role,
  type SessionStatus,
  type SignedIn,
  type UseCaseName,
} from '../bridge/index';
import { setClinicSettings } from './clinic.svelte';
import { followClinicLanguage } from './appearance.svelte';
import { keepOpenDrafts } from './drafts';

interface SessionState {
  signed_in: SignedIn | null;
  practice: boolean;
  backup: BackupAge | null;
  /** Seconds left before the session ends whatever is done; null until the core has said. */
  absolute_seconds_left: number | null;
  locking: boolean;
  /** The session is over and the page is about to be loaded anew: this one shows nothing any more. */
  leaving: boolean;
}

const state = $state<SessionState>({
  signed_in: null,
  practice: false,
  backup: null,
  absolute_seconds_left: null,
  locking: false,
  leaving: false,
});

export function session(): Readonly<SessionState> {
  return state;
}

let open = false;
/** For what runs while the screen is taken down, where reactive state still reads as it was before. */
export function sessionOpen(): boolean {
  return open;
}

export function signedIn(): SignedIn {
  if (!state.signed_in) throw new Error('no session');
  return state.signed_in;
}

export function may(useCase: UseCaseName): boolean {
  return state.signed_in?.permitted.includes(useCase) ?? false;
}

export function hasRole(role: Role): boolean {
  return state.signed_in?.roles.includes(role) ?? false;
}

export function openSession(next: SignedIn, practice: boolean): void {
  setSessionToken(next.token);
  open = true;
  // The token is kept by the bridge alone.
  state.signed_in = { ...next, token: '' };
  state.practice = practice;
  setClinicSettings(next.settings);
  followClinicLanguage(next.settings.language);
}

export function noteStatus(status: SessionStatus): void {
  state.backup = status.backup;
  state.practice = status.practice;
  state.absolute_seconds_left = status.absolute_seconds_left;
}

export function noteRecoverySheet(confirmed: boolean): void {
  if (state.signed_in) state.signed_in.recovery_sheet_confirmed = confirmed;
}

const lockNoteKey = 'rustcare.locked';
export interface LockNote {
  at: string;
  person: string;
  draft_kept: boolean;
  /** The session ran out, or the person locked. */
  automatic: boolean;
}

/** What the lock screen says after the page was loaded anew: no patient data, ever. */
export function takeLockNote(): LockNote | null {
  try {
    return JSON.parse(sessionStorage.getItem(lockNoteKey) ?? 'null') as LockNote | null;
  } catch {
    return null;
  }
}

export function forgetLockNote(): void {
  sessionStorage.removeItem(lockNoteKey);
}

let leave: () => void = () => location.reload();
/** Tests cannot load a page anew; they put their own way of leaving here. */
export function setWayOfLeaving(way: () => void): void {
  leave = way;
}

function endHere(draftKept: boolean, automatic: boolean): void {
  const person = state.signed_in?.person ?? '';
  const note: LockNote = { at: new Date().toISOString(), person, draft_kept: draftKept, automatic };
  sessionStorage.setItem(lockNoteKey, JSON.stringify(note));
  setSessionToken(null);
  open = false;
  // No lock screen on this page: a passphrase begun here would be lost when the new one comes.
  state.leaving = true;
  state.signed_in = null;
  setClinicSettings(null);
  leave();
}

/**
 * Locks: drafts are kept first, then the core ends the session and wipes its keys, then the page
 * is loaded anew, so that token and patient data leave the window's memory as well.
 */
export async function lock(automatic = false): Promise<void> {
  if (state.locking || !state.signed_in) return;
  state.locking = true;
  const draftKept = await keepOpenDrafts();
  try {
    await call('lock', {});
  } catch {
    // The core has ended the session by itself already, or is gone: the window must lock either way.
  }
  endHere(draftKept, automatic);
}

onSessionEnded(() => {
  if (state.locking || !state.signed_in) return;
  state.locking = true;
  endHere(draftsKeptSoFar(), true);
});

function draftsKeptSoFar(): boolean {
  return keptDraft;
}
let keptDraft = false;
/** Told by a form whenever the core has its draft (true) or the draft is done with (false). */
export function noteDraftKept(kept: boolean): void {
  keptDraft = kept;
}
