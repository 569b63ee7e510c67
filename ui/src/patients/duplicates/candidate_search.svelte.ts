// Who the form could be already, asked while it is filled. It only advises.
import { call, type CandidatesFound, type PatientForm } from '../../bridge/index';

/** Long enough not to ask for every letter, short enough to answer before the next field. */
const pauseMilliseconds = 200;
/** While the index is still being read it is asked again. */
const againMilliseconds = 1000;

/** What a person is found by; nothing else of the form is worth asking for again. */
function askedOf(form: PatientForm): string {
  return JSON.stringify([
    form.given_name, form.middle_name, form.family_name, form.suffix, form.date_of_birth, form.sex, form.email,
    form.phone, form.address_line, form.city, form.state, form.postal_code,
  ]); // prettier-ignore
}

export class CandidateSearch {
  found = $state<CandidatesFound | null>(null);
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #asked = '';
  #patient: string | null;

  constructor(patient_id: string | null = null) {
    this.#patient = patient_id;
  }

  /** Asks when the form has come to rest; call from `$effect`. */
  follow(filled: PatientForm): () => void {
    const form = $state.snapshot(filled) as PatientForm;
    const asked = askedOf(form);
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.#later(form, pauseMilliseconds);
    }
    return () => {
      if (this.#timer) clearTimeout(this.#timer);
      this.#asked = '';
    };
  }

  #later(form: PatientForm, milliseconds: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(form), milliseconds);
  }

  async #ask(form: PatientForm): Promise<void> {
    this.#run += 1;
    const run = this.#run;
    // A name alone of one letter, or nothing at all, is nobody yet.
    if (!form.family_name && !form.given_name && !form.phone && !form.email && !form.date_of_birth) {
      this.found = null;
      return;
    }
    try {
      // The secret numbers are not needed to find somebody.
      const found = await call('find_candidates', {
        form: { ...form, ssn: null, insurance_number: null },
        patient_id: this.#patient,
      });
      if (run !== this.#run) return;
      this.found = found;
      if (!found.ready) this.#later(form, againMilliseconds);
    } catch {
      // Advice that fails is no advice; saving is not touched by it.
      if (run === this.#run) this.found = null;
    }
  }
}
