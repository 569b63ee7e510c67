// The one door to the core. Screens import calls and types from here and nowhere deeper, so that
// the types generated from Rust can take the place of the hand-written ones by one edit.
import { Refused, problemOf, type Backend } from './backend';
import { insideTauri, tauriBackend } from './tauri';
import { stale, type Input, type Output, type Topic, type UseCaseName } from './use_cases';

export type * from './contract';
export type {
  FoundPatients,
  HistoryEntry,
  Input,
  Output,
  PatientFormOnFile,
  PatientSuggestion,
  PermissionMatrix,
  PermissionRow,
  PracticeClinic,
  SecretKind,
  Topic,
  UseCaseName,
  VaultHealth,
} from './use_cases';
export { Refused, problem, problemOf, type Backend } from './backend';

type StaleListener = (topics: readonly Topic[]) => void;

let backend: Backend = tauriBackend;
let token: string | null = null;
let sessionEnded: () => void = () => {};
const staleListeners = new Set<StaleListener>();

/** Puts another backend in place of Tauri: tests and the browser preview. */
export function useBackend(other: Backend): void {
  backend = other;
}

/** True inside the RustCare window; false in a plain browser, where nothing answers. */
export { insideTauri };

/** The session every later call acts in; null ends it here (the core ends its own by `lock`). */
export function setSessionToken(next: string | null): void {
  token = next;
}

/** Called once when the core says that the session is over. */
export function onSessionEnded(listener: () => void): void {
  sessionEnded = listener;
}

/** Hears which topics a success made stale. Returns the way to stop listening. */
export function onStale(listener: StaleListener): () => void {
  staleListeners.add(listener);
  return () => staleListeners.delete(listener);
}

export function makeStale(topics: readonly Topic[]): void {
  for (const listener of [...staleListeners]) listener(topics);
}

/**
 * Calls a use case of the core. Rejects with `Refused`, whose `problem` says what and why.
 * A refusal for want of a live session also ends the window's session.
 */
export async function call<Name extends UseCaseName>(name: Name, input: Input<Name>): Promise<Output<Name>> {
  const tokenSent = token;
  try {
    const output = (await backend.invoke(name, tokenSent, input)) as Output<Name>;
    const topics = stale[name];
    if (topics) makeStale(topics);
    return output;
  } catch (error) {
    const problem = problemOf(error);
    const ended = problem.code === 'session_expired' || problem.code === 'not_signed_in';
    if (ended && tokenSent !== null && tokenSent === token) sessionEnded();
    throw new Refused(problem);
  }
}

/**
 * Answers from invented data instead of the core; for a browser during development only. The
 * condition is a constant in a release build, so that none of this module reaches the bundle.
 */
export async function usePreviewBackend(): Promise<boolean> {
  if (import.meta.env.DEV) {
    const { previewBackend } = await import('./preview/backend');
    useBackend(previewBackend(new URLSearchParams(location.search)));
    return true;
  }
  return false;
}
