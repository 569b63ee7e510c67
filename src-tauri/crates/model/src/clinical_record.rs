//! The chart's records as they are kept: each with its codes, its dates as written and its source.
//!
//! Vocabulary follows FHIR R4 resource names. Amounts stay as text (`1.00` is not `1`), with the number beside it
//! where one can be read.

use serde::{Deserialize, Serialize};

use crate::code::Codes;
use crate::date_reading::PartialDate;

/// Which resource a record came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A stay or visit.
    Encounter,
    /// A diagnosis or problem.
    Condition,
    /// A measurement or finding.
    Observation,
    /// A prescribed medicine.
    MedicationRequest,
    /// Something done.
    Procedure,
    /// A vaccination.
    Immunization,
    /// An allergy or intolerance.
    AllergyIntolerance,
    /// A document.
    DocumentReference,
    /// A report on investigations, with its conclusion.
    DiagnosticReport,
    /// A plan of care.
    CarePlan,
    /// An insurance or other cover.
    Coverage,
    /// A device that the patient has or had.
    Device,
    /// A medicine that was given.
    MedicationAdministration,
}

impl RecordKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Encounter,
        Self::Condition,
        Self::Observation,
        Self::MedicationRequest,
        Self::Procedure,
        Self::Immunization,
        Self::AllergyIntolerance,
        Self::DocumentReference,
        Self::DiagnosticReport,
        Self::CarePlan,
        Self::Coverage,
        Self::Device,
        Self::MedicationAdministration,
    ];

    /// The FHIR R4 resource type.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Encounter => "Encounter",
            Self::Condition => "Condition",
            Self::Observation => "Observation",
            Self::MedicationRequest => "MedicationRequest",
            Self::Procedure => "Procedure",
            Self::Immunization => "Immunization",
            Self::AllergyIntolerance => "AllergyIntolerance",
            Self::DocumentReference => "DocumentReference",
            Self::DiagnosticReport => "DiagnosticReport",
            Self::CarePlan => "CarePlan",
            Self::Coverage => "Coverage",
            Self::Device => "Device",
            Self::MedicationAdministration => "MedicationAdministration",
        }
    }

    /// The kind of a FHIR R4 resource type.
    pub fn of_resource_type(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.resource_type() == name)
    }

    /// A small number for the database; never reused.
    pub fn number(self) -> i64 {
        match self {
            Self::Encounter => 1,
            Self::Condition => 2,
            Self::Observation => 3,
            Self::MedicationRequest => 4,
            Self::Procedure => 5,
            Self::Immunization => 6,
            Self::AllergyIntolerance => 7,
            Self::DocumentReference => 8,
            Self::DiagnosticReport => 9,
            Self::CarePlan => 10,
            Self::Coverage => 11,
            Self::Device => 12,
            Self::MedicationAdministration => 13,
        }
    }

    /// The kind of a database number.
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.number() == number)
    }
}

/// A measured amount: text as written, unit as written, UCUM code where given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The decimal as written.
    pub written: String,
    /// The unit as shown.
    pub unit: Option<String>,
    /// UCUM code.
    pub ucum: Option<String>,
}

impl Amount {
    /// The number, where the text is one.
    pub fn number(&self) -> Option<f64> {
        self.written.parse::<f64>().ok().filter(|n| n.is_finite())
    }
}

/// What turns the meaning of a record around, or leaves it open, beside its status.
///
/// Source: HL7 FHIR R4 (4.0.1), `MedicationRequest.doNotPerform`, value set medicationrequest-intent, and the value sets
/// condition-ver-status and allergyintolerance-verification. `refuted` and `entered-in-error` stand in the status, as
/// they leave nothing of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Qualifier {
    /// An order not to give it.
    DoNotPerform,
    /// Suggested, ordered by nobody.
    Proposal,
    /// Intended, not yet ordered.
    Plan,
    /// One of several that may be chosen.
    Choice,
    /// Too little is known to say so for certain.
    Unconfirmed,
    /// Thought of, still looked into.
    Provisional,
    /// One of several possible diagnoses.
    Differential,
}

impl Qualifier {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::DoNotPerform,
        Self::Proposal,
        Self::Plan,
        Self::Choice,
        Self::Unconfirmed,
        Self::Provisional,
        Self::Differential,
    ];

    /// The code: of the value set, or the element's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DoNotPerform => "do-not-perform",
            Self::Proposal => "proposal",
            Self::Plan => "plan",
            Self::Choice => "option",
            Self::Unconfirmed => "unconfirmed",
            Self::Provisional => "provisional",
            Self::Differential => "differential",
        }
    }

    /// The qualifier of a code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|q| q.as_str() == code)
    }

    /// Whether something was ordered, done or found at all: for counts, which know no "perhaps". What is only thought likely
    /// counts, as it does in the problem list.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Unconfirmed | Self::Provisional)
    }
}

/// Whether a record tells of something that was: for counts and tables that know no "not" and no "perhaps". One rule for cohorts,
/// the breakdown and the tables for research, so that they count the same.
///
/// Source: HL7 FHIR R4 (4.0.1), value sets encounter-status, condition-ver-status, allergyintolerance-verification,
/// medicationrequest-status, medication-admin-status, medication-statement-status, immunization-status, event-status and
/// observation-status. A result that is only registered has no value yet; what was on hold or stopped had been begun.
pub fn has_happened(status: Option<&str>, qualifier: Option<Qualifier>) -> bool {
    const HAS_NOT: [&str; 10] = [
        "entered-in-error",
        "refuted",
        "cancelled",
        "not-done",
        "not-taken",
        "planned",
        "intended",
        "draft",
        "preparation",
        "registered",
    ];
    qualifier.is_none_or(Qualifier::counts) && status.is_none_or(|status| !HAS_NOT.contains(&status))
}

/// First and last day on which a person is observed, from the first and last day that a record is of.
///
/// What a clinic writes can lie in the future or long before a person's birth: a certificate until 2099, a year mistyped. Days
/// before birth, after death and after the day of reading (`today`) are not observed. A birth after all records and a death
/// before all of them contradict the records, and bound nothing. None: everything lies in the future.
pub fn observed_days<Day: Copy + Ord>(
    (first, last): (Day, Day),
    born: Option<Day>,
    died: Option<Day>,
    today: Day,
) -> Option<(Day, Day)> {
    let first = born.filter(|born| *born <= last).map_or(first, |born| first.max(born));
    let last = died.filter(|died| *died >= first).map_or(last, |died| last.min(died)).min(today);
    (first <= last).then_some((first, last))
}

/// One entry of a patient's chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClinicalRecord {
    /// What it is.
    pub kind: RecordKind,
    /// `Type/id` in the source.
    pub source_id: String,
    /// What it is about; the first code is shown.
    pub codes: Codes,
    /// The source's own words for it.
    pub title: String,
    /// When it began or happened.
    pub start: Option<PartialDate>,
    /// When it ended or abated.
    pub end: Option<PartialDate>,
    /// FHIR status, for example `active`, `finished`, `final`.
    pub status: Option<String>,
    /// What turns its meaning around or leaves it open.
    pub qualifier: Option<Qualifier>,
    /// For observations and reports: when this version was made available (FHIR `issued`).
    pub issued: Option<PartialDate>,
    /// FHIR category code, for example `encounter-diagnosis`, `laboratory`.
    pub category: Option<String>,
    /// `Encounter/id` that it belongs to.
    pub encounter: Option<String>,
    /// For observations: the amount.
    pub amount: Option<Amount>,
    /// For observations: a coded or textual value; for other kinds: dosage, reaction, class …
    pub detail: Option<String>,
    /// Whether `detail` are the words of a code, or of another closed type of value (yes and no, a number, a time), and not free
    /// text, which can name people.
    pub detail_is_closed: bool,
    /// For observations: reference ranges as written, each with whom it is for, `; ` between them.
    pub reference_range: Option<String>,
    /// For observations: interpretations (HL7 v3 ObservationInterpretation: `H`, `L`, `HH`, `LL`, `A`, `POS` …), or words
    /// where there is no code; `;` between several.
    pub interpretation: Option<String>,
    /// For encounters: the diagnoses it names, `Condition/id`, with rank and use.
    pub diagnoses: Vec<EncounterDiagnosis>,
}

/// A diagnosis that an encounter names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncounterDiagnosis {
    /// `Condition/id`.
    pub condition: String,
    /// 1 is first.
    pub rank: Option<u32>,
    /// HL7 diagnosis-role code: `AD` admission, `CC` chief complaint, `DD` discharge …
    pub role: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_done_or_only_meant_has_not_happened() {
        for status in ["finished", "active", "stopped", "on-hold", "final", "unknown", "resolved"] {
            assert!(has_happened(Some(status), None), "{status}");
        }
        for status in ["not-taken", "intended", "draft", "preparation", "planned", "registered", "refuted"] {
            assert!(!has_happened(Some(status), None), "{status}");
        }
        assert!(has_happened(None, None));
        assert!(has_happened(Some("active"), Some(Qualifier::Provisional)));
        assert!(!has_happened(Some("active"), Some(Qualifier::DoNotPerform)));
    }

    #[test]
    fn observation_stays_within_life_and_before_today() {
        let (born, died, today) = (Some(100), Some(500), 900);
        assert_eq!(observed_days((200, 300), born, None, today), Some((200, 300)));
        assert_eq!(observed_days((20, 30_000), born, None, today), Some((100, 900)));
        assert_eq!(observed_days((200, 700), born, died, today), Some((200, 500)));
        assert_eq!(observed_days((950, 990), None, None, today), None);
        // A birth after everything and a death before everything are mistakes, and take nobody out.
        assert_eq!(observed_days((10, 50), born, None, today), Some((10, 50)));
        assert_eq!(observed_days((600, 700), born, died, today), Some((600, 700)));
    }
}
