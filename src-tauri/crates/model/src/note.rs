//! What is said about a field of a form: where, how serious, a stable code and a sentence for a person.
//!
//! A note never repeats the value that was typed, so that it may be logged and shown to anyone.

use serde::{Deserialize, Serialize};

use crate::reason::{Reason, Values, Why};

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
    /// Why, for the window's own wording; a note with another meaning has another reason.
    pub reason: Reason,
    /// What is filled into the wording.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, string>"))]
    pub values: Values,
    /// The English sentence of the reason.
    pub message: String,
}

/// Why a value was refused, before it is known which field it stood in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .why.sentence())]
pub struct Refusal {
    /// Stable code.
    pub code: &'static str,
    /// How to mend it, without the value.
    pub why: Why,
}

impl Refusal {
    /// A refusal with its code and its reason.
    pub fn new(code: &'static str, why: impl Into<Why>) -> Self {
        Self { code, why: why.into() }
    }

    /// The refusal as an error note on `field`.
    pub fn at(self, field: &str) -> FieldNote {
        FieldNote::error(field, self.code, self.why)
    }
}

impl FieldNote {
    /// A warning on a field.
    pub fn warning(field: &str, code: &str, why: impl Into<Why>) -> Self {
        Self::of(Severity::Warning, field, code, why.into())
    }

    /// An error on a field.
    pub fn error(field: &str, code: &str, why: impl Into<Why>) -> Self {
        Self::of(Severity::Error, field, code, why.into())
    }

    /// Worth knowing of a field.
    pub fn information(field: &str, code: &str, why: impl Into<Why>) -> Self {
        Self::of(Severity::Information, field, code, why.into())
    }

    fn of(severity: Severity, field: &str, code: &str, why: Why) -> Self {
        let message = why.sentence();
        let Why { reason, values } = why;
        Self { field: field.into(), code: code.into(), severity, reason, values, message }
    }
}
