//! Cohorts by definition: built, counted while they are built, saved with every version, taken from and given to others.

use rustcare_cohorts::clinic::{FoundConcept, Gap};
use rustcare_cohorts::sketch::{ChosenConcept, CohortSketch, EventKind};
use rustcare_cohorts::summary::DefinitionSummary;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::cohorts::COUNT;
use super::exchange::{BringIn, HandedOut};
use super::{Access, Empty, use_cases};
use crate::cohorts::{count as counting, definitions as act};

/// A saved cohort.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneCohort {
    pub cohort_id: String,
}

/// A saved cohort in one of its versions.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OpenCohort {
    pub cohort_id: String,
    /// None: the newest.
    #[serde(default)]
    pub version: Option<u32>,
}

/// Save what the builder shows.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SaveCohort {
    /// None: a new one.
    pub cohort_id: Option<String>,
    /// The version that was seen.
    pub version: Option<u32>,
    #[validate(length(min = 1, max = 120))]
    pub name: String,
    pub sketch: CohortSketch,
}

/// Count what the builder shows, or a version that is saved; on the clinic's records, or on a data set.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum CountCohort {
    Sketch {
        sketch: CohortSketch,
        #[serde(default)]
        data_set: Option<String>,
    },
    Saved {
        cohort_id: String,
        version: Option<u32>,
        #[serde(default)]
        data_set: Option<String>,
    },
    /// A definition as it was written, in Circe's JSON.
    Written {
        definition: String,
        #[serde(default)]
        data_set: Option<String>,
    },
}

impl CountCohort {
    /// The data set to count on; none: the clinic's records.
    pub fn data_set(&self) -> Option<&str> {
        match self {
            Self::Sketch { data_set, .. } | Self::Saved { data_set, .. } | Self::Written { data_set, .. } => {
                data_set.as_deref()
            }
        }
    }
}

impl Validate for CountCohort {
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        Ok(())
    }
}

/// Hand a definition out as a file.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ExportCohort {
    pub cohort_id: String,
    /// None: the newest.
    #[serde(default)]
    pub version: Option<u32>,
    pub place_id: String,
}

/// Look for codes.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SearchConcepts {
    pub kind: EventKind,
    #[validate(length(max = 100))]
    pub text: String,
    /// The data set to look in; none: the clinic's records.
    #[serde(default)]
    pub data_set: Option<String>,
}

/// Codes that were found.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct FoundConcepts {
    pub concepts: Vec<FoundConcept>,
}

/// Ask for the units in which the values of some codes are recorded.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ListUnits {
    /// The codes, each with all that is below it.
    #[validate(length(max = 2_000))]
    pub concepts: Vec<ChosenConcept>,
    /// UCUM code of the unit that values are to be compared with.
    #[serde(default)]
    #[validate(length(max = 100))]
    pub unit: Option<String>,
    /// The data set to look in; none: the clinic's records.
    #[serde(default)]
    pub data_set: Option<String>,
}

/// A unit that values are recorded in.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct UnitLine {
    /// UCUM code; none of values without a unit.
    pub unit: Option<String>,
    /// Values in it; none where the number is too small to be shown to whoever asks.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub results: Option<u64>,
    /// Whether they can be compared with the unit that was asked for.
    pub is_comparable: bool,
}

/// The units, the most frequent first.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct UnitList {
    pub units: Vec<UnitLine>,
}

/// A line of the list of cohorts.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CohortLine {
    pub cohort_id: String,
    pub name: String,
    pub version: u32,
    pub saved_at: String,
    pub saved_by: String,
    /// Whether the builder made it and shows it.
    pub is_editable: bool,
}

/// The saved cohorts.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CohortList {
    pub cohorts: Vec<CohortLine>,
}

/// A saved cohort, opened.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CohortView {
    pub line: CohortLine,
    /// What the builder shows; none of a definition that was made elsewhere.
    pub sketch: Option<CohortSketch>,
    /// What the definition is made of.
    pub summary: DefinitionSummary,
    /// The definition in Circe's JSON.
    pub definition: String,
    /// All versions, the newest first.
    pub versions: Vec<CohortVersionLine>,
}

/// When a version was saved, and by whom.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CohortVersionLine {
    pub version: u32,
    pub name: String,
    pub saved_at: String,
    pub saved_by: String,
}

/// What one rule does, in patients. A number that is too small to be shown to whoever asks is none.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CountedRule {
    pub name: String,
    /// Of those with an entry event.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub met: Option<u64>,
    /// After this rule and all before it.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub remaining: Option<u64>,
    /// Would come in if only this rule went.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub without_it: Option<u64>,
}

/// A count.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CohortCount {
    /// Patients in the cohort.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub patients: Option<u64>,
    /// Patients with an entry event that is observed long enough.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub entered: Option<u64>,
    /// Patients of the clinic.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub population: u64,
    pub rules: Vec<CountedRule>,
    /// What the definition asks for that the clinic's records cannot answer. Where there is any of it, nothing is counted.
    pub gaps: Vec<Gap>,
    /// Smallest number that is shown to whoever asks.
    pub smallest_shown: u32,
    /// BLAKE3 of the definition, in hexadecimal.
    pub definition_hash: String,
    /// BLAKE3 of the data.
    pub snapshot: String,
    pub engine_version: u32,
}

use_cases! {
    room "cohorts";
    "See the saved cohorts"
    list_cohorts (Empty) -> CohortList, access Access::Roles(COUNT), trail Always, activity true, stale [], by act::list_cohorts;
    "Open a saved cohort"
    open_cohort (OpenCohort) -> CohortView, access Access::Roles(COUNT), trail Always, activity true, stale [], by act::open_cohort;
    "Save a cohort"
    save_cohort (SaveCohort) -> CohortView, access Access::Roles(COUNT), trail Always, activity true, stale [Cohorts], by act::save_cohort;
    "Take a cohort out of the list"
    remove_cohort (OneCohort) -> Empty, access Access::Roles(COUNT), trail Always, activity true, stale [Cohorts], by act::remove_cohort;
    "Bring in a cohort definition (OHDSI Circe)"
    import_cohort (BringIn) -> CohortView, access Access::Roles(COUNT), trail Always, activity true, stale [Cohorts], by act::import_cohort;
    "Hand out a cohort definition (OHDSI Circe)"
    export_cohort (ExportCohort) -> HandedOut, access Access::Roles(COUNT), trail Always, activity true, stale [], by act::export_cohort;
    "Count a cohort"
    count_cohort (CountCohort) -> CohortCount, access Access::Roles(COUNT), trail Always, activity true, stale [], by counting::count_cohort;
    "Look for codes"
    search_concepts (SearchConcepts) -> FoundConcepts, access Access::Roles(COUNT), trail Always, activity true, stale [], by counting::search_concepts;
    "See in which units values are recorded"
    list_units (ListUnits) -> UnitList, access Access::Roles(COUNT), trail Always, activity true, stale [], by counting::list_units;
}
