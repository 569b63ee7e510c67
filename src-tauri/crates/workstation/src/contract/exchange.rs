//! Bringing in and handing out: places, imports, jobs.

use rustcare_exchange::table::TableChoice;
use rustcare_exchange::table::dry_run::TableLook;
use rustcare_vault::Role;
use rustcare_vault::Role::{Administrator, Clinician, FrontDesk, Radiographer};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{Access, Empty, use_cases};
use crate::exchange as act;
use crate::host::PlaceKind;
use crate::jobs::Job;

pub(super) const BRING_IN: &[Role] = &[FrontDesk, Clinician, Administrator];

/// A place that the window knows by its id.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Place {
    pub place_id: String,
    pub name: String,
    pub kind: PlaceKind,
}

/// Known places.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Places {
    pub places: Vec<Place>,
}

/// What a file or folder seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum EntryKind {
    Fhir,
    Dicom,
    Table,
    Hl7,
    /// A picture or paper that a chart can take.
    Document,
    Folder,
    Backup,
    Other,
}

/// A file or folder of a place.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PlaceEntry {
    pub entry_id: String,
    pub name: String,
    pub kind: EntryKind,
    /// Whether it can be looked into, whatever it seems to hold.
    pub is_folder: bool,
    pub files: usize,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
}

/// Look into a place, or into a folder of it.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ListPlaceEntries {
    pub place_id: String,
    pub folder: Option<String>,
}

/// What is in it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PlaceEntries {
    pub entries: Vec<PlaceEntry>,
    /// How many more there are than are listed.
    pub left_out: usize,
}

/// The folder that was chosen in the dialog.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ChosenFolder {
    pub place: Option<Place>,
}

/// Something of a place to bring in.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct BringIn {
    pub entry_id: String,
}

/// A table to look at or to bring in, and what a person decided of it.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneTable {
    pub entry_id: String,
    pub choice: TableChoice,
}

/// What was decided of tables with these columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TableProfile {
    /// What the clinic calls it.
    #[validate(length(max = 100))]
    pub name: String,
    /// Names of the columns, in their order.
    #[validate(length(min = 1, max = 1000))]
    pub columns: Vec<String>,
    /// The decisions.
    pub choice: TableChoice,
}

/// All that is kept, by name.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct TableProfiles {
    pub profiles: Vec<TableProfile>,
}

/// Names one of them.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneTableProfile {
    pub name: String,
}

/// A place to write to.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct InPlace {
    pub place_id: String,
}

/// A job has begun.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct JobStarted {
    pub job_id: String,
}

/// Names a job.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneJob {
    pub job_id: String,
}

/// All jobs, newest first.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct JobList {
    pub jobs: Vec<Job>,
}

/// Refused pieces to hand out.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ExportRejected {
    pub job_id: String,
    pub place_id: String,
}

/// A file that was handed out, by name.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct HandedOut {
    pub file: String,
}

/// A file that was written, by name.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct WrittenFile {
    pub file: String,
    pub rows: usize,
}

use_cases! {
    room "exchange";
    "See places to bring in from"
    list_places (Empty) -> Places, access Access::Anyone, trail Refusals, activity true, stale [], by act::places::list_places;
    "Look into a place"
    list_place_entries (ListPlaceEntries) -> PlaceEntries, access Access::Anyone, trail Refusals, activity true, stale [], by act::places::list_place_entries;
    "Choose a folder"
    choose_folder (Empty) -> ChosenFolder, access Access::Anyone, trail Refusals, activity true, stale [], by act::places::choose_folder;
    "Bring in FHIR records"
    import_fhir (BringIn) -> JobStarted, access Access::Roles(BRING_IN), trail Always, activity true, stale [Jobs, Patients, Chart, Cohorts], by act::import_fhir::import_fhir;
    "Try a table before it is brought in"
    look_at_table (OneTable) -> TableLook, access Access::Roles(BRING_IN), trail Always, activity true, stale [], by act::import_table::look_at_table;
    "See what was decided of tables before"
    list_table_profiles (Empty) -> TableProfiles, access Access::Roles(BRING_IN), trail Refusals, activity true, stale [], by act::table_profiles::list_table_profiles;
    "Remember what was decided of a table"
    keep_table_profile (TableProfile) -> Empty, access Access::Roles(BRING_IN), trail Always, activity true, stale [Settings], by act::table_profiles::keep_table_profile;
    "Forget what was decided of a table"
    drop_table_profile (OneTableProfile) -> Empty, access Access::Roles(BRING_IN), trail Always, activity true, stale [Settings], by act::table_profiles::drop_table_profile;
    "Bring in a table of patients"
    import_table (OneTable) -> JobStarted, access Access::Roles(BRING_IN), trail Always, activity true, stale [Jobs, Patients, Chart, Cohorts], by act::import_table::import_table;
    "Bring in DICOM images"
    import_dicom (BringIn) -> JobStarted, access Access::Roles(&[Radiographer, Clinician, Administrator]), trail Always, activity true, stale [Jobs, Studies, Chart], by crate::imaging::import::import_dicom;
    "See running and ended jobs"
    list_jobs (Empty) -> JobList, access Access::AnyStaff, trail Refusals, activity false, stale [], by act::job::list_jobs;
    "See one job"
    job (OneJob) -> Job, access Access::AnyStaff, trail Refusals, activity false, stale [], by act::job::job;
    "Go on with an import that was cancelled or failed"
    resume_job (OneJob) -> JobStarted, access Access::Roles(&[FrontDesk, Clinician, Radiographer, Administrator]), trail Always, activity true, stale [Jobs, Patients, Chart, Studies, Cohorts], by act::job::resume_job;
    "Cancel a job"
    cancel_job (OneJob) -> Empty, access Access::AnyStaff, trail Always, activity true, stale [Jobs], by act::job::cancel_job;
    "Hand out what an import refused"
    export_rejected (ExportRejected) -> WrittenFile, access Access::Roles(BRING_IN), trail Always, activity true, stale [], by act::job::export_rejected;
}
