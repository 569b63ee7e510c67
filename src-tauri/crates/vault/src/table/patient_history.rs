//! `patient_history`: every version of a patient's demographics, and who made it.

use rusqlite::{Connection, params};
use rustcare_model::patient::Demographics;

use super::patient::ChangedBy;
use crate::error::{VaultError, VaultResult};

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
