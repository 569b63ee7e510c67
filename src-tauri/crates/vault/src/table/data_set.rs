//! `data_set`: what a clinic brought in to count with besides its own records: published vocabularies, and data of others in the
//! OMOP common data model. Each is one encrypted file; its row says what it is.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::record_change::{self, Touched};
use crate::blob::BlobId;
use crate::error::{VaultError, VaultResult};

/// The table, since format 12.
pub const CREATE: &str = "
CREATE TABLE data_set (
  data_set INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL CHECK (kind IN ('vocabulary', 'omop')),
  name     TEXT NOT NULL,
  summary  TEXT NOT NULL,
  blob     BLOB NOT NULL,
  bytes    INTEGER NOT NULL,
  at       TEXT NOT NULL,
  person   TEXT NOT NULL
) STRICT;";

/// What a data set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataSetKind {
    /// A vocabulary in which the clinic's own records are found. There is one at most.
    Vocabulary,
    /// Persons with their events in the OMOP common data model.
    Omop,
}

impl DataSetKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Vocabulary => "vocabulary",
            Self::Omop => "omop",
        }
    }
}

/// A data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSet {
    /// Its number.
    pub data_set: i64,
    /// What it is.
    pub kind: DataSetKind,
    /// What people call it.
    pub name: String,
    /// What it holds, as JSON.
    pub summary: String,
    /// Its file.
    pub blob: BlobId,
    /// Bytes of the file before it was encrypted.
    pub bytes: u64,
    /// When it was brought in.
    pub at: String,
    /// By whom.
    pub person: String,
}

/// What is brought in.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)] // as in [`DataSet`]
pub struct NewDataSet<'a> {
    pub kind: DataSetKind,
    pub name: &'a str,
    pub summary: &'a str,
    pub blob: BlobId,
    pub bytes: u64,
    pub at: &'a str,
    pub person: &'a str,
}

fn of_row(row: &rusqlite::Row<'_>) -> VaultResult<DataSet> {
    let kind = match row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)? {
        "vocabulary" => DataSetKind::Vocabulary,
        "omop" => DataSetKind::Omop,
        _ => return Err(VaultError::Damaged("a data set of unknown kind")),
    };
    Ok(DataSet {
        data_set: row.get(0)?,
        kind,
        name: row.get(2)?,
        summary: row.get(3)?,
        blob: BlobId(Uuid::from_bytes(row.get(4)?)),
        bytes: row.get::<_, i64>(5)?.unsigned_abs(),
        at: row.get(6)?,
        person: row.get(7)?,
    })
}

const COLUMNS: &str = "data_set, kind, name, summary, blob, bytes, at, person";

/// Adds a data set whose file is written; answers with its number and the files that nothing names any more: a new vocabulary takes
/// the place of the one before.
///
/// # Errors
/// Database errors.
pub fn add(connection: &Connection, new: NewDataSet<'_>) -> VaultResult<(i64, Vec<BlobId>)> {
    let mut gone = Vec::new();
    if new.kind == DataSetKind::Vocabulary {
        for before in list(connection)?.into_iter().filter(|one| one.kind == DataSetKind::Vocabulary) {
            gone.extend(remove(connection, before.data_set)?);
        }
        // What the records are found by has changed, and with it every count.
        record_change::raise(connection, Touched::Everybody)?;
    }
    connection
        .prepare_cached(
            "INSERT INTO data_set (kind, name, summary, blob, bytes, at, person) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            new.kind.word(),
            new.name,
            new.summary,
            new.blob.0.as_bytes(),
            i64::try_from(new.bytes).unwrap_or(i64::MAX),
            new.at,
            new.person
        ])?;
    Ok((connection.last_insert_rowid(), gone))
}

/// Takes a data set out; answers with its file, which nothing names any more.
///
/// # Errors
/// Database errors.
pub fn remove(connection: &Connection, data_set: i64) -> VaultResult<Option<BlobId>> {
    let Some(found) = find(connection, data_set)? else { return Ok(None) };
    connection.prepare_cached("DELETE FROM data_set WHERE data_set = ?1")?.execute([data_set])?;
    if found.kind == DataSetKind::Vocabulary {
        record_change::raise(connection, Touched::Everybody)?;
    }
    Ok(Some(found.blob))
}

/// A data set by its number.
///
/// # Errors
/// Database errors.
pub fn find(connection: &Connection, data_set: i64) -> VaultResult<Option<DataSet>> {
    let sql = format!("SELECT {COLUMNS} FROM data_set WHERE data_set = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row([data_set], |row| Ok(of_row(row))).optional()?;
    found.transpose()
}

/// All data sets, by name.
///
/// # Errors
/// Database errors.
pub fn list(connection: &Connection) -> VaultResult<Vec<DataSet>> {
    let sql = format!("SELECT {COLUMNS} FROM data_set ORDER BY name, data_set");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(of_row(row)?);
    }
    Ok(all)
}

/// The vocabulary, if one was brought in.
///
/// # Errors
/// Database errors.
pub fn vocabulary(connection: &Connection) -> VaultResult<Option<DataSet>> {
    Ok(list(connection)?.into_iter().find(|one| one.kind == DataSetKind::Vocabulary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::setting;

    #[test]
    fn a_new_vocabulary_takes_the_place_of_the_one_before_and_makes_counts_stale() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::migration::bring_up_to_date(&mut connection).unwrap();
        let version = || setting::data_version(&connection).unwrap();
        let put = |kind, name, number: u128| {
            let blob = BlobId(Uuid::from_u128(number));
            let new = NewDataSet {
                kind,
                name,
                summary: "{}",
                blob,
                bytes: 5,
                at: "2026-11-28T10:00:00Z",
                person: "amina",
            };
            add(&connection, new).unwrap()
        };
        let before = version();
        let (_, gone) = put(DataSetKind::Omop, "Research", 1);
        assert_eq!((gone.len(), version()), (0, before), "other people's data change no count of ours");
        put(DataSetKind::Vocabulary, "Spring", 2);
        let spring = version();
        assert!(spring > before);
        let (autumn, gone) = put(DataSetKind::Vocabulary, "Autumn", 3);
        assert_eq!(gone, [BlobId(Uuid::from_u128(2))]);
        assert_eq!(vocabulary(&connection).unwrap().unwrap().name, "Autumn");
        let names: Vec<String> = list(&connection).unwrap().into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["Autumn", "Research"]);
        let autumn_version = version();
        assert!(remove(&connection, autumn).unwrap().is_some());
        assert!(version() > autumn_version);
        assert_eq!((remove(&connection, autumn).unwrap(), vocabulary(&connection).unwrap()), (None, None));
    }
}
