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
    /// FHIR category code, for example `encounter-diagnosis`, `laboratory`.
    pub category: Option<String>,
    /// `Encounter/id` that it belongs to.
    pub encounter: Option<String>,
    /// For observations: the amount.
    pub amount: Option<Amount>,
    /// For observations: a coded or textual value; for other kinds: dosage, reaction, class …
    pub detail: Option<String>,
    /// For observations: reference range as written.
    pub reference_range: Option<String>,
    /// For observations: interpretation code (HL7 v3 ObservationInterpretation: `H`, `L`, `HH`, `LL` …).
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
