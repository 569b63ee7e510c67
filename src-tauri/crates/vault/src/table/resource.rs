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

/// What a source says beyond the tables, since format 3: one text for the many sources of one shape. A source may go; what
/// went with it is still known by name.
pub const ADD_BEYOND: &str = "
CREATE TABLE element_set (
  element_set INTEGER PRIMARY KEY,
  elements    TEXT NOT NULL UNIQUE
) STRICT;
ALTER TABLE resource ADD COLUMN beyond INTEGER REFERENCES element_set;";

/// When the source said so (MSH-7 of a message, `meta.lastUpdated`), since format 6: milliseconds since 1970-01-01 UTC; empty
/// where it does not say.
pub const ADD_SAID_AT: &str = "ALTER TABLE resource ADD COLUMN said_at INTEGER;";

/// What is already there under a type and an id.
#[derive(Debug, Clone)]
pub struct Known {
    /// Row number; clinical records share it.
    pub row: i64,
    /// Hash of the canonical content.
    pub content_hash: Vec<u8>,
    /// The patient it belongs to.
    pub patient: Option<i64>,
    /// When it was said, milliseconds since 1970-01-01 UTC.
    pub said_at: Option<i64>,
}

/// Looks a source up.
///
/// # Errors
/// Database errors.
pub fn find(connection: &Connection, resource_type: &str, resource_id: &str) -> VaultResult<Option<Known>> {
    Ok(connection
        .prepare_cached("SELECT resource, content_hash, patient, said_at FROM resource WHERE resource_type = ?1 AND resource_id = ?2")?
        .query_row(params![resource_type, resource_id], |r| {
            Ok(Known { row: r.get(0)?, content_hash: r.get(1)?, patient: r.get(2)?, said_at: r.get(3)? })
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

/// Notes what a source says beyond the tables: lines `path count`.
///
/// # Errors
/// Database errors.
pub fn note_beyond(connection: &Connection, row: i64, elements: &str) -> VaultResult<()> {
    let known = connection
        .prepare_cached("SELECT element_set FROM element_set WHERE elements = ?1")?
        .query_row([elements], |r| r.get::<_, i64>(0))
        .optional()?;
    let set = match known {
        Some(set) => set,
        None => {
            connection
                .prepare_cached("INSERT INTO element_set (elements) VALUES (?1)")?
                .execute([elements])?;
            connection.last_insert_rowid()
        }
    };
    connection
        .prepare_cached("UPDATE resource SET beyond = ?2 WHERE resource = ?1")?
        .execute(params![row, set])?;
    Ok(())
}

/// Notes when a source was said, in milliseconds since 1970-01-01 UTC. The latest stands: what comes without a time, or late,
/// takes none away.
///
/// # Errors
/// Database errors.
pub fn note_said_at(connection: &Connection, row: i64, said_at: i64) -> VaultResult<()> {
    connection
        .prepare_cached(
            "UPDATE resource SET said_at = ?2 WHERE resource = ?1 AND (said_at IS NULL OR said_at < ?2)",
        )?
        .execute(params![row, said_at])?;
    Ok(())
}

/// When messages of a sender last said something of a patient, by whichever of the patient's numbers; milliseconds since
/// 1970-01-01 UTC.
///
/// # Errors
/// Database errors.
pub fn newest_said_by(connection: &Connection, patient: i64, sender: &str) -> VaultResult<Option<i64>> {
    Ok(connection
        .prepare_cached(
            "SELECT max(r.said_at) FROM resource r
             WHERE r.patient = ?1 AND r.resource_type = 'Patient' AND r.said_at IS NOT NULL
               AND EXISTS (SELECT 1 FROM hl7_message m WHERE m.patient_id = r.resource_id AND m.sender = ?2 AND m.state = 'taken')",
        )?
        .query_row(params![patient, sender], |r| r.get(0))?)
}

/// Lets the kept texts go, all of them; what they said beyond the tables stays noted by name. Answers with their count.
///
/// # Errors
/// Database errors.
pub fn forget_sources(connection: &Connection) -> VaultResult<usize> {
    Ok(connection.execute("UPDATE resource SET source = x'' WHERE source <> x''", [])?)
}

/// A kept source, for handing out.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Row number.
    pub row: i64,
    /// Type and id in the source.
    pub resource_type: String,
    /// Logical id.
    pub resource_id: String,
    /// The text as it came; `None` when it was let go or does not come back.
    pub source: Option<String>,
    /// What it says beyond the tables, where that was noted.
    pub beyond: Option<String>,
}

fn kept(row: &rusqlite::Row<'_>) -> rusqlite::Result<Kept> {
    let compressed: Vec<u8> = row.get(3)?;
    let bytes = lz4_flex::decompress_size_prepended(&compressed).ok();
    Ok(Kept {
        row: row.get(0)?,
        resource_type: row.get(1)?,
        resource_id: row.get(2)?,
        source: bytes.and_then(|b| String::from_utf8(b).ok()).filter(|s| !s.is_empty()),
        beyond: row.get(4)?,
    })
}

/// The sources of a patient, in the order they came; of one type only where one is named.
///
/// # Errors
/// Database errors.
pub fn of_patient(
    connection: &Connection,
    patient: i64,
    resource_type: Option<&str>,
) -> VaultResult<Vec<Kept>> {
    let mut statement = connection.prepare_cached(
        "SELECT resource, resource_type, resource_id, source, elements FROM resource LEFT JOIN element_set ON element_set = beyond
         WHERE patient = ?1 AND (?2 IS NULL OR resource_type = ?2) ORDER BY resource",
    )?;
    let rows = statement.query_map(params![patient, resource_type], kept)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The next sources of a type after a row, in the order they came.
///
/// # Errors
/// Database errors.
pub fn after(connection: &Connection, resource_type: &str, row: i64, most: usize) -> VaultResult<Vec<Kept>> {
    let mut statement = connection.prepare_cached(
        "SELECT resource, resource_type, resource_id, source, NULL FROM resource
         WHERE resource_type = ?1 AND resource > ?2 ORDER BY resource LIMIT ?3",
    )?;
    let rows = statement.query_map(params![resource_type, row, most as i64], kept)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A source that belongs to no patient.
///
/// # Errors
/// Database errors.
pub fn of_nobody(
    connection: &Connection,
    resource_type: &str,
    resource_id: &str,
) -> VaultResult<Option<Kept>> {
    Ok(connection
        .prepare_cached(
            "SELECT resource, resource_type, resource_id, source, elements FROM resource LEFT JOIN element_set ON element_set = beyond
             WHERE resource_type = ?1 AND resource_id = ?2 AND patient IS NULL",
        )?
        .query_row(params![resource_type, resource_id], kept)
        .optional()?)
}

/// Type and id of every source of a patient.
///
/// # Errors
/// Database errors.
pub fn names_of_patient(connection: &Connection, patient: i64) -> VaultResult<Vec<(String, String)>> {
    let mut statement =
        connection.prepare_cached("SELECT resource_type, resource_id FROM resource WHERE patient = ?1")?;
    let rows = statement.query_map([patient], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Type and id of every source that belongs to no patient: organisations, practitioners, places.
///
/// # Errors
/// Database errors.
pub fn names_of_nobody(connection: &Connection) -> VaultResult<Vec<(String, String)>> {
    let mut statement = connection.prepare_cached(
        "SELECT resource_type, resource_id FROM resource WHERE patient IS NULL ORDER BY 1, 2",
    )?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
