//! Why a definition is refused.

use thiserror::Error;

/// A definition that is refused: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{problem}", if place.is_empty() { String::new() } else { format!("{place}: ") })]
pub struct DefinitionError {
    /// Place in the JSON, as `InclusionRules[0].expression.CriteriaList[1]`; empty for the whole.
    pub place: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// The text is no JSON.
    #[error("the text is not JSON (line {line}, column {column}): {reason}")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// JSON that says one thing twice.
    #[error("line {line}: {reason}")]
    Repeated {
        /// Line, from 1.
        line: usize,
        /// Which.
        reason: String,
    },
    /// A kind of criterion that nobody published.
    #[error("there is no kind of criterion named {0:?}")]
    UnknownKind(String),
    /// A criterion or a strategy is an object with one member, the kind.
    #[error("an object with one member, the name of its kind, is expected; here are {0} members")]
    NotOneKind(usize),
    /// An attribute that is not known here.
    #[error("there is no attribute named {0:?} here")]
    UnknownAttribute(String),
    /// A part without which the definition has no meaning.
    #[error("{0:?} is missing")]
    Missing(&'static str),
    /// A value of another type.
    #[error("{expected} is expected, not {found}")]
    WrongType {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A word that is none of the published ones.
    #[error("{found:?} is not one of {allowed}")]
    UnknownWord {
        /// The word.
        found: String,
        /// The published ones.
        allowed: &'static str,
    },
    /// A kind or attribute that is read and written but not run.
    #[error("{0} cannot be run")]
    NotRun(String),
}

impl DefinitionError {
    pub(crate) fn new(place: impl Into<String>, problem: Problem) -> Self {
        Self { place: place.into(), problem }
    }

    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        if error.is_data() {
            return Self::new("", Problem::Repeated { line: error.line(), reason });
        }
        Self::new("", Problem::NotJson { line: error.line(), column: error.column(), reason })
    }
}
