//! `rustcare export` and `rustcare open-export`: records handed out into a folder, and an encrypted file opened again.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rustcare_workstation::{Problem, ProblemCode, Reason};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::session::{Failure, Finished, SignedIn, first_line};

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// One FHIR R4 bundle.
    Fhir,
    /// FHIR R4 bulk data: a zip of TYPE.ndjson.
    Ndjson,
    /// A table of patients.
    Csv,
    /// HL7 v2.5.1 ADT^A28 messages (add person).
    Hl7,
    /// HL7 v2.5.1 ADT^A31 messages (update person).
    Hl7Update,
    /// OMOP CDM v5.4 tables for research (Parquet), without names.
    Omop,
    /// The same tables as CSV.
    OmopCsv,
}

/// What it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)] // each name says it
pub enum Purpose {
    Treatment,
    PatientRequest,
    Research,
    Audit,
    Other,
}

/// Records to hand out.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// In which form.
    #[arg(value_enum)]
    pub form: Form,
    /// Record number or id of a patient; several times for several.
    #[arg(long = "patient", value_name = "MRN", conflicts_with_all = ["all", "diagnosis"])]
    pub patients: Vec<String>,
    /// All patients with this diagnosis.
    #[arg(long, num_args = 2, value_names = ["SYSTEM", "CODE"], conflicts_with = "all")]
    pub diagnosis: Option<Vec<String>>,
    /// Those whom a breakdown counts: a file with its filter as JSON, {"age_min": 18, "sex": ["female"]} for example.
    #[arg(long, value_name = "FILTER.json", conflicts_with_all = ["all", "diagnosis", "patients"])]
    pub cohort: Option<PathBuf>,
    /// Everybody.
    #[arg(long)]
    pub all: bool,
    /// The folder that the file and its receipt are written into.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Who receives it.
    #[arg(long, value_name = "WHO")]
    pub recipient: String,
    /// What it is for; tables for research are always for research.
    #[arg(long, value_enum, default_value = "treatment")]
    pub purpose: Purpose,
    /// The purpose in words; needed for `other`.
    #[arg(long, default_value = "", value_name = "WORDS")]
    pub purpose_words: String,
    /// Social security numbers too, where the purpose allows it.
    #[arg(long)]
    pub with_ssn: bool,
    /// A file whose first line is the passphrase that the file is encrypted with.
    #[arg(long, value_name = "FILE", required_unless_present = "open", conflicts_with = "open")]
    pub export_passphrase_file: Option<PathBuf>,
    /// Leave the file open, for this reason.
    #[arg(long, value_name = "REASON")]
    pub open: Option<String>,
    /// For omop: a table system,code,concept_id that is loaded first.
    #[arg(long, value_name = "CONCEPTS.csv")]
    pub concepts: Option<PathBuf>,
}

/// A file to open.
#[derive(Debug, Args)]
pub struct OpenArguments {
    /// The encrypted file.
    pub file: PathBuf,
    /// Where what is in it goes; nothing that is there is replaced.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// A file whose first line is the passphrase.
    #[arg(long, value_name = "FILE")]
    pub export_passphrase_file: PathBuf,
}

fn whom(signed_in: &SignedIn, a: &ExportArguments) -> Result<Value, Failure> {
    if a.all {
        return Ok(json!({ "kind": "everybody" }));
    }
    if let Some([system, code]) = a.diagnosis.as_deref() {
        return Ok(json!({ "kind": "diagnosis", "system": system, "code": code }));
    }
    if let Some(file) = &a.cohort {
        let unreadable = |what: String| Failure::Usage(format!("{}: {what}.", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        let filter: Value = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        return Ok(json!({ "kind": "cohort", "filter": filter, "group": null }));
    }
    if a.patients.is_empty() {
        return Err(Failure::Usage("Say whose records: --patient, --diagnosis, --cohort or --all.".into()));
    }
    let mut ids = Vec::new();
    for patient in &a.patients {
        let found = signed_in.ask("find_patients", json!({ "text": patient, "limit": 2, "offset": 0 }))?;
        let by_number = found["patients"]
            .as_array()
            .and_then(|p| p.iter().find(|p| p["mrn"] == patient.to_uppercase().as_str()));
        ids.push(by_number.map_or_else(|| json!(patient), |p| p["patient_id"].clone()));
    }
    Ok(json!({ "kind": "patients", "patient_ids": ids }))
}

/// Hands out; the answer is the receipt.
pub fn export(arguments: &Arguments, a: &ExportArguments) -> Result<Finished, Failure> {
    if !a.out.is_dir() {
        return Err(Failure::Usage(format!("{} is no folder.", a.out.display())));
    }
    let protection = match (&a.export_passphrase_file, &a.open) {
        (Some(file), _) => json!({ "kind": "passphrase", "passphrase": first_line(file)?.as_str() }),
        (None, Some(reason)) => json!({ "kind": "open", "reason": reason }),
        (None, None) => return Err(Failure::Usage("Give a passphrase file, or --open REASON.".into())),
    };
    let signed_in = SignedIn::begin(arguments)?;
    if let Some(concepts) = &a.concepts {
        let entry = signed_in.workstation.lend(vec![concepts.clone()])?;
        signed_in.ask("load_concept_mapping", json!({ "entry_id": entry }))?;
    }
    let place = signed_in.workstation.lend(vec![a.out.clone()])?;
    let mut input = json!({
        "whom": whom(&signed_in, a)?, "purpose_words": a.purpose_words, "recipient": a.recipient,
        "protection": protection, "place_id": place,
    });
    let tables = match a.form {
        Form::Omop => Some("parquet"),
        Form::OmopCsv => Some("csv"),
        _ => None,
    };
    let name = if let Some(tables) = tables {
        input["tables"] = json!(tables);
        "export_research_tables"
    } else {
        input["with_ssn"] = json!(a.with_ssn);
        input["format"] = json!(match a.form {
            Form::Fhir => "fhir_bundle",
            Form::Ndjson => "fhir_ndjson",
            Form::Csv => "csv",
            Form::Hl7Update => "hl7_adt_update",
            Form::Hl7 | Form::Omop | Form::OmopCsv => "hl7_adt",
        });
        input["purpose"] = json!(match a.purpose {
            Purpose::Treatment => "treatment",
            Purpose::PatientRequest => "patient_request",
            Purpose::Research => "research",
            Purpose::Audit => "audit",
            Purpose::Other => "other",
        });
        "export_records"
    };
    let finished = signed_in.finish(name, input)?;
    Ok(finished.answer["receipt"].clone().into())
}

/// Opens an encrypted file; nothing is left of one that does not open whole.
pub fn open(a: &OpenArguments) -> Result<Finished, Failure> {
    let passphrase = first_line(&a.export_passphrase_file)?;
    let unreadable = |what: String| Failure::Usage(format!("{}: {what}.", a.file.display()));
    let from = File::open(&a.file).map_err(|error| unreadable(error.to_string()))?;
    let into = OpenOptions::new().write(true).create_new(true).open(&a.out);
    let into = into.map_err(|error| {
        Failure::from(
            Problem::new(ProblemCode::StorageFailed, Reason::FileNotWritten).because(error.to_string()),
        )
    })?;
    let opened = rustcare_workstation::open_export(BufReader::new(from), &passphrase, BufWriter::new(into));
    if let Err(error) = opened {
        remove(&a.out);
        let why = Reason::NamedFileUnreadable.with("file", a.file.display()).with("what", error);
        return Err(Problem::new(ProblemCode::UnreadableFile, why).into());
    }
    Ok(json!({ "opened": a.out.display().to_string() }).into())
}

fn remove(file: &Path) {
    // It was made a moment ago by us; where it cannot be removed its parts have proved themselves at least.
    let _ = std::fs::remove_file(file);
}
