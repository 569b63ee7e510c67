//! FHIR R4: the resources in use as structs, and what becomes of each in the chart.
//!
//! Source: HL7 FHIR R4 (4.0.1), <https://hl7.org/fhir/R4/>. Decimals and partial dates stay as written; a value that is
//! no date where R4 wants a date is refused by its field's name.

pub mod patient;
pub mod record;
pub mod reference;
pub mod resource;

/// Why a resource was refused: its field, no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FhirError {
    /// Not JSON, or a field of the wrong kind.
    #[error("{what} (line {line}, column {column})")]
    Json {
        /// What is wrong.
        what: &'static str,
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

impl From<serde_json::Error> for FhirError {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category;
        // serde_json's own sentence may repeat the value: only the kind and the place are taken.
        let what = match error.classify() {
            Category::Syntax => "this is not JSON",
            Category::Eof => "the text ends too early",
            Category::Data => "an element has the wrong kind of value",
            Category::Io => "the text cannot be read",
        };
        Self::Json { what, line: error.line(), column: error.column() }
    }
}
