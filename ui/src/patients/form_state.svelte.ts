// The state of a registration: what was typed, what the core says of it, and its draft. The rules
// are the core's; the window only asks (on leaving a field: errors; while typing: readings).
import {
  call,
  problemOf,
  type FieldNote,
  type FieldReading,
  type PatientForm,
  type Problem,
} from '../bridge/index';
import { registerDraft } from '../app/drafts';
import { noteDraftKept, sessionOpen } from '../app/session.svelte';
import { draftBody, secretFields, type SecretField } from './draft_body';
import { discardRegistration, draftPlace, keptRegistrations, type KeptRegistration } from './drafts_list';

export type TextField = {
  [Name in keyof PatientForm]: PatientForm[Name] extends string | null ? Name : never;
}[keyof PatientForm];

const readingPauseMilliseconds = 250;
const draftPauseMilliseconds = 800;

/** A random UUID (version 4). `crypto.randomUUID` is only there where the page counts as secure. */
export function newFormId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function emptyForm(): PatientForm {
  return {
    form_id: newFormId(),
    given_name: null,
    middle_name: null,
    family_name: null,
    prefix: null,
    suffix: null,
    preferred_name: null,
    unknown_person: false,
    date_of_birth: null,
    estimated_age_years: null,
    sex: null,
    email: null,
    phone: null,
    mrn: null,
    language: null,
    interpreter_needed: false,
    address_line: null,
    city: null,
    state: null,
    postal_code: null,
    country: null,
    ssn: null,
    insurance_number: null,
    contact_name: null,
    contact_relationship: null,
    contact_phone: null,
    consent_to_contact: null,
    deceased: false,
    deceased_date: null,
    identifiers: [],
  };
}

export class PatientFormState {
  form = $state<PatientForm>(emptyForm());
  notes = $state<Record<string, FieldNote>>({});
  readings = $state<Record<string, FieldReading>>({});
  problem = $state<Problem | null>(null);
  saving = $state(false);
  /** True once a save was refused: the summary stays until no error is left. */
  refused = $state(false);
  changed = $state(false);
  draft_kept = $state(false);
  draft_returned = $state(false);
  /** Other registrations that were begun and not saved. */
  unfinished = $state<KeptRegistration[]>([]);
  /** Why the core did not keep the draft; what was typed is then only in the form. */
  draft_refused = $state<Problem | null>(null);
  /** The secret numbers that were filled when the draft now in the form was kept, and are not in it. */
  not_kept = $state<SecretField[]>([]);
  #touched = new Set<string>();
  #run = 0;
  #reading: ReturnType<typeof setTimeout> | null = null;
  #drafting: ReturnType<typeof setTimeout> | null = null;
  #keepsDraft: boolean;
  /** Whom the form corrects; null while somebody is registered. */
  #patient: string | null;
  /** Where the form on screen is kept. */
  #place = draftPlace(this.form.form_id);

  constructor(keepsDraft: boolean, patient_id: string | null = null) {
    this.#keepsDraft = keepsDraft;
    this.#patient = patient_id;
  }

  /** Shows what is worth knowing of a form that was filled from a record. */
  async look(): Promise<void> {
    await this.#ask(true);
  }

  /** Takes part in locking while the form is on screen; call from `$effect`. */
  attach(): () => void {
    const leave = this.#keepsDraft ? registerDraft(() => this.keepDraft()) : () => {};
    return () => {
      leave();
      // After a lock there is no session to keep it in: it was kept before.
      if (this.#keepsDraft && this.changed && sessionOpen()) void this.keepDraft();
      if (this.#reading) clearTimeout(this.#reading);
      if (this.#drafting) clearTimeout(this.#drafting);
    };
  }

  /** True while a secret number is filled: a draft would come back without it. */
  get holds_secret(): boolean {
    return secretFields.some((field) => this.form[field] !== null);
  }

  /** Whether this number was filled before the draft was kept and has not been typed again. */
  mustBeTypedAgain(field: SecretField): boolean {
    return this.not_kept.includes(field) && this.form[field] === null;
  }

  text(field: TextField): string {
    return this.form[field] ?? '';
  }

  type(field: TextField, value: string): void {
    (this.form as Record<string, unknown>)[field] = value === '' ? null : value;
    this.edited();
    // An error stands until the field is left again; while typing it would only disturb.
    if (this.#reading) clearTimeout(this.#reading);
    this.#reading = setTimeout(() => void this.#ask(false), readingPauseMilliseconds);
  }

  edited(): void {
    this.changed = true;
    this.draft_kept = false;
    if (!this.#keepsDraft) return;
    if (this.#drafting) clearTimeout(this.#drafting);
    this.#drafting = setTimeout(() => void this.keepDraft(), draftPauseMilliseconds);
  }

  /** The field was left: its errors may show from now on. */
  leave(field: string): void {
    const untouched = this.form[field as TextField] === null && !this.#touched.has(field) && !this.refused;
    if (untouched) return;
    this.#touched.add(field);
    void this.#ask(true);
  }

  async #ask(withErrors: boolean): Promise<void> {
    this.#run += 1;
    const run = this.#run;
    try {
      const answer = await call('check_patient_form', {
        form: $state.snapshot(this.form) as PatientForm,
        patient_id: this.#patient,
        fields: this.refused ? [] : [...this.#touched],
      });
      if (run !== this.#run) return;
      this.readings = Object.fromEntries(answer.readings.map((reading) => [reading.field, reading]));
      const mendable = this.errors.length > 0;
      if (withErrors) this.#setNotes(answer.notes);
      else this.#dropMended(answer.notes);
      // The summary goes with the last error; a refusal that no field can mend stays.
      if (this.refused && mendable && this.errors.length === 0) {
        this.refused = false;
        this.problem = null;
      }
    } catch {
      // A check that fails says nothing about the form; saving will tell.
    }
  }

  #setNotes(notes: readonly FieldNote[]): void {
    const next: Record<string, FieldNote> = {};
    for (const note of notes) {
      const shown = next[note.field];
      if (!shown || (shown.severity !== 'error' && note.severity === 'error')) next[note.field] = note;
    }
    this.notes = next;
  }

  /** While typing an error may vanish, but none appears. */
  #dropMended(notes: readonly FieldNote[]): void {
    const still = new Map(notes.map((note) => [note.field, note]));
    this.notes = Object.fromEntries(
      Object.keys(this.notes).flatMap((field) => {
        const note = still.get(field);
        return note ? [[field, note]] : [];
      }),
    );
  }

  get errors(): FieldNote[] {
    return Object.values(this.notes).filter((note) => note.severity === 'error');
  }

  /** Runs a save once at a time; a refusal marks the fields and loses nothing. */
  async save<Answer>(act: (form: PatientForm) => Promise<Answer>): Promise<Answer | null> {
    if (this.saving) return null;
    this.saving = true;
    this.problem = null;
    if (this.#reading) clearTimeout(this.#reading);
    this.#run += 1;
    try {
      const answer = await act($state.snapshot(this.form) as PatientForm);
      this.changed = false;
      this.refused = false;
      if (this.#drafting) clearTimeout(this.#drafting);
      if (this.#keepsDraft) await this.dropDraft();
      return answer;
    } catch (error) {
      this.problem = problemOf(error);
      this.refused = true;
      const notes = this.problem.fields;
      const single = this.problem.field;
      this.#setNotes(
        notes.length > 0 || !single
          ? notes
          : [
              {
                field: single,
                code: this.problem.code,
                severity: 'error',
                reason: this.problem.reason,
                values: this.problem.values,
                message: this.problem.message,
              },
            ],
      );
      return null;
    } finally {
      this.saving = false;
    }
  }

  async keepDraft(): Promise<boolean> {
    if (!this.changed) return this.draft_kept || this.unfinished.length > 0;
    const body = draftBody({ form: $state.snapshot(this.form) as PatientForm, not_kept: this.not_kept });
    try {
      await call('keep_draft', { kind: this.#place, body });
      this.draft_kept = true;
      this.draft_refused = null;
      noteDraftKept(true);
      return true;
    } catch (error) {
      this.draft_refused = problemOf(error);
      return false;
    }
  }

  /**
   * Looks for registrations that were begun and not saved. `wanted` comes back, or, where the form is blank, the
   * newest; all others stay where they are and are listed.
   */
  async lookForDraft(blank: boolean, wanted: string | null = null): Promise<void> {
    await this.#list();
    const found = wanted
      ? this.unfinished.find((kept) => kept.kind === wanted)
      : blank
        ? this.unfinished[0]
        : undefined;
    if (found) await this.useDraft(found);
  }

  async #list(): Promise<void> {
    try {
      this.unfinished = (await keptRegistrations()).filter((kept) => kept.kind !== this.#place);
    } catch {
      // Without an answer there is no draft to show; what is typed now is not touched by it.
    }
  }

  async useDraft(found: KeptRegistration): Promise<void> {
    // What was typed meanwhile is kept in its own place, and listed with the others.
    if (this.changed) await this.keepDraft();
    this.form = { ...emptyForm(), ...found.draft.form };
    this.not_kept = found.draft.not_kept;
    this.#place = found.kind;
    this.changed = true;
    this.draft_returned = true;
    this.draft_kept = true;
    await this.#list();
  }

  /** The person lets a registration go that is not the one on screen. */
  async letDraftGo(found: KeptRegistration): Promise<void> {
    try {
      await discardRegistration(found);
    } catch {
      // One left behind is offered again; nothing is lost by it.
    }
    await this.#list();
  }

  /** The form on screen is done with, so its draft goes; the others stay where they are. */
  async dropDraft(): Promise<void> {
    noteDraftKept(this.unfinished.length > 0);
    this.draft_kept = false;
    this.draft_returned = false;
    this.draft_refused = null;
    this.not_kept = [];
    const place = this.#place;
    try {
      await call('take_draft', { kind: place });
    } catch {
      // An old draft left behind is offered again; nothing is lost by it.
    }
  }

  startAnew(): void {
    this.form = emptyForm();
    this.notes = {};
    this.readings = {};
    this.problem = null;
    this.refused = false;
    this.changed = false;
    this.#touched.clear();
    if (this.#drafting) clearTimeout(this.#drafting);
    void this.dropDraft();
    this.#place = draftPlace(this.form.form_id);
  }
}
