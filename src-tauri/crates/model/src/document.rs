//! What a photo or paper is that somebody adds to a chart from a file.

use serde::{Deserialize, Serialize};

/// Kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A photo of the patient's face; the newest stands in the banner.
    Photo,
    /// Passport, identity card, birth certificate.
    Identity,
    /// Insurance card or letter.
    Insurance,
    /// A signed consent or power of attorney.
    Consent,
    /// A letter by which somebody sends the patient here.
    Referral,
    /// A letter from or to another clinic.
    Letter,
    /// A result or report on paper.
    Result,
    /// A photo of a wound, a rash, a swelling.
    ClinicalPhoto,
    /// Anything else of the chart.
    Other,
}

impl DocumentKind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Photo,
        Self::Identity,
        Self::Insurance,
        Self::Consent,
        Self::Referral,
        Self::Letter,
        Self::Result,
        Self::ClinicalPhoto,
        Self::Other,
    ];

    /// Its word in the database and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Identity => "identity",
            Self::Insurance => "insurance",
            Self::Consent => "consent",
            Self::Referral => "referral",
            Self::Letter => "letter",
            Self::Result => "result",
            Self::ClinicalPhoto => "clinical_photo",
            Self::Other => "other",
        }
    }

    /// The kind of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }

    /// Whether it tells of the patient's health, so that only those see it who see charts.
    pub fn is_clinical(self) -> bool {
        !matches!(self, Self::Photo | Self::Identity | Self::Insurance | Self::Consent)
    }
}
