import { reasonSentences } from './generated/core_words';
import type { Problem, ProblemCode, Reason } from './generated/index';

/**
 * What answers the window's calls: the Rust core through Tauri, or invented data in tests and in
 * the browser preview. `token` is null before sign-in. A refusal rejects with a `Problem`.
 */
export interface Backend {
  invoke(name: string, token: string | null, input: unknown): Promise<unknown>;
}

/** A refusal of the core, as an error that can be thrown and caught. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'Refused';
    this.problem = problem;
  }
}

export function problem(code: ProblemCode, reason: Reason, rest: Partial<Problem> = {}): Problem {
  const values = rest.values ?? {};
  const message = reasonSentences[reason].replace(
    /\{(\w+)\}/g,
    (whole, place: string) => values[place] ?? whole,
  );
  return { code, reason, values, message, field: null, fields: [], details: [], ...rest };
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'reason' in value;
}

/**
 * The `Problem` in whatever a call rejected with. What the core did not phrase (a missing command,
 * a broken pipe) becomes `internal`; its text goes to the details, since the core alone may speak
 * of patients and this text did not come from there.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return error.problem;
  if (isProblem(error))
    return { ...error, values: error.values ?? {}, fields: error.fields ?? [], details: error.details ?? [] };
  return problem('internal', 'program_fault', {
    details: [error instanceof Error ? error.message : String(error)],
  });
}
