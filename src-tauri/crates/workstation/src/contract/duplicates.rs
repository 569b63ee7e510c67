//! Who could be there already, the work list of records that look alike, merging and taking it back.

use rustcare_model::form::PatientForm;
use rustcare_patients::PatientHit;
use rustcare_patients::matching::Grade;
use rustcare_patients::merge::{FieldSideBySide, MergeField, MovedCounts, ShownValue};
use rustcare_vault::Role;
use rustcare_vault::Role::{Clinician, FrontDesk, Nurse};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::exchange::JobStarted;
use super::patients::REGISTER;
use super::{Access, Empty, use_cases};
use crate::patients as act;

/// Roles that work through records that look alike, merge and take back.
pub const RECONCILE: &[Role] = &[FrontDesk, Nurse, Clinician];

/// A form while it is filled: who could that be?
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct FindCandidates {
    pub form: PatientForm,
    /// Whom the form corrects; none while somebody is registered.
    #[serde(default)]
    pub patient_id: Option<String>,
}

/// Whether a value's frequency speaks for or against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Rarity {
    Rare,
    Frequent,
}

/// One bar of the waterfall of weights; all of them add up to the weight.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct WeightReason {
    /// A field of the comparison, `start` or `household`.
    pub part: String,
    /// What was found, by the name of its words; empty without a comparison.
    pub finding: String,
    /// What the value's frequency adds.
    pub rarity: Option<Rarity>,
    /// Bits.
    pub bits: f64,
}

/// Somebody it could be.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CandidateRow {
    /// Who.
    pub patient: PatientHit,
    /// How sure.
    pub grade: Grade,
    /// The combination of the certain layer, 1 to 27.
    pub combination: Option<u8>,
    /// 0 to 1.
    pub probability: f64,
    /// Bits.
    pub weight: f64,
    /// Why.
    pub reasons: Vec<WeightReason>,
    /// Somebody decided that this is another person.
    pub decided_different: bool,
}

/// Whom the form could be.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CandidatesFound {
    /// False while the index is still being read; nobody is looked for until then.
    pub ready: bool,
    /// Best first.
    pub candidates: Vec<CandidateRow>,
    /// Two or more are certain: nobody can be taken for the one.
    pub ambiguous: bool,
    /// Patients who were compared.
    pub weighed: usize,
    /// Patients in the index.
    pub patients: usize,
    /// Time in the core, microseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub took_microseconds: u64,
}

/// Which part of the work list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DuplicatePart {
    Open,
    Later,
    Different,
}

/// A page of the work list.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ListDuplicates {
    pub part: DuplicatePart,
    #[validate(range(min = 1, max = 500))]
    pub limit: usize,
    pub offset: usize,
}

/// Two records that look alike.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DuplicatePair {
    pub patient_a: String,
    pub patient_b: String,
    pub weight: f64,
    pub probability: f64,
    pub combination: Option<u8>,
}

/// Records that could all be one person.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DuplicateGroup {
    pub patients: Vec<PatientHit>,
    /// Heaviest first.
    pub pairs: Vec<DuplicatePair>,
}

/// The work list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DuplicateList {
    /// Groups of the page, heaviest first.
    pub groups: Vec<DuplicateGroup>,
    /// Groups of the part in all.
    pub total: usize,
    /// Pairs of each part: open, later, different.
    #[cfg_attr(feature = "ts", ts(type = "[number, number, number]"))]
    pub pairs: [i64; 3],
    /// When the whole register was last compared, UTC.
    pub compared_at: Option<String>,
    /// Patients who changed since and were not compared yet.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub waiting: i64,
}

/// What somebody decided of two records that look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DuplicateDecision {
    Different,
    Later,
    /// The earlier decision is taken back.
    Reopen,
}

/// A decision to keep.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DecideDuplicate {
    pub patient_a: String,
    pub patient_b: String,
    pub decision: DuplicateDecision,
    /// Kept with it; may be empty for `later`.
    #[validate(length(max = 200))]
    pub reason: String,
}

/// Two records to be looked at side by side.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PreviewMerge {
    /// The record that would go on.
    pub survivor_id: String,
    /// The record that would be merged into it.
    pub retired_id: String,
    /// Fields whose value shall be the merged record's.
    #[validate(length(max = 30))]
    pub chosen: Vec<MergeField>,
}

/// Two records side by side, and what merging would do.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct MergePreviewed {
    pub survivor: PatientHit,
    pub retired: PatientHit,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub survivor_version: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub retired_version: i64,
    pub fields: Vec<FieldSideBySide>,
    pub moves: MovedCounts,
    /// Why they look alike; empty while the index is still being read.
    pub reasons: Vec<WeightReason>,
    pub probability: Option<f64>,
    pub weight: Option<f64>,
    pub decided_different: bool,
}

/// Merge two records.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct MergePatients {
    pub survivor_id: String,
    pub retired_id: String,
    /// The versions that were shown.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub survivor_version: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub retired_version: i64,
    #[validate(length(max = 30))]
    pub chosen: Vec<MergeField>,
    #[validate(length(min = 3, max = 200))]
    pub reason: String,
}

/// A merge that was done.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PatientsMerged {
    pub patient_id: String,
    pub merge_id: String,
    pub moved: MovedCounts,
}

/// Names a merge.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneMerge {
    pub merge_id: String,
}

/// A field of the patient who went on, when a merge is taken back.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct FieldRestored {
    pub field: MergeField,
    pub now: ShownValue,
    pub then: ShownValue,
    /// It was changed after the merge and stays as it is.
    pub kept: bool,
}

/// What taking a merge back would do.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct UnmergePreviewed {
    pub survivor: PatientHit,
    pub retired: PatientHit,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub survivor_version: i64,
    pub merged_at: String,
    pub merged_by: String,
    pub reason: String,
    pub fields: Vec<FieldRestored>,
    pub moves: MovedCounts,
}

/// Take a merge back.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct UnmergePatients {
    pub merge_id: String,
    /// The version that was shown.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub survivor_version: i64,
    #[validate(length(min = 3, max = 200))]
    pub reason: String,
    /// Decide for good that they are two people.
    pub different: bool,
}

/// A merge that was taken back.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PatientsUnmerged {
    /// The record that came back.
    pub patient_id: String,
    pub moved: MovedCounts,
    /// Rows that somebody else has by now.
    pub elsewhere: usize,
    /// Identifiers that another patient has by now.
    pub identifiers_lost: usize,
}

use_cases! {
    room "patients";
    "See who a form could be already"
    find_candidates (FindCandidates) -> CandidatesFound, access Access::Roles(REGISTER), trail Always, activity true, stale [], by act::candidates::find_candidates;
    "See records that look alike"
    list_duplicates (ListDuplicates) -> DuplicateList, access Access::Roles(RECONCILE), trail Always, activity true, stale [], by act::duplicates::list_duplicates;
    "Decide whether two records are of different people"
    decide_duplicate (DecideDuplicate) -> Empty, access Access::Roles(RECONCILE), trail Always, activity true, stale [Patients, Chart], by act::duplicates::decide_duplicate;
    "Compare the whole register"
    review_register (Empty) -> JobStarted, access Access::Roles(RECONCILE), trail Always, activity true, stale [Jobs, Patients], by act::duplicates::review_register;
    "See two records side by side"
    preview_merge (PreviewMerge) -> MergePreviewed, access Access::Roles(RECONCILE), trail Always, activity true, stale [], by act::merge::preview_merge;
    "Merge two records of one person"
    merge_patients (MergePatients) -> PatientsMerged, access Access::Roles(RECONCILE), trail Always, activity true, stale [Patients, Chart, Studies, Cohorts], by act::merge::merge_patients;
    "See what taking a merge back would do"
    preview_unmerge (OneMerge) -> UnmergePreviewed, access Access::Roles(RECONCILE), trail Always, activity true, stale [], by act::merge::preview_unmerge;
    "Take a merge back"
    unmerge_patients (UnmergePatients) -> PatientsUnmerged, access Access::Roles(RECONCILE), trail Always, activity true, stale [Patients, Chart, Studies, Cohorts], by act::merge::unmerge_patients;
}
