//! A definition of a file run on a PostgreSQL elsewhere, its counts held against those of an index outside a vault.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::engine::definition_hash;
use secrecy::SecretString;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::cohort_index::{DefinitionsRun, definition, engine, hex, unreadable};
use crate::problem::Problem;
use crate::run_elsewhere::{
    AttritionCounts, CohortCounts, DatabaseConfig, Encryption, HostName, RootCertificates, run,
};

/// Where to, and as whom.
#[derive(Clone, Debug)]
pub struct ElsewhereRequest {
    /// A name, an address, or the folder of a socket.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The database on that server.
    pub database: String,
    /// The schema that holds the tables of the OMOP common data model.
    pub schema: String,
    /// As whom.
    pub username: String,
    /// A file with the certificates of the authorities that are trusted (PEM); none: those that this machine trusts.
    pub root_certificate: Option<PathBuf>,
    /// No encryption: only to this machine itself.
    pub without_encryption: bool,
    /// What it may take, in seconds.
    pub seconds: u64,
}

fn encryption(request: &ElsewhereRequest, host: &HostName) -> Result<Encryption, Problem> {
    if request.without_encryption || host.is_socket() {
        return Ok(Encryption::Off);
    }
    let Some(file) = &request.root_certificate else { return Ok(Encryption::System) };
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, error))?;
    let roots = RootCertificates::parse(&text).map_err(|error| unreadable(file, error))?;
    Ok(Encryption::Authorities(roots))
}

fn attrition(counts: &AttritionCounts, expression: &CohortExpression) -> Value {
    let rules = counts.rules.iter().zip(&expression.inclusion_rules).map(|(count, rule)| {
        json!({
            "name": rule.name, "met": count.met, "remaining": count.remaining, "all_but_this": count.all_but_this,
        })
    });
    json!({ "total": counts.total, "rules": rules.collect::<Vec<_>>() })
}

fn told(counts: &CohortCounts, expression: &CohortExpression) -> Value {
    json!({
        "population": counts.population, "rows": counts.spans, "persons": counts.persons,
        "attrition": {
            "by_event": attrition(&counts.by_event, expression),
            "by_person": attrition(&counts.by_person, expression),
        },
        "lost_to_censor_window": counts.lost_to_censor_window,
    })
}

/// Runs a definition there, and, where an index is named, here. `refused` counts the counts that differ.
///
/// # Errors
/// When a file cannot be read, the definition cannot be run, or anything of
/// [`ElsewhereError`](crate::run_elsewhere::ElsewhereError).
pub fn compare(
    file: &Path,
    index: Option<&Path>,
    request: &ElsewhereRequest,
    password: &Zeroizing<String>,
) -> Result<DefinitionsRun, Problem> {
    let expression = definition(file)?;
    let host = HostName::parse(&request.host)?;
    let encryption = encryption(request, &host)?;
    let ElsewhereRequest { port, database, schema, username, .. } = request;
    let password = SecretString::from(password.as_str());
    let config = DatabaseConfig::new(host, *port, database, schema, username, password, encryption)?;
    let here = index
        .map(|index| {
            let engine = engine(index)?;
            let result = engine.run(&expression).map_err(|error| unreadable(file, error))?;
            Ok::<_, Problem>(CohortCounts::of(&result, engine.index().patients() as u64))
        })
        .transpose()?;
    let started = Instant::now();
    let limit = Duration::from_secs(request.seconds);
    let there = run(&config, &expression, limit, &AtomicBool::new(false), &|_, _| {})?;
    let took = started.elapsed();
    let differences = here.as_ref().map(|here| here.differences(&there));
    let refused = differences.as_ref().map_or(0, Vec::len) as u64;
    let report = json!({
        "there": told(&there, &expression), "here": here.map(|here| told(&here, &expression)),
        "differences": differences, "definition_hash": hex(definition_hash(&expression)),
        "ran_ms": took.as_secs_f64() * 1e3,
    });
    Ok(DefinitionsRun { report, refused })
}
