// Patients of the preview: registered, changed, found, opened.
import { makeChart } from './charts';
import { checkForm, readDate } from './form_check';
import type { Handlers, PreviewClinic } from './handlers';
import { birthOf, blankForm, fold, mrnOf, visitOn } from './people';

export function patientHandlers(
  clinic: PreviewClinic,
): Pick<
  Handlers,
  | 'check_patient_form'
  | 'register_patient'
  | 'update_patient'
  | 'patient_form'
  | 'find_patients'
  | 'recent_patients'
  | 'open_chart'
  | 'patient_history'
  | 'reveal_secret'
  | 'check_identity'
> {
  const { people, studies, person, refuse } = clinic;
  const registered = new Map<string, { patient_id: string; mrn: string }>();
  const recent: string[] = people.slice(0, 5).map((entry) => entry.hit.patient_id);
  return {
    check_patient_form: ({ form, fields }) => {
      const checked = checkForm(form);
      return {
        readings: checked.readings,
        notes: checked.notes.filter((note) => fields.length === 0 || fields.includes(note.field)),
      };
    },
    register_patient: ({ form }) => {
      const before = registered.get(form.form_id);
      if (before) return { ...before, notes: [] };
      const { notes } = checkForm(form);
      if (notes.length > 0)
        return refuse('invalid_input', 'fields_wrong', {
          fields: notes,
          values: { count: String(notes.length) },
        });
      const born = readDate(form.date_of_birth ?? '') ?? '1990-01-01';
      const mrn = form.mrn ?? mrnOf(4100 + people.length, clinic.settings.mrn_prefix);
      const patient_id = `p-${people.length + 1}`;
      people.push({
        born, version: 0, ssn: form.ssn, insurance_number: form.insurance_number, form: { ...form, mrn },
        hit: {
          patient_id, mrn, family_name: form.family_name ?? '', given_name: form.given_name ?? '',
          preferred_name: form.preferred_name, ...birthOf(born),
          sex: form.sex ?? 'unknown', city: form.city, phone: form.phone, ...visitOn(null), namesakes: 0,
          deceased: form.deceased, merged_into_mrn: null, matched: [],
        },
      }); // prettier-ignore
      registered.set(form.form_id, { patient_id, mrn });
      return { patient_id, mrn, notes: [] };
    },
    update_patient: ({ patient_id, form, version }) => {
      const entry = person(patient_id);
      if (entry.version !== version) return refuse('conflict', 'record_changed');
      const { notes } = checkForm(form);
      if (notes.length > 0)
        return refuse('invalid_input', 'fields_wrong', {
          fields: notes,
          values: { count: String(notes.length) },
        });
      entry.form = { ...form };
      entry.version += 1;
      Object.assign(entry.hit, { family_name: form.family_name ?? '', given_name: form.given_name ?? '' });
      return { version: entry.version };
    },
    patient_form: ({ patient_id }) => {
      const entry = person(patient_id);
      return {
        patient_id,
        form: { ...blankForm(), ...entry.form, ssn: null, insurance_number: null },
        version: entry.version,
        ssn_on_file: entry.ssn ? `•••-••-${entry.ssn.slice(-4)}` : null,
        insurance_on_file: entry.insurance_number ? `•••••••${entry.insurance_number.slice(-4)}` : null,
      };
    },
    find_patients: ({ text, limit, offset }) => {
      const words = fold(text)
        .split(/[\s,]+/)
        .filter(Boolean);
      const hits = people
        .map((entry) => entry.hit)
        .filter((hit) => {
          const hay = fold(
            `${hit.family_name} ${hit.given_name} ${hit.mrn} ${hit.phone ?? ''} ${hit.date_of_birth}`,
          );
          return words.every((word) => hay.includes(word));
        })
        .sort(
          (a, b) => a.family_name.localeCompare(b.family_name) || a.given_name.localeCompare(b.given_name),
        );
      return {
        total: hits.length,
        more: false,
        patients: hits.slice(offset, offset + limit),
        took_microseconds: 840,
      };
    },
    recent_patients: () => ({ patients: recent.map((patient_id) => person(patient_id).hit) }),
    open_chart: ({ patient_id }, who) => {
      const entry = person(patient_id);
      recent.unshift(...recent.splice(0).filter((known) => known !== patient_id));
      recent.unshift(patient_id);
      const clinical = who.roles.some((role) => role !== 'front_desk' && role !== 'analyst');
      return makeChart(entry, studies, clinical, clinic.practice);
    },
    patient_history: () => ({
      entries: [
        { at: '2026-11-24T09:12:00Z', person: 'Dr. Lena Berg', role: 'clinician', action: 'open_chart', fields: [] },
        { at: '2026-11-20T08:40:00Z', person: 'Amina Yusuf', role: 'front_desk', action: 'update_patient', fields: ['phone', 'address_line'] },
        { at: '2026-03-02T10:01:00Z', person: 'Amina Yusuf', role: 'front_desk', action: 'register_patient', fields: [] },
      ],
    }), // prettier-ignore
    reveal_secret: ({ patient_id, secret, reason }) =>
      reason.trim().length < 4
        ? refuse('invalid_input', 'value_length', { field: 'reason' })
        : { value: person(patient_id)[secret] ?? '' },
    check_identity: ({ patient_id, secret, value }) => ({
      matches: (person(patient_id)[secret] ?? '').replace(/\W/g, '') === value.replace(/\W/g, ''),
    }),
  };
}
