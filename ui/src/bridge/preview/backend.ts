// The core's stand-in for tests and for a browser during development: invented data, kept in
// memory. It is loaded only where `import.meta.env.DEV` holds and never reaches the bundle.
import { problem, type Backend } from '../backend';
import type { BackupAge, Place, SignedIn, StaffMember } from '../generated/index';
import type { UseCaseName } from '../generated/use_cases';
import { clinic, makeStaff, permittedTo, signedInAs } from './access';
import { adminHandlers } from './admin';
import { makeBreakdown } from './breakdown';
import { duplicateHandlers } from './duplicates';
import { elsewhereHandlers } from './elsewhere';
import { handOut } from './hand_out';
import type { Handlers, Output, PreviewClinic } from './handlers';
import { imagingHandlers } from './imaging';
import { PreviewJobs } from './jobs';
import { PreviewMessages } from './messages';
import { cohortHandlers } from './cohorts';
import { dataSetHandlers } from './data_sets';
import { documentHandlers } from './documents';
import { paperHandlers } from './paper';
import { patientHandlers } from './patients';
import { makePeople, type PreviewPatient } from './people';
import { makeStudies } from './phantoms';
import { lookAtTable, tableProfileHandlers } from './tables';

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
  const studies = makeStudies(
    people.map((person) => ({
      patient_id: person.hit.patient_id,
      mrn: person.hit.mrn,
      name: `${person.hit.family_name}, ${person.hit.given_name}`,
    })),
  );
  let vault = options.start !== 'first-run';
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
    return { ...signedInAs(member, shared.settings, token), idle_seconds: options.idle_seconds ?? 300 };
  };
  const backup: BackupAge = { last_at: '2026-11-24T07:12:00Z', state: 'fresh', age_hours: 3 };
  const shared: PreviewClinic = {
    people,
    staff,
    studies,
    jobs,
    backup,
    settings: { ...clinic },
    practice: false,
    person,
    refuse,
  };
  const status = () => ({
    idle_seconds_left: 300, absolute_seconds_left: 40_000, backup, practice: shared.practice,
    jobs_running: jobs.list().filter((job) => job.state === 'running').length,
  }); // prettier-ignore

  const handlers: Handlers = {
    workstation_status: () => ({
      state: vault ? 'locked' : 'absent', detail: null, problem: null, clinic_name: vault ? shared.settings.clinic_name : null, practice: shared.practice,
      people: vault ? staff.filter((member) => member.active).map(({ person, display_name }) => ({ person, display_name })) : [],
      version: '0.1.0', language: vault ? shared.settings.language : null, wait_seconds: failures >= 3 ? 12 : 0,
      running_jobs: jobs.list().filter((job) => job.state === 'running').length,
    }), // prettier-ignore
    create_vault: (input) => {
      shared.settings = input.settings;
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
      shared.practice = true;
      vault = true;
      return { person: 'sol', passphrase: 'practice makes perfect' };
    },
    leave_practice_clinic: (_, who) => {
      shared.practice = false;
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
    ...patientHandlers(shared),
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
    ...imagingHandlers(shared),
    ...adminHandlers(shared),
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
