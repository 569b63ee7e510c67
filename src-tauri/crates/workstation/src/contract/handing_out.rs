//! Handing records out: to whom, why, in which form, and what could not be carried.

use rustcare_cohorts::BreakdownFilter;
use rustcare_cohorts::breakdown::PrimaryDiagnosis;
use rustcare_exchange::out::ExportFormat;
use rustcare_exchange::out::loss::Loss;
use rustcare_vault::Role;
use rustcare_vault::Role::{Administrator, Analyst, Clinician, FrontDesk};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use validator::Validate;
use zeroize::Zeroizing;

use super::exchange::{BringIn, InPlace, JobStarted, WrittenFile};
use super::{Access, Empty, use_cases};
use crate::exchange as act;

/// Whose records go out.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Whom {
    /// These patients.
    Patients {
        /// Their ids.
        patient_ids: Vec<String>,
    },
    /// All patients with a diagnosis of this code.
    Diagnosis {
        /// Code system, as its URI.
        system: String,
        /// Code.
        code: String,
    },
    /// Those whom a breakdown counts, or one group of it.
    Cohort {
        /// Who is counted.
        filter: BreakdownFilter,
        /// Only those with this primary diagnosis.
        group: Option<PrimaryDiagnosis>,
    },
    /// Everybody.
    Everybody,
}

/// Why records go out (HL7 v3 PurposeOfUse names the first four: TREAT, PATRQT, HRESCH, HOPERAT).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Somebody else treats the patient.
    Treatment,
    /// The patient asked for it.
    PatientRequest,
    /// Research.
    Research,
    /// An audit or an inspection.
    Audit,
    /// Anything else, said in words.
    Other,
}

impl Purpose {
    /// The word in the trail and on receipts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Treatment => "treatment",
            Self::PatientRequest => "patient_request",
            Self::Research => "research",
            Self::Audit => "audit",
            Self::Other => "other",
        }
    }

    /// Whether social security numbers may go out for it.
    pub fn allows_ssn(self) -> bool {
        matches!(self, Self::Treatment | Self::PatientRequest | Self::Audit)
    }
}

/// How the file is kept from those whom it is not for.
#[derive(Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Protection {
    /// Encrypted: whoever has the passphrase opens it.
    Passphrase {
        /// The passphrase, told to the recipient another way than the file.
        #[cfg_attr(feature = "ts", ts(type = "string"))]
        passphrase: Zeroizing<String>,
    },
    /// Readable for everybody who has the file.
    Open {
        /// Why that is right here.
        reason: String,
    },
}

impl std::fmt::Debug for Protection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase { .. } => "Passphrase",
            Self::Open { .. } => "Open",
        })
    }
}

/// Records to hand out.
#[derive(Debug, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the question it has on screen
pub struct ExportRecords {
    pub whom: Whom,
    pub format: ExportFormat,
    pub purpose: Purpose,
    /// In words; needed where the purpose is another.
    #[validate(length(max = 500))]
    pub purpose_words: String,
    #[validate(length(min = 1, max = 200))]
    pub recipient: String,
    /// Social security numbers too.
    pub with_ssn: bool,
    pub protection: Protection,
    pub place_id: String,
}

/// The form of tables for research.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names of the formats
pub enum TablesForm {
    Parquet,
    Csv,
}

impl TablesForm {
    /// The form in which records go out.
    pub fn format(self) -> ExportFormat {
        match self {
            Self::Parquet => ExportFormat::OmopParquet,
            Self::Csv => ExportFormat::OmopCsv,
        }
    }
}

/// Tables for research to hand out, without names and numbers.
#[derive(Debug, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the question it has on screen
pub struct ExportResearchTables {
    pub whom: Whom,
    pub tables: TablesForm,
    #[validate(length(max = 500))]
    pub purpose_words: String,
    #[validate(length(min = 1, max = 200))]
    pub recipient: String,
    pub protection: Protection,
    pub place_id: String,
}

/// What was handed out: shown, and kept as text beside the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the line it has on the receipt
pub struct ExportReceipt {
    pub file: String,
    pub receipt_file: String,
    /// Beside an encrypted file: what is in it and what could not be carried, encrypted too.
    #[serde(default)]
    pub losses_file: Option<String>,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    pub format: ExportFormat,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub patients: u64,
    /// Resources, rows or messages by their type.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, number>"))]
    pub counts: BTreeMap<String, u64>,
    pub purpose: Purpose,
    pub purpose_words: String,
    pub recipient: String,
    pub person: String,
    pub role: String,
    /// UTC, RFC 3339.
    pub at: String,
    pub with_ssn: bool,
    pub encrypted: bool,
    /// Why it is not encrypted.
    pub open_reason: Option<String>,
    pub losses: Vec<Loss>,
}

/// The form of a list that is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum ListFormat {
    Csv,
    Json,
}

/// The loss report of an export, to be saved.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SaveLossReport {
    pub job_id: String,
    pub format: ListFormat,
    pub place_id: String,
}

/// The clinic's own mapping of source codes to OMOP concepts.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ConceptMapping {
    /// Mapped codes.
    pub codes: usize,
}

/// What an import refused, as the outcome that FHIR has for it.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ExportOutcomes {
    pub job_id: String,
    pub place_id: String,
}

const HAND_OUT: &[Role] = &[FrontDesk, Clinician, Administrator];
/// Whoever sees charts, and whoever counts without names.
const RESEARCH: &[Role] = &[Clinician, Analyst];

use_cases! {
    room "exchange";
    "Hand out records"
    export_records (ExportRecords) -> JobStarted, access Access::Roles(HAND_OUT), trail Always, activity true, stale [Jobs, Audit], by act::hand_out::export_records;
    "Hand out tables for research, without names"
    export_research_tables (ExportResearchTables) -> JobStarted, access Access::Roles(RESEARCH), trail Always, activity true, stale [Jobs, Audit], by act::hand_out::export_research_tables;
    "Save what an export could not carry"
    save_loss_report (SaveLossReport) -> WrittenFile, access Access::Roles(&[FrontDesk, Clinician, Analyst, Administrator]), trail Always, activity true, stale [], by act::hand_out_papers::save_loss_report;
    "Hand out what an import refused as FHIR outcomes"
    export_outcomes (ExportOutcomes) -> WrittenFile, access Access::Roles(HAND_OUT), trail Always, activity true, stale [], by act::hand_out_papers::export_outcomes;
    "See how many codes are mapped to OMOP concepts"
    concept_mapping (Empty) -> ConceptMapping, access Access::Roles(RESEARCH), trail Refusals, activity true, stale [], by act::concept_mapping::concept_mapping;
    "Load a mapping of codes to OMOP concepts"
    load_concept_mapping (BringIn) -> ConceptMapping, access Access::Roles(RESEARCH), trail Always, activity true, stale [], by act::concept_mapping::load_concept_mapping;
    "Save the mapping of codes to OMOP concepts"
    save_concept_mapping (InPlace) -> WrittenFile, access Access::Roles(RESEARCH), trail Always, activity true, stale [], by act::concept_mapping::save_concept_mapping;
}
