// The contract between the window and the core, written by hand until the types generated from
// Rust take its place in ./generated (same names). Field names are snake_case on both sides.
// A call: call("use_case_name", input) ; the bridge adds the session token; Tauri command = use case name, args {token, input}.
// A refusal rejects with Problem. i64 counts fit numbers.
export type Problem = {
  code: ProblemCode;
  message: string;
  field: string | null;
  fields: FieldNote[];
  details: string[];
}; // details never hold patient data
export type ProblemCode =
  | 'not_signed_in'
  | 'session_expired'
  | 'not_permitted'
  | 'invalid_input'
  | 'not_found'
  | 'conflict'
  | 'already_exists'
  | 'wrong_passphrase'
  | 'throttled'
  | 'vault_absent'
  | 'vault_locked'
  | 'vault_in_use'
  | 'vault_damaged'
  | 'last_of_kind'
  | 'unreadable_file'
  | 'cancelled'
  | 'storage_full'
  | 'storage_failed'
  | 'internal';
export type FieldNote = {
  field: string;
  code: string;
  severity: 'error' | 'warning' | 'information';
  message: string;
};

// ---- access (no session needed for the first block)
export type Empty = Record<string, never>;
export type VaultState = 'absent' | 'locked' | 'open' | 'in_use' | 'damaged';
export type WorkstationStatus = {
  state: VaultState;
  detail: string | null;
  clinic_name: string | null;
  practice: boolean;
  people: SignInPerson[];
  version: string;
  language: string | null;
  wait_seconds: number;
  running_jobs: number;
};
export type SignInPerson = { person: string; display_name: string };
export type ClinicSettings = {
  clinic_name: string;
  site: string;
  country: string /*ISO 3166 alpha-2*/;
  language: 'en' | 'es';
  time_zone: string;
  phone_region: string;
  mass_unit: 'kg' | 'lb';
  temperature_unit: 'celsius' | 'fahrenheit';
  glucose_unit: 'mmol_per_l' | 'mg_per_dl';
  date_order: 'day_month_year' | 'month_day_year' | 'year_month_day';
  mrn_prefix: string /*1..3 of A-Z0-9*/;
  mrn_first_number: number;
  backup_place: string | null;
};
export type CreateVault = {
  settings: ClinicSettings;
  person: string;
  display_name: string;
  roles: Role[];
  passphrase: string;
  practice: boolean;
};
export type VaultCreated = {
  recovery_words: string[] /*24*/;
  check_positions: [number, number] /*1-based*/;
  session: SignedIn;
};
// create_vault: CreateVault -> VaultCreated
// confirm_recovery_sheet (session): {words: string[]} -> Empty  (two words typed back; else invalid_input)
// open_practice_clinic: Empty -> PracticeClinic {person, passphrase}; (builds it on first use, as it may take ~10 s: show working)
// leave_practice_clinic: Empty -> WorkstationStatus
// restore_backup: {entry_id: string} -> Empty
// sign_in: {person, passphrase} -> SignedIn
// recover_access: {person, recovery_words: string, new_passphrase} -> SignedIn
// workstation_status: Empty -> WorkstationStatus
export type Role = 'front_desk' | 'nurse' | 'clinician' | 'radiographer' | 'analyst' | 'administrator';
export type SignedIn = {
  token: string;
  person: string;
  display_name: string;
  roles: Role[];
  permitted: string[] /* use case names this person may call */;
  settings: ClinicSettings;
  idle_seconds: number;
  absolute_seconds: number;
  recovery_sheet_confirmed: boolean;
};
// session (any role):
// lock: Empty -> Empty ; keep_session_alive: Empty -> SessionStatus ; session_status: Empty -> SessionStatus (does not count as activity)
export type SessionStatus = {
  idle_seconds_left: number;
  absolute_seconds_left: number;
  backup: BackupAge;
  jobs_running: number;
  practice: boolean;
};
export type BackupAge = {
  last_at: string | null;
  state: 'fresh' | 'due' | 'overdue' | 'never';
  age_hours: number | null;
};
// keep_draft {kind: string, body: string} -> Empty ; take_draft {kind: string} -> {body: string|null} ; (drafts belong to the person, are kept encrypted)
// change_passphrase {old_passphrase, new_passphrase} -> Empty

// ---- patients
export type PatientForm = {
  form_id: string /*uuid made by the form: a double click saves once*/;
  given_name: string | null;
  middle_name: string | null;
  family_name: string | null;
  prefix: string | null;
  suffix: string | null;
  preferred_name: string | null;
  unknown_person: boolean;
  date_of_birth: string | null /*as typed*/;
  estimated_age_years: string | null;
  sex: 'female' | 'male' | 'other' | 'unknown' | null;
  email: string | null;
  phone: string | null;
  mrn: string | null /*blank: issued*/;
  language: string | null /*BCP 47*/;
  interpreter_needed: boolean;
  address_line: string | null;
  city: string | null;
  state: string | null;
  postal_code: string | null;
  country: string | null;
  ssn: string | null;
  insurance_number: string | null;
  contact_name: string | null;
  contact_relationship: string | null;
  contact_phone: string | null;
  consent_to_contact: boolean | null;
  deceased: boolean;
  deceased_date: string | null;
  identifiers: ForeignIdentifier[];
};
export type ForeignIdentifier = {
  kind: string;
  authority: string;
  value: string;
  period_start: string | null;
  period_end: string | null;
};
// check_patient_form {form, fields: string[] /*those touched; empty = all*/} -> {notes: FieldNote[], readings: FieldReading[]}   // a reading: "Monday 2 March 1987, 39 years"
export type FieldReading = { field: string; text: string };
// register_patient {form} -> {patient_id: string, mrn: string, notes: FieldNote[]}
// update_patient {patient_id, form, version} -> {version}
// patient_form {patient_id} -> {form: PatientForm (secrets null), version, ssn_on_file: string|null /*"•••-••-4399"*/, insurance_on_file: string|null}
// find_patients {text, limit, offset} -> {total, patients: PatientHit[], took_microseconds}
export type PatientHit = {
  patient_id: string;
  mrn: string;
  family_name: string;
  given_name: string;
  preferred_name: string | null;
  date_of_birth: string /*shown: "02 Mar 1987" or "about 1987"*/;
  age: string /*"39 y"*/;
  sex: string;
  city: string | null;
  phone: string | null;
  last_visit: string | null;
  namesakes: number;
  deceased: boolean;
  matched: [number, number][];
};
// open_chart {patient_id} -> Chart
export type PatientBanner = {
  patient_id: string;
  mrn: string;
  family_name: string;
  given_name: string;
  preferred_name: string | null;
  date_of_birth: string;
  age: string;
  sex: string;
  allergies_state: 'not_asked' | 'none_known' | 'listed' | 'not_permitted';
  allergies: string[];
  deceased: boolean;
  unknown_person: boolean;
  practice: boolean;
};
export type Chart = {
  banner: PatientBanner;
  demographics: { label: string; value: string }[];
  sections_permitted: boolean /*false for roles that see demographics only*/;
  problems: ChartRow[];
  allergies: ChartRow[];
  medicines: ChartRow[];
  immunisations: ChartRow[];
  results: ResultRow[];
  encounters: ChartRow[];
  procedures: ChartRow[];
  documents: ChartRow[];
  studies: StudyRow[];
  timeline: TimelineRow[];
  secrets: { ssn: string | null; insurance_number: string | null };
};
export type ChartRow = {
  id: string;
  date: string | null;
  title: string;
  code: string | null;
  system: string | null;
  status: string | null;
  detail: string | null;
  active: boolean;
};
export type ResultRow = {
  code: string;
  system: string;
  title: string;
  value: string;
  unit: string | null;
  date: string;
  abnormal: 'high' | 'low' | 'critical_high' | 'critical_low' | null;
  reference: string | null;
  points: { date: string; value: number }[];
};
export type TimelineRow = { date: string; kind: string; title: string };
// patient_history {patient_id} -> {entries: {at: string; person: string; role: string; action: string; fields: string[]}[]}
// reveal_secret {patient_id, secret: "ssn"|"insurance_number", reason: string} -> {value: string}
// check_identity {patient_id, secret: "ssn"|"insurance_number", value: string} -> {matches: boolean}
// recent_patients Empty -> {patients: PatientHit[]}

// ---- exchange (bringing in). The window hands over ids, never paths.
export type Place = {
  place_id: string;
  name: string;
  kind: 'folder' | 'removable' | 'downloads' | 'documents' | 'chosen';
};
export type PlaceEntry = {
  entry_id: string;
  name: string;
  kind: 'fhir' | 'dicom' | 'folder' | 'backup' | 'other';
  files: number;
  bytes: number;
};
// list_places Empty -> {places: Place[]} ; list_place_entries {place_id, folder: string|null /*entry_id to look into*/} -> {entries: PlaceEntry[]}
// choose_folder Empty -> {place: Place|null} (native dialog, made in Rust)
// import_fhir {entry_id} -> {job_id} ; import_dicom {entry_id} -> {job_id}
// ---- jobs
export type Job = {
  job_id: string;
  title: string;
  kind: 'import_fhir' | 'import_dicom' | 'backup' | 'restore' | 'practice';
  state: 'running' | 'done' | 'cancelled' | 'failed';
  done: number;
  total: number;
  bytes: number;
  total_bytes: number;
  bytes_per_second: number;
  seconds_left: number | null;
  started_at: string;
  by: string;
  report: ImportReport | null;
  problem: Problem | null;
};
// list_jobs Empty -> {jobs: Job[]} ; cancel_job {job_id} -> Empty ; job {job_id} -> Job ; resume_job {job_id} -> {job_id}
export type ImportReport = {
  taken: number;
  already_there: number;
  changed: number;
  rejected: number;
  kept_verbatim: number;
  patients: number;
  by_type: {
    resource_type: string;
    taken: number;
    already_there: number;
    changed: number;
    rejected: number;
  }[];
  rejections: Rejection[];
  seconds: number;
  megabytes_per_second: number;
};
export type Rejection = { file: string; line: number | null; resource: string | null; reason: string };
// export_rejected {job_id, place_id: string} -> {file: string, rows: number}

// ---- cohorts
export type BreakdownFilter = {
  age_min: number | null;
  age_max: number | null;
  sex: ('female' | 'male' | 'other' | 'unknown')[] /*empty = all*/;
  from: string | null;
  to: string | null /*ISO dates: encounter in range*/;
  alive_only: boolean;
  as_of: string | null;
};
// cohort_breakdown {filter} -> Breakdown
export type Breakdown = {
  as_of: string;
  rule: string;
  patients: number;
  total_patients: number;
  without_diagnosis: number;
  groups: BreakdownGroup[];
  took_microseconds: number;
  data_version: number;
};
export type BreakdownGroup = {
  code: string | null;
  system: string | null;
  title: string /*"No diagnosis recorded" row has code null*/;
  count: number;
  share_percent: number;
  age_mean: number | null;
  age_sd: number | null;
  age_median: number | null;
  female_percent: number;
  risk_factors: { key: string; title: string; count: number; percent: number }[];
};
// export_breakdown {filter, format: "csv"|"svg", place_id: string|null} -> {file: string /*name only*/}

// ---- imaging
export type StudyRow = {
  study_id: string;
  patient_id: string | null;
  patient_on_file: string /*name in the file*/;
  birth_date_on_file: string | null;
  identifier_on_file: string | null;
  mrn: string | null;
  patient_name: string | null;
  date: string | null;
  modality: string;
  description: string;
  series: number;
  images: number;
  state: 'unmatched' | 'linked';
  thumbnail_series_id: string | null;
};
// list_studies {patient_id: string|null, state: "unmatched"|"linked"|null, text: string} -> {studies: StudyRow[]}
// open_study {study_id} -> Study
export type Study = { row: StudyRow; banner: PatientBanner | null; series: Series[] };
export type Series = {
  series_id: string;
  number: number | null;
  modality: string;
  description: string;
  images: Image[];
};
export type Image = {
  image_id: string;
  number: number | null;
  frames: number;
  rows: number;
  columns: number;
  displayable: boolean;
  reason: string | null;
};
// image_frame {image_id, frame /*0-based*/} -> ArrayBuffer: little-endian: u32 magic 0x52434631, u32 header_len, header JSON (FrameHeader), padding to 4, then pixels (i16/u16 LE mono, or RGBA8)
export type FrameHeader = {
  rows: number;
  columns: number;
  kind: 'u16' | 'i16' | 'rgba8';
  slope: number;
  intercept: number;
  unit: string | null;
  window_center: number | null;
  window_width: number | null;
  minimum: number;
  maximum: number;
  invert: boolean /*MONOCHROME1*/;
  pixel_spacing_mm: [number, number] | null;
  row_position: string | null;
  orientation: [string, string, string, string] | null /*left,right,top,bottom letters*/;
  lossy: boolean;
  presets: { name: string; center: number; width: number }[];
};
// series_thumbnail {series_id} -> ArrayBuffer (PNG)
// suggest_patients {study_id} -> {patients: {patient: PatientHit, reason: string}[]} ; link_study {study_id, patient_id} -> Empty ; unlink_study {study_id} -> Empty

// ---- admin
// list_staff Empty -> {staff: StaffMember[]} ; add_staff {person, display_name, roles, passphrase} -> Empty ; disable_staff {person} -> Empty ; set_staff_roles {person, roles} -> Empty
export type StaffMember = {
  person: string;
  display_name: string;
  roles: Role[];
  active: boolean;
  custodian: boolean;
  last_signed_in: string | null;
};
// permission_matrix Empty -> {roles: Role[]; rows: {use_case: string; room: string; title: string; allowed: Role[]}[]}
// clinic_settings Empty -> {settings: ClinicSettings} ; update_clinic_settings {settings} -> Empty
// back_up {place_id} -> {job_id} ; verify_audit Empty -> AuditVerdict ; list_audit {patient_id: string|null, before_sequence: number|null, limit: number} -> {entries: AuditRow[]; total: number}
export type AuditVerdict = {
  intact: boolean;
  entries: number;
  first_bad: number | null;
  what: string | null;
  checkpoints: number;
  last_checkpoint_at: string | null;
  took_milliseconds: number;
};
export type AuditRow = {
  sequence: number;
  at: string;
  person: string;
  role: string;
  action: string;
  subject: string | null;
  outcome: string;
};
// vault_health Empty -> {cipher_version, sqlite_version, database_bytes, blob_bytes, free_bytes, backup: BackupAge, patients: number, studies: number, audit_entries: number, quarantined: number}
// export_audit {place_id} -> {file: string, entries: number}
