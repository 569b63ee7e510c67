//! Cohorts on the vault, on an index outside of it, as SQL, and on a database elsewhere.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use rustcare_workstation::cohort_elsewhere::{self, ElsewhereRequest};
use rustcare_workstation::cohort_index::{self, Language};
use rustcare_workstation::cohort_sql;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::arguments::Arguments;
use crate::session::{Failure, Finished, SignedIn, first_line};

/// What can be done with such an index.
#[derive(Debug, Subcommand)]
pub enum IndexVerb {
    /// Build an index of a folder in the OMOP common data model. The index is not encrypted: for tests and benchmarks.
    LoadOmop {
        /// Folder with one Parquet or CSV file a table.
        folder: PathBuf,
        /// Where the index goes.
        #[arg(long, value_name = "INDEX")]
        into: PathBuf,
    },
    /// Run a cohort definition (Circe JSON) on an index, or without one on the patients of the vault: then as --user, and counts alone.
    Run(RunOneArguments),
    /// Run a cohort definition and write what it gives as one HTML or PDF file: the definition's parts, who is left after each rule,
    /// what the people are like, figures, what follows. Small numbers are hidden.
    Report(ReportArguments),
    /// Run every definition (.json) of a folder. One whose file is not named by a number of its own (123.json) gets the next that is free.
    RunAll(RunArguments),
    /// Say a cohort definition (Circe JSON) in plain words.
    Describe(DefinitionArguments),
    /// Look for what in a definition cannot be, contradicts itself, or is probably not meant.
    Check(DefinitionArguments),
    /// Say why a person of an index is in a cohort, or is not.
    Why {
        /// The person's id.
        person_id: i64,
        /// The definition.
        definition: PathBuf,
        /// An index, from `cohort load-omop`.
        #[arg(long, value_name = "INDEX")]
        index: PathBuf,
    },
    /// Say who is gained and who is lost by a change of a definition, and by which rule.
    Compare {
        /// The definition before.
        before: PathBuf,
        /// The definition after.
        after: PathBuf,
        /// An index, from `cohort load-omop`.
        #[arg(long, value_name = "INDEX")]
        index: PathBuf,
    },
    /// Write a cohort definition (Circe JSON) as SQL over the OMOP common data model 5.4.
    Sql(SqlArguments),
    /// Run a cohort definition (Circe JSON) on a PostgreSQL with the tables of the OMOP common data model 5.4. Counts come back, never who
    /// is in; with --index they are held against those of an index. The password is read from standard input or a file.
    RunElsewhere(ElsewhereArguments),
}

/// What to run, where, as whom.
#[derive(Debug, Args)]
pub struct ElsewhereArguments {
    /// The definition.
    pub definition: PathBuf,
    /// The server as in its certificate, or the folder of a socket on this machine.
    #[arg(long)]
    pub host: String,
    /// TCP port.
    #[arg(long, default_value_t = 5432)]
    pub port: u16,
    /// The database on that server.
    #[arg(long, value_name = "NAME")]
    pub database: String,
    /// The schema that holds the tables.
    #[arg(long, value_name = "NAME")]
    pub schema: String,
    /// As whom.
    #[arg(long, value_name = "NAME")]
    pub username: String,
    /// A file whose first line is the password; standard input when nothing is said.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Certificates of the authorities that are trusted (PEM); those that this machine trusts when nothing is said.
    #[arg(long, value_name = "FILE", conflicts_with = "without_encryption")]
    pub root_certificate: Option<PathBuf>,
    /// Do not encrypt: only to this machine itself.
    #[arg(long)]
    pub without_encryption: bool,
    /// What it may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 1800, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// An index, from `cohort load-omop`: the counts are held against its own. Where they differ, the exit status is 1.
    #[arg(long, value_name = "INDEX")]
    pub index: Option<PathBuf>,
}

/// A definition, and the language that it is told in.
#[derive(Debug, Args)]
pub struct DefinitionArguments {
    /// The definition.
    pub definition: PathBuf,
    /// `en` or `es`.
    #[arg(long, default_value = "en", value_parser = language)]
    pub language: Language,
}

fn language(text: &str) -> Result<Language, String> {
    match text {
        "en" => Ok(Language::En),
        "es" => Ok(Language::Es),
        _ => Err("the languages are en and es".into()),
    }
}

/// Which definition, for which database, where it goes.
#[derive(Debug, Args)]
pub struct SqlArguments {
    /// The definition.
    pub definition: PathBuf,
    /// The database.
    #[arg(long, value_parser = cohort_sql::DIALECTS)]
    pub dialect: String,
    /// Schema of the events and persons.
    #[arg(long, value_name = "NAME")]
    pub cdm_schema: Option<String>,
    /// Schema of the vocabulary; that of the events when nothing is said.
    #[arg(long, value_name = "NAME")]
    pub vocabulary_schema: Option<String>,
    /// Schema in which the cohort and its counts stay as tables.
    #[arg(long, value_name = "NAME")]
    pub results_schema: Option<String>,
    /// Number of the cohort; the number by which the file is named when nothing is said.
    #[arg(long, value_name = "N")]
    pub cohort_id: Option<u32>,
    /// Where the SQL goes; standard output when nothing is said.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where a program in Python goes that runs the same with spark-submit (with --dialect spark).
    #[arg(long, value_name = "FILE")]
    pub driver: Option<PathBuf>,
}

/// What to run, on what.
#[derive(Debug, Args)]
pub struct RunOneArguments {
    /// The definition.
    pub definition: PathBuf,
    /// An index, from `cohort load-omop`; the vault's own patients when nothing is said.
    #[arg(long, value_name = "INDEX")]
    pub index: Option<PathBuf>,
    /// Where the rows of an index go: CSV, or Parquet when the name ends so. Patients of a vault leave as research tables alone.
    #[arg(long, value_name = "OUT", requires = "index")]
    pub rows: Option<PathBuf>,
    /// A data set of the vault, by its number, in place of its patients.
    #[arg(long, value_name = "N", conflicts_with = "index")]
    pub data_set: Option<u32>,
}

/// What to run, on what.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The folder of definitions.
    pub definition: PathBuf,
    /// An index, from `cohort load-omop`.
    #[arg(long, value_name = "INDEX")]
    pub index: PathBuf,
    /// Where the rows go: CSV, or Parquet when the name ends so.
    #[arg(long, value_name = "OUT")]
    pub rows: Option<PathBuf>,
}

/// What to report on, and where to.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The definition.
    pub definition: PathBuf,
    /// An index, from `cohort load-omop`.
    #[arg(long, value_name = "INDEX")]
    pub index: PathBuf,
    /// Where the report goes: HTML, or PDF when the name ends so. An existing file is not replaced.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// A definition that the people are followed to: how often it comes, and how soon.
    #[arg(long, value_name = "DEFINITION")]
    pub outcome: Option<PathBuf>,
    /// Smallest number that is shown; 1 shows all.
    #[arg(long, default_value_t = cohort_index::SMALLEST_SHOWN)]
    pub smallest: u64,
    /// What it is written in: `en` or `es`.
    #[arg(long, default_value = "en", value_parser = language)]
    pub language: Language,
}

/// Runs it.
pub fn run(verb: &IndexVerb, arguments: &Arguments) -> Result<Finished, Failure> {
    match verb {
        IndexVerb::LoadOmop { folder, into } => {
            let answer = cohort_index::load_omop(folder, into)?;
            crate::complain(cohort_index::UNPROTECTED);
            let absent = answer["tables_absent"].as_array().into_iter().flatten();
            let absent: Vec<&str> = absent.filter_map(Value::as_str).collect();
            if !absent.is_empty() {
                crate::complain(&format!("These tables are not in the folder: {}.", absent.join(", ")));
            }
            Ok(answer.into())
        }
        IndexVerb::Run(what) => run_one(what, arguments),
        IndexVerb::Describe(what) => Ok(cohort_index::describe(&what.definition, what.language)?.into()),
        IndexVerb::Check(what) => {
            let found = cohort_index::check_definition(&what.definition, what.language)?;
            Ok(Finished { answer: found.report, rejected: found.refused })
        }
        IndexVerb::Why { person_id, definition, index } => {
            Ok(cohort_index::why(definition, index, *person_id)?.into())
        }
        IndexVerb::Compare { before, after, index } => {
            Ok(cohort_index::compare(before, after, index)?.into())
        }
        IndexVerb::Report(what) => {
            let (outcome, language) = (what.outcome.as_deref(), what.language);
            let wish = cohort_index::ReportWish { smallest: what.smallest, outcome, language };
            Ok(cohort_index::report(&what.definition, &what.index, &what.out, wish)?.into())
        }
        IndexVerb::RunAll(what) => {
            let all = cohort_index::run_all(&what.definition, &what.index, what.rows.as_deref())?;
            for refusal in all.report["refused"].as_array().into_iter().flatten() {
                crate::complain(refusal["message"].as_str().unwrap_or_default());
            }
            Ok(Finished { answer: all.report, rejected: all.refused })
        }
        IndexVerb::Sql(what) => sql(what, arguments.json),
        IndexVerb::RunElsewhere(what) => elsewhere(what),
    }
}

fn run_one(what: &RunOneArguments, arguments: &Arguments) -> Result<Finished, Failure> {
    if let Some(index) = &what.index {
        let answer = cohort_index::run(&what.definition, index, what.rows.as_deref())?;
        if let (Some(named), Some(unmapped)) =
            (answer["concepts"].as_u64(), answer["concepts_unmapped"].as_u64().filter(|count| *count > 0))
        {
            crate::complain(&format!(
                "Needs vocabulary: {unmapped} of {named} concepts unmapped; nothing is found by them."
            ));
        }
        return Ok(answer.into());
    }
    let definition = cohort_index::definition_text(&what.definition)?;
    let data_set = what.data_set.map(|number| number.to_string());
    let of = json!({ "kind": "written", "definition": definition, "data_set": data_set });
    Ok(SignedIn::begin(arguments)?.ask("count_cohort", of)?.into())
}

/// The first line of a file or of standard input. Whoever types it is asked for it, and does not see it.
fn password(what: &ElsewhereArguments) -> Result<Zeroizing<String>, Failure> {
    if let Some(file) = &what.password_file {
        return first_line(file);
    }
    let input = std::io::stdin();
    let quiet = input.is_terminal().then(|| crate::quiet::Quiet::begin("Password of the database: "));
    let mut line = Zeroizing::new(String::new());
    let read = input.read_line(&mut line);
    drop(quiet);
    read.map_err(|error| Failure::Usage(format!("The password cannot be read: {error}.")))?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn elsewhere(what: &ElsewhereArguments) -> Result<Finished, Failure> {
    let request = ElsewhereRequest {
        host: what.host.clone(),
        port: what.port,
        database: what.database.clone(),
        schema: what.schema.clone(),
        username: what.username.clone(),
        root_certificate: what.root_certificate.clone(),
        without_encryption: what.without_encryption,
        seconds: what.timeout,
    };
    let password = password(what)?;
    let found = cohort_elsewhere::compare(&what.definition, what.index.as_deref(), &request, &password)?;
    Ok(Finished { answer: found.report, rejected: found.refused })
}

fn sql(what: &SqlArguments, json: bool) -> Result<Finished, Failure> {
    if what.driver.is_some() && what.dialect != "spark" {
        return Err(Failure::Usage("A driver is for --dialect spark.".into()));
    }
    let request = cohort_sql::SqlRequest {
        dialect: what.dialect.clone(),
        cdm_schema: what.cdm_schema.clone(),
        vocabulary_schema: what.vocabulary_schema.clone(),
        results_schema: what.results_schema.clone(),
        cohort_id: what.cohort_id,
    };
    let answer = cohort_sql::write(&what.definition, &request, what.out.as_deref(), what.driver.as_deref())?;
    match answer["sql"].as_str() {
        Some(text) if !json => {
            // A text of the definition must not drive the terminal.
            if text.chars().any(|letter| letter.is_control() && letter != '\n') {
                let message = "The definition holds control characters: name a file with --out.";
                return Err(Failure::Usage(message.into()));
            }
            crate::say(text);
            Ok(Value::Null.into())
        }
        _ => Ok(answer.into()),
    }
}
