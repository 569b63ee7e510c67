//! Why a message is refused, where in it, and which acknowledgement says so. Never holds anything of a message.

use rustcare_model::reason::{Reason, Why};
use serde::{Deserialize, Serialize};

/// A place in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(rename = "MessagePlace"))]
pub struct Place {
    /// `PID`, `OBX` …; empty where a line has no name.
    pub segment: String,
    /// Line of the message, from 1; 0 for a segment that is missing.
    pub line: usize,
    /// Field of the segment, from 1.
    pub field: Option<usize>,
}

impl Place {
    /// A field.
    pub fn field(segment: &str, line: usize, field: usize) -> Self {
        Self { segment: segment.to_owned(), line, field: Some(field) }
    }

    /// A whole line.
    pub fn line(line: usize) -> Self {
        Self { segment: String::new(), line, field: None }
    }

    /// The place with its line, where only the segment's name is known: the first of that name.
    pub fn located(mut self, text: &str) -> Self {
        if self.line == 0 && !self.segment.is_empty() {
            let mut lines = text.split(['\r', '\n']).filter(|line| !line.trim().is_empty());
            self.line = lines.position(|line| line.starts_with(&self.segment)).map_or(0, |at| at + 1);
        }
        self
    }

    /// A segment that is missing.
    pub fn missing(segment: &str) -> Self {
        Self { segment: segment.to_owned(), line: 0, field: None }
    }
}

/// HL7 table 0008, original mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // named as in the table
pub enum AckCode {
    /// Taken.
    #[serde(rename = "AA")]
    Aa,
    /// Understood, but its content is refused.
    #[serde(rename = "AE")]
    Ae,
    /// Not understood, or not of a kind that is taken.
    #[serde(rename = "AR")]
    Ar,
}

impl AckCode {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aa => "AA",
            Self::Ae => "AE",
            Self::Ar => "AR",
        }
    }

    /// Reads what [`AckCode::as_str`] wrote.
    pub fn of_word(word: &str) -> Self {
        match word {
            "AA" => Self::Aa,
            "AE" => Self::Ae,
            _ => Self::Ar,
        }
    }
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In words that a person understands.
    pub why: Why,
    /// Where.
    pub place: Option<Place>,
    /// `AE` or `AR`.
    pub code: AckCode,
    /// HL7 table 0357, for ERR-3.
    pub condition: u16,
}

impl Refusal {
    /// Its content is refused; `condition` is of HL7 table 0357: 100 segment sequence, 101 required field, 102 data type,
    /// 103 table value, 204 unknown key, 205 duplicate key, 207 internal.
    pub fn content(why: impl Into<Why>, condition: u16) -> Self {
        Self { why: why.into(), place: None, code: AckCode::Ae, condition }
    }

    /// It is not understood.
    pub fn not_understood(why: impl Into<Why>) -> Self {
        Self { why: why.into(), place: None, code: AckCode::Ar, condition: 100 }
    }

    /// It is of a kind that is not taken: 200 message type, 201 event, 203 version.
    pub fn not_taken(why: impl Into<Why>, condition: u16) -> Self {
        Self { why: why.into(), place: None, code: AckCode::Ar, condition }
    }

    /// A required field is empty.
    pub fn missing(reason: Reason, place: Place) -> Self {
        Self::content(reason, 101).at(place)
    }

    /// Says where.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}
