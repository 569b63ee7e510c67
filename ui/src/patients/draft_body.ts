// What of a registration goes into its kept draft. A draft lies under the key of the records, which all
// staff can open; the two secret numbers have a key of their own and so are never part of a draft.
import type { PatientForm } from '../bridge/index';

export const secretFields = ['ssn', 'insurance_number'] as const;
export type SecretField = (typeof secretFields)[number];

export interface PatientDraft {
  form: Partial<PatientForm>;
  /** The numbers that were filled when the draft was kept; they have to be typed again. */
  not_kept: SecretField[];
}

/** The text to keep: the form without its secret numbers, and which of them were filled. */
export function draftBody({ form, not_kept }: PatientDraft): string {
  return JSON.stringify({
    ...form,
    ssn: null,
    insurance_number: null,
    not_kept: secretFields.filter((field) => not_kept.includes(field) || Boolean(form[field])),
  });
}

/** Reads a kept text back. Throws a `SyntaxError` where it is not JSON. */
export function readDraftBody(body: string): PatientDraft {
  const { not_kept = [], ...form } = JSON.parse(body) as Partial<
    PatientForm & Pick<PatientDraft, 'not_kept'>
  >;
  return { form, not_kept };
}
