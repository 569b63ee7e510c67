//! Exchange: what comes in from other systems. FHIR R4 bundles and NDJSON as files, folders and
//! zip archives, HL7 v2 messages, and tables (CSV, TSV).
//!
//! Foreign text is parsed with limits, in parallel, and written patient by patient: a cancelled or killed import leaves
//! whole patients only. It knows no session and no role; the workstation tells it who imports.
//!
//! | module | what it knows |
//! |---|---|
//! | [`input`] | files, folders and archives, one text at a time |
//! | [`canonical`] | the same content has the same hash, however it is ordered or indented |
//! | [`fhir`] | the dozen resources in use, as structs, and what becomes of each |
//! | [`hl7`] | HL7 v2 messages: read, acknowledged, kept once, quarantined |
//! | `parse` | one text to resources, sorted by patient |
//! | `stretch`, `unpack` | large files of lines, plain and in archives, stretch by stretch |
//! | `synthea` | Synthea's 18 CSV tables as FHIR resources |
//! | `waiting` | records whose patient is in another text, in memory and beyond it |
//! | `write` | a patient with all that belongs to them, in one transaction |
//! | `same_person`, `said_at` | whether two descriptions are one person; which of two sources is newer |
//! | `overlay`, `updated`, `seal` | what a source says now over what is known, part by part; a patient after their source came again; secret numbers |
//! | `social_security` | which identifiers are secrets |
//! | [`import`] | the pipeline: read, parse in parallel, write patient by patient |
//! | [`out`] | handing out: FHIR R4, CSV, HL7 v2, OMOP CDM, with what could not be carried |
//! | [`table`] | CSV and TSV of any dialect: looked at, tried, brought in |
//! | [`report`] | what was taken, what was there already, what was refused and why |
#![warn(missing_docs)]

pub mod canonical;
pub mod fhir;
pub mod hl7;
pub mod import;
pub mod input;
pub mod out;
mod overlay;
mod parse;
pub mod report;
pub mod reread;
mod said_at;
mod same_person;
mod seal;
mod social_security;
mod stretch;
mod synthea;
pub mod table;
mod unpack;
mod updated;
mod waiting;
mod write;

pub use import::{ImportContext, ImportError, import};
pub use report::{ImportReport, Rejection, TypeCount};
pub use synthea::is_set as is_synthea_set;
