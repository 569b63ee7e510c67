//! `patient_merge`, `patient_merge_moved`: which record was merged into which, what both were before, and which rows
//! went from one to the other, so that it can be taken back.
//!
//! A merged ("retired") patient keeps its row, its versions and its secrets and points to its survivor; its chart goes to
//! the survivor. How each table takes part is said in [`COVERAGE`], which a test holds against the schema.

use rusqlite::{Connection, OptionalExtension, Row, params};
use rustcare_model::patient::Demographics;

use super::patient::ChangedBy;
use crate::error::{VaultError, VaultResult};

/// The tables. Namesakes are counted for each line of a search from the index of names alone, so it knows who was merged.
pub const CREATE: &str = "
ALTER TABLE patient ADD COLUMN merged_into INTEGER REFERENCES patient;
DROP INDEX patient_name;
CREATE INDEX patient_name ON patient (family_folded, given_folded, merged_into);
CREATE INDEX patient_merged_into ON patient (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE patient_merge (
  merge              INTEGER PRIMARY KEY,
  survivor           INTEGER NOT NULL REFERENCES patient,
  retired            INTEGER NOT NULL REFERENCES patient,
  at                 TEXT NOT NULL,
  person             TEXT NOT NULL,
  role               TEXT NOT NULL,
  reason             TEXT NOT NULL,
  survivor_before    TEXT NOT NULL,
  survivor_after     TEXT NOT NULL,
  retired_before     TEXT NOT NULL,
  last_visit_before  INTEGER,
  last_visit_after   INTEGER,
  allergies_before   INTEGER NOT NULL,
  undone_at          TEXT,
  undone_person      TEXT,
  undone_role        TEXT,
  undone_reason      TEXT
) STRICT;
CREATE INDEX patient_merge_survivor ON patient_merge (survivor);
CREATE INDEX patient_merge_retired ON patient_merge (retired);
CREATE TABLE patient_merge_moved (
  merge    INTEGER NOT NULL REFERENCES patient_merge,
  relation TEXT NOT NULL,
  row      INTEGER NOT NULL,
  PRIMARY KEY (merge, relation, row)
) STRICT, WITHOUT ROWID;";

/// What happens to rows of a table that refer to a patient who is merged into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// They go to the survivor, each is noted, and they come back with an un-merge.
    Moved,
    /// They go with the rows of the table named here, which decides.
    WithOther(&'static str),
    /// They are written anew from the demographics of both.
    FromDemographics,
    /// They stay with the retired record and are looked up through it.
    Stays,
    /// They tell of the merge itself, or of a decision between two records.
    Keeps,
    /// They can be made again from the rest, and are.
    Derived,
}

/// Every column that refers to a patient.
pub const COVERAGE: &[(&str, &str, Coverage)] = &[
    ("clinical_record", "patient", Coverage::WithOther("resource")),
    ("document", "patient", Coverage::Moved),
    ("match_change", "patient", Coverage::Derived),
    ("match_decision", "patient_a", Coverage::Keeps),
    ("match_decision", "patient_b", Coverage::Keeps),
    ("match_pair", "patient_a", Coverage::Derived),
    ("match_pair", "patient_b", Coverage::Derived),
    ("patient", "merged_into", Coverage::Keeps),
    ("patient_history", "patient", Coverage::Stays),
    ("patient_identifier", "patient", Coverage::FromDemographics),
    ("patient_merge", "retired", Coverage::Keeps),
    ("patient_merge", "survivor", Coverage::Keeps),
    ("patient_secret", "patient", Coverage::Stays),
    ("record_change", "patient", Coverage::Derived),
    ("resource", "patient", Coverage::Moved),
    ("study", "patient", Coverage::Moved),
];

/// A table whose rows move, by the name under which a move is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `resource`, and with it `clinical_record`. The source of the patient itself stays: a source that changes later speaks of
    /// the retired record, not of the survivor.
    Resource,
    /// `study`.
    Study,
    /// `document`.
    Document,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Document, Self::Resource, Self::Study];

    /// What of it belongs to the chart.
    const fn condition(self) -> &'static str {
        match self {
            Self::Resource => "resource_type <> 'Patient'",
            Self::Study | Self::Document => "true",
        }
    }

    /// The table's name, which is that of its key column too.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Study => "study",
            Self::Document => "document",
        }
    }
}

/// A merge as kept.
#[derive(Debug, Clone)]
pub struct Merge {
    /// Its number.
    pub merge: i64,
    /// Row of the patient who goes on.
    pub survivor: i64,
    /// Row of the patient who was merged.
    pub retired: i64,
    /// When, UTC.
    pub at: String,
    /// By whom.
    pub person: String,
    /// Why.
    pub reason: String,
    /// The survivor before.
    pub survivor_before: Demographics,
    /// The survivor after.
    pub survivor_after: Demographics,
    /// The retired record; it has not changed since.
    pub retired_before: Demographics,
    /// Whether the survivor had been asked for allergies before.
    pub allergies_before: bool,
    /// When it was taken back.
    pub undone_at: Option<String>,
}

/// A merge to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewMerge<'a> {
    /// Row of the patient who goes on.
    pub survivor: i64,
    /// Row of the patient who is merged.
    pub retired: i64,
    /// Why.
    pub reason: &'a str,
    /// The survivor before.
    pub survivor_before: &'a Demographics,
    /// The survivor after.
    pub survivor_after: &'a Demographics,
    /// The retired record.
    pub retired_before: &'a Demographics,
    /// Whether the survivor had been asked for allergies before.
    pub allergies_before: bool,
}

fn to_json(demographics: &Demographics) -> VaultResult<String> {
    serde_json::to_string(demographics).map_err(|_| VaultError::Damaged("demographics cannot be written"))
}

/// Keeps a merge and answers with its number.
///
/// # Errors
/// Database errors.
pub fn insert(connection: &Connection, new: &NewMerge<'_>, by: ChangedBy<'_>) -> VaultResult<i64> {
    connection
        .prepare_cached(
            "INSERT INTO patient_merge (survivor, retired, at, person, role, reason, survivor_before, survivor_after,
               retired_before, allergies_before)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            new.survivor,
            new.retired,
            by.at,
            by.person,
            by.role,
            new.reason,
            to_json(new.survivor_before)?,
            to_json(new.survivor_after)?,
            to_json(new.retired_before)?,
            new.allergies_before,
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Puts right what a merge is remembered to have found and left, after an earlier one was taken back.
///
/// # Errors
/// Database errors.
pub fn rewrite(
    connection: &Connection,
    merge: i64,
    before: &Demographics,
    after: &Demographics,
    allergies_before: bool,
) -> VaultResult<()> {
    connection
        .prepare_cached(
            "UPDATE patient_merge SET survivor_before = ?2, survivor_after = ?3, allergies_before = ?4 WHERE merge = ?1",
        )?
        .execute(params![merge, to_json(before)?, to_json(after)?, allergies_before])?;
    Ok(())
}

/// Marks a merge as taken back.
///
/// # Errors
/// Database errors.
pub fn mark_undone(connection: &Connection, merge: i64, reason: &str, by: ChangedBy<'_>) -> VaultResult<()> {
    connection
        .prepare_cached(
            "UPDATE patient_merge SET undone_at = ?2, undone_person = ?3, undone_role = ?4, undone_reason = ?5
             WHERE merge = ?1",
        )?
        .execute(params![merge, by.at, by.person, by.role, reason])?;
    connection.prepare_cached("DELETE FROM patient_merge_moved WHERE merge = ?1")?.execute([merge])?;
    Ok(())
}

/// Makes a patient point to its survivor, or to nobody again.
///
/// # Errors
/// Database errors.
pub fn point(connection: &Connection, retired: i64, survivor: Option<i64>) -> VaultResult<()> {
    connection
        .prepare_cached("UPDATE patient SET merged_into = ?2 WHERE patient = ?1")?
        .execute(params![retired, survivor])?;
    Ok(())
}

/// The row that a merged patient's chart is in now: its own, or that of the last survivor.
///
/// # Errors
/// Database errors.
pub fn survivor_of(connection: &Connection, row: i64) -> VaultResult<i64> {
    Ok(connection
        .prepare_cached(
            "WITH RECURSIVE chain (patient, depth) AS (
               SELECT ?1, 0
               UNION ALL SELECT p.merged_into, depth + 1 FROM chain JOIN patient p ON p.patient = chain.patient
               WHERE p.merged_into IS NOT NULL AND depth < 1000)
             SELECT patient FROM chain ORDER BY depth DESC LIMIT 1",
        )?
        .query_row([row], |r| r.get(0))?)
}

/// Rows of a patient and of all who were merged into it, however often.
///
/// # Errors
/// Database errors.
pub fn rows_of(connection: &Connection, survivor: i64) -> VaultResult<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE chain (patient) AS (
           SELECT ?1 UNION SELECT p.patient FROM chain JOIN patient p ON p.merged_into = chain.patient)
         SELECT patient FROM chain",
    )?;
    let rows = statement.query_map([survivor], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Which record of a patient a number belongs to: that of the patient itself, or of one that was merged into it, the first that
/// had it. After a merge the survivor names the numbers of both. Without an authority (a DICOM file names none) it may be
/// anybody's identifier, or the house's own record number.
///
/// # Errors
/// Database errors.
pub fn record_naming(
    connection: &Connection,
    survivor: i64,
    authority: Option<&str>,
    number: &str,
) -> VaultResult<i64> {
    let mut owner = survivor;
    // The survivor comes first, then those merged into it, then those merged into them.
    for row in rows_of(connection, survivor)? {
        let record = super::patient::by_row(connection, row)?.patient;
        let is_asked_for = |of: &str| authority.is_none_or(|asked| asked == of);
        let mut named = record.demographics.identifiers.iter();
        if named.any(|i| i.value == number && is_asked_for(&i.authority))
            || (authority.is_none() && record.mrn.as_str() == number)
        {
            owner = row;
        }
    }
    Ok(owner)
}

/// Count of the rows of a relation that a merge of this patient would move.
///
/// # Errors
/// Database errors.
pub fn count_rows(connection: &Connection, relation: Relation, patient: i64) -> VaultResult<usize> {
    let (table, condition) = (relation.table(), relation.condition());
    let sql = format!("SELECT count(*) FROM {table} WHERE patient = ?1 AND {condition}");
    Ok(connection.prepare_cached(&sql)?.query_row([patient], |r| r.get::<_, i64>(0))? as usize)
}

/// Moves the rows of a relation from one patient to another and notes each under the merge.
///
/// # Errors
/// Database errors.
pub fn move_rows(
    connection: &Connection,
    merge: i64,
    relation: Relation,
    from: i64,
    to: i64,
) -> VaultResult<usize> {
    let (table, condition) = (relation.table(), relation.condition());
    connection.execute(
        &format!(
            "INSERT INTO patient_merge_moved (merge, relation, row)
             SELECT ?1, '{table}', {table} FROM {table} WHERE patient = ?2 AND {condition}"
        ),
        params![merge, from],
    )?;
    let moved = connection.execute(
        &format!("UPDATE {table} SET patient = ?2 WHERE patient = ?1 AND {condition}"),
        params![from, to],
    )?;
    if relation == Relation::Resource {
        connection
            .execute("UPDATE clinical_record SET patient = ?2 WHERE patient = ?1", params![from, to])?;
    }
    Ok(moved)
}

/// Moves the noted rows back that are still with the survivor; answers with how many were, and how many are elsewhere.
///
/// # Errors
/// Database errors.
pub fn move_back(
    connection: &Connection,
    merge: i64,
    relation: Relation,
    survivor: i64,
    retired: i64,
) -> VaultResult<(usize, usize)> {
    let table = relation.table();
    let noted: usize = connection.query_row(
        "SELECT count(*) FROM patient_merge_moved WHERE merge = ?1 AND relation = ?2",
        params![merge, table],
        |r| r.get::<_, i64>(0).map(|n| n as usize),
    )?;
    let chosen = format!("SELECT row FROM patient_merge_moved WHERE merge = ?1 AND relation = '{table}'");
    if relation == Relation::Resource {
        connection.execute(
            &format!("UPDATE clinical_record SET patient = ?3 WHERE patient = ?2 AND resource IN ({chosen})"),
            params![merge, survivor, retired],
        )?;
    }
    let back = connection.execute(
        &format!("UPDATE {table} SET patient = ?3 WHERE patient = ?2 AND {table} IN ({chosen})"),
        params![merge, survivor, retired],
    )?;
    Ok((back, noted - back))
}

/// Notes that a row which came after the merge belongs to the retired record: each merge on the way to the survivor is
/// told, so that it goes back the same way.
///
/// # Errors
/// Database errors.
pub fn note_arrival(connection: &Connection, relation: Relation, row: i64, owner: i64) -> VaultResult<()> {
    let mut at = owner;
    while let Some((merge, next)) = connection
        .prepare_cached(
            "SELECT m.merge, m.survivor FROM patient p JOIN patient_merge m ON m.retired = p.patient AND m.undone_at IS NULL
             WHERE p.patient = ?1 AND p.merged_into = m.survivor",
        )?
        .query_row([at], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?)))
        .optional()?
    {
        connection
            .prepare_cached("INSERT OR IGNORE INTO patient_merge_moved (merge, relation, row) VALUES (?1, ?2, ?3)")?
            .execute(params![merge, relation.table(), row])?;
        at = next;
    }
    Ok(())
}

const COLUMNS: &str =
    "merge, survivor, retired, at, person, reason, survivor_before, survivor_after, retired_before,
  allergies_before, undone_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Merge> {
    let demographics = |at: usize| -> rusqlite::Result<Demographics> {
        let json: String = row.get(at)?;
        serde_json::from_str(&json)
            .map_err(|_| rusqlite::Error::InvalidColumnType(at, String::new(), rusqlite::types::Type::Text))
    };
    Ok(Merge {
        merge: row.get(0)?,
        survivor: row.get(1)?,
        retired: row.get(2)?,
        at: row.get(3)?,
        person: row.get(4)?,
        reason: row.get(5)?,
        survivor_before: demographics(6)?,
        survivor_after: demographics(7)?,
        retired_before: demographics(8)?,
        allergies_before: row.get(9)?,
        undone_at: row.get(10)?,
    })
}

/// A merge by its number.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn by_number(connection: &Connection, merge: i64) -> VaultResult<Merge> {
    let sql = format!("SELECT {COLUMNS} FROM patient_merge WHERE merge = ?1");
    connection.prepare_cached(&sql)?.query_row([merge], read).optional()?.ok_or(VaultError::NotFound("merge"))
}

/// The merges of a record into another patient that were taken back.
///
/// # Errors
/// Database errors.
pub fn taken_back(connection: &Connection, retired: i64) -> VaultResult<Vec<Merge>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM patient_merge WHERE retired = ?1 AND undone_at IS NOT NULL ORDER BY merge"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([retired], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The merges into a patient that stand, newest first.
///
/// # Errors
/// Database errors.
pub fn into_patient(connection: &Connection, survivor: i64) -> VaultResult<Vec<Merge>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM patient_merge WHERE survivor = ?1 AND undone_at IS NULL ORDER BY merge DESC"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([survivor], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
