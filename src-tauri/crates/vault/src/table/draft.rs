//! `draft`: unsaved forms, kept for their owner across a lock or a crash. Each form has a place of its own.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::VaultResult;

/// Drafts that one person can have. A further one is refused, never put in another's place.
pub const MOST: usize = 50;

/// The table.
pub const CREATE: &str = "
CREATE TABLE draft (
  person TEXT NOT NULL,
  kind   TEXT NOT NULL,
  body   TEXT NOT NULL,
  PRIMARY KEY (person, kind)
) STRICT, WITHOUT ROWID;";

/// When a draft was kept, since format 2. Of an older draft it is not known.
pub const ADD_KEPT_AT: &str = "ALTER TABLE draft ADD COLUMN kept_at TEXT NOT NULL DEFAULT '';";

/// A kept form.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which form it is: its kind, and the form's own id behind a slash.
    pub kind: String,
    /// When it was kept; empty where that is not known.
    pub kept_at: String,
    /// The form as its window wrote it.
    pub body: String,
}

/// Keeps a draft in place of an older state of the same form. Answers false where the person has [`MOST`] others.
///
/// # Errors
/// Database errors.
pub fn keep(connection: &Connection, person: &str, draft: &Draft) -> VaultResult<bool> {
    let others: i64 = connection
        .prepare_cached("SELECT count(*) FROM draft WHERE person = ?1 AND kind <> ?2")?
        .query_row(params![person, draft.kind], |r| r.get(0))?;
    if others >= MOST as i64 {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "INSERT INTO draft (person, kind, body, kept_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (person, kind) DO UPDATE SET body = ?3, kept_at = ?4",
        )?
        .execute(params![person, draft.kind, draft.body, draft.kept_at])?;
    Ok(true)
}

/// All drafts of a person, the newest first; those of an unknown time last. They stay where they are.
///
/// # Errors
/// Database errors.
pub fn list(connection: &Connection, person: &str) -> VaultResult<Vec<Draft>> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, kept_at, body FROM draft WHERE person = ?1 ORDER BY julianday(kept_at) DESC, kind",
    )?;
    let drafts = statement
        .query_map([person], |r| Ok(Draft { kind: r.get(0)?, kept_at: r.get(1)?, body: r.get(2)? }))?
        .collect::<Result<_, _>>()?;
    Ok(drafts)
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
