//! `patient_history`: every version of a patient's demographics, and who made it.

use rusqlite::{Connection, params};
use rustcare_model::patient::Demographics;

use super::patient::ChangedBy;
use crate::error::{VaultError, VaultResult};

/// When the message or source was written that made a version, since format 10: milliseconds since 1970-01-01 UTC. NULL where a
/// person made it, or a source that does not say.
pub const ADD_SAID_AT: &str = "ALTER TABLE patient_history ADD COLUMN said_at INTEGER;";

/// Notes when what made the newest version was written.
///
/// # Errors
/// Database errors.
pub fn note_said_at(connection: &Connection, row: i64, version: i64, said_at: i64) -> VaultResult<()> {
    connection
        .prepare_cached("UPDATE patient_history SET said_at = ?3 WHERE patient = ?1 AND version = ?2")?
        .execute(params![row, version, said_at])?;
    Ok(())
}

/// When it was said last that the patient is dead, or lives after all, in milliseconds since 1970-01-01 UTC: by hand at that
/// moment, by a message or source when it was written. `None` where nobody ever said otherwise than at first.
///
/// # Errors
/// Database errors.
pub fn death_said_at(connection: &Connection, row: i64) -> VaultResult<Option<i64>> {
    Ok(death_turned(connection, row)?.map(|(_, said_at)| said_at))
}

/// Notes that what is known of the patient's death was said again at this moment: what was said in between turns it around no more.
///
/// # Errors
/// Database errors.
pub fn note_death_said_again(connection: &Connection, row: i64, said_at: i64) -> VaultResult<()> {
    match death_turned(connection, row)? {
        Some((version, before)) if before < said_at => note_said_at(connection, row, version, said_at),
        _ => Ok(()),
    }
}

/// The version with which what is known of the patient's death came to be, and when that was said.
fn death_turned(connection: &Connection, row: i64) -> VaultResult<Option<(i64, i64)>> {
    let mut statement = connection.prepare_cached(
        "SELECT version, at, said_at, demographics ->> 'deceased' FROM patient_history WHERE patient = ?1 ORDER BY version",
    )?;
    let mut rows = statement.query([row])?;
    let (mut known, mut turned) = (false, None);
    while let Some(version) = rows.next()? {
        let deceased = version.get::<_, Option<i64>>(3)?.unwrap_or(0) != 0;
        if deceased != known {
            let at: String = version.get(1)?;
            let by_hand = || crate::vault::moment(&at).as_millisecond();
            turned = Some((version.get(0)?, version.get::<_, Option<i64>>(2)?.unwrap_or_else(by_hand)));
            known = deceased;
        }
    }
    Ok(turned)
}

/// Keeps a version.
///
/// # Errors
/// Database errors.
pub(super) fn put(
    connection: &Connection,
    row: i64,
    version: i64,
    json: &str,
    by: ChangedBy<'_>,
) -> VaultResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO patient_history (patient, version, at, person, role, demographics) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![row, version, by.at, by.person, by.role, json])?;
    Ok(())
}

/// Past versions of a patient's demographics, newest first.
///
/// # Errors
/// Database errors.
pub fn list(connection: &Connection, row: i64) -> VaultResult<Vec<(String, String, String, Demographics)>> {
    let mut statement = connection.prepare_cached(
        "SELECT at, person, role, demographics FROM patient_history WHERE patient = ?1 ORDER BY version DESC",
    )?;
    let rows = statement.query_map([row], |r| {
        let json: String = r.get(3)?;
        Ok((r.get(0)?, r.get(1)?, r.get(2)?, json))
    })?;
    rows.map(|r| {
        let (at, person, role, json) = r?;
        let demographics =
            serde_json::from_str(&json).map_err(|_| VaultError::Damaged("a past version cannot be read"))?;
        Ok((at, person, role, demographics))
    })
    .collect()
}
