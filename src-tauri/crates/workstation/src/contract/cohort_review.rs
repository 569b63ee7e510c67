//! Cohorts looked through: a definition in words with what is wrong in it, two definitions beside each other, what the people are
//! like, how many there are of whom and when, who is in several, what follows; figures and reports that leave.

use rustcare_cohorts::check::FindingSeverity;
use rustcare_cohorts::review::{
    Incidence, IndexEvents, MOST_COHORTS, Overlap, Prevalence, Strata, SurvivalResult, TableOne,
};
use rustcare_cohorts::text::{Language, TextBlock};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::cohort_definitions::CountCohort;
use super::cohorts::{COUNT, FigureFormat};
use super::exchange::HandedOut;
use super::{Access, use_cases};
use crate::cohorts::{difference, figures, report, review, words};

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
    /// What sets them apart from everybody else, as SVG; none where nothing can be compared.
    pub ratios: Option<String>,
    /// Smallest number that is shown to whoever asks.
    pub smallest_shown: u32,
}

/// Ask for what the people of a cohort are like.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ReviewCohort {
    pub of: CountCohort,
    /// Of the words in the drawings.
    #[serde(default)]
    pub language: Language,
}

/// Ask how many people of a cohort there are by sex, age and year, and how many are in it year by year.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct StratifyCohort {
    pub of: CountCohort,
    /// Of the words in the drawings.
    #[serde(default)]
    pub language: Language,
}

/// How many there are of whom, and when.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CohortStrata {
    /// By sex, age and year of entry.
    pub strata: Strata,
    /// People by year of entry, as SVG.
    pub years: String,
    /// Who is in the cohort, year by year.
    pub prevalence: Vec<Prevalence>,
    /// The shares, as SVG.
    pub shares: String,
    /// Smallest number that is shown to whoever asks.
    pub smallest_shown: u32,
}

/// Ask who is in other cohorts too.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OverlapCohorts {
    pub of: CountCohort,
    /// Saved cohorts.
    #[validate(length(min = 1, max = MOST_OTHERS))]
    pub other_cohort_ids: Vec<String>,
    /// Of the words in the drawing.
    #[serde(default)]
    pub language: Language,
}

/// Cohorts that one can be laid over.
const MOST_OTHERS: u64 = MOST_COHORTS as u64 - 1;

/// Who is in several cohorts.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CohortOverlap {
    /// Names of the cohorts, in the order asked for; empty of one that is not saved.
    pub names: Vec<String>,
    /// Who is in which.
    pub overlap: Overlap,
    /// The same, as SVG.
    pub figure: String,
    /// Smallest number that is shown to whoever asks.
    pub smallest_shown: u32,
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
    /// Of the words in the drawing.
    #[serde(default)]
    pub language: Language,
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
    /// What the people are like beside everybody else: what sets them apart, and the whole table as CSV.
    People,
    /// People by sex, age and year of entry.
    Strata,
    /// Who is in the cohort, year by year.
    Prevalence,
    /// Who is in other cohorts too.
    Overlap,
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
    /// The other cohorts, of overlap.
    #[serde(default)]
    #[validate(length(max = MOST_OTHERS))]
    pub other_cohort_ids: Vec<String>,
    /// The drawing, or its numbers as CSV.
    pub format: FigureFormat,
    /// Where to.
    pub place_id: String,
    /// Of the words in the drawing; numbers as CSV are the same in every language.
    #[serde(default)]
    pub language: Language,
}

/// Form in which a report leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ReportFormat {
    Html,
    Pdf,
}

/// Hand a report of a cohort out.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ReportCohort {
    pub of: CountCohort,
    #[validate(length(min = 1, max = 120))]
    pub name: String,
    /// A saved cohort that the people are followed to.
    #[serde(default)]
    pub outcome_cohort_id: Option<String>,
    /// Women and men apart, where they are followed.
    #[serde(default)]
    pub by_sex: bool,
    pub format: ReportFormat,
    pub place_id: String,
    /// What it is written in.
    #[serde(default)]
    pub language: Language,
}

use_cases! {
    room "cohorts";
    "Read a cohort definition in words"
    describe_cohort (DescribeCohort) -> CohortText, access Access::Roles(COUNT), trail Always, activity true, stale [], by words::describe_cohort;
    "Compare two versions of a cohort"
    compare_cohorts (CompareCohorts) -> CohortChange, access Access::Roles(COUNT), trail Always, activity true, stale [], by difference::compare_cohorts;
    "See what the people of a cohort are like"
    review_cohort (ReviewCohort) -> CohortReview, access Access::Roles(COUNT), trail Always, activity true, stale [], by review::review_cohort;
    "Count the people of a cohort by sex, age and year"
    stratify_cohort (StratifyCohort) -> CohortStrata, access Access::Roles(COUNT), trail Always, activity true, stale [], by review::stratify_cohort;
    "See who is in several cohorts"
    overlap_cohorts (OverlapCohorts) -> CohortOverlap, access Access::Roles(COUNT), trail Always, activity true, stale [], by review::overlap_cohorts;
    "See what follows in a cohort"
    follow_cohort (FollowCohort) -> CohortFollowUp, access Access::Roles(COUNT), trail Always, activity true, stale [], by review::follow_cohort;
    "Hand out a figure of a cohort"
    save_cohort_figure (SaveCohortFigure) -> HandedOut, access Access::Roles(COUNT), trail Always, activity true, stale [], by figures::save_cohort_figure;
    "Hand out a report of a cohort"
    report_cohort (ReportCohort) -> HandedOut, access Access::Roles(COUNT), trail Always, activity true, stale [], by report::report_cohort;
}
