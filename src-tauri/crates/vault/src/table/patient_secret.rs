//! `patient_secret`: social security and insurance numbers, sealed apart from everything else of a patient.

use rusqlite::{Connection, OptionalExtension, params};
use rustcare_model::patient::{PatientId, PatientSecrets};
use rustcare_model::secret::{InsuranceNumber, Ssn};

use super::{patient, patient_merge};
use crate::error::{VaultError, VaultResult};
use crate::keys::SecretsKey;
use crate::sealing;

/// Seals a patient's secrets, replacing those that are given.
///
/// # Errors
/// Database errors.
pub fn put(
    connection: &Connection,
    row: i64,
    id: PatientId,
    key: &SecretsKey,
    secrets: &PatientSecrets,
) -> VaultResult<()> {
    let id = id.to_string();
    let seal = |field: &str, value: &str, masked: String| -> VaultResult<()> {
        let sealed =
            sealing::seal(&key.field(field, &id), format!("{field}/{id}").as_bytes(), value.as_bytes())?;
        let last_four: String = value.chars().skip(value.chars().count().saturating_sub(4)).collect();
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO patient_secret (patient, field, sealed, whole, last_four, masked)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                row,
                field,
                sealed,
                key.index(field, "whole", value),
                key.index(field, "last_four", &last_four),
                masked
            ])?;
        Ok(())
    };
    if let Some(ssn) = &secrets.ssn {
        seal("ssn", ssn.reveal(), ssn.masked())?;
    }
    if let Some(number) = &secrets.insurance_number {
        seal("insurance_number", number.reveal(), number.masked())?;
    }
    Ok(())
}

/// What a screen may show of a secret, `None` when none is on file.
///
/// # Errors
/// Database errors.
pub fn masked(connection: &Connection, row: i64, field: &str) -> VaultResult<Option<String>> {
    Ok(connection
        .prepare_cached("SELECT masked FROM patient_secret WHERE patient = ?1 AND field = ?2")?
        .query_row(params![row, field], |r| r.get(0))
        .optional()?)
}

/// Opens a patient's secrets.
///
/// # Errors
/// [`VaultError::Damaged`] when a sealed value was moved or changed.
pub fn open(
    connection: &Connection,
    row: i64,
    id: PatientId,
    key: &SecretsKey,
) -> VaultResult<PatientSecrets> {
    let id = id.to_string();
    let mut secrets = PatientSecrets::default();
    let mut statement =
        connection.prepare_cached("SELECT field, sealed FROM patient_secret WHERE patient = ?1")?;
    let mut rows = statement.query([row])?;
    while let Some(found) = rows.next()? {
        let field: String = found.get(0)?;
        let sealed: Vec<u8> = found.get(1)?;
        let clear = sealing::open(&key.field(&field, &id), format!("{field}/{id}").as_bytes(), &sealed)?;
        let text =
            std::str::from_utf8(&clear).map_err(|_| VaultError::Damaged("a sealed number is not text"))?;
        let bad = |_| VaultError::Damaged("a sealed number is not one");
        match field.as_str() {
            "ssn" => secrets.ssn = Some(Ssn::imported(text).map_err(bad)?),
            _ => secrets.insurance_number = Some(InsuranceNumber::parse(text).map_err(bad)?),
        }
    }
    Ok(secrets)
}

/// As [`masked`], of a patient or, where it has none, of a record that was merged into it.
///
/// # Errors
/// Database errors.
pub fn masked_of_all(connection: &Connection, survivor: i64, field: &str) -> VaultResult<Option<String>> {
    for row in patient_merge::rows_of(connection, survivor)? {
        if let Some(found) = masked(connection, row, field)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// As [`open`], of a patient; what it lacks comes from records that were merged into it.
///
/// # Errors
/// As [`open`].
pub fn open_of_all(connection: &Connection, survivor: i64, key: &SecretsKey) -> VaultResult<PatientSecrets> {
    let mut all = PatientSecrets::default();
    for row in patient_merge::rows_of(connection, survivor)? {
        let id = patient::by_row(connection, row)?.patient.id;
        let own = open(connection, row, id, key)?;
        all.ssn = all.ssn.or(own.ssn);
        all.insurance_number = all.insurance_number.or(own.insurance_number);
    }
    Ok(all)
}
