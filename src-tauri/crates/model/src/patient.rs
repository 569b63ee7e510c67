//! The registered patient.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::birth::Birth;
use crate::contact::{Email, Telecoms};
use crate::mrn::Mrn;
use crate::name::PersonName;
use crate::note::Refusal;
use crate::reason::Reason;
use crate::secret::{InsuranceNumber, Ssn};

/// A patient's identity inside this vault; stable for ever, also across merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PatientId(pub Uuid);

impl PatientId {
    /// A new identity, ordered by time.
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// Reads an identity that the window hands back.
    ///
    /// # Errors
    /// `not_an_id`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Uuid::try_parse(text).map(Self).map_err(|_| Refusal::new("not_an_id", Reason::PatientUnknown))
    }
}

impl Default for PatientId {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Display for PatientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Administrative sex, the four values of FHIR R4 `administrative-gender`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    #[serde(alias = "F")]
    Female,
    /// Male.
    #[serde(alias = "M")]
    Male,
    /// Neither.
    #[serde(alias = "O")]
    Other,
    /// Not known.
    #[serde(alias = "U")]
    Unknown,
}

impl Sex {
    /// The word as kept and exchanged.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the kept or exchanged word; anything else is unknown.
    pub fn from_word(word: &str) -> Self {
        match word {
            "female" => Self::Female,
            "male" => Self::Male,
            "other" => Self::Other,
            _ => Self::Unknown,
        }
    }
}

/// An identifier that another organisation gave. Kept as written, searchable, never matched on alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ForeignIdentifier {
    /// What it is: `MR`, `DL`, `PPN` … (HL7 v2 table 0203), or the source's word.
    pub kind: String,
    /// The assigning authority, for example a FHIR identifier system.
    pub authority: String,
    /// The value as written.
    pub value: String,
    /// First day of validity, as written.
    pub period_start: Option<String>,
    /// Last day of validity, as written.
    pub period_end: Option<String>,
}

/// Nearly all patients have at most four.
pub type Identifiers = SmallVec<[ForeignIdentifier; 4]>;

/// A postal address in parts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Address {
    /// Street and number.
    pub line: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2 where known, else as written.
    pub country: Option<String>,
}

impl Address {
    /// The address on one line, parts in the order they are said.
    pub fn shown(&self) -> String {
        [&self.line, &self.city, &self.state, &self.postal_code, &self.country]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContactPerson {
    /// The person's name.
    pub name: Option<String>,
    /// Mother, spouse, neighbour …
    pub relationship: Option<String>,
    /// Telephone as written.
    pub phone: Option<String>,
}

/// Everything that the clinic knows of a patient but the two secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demographics {
    /// The name in parts.
    pub name: PersonName,
    /// True for a person who could not be identified.
    pub unknown_person: bool,
    /// When born, and how sure.
    pub birth: Birth,
    /// Administrative sex.
    pub sex: Sex,
    /// E-mail.
    pub email: Option<Email>,
    /// Telephones, the preferred one first.
    pub phones: Telecoms,
    /// BCP 47 language tag.
    pub language: Option<String>,
    /// Whether an interpreter is needed.
    pub interpreter_needed: bool,
    /// Where the patient lives.
    pub address: Address,
    /// Whom to call.
    pub contact: ContactPerson,
    /// Whether the patient may be written to or called; `None` = not asked.
    pub consent_to_contact: Option<bool>,
    /// Whether the patient has died.
    pub deceased: bool,
    /// When, if known.
    pub deceased_on: Option<Date>,
    /// Identifiers of other organisations.
    pub identifiers: Identifiers,
}

impl Demographics {
    /// The day whose age is told: today, or of the dead the day of death. `None` where somebody died on a day that nobody wrote
    /// down: the age of the dead does not go on.
    pub fn age_is_of(&self, today: Date) -> Option<Date> {
        match (self.deceased, self.deceased_on) {
            (false, None) => Some(today),
            (_, Some(day)) => Some(day.min(today)),
            (true, None) => None,
        }
    }
}

/// A patient as registered: demographics, the house number, and the secrets apart.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Identity in this vault.
    pub id: PatientId,
    /// The house number.
    pub mrn: Mrn,
    /// All but the secrets.
    pub demographics: Demographics,
}

/// The two secrets of a patient, each absent or known.
#[derive(Debug, Clone, Default)]
pub struct PatientSecrets {
    /// Social security number.
    pub ssn: Option<Ssn>,
    /// Insurance number.
    pub insurance_number: Option<InsuranceNumber>,
}
