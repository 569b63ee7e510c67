//! `setting`: what the clinic chose, one JSON text a key.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::VaultResult;

/// The table.
pub const CREATE: &str =
    "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;";

/// The value of a key.
///
/// # Errors
/// Database errors.
pub fn get(connection: &Connection, key: &str) -> VaultResult<Option<String>> {
    Ok(connection
        .prepare_cached("SELECT value FROM setting WHERE key = ?1")?
        .query_row([key], |r| r.get(0))
        .optional()?)
}

/// Sets a key.
///
/// # Errors
/// Database errors.
pub fn put(connection: &Connection, key: &str, value: &str) -> VaultResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        )?
        .execute(params![key, value])?;
    Ok(())
}

/// Forgets a key.
///
/// # Errors
/// Database errors.
pub fn remove(connection: &Connection, key: &str) -> VaultResult<()> {
    connection.prepare_cached("DELETE FROM setting WHERE key = ?1")?.execute([key])?;
    Ok(())
}

/// A counter: its value, raised by one.
///
/// # Errors
/// Database errors.
pub fn next_number(connection: &Connection, key: &str, first: u64) -> VaultResult<u64> {
    let number = get(connection, key)?.and_then(|v| v.parse().ok()).unwrap_or(first);
    put(connection, key, &(number + 1).to_string())?;
    Ok(number)
}

/// The data version now: it rises with each change that a count can depend on, see [`record_change`](super::record_change).
///
/// # Errors
/// Database errors.
pub fn data_version(connection: &Connection) -> VaultResult<u64> {
    Ok(get(connection, "data_version")?.and_then(|v| v.parse().ok()).unwrap_or(1))
}
