// The one door to the core. Screens import calls and types from here and nowhere deeper. The types
// in ./generated are written from the declarations in Rust (`cargo xtask types`).
import { Refused, problemOf, type Backend } from './backend';
import { insideTauri, tauriBackend } from './tauri';
import { useCases, type Topic, type UseCaseName, type UseCases } from './generated/use_cases';

export type * from './generated/index';
export {
  breakdownRule,
  matchFindings,
  matchParts,
  reasonSentences,
  riskFactorTitles,
} from './generated/core_words';
export { useCases };
export type { Topic, UseCaseName };
export type Input<Name extends UseCaseName> = UseCases[Name]['input'];
export type Output<Name extends UseCaseName> = UseCases[Name]['output'];
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
    const { stale } = useCases[name];
    if (stale.length > 0) makeStale(stale);
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
