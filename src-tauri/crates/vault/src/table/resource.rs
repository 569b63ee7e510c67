//! `resource`: the source of everything imported, as it came, compressed; and the hash that makes a second import idle.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{VaultError, VaultResult};

/// The table. `patient` is empty for organisations, practitioners and what could not be tied to a patient.
pub const CREATE: &str = "
CREATE TABLE resource (
  resource      INTEGER PRIMARY KEY,
  resource_type TEXT NOT NULL,
  resource_id   TEXT NOT NULL,
  patient       INTEGER REFERENCES patient,
  content_hash  BLOB NOT NULL,
  source        BLOB NOT NULL,
  UNIQUE (resource_type, resource_id)
) STRICT;
CREATE INDEX resource_patient ON resource (patient) WHERE patient IS NOT NULL;";

/// What is already there under a type and an id.
#[derive(Debug, Clone)]
pub struct Known {
    /// Row number; clinical records share it.
    pub row: i64,
    /// Hash of the canonical content.
    pub content_hash: Vec<u8>,
    /// The patient it belongs to.
    pub patient: Option<i64>,
}

/// Looks a source up.
///
/// # Errors
/// Database errors.
pub fn find(connection: &Connection, resource_type: &str, resource_id: &str) -> VaultResult<Option<Known>> {
    Ok(connection
        .prepare_cached("SELECT resource, content_hash, patient FROM resource WHERE resource_type = ?1 AND resource_id = ?2")?
        .query_row(params![resource_type, resource_id], |r| {
            Ok(Known { row: r.get(0)?, content_hash: r.get(1)?, patient: r.get(2)? })
        })
        .optional()?)
}

/// Inserts a source; `compressed` is made by [`compress`].
///
/// # Errors
/// Database errors.
pub fn insert(
    connection: &Connection,
    resource_type: &str,
    resource_id: &str,
    patient: Option<i64>,
    hash: &[u8],
    compressed: &[u8],
) -> VaultResult<i64> {
    connection
        .prepare_cached("INSERT INTO resource (resource_type, resource_id, patient, content_hash, source) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![resource_type, resource_id, patient, hash, compressed])?;
    Ok(connection.last_insert_rowid())
}

/// Replaces a source that came again with other content.
///
/// # Errors
/// Database errors.
pub fn replace(
    connection: &Connection,
    row: i64,
    patient: Option<i64>,
    hash: &[u8],
    compressed: &[u8],
) -> VaultResult<()> {
    connection
        .prepare_cached(
            "UPDATE resource SET patient = ?2, content_hash = ?3, source = ?4 WHERE resource = ?1",
        )?
        .execute(params![row, patient, hash, compressed])?;
    Ok(())
}

/// The source as it came.
///
/// # Errors
/// [`VaultError::NotFound`], [`VaultError::Damaged`].
pub fn source(connection: &Connection, resource_type: &str, resource_id: &str) -> VaultResult<String> {
    let compressed: Vec<u8> = connection
        .prepare_cached("SELECT source FROM resource WHERE resource_type = ?1 AND resource_id = ?2")?
        .query_row(params![resource_type, resource_id], |r| r.get(0))
        .optional()?
        .ok_or(VaultError::NotFound("source"))?;
    let bytes = lz4_flex::decompress_size_prepended(&compressed)
        .map_err(|_| VaultError::Damaged("a source does not decompress"))?;
    String::from_utf8(bytes).map_err(|_| VaultError::Damaged("a source is not text"))
}

/// Compresses a source (LZ4 block, length first).
pub fn compress(source: &[u8]) -> Vec<u8> {
    lz4_flex::compress_prepend_size(source)
}

/// Count by resource type.
///
/// # Errors
/// Database errors.
pub fn count_by_type(connection: &Connection) -> VaultResult<Vec<(String, i64)>> {
    let mut statement = connection
        .prepare_cached("SELECT resource_type, count(*) FROM resource GROUP BY resource_type ORDER BY 1")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
