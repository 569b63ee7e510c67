// Who there is in the preview, and what each role may do.
import type { ClinicSettings, Role, SignedIn, StaffMember } from '../generated/index';
import type { PermissionMatrix } from '../generated/index';
import type { UseCaseName } from '../generated/use_cases';

export const everyone: readonly Role[] = [
  'front_desk',
  'nurse',
  'clinician',
  'radiographer',
  'analyst',
  'administrator',
];
const clinical: readonly Role[] = ['nurse', 'clinician', 'radiographer'];
const counts: readonly Role[] = ['analyst', 'clinician'];
const registers: readonly Role[] = ['front_desk', 'nurse', 'clinician', 'radiographer'];
const admin: readonly Role[] = ['administrator'];
const desk: readonly Role[] = ['front_desk', 'nurse', 'clinician'];

export const allowed: { [Name in UseCaseName]?: readonly Role[] } = {
  find_patients: ['front_desk', 'nurse', 'clinician', 'radiographer'],
  recent_patients: ['front_desk', 'nurse', 'clinician', 'radiographer'],
  check_patient_form: desk,
  register_patient: desk,
  update_patient: desk,
  patient_form: desk,
  open_chart: ['front_desk', 'nurse', 'clinician', 'radiographer'],
  patient_history: ['clinician', 'administrator'],
  reveal_secret: ['front_desk', 'clinician'],
  check_identity: ['front_desk', 'nurse', 'clinician'],
  import_messages: ['administrator', 'clinician'],
  list_messages: ['nurse', 'clinician'],
  open_message: ['nurse', 'clinician'],
  replay_message: ['nurse', 'clinician'],
  dismiss_message: ['nurse', 'clinician'],
  set_interface: admin,
  renew_interface_certificate: admin,
  find_candidates: desk, list_duplicates: desk, decide_duplicate: desk, review_register: desk,
  preview_merge: desk, merge_patients: desk, preview_unmerge: desk, unmerge_patients: desk,
  import_fhir: ['administrator', 'clinician'],
  look_at_table: ['administrator', 'clinician'],
  import_table: ['administrator', 'clinician'],
  list_table_profiles: ['administrator', 'clinician'], keep_table_profile: ['administrator', 'clinician'],
  drop_table_profile: ['administrator', 'clinician'],
  import_dicom: ['administrator', 'radiographer'],
  list_places: everyone, list_place_entries: everyone, choose_folder: everyone,
  list_jobs: everyone, job: everyone, cancel_job: everyone, resume_job: everyone,
  export_rejected: ['administrator', 'clinician'],
  export_records: ['front_desk', 'clinician', 'administrator'],
  export_research_tables: ['clinician', 'analyst'],
  save_loss_report: ['front_desk', 'clinician', 'analyst', 'administrator'],
  export_outcomes: ['front_desk', 'clinician', 'administrator'],
  concept_mapping: ['clinician', 'analyst'],
  load_concept_mapping: ['clinician', 'analyst'],
  save_concept_mapping: ['clinician', 'analyst'],
  look_at_document: registers, add_document: registers, document_content: registers,
  document_thumbnail: registers, withdraw_document: registers, save_document: registers,
  list_printers: desk, preview_particulars: desk, print_particulars: desk, save_particulars: desk,
  preview_chart_paper: ['nurse', 'clinician'],
  print_chart_paper: ['nurse', 'clinician'],
  save_chart_paper: ['clinician'],
  cohort_breakdown: ['analyst', 'clinician'],
  export_breakdown: ['analyst'],
  list_cohorts: counts, open_cohort: counts, save_cohort: counts, remove_cohort: counts, import_cohort: counts,
  export_cohort: counts, count_cohort: counts, list_data_sets: counts, list_data_set_names: counts, import_vocabulary: counts,
  import_data_set: counts, remove_data_set: counts, count_phenotypes: counts, take_phenotype: counts, search_concepts: counts, list_units: counts,
  describe_cohort: counts, explain_patient: ['clinician'], compare_cohorts: counts,
  stratify_cohort: counts, overlap_cohorts: counts, show_timeline: ['clinician'], list_group_patients: ['clinician'],
  list_database_connections: [...counts, 'administrator'], open_database_connection: admin, check_database_form: admin,
  save_database_connection: admin, remove_database_connection: admin, run_cohort_elsewhere: counts, cohort_elsewhere: counts,
  review_cohort: counts, follow_cohort: counts, save_cohort_figure: counts, report_cohort: counts,
  list_studies: clinical, open_study: clinical, image_frame: clinical, series_thumbnail: clinical,
  suggest_patients: ['radiographer'], link_study: ['radiographer'], unlink_study: ['radiographer'],
  list_staff: admin, add_staff: admin, disable_staff: admin, set_staff_roles: admin,
  permission_matrix: everyone, clinic_settings: everyone, update_clinic_settings: admin,
  make_recovery_sheet: admin,
  export_image: clinical,
  back_up: admin, verify_audit: admin, list_audit: admin, export_audit: admin, vault_health: admin,
  keep_draft: everyone, list_drafts: everyone, take_draft: everyone, change_passphrase: everyone, lock: everyone,
  keep_session_alive: everyone, session_status: everyone, confirm_recovery_sheet: everyone,
}; // prettier-ignore

const member = (person: string, display_name: string, roles: Role[], days: number | null): StaffMember => ({
  person, display_name, roles, active: true, custodian: roles.includes('administrator'),
  last_signed_in: days === null ? null : new Date(Date.UTC(2026, 10, 24 - days, 7, 40)).toISOString(),
}); // prettier-ignore

export function makeStaff(): StaffMember[] {
  return [
    member('amina', 'Amina Yusuf', ['front_desk'], 0),
    member('lena', 'Dr. Lena Berg', ['clinician'], 0),
    member('ravi', 'Ravi Patel', ['radiographer'], 1),
    member('tom', 'Tom Berg', ['analyst'], 3),
    member('nora', 'Nora Weber', ['nurse'], 0),
    member('sol', 'Sol Okafor', ['administrator', 'clinician', 'radiographer', 'analyst'], 0),
  ];
}

export const clinic: ClinicSettings = {
  clinic_name: 'Riverside Clinic', site: 'Main building', country: 'DE', language: 'en', time_zone: 'Europe/Berlin',
  phone_region: 'DE', mass_unit: 'kg', temperature_unit: 'celsius', glucose_unit: 'mmol_per_l',
  date_order: 'day_month_year', mrn_prefix: 'RC', mrn_first_number: 4100, backup_place: 'usb',
}; // prettier-ignore

export function permittedTo(roles: readonly Role[]): string[] {
  return Object.entries(allowed)
    .filter(([, holders]) => holders.some((role) => roles.includes(role)))
    .map(([name]) => name);
}

export function signedInAs(member: StaffMember, settings: ClinicSettings, token: string): SignedIn {
  return {
    token, person: member.person, display_name: member.display_name, roles: member.roles,
    permitted: permittedTo(member.roles), settings, idle_seconds: 300, absolute_seconds: 43_200,
    recovery_sheet_confirmed: true,
  }; // prettier-ignore
}

const titles: Partial<Record<UseCaseName, [string, string]>> = {
  find_patients: ['patients', 'Find patients'], register_patient: ['patients', 'Register a patient'],
  update_patient: ['patients', 'Change demographics'], open_chart: ['patients', 'Open a chart'],
  patient_history: ['patients', 'See who changed a patient'], reveal_secret: ['patients', 'Reveal a secret'],
  check_identity: ['patients', 'Check identity'], import_fhir: ['exchange', 'Bring in records'],
  import_dicom: ['exchange', 'Bring in images'], cohort_breakdown: ['cohorts', 'Breakdown by diagnosis'],
  export_breakdown: ['cohorts', 'Export a breakdown'], open_study: ['imaging', 'Look at images'],
  link_study: ['imaging', 'Link a study'], list_staff: ['admin', 'See the staff'], add_staff: ['admin', 'Add staff'],
  set_staff_roles: ['admin', 'Change roles'], back_up: ['admin', 'Back up'], verify_audit: ['admin', 'Verify the trail'],
}; // prettier-ignore

export function matrix(): PermissionMatrix {
  return {
    roles: [...everyone],
    rows: Object.entries(titles).map(([use_case, [room, title]]) => ({
      use_case, room, title, allowed: [...(allowed[use_case as UseCaseName] ?? [])],
    })), // prettier-ignore
  };
}
