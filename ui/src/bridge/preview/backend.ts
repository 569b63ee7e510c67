// The core's stand-in for tests and for a browser during development: invented data, kept in
// memory. It is loaded only where `import.meta.env.DEV` holds and never reaches the bundle.
import { problem, type Backend } from '../backend';
import type { BackupAge, Place, SignedIn, StaffMember } from '../generated/index';
import type { UseCaseName, UseCases } from '../generated/use_cases';
import { clinic, makeStaff, matrix, permittedTo, signedInAs } from './access';
import { makeBreakdown } from './breakdown';
import { makeChart } from './charts';
import { duplicateHandlers } from './duplicates';
import { elsewhereHandlers } from './elsewhere';
import { checkForm, readDate } from './form_check';
import { handOut } from './hand_out';
import { PreviewJobs } from './jobs';
import { PreviewMessages } from './messages';
import { cohortHandlers } from './cohorts';
import { dataSetHandlers } from './data_sets';
import { documentHandlers } from './documents';
import { paperHandlers } from './paper';
import { birthOf, blankForm, fold, makePeople, mrnOf, visitOn, type PreviewPatient } from './people';
import { makeStudies, makeStudy, phantomFrame, thumbnail } from './phantoms';
import { lookAtTable, tableProfileHandlers } from './tables';

type Input<Name extends UseCaseName> = UseCases[Name]['input'];
type Output<Name extends UseCaseName> = UseCases[Name]['output'];
type Handlers = {
  [Name in UseCaseName]: (input: Input<Name>, who: StaffMember) => Output<Name> | Promise<Output<Name>>;
};

const recoveryWords =
  'anchor basil candle dragon ember falcon garden harbor island jungle kernel lemon marble needle orbit pepper quartz ribbon saddle timber umbrella velvet walnut zebra'.split(
    ' ',
  );
const places: Place[] = [
  { place_id: 'usb', name: 'BACKUP-2', kind: 'removable' },
  { place_id: 'downloads', name: 'Downloads', kind: 'downloads' },
  { place_id: 'documents', name: 'Documents', kind: 'documents' },
];
const withoutSession: readonly UseCaseName[] = [
  'workstation_status', 'create_vault', 'open_practice_clinic', 'leave_practice_clinic', 'restore_backup', 'sign_in',
  'recover_access', 'list_places', 'list_place_entries', 'choose_folder',
]; // prettier-ignore

export interface PreviewOptions {
  /** 'first-run' starts without a vault. */
  start?: 'first-run' | 'sign-in';
  people?: number;
  idle_seconds?: number;
  /** Milliseconds each answer takes. */
  delay?: number;
}

export function previewBackend(query: URLSearchParams): Backend {
  return makePreview({
    start: query.get('preview') === 'first-run' ? 'first-run' : 'sign-in',
    people: Number(query.get('people') ?? 240),
    idle_seconds: Number(query.get('idle') ?? 300),
    delay: Number(query.get('delay') ?? 0),
  }).backend;
}

export interface Preview {
  backend: Backend;
  /** Every call made, in order. */
  calls: { name: string; input: unknown }[];
  /** Refuses the next call of this name with the given problem. */
  refuseNext: (name: UseCaseName, refusal: ReturnType<typeof problem>) => void;
}

export function makePreview(options: PreviewOptions = {}): Preview {
  const people = makePeople(options.people ?? 60);
  const staff = makeStaff();
  const jobs = new PreviewJobs();
  const messages = new PreviewMessages();
  const drafts = new Map<string, { body: string; kept_at: string }>();
  const sessions = new Map<string, StaffMember>();
  const registered = new Map<string, { patient_id: string; mrn: string }>();
  const recent: string[] = people.slice(0, 5).map((person) => person.hit.patient_id);
  const studies = makeStudies(
    people.map((person) => ({
      patient_id: person.hit.patient_id,
      mrn: person.hit.mrn,
      name: `${person.hit.family_name}, ${person.hit.given_name}`,
    })),
  );
  let settings = { ...clinic };
  let vault = options.start !== 'first-run';
  let practice = false;
  let failures = 0;
  let mapped = 0;
  let asked: [number, number] = [5, 17];
  const calls: Preview['calls'] = [];
  const refusals = new Map<string, ReturnType<typeof problem>>();

  const refuse = (...said: Parameters<typeof problem>): never => {
    // A plain object, as Tauri hands it over.
    throw problem(...said);
  };
  const person = (patient_id: string): PreviewPatient =>
    people.find((entry) => entry.hit.patient_id === patient_id) ?? refuse('not_found', 'patient_unknown');
  const open = (member: StaffMember): SignedIn => {
    const token = `token-${sessions.size + 1}`;
    sessions.set(token, member);
    return { ...signedInAs(member, settings, token), idle_seconds: options.idle_seconds ?? 300 };
  };
  const backup: BackupAge = { last_at: '2026-11-24T07:12:00Z', state: 'fresh', age_hours: 3 };
  const status = () => ({
    idle_seconds_left: 300, absolute_seconds_left: 40_000, backup, practice,
    jobs_running: jobs.list().filter((job) => job.state === 'running').length,
  }); // prettier-ignore

  const handlers: Handlers = {
    workstation_status: () => ({
      state: vault ? 'locked' : 'absent', detail: null, problem: null, clinic_name: vault ? settings.clinic_name : null, practice,
      people: vault ? staff.filter((member) => member.active).map(({ person, display_name }) => ({ person, display_name })) : [],
      version: '0.1.0', language: vault ? settings.language : null, wait_seconds: failures >= 3 ? 12 : 0,
      running_jobs: jobs.list().filter((job) => job.state === 'running').length,
    }), // prettier-ignore
    create_vault: (input) => {
      settings = input.settings;
      vault = true;
      const first: StaffMember = {
        person: input.person, display_name: input.display_name, roles: input.roles, active: true, custodian: true,
        last_signed_in: null,
      }; // prettier-ignore
      staff.splice(0, staff.length, first);
      return {
        recovery_words: recoveryWords,
        check_positions: asked,
        session: { ...open(first), recovery_sheet_confirmed: false },
      };
    },
    confirm_recovery_sheet: (input) =>
      asked.every((position, index) => input.words[index] === recoveryWords[position - 1])
        ? {}
        : refuse('invalid_input', 'wrong_sheet_words'),
    open_practice_clinic: () => {
      practice = true;
      vault = true;
      return { person: 'sol', passphrase: 'practice makes perfect' };
    },
    leave_practice_clinic: (_, who) => {
      practice = false;
      return handlers.workstation_status({}, who) as Output<'workstation_status'>;
    },
    make_recovery_sheet: () => {
      asked = [3, 20];
      return { recovery_words: recoveryWords, check_positions: asked };
    },
    export_image: () => ({ file: 'image-2026-11-24.png' }),
    restore_backup: () => {
      vault = true;
      return {};
    },
    sign_in: ({ person: name, passphrase }) => {
      const member = staff.find((entry) => entry.person === name && entry.active);
      if (failures >= 3) failures = 0;
      if (!member || passphrase === '' || passphrase.startsWith('wrong')) {
        failures += 1;
        return refuse('wrong_passphrase', 'wrong_passphrase');
      }
      failures = 0;
      return open(member);
    },
    recover_access: ({ person: name, recovery_words }) => {
      const member = staff.find((entry) => entry.person === name);
      if (!member || recovery_words !== recoveryWords.join(' '))
        return refuse('wrong_passphrase', 'wrong_recovery_words');
      return open(member);
    },
    lock: () => ({}),
    keep_session_alive: status,
    session_status: status,
    keep_draft: ({ kind, body }, who) => {
      const key = `${who.person}/${kind}`;
      const own = [...drafts.keys()].filter((known) => known.startsWith(`${who.person}/`) && known !== key);
      if (own.length >= 50) return refuse('conflict', 'too_many_drafts', { values: { count: '50' } });
      drafts.delete(key);
      drafts.set(key, { body, kept_at: new Date().toISOString() });
      return {};
    },
    list_drafts: (_, who) => ({
      drafts: [...drafts]
        .filter(([key]) => key.startsWith(`${who.person}/`))
        .map(([key, kept]) => ({ kind: key.slice(who.person.length + 1), ...kept }))
        .reverse(),
    }),
    take_draft: ({ kind }, who) => {
      const body = drafts.get(`${who.person}/${kind}`)?.body ?? null;
      drafts.delete(`${who.person}/${kind}`);
      return { body };
    },
    change_passphrase: ({ new_passphrase }) =>
      new_passphrase.length < 15 ? refuse('invalid_input', 'passphrase_short') : {},
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
      const mrn = form.mrn ?? mrnOf(4100 + people.length, settings.mrn_prefix);
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
      return makeChart(entry, studies, clinical, practice);
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
    ...duplicateHandlers(people, jobs, refuse),
    list_places: () => ({ places }),
    list_place_entries: ({ place_id, folder }) => ({
      left_out: 0,
      entries: folder
        ? [{ entry_id: `${folder}/a`, name: 'bundle-01.json', kind: 'fhir', is_folder: false, files: 1, bytes: 2_400_000 }]
        : place_id === 'usb'
          ? [
              { entry_id: 'usb/fhir', name: 'synthea_bundles', kind: 'fhir', is_folder: true, files: 14, bytes: 38_400_000 },
              { entry_id: 'usb/dicom', name: 'head_mr_2026', kind: 'dicom', is_folder: true, files: 384, bytes: 201_000_000 },
              { entry_id: 'usb/zip', name: 'ten_patients.zip', kind: 'fhir', is_folder: false, files: 10, bytes: 6_100_000 },
              { entry_id: 'usb/letters', name: 'letters', kind: 'folder', is_folder: true, files: 31, bytes: 9_200_000 },
              { entry_id: 'usb/backup', name: 'riverside-2026-11-23.rcbackup', kind: 'backup', is_folder: false, files: 1, bytes: 512_000_000 },
              { entry_id: 'usb/register', name: 'register.csv', kind: 'table', is_folder: false, files: 1, bytes: 1200 },
              { entry_id: 'usb/notes', name: 'notes.txt', kind: 'other', is_folder: false, files: 1, bytes: 1200 },
            ]
          : [],
    }), // prettier-ignore
    choose_folder: () => ({ place: { place_id: 'chosen-1', name: 'import_2026', kind: 'chosen' } }),
    import_fhir: (_, who) => ({
      job_id: jobs.start('import_fhir', 'Records: synthea_bundles', who.display_name, 8, 14, 38_400_000),
    }),
    import_messages: (_, who) => ({
      job_id: jobs.start('import_messages', 'Messages: laboratory.hl7', who.display_name, 4, 1, 1200),
    }),
    list_messages: ({ state }) => messages.list(state),
    open_message: () => messages.open(),
    replay_message: ({ lines }) => messages.replay(lines),
    dismiss_message: ({ reason }) => messages.dismiss(reason),
    interface_state: () => messages.interface(),
    set_interface: (settings) => messages.interface(settings),
    renew_interface_certificate: () => messages.interface(),
    ...tableProfileHandlers(),
    look_at_table: ({ choice }) => lookAtTable(choice),
    import_table: ({ choice }, who) => {
      if (lookAtTable(choice).questions.length > 0) refuse('invalid_input', 'table_undecided');
      return { job_id: jobs.start('import_table', 'Table: register.csv', who.display_name, 4, 1, 1200) };
    },
    import_dicom: (_, who) => ({
      job_id: jobs.start('import_dicom', 'Images: head_mr_2026', who.display_name, 10, 384, 201_000_000),
    }),
    list_jobs: () => ({ jobs: jobs.list() }),
    job: ({ job_id }) => jobs.find(job_id) ?? refuse('not_found', 'job_unknown'),
    cancel_job: ({ job_id }) => (jobs.cancel(job_id), {}),
    resume_job: ({ job_id }, who) => {
      const job = jobs.find(job_id) ?? refuse('not_found', 'job_unknown');
      return {
        job_id: jobs.start(job.kind, job.title, who.display_name, 4, job.total, job.total_bytes),
      };
    },
    export_rejected: () => ({ file: 'rejected-2026-11-24.csv', rows: 3 }),
    export_records: (input, who) => handOut(jobs, input, who.display_name, people.length),
    export_research_tables: (input, who) => handOut(jobs, input, who.display_name, people.length),
    save_loss_report: ({ format }) => ({ file: `RustCare-losses-2026-11-24.${format}`, rows: 3 }),
    export_outcomes: () => ({ file: 'RustCare-outcomes-2026-11-24.json', rows: 3 }),
    concept_mapping: () => ({ codes: mapped }),
    load_concept_mapping: () => ({ codes: (mapped = 412) }),
    save_concept_mapping: () => ({ file: 'RustCare-concepts-2026-11-24.csv', rows: mapped }),
    ...cohortHandlers(),
    ...dataSetHandlers(jobs),
    ...elsewhereHandlers(jobs),
    ...documentHandlers,
    ...paperHandlers,
    cohort_breakdown: ({ filter, to_hand_out }, who) =>
      makeBreakdown(filter, to_hand_out || !who.roles.includes('clinician') ? 11 : 1),
    list_group_patients: ({ limit, offset }) => ({
      total: people.length,
      patients: people.slice(offset, offset + limit).map((person) => person.hit),
    }),
    export_breakdown: ({ format }) => ({ file: `breakdown-2026-11-24.${format}` }),
    list_studies: ({ patient_id, state, text }) => ({
      studies: studies.filter(
        (study) =>
          (patient_id === null || study.patient_id === patient_id) &&
          (state === null || study.state === state) &&
          fold(`${study.patient_on_file} ${study.patient_name ?? ''} ${study.description} ${study.modality} ${study.mrn ?? ''}`).includes(fold(text)),
      ),
    }), // prettier-ignore
    open_study: ({ study_id }) => {
      const row =
        studies.find((study) => study.study_id === study_id) ?? refuse('not_found', 'study_unknown');
      const study = makeStudy(row);
      if (row.patient_id) study.banner = makeChart(person(row.patient_id), [], true, practice).banner;
      return study;
    },
    image_frame: ({ image_id }) => {
      const [, , place = '0', of = '1', side = '256', modality = 'MR'] = image_id.split(':');
      return phantomFrame(
        Number(of) === 1 ? 20 : Number(place),
        Number(of) === 1 ? 40 : Number(of),
        Number(side),
        modality,
      );
    },
    series_thumbnail: ({ series_id }) => thumbnail(series_id),
    suggest_patients: () => ({
      patients: people.slice(6, 9).map((entry, index) => ({
        patient: entry.hit,
        reason: index === 0 ? 'same name and date of birth' : 'same name',
        reasons: [index === 0 ? ('same_name_and_birth' as const) : ('same_name' as const)],
      })),
    }),
    link_study: ({ study_id, patient_id }) => {
      const study = studies.find((entry) => entry.study_id === study_id);
      const { hit } = person(patient_id);
      if (study) Object.assign(study, { patient_id, mrn: hit.mrn, state: 'linked', patient_name: `${hit.family_name}, ${hit.given_name}` });
      return {};
    }, // prettier-ignore
    unlink_study: ({ study_id }) => {
      const study = studies.find((entry) => entry.study_id === study_id);
      if (study)
        Object.assign(study, { patient_id: null, mrn: null, state: 'unmatched', patient_name: null });
      return {};
    },
    list_staff: () => ({ staff: staff.map((member) => ({ ...member })) }),
    add_staff: (input) => {
      if (staff.some((member) => member.person === input.person)) return refuse('already_exists', 'name_taken', { field: 'person' });
      staff.push({ ...input, active: true, custodian: false, last_signed_in: null });
      return {};
    }, // prettier-ignore
    disable_staff: ({ person: name }) => {
      const member = staff.find((entry) => entry.person === name);
      const admins = staff.filter((entry) => entry.active && entry.roles.includes('administrator'));
      if (member && admins.length === 1 && admins[0] === member) return refuse('last_of_kind', 'last_administrator');
      if (member) member.active = false;
      return {};
    }, // prettier-ignore
    set_staff_roles: ({ person: name, roles }) => {
      const member = staff.find((entry) => entry.person === name);
      if (member) member.roles = roles;
      return {};
    },
    permission_matrix: matrix,
    clinic_settings: () => ({ settings }),
    update_clinic_settings: (input) => {
      settings = input.settings;
      return {};
    },
    back_up: (_, who) => ({
      job_id: jobs.start('backup', 'Backup to BACKUP-2', who.display_name, 5, 1, 512_000_000),
    }),
    verify_audit: () => ({
      intact: true,
      entries: 412_306,
      first_bad: null,
      what: null,
      finding: null,
      checkpoints: 88,
      last_checkpoint_at: '2026-11-23T22:00:00Z',
      took_milliseconds: 640,
    }),
    list_audit: ({ before_sequence, limit }) => {
      const from = before_sequence ?? 412_307;
      const acts = ['open_chart', 'find_patients', 'sign_in', 'register_patient', 'reveal_secret', 'import_fhir'];
      return {
        total: 412_306,
        entries: Array.from({ length: limit }, (_, index) => {
          const sequence = from - 1 - index;
          return {
            sequence, at: new Date(Date.UTC(2026, 10, 24, 10, 12) - (412_306 - sequence) * 47_000).toISOString(),
            person: ['Amina Yusuf', 'Dr. Lena Berg', 'Ravi Patel'][sequence % 3] ?? '', role: ['front_desk', 'clinician', 'radiographer'][sequence % 3] ?? '',
            action: acts[sequence % acts.length] ?? '', subject: sequence % 3 ? `RC000${4100 + (sequence % 60)}` : null, outcome: sequence % 17 ? 'done' : 'refused',
          };
        }),
      };
    }, // prettier-ignore
    export_audit: () => ({ file: 'trail-2026-11-24.jsonl', entries: 412_306 }),
    vault_health: () => ({
      cipher_version: '4.20.0 community', sqlite_version: '3.54.1', database_bytes: 184_000_000, blob_bytes: 12_400_000_000,
      free_bytes: 211_000_000_000, backup, patients: people.length, studies: studies.length, audit_entries: 412_306, quarantined: 2,
    }), // prettier-ignore
  };

  async function invoke(name: string, token: string | null, input: unknown): Promise<unknown> {
    calls.push({ name, input });
    if (options.delay) await new Promise((resolve) => setTimeout(resolve, options.delay));
    const refusal = refusals.get(name);
    if (refusal) {
      refusals.delete(name);
      throw refusal;
    }
    const useCase = name as UseCaseName;
    const who = token ? sessions.get(token) : undefined;
    if (!withoutSession.includes(useCase)) {
      if (!who) return refuse('not_signed_in', 'sign_in_first');
      if (!permittedTo(who.roles).includes(name)) return refuse('not_permitted', 'role_forbids');
    }
    const handler = handlers[useCase] as (input: unknown, who: StaffMember | undefined) => unknown;
    if (!handler) return refuse('internal', 'command_unknown');
    // Like the real border: what comes out is a copy.
    const answer = await handler(input, who);
    return answer instanceof ArrayBuffer ? answer : structuredClone(answer);
  }

  return {
    backend: { invoke },
    calls,
    refuseNext: (name, refusal) => refusals.set(name, refusal),
  };
}
