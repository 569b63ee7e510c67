//! Cohorts looked through: a definition in words with what is wrong in it, why one patient is in or out, two definitions beside each other,
//! what the people are like, what follows; figures and reports that leave.

use rustcare_cohorts::check::FindingSeverity;
use rustcare_cohorts::engine::EntryVerdict;
use rustcare_cohorts::review::{Incidence, IndexEvents, SurvivalResult, TableOne};
use rustcare_cohorts::text::{Language, TextBlock};
use rustcare_vault::Role::Clinician;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::cohort_definitions::CountCohort;
use super::cohorts::COUNT;
use super::exchange::HandedOut;
use super::{Access, use_cases};
use crate::cohorts::{difference, explain, review, words};

/// Say a definition in words.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DescribeCohort {
    pub of: CountCohort,
    pub language: Language,
}

/// Something in a definition that cannot be, or is probably not meant.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct FindingLine {
    pub severity: FindingSeverity,
    pub sentence: String,
    /// Where in the definition.
    pub place: String,
    /// Number of the rule that it is in, from 1.
    pub rule: Option<u32>,
}

/// A definition in words.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CohortText {
    pub blocks: Vec<TextBlock>,
    /// The worst first.
    pub findings: Vec<FindingLine>,
}

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

/// Lay two definitions beside each other.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CompareCohorts {
    pub before: CountCohort,
    pub after: CountCohort,
}

/// What moved patients in or out.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChangeCause {
    /// The rule's number in its definition, from 1; none: the entry event, or the time in the cohort.
    pub rule: Option<u32>,
    /// The rule's name; empty for the entry event.
    pub name: String,
    /// Whether it is the time in the cohort that lies outside the definition's dates.
    pub is_exit: bool,
    /// Patients.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub patients: u64,
}

/// What a change of a definition does. Numbers that are too small to be shown to whoever asks are none, and with them all others.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CohortChange {
    /// In both.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub stayed: Option<u64>,
    /// Only in the second.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub gained: Option<u64>,
    /// Only in the first.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub lost: Option<u64>,
    /// What kept the gained out before, by the first definition's rules.
    pub gained_by: Vec<ChangeCause>,
    /// What keeps the lost out now, by the second's.
    pub lost_by: Vec<ChangeCause>,
    /// Smallest number that is shown to whoever asks.
    pub smallest_shown: u32,
}

/// What a concept of a review is called.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ConceptName {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub concept_id: i64,
    pub code: String,
    pub title: String,
}

/// What the people of a cohort are like when they enter it, beside everybody else.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CohortReview {
    /// The table.
    pub table: TableOne,
    /// Which events people entered with.
    pub entries: IndexEvents,
    /// Names of the concepts in both.
    pub names: Vec<ConceptName>,
    /// Ages of women and men, as SVG.
    pub ages: String,
    /// Smallest number that is shown to whoever asks.
    pub smallest_shown: u32,
}

/// Ask for what the people of a cohort are like.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ReviewCohort {
    pub of: CountCohort,
}

/// Ask how often, and when, another cohort follows.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct FollowCohort {
    pub of: CountCohort,
    /// A saved cohort: a person's first entry into it is the outcome.
    pub outcome_cohort_id: String,
    /// Women and men apart.
    #[serde(default)]
    pub by_sex: bool,
}

/// What follows.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CohortFollowUp {
    /// Name of the outcome.
    pub outcome: String,
    /// How often, in how much time.
    pub incidence: Incidence,
    /// How long until it comes.
    pub survival: SurvivalResult,
    /// The curves, as SVG.
    pub figure: String,
    /// Smallest number that is shown to whoever asks.
    pub smallest_shown: u32,
}

/// A figure of a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CohortFigure {
    /// Who is left after each rule.
    Attrition,
    /// Ages of women and men.
    Ages,
    /// How long until the outcome comes.
    Survival,
}

/// Hand a figure of a cohort out.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SaveCohortFigure {
    /// The cohort.
    pub of: CountCohort,
    /// Which figure.
    pub figure: CohortFigure,
    /// The outcome, of survival.
    #[serde(default)]
    pub outcome_cohort_id: Option<String>,
    /// Women and men apart.
    #[serde(default)]
    pub by_sex: bool,
    /// SVG, or the numbers as CSV.
    pub format: CohortFigureFormat,
    /// Where to.
    pub place_id: String,
}

/// Form in which a figure of a cohort leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum CohortFigureFormat {
    Csv,
    Svg,
}

/// Hand a report of a cohort out.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ReportCohort {
    pub of: CountCohort,
    #[validate(length(min = 1, max = 120))]
    pub name: String,
    pub place_id: String,
}

use_cases! {
    room "cohorts";
    "Read a cohort definition in words"
    describe_cohort (DescribeCohort) -> CohortText, access Access::Roles(COUNT), trail Always, activity true, stale [], by words::describe_cohort;
    "See why a patient is in a cohort, or is not"
    explain_patient (ExplainPatient) -> PatientExplanation, access Access::Roles(&[Clinician]), trail Always, activity true, stale [], by explain::explain_patient;
    "Compare two versions of a cohort"
    compare_cohorts (CompareCohorts) -> CohortChange, access Access::Roles(COUNT), trail Always, activity true, stale [], by difference::compare_cohorts;
    "See what the people of a cohort are like"
    review_cohort (ReviewCohort) -> CohortReview, access Access::Roles(COUNT), trail Always, activity true, stale [], by review::review_cohort;
    "See what follows in a cohort"
    follow_cohort (FollowCohort) -> CohortFollowUp, access Access::Roles(COUNT), trail Always, activity true, stale [], by review::follow_cohort;
    "Hand out a figure of a cohort"
    save_cohort_figure (SaveCohortFigure) -> HandedOut, access Access::Roles(COUNT), trail Always, activity true, stale [], by review::save_cohort_figure;
    "Hand out a report of a cohort"
    report_cohort (ReportCohort) -> HandedOut, access Access::Roles(COUNT), trail Always, activity true, stale [], by review::report_cohort;
}
