// Written by `cargo xtask types` from the declarations in src-tauri/crates/workstation/src/contract.
import type { AddDocument } from './AddDocument';
import type { AddStaff } from './AddStaff';
import type { AuditExported } from './AuditExported';
import type { AuditList } from './AuditList';
import type { AuditVerdict } from './AuditVerdict';
import type { Breakdown } from './Breakdown';
import type { BringIn } from './BringIn';
import type { Bytes } from './Bytes';
import type { CandidatesFound } from './CandidatesFound';
import type { ChangePassphrase } from './ChangePassphrase';
import type { Chart } from './Chart';
import type { CheckDatabaseForm } from './CheckDatabaseForm';
import type { CheckIdentity } from './CheckIdentity';
import type { CheckPatientForm } from './CheckPatientForm';
import type { ChosenFolder } from './ChosenFolder';
import type { CohortBreakdown } from './CohortBreakdown';
import type { CohortChange } from './CohortChange';
import type { CohortComparison } from './CohortComparison';
import type { CohortCount } from './CohortCount';
import type { CohortFollowUp } from './CohortFollowUp';
import type { CohortList } from './CohortList';
import type { CohortOverlap } from './CohortOverlap';
import type { CohortReview } from './CohortReview';
import type { CohortStrata } from './CohortStrata';
import type { CohortText } from './CohortText';
import type { CohortView } from './CohortView';
import type { CompareCohorts } from './CompareCohorts';
import type { ConceptMapping } from './ConceptMapping';
import type { ConfirmRecoverySheet } from './ConfirmRecoverySheet';
import type { CountCohort } from './CountCohort';
import type { CountPhenotypes } from './CountPhenotypes';
import type { CreateVault } from './CreateVault';
import type { DataSetNames } from './DataSetNames';
import type { DataSets } from './DataSets';
import type { DatabaseConnectionList } from './DatabaseConnectionList';
import type { DatabaseConnectionView } from './DatabaseConnectionView';
import type { DatabaseFormChecked } from './DatabaseFormChecked';
import type { DecideDuplicate } from './DecideDuplicate';
import type { DescribeCohort } from './DescribeCohort';
import type { DismissMessage } from './DismissMessage';
import type { DocumentAdded } from './DocumentAdded';
import type { DocumentLooked } from './DocumentLooked';
import type { Draft } from './Draft';
import type { Drafts } from './Drafts';
import type { DuplicateList } from './DuplicateList';
import type { EditablePatient } from './EditablePatient';
import type { Empty } from './Empty';
import type { ExplainPatient } from './ExplainPatient';
import type { ExportBreakdown } from './ExportBreakdown';
import type { ExportCohort } from './ExportCohort';
import type { ExportImage } from './ExportImage';
import type { ExportOutcomes } from './ExportOutcomes';
import type { ExportRecords } from './ExportRecords';
import type { ExportRejected } from './ExportRejected';
import type { ExportResearchTables } from './ExportResearchTables';
import type { FindCandidates } from './FindCandidates';
import type { FindPatients } from './FindPatients';
import type { FollowCohort } from './FollowCohort';
import type { FoundConcepts } from './FoundConcepts';
import type { FoundPatients } from './FoundPatients';
import type { GroupPatients } from './GroupPatients';
import type { HandedOut } from './HandedOut';
import type { IdentityChecked } from './IdentityChecked';
import type { ImageFrame } from './ImageFrame';
import type { ImportDataSet } from './ImportDataSet';
import type { InPlace } from './InPlace';
import type { InterfaceSettings } from './InterfaceSettings';
import type { InterfaceState } from './InterfaceState';
import type { Job } from './Job';
import type { JobList } from './JobList';
import type { JobStarted } from './JobStarted';
import type { KeepDraft } from './KeepDraft';
import type { LinkStudy } from './LinkStudy';
import type { ListAudit } from './ListAudit';
import type { ListDuplicates } from './ListDuplicates';
import type { ListGroupPatients } from './ListGroupPatients';
import type { ListMessages } from './ListMessages';
import type { ListPlaceEntries } from './ListPlaceEntries';
import type { ListStudies } from './ListStudies';
import type { ListUnits } from './ListUnits';
import type { LookAtDocument } from './LookAtDocument';
import type { MergePatients } from './MergePatients';
import type { MergePreviewed } from './MergePreviewed';
import type { MessageList } from './MessageList';
import type { MessageReplayed } from './MessageReplayed';
import type { MessageView } from './MessageView';
import type { OneCohort } from './OneCohort';
import type { OneDataSet } from './OneDataSet';
import type { OneDatabaseConnection } from './OneDatabaseConnection';
import type { OneDocument } from './OneDocument';
import type { OneJob } from './OneJob';
import type { OneMerge } from './OneMerge';
import type { OneMessage } from './OneMessage';
import type { OnePatient } from './OnePatient';
import type { OnePerson } from './OnePerson';
import type { OnePhenotype } from './OnePhenotype';
import type { OneSeries } from './OneSeries';
import type { OneStudy } from './OneStudy';
import type { OneTable } from './OneTable';
import type { OneTableProfile } from './OneTableProfile';
import type { OpenCohort } from './OpenCohort';
import type { OverlapCohorts } from './OverlapCohorts';
import type { PaperPreviewed } from './PaperPreviewed';
import type { PaperPrinted } from './PaperPrinted';
import type { PatientExplanation } from './PatientExplanation';
import type { PatientFormChecked } from './PatientFormChecked';
import type { PatientHistory } from './PatientHistory';
import type { PatientRegistered } from './PatientRegistered';
import type { PatientTimeline } from './PatientTimeline';
import type { PatientUpdated } from './PatientUpdated';
import type { PatientsMerged } from './PatientsMerged';
import type { PatientsUnmerged } from './PatientsUnmerged';
import type { PermissionMatrix } from './PermissionMatrix';
import type { PhenotypeList } from './PhenotypeList';
import type { PlaceEntries } from './PlaceEntries';
import type { Places } from './Places';
import type { PracticeClinic } from './PracticeClinic';
import type { PreviewChartPaper } from './PreviewChartPaper';
import type { PreviewMerge } from './PreviewMerge';
import type { PreviewParticulars } from './PreviewParticulars';
import type { PrintChartPaper } from './PrintChartPaper';
import type { PrintParticulars } from './PrintParticulars';
import type { Printers } from './Printers';
import type { RecentPatients } from './RecentPatients';
import type { RecoverAccess } from './RecoverAccess';
import type { RecoverySheet } from './RecoverySheet';
import type { RegisterPatient } from './RegisterPatient';
import type { ReplayMessage } from './ReplayMessage';
import type { ReportCohort } from './ReportCohort';
import type { RestoreBackup } from './RestoreBackup';
import type { RevealSecret } from './RevealSecret';
import type { RevealedSecret } from './RevealedSecret';
import type { ReviewCohort } from './ReviewCohort';
import type { RunCohortElsewhere } from './RunCohortElsewhere';
import type { SaveChartPaper } from './SaveChartPaper';
import type { SaveCohort } from './SaveCohort';
import type { SaveCohortFigure } from './SaveCohortFigure';
import type { SaveDatabaseConnection } from './SaveDatabaseConnection';
import type { SaveDocument } from './SaveDocument';
import type { SaveLossReport } from './SaveLossReport';
import type { SaveParticulars } from './SaveParticulars';
import type { SearchConcepts } from './SearchConcepts';
import type { SessionStatus } from './SessionStatus';
import type { SetStaffRoles } from './SetStaffRoles';
import type { Settings } from './Settings';
import type { ShowTimeline } from './ShowTimeline';
import type { SignIn } from './SignIn';
import type { SignedIn } from './SignedIn';
import type { Staff } from './Staff';
import type { StratifyCohort } from './StratifyCohort';
import type { Studies } from './Studies';
import type { Study } from './Study';
import type { SuggestedPatients } from './SuggestedPatients';
import type { TableLook } from './TableLook';
import type { TableProfile } from './TableProfile';
import type { TableProfiles } from './TableProfiles';
import type { TakeDraft } from './TakeDraft';
import type { UnitList } from './UnitList';
import type { UnmergePatients } from './UnmergePatients';
import type { UnmergePreviewed } from './UnmergePreviewed';
import type { UpdatePatient } from './UpdatePatient';
import type { VaultCreated } from './VaultCreated';
import type { VaultHealth } from './VaultHealth';
import type { WithdrawDocument } from './WithdrawDocument';
import type { WorkstationStatus } from './WorkstationStatus';
import type { WrittenFile } from './WrittenFile';

/** Every use case with what goes in and what comes out. */
export interface UseCases {
  /** See whether the vault is locked */
  workstation_status: { input: Empty; output: WorkstationStatus };
  /** Make a new vault */
  create_vault: { input: CreateVault; output: VaultCreated };
  /** Type two recovery words back */
  confirm_recovery_sheet: { input: ConfirmRecoverySheet; output: Empty };
  /** Make a new recovery sheet */
  make_recovery_sheet: { input: Empty; output: RecoverySheet };
  /** Open the practice clinic */
  open_practice_clinic: { input: Empty; output: PracticeClinic };
  /** Leave the practice clinic */
  leave_practice_clinic: { input: Empty; output: WorkstationStatus };
  /** Restore a backup */
  restore_backup: { input: RestoreBackup; output: Empty };
  /** Sign in */
  sign_in: { input: SignIn; output: SignedIn };
  /** Get in with the recovery sheet */
  recover_access: { input: RecoverAccess; output: SignedIn };
  /** Lock */
  lock: { input: Empty; output: Empty };
  /** Keep the session open */
  keep_session_alive: { input: Empty; output: SessionStatus };
  /** See what is left of the session */
  session_status: { input: Empty; output: SessionStatus };
  /** Keep an unsaved form */
  keep_draft: { input: KeepDraft; output: Empty };
  /** See one's unsaved forms */
  list_drafts: { input: Empty; output: Drafts };
  /** Take an unsaved form back */
  take_draft: { input: TakeDraft; output: Draft };
  /** Change one's passphrase */
  change_passphrase: { input: ChangePassphrase; output: Empty };
  /** Check a form while it is filled */
  check_patient_form: { input: CheckPatientForm; output: PatientFormChecked };
  /** Register a patient */
  register_patient: { input: RegisterPatient; output: PatientRegistered };
  /** Correct a patient's details */
  update_patient: { input: UpdatePatient; output: PatientUpdated };
  /** Open a patient's details for correction */
  patient_form: { input: OnePatient; output: EditablePatient };
  /** Find a patient */
  find_patients: { input: FindPatients; output: FoundPatients };
  /** Open a chart */
  open_chart: { input: OnePatient; output: Chart };
  /** See who changed or opened a chart */
  patient_history: { input: OnePatient; output: PatientHistory };
  /** Show a social security or insurance number */
  reveal_secret: { input: RevealSecret; output: RevealedSecret };
  /** Check a number against the one on file */
  check_identity: { input: CheckIdentity; output: IdentityChecked };
  /** See the patients opened last */
  recent_patients: { input: Empty; output: RecentPatients };
  /** See who a form could be already */
  find_candidates: { input: FindCandidates; output: CandidatesFound };
  /** See records that look alike */
  list_duplicates: { input: ListDuplicates; output: DuplicateList };
  /** Decide whether two records are of different people */
  decide_duplicate: { input: DecideDuplicate; output: Empty };
  /** Compare the whole register */
  review_register: { input: Empty; output: JobStarted };
  /** See two records side by side */
  preview_merge: { input: PreviewMerge; output: MergePreviewed };
  /** Merge two records of one person */
  merge_patients: { input: MergePatients; output: PatientsMerged };
  /** See what taking a merge back would do */
  preview_unmerge: { input: OneMerge; output: UnmergePreviewed };
  /** Take a merge back */
  unmerge_patients: { input: UnmergePatients; output: PatientsUnmerged };
  /** Look at a photo or paper before it is added to a chart */
  look_at_document: { input: LookAtDocument; output: DocumentLooked };
  /** Add a photo or paper to a chart (front desk: photo, identity, insurance, consent) */
  add_document: { input: AddDocument; output: DocumentAdded };
  /** Open a photo or paper of a chart (front desk: photo, identity, insurance, consent) */
  document_content: { input: OneDocument; output: ArrayBuffer };
  /** See the small picture of a document */
  document_thumbnail: { input: OneDocument; output: ArrayBuffer };
  /** Take a photo or paper out of a chart */
  withdraw_document: { input: WithdrawDocument; output: Empty };
  /** Save a photo or paper of a chart to a file */
  save_document: { input: SaveDocument; output: HandedOut };
  /** See places to bring in from */
  list_places: { input: Empty; output: Places };
  /** Look into a place */
  list_place_entries: { input: ListPlaceEntries; output: PlaceEntries };
  /** Choose a folder */
  choose_folder: { input: Empty; output: ChosenFolder };
  /** Bring in FHIR records */
  import_fhir: { input: BringIn; output: JobStarted };
  /** Try a table before it is brought in */
  look_at_table: { input: OneTable; output: TableLook };
  /** See what was decided of tables before */
  list_table_profiles: { input: Empty; output: TableProfiles };
  /** Remember what was decided of a table */
  keep_table_profile: { input: TableProfile; output: Empty };
  /** Forget what was decided of a table */
  drop_table_profile: { input: OneTableProfile; output: Empty };
  /** Bring in a table of patients */
  import_table: { input: OneTable; output: JobStarted };
  /** Bring in DICOM images */
  import_dicom: { input: BringIn; output: JobStarted };
  /** See running and ended jobs */
  list_jobs: { input: Empty; output: JobList };
  /** See one job */
  job: { input: OneJob; output: Job };
  /** Go on with an import that was cancelled or failed */
  resume_job: { input: OneJob; output: JobStarted };
  /** Cancel a job */
  cancel_job: { input: OneJob; output: Empty };
  /** Hand out what an import refused */
  export_rejected: { input: ExportRejected; output: WrittenFile };
  /** Hand out records */
  export_records: { input: ExportRecords; output: JobStarted };
  /** Hand out tables for research, without names */
  export_research_tables: { input: ExportResearchTables; output: JobStarted };
  /** Save what an export could not carry */
  save_loss_report: { input: SaveLossReport; output: WrittenFile };
  /** Hand out what an import refused as FHIR outcomes */
  export_outcomes: { input: ExportOutcomes; output: WrittenFile };
  /** See how many codes are mapped to OMOP concepts */
  concept_mapping: { input: Empty; output: ConceptMapping };
  /** Load a mapping of codes to OMOP concepts */
  load_concept_mapping: { input: BringIn; output: ConceptMapping };
  /** Save the mapping of codes to OMOP concepts */
  save_concept_mapping: { input: InPlace; output: WrittenFile };
  /** Bring in HL7 messages */
  import_messages: { input: BringIn; output: JobStarted };
  /** See HL7 messages */
  list_messages: { input: ListMessages; output: MessageList };
  /** Open an HL7 message */
  open_message: { input: OneMessage; output: MessageView };
  /** Correct and replay a refused HL7 message */
  replay_message: { input: ReplayMessage; output: MessageReplayed };
  /** Dismiss a refused HL7 message */
  dismiss_message: { input: DismissMessage; output: Empty };
  /** See the HL7 interface */
  interface_state: { input: Empty; output: InterfaceState };
  /** Set up the HL7 interface */
  set_interface: { input: InterfaceSettings; output: InterfaceState };
  /** Make a new certificate for the HL7 interface */
  renew_interface_certificate: { input: Empty; output: InterfaceState };
  /** See the printers of this machine */
  list_printers: { input: Empty; output: Printers };
  /** See a label or registration summary before it is printed */
  preview_particulars: { input: PreviewParticulars; output: PaperPreviewed };
  /** Print a label or registration summary */
  print_particulars: { input: PrintParticulars; output: PaperPrinted };
  /** Save a label or registration summary */
  save_particulars: { input: SaveParticulars; output: HandedOut };
  /** See a chart summary or letter before it is printed */
  preview_chart_paper: { input: PreviewChartPaper; output: PaperPreviewed };
  /** Print a chart summary or letter */
  print_chart_paper: { input: PrintChartPaper; output: PaperPrinted };
  /** Save a chart summary or letter */
  save_chart_paper: { input: SaveChartPaper; output: HandedOut };
  /** Break the population down by primary diagnosis */
  cohort_breakdown: { input: CohortBreakdown; output: Breakdown };
  /** Hand a breakdown out */
  export_breakdown: { input: ExportBreakdown; output: HandedOut };
  /** See the saved cohorts */
  list_cohorts: { input: Empty; output: CohortList };
  /** Open a saved cohort */
  open_cohort: { input: OpenCohort; output: CohortView };
  /** Save a cohort */
  save_cohort: { input: SaveCohort; output: CohortView };
  /** Take a cohort out of the list */
  remove_cohort: { input: OneCohort; output: Empty };
  /** Bring in a cohort definition (OHDSI Circe) */
  import_cohort: { input: BringIn; output: CohortView };
  /** Hand out a cohort definition (OHDSI Circe) */
  export_cohort: { input: ExportCohort; output: HandedOut };
  /** Count a cohort */
  count_cohort: { input: CountCohort; output: CohortCount };
  /** Look for codes */
  search_concepts: { input: SearchConcepts; output: FoundConcepts };
  /** See in which units values are recorded */
  list_units: { input: ListUnits; output: UnitList };
  /** Read a cohort definition in words */
  describe_cohort: { input: DescribeCohort; output: CohortText };
  /** Compare two versions of a cohort */
  compare_cohorts: { input: CompareCohorts; output: CohortChange };
  /** See what the people of a cohort are like */
  review_cohort: { input: ReviewCohort; output: CohortReview };
  /** Count the people of a cohort by sex, age and year */
  stratify_cohort: { input: StratifyCohort; output: CohortStrata };
  /** See who is in several cohorts */
  overlap_cohorts: { input: OverlapCohorts; output: CohortOverlap };
  /** See what follows in a cohort */
  follow_cohort: { input: FollowCohort; output: CohortFollowUp };
  /** Hand out a figure of a cohort */
  save_cohort_figure: { input: SaveCohortFigure; output: HandedOut };
  /** Hand out a report of a cohort */
  report_cohort: { input: ReportCohort; output: HandedOut };
  /** See vocabularies and data sets */
  list_data_sets: { input: Empty; output: DataSets };
  /** See the names of data sets */
  list_data_set_names: { input: Empty; output: DataSetNames };
  /** Bring in a vocabulary (OHDSI Athena) */
  import_vocabulary: { input: BringIn; output: JobStarted };
  /** Bring in a data set (OMOP common data model) */
  import_data_set: { input: ImportDataSet; output: JobStarted };
  /** Remove a vocabulary or data set */
  remove_data_set: { input: OneDataSet; output: Empty };
  /** Count the published phenotypes */
  count_phenotypes: { input: CountPhenotypes; output: PhenotypeList };
  /** Take a published phenotype over as a cohort */
  take_phenotype: { input: OnePhenotype; output: CohortView };
  /** See why a patient is in a cohort, or is not */
  explain_patient: { input: ExplainPatient; output: PatientExplanation };
  /** See what is recorded of a patient in the order of days */
  show_timeline: { input: ShowTimeline; output: PatientTimeline };
  /** See who is in a group of the breakdown */
  list_group_patients: { input: ListGroupPatients; output: GroupPatients };
  /** See connections to databases elsewhere */
  list_database_connections: { input: Empty; output: DatabaseConnectionList };
  /** Open a connection to a database */
  open_database_connection: { input: OneDatabaseConnection; output: DatabaseConnectionView };
  /** Check what is typed of a connection */
  check_database_form: { input: CheckDatabaseForm; output: DatabaseFormChecked };
  /** Set up or change a connection to a database */
  save_database_connection: { input: SaveDatabaseConnection; output: DatabaseConnectionList };
  /** Remove a connection to a database */
  remove_database_connection: { input: OneDatabaseConnection; output: DatabaseConnectionList };
  /** Run a cohort on a database elsewhere */
  run_cohort_elsewhere: { input: RunCohortElsewhere; output: JobStarted };
  /** See a cohort's counts here and elsewhere */
  cohort_elsewhere: { input: OneJob; output: CohortComparison };
  /** See studies */
  list_studies: { input: ListStudies; output: Studies };
  /** Open a study */
  open_study: { input: OneStudy; output: Study };
  /** Look at an image */
  image_frame: { input: ImageFrame; output: ArrayBuffer };
  /** See a series' thumbnail */
  series_thumbnail: { input: OneSeries; output: ArrayBuffer };
  /** Hand a picture out */
  export_image: { input: ExportImage; output: HandedOut };
  /** See whom a study may belong to */
  suggest_patients: { input: OneStudy; output: SuggestedPatients };
  /** Link a study to a patient */
  link_study: { input: LinkStudy; output: Empty };
  /** Take a study's link away */
  unlink_study: { input: OneStudy; output: Empty };
  /** See the staff */
  list_staff: { input: Empty; output: Staff };
  /** Add a member of staff */
  add_staff: { input: AddStaff; output: Empty };
  /** Disable a member of staff */
  disable_staff: { input: OnePerson; output: Empty };
  /** Change somebody's roles */
  set_staff_roles: { input: SetStaffRoles; output: Empty };
  /** See who may do what */
  permission_matrix: { input: Empty; output: PermissionMatrix };
  /** See the clinic's settings */
  clinic_settings: { input: Empty; output: Settings };
  /** Change the clinic's settings */
  update_clinic_settings: { input: Settings; output: Empty };
  /** Back up */
  back_up: { input: InPlace; output: JobStarted };
  /** Verify the trail */
  verify_audit: { input: Empty; output: AuditVerdict };
  /** Read the trail */
  list_audit: { input: ListAudit; output: AuditList };
  /** Hand the trail out */
  export_audit: { input: InPlace; output: AuditExported };
  /** See how the vault is */
  vault_health: { input: Empty; output: VaultHealth };
}

export type UseCaseName = keyof UseCases;

/** What is known of a use case without calling it. */
export const useCases = {
  workstation_status: { room: "access", title: "See whether the vault is locked", access: "anyone", stale: [] },
  create_vault: { room: "access", title: "Make a new vault", access: "anyone", stale: ["session","vault"] },
  confirm_recovery_sheet: { room: "access", title: "Type two recovery words back", access: "any_staff", stale: ["session"] },
  make_recovery_sheet: { room: "access", title: "Make a new recovery sheet", access: ["administrator"], stale: ["session","vault"] },
  open_practice_clinic: { room: "access", title: "Open the practice clinic", access: "anyone", stale: ["session","vault"] },
  leave_practice_clinic: { room: "access", title: "Leave the practice clinic", access: "anyone", stale: ["session","vault"] },
  restore_backup: { room: "access", title: "Restore a backup", access: "anyone", stale: ["session","vault"] },
  sign_in: { room: "access", title: "Sign in", access: "anyone", stale: ["session"] },
  recover_access: { room: "access", title: "Get in with the recovery sheet", access: "anyone", stale: ["session"] },
  lock: { room: "access", title: "Lock", access: "any_staff", stale: ["session"] },
  keep_session_alive: { room: "access", title: "Keep the session open", access: "any_staff", stale: [] },
  session_status: { room: "access", title: "See what is left of the session", access: "any_staff", stale: [] },
  keep_draft: { room: "access", title: "Keep an unsaved form", access: "any_staff", stale: ["drafts"] },
  list_drafts: { room: "access", title: "See one's unsaved forms", access: "any_staff", stale: [] },
  take_draft: { room: "access", title: "Take an unsaved form back", access: "any_staff", stale: ["drafts"] },
  change_passphrase: { room: "access", title: "Change one's passphrase", access: "any_staff", stale: [] },
  check_patient_form: { room: "patients", title: "Check a form while it is filled", access: ["front_desk","nurse","clinician","radiographer"], stale: [] },
  register_patient: { room: "patients", title: "Register a patient", access: ["front_desk","nurse","clinician","radiographer"], stale: ["patients","cohorts"] },
  update_patient: { room: "patients", title: "Correct a patient's details", access: ["front_desk","nurse","clinician"], stale: ["patients","chart","cohorts"] },
  patient_form: { room: "patients", title: "Open a patient's details for correction", access: ["front_desk","nurse","clinician"], stale: [] },
  find_patients: { room: "patients", title: "Find a patient", access: ["front_desk","nurse","clinician","radiographer"], stale: [] },
  open_chart: { room: "patients", title: "Open a chart", access: ["front_desk","nurse","clinician","radiographer"], stale: [] },
  patient_history: { room: "patients", title: "See who changed or opened a chart", access: ["front_desk","nurse","clinician"], stale: [] },
  reveal_secret: { room: "patients", title: "Show a social security or insurance number", access: ["front_desk"], stale: [] },
  check_identity: { room: "patients", title: "Check a number against the one on file", access: ["front_desk"], stale: [] },
  recent_patients: { room: "patients", title: "See the patients opened last", access: ["front_desk","nurse","clinician","radiographer"], stale: [] },
  find_candidates: { room: "patients", title: "See who a form could be already", access: ["front_desk","nurse","clinician","radiographer"], stale: [] },
  list_duplicates: { room: "patients", title: "See records that look alike", access: ["front_desk","nurse","clinician"], stale: [] },
  decide_duplicate: { room: "patients", title: "Decide whether two records are of different people", access: ["front_desk","nurse","clinician"], stale: ["patients","chart"] },
  review_register: { room: "patients", title: "Compare the whole register", access: ["front_desk","nurse","clinician"], stale: ["jobs","patients"] },
  preview_merge: { room: "patients", title: "See two records side by side", access: ["front_desk","nurse","clinician"], stale: [] },
  merge_patients: { room: "patients", title: "Merge two records of one person", access: ["front_desk","nurse","clinician"], stale: ["patients","chart","studies","cohorts"] },
  preview_unmerge: { room: "patients", title: "See what taking a merge back would do", access: ["front_desk","nurse","clinician"], stale: [] },
  unmerge_patients: { room: "patients", title: "Take a merge back", access: ["front_desk","nurse","clinician"], stale: ["patients","chart","studies","cohorts"] },
  look_at_document: { room: "documents", title: "Look at a photo or paper before it is added to a chart", access: ["front_desk","nurse","clinician","radiographer"], stale: [] },
  add_document: { room: "documents", title: "Add a photo or paper to a chart (front desk: photo, identity, insurance, consent)", access: ["front_desk","nurse","clinician","radiographer"], stale: ["chart"] },
  document_content: { room: "documents", title: "Open a photo or paper of a chart (front desk: photo, identity, insurance, consent)", access: ["front_desk","nurse","clinician","radiographer"], stale: [] },
  document_thumbnail: { room: "documents", title: "See the small picture of a document", access: ["front_desk","nurse","clinician","radiographer"], stale: [] },
  withdraw_document: { room: "documents", title: "Take a photo or paper out of a chart", access: ["front_desk","nurse","clinician","radiographer"], stale: ["chart"] },
  save_document: { room: "documents", title: "Save a photo or paper of a chart to a file", access: ["front_desk","nurse","clinician","radiographer"], stale: [] },
  list_places: { room: "exchange", title: "See places to bring in from", access: "anyone", stale: [] },
  list_place_entries: { room: "exchange", title: "Look into a place", access: "anyone", stale: [] },
  choose_folder: { room: "exchange", title: "Choose a folder", access: "anyone", stale: [] },
  import_fhir: { room: "exchange", title: "Bring in FHIR records", access: ["front_desk","clinician","administrator"], stale: ["jobs","patients","chart","cohorts"] },
  look_at_table: { room: "exchange", title: "Try a table before it is brought in", access: ["front_desk","clinician","administrator"], stale: [] },
  list_table_profiles: { room: "exchange", title: "See what was decided of tables before", access: ["front_desk","clinician","administrator"], stale: [] },
  keep_table_profile: { room: "exchange", title: "Remember what was decided of a table", access: ["front_desk","clinician","administrator"], stale: ["settings"] },
  drop_table_profile: { room: "exchange", title: "Forget what was decided of a table", access: ["front_desk","clinician","administrator"], stale: ["settings"] },
  import_table: { room: "exchange", title: "Bring in a table of patients", access: ["front_desk","clinician","administrator"], stale: ["jobs","patients","chart","cohorts"] },
  import_dicom: { room: "exchange", title: "Bring in DICOM images", access: ["radiographer","clinician","administrator"], stale: ["jobs","studies","chart"] },
  list_jobs: { room: "exchange", title: "See running and ended jobs", access: "any_staff", stale: [] },
  job: { room: "exchange", title: "See one job", access: "any_staff", stale: [] },
  resume_job: { room: "exchange", title: "Go on with an import that was cancelled or failed", access: ["front_desk","clinician","radiographer","administrator"], stale: ["jobs","patients","chart","studies","cohorts"] },
  cancel_job: { room: "exchange", title: "Cancel a job", access: "any_staff", stale: ["jobs"] },
  export_rejected: { room: "exchange", title: "Hand out what an import refused", access: ["front_desk","clinician","administrator"], stale: [] },
  export_records: { room: "exchange", title: "Hand out records", access: ["front_desk","clinician","administrator"], stale: ["jobs","audit"] },
  export_research_tables: { room: "exchange", title: "Hand out tables for research, without names", access: ["clinician","analyst"], stale: ["jobs","audit"] },
  save_loss_report: { room: "exchange", title: "Save what an export could not carry", access: ["front_desk","clinician","analyst","administrator"], stale: [] },
  export_outcomes: { room: "exchange", title: "Hand out what an import refused as FHIR outcomes", access: ["front_desk","clinician","administrator"], stale: [] },
  concept_mapping: { room: "exchange", title: "See how many codes are mapped to OMOP concepts", access: ["clinician","analyst"], stale: [] },
  load_concept_mapping: { room: "exchange", title: "Load a mapping of codes to OMOP concepts", access: ["clinician","analyst"], stale: [] },
  save_concept_mapping: { room: "exchange", title: "Save the mapping of codes to OMOP concepts", access: ["clinician","analyst"], stale: [] },
  import_messages: { room: "messages", title: "Bring in HL7 messages", access: ["front_desk","clinician","administrator"], stale: ["jobs","messages","patients","chart","cohorts"] },
  list_messages: { room: "messages", title: "See HL7 messages", access: ["nurse","clinician"], stale: [] },
  open_message: { room: "messages", title: "Open an HL7 message", access: ["nurse","clinician"], stale: [] },
  replay_message: { room: "messages", title: "Correct and replay a refused HL7 message", access: ["nurse","clinician"], stale: ["messages","patients","chart","cohorts"] },
  dismiss_message: { room: "messages", title: "Dismiss a refused HL7 message", access: ["nurse","clinician"], stale: ["messages"] },
  interface_state: { room: "messages", title: "See the HL7 interface", access: ["front_desk","nurse","clinician","administrator"], stale: [] },
  set_interface: { room: "messages", title: "Set up the HL7 interface", access: ["administrator"], stale: ["messages"] },
  renew_interface_certificate: { room: "messages", title: "Make a new certificate for the HL7 interface", access: ["administrator"], stale: ["messages"] },
  list_printers: { room: "paper", title: "See the printers of this machine", access: ["front_desk","nurse","clinician"], stale: [] },
  preview_particulars: { room: "paper", title: "See a label or registration summary before it is printed", access: ["front_desk","nurse","clinician"], stale: [] },
  print_particulars: { room: "paper", title: "Print a label or registration summary", access: ["front_desk","nurse","clinician"], stale: [] },
  save_particulars: { room: "paper", title: "Save a label or registration summary", access: ["front_desk","nurse","clinician"], stale: [] },
  preview_chart_paper: { room: "paper", title: "See a chart summary or letter before it is printed", access: ["nurse","clinician"], stale: [] },
  print_chart_paper: { room: "paper", title: "Print a chart summary or letter", access: ["nurse","clinician"], stale: [] },
  save_chart_paper: { room: "paper", title: "Save a chart summary or letter", access: ["clinician"], stale: [] },
  cohort_breakdown: { room: "cohorts", title: "Break the population down by primary diagnosis", access: ["analyst","clinician"], stale: [] },
  export_breakdown: { room: "cohorts", title: "Hand a breakdown out", access: ["analyst","clinician"], stale: [] },
  list_cohorts: { room: "cohorts", title: "See the saved cohorts", access: ["analyst","clinician"], stale: [] },
  open_cohort: { room: "cohorts", title: "Open a saved cohort", access: ["analyst","clinician"], stale: [] },
  save_cohort: { room: "cohorts", title: "Save a cohort", access: ["analyst","clinician"], stale: ["cohorts"] },
  remove_cohort: { room: "cohorts", title: "Take a cohort out of the list", access: ["analyst","clinician"], stale: ["cohorts"] },
  import_cohort: { room: "cohorts", title: "Bring in a cohort definition (OHDSI Circe)", access: ["analyst","clinician"], stale: ["cohorts"] },
  export_cohort: { room: "cohorts", title: "Hand out a cohort definition (OHDSI Circe)", access: ["analyst","clinician"], stale: [] },
  count_cohort: { room: "cohorts", title: "Count a cohort", access: ["analyst","clinician"], stale: [] },
  search_concepts: { room: "cohorts", title: "Look for codes", access: ["analyst","clinician"], stale: [] },
  list_units: { room: "cohorts", title: "See in which units values are recorded", access: ["analyst","clinician"], stale: [] },
  describe_cohort: { room: "cohorts", title: "Read a cohort definition in words", access: ["analyst","clinician"], stale: [] },
  compare_cohorts: { room: "cohorts", title: "Compare two versions of a cohort", access: ["analyst","clinician"], stale: [] },
  review_cohort: { room: "cohorts", title: "See what the people of a cohort are like", access: ["analyst","clinician"], stale: [] },
  stratify_cohort: { room: "cohorts", title: "Count the people of a cohort by sex, age and year", access: ["analyst","clinician"], stale: [] },
  overlap_cohorts: { room: "cohorts", title: "See who is in several cohorts", access: ["analyst","clinician"], stale: [] },
  follow_cohort: { room: "cohorts", title: "See what follows in a cohort", access: ["analyst","clinician"], stale: [] },
  save_cohort_figure: { room: "cohorts", title: "Hand out a figure of a cohort", access: ["analyst","clinician"], stale: [] },
  report_cohort: { room: "cohorts", title: "Hand out a report of a cohort", access: ["analyst","clinician"], stale: [] },
  list_data_sets: { room: "cohorts", title: "See vocabularies and data sets", access: ["analyst","clinician"], stale: [] },
  list_data_set_names: { room: "cohorts", title: "See the names of data sets", access: ["analyst","clinician"], stale: [] },
  import_vocabulary: { room: "cohorts", title: "Bring in a vocabulary (OHDSI Athena)", access: ["analyst","clinician"], stale: ["jobs","cohorts"] },
  import_data_set: { room: "cohorts", title: "Bring in a data set (OMOP common data model)", access: ["analyst","clinician"], stale: ["jobs","cohorts"] },
  remove_data_set: { room: "cohorts", title: "Remove a vocabulary or data set", access: ["analyst","clinician"], stale: ["cohorts"] },
  count_phenotypes: { room: "cohorts", title: "Count the published phenotypes", access: ["analyst","clinician"], stale: [] },
  take_phenotype: { room: "cohorts", title: "Take a published phenotype over as a cohort", access: ["analyst","clinician"], stale: ["cohorts"] },
  explain_patient: { room: "cohorts", title: "See why a patient is in a cohort, or is not", access: ["clinician"], stale: [] },
  show_timeline: { room: "cohorts", title: "See what is recorded of a patient in the order of days", access: ["clinician"], stale: [] },
  list_group_patients: { room: "cohorts", title: "See who is in a group of the breakdown", access: ["clinician"], stale: [] },
  list_database_connections: { room: "cohorts", title: "See connections to databases elsewhere", access: ["administrator","analyst","clinician"], stale: [] },
  open_database_connection: { room: "cohorts", title: "Open a connection to a database", access: ["administrator"], stale: [] },
  check_database_form: { room: "cohorts", title: "Check what is typed of a connection", access: ["administrator"], stale: [] },
  save_database_connection: { room: "cohorts", title: "Set up or change a connection to a database", access: ["administrator"], stale: ["settings"] },
  remove_database_connection: { room: "cohorts", title: "Remove a connection to a database", access: ["administrator"], stale: ["settings"] },
  run_cohort_elsewhere: { room: "cohorts", title: "Run a cohort on a database elsewhere", access: ["analyst","clinician"], stale: ["jobs"] },
  cohort_elsewhere: { room: "cohorts", title: "See a cohort's counts here and elsewhere", access: ["analyst","clinician"], stale: [] },
  list_studies: { room: "imaging", title: "See studies", access: ["radiographer","clinician","nurse"], stale: [] },
  open_study: { room: "imaging", title: "Open a study", access: ["radiographer","clinician","nurse"], stale: [] },
  image_frame: { room: "imaging", title: "Look at an image", access: ["radiographer","clinician","nurse"], stale: [] },
  series_thumbnail: { room: "imaging", title: "See a series' thumbnail", access: ["radiographer","clinician","nurse"], stale: [] },
  export_image: { room: "imaging", title: "Hand a picture out", access: ["radiographer","clinician","nurse"], stale: [] },
  suggest_patients: { room: "imaging", title: "See whom a study may belong to", access: ["radiographer","clinician"], stale: [] },
  link_study: { room: "imaging", title: "Link a study to a patient", access: ["radiographer","clinician"], stale: ["studies","chart"] },
  unlink_study: { room: "imaging", title: "Take a study's link away", access: ["radiographer","clinician"], stale: ["studies","chart"] },
  list_staff: { room: "admin", title: "See the staff", access: ["administrator"], stale: [] },
  add_staff: { room: "admin", title: "Add a member of staff", access: ["administrator"], stale: ["staff"] },
  disable_staff: { room: "admin", title: "Disable a member of staff", access: ["administrator"], stale: ["staff"] },
  set_staff_roles: { room: "admin", title: "Change somebody's roles", access: ["administrator"], stale: ["staff"] },
  permission_matrix: { room: "admin", title: "See who may do what", access: "any_staff", stale: [] },
  clinic_settings: { room: "admin", title: "See the clinic's settings", access: "any_staff", stale: [] },
  update_clinic_settings: { room: "admin", title: "Change the clinic's settings", access: ["administrator"], stale: ["settings"] },
  back_up: { room: "admin", title: "Back up", access: ["administrator"], stale: ["jobs","vault"] },
  verify_audit: { room: "admin", title: "Verify the trail", access: ["administrator"], stale: ["audit"] },
  list_audit: { room: "admin", title: "Read the trail", access: ["administrator"], stale: [] },
  export_audit: { room: "admin", title: "Hand the trail out", access: ["administrator"], stale: [] },
  vault_health: { room: "admin", title: "See how the vault is", access: ["administrator"], stale: [] },
} as const;

/** A kind of content that screens show and use cases change. */
export type Topic = (typeof useCases)[UseCaseName]['stale'][number];
