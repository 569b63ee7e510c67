//! Photos and papers that are added to a chart from a file.

use rustcare_model::document::DocumentKind;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::exchange::HandedOut;
use super::patients::{REGISTER, SEE_PATIENTS};
use super::{Access, Empty, use_cases};
use crate::choke_point::Bytes;
use crate::documents as act;

/// What a file is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names of the formats
pub enum DocumentForm {
    Jpeg,
    Pdf,
}

/// Names a file of a place.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct LookAtDocument {
    pub entry_id: String,
}

/// What will be kept of a file.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DocumentLooked {
    pub form: DocumentForm,
    /// Bytes of the file, and of what is kept of it.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes_before: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes_after: u64,
    /// Pixels of the file's picture, and of the one that is kept.
    pub size_before: Option<(u32, u32)>,
    pub size_after: Option<(u32, u32)>,
    /// The file says where it was taken; what is kept does not.
    pub had_location: bool,
    /// A JPEG in base64, for the eye.
    pub picture: Option<String>,
    /// BLAKE3 of what would be kept, hexadecimal: adding it says which content was seen.
    pub content_hash: String,
}

/// Add a file to a chart.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct AddDocument {
    pub patient_id: String,
    pub entry_id: String,
    pub kind: DocumentKind,
    /// What it is called; empty where its kind says enough.
    #[validate(length(max = 120))]
    pub title: String,
    /// The day that it is of, as typed; empty where nobody knows.
    #[validate(length(max = 40))]
    pub date: String,
    /// Of the content that was looked at.
    #[validate(length(max = 64))]
    pub content_hash: String,
}

/// It is in the chart.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DocumentAdded {
    pub document_id: String,
}

/// Names a document.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneDocument {
    pub document_id: String,
}

/// Take a document out of the chart.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct WithdrawDocument {
    pub document_id: String,
    /// Stands beside it.
    #[validate(length(min = 3, max = 200))]
    pub reason: String,
}

/// Write a document into a place.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SaveDocument {
    pub document_id: String,
    pub place_id: String,
}

/// A document as listed in a chart.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DocumentEntry {
    pub document_id: String,
    pub kind: DocumentKind,
    /// Empty where its kind says enough.
    pub title: String,
    /// ISO 8601.
    pub date: Option<String>,
    pub added_at: String,
    pub person: String,
    pub form: DocumentForm,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    pub has_thumbnail: bool,
    pub withdrawn: Option<WithdrawnEntry>,
}

/// When, by whom and why a document was taken out of the chart.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct WithdrawnEntry {
    pub at: String,
    pub person: String,
    pub reason: String,
}

use_cases! {
    room "documents";
    "Look at a photo or paper before it is added to a chart"
    look_at_document (LookAtDocument) -> DocumentLooked, access Access::Roles(REGISTER), trail Always, activity true, stale [], by act::add::look_at_document;
    "Add a photo or paper to a chart (front desk: photo, identity, insurance, consent)"
    add_document (AddDocument) -> DocumentAdded, access Access::Roles(REGISTER), trail Always, activity true, stale [Chart], by act::add::add_document;
    "Open a photo or paper of a chart (front desk: photo, identity, insurance, consent)"
    document_content (OneDocument) -> Bytes, access Access::Roles(SEE_PATIENTS), trail Always, activity true, stale [], by act::see::document_content;
    "See the small picture of a document"
    document_thumbnail (OneDocument) -> Bytes, access Access::Roles(SEE_PATIENTS), trail Always, activity false, stale [], by act::see::document_thumbnail;
    "Take a photo or paper out of a chart"
    withdraw_document (WithdrawDocument) -> Empty, access Access::Roles(REGISTER), trail Always, activity true, stale [Chart], by act::add::withdraw_document;
    "Save a photo or paper of a chart to a file"
    save_document (SaveDocument) -> HandedOut, access Access::Roles(SEE_PATIENTS), trail Always, activity true, stale [], by act::see::save_document;
}
