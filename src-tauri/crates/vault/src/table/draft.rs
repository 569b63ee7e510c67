//! `draft`: unsaved forms, kept for their owner across a lock or a crash.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::VaultResult;

/// The table.
pub const CREATE: &str = "
CREATE TABLE draft (
  person TEXT NOT NULL,
  kind   TEXT NOT NULL,
  body   TEXT NOT NULL,
  PRIMARY KEY (person, kind)
) STRICT, WITHOUT ROWID;";

/// Keeps a draft in place of an older one of the same kind.
///
/// # Errors
/// Database errors.
pub fn keep(connection: &Connection, person: &str, kind: &str, body: &str) -> VaultResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO draft (person, kind, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (person, kind) DO UPDATE SET body = ?3",
        )?
        .execute(params![person, kind, body])?;
    Ok(())
}

/// Hands a draft back and forgets it.
///
/// # Errors
/// Database errors.
pub fn take(connection: &Connection, person: &str, kind: &str) -> VaultResult<Option<String>> {
    Ok(connection
        .prepare_cached("DELETE FROM draft WHERE person = ?1 AND kind = ?2 RETURNING body")?
        .query_row(params![person, kind], |r| r.get(0))
        .optional()?)
}
