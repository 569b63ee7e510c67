// Every use case the window may call: its input, its output, and what a success makes stale.
// Written by hand until `generated/use_cases.ts` takes its place.
import type * as c from './contract';

type Call<Input, Output> = { input: Input; output: Output };
type PatientId = { patient_id: string };
type StudyId = { study_id: string };
type JobId = { job_id: string };

export interface UseCases {
  // access
  workstation_status: Call<c.Empty, c.WorkstationStatus>;
  create_vault: Call<c.CreateVault, c.VaultCreated>;
  confirm_recovery_sheet: Call<{ words: string[] }, c.Empty>;
  open_practice_clinic: Call<c.Empty, PracticeClinic>;
  leave_practice_clinic: Call<c.Empty, c.WorkstationStatus>;
  restore_backup: Call<{ entry_id: string }, c.Empty>;
  sign_in: Call<{ person: string; passphrase: string }, c.SignedIn>;
  recover_access: Call<{ person: string; recovery_words: string; new_passphrase: string }, c.SignedIn>;
  lock: Call<c.Empty, c.Empty>;
  keep_session_alive: Call<c.Empty, c.SessionStatus>;
  session_status: Call<c.Empty, c.SessionStatus>;
  keep_draft: Call<{ kind: string; body: string }, c.Empty>;
  take_draft: Call<{ kind: string }, { body: string | null }>;
  change_passphrase: Call<{ old_passphrase: string; new_passphrase: string }, c.Empty>;
  // patients
  check_patient_form: Call<
    { form: c.PatientForm; fields: string[] },
    { notes: c.FieldNote[]; readings: c.FieldReading[] }
  >;
  register_patient: Call<{ form: c.PatientForm }, { patient_id: string; mrn: string; notes: c.FieldNote[] }>;
  update_patient: Call<PatientId & { form: c.PatientForm; version: number }, { version: number }>;
  patient_form: Call<PatientId, PatientFormOnFile>;
  find_patients: Call<{ text: string; limit: number; offset: number }, FoundPatients>;
  recent_patients: Call<c.Empty, { patients: c.PatientHit[] }>;
  open_chart: Call<PatientId, c.Chart>;
  patient_history: Call<PatientId, { entries: HistoryEntry[] }>;
  reveal_secret: Call<PatientId & { secret: SecretKind; reason: string }, { value: string }>;
  check_identity: Call<PatientId & { secret: SecretKind; value: string }, { matches: boolean }>;
  // exchange and jobs
  list_places: Call<c.Empty, { places: c.Place[] }>;
  list_place_entries: Call<{ place_id: string; folder: string | null }, { entries: c.PlaceEntry[] }>;
  choose_folder: Call<c.Empty, { place: c.Place | null }>;
  import_fhir: Call<{ entry_id: string }, JobId>;
  import_dicom: Call<{ entry_id: string }, JobId>;
  list_jobs: Call<c.Empty, { jobs: c.Job[] }>;
  job: Call<JobId, c.Job>;
  cancel_job: Call<JobId, c.Empty>;
  resume_job: Call<JobId, JobId>;
  export_rejected: Call<JobId & { place_id: string }, { file: string; rows: number }>;
  // cohorts
  cohort_breakdown: Call<{ filter: c.BreakdownFilter }, c.Breakdown>;
  export_breakdown: Call<
    { filter: c.BreakdownFilter; format: 'csv' | 'svg'; place_id: string | null },
    { file: string }
  >;
  // imaging
  list_studies: Call<
    { patient_id: string | null; state: 'unmatched' | 'linked' | null; text: string },
    { studies: c.StudyRow[] }
  >;
  open_study: Call<StudyId, c.Study>;
  image_frame: Call<{ image_id: string; frame: number }, ArrayBuffer>;
  series_thumbnail: Call<{ series_id: string }, ArrayBuffer>;
  suggest_patients: Call<StudyId, { patients: PatientSuggestion[] }>;
  link_study: Call<StudyId & PatientId, c.Empty>;
  unlink_study: Call<StudyId, c.Empty>;
  // administration
  list_staff: Call<c.Empty, { staff: c.StaffMember[] }>;
  add_staff: Call<{ person: string; display_name: string; roles: c.Role[]; passphrase: string }, c.Empty>;
  disable_staff: Call<{ person: string }, c.Empty>;
  set_staff_roles: Call<{ person: string; roles: c.Role[] }, c.Empty>;
  permission_matrix: Call<c.Empty, PermissionMatrix>;
  clinic_settings: Call<c.Empty, { settings: c.ClinicSettings }>;
  update_clinic_settings: Call<{ settings: c.ClinicSettings }, c.Empty>;
  back_up: Call<{ place_id: string }, JobId>;
  verify_audit: Call<c.Empty, c.AuditVerdict>;
  list_audit: Call<
    { patient_id: string | null; before_sequence: number | null; limit: number },
    { entries: c.AuditRow[]; total: number }
  >;
  export_audit: Call<{ place_id: string }, { file: string; entries: number }>;
  vault_health: Call<c.Empty, VaultHealth>;
}

export type UseCaseName = keyof UseCases;
export type Input<Name extends UseCaseName> = UseCases[Name]['input'];
export type Output<Name extends UseCaseName> = UseCases[Name]['output'];

export type SecretKind = 'ssn' | 'insurance_number';
export type PracticeClinic = { person: string; passphrase: string };
export type FoundPatients = { total: number; patients: c.PatientHit[]; took_microseconds: number };
export type PatientFormOnFile = {
  form: c.PatientForm;
  version: number;
  ssn_on_file: string | null;
  insurance_on_file: string | null;
};
export type HistoryEntry = { at: string; person: string; role: string; action: string; fields: string[] };
export type PatientSuggestion = { patient: c.PatientHit; reason: string };
export type PermissionRow = { use_case: string; room: string; title: string; allowed: c.Role[] };
export type PermissionMatrix = { roles: c.Role[]; rows: PermissionRow[] };
export type VaultHealth = {
  cipher_version: string;
  sqlite_version: string;
  database_bytes: number;
  blob_bytes: number;
  free_bytes: number | null;
  backup: c.BackupAge;
  patients: number;
  studies: number;
  audit_entries: number;
  quarantined: number;
};

/** A kind of content that screens show and use cases change. */
export type Topic =
  | 'session'
  | 'patients'
  | 'chart'
  | 'jobs'
  | 'cohorts'
  | 'studies'
  | 'staff'
  | 'settings'
  | 'audit'
  | 'vault';

/** What a success of a use case makes stale; screens that show it read it again. */
export const stale: { readonly [Name in UseCaseName]?: readonly Topic[] } = {
  register_patient: ['patients', 'cohorts'],
  update_patient: ['patients', 'chart', 'cohorts', 'studies'],
  import_fhir: ['jobs'],
  import_dicom: ['jobs'],
  cancel_job: ['jobs'],
  resume_job: ['jobs'],
  link_study: ['studies', 'chart'],
  unlink_study: ['studies', 'chart'],
  add_staff: ['staff'],
  disable_staff: ['staff'],
  set_staff_roles: ['staff'],
  update_clinic_settings: ['settings'],
  back_up: ['jobs', 'vault'],
};
