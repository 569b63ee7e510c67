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
    /// A kind of criterion that nobody published.
    #[error("there is no kind of criterion named {0:?}")]
    UnknownKind(String),
    /// A criterion is an object with one member, the kind.
    #[error("a criterion has one member, the name of its kind; here are {0}")]
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
        Self::new("", Problem::NotJson { line: error.line(), column: error.column(), reason })
    }
}
