//! What cohorts are counted with besides the clinic's own records: a vocabulary of the published codes, data sets of others, and the
//! published phenotypes.

use rustcare_cohorts::athena::VocabularyName;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::cohort_definitions::CohortView;
use super::cohorts::COUNT;
use super::exchange::{BringIn, JobStarted};
use super::{Access, Empty, use_cases};
use crate::cohorts::{data_sets, phenotypes};

/// Take a folder in the OMOP common data model into the vault.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ImportDataSet {
    /// The folder.
    pub entry_id: String,
    /// What people call it.
    #[validate(length(min = 1, max = 120))]
    pub name: String,
}

/// A data set, or the vocabulary.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneDataSet {
    pub data_set_id: String,
}

/// The vocabulary that the clinic imported.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct VocabularyView {
    pub data_set_id: String,
    pub name: String,
    pub brought_at: String,
    pub brought_by: String,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    /// What is in it, the largest first.
    pub vocabularies: Vec<VocabularyName>,
    /// Codes that the clinic's records use.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub codes: u64,
    /// Those of them that the vocabulary maps to a standard concept.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub mapped: u64,
}

/// Data of others in the common data model.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DataSetLine {
    pub data_set_id: String,
    pub name: String,
    pub brought_at: String,
    pub brought_by: String,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub patients: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: u64,
}

/// What a data set is chosen by.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DataSetName {
    pub data_set_id: String,
    pub name: String,
}

/// The data sets that can be chosen.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DataSetNames {
    pub data_sets: Vec<DataSetName>,
}

/// All that is there.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DataSets {
    pub vocabulary: Option<VocabularyView>,
    pub data_sets: Vec<DataSetLine>,
}

/// Try the published phenotypes.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CountPhenotypes {
    /// The data set to count on; none: the clinic's records.
    #[serde(default)]
    pub data_set: Option<String>,
}

/// A published phenotype and what it finds.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PhenotypeLine {
    /// Its number in the library.
    pub phenotype_id: i32,
    /// What it is called.
    pub name: String,
    /// What it means, in its authors' words.
    pub logic: String,
    /// Whether the library's reviewers accepted it.
    pub is_accepted: bool,
    /// Concepts of it that nobody knows here. Where there are any, nothing is counted.
    pub unmapped: u32,
    /// What else it asks for that the records cannot answer: names of kinds and attributes.
    pub not_kept: Vec<String>,
    /// Patients; none where nothing is counted, or where the number is too small to be shown to whoever asks.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub patients: Option<u64>,
    /// Whether there are patients whose number is not shown.
    pub is_hidden: bool,
}

/// The published phenotypes.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PhenotypeList {
    /// Release of the library.
    pub release: String,
    /// All of them, by name.
    pub phenotypes: Vec<PhenotypeLine>,
    /// Whether the clinic imported a vocabulary, or asks of a data set, which has its own.
    pub has_vocabulary: bool,
    /// Smallest number that is shown to whoever asks.
    pub smallest_shown: u32,
}

/// A published phenotype.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OnePhenotype {
    pub phenotype_id: i32,
}

use_cases! {
    room "cohorts";
    "See vocabularies and data sets"
    list_data_sets (Empty) -> DataSets, access Access::Roles(COUNT), trail Always, activity true, stale [], by data_sets::list_data_sets;
    "See the names of data sets"
    list_data_set_names (Empty) -> DataSetNames, access Access::Roles(COUNT), trail Always, activity true, stale [], by data_sets::list_data_set_names;
    "Bring in a vocabulary (OHDSI Athena)"
    import_vocabulary (BringIn) -> JobStarted, access Access::Roles(COUNT), trail Always, activity true, stale [Jobs, Cohorts], by data_sets::import_vocabulary;
    "Bring in a data set (OMOP common data model)"
    import_data_set (ImportDataSet) -> JobStarted, access Access::Roles(COUNT), trail Always, activity true, stale [Jobs, Cohorts], by data_sets::import_data_set;
    "Remove a vocabulary or data set"
    remove_data_set (OneDataSet) -> Empty, access Access::Roles(COUNT), trail Always, activity true, stale [Cohorts], by data_sets::remove_data_set;
    "Count the published phenotypes"
    count_phenotypes (CountPhenotypes) -> PhenotypeList, access Access::Roles(COUNT), trail Always, activity true, stale [], by phenotypes::count_phenotypes;
    "Take a published phenotype over as a cohort"
    take_phenotype (OnePhenotype) -> CohortView, access Access::Roles(COUNT), trail Always, activity true, stale [Cohorts], by phenotypes::take_phenotype;
}
