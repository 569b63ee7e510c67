//! Registering, finding, the chart.

use rustcare_model::form::{FieldReading, PatientForm};
use rustcare_model::note::FieldNote;
use rustcare_patients::chart::{ChartRow, ResultRow, TimelineRow};
use rustcare_patients::{FoundPatients, PatientBanner, PatientHit};
use rustcare_vault::Role;
use rustcare_vault::Role::{Clinician, FrontDesk, Nurse, Radiographer};
use serde::{Deserialize, Serialize};
use validator::Validate;
use zeroize::Zeroizing;

use super::documents::DocumentEntry;
use super::imaging::StudyRow;
use super::{Access, use_cases};
use crate::patients as act;

/// Roles that find and open patients.
pub const SEE_PATIENTS: &[Role] = &[FrontDesk, Nurse, Clinician, Radiographer];
/// Roles that register and correct.
pub const REGISTER: &[Role] = &[FrontDesk, Nurse, Clinician, Radiographer];
/// Roles that see more of a chart than its demographics.
pub const SEE_CHART: &[Role] = &[Nurse, Clinician, Radiographer];
/// Roles that see social security and insurance numbers.
pub const SEE_SECRETS: &[Role] = &[FrontDesk];

/// A form, while it is filled.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CheckPatientForm {
    pub form: PatientForm,
    /// Whom the form corrects; none while somebody is registered.
    #[serde(default)]
    pub patient_id: Option<String>,
    /// The fields that were touched; empty for all.
    #[validate(length(max = 60))]
    pub fields: Vec<String>,
}

/// What is said of it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PatientFormChecked {
    pub notes: Vec<FieldNote>,
    pub readings: Vec<FieldReading>,
}

/// A form to save.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct RegisterPatient {
    pub form: PatientForm,
}

/// The saved patient.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PatientRegistered {
    pub patient_id: String,
    pub mrn: String,
    pub notes: Vec<FieldNote>,
}

/// A changed form.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct UpdatePatient {
    pub patient_id: String,
    pub form: PatientForm,
    /// The version that the form was filled from.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub version: i64,
}

/// The patient after the change.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PatientUpdated {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub version: i64,
}

/// Names one patient.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OnePatient {
    pub patient_id: String,
}

/// A patient's form, for editing.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct EditablePatient {
    /// Whose form it is: of a merged record, its survivor's.
    pub patient_id: String,
    pub form: PatientForm,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub version: i64,
    pub ssn_on_file: Option<String>,
    pub insurance_on_file: Option<String>,
}

/// A search.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct FindPatients {
    #[validate(length(max = 200))]
    pub text: String,
    #[validate(range(min = 1, max = 100_000))]
    pub limit: usize,
    pub offset: usize,
}

/// A label and its value.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct LabelledValue {
    pub label: String,
    pub value: String,
    /// ISO date of the value, where it is a date.
    pub iso: Option<String>,
}

/// What may be shown of the secrets.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct MaskedSecrets {
    pub ssn: Option<String>,
    pub insurance_number: Option<String>,
}

/// A record that was merged into this patient's.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct MergedRecord {
    pub merge_id: String,
    pub mrn: String,
    pub family_name: String,
    pub given_name: String,
    pub at: String,
    pub person: String,
    pub reason: String,
}

/// The chart.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Chart {
    pub banner: PatientBanner,
    pub demographics: Vec<LabelledValue>,
    /// What is out of the ordinary in them, such as an imported name that is longer than what can be typed.
    pub demographics_notes: Vec<FieldNote>,
    /// False for roles that see the demographics only.
    pub sections_permitted: bool,
    pub problems: Vec<ChartRow>,
    pub allergies: Vec<ChartRow>,
    pub medicines: Vec<ChartRow>,
    pub immunisations: Vec<ChartRow>,
    pub results: Vec<ResultRow>,
    pub encounters: Vec<ChartRow>,
    pub procedures: Vec<ChartRow>,
    pub documents: Vec<ChartRow>,
    pub given_medicines: Vec<ChartRow>,
    pub care_plans: Vec<ChartRow>,
    pub devices: Vec<ChartRow>,
    pub coverages: Vec<ChartRow>,
    pub studies: Vec<StudyRow>,
    /// Photos and papers from files, the last added first; without the clinical ones for roles that see no chart.
    pub added_documents: Vec<DocumentEntry>,
    pub timeline: Vec<TimelineRow>,
    pub secrets: MaskedSecrets,
    /// Records that were merged into this one, the last first.
    pub merged_records: Vec<MergedRecord>,
    /// How many other records could be this patient's too, not decided yet.
    pub alike_records: usize,
}

/// A change of the past.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct HistoryEntry {
    pub at: String,
    pub person: String,
    pub role: String,
    pub action: String,
    pub fields: Vec<String>,
}

/// Changes and accesses, newest first.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PatientHistory {
    pub entries: Vec<HistoryEntry>,
}

/// Which of the two secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum SecretField {
    Ssn,
    InsuranceNumber,
}

/// Show a secret.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct RevealSecret {
    pub patient_id: String,
    pub secret: SecretField,
    /// Kept in the trail.
    #[validate(length(min = 3, max = 200))]
    pub reason: String,
}

/// The secret.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RevealedSecret {
    /// In clear.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub value: Zeroizing<String>,
}

/// Compare a spoken number with the one on file.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CheckIdentity {
    pub patient_id: String,
    pub secret: SecretField,
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub value: Zeroizing<String>,
}

/// Whether they are the same. Nothing else is revealed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct IdentityChecked {
    pub matches: bool,
}

/// The patients that this person opened last.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct RecentPatients {
    pub patients: Vec<PatientHit>,
}

use_cases! {
    room "patients";
    "Check a form while it is filled"
    check_patient_form (CheckPatientForm) -> PatientFormChecked, access Access::Roles(REGISTER), trail Refusals, activity true, stale [], by act::register::check_patient_form;
    "Register a patient"
    register_patient (RegisterPatient) -> PatientRegistered, access Access::Roles(REGISTER), trail Always, activity true, stale [Patients, Cohorts], by act::register::register_patient;
    "Correct a patient's details"
    update_patient (UpdatePatient) -> PatientUpdated, access Access::Roles(&[FrontDesk, Nurse, Clinician]), trail Always, activity true, stale [Patients, Chart, Cohorts], by act::register::update_patient;
    "Open a patient's details for correction"
    patient_form (OnePatient) -> EditablePatient, access Access::Roles(&[FrontDesk, Nurse, Clinician]), trail Always, activity true, stale [], by act::register::patient_form;
    "Find a patient"
    find_patients (FindPatients) -> FoundPatients, access Access::Roles(SEE_PATIENTS), trail Always, activity true, stale [], by act::find::find_patients;
    "Open a chart"
    open_chart (OnePatient) -> Chart, access Access::Roles(SEE_PATIENTS), trail Always, activity true, stale [], by act::chart::open_chart;
    "See who changed or opened a chart"
    patient_history (OnePatient) -> PatientHistory, access Access::Roles(&[FrontDesk, Nurse, Clinician]), trail Always, activity true, stale [], by act::chart::patient_history;
    "Show a social security or insurance number"
    reveal_secret (RevealSecret) -> RevealedSecret, access Access::Roles(SEE_SECRETS), trail Always, activity true, stale [], by act::secrets::reveal_secret;
    "Check a number against the one on file"
    check_identity (CheckIdentity) -> IdentityChecked, access Access::Roles(SEE_SECRETS), trail Always, activity true, stale [], by act::secrets::check_identity;
    "See the patients opened last"
    recent_patients (super::Empty) -> RecentPatients, access Access::Roles(SEE_PATIENTS), trail Always, activity false, stale [], by act::find::recent_patients;
}
