//! Handing out: the register in the forms that others read, built from the tables.
//!
//! The tables are what goes out. Where FHIR is written and an element has no place in the tables, the kept source fills it
//! in ([`merge`]); what neither has is named in the loss report ([`loss`]). Patients are read one after the other, so
//! that an export of all holds no more than one of them, and all in one snapshot, so that its files agree with each other.
//!
//! | module | what it knows |
//! |---|---|
//! | [`tree`] | JSON as written |
//! | `patient`, `record` | the register's fields as FHIR R4 resources |
//! | `merge`, `chart` | tables and kept source together; each result is read back and compared with the tables |
//! | `complete` | what FHIR demands and nobody said |
//! | `document` | photos and papers that were added from files |
//! | `sealed` | social security and insurance numbers on their way out |
//! | [`loss`], `beyond` | what could not be carried, by path |
//! | [`fhir`] | bundle and bulk NDJSON |
//! | [`csv`], [`hl7_adt`], [`omop`] | the other formats |
//! | [`age`] | passphrase-encrypted files |
//! | [`file`] | one new file: hashed, removed when it is not finished |

pub mod age;
pub(crate) mod beyond;
mod chart;
mod complete;
pub mod csv;
mod document;
pub mod fhir;
pub mod file;
pub mod hl7_adt;
pub mod loss;
mod merge;
pub mod omop;
mod patient;
mod record;
mod sealed;
pub mod tree;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::civil::Date;
use rusqlite::Connection;
use rustcare_vault::table::resource;
use rustcare_vault::{SecretsKey, Vault, VaultError, VaultResult};
use serde::{Deserialize, Serialize};

use hl7_adt::Event;
use loss::{Loss, LossTally};
use omop::TableForm;

/// The forms in which records go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One FHIR R4 bundle (JSON).
    FhirBundle,
    /// FHIR R4 bulk data: a zip of `TYPE.ndjson`.
    FhirNdjson,
    /// A table of patients (CSV).
    Csv,
    /// HL7 v2.5.1 ADT^A28 messages (add person), one a patient.
    Hl7Adt,
    /// HL7 v2.5.1 ADT^A31 messages (update person), one a patient.
    Hl7AdtUpdate,
    /// OMOP CDM v5.4: a zip of Parquet tables, without names.
    OmopParquet,
    /// OMOP CDM v5.4: a zip of CSV tables, without names. Receipts of before there was another form call it `omop`.
    #[serde(alias = "omop")]
    OmopCsv,
}

impl ExportFormat {
    /// The ending of the file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::FhirBundle => "json",
            Self::FhirNdjson | Self::OmopParquet | Self::OmopCsv => "zip",
            Self::Csv => "csv",
            Self::Hl7Adt | Self::Hl7AdtUpdate => "hl7",
        }
    }

    /// Whether it is tables for research, without names.
    pub fn is_research(self) -> bool {
        matches!(self, Self::OmopParquet | Self::OmopCsv)
    }

    /// Whether the chart goes out with it, not the demographics alone.
    pub fn has_chart(self) -> bool {
        !matches!(self, Self::Csv | Self::Hl7Adt | Self::Hl7AdtUpdate)
    }

    /// The word in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FhirBundle => "fhir_bundle",
            Self::FhirNdjson => "fhir_ndjson",
            Self::Csv => "csv",
            Self::Hl7Adt => "hl7_adt",
            Self::Hl7AdtUpdate => "hl7_adt_update",
            Self::OmopParquet => "omop_parquet",
            Self::OmopCsv => "omop_csv",
        }
    }
}

/// What an export needs to know of its surroundings.
pub struct ExportContext<'a> {
    /// Where it comes from.
    pub vault: &'a Vault,
    /// Rows of the patients that go out, in this order.
    pub patients: &'a [i64],
    /// Whether that is everybody: then those who belong to no patient (organisations, places) go along, referred to or not.
    pub everybody: bool,
    /// In which form.
    pub format: ExportFormat,
    /// Whether social security numbers go out.
    pub with_ssn: bool,
    /// Of the person who exports, where entitled.
    pub secrets: Option<&'a SecretsKey>,
    /// Region of telephone numbers without a country code.
    pub phone_region: String,
    /// The day in the clinic's time zone.
    pub today: Date,
    /// The clinic's name, for the header of messages.
    pub clinic: String,
    /// Source codes to OMOP concepts.
    pub mapping: &'a omop::mapping::ConceptMap,
    /// Told how many patients are done.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Set by whoever wants it to stop.
    pub cancel: &'a AtomicBool,
}

/// Why an export did not come to its end. No file is left.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Somebody asked it to stop.
    #[error("the export was cancelled")]
    Cancelled,
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The vault cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<zip::result::ZipError> for ExportError {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Io(io::Error::other(error))
    }
}

/// What went out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Exported {
    /// Patients.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub patients: u64,
    /// Resources, rows or messages by their type.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, number>"))]
    pub counts: BTreeMap<String, u64>,
    /// What could not be carried, and what was put in.
    pub losses: Vec<Loss>,
}

/// What is the same for all patients of an export.
pub(crate) struct Outgoing<'a> {
    pub vault: &'a Vault,
    pub secrets: Option<&'a SecretsKey>,
    pub with_ssn: bool,
    pub phone_region: String,
    pub today: Date,
    /// System of the clinic's own record numbers.
    pub mrn_system: String,
    /// The resources that belong to no patient.
    pub nobodys: Names,
}

/// Which resources there are: types by id. Two of different types can have one id.
#[derive(Default)]
pub(crate) struct Names(HashMap<String, Vec<String>>);

impl Names {
    fn of(list: Vec<(String, String)>) -> Self {
        let mut names = Self::default();
        for (kind, id) in list {
            names.0.entry(id).or_default().push(kind);
        }
        names
    }

    /// The one type that an id can mean.
    fn kind_of(&self, id: &str) -> Option<&str> {
        match self.0.get(id)?.as_slice() {
            [kind] => Some(kind),
            _ => None,
        }
    }

    fn has(&self, kind: &str, id: &str) -> bool {
        self.0.get(id).is_some_and(|kinds| kinds.iter().any(|k| k == kind))
    }

    /// Type and id of all.
    fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(id, kinds)| kinds.iter().map(move |k| (k.as_str(), id.as_str())))
    }
}

impl<'a> Outgoing<'a> {
    fn of(t: &Connection, context: &ExportContext<'a>) -> VaultResult<Self> {
        let nobodys = resource::names_of_nobody(t)?;
        Ok(Self {
            vault: context.vault,
            secrets: context.secrets,
            with_ssn: context.with_ssn && context.secrets.is_some(),
            phone_region: context.phone_region.clone(),
            today: context.today,
            mrn_system: mrn_system(context.vault),
            nobodys: Names::of(nobodys),
        })
    }
}

/// The system of a vault's own record numbers: numbers of two vaults never meet.
pub fn mrn_system(vault: &Vault) -> String {
    format!("urn:rustcare:{}:mrn", vault.header().vault_id)
}

/// The counts while an export runs.
#[derive(Default)]
pub(crate) struct Running {
    counts: BTreeMap<String, u64>,
    losses: LossTally,
}

impl Running {
    fn count(&mut self, what: &str) {
        match self.counts.get_mut(what) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(what.to_owned(), 1);
            }
        }
    }
}

/// Whether to go on with the next patient.
pub(crate) fn go_on(context: &ExportContext<'_>) -> Result<(), ExportError> {
    if context.cancel.load(Ordering::Relaxed) { Err(ExportError::Cancelled) } else { Ok(()) }
}

/// Writes the patients of `context` in its format.
///
/// # Errors
/// [`ExportError`]; what was written by then is no whole file.
pub fn export(context: &ExportContext<'_>, into: &mut dyn Write) -> Result<Exported, ExportError> {
    // One snapshot for all passes: what comes in meanwhile is in none of the files, rather than in some.
    let running = context.vault.read(|t| -> Result<Running, ExportError> {
        let out = Outgoing::of(t, context)?;
        let mut running = Running::default();
        match context.format {
            ExportFormat::FhirBundle => fhir::bundle(t, context, &out, into, &mut running)?,
            ExportFormat::FhirNdjson => fhir::ndjson(t, context, &out, into, &mut running)?,
            ExportFormat::Csv => csv::table(t, context, &out, into, &mut running)?,
            ExportFormat::Hl7Adt => {
                hl7_adt::messages(t, context, &out, Event::AddPerson, into, &mut running)?;
            }
            ExportFormat::Hl7AdtUpdate => {
                hl7_adt::messages(t, context, &out, Event::UpdatePerson, into, &mut running)?;
            }
            ExportFormat::OmopParquet => omop::tables(t, context, TableForm::Parquet, into, &mut running)?,
            ExportFormat::OmopCsv => omop::tables(t, context, TableForm::Csv, into, &mut running)?,
        }
        Ok(running)
    })?;
    into.flush()?;
    Ok(Exported {
        patients: context.patients.len() as u64,
        counts: running.counts,
        losses: running.losses.list(),
    })
}
