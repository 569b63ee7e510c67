//! `import_job`: what an import took and what it refused, with the refused text, so that it can be handed out.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::VaultResult;

/// The table.
pub const CREATE: &str = "
CREATE TABLE import_job (
  job    TEXT PRIMARY KEY,
  at     TEXT NOT NULL,
  person TEXT NOT NULL,
  report TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE import_rejection (
  job    TEXT NOT NULL,
  file   TEXT NOT NULL,
  line   INTEGER,
  reason TEXT NOT NULL,
  source TEXT
) STRICT;
CREATE INDEX import_rejection_job ON import_rejection (job);";

/// A refused piece of an import.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// File name, as the person knows it.
    pub file: String,
    /// Line in an NDJSON file.
    pub line: Option<i64>,
    /// Why, without patient data.
    pub reason: String,
    /// The refused text.
    pub source: Option<String>,
}

/// Keeps the report of a job.
///
/// # Errors
/// Database errors.
pub fn keep(connection: &Connection, job: &str, at: &str, person: &str, report: &str) -> VaultResult<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO import_job (job, at, person, report) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![job, at, person, report])?;
    Ok(())
}

/// The report of a job.
///
/// # Errors
/// Database errors.
pub fn report(connection: &Connection, job: &str) -> VaultResult<Option<String>> {
    Ok(connection
        .prepare_cached("SELECT report FROM import_job WHERE job = ?1")?
        .query_row([job], |r| r.get(0))
        .optional()?)
}

/// The reports of the newest jobs, by their moments: as texts, stamps are not in order (see [`crate::vault::moment`]).
///
/// # Errors
/// Database errors.
pub fn newest(connection: &Connection, most: usize) -> VaultResult<Vec<String>> {
    let mut statement = connection
        .prepare_cached("SELECT report FROM import_job ORDER BY julianday(at) DESC, job DESC LIMIT ?1")?;
    let rows = statement.query_map([most as i64], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps one refused piece.
///
/// # Errors
/// Database errors.
pub fn reject(connection: &Connection, job: &str, rejected: &Rejected) -> VaultResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO import_rejection (job, file, line, reason, source) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![job, rejected.file, rejected.line, rejected.reason, rejected.source])?;
    Ok(())
}

/// The refused pieces of a job.
///
/// # Errors
/// Database errors.
pub fn rejected(connection: &Connection, job: &str) -> VaultResult<Vec<Rejected>> {
    let mut statement = connection.prepare_cached(
        "SELECT file, line, reason, source FROM import_rejection WHERE job = ?1 ORDER BY rowid",
    )?;
    let rows = statement.query_map([job], |r| {
        Ok(Rejected { file: r.get(0)?, line: r.get(1)?, reason: r.get(2)?, source: r.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
