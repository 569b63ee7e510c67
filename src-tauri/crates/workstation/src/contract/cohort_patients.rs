//! Single patients behind the counts, for those who may see them: why one is in a cohort or is not, what is recorded of one in the order
//! of days, who is in a group of the breakdown.

use rustcare_cohorts::BreakdownFilter;
use rustcare_cohorts::breakdown::PrimaryDiagnosis;
use rustcare_cohorts::engine::EntryVerdict;
use rustcare_cohorts::text::Language;
use rustcare_patients::find::PatientHit;
use rustcare_vault::Role;
use rustcare_vault::Role::Clinician;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::cohort_definitions::CountCohort;
use super::{Access, use_cases};
use crate::cohorts::{explain, group_patients};

/// Who may see the patients behind a count: whoever may open their charts for it.
const SEE_PATIENTS: &[Role] = &[Clinician];

/// Ask why a patient is in a cohort, or is not.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ExplainPatient {
    pub of: CountCohort,
    pub patient_id: String,
    pub language: Language,
}

/// An event that was found.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct FoundEvent {
    /// Kind, as OHDSI names it: `ConditionOccurrence`.
    pub kind: String,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub concept_id: Option<i64>,
    /// Its code, where the records have one.
    pub code: Option<String>,
    pub title: String,
    /// ISO date.
    pub start: String,
    /// ISO date, where it differs.
    pub end: Option<String>,
    pub value: Option<f64>,
    /// UCUM code, or the unit's concept where no code is known.
    pub unit: Option<String>,
}

/// An event that could let the patient in.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ExplainedEntry {
    pub event: FoundEvent,
    pub verdict: EntryVerdict,
}

/// A member of a rule.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ExplainedMember {
    /// Whether it holds.
    pub is_met: bool,
    /// What it asks for, in words; of a group within the group how many must hold.
    pub text: String,
    /// ISO date: from this day on it was looked for.
    pub from: Option<String>,
    /// ISO date: … up to this day.
    pub to: Option<String>,
    /// How many events count; none where it asks for no events.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub found: Option<u64>,
    /// Those that count, the first ones.
    pub matched: Vec<FoundEvent>,
    /// Those that would, and lie on other days.
    pub outside: Vec<FoundEvent>,
    /// Members of a group within the group.
    pub members: Vec<ExplainedMember>,
}

/// A rule, tested on the patient.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ExplainedRule {
    pub name: String,
    pub is_met: bool,
    pub members: Vec<ExplainedMember>,
}

/// Days, both included; ISO dates.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DaysFromTo {
    pub from: String,
    pub to: String,
}

/// Why a patient is in a cohort, or is not.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PatientExplanation {
    /// Time in the cohort; empty for one who is not in it.
    pub stays: Vec<DaysFromTo>,
    /// When the patient is on record.
    pub observed: Vec<DaysFromTo>,
    /// Events that could let the patient in.
    pub entries: Vec<ExplainedEntry>,
    /// First day of the entry event that the rules were tested on.
    pub tested: Option<String>,
    /// The rules; none without an entry event.
    pub rules: Vec<ExplainedRule>,
}

/// Ask for what is recorded of a patient in the order of days.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ShowTimeline {
    /// In a data set: the person's number there.
    pub patient_id: String,
    /// Whose patient: of a data set by its number; none: of the clinic.
    #[serde(default)]
    pub data_set: Option<String>,
}

/// Events of one kind on a timeline.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TimelineLane {
    /// Kind, as OHDSI names it: `ConditionOccurrence`.
    pub kind: String,
    /// The newest, by day.
    pub events: Vec<FoundEvent>,
    /// How many older ones there are.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub left_out: u64,
}

/// What is recorded of a patient, as cohorts see it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PatientTimeline {
    /// When the patient is on record.
    pub observed: Vec<DaysFromTo>,
    /// Kinds of which there is any event.
    pub lanes: Vec<TimelineLane>,
}

/// Ask who is in a group of the breakdown.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ListGroupPatients {
    /// Who is counted.
    pub filter: BreakdownFilter,
    /// Their primary diagnosis.
    pub group: PrimaryDiagnosis,
    /// At most so many.
    #[validate(range(min = 1, max = 200))]
    pub limit: usize,
    /// After so many.
    #[validate(range(max = 10_000_000))]
    pub offset: usize,
}

/// Patients of a group, in the register's order.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct GroupPatients {
    /// How many there are.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: u64,
    /// The page asked for.
    pub patients: Vec<PatientHit>,
}

use_cases! {
    room "cohorts";
    "See why a patient is in a cohort, or is not"
    explain_patient (ExplainPatient) -> PatientExplanation, access Access::Roles(SEE_PATIENTS), trail Always, activity true, stale [], by explain::explain_patient;
    "See what is recorded of a patient in the order of days"
    show_timeline (ShowTimeline) -> PatientTimeline, access Access::Roles(SEE_PATIENTS), trail Always, activity true, stale [], by explain::show_timeline;
    "See who is in a group of the breakdown"
    list_group_patients (ListGroupPatients) -> GroupPatients, access Access::Roles(SEE_PATIENTS), trail Always, activity true, stale [], by group_patients::list_group_patients;
}
