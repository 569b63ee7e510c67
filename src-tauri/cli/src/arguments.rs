//! What may be said: `rustcare <noun> <verb> … [--vault DIR] [--user NAME] [--passphrase-file FILE] [--json]`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::cohort::IndexVerb;
use crate::export::{ExportArguments, OpenArguments};

/// RustCare on the command line.
#[derive(Debug, Parser)]
#[command(name = "rustcare", version, about, subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    /// The vault's folder; the window's own when nothing is said.
    #[arg(long, global = true, value_name = "DIR")]
    pub vault: Option<PathBuf>,
    /// Sign-in name.
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// A file whose first line is the passphrase.
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to work on.
    #[command(subcommand)]
    pub noun: Noun,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Noun {
    /// The vault itself.
    #[command(subcommand)]
    Vault(VaultVerb),
    /// Members of staff.
    #[command(subcommand)]
    Staff(StaffVerb),
    /// Patients.
    #[command(subcommand)]
    Patient(PatientVerb),
    /// Bring in.
    #[command(subcommand)]
    Import(ImportVerb),
    /// Hand records out into a folder, with a receipt.
    Export(ExportArguments),
    /// Open an encrypted file that was handed out. No vault is needed.
    OpenExport(OpenArguments),
    /// Populations.
    #[command(subcommand)]
    Cohort(CohortVerb),
    /// Images.
    #[command(subcommand)]
    Image(ImageVerb),
    /// The audit trail.
    #[command(subcommand)]
    Audit(AuditVerb),
    /// Find records of one person in a CSV file, or link two. No vault is needed.
    Match(MatchFiles),
}

/// The vault.
#[derive(Debug, Subcommand)]
pub enum VaultVerb {
    /// Make a vault; the 24 recovery words are printed once.
    Create {
        /// The clinic's name.
        #[arg(long, default_value = "Clinic")]
        clinic: String,
        /// Name of the first person, as shown.
        #[arg(long)]
        display_name: Option<String>,
        /// Role of the first person besides administrator; several times for several. All when nothing is said.
        #[arg(long)]
        role: Vec<String>,
        /// Settings as a JSON file; those that are absent keep their defaults.
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
    },
    /// Whether it is there, and locked.
    Status,
    /// Sign in and lock again.
    UnlockTest,
    /// Write one verified file into DIR.
    Backup {
        /// Where to.
        dir: PathBuf,
    },
    /// Restore FILE into the (new or empty) vault folder.
    Restore {
        /// The backup.
        file: PathBuf,
    },
}

/// Staff.
#[derive(Debug, Subcommand)]
pub enum StaffVerb {
    /// Add somebody.
    Add {
        /// Sign-in name.
        person: String,
        /// As shown.
        #[arg(long)]
        display_name: Option<String>,
        /// What they do; several times for several.
        #[arg(long, required = true)]
        role: Vec<String>,
        /// A file whose first line is the new person's first passphrase.
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: PathBuf,
    },
    /// List everybody.
    List,
    /// Take somebody's keys away.
    Disable {
        /// Sign-in name.
        person: String,
    },
}

/// Patients.
#[derive(Debug, Subcommand)]
pub enum PatientVerb {
    /// Register from a JSON form; `-` reads standard input.
    Register {
        /// The form.
        form: PathBuf,
    },
    /// Find by name, number, telephone or date of birth; an empty text lists all.
    Find {
        /// What to look for.
        #[arg(default_value = "")]
        text: String,
        /// Most hits, 1 to 100000.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Hits to pass over.
        #[arg(long, default_value_t = 0)]
        offset: usize,
    },
    /// The chart of a patient, by record number or id.
    Show {
        /// Record number or id.
        patient: String,
    },
}

/// Bring in.
#[derive(Debug, Subcommand)]
pub enum ImportVerb {
    /// FHIR R4 bundles, NDJSON, folders and zip archives.
    Fhir {
        /// Files and folders; references resolve across all of them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// A table of patients: CSV or TSV in any dialect. What must be decided first is said, and nothing is brought in.
    Csv {
        /// The file.
        file: PathBuf,
        /// Fields of columns, dialect and date order, as TOML.
        #[arg(long, value_name = "MAP.toml")]
        map: Option<PathBuf>,
        /// Order of day, month and year in all columns of dates.
        #[arg(long, value_enum)]
        date_order: Option<DateOrder>,
        /// Try every row and write nothing.
        #[arg(long)]
        dry_run: bool,
        /// Where the refused rows go, with their reasons, as CSV.
        #[arg(long, value_name = "OUT.csv")]
        rejected: Option<PathBuf>,
    },
    /// HL7 v2 messages: files, batches and folders. What is refused waits in quarantine, with its reason.
    Hl7 {
        /// Files and folders; messages are taken in the order of their names.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// DICOM files and folders.
    Dicom {
        /// Files and folders.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
}

/// Day, month and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DateOrder {
    /// 02/03/1987 is the second of March.
    Dmy,
    /// 02/03/1987 is the third of February.
    Mdy,
    /// 1987-03-02.
    Ymd,
}

/// Populations.
#[derive(Debug, Subcommand)]
pub enum CohortVerb {
    /// Patients by primary diagnosis; adults unless said otherwise.
    Breakdown(BreakdownFilter),
    /// Definitions. On an index outside a vault no vault is needed.
    #[command(flatten)]
    OnIndex(IndexVerb),
}

/// Which patients are counted.
#[derive(Debug, Args)]
pub struct BreakdownFilter {
    /// Youngest age in years.
    #[arg(long, default_value_t = 18)]
    pub age_min: i16,
    /// Oldest age in years.
    #[arg(long)]
    pub age_max: Option<i16>,
    /// Children too.
    #[arg(long)]
    pub all_ages: bool,
    /// female, male, other or unknown; several times for several.
    #[arg(long)]
    pub sex: Vec<String>,
    /// Only patients with an encounter from this day on (2026-11-24).
    #[arg(long)]
    pub from: Option<String>,
    /// … up to this day.
    #[arg(long)]
    pub to: Option<String>,
    /// Leave the dead out.
    #[arg(long)]
    pub alive_only: bool,
    /// Day of counting; today when nothing is said.
    #[arg(long)]
    pub as_of: Option<String>,
    /// What makes a group: the code, its block or its chapter in ICD-10-CM.
    #[arg(long, default_value = "code", value_parser = ["code", "block", "chapter"])]
    pub by: String,
}

/// Images.
#[derive(Debug, Subcommand)]
pub enum ImageVerb {
    /// Studies with their series and images.
    List {
        /// Part of a name, description or modality.
        #[arg(default_value = "")]
        text: String,
    },
    /// Write one picture as PNG.
    ExportPng {
        /// The image's id, from `image list`.
        image: String,
        /// Where to.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// From 0.
        #[arg(long, default_value_t = 0)]
        frame: u32,
        /// Centre and width; the window of the file when nothing is said.
        #[arg(long, num_args = 2, value_names = ["CENTER", "WIDTH"], allow_negative_numbers = true)]
        window: Option<Vec<f64>>,
    },
}

/// Files of people.
#[derive(Debug, Args)]
pub struct MatchFiles {
    /// The file; its usual column names are recognised.
    pub first: PathBuf,
    /// A second file: only pairs across the two are looked for.
    pub second: Option<PathBuf>,
    /// Where the pairs go, as CSV: id_a,id_b,probability,weight.
    #[arg(long, value_name = "PAIRS.csv")]
    pub out: PathBuf,
    /// Which column is which field, as TOML lines `header = "field"`.
    #[arg(long, value_name = "MAP.toml")]
    pub columns: Option<PathBuf>,
    /// Lowest probability that is written; a millionth when nothing is said.
    #[arg(long, value_name = "P")]
    pub threshold: Option<f64>,
    /// A model: used when it is there, written when it is not. Beside PAIRS.csv when nothing is said, and then always learnt anew.
    #[arg(long, value_name = "MODEL.json")]
    pub model: Option<PathBuf>,
}

/// The trail.
#[derive(Debug, Subcommand)]
pub enum AuditVerb {
    /// Check every entry against the chain and its checkpoints.
    Verify,
    /// Write the trail into DIR, for `rustcare-verify`.
    Export {
        /// Where to.
        dir: PathBuf,
    },
}
