//! FHIR R4: the resources in use as structs, and what becomes of each in the chart.
//!
//! Source: HL7 FHIR R4 (4.0.1), <https://hl7.org/fhir/R4/>. Decimals and partial dates stay as written; a value that is
//! no date where R4 wants a date is refused by its field's name.

use rustcare_model::reason::{Reason, Why};

pub mod patient;
pub mod r4;
pub mod record;
pub mod reference;
pub mod resource;
mod value;

/// What is missing of a record that nobody could name.
pub(crate) const CODE_OR_TEXT: &str = "its code or text";

/// Why a resource was refused: its field, no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FhirError {
    /// Not JSON, or a field of the wrong kind.
    #[error("{}", .kind.with("line", .line).with("column", .column).sentence())]
    Json {
        /// What is wrong.
        kind: Reason,
        /// Line in its text, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A required element is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A value that the element cannot have.
    #[error("{0} has a value that FHIR R4 does not allow")]
    Value(&'static str),
}

impl FhirError {
    /// The reason as the report tells it.
    pub fn why(&self) -> Why {
        match *self {
            Self::Json { kind, line, column } => kind.with("line", line).with("column", column),
            Self::Missing(CODE_OR_TEXT) => Reason::CodeOrTextMissing.into(),
            Self::Missing(element) => Reason::ElementMissing.with("element", element),
            Self::Value(element) => Reason::ElementNotAllowed.with("element", element),
        }
    }
}

impl From<serde_json::Error> for FhirError {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category;
        // serde_json's own sentence may repeat the value: only the kind and the place are taken.
        let kind = match error.classify() {
            Category::Syntax => Reason::TextNotJson,
            Category::Eof => Reason::TextEndsEarly,
            Category::Data => Reason::TextWrongKind,
            Category::Io => Reason::TextUnreadable,
        };
        Self::Json { kind, line: error.line(), column: error.column() }
    }
}
