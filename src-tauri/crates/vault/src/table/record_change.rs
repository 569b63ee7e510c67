//! `record_change`: whose records each version of the data changed, so that what was built of them is brought up to date by them alone.

use rusqlite::{Connection, params};

use super::setting;
use crate::error::VaultResult;

/// The table, since format 14. A change without a patient is one of anybody's records.
pub const CREATE: &str = "
CREATE TABLE record_change (
  sequence     INTEGER PRIMARY KEY,
  data_version INTEGER NOT NULL,
  patient      INTEGER
) STRICT;
CREATE INDEX record_change_version ON record_change (data_version);";

/// From which version on all changes are known: what was built of an earlier one is built anew.
const KNOWN_FROM: &str = "record_changes_from";
/// Versions that are remembered. An import raises the version once a patient.
const MOST_VERSIONS: u64 = 100_000;
/// Versions between two looks for what can be forgotten.
const BETWEEN: u64 = 4_096;

/// Whose records changed.
#[derive(Debug, Clone, Copy)]
pub enum Touched<'a> {
    /// These patients' (rows).
    Patients(&'a [i64]),
    /// Anybody's.
    Everybody,
}

/// Raises the version of the data, which every change that a count can depend on does; answers with the new one.
///
/// # Errors
/// Database errors.
pub fn raise(connection: &Connection, touched: Touched<'_>) -> VaultResult<u64> {
    let version = setting::next_number(connection, "data_version", 1)? + 1;
    let mut note =
        connection.prepare_cached("INSERT INTO record_change (data_version, patient) VALUES (?1, ?2)")?;
    let number = i64::try_from(version).unwrap_or(i64::MAX);
    match touched {
        Touched::Everybody => drop(note.execute(params![number, None::<i64>])?),
        Touched::Patients(patients) => {
            for patient in patients {
                note.execute(params![number, patient])?;
            }
        }
    }
    if version.is_multiple_of(BETWEEN) {
        let from = version.saturating_sub(MOST_VERSIONS);
        connection
            .prepare_cached("DELETE FROM record_change WHERE data_version <= ?1")?
            .execute([i64::try_from(from).unwrap_or(i64::MAX)])?;
        setting::put(connection, KNOWN_FROM, &from.to_string())?;
    }
    Ok(version)
}

/// The patients whose records changed after this version, each once, in order; none where it is not known of all, or more than
/// `most` did.
///
/// # Errors
/// Database errors.
pub fn since(connection: &Connection, version: u64, most: usize) -> VaultResult<Option<Vec<i64>>> {
    let from = setting::get(connection, KNOWN_FROM)?.and_then(|text| text.parse::<u64>().ok());
    if from.is_none_or(|from| version < from) {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT patient FROM record_change WHERE data_version > ?1 ORDER BY patient LIMIT ?2",
    )?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = statement.query(params![i64::try_from(version).unwrap_or(i64::MAX), limit])?;
    let mut patients = Vec::new();
    while let Some(row) = rows.next()? {
        match row.get::<_, Option<i64>>(0)? {
            Some(patient) => patients.push(patient),
            None => return Ok(None),
        }
    }
    Ok((patients.len() <= most).then_some(patients))
}

/// Versions before this one are not known of: for a vault that comes from an earlier format.
///
/// # Errors
/// Database errors.
pub fn begin(connection: &Connection) -> VaultResult<()> {
    setting::put(connection, KNOWN_FROM, &setting::data_version(connection)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_known_from_a_version_on_and_by_patient() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::migration::bring_up_to_date(&mut connection).unwrap();
        let begun = setting::data_version(&connection).unwrap();
        let first = raise(&connection, Touched::Patients(&[7, 3])).unwrap();
        let second = raise(&connection, Touched::Patients(&[3, 9])).unwrap();
        assert_eq!(setting::data_version(&connection).unwrap(), second);
        let since = |version, most| since(&connection, version, most).unwrap();
        assert_eq!(since(begun, 10), Some(vec![3, 7, 9]));
        assert_eq!(since(first, 10), Some(vec![3, 9]));
        assert_eq!(since(second, 10), Some(vec![]));
        assert_eq!(since(begun, 2), None, "more than are wanted");
        let third = raise(&connection, Touched::Everybody).unwrap();
        assert_eq!((since(second, 10), since(third, 10)), (None, Some(vec![])));
        setting::put(&connection, KNOWN_FROM, &third.to_string()).unwrap();
        assert_eq!(since(second, 10), None, "older than what is remembered");
    }
}
