//! Studies, series, images.

use rustcare_patients::{PatientBanner, PatientHit};
use rustcare_vault::Role;
use rustcare_vault::Role::{Clinician, Nurse, Radiographer};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{Access, Empty, use_cases};
use crate::choke_point::Bytes;
use crate::imaging as act;

const SEE_IMAGES: &[Role] = &[Radiographer, Clinician, Nurse];
const LINK: &[Role] = &[Radiographer, Clinician];

/// Whether a study belongs to a patient yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum StudyState {
    Unmatched,
    Linked,
}

/// A study as listed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct StudyRow {
    pub study_id: String,
    pub patient_id: Option<String>,
    pub patient_on_file: String,
    pub birth_date_on_file: Option<String>,
    /// ISO date of the same, where the file has one.
    pub birth_date_iso: Option<String>,
    pub identifier_on_file: Option<String>,
    pub mrn: Option<String>,
    pub patient_name: Option<String>,
    pub date: Option<String>,
    /// ISO date of the same, where the file has one.
    pub date_iso: Option<String>,
    pub modality: String,
    pub description: String,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub series: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub images: i64,
    pub state: StudyState,
    pub thumbnail_series_id: Option<String>,
}

/// Which studies.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ListStudies {
    pub patient_id: Option<String>,
    pub state: Option<StudyState>,
    #[validate(length(max = 200))]
    pub text: String,
}

/// Studies, newest first.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Studies {
    pub studies: Vec<StudyRow>,
}

/// Names a study.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneStudy {
    pub study_id: String,
}

/// An image of a series.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Image {
    pub image_id: String,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub number: Option<i64>,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub frames: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub rows: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub columns: i64,
    pub displayable: bool,
    pub reason: Option<String>,
}

/// A series.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Series {
    pub series_id: String,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub number: Option<i64>,
    pub modality: String,
    pub description: String,
    pub images: Vec<Image>,
}

/// A study with its series.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Study {
    pub row: StudyRow,
    pub banner: Option<PatientBanner>,
    pub series: Vec<Series>,
}

/// One frame of an image.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ImageFrame {
    pub image_id: String,
    /// From 0.
    pub frame: u32,
}

/// Names a series.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneSeries {
    pub series_id: String,
}

/// Why a study may belong to a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum SuggestionReason {
    SameIdentifier,
    SameRecordNumber,
    SameNameAndBirth,
    SameName,
}

impl SuggestionReason {
    /// In English.
    pub fn words(self) -> &'static str {
        match self {
            Self::SameIdentifier => "same identifier",
            Self::SameRecordNumber => "same record number",
            Self::SameNameAndBirth => "same name and date of birth",
            Self::SameName => "same name",
        }
    }
}

/// A patient that a study may belong to, and why.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SuggestedPatient {
    pub patient: PatientHit,
    /// In English words.
    pub reason: String,
    pub reasons: Vec<SuggestionReason>,
}

/// Patients that a study may belong to.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SuggestedPatients {
    pub patients: Vec<SuggestedPatient>,
}

/// A study and the patient it belongs to.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct LinkStudy {
    pub study_id: String,
    pub patient_id: String,
}

/// Hand one picture out as PNG.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ExportImage {
    pub image_id: String,
    /// From 0.
    pub frame: u32,
    /// Centre and width in the unit of the picture; none: the window of the file.
    pub window: Option<(f64, f64)>,
    /// None: the person's documents.
    pub place_id: Option<String>,
    /// None: a name without patient data.
    #[validate(length(min = 1, max = 200))]
    pub file_name: Option<String>,
}

use_cases! {
    room "imaging";
    "See studies"
    list_studies (ListStudies) -> Studies, access Access::Roles(SEE_IMAGES), trail Always, activity true, stale [], by act::study::list_studies;
    "Open a study"
    open_study (OneStudy) -> Study, access Access::Roles(SEE_IMAGES), trail Always, activity true, stale [], by act::study::open_study;
    "Look at an image"
    image_frame (ImageFrame) -> Bytes, access Access::Roles(SEE_IMAGES), trail Always, activity true, stale [], by act::frame::image_frame;
    "See a series' thumbnail"
    series_thumbnail (OneSeries) -> Bytes, access Access::Roles(SEE_IMAGES), trail Always, activity false, stale [], by act::frame::series_thumbnail;
    "Hand a picture out"
    export_image (ExportImage) -> super::exchange::HandedOut, access Access::Roles(SEE_IMAGES), trail Always, activity true, stale [], by act::frame::export_image;
    "See whom a study may belong to"
    suggest_patients (OneStudy) -> SuggestedPatients, access Access::Roles(LINK), trail Always, activity true, stale [], by act::study::suggest_patients;
    "Link a study to a patient"
    link_study (LinkStudy) -> Empty, access Access::Roles(LINK), trail Always, activity true, stale [Studies, Chart], by act::study::link_study;
    "Take a study's link away"
    unlink_study (OneStudy) -> Empty, access Access::Roles(LINK), trail Always, activity true, stale [Studies, Chart], by act::study::unlink_study;
}
