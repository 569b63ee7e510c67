//! What is said about a field of a form: where, how serious, a stable code and a sentence for a person.
//!
//! A note never repeats the value that was typed, so that it may be logged and shown to anyone.

use serde::{Deserialize, Serialize};

/// How serious a note is. Only an error stops a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The form cannot be saved.
    Error,
    /// The form can be saved; a person should look again.
    Warning,
    /// Worth knowing.
    Information,
}

/// One remark about one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FieldNote {
    /// The field's name in the form, for example `date_of_birth`.
    pub field: String,
    /// Stable code, for example `in_the_future`; never reused for another meaning.
    pub code: String,
    /// Whether it stops a save.
    pub severity: Severity,
    /// A sentence that says what to do.
    pub message: String,
}

/// Why a value was refused, before it is known which field it stood in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Stable code.
    pub code: &'static str,
    /// A sentence that says how to mend it, without the value.
    pub message: String,
}

impl Refusal {
    /// A refusal with its code and its sentence.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The refusal as an error note on `field`.
    pub fn at(self, field: &str) -> FieldNote {
        FieldNote {
            field: field.to_owned(),
            code: self.code.to_owned(),
            severity: Severity::Error,
            message: self.message,
        }
    }
}

impl FieldNote {
    /// A warning on a field.
    pub fn warning(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), severity: Severity::Warning, message: message.into() }
    }

    /// An error on a field.
    pub fn error(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), severity: Severity::Error, message: message.into() }
    }
}
