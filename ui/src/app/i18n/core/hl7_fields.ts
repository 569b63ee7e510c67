// Fields of HL7 v2 messages that a refusal can be about, in plain words.
import { t, type MessageKey } from '../index.svelte';

const words: Record<string, MessageKey> = {
  'PID-7': 'hl7.date_of_birth',
  'PID-29': 'hl7.date_of_death',
  'AL1-3': 'hl7.allergy',
  'DG1-3': 'hl7.diagnosis',
  'PRB-3': 'hl7.problem',
  'PR1-3': 'hl7.procedure',
  'OBX-3': 'hl7.result',
  'RXA-5': 'hl7.vaccine',
  'RXO-1': 'hl7.medicine',
  'RXE-2': 'hl7.medicine',
  'RXD-2': 'hl7.medicine',
};

/** The date of birth (PID-7); undefined for a field that has no word of its own. */
export function hl7FieldWord(field: string): string | undefined {
  const word = words[field];
  return word === undefined ? undefined : `${t(word)} (${field})`;
}
