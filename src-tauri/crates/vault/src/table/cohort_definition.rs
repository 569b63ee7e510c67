//! `cohort_definition`, `cohort_version`: saved cohort definitions with every version of theirs. A version is never changed;
//! what is removed stays named, so that a count that was told of can be told of again.

use rusqlite::{Connection, OptionalExtension, params};

use super::patient::ChangedBy;
use crate::error::{VaultError, VaultResult};

/// The tables, since format 11. `definition` is the cohort expression in Circe's JSON; `sketch` what the builder shows, where
/// it made the definition.
pub const CREATE: &str = "
CREATE TABLE cohort_definition (
  cohort  INTEGER PRIMARY KEY,
  removed TEXT
) STRICT;
CREATE TABLE cohort_version (
  cohort     INTEGER NOT NULL REFERENCES cohort_definition,
  version    INTEGER NOT NULL,
  at         TEXT NOT NULL,
  person     TEXT NOT NULL,
  role       TEXT NOT NULL,
  name       TEXT NOT NULL,
  definition TEXT NOT NULL,
  sketch     TEXT,
  PRIMARY KEY (cohort, version)
) STRICT, WITHOUT ROWID;";

/// What is saved as a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortContent {
    /// What people call it.
    pub name: String,
    /// The cohort expression in Circe's JSON.
    pub definition: String,
    /// What the builder shows, as JSON; none for a definition that was made elsewhere.
    pub sketch: Option<String>,
}

/// A saved version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortVersion {
    /// Which definition.
    pub cohort: i64,
    /// From 1.
    pub version: i64,
    /// When it was saved.
    pub at: String,
    /// Who saved it.
    pub person: String,
    /// What it says.
    pub content: CohortContent,
}

const COLUMNS: &str = "v.cohort, v.version, v.at, v.person, v.name, v.definition, v.sketch";

fn of_row(r: &rusqlite::Row<'_>) -> rusqlite::Result<CohortVersion> {
    let content = CohortContent { name: r.get(4)?, definition: r.get(5)?, sketch: r.get(6)? };
    Ok(CohortVersion { cohort: r.get(0)?, version: r.get(1)?, at: r.get(2)?, person: r.get(3)?, content })
}

/// Saves a new definition; answers with its number.
///
/// # Errors
/// Database errors.
pub fn create(connection: &Connection, content: &CohortContent, by: ChangedBy<'_>) -> VaultResult<i64> {
    connection.prepare_cached("INSERT INTO cohort_definition DEFAULT VALUES")?.execute([])?;
    let cohort = connection.last_insert_rowid();
    put(connection, cohort, 1, content, by)?;
    Ok(cohort)
}

/// Saves the next version, if nobody else did since `seen`.
///
/// # Errors
/// [`VaultError::Stale`], database errors.
pub fn add_version(
    connection: &Connection,
    cohort: i64,
    seen: i64,
    content: &CohortContent,
    by: ChangedBy<'_>,
) -> VaultResult<i64> {
    match newest(connection, cohort)? {
        Some(known) if known.version == seen => {
            put(connection, cohort, seen + 1, content, by)?;
            Ok(seen + 1)
        }
        _ => Err(VaultError::Stale),
    }
}

fn put(
    connection: &Connection,
    cohort: i64,
    version: i64,
    content: &CohortContent,
    by: ChangedBy<'_>,
) -> VaultResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO cohort_version (cohort, version, at, person, role, name, definition, sketch)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            cohort,
            version,
            by.at,
            by.person,
            by.role,
            content.name,
            content.definition,
            content.sketch
        ])?;
    Ok(())
}

/// The newest version of each definition that is not removed, by name.
///
/// # Errors
/// Database errors.
pub fn list(connection: &Connection) -> VaultResult<Vec<CohortVersion>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM cohort_version v JOIN cohort_definition d USING (cohort)
         WHERE d.removed IS NULL AND v.version = (SELECT max(version) FROM cohort_version WHERE cohort = v.cohort)
         ORDER BY v.name COLLATE NOCASE, v.cohort"
    ))?;
    let rows = statement.query_map([], of_row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// All versions of a definition, the newest first.
///
/// # Errors
/// Database errors.
pub fn versions(connection: &Connection, cohort: i64) -> VaultResult<Vec<CohortVersion>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM cohort_version v WHERE v.cohort = ?1 ORDER BY v.version DESC"
    ))?;
    let rows = statement.query_map([cohort], of_row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// The newest version of a definition; none of one that is removed.
///
/// # Errors
/// Database errors.
pub fn newest(connection: &Connection, cohort: i64) -> VaultResult<Option<CohortVersion>> {
    Ok(connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM cohort_version v JOIN cohort_definition d USING (cohort)
             WHERE v.cohort = ?1 AND d.removed IS NULL ORDER BY v.version DESC LIMIT 1"
        ))?
        .query_row([cohort], of_row)
        .optional()?)
}

/// Takes a definition out of the list. Answers false where it was not in it.
///
/// # Errors
/// Database errors.
pub fn remove(connection: &Connection, cohort: i64, at: &str) -> VaultResult<bool> {
    let changed = connection
        .prepare_cached("UPDATE cohort_definition SET removed = ?2 WHERE cohort = ?1 AND removed IS NULL")?
        .execute(params![cohort, at])?;
    Ok(changed > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_kept_and_a_second_person_does_not_write_over_the_first() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::migration::bring_up_to_date(&mut connection).unwrap();
        let by = ChangedBy { at: "2026-11-28T10:00:00Z", person: "amina", role: "analyst" };
        let content = |name: &str| CohortContent { name: name.into(), definition: "{}".into(), sketch: None };
        let cohort = create(&connection, &content("diabetes"), by).unwrap();
        let other = create(&connection, &content("Asthma"), by).unwrap();
        assert_eq!(add_version(&connection, cohort, 1, &content("Diabetes, adults"), by).unwrap(), 2);
        assert!(matches!(add_version(&connection, cohort, 1, &content("x"), by), Err(VaultError::Stale)));
        let names = |list: Vec<CohortVersion>| list.into_iter().map(|v| v.content.name).collect::<Vec<_>>();
        assert_eq!(names(list(&connection).unwrap()), ["Asthma", "Diabetes, adults"]);
        assert_eq!(names(versions(&connection, cohort).unwrap()), ["Diabetes, adults", "diabetes"]);
        assert!(remove(&connection, other, by.at).unwrap() && !remove(&connection, other, by.at).unwrap());
        assert_eq!(list(&connection).unwrap().len(), 1);
        assert_eq!(newest(&connection, other).unwrap(), None);
        assert_eq!(versions(&connection, other).unwrap().len(), 1, "what was told of can be told of again");
    }
}
