//! One entry, and the bytes that its hash covers.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// The person may not do it, or nobody was signed in.
    Refused,
    /// The input was not valid.
    Invalid,
    /// It was tried and failed.
    Failed,
}

impl Outcome {
    /// The word as kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
        }
    }
}

/// What happened. Fields follow the questions of FHIR R4 `AuditEvent`: who, in which role, what, to whom, when, how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// UTC, RFC 3339.
    pub at: String,
    /// Sign-in name, or `-` when nobody was signed in.
    pub person: String,
    /// The role acted in, or `-`.
    pub role: String,
    /// The use case, for example `register_patient`.
    pub action: String,
    /// What it was done to: a patient's, study's or job's id; never a name.
    pub subject: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Field names and counts, never values.
    pub details: Option<String>,
}

/// SHA-256 of an entry in its place: previous hash, sequence number, canonical JSON.
pub fn link(previous: &[u8; 32], sequence: i64, entry: &AuditEntry) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(sequence.to_be_bytes());
    // Declaration order, no maps, no floats: serde_json writes the same bytes for the same entry, always.
    hasher.update(serde_json::to_vec(entry).unwrap_or_default());
    hasher.finalize().into()
}
