//! `patient`, `patient_identifier`, `patient_history` and the search index; the rows of `patient_secret` are
//! [`super::patient_secret`]'s.

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, params};
use rustcare_model::mrn::Mrn;
use rustcare_model::name::{APOSTROPHES, folded};
use rustcare_model::patient::{Demographics, Patient, PatientId};
use uuid::Uuid;

use super::record_change::{self, Touched};
use super::{match_register, patient_history, patient_merge, setting};
use crate::error::{VaultError, VaultResult};

/// The tables. The search index is an FTS5 table inside the encrypted database.
pub const CREATE: &str = "
CREATE TABLE patient (
  patient        INTEGER PRIMARY KEY,
  patient_id     BLOB NOT NULL UNIQUE,
  mrn            TEXT NOT NULL UNIQUE,
  form_id        TEXT UNIQUE,
  version        INTEGER NOT NULL DEFAULT 1,
  family_folded  TEXT NOT NULL,
  given_folded   TEXT NOT NULL,
  birth_day      INTEGER,
  sex            TEXT NOT NULL,
  deceased       INTEGER NOT NULL,
  deceased_day   INTEGER,
  last_visit_day INTEGER,
  allergies_asked INTEGER NOT NULL DEFAULT 0,
  demographics   TEXT NOT NULL
) STRICT;
CREATE INDEX patient_name ON patient (family_folded, given_folded);
CREATE INDEX patient_birth_day ON patient (birth_day) WHERE birth_day IS NOT NULL;
CREATE TABLE patient_identifier (
  authority TEXT NOT NULL,
  value     TEXT NOT NULL,
  patient   INTEGER NOT NULL REFERENCES patient,
  PRIMARY KEY (authority, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX patient_identifier_patient ON patient_identifier (patient);
CREATE TABLE patient_secret (
  patient    INTEGER NOT NULL REFERENCES patient,
  field      TEXT NOT NULL,
  sealed     BLOB NOT NULL,
  whole      BLOB NOT NULL,
  last_four  BLOB NOT NULL,
  masked     TEXT NOT NULL,
  PRIMARY KEY (patient, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX patient_secret_whole ON patient_secret (field, whole);
CREATE INDEX patient_secret_last_four ON patient_secret (field, last_four);
CREATE TABLE patient_history (
  patient      INTEGER NOT NULL REFERENCES patient,
  version      INTEGER NOT NULL,
  at           TEXT NOT NULL,
  person       TEXT NOT NULL,
  role         TEXT NOT NULL,
  demographics TEXT NOT NULL,
  PRIMARY KEY (patient, version)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE patient_search USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, prefix = '1 2 3',
  tokenize = 'unicode61 remove_diacritics 0'
);";

/// A stored patient: the row number, its version, and what is known.
#[derive(Debug, Clone)]
pub struct StoredPatient {
    /// Row number, used by the other tables.
    pub row: i64,
    /// Rises with each change.
    pub version: i64,
    /// The patient.
    pub patient: Patient,
    /// Last encounter, days since 1970-01-01.
    pub last_visit_day: Option<i64>,
    /// Whether allergies were ever asked or imported.
    pub allergies_asked: bool,
    /// Row of the patient that it was merged into.
    pub merged_into: Option<i64>,
}

/// Who changed it, for the history.
#[derive(Debug, Clone, Copy)]
pub struct ChangedBy<'a> {
    /// UTC, RFC 3339.
    pub at: &'a str,
    /// Sign-in name.
    pub person: &'a str,
    /// Role acted in.
    pub role: &'a str,
}

/// Days since 1970-01-01.
pub fn day_number(date: Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until((jiff::Unit::Day, date)).map_or(0, |s| i64::from(s.get_days()))
}

/// The date of a day number.
pub fn day_of(number: i64) -> Option<Date> {
    use jiff::ToSpan;
    jiff::civil::date(1970, 1, 1).checked_add(number.days()).ok()
}

/// The words that a patient is found by.
fn search_words(patient: &Patient) -> String {
    let d = &patient.demographics;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut words = vec![d.name.search_text(), patient.mrn.as_str().to_lowercase()];
    for phone in &d.phones {
        words.push(digits(&phone.as_written));
        words.extend(phone.e164.as_deref().map(digits));
        words.extend(phone.national.clone());
    }
    if let Some(email) = &d.email {
        words.push(folded(email.as_str()));
    }
    for identifier in &d.identifiers {
        words.push(folded(&identifier.value));
        words.push(folded(&identifier.value).replace(' ', ""));
    }
    words.join(" ")
}

fn to_json(demographics: &Demographics) -> VaultResult<String> {
    serde_json::to_string(demographics).map_err(|_| VaultError::Damaged("demographics cannot be written"))
}

fn unique(error: rusqlite::Error, what: &'static str) -> VaultError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => VaultError::Taken(what),
        _ => error.into(),
    }
}

/// The next free house number of this workstation's block.
///
/// # Errors
/// [`VaultError::Damaged`] when the block is used up or the prefix is wrong.
pub fn issue_mrn(connection: &Connection, prefix: &str, first: u64) -> VaultResult<Mrn> {
    loop {
        let number = setting::next_number(connection, "mrn_next", first)?;
        let mrn = Mrn::issue(prefix, number)
            .map_err(|_| VaultError::Damaged("the block of record numbers is used up"))?;
        let used: bool = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM patient WHERE mrn = ?1)")?
            .query_row([mrn.as_str()], |r| r.get(0))?;
        if !used {
            return Ok(mrn);
        }
    }
}

/// Inserts a patient and returns its row number.
///
/// # Errors
/// [`VaultError::Taken`] for a used record number or identifier.
pub fn insert(
    connection: &Connection,
    patient: &Patient,
    form_id: Option<&str>,
    by: ChangedBy<'_>,
) -> VaultResult<i64> {
    let d = &patient.demographics;
    let json = to_json(d)?;
    connection
        .prepare_cached(
            "INSERT INTO patient (patient_id, mrn, form_id, family_folded, given_folded, birth_day, sex, deceased, deceased_day, demographics)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            patient.id.0.as_bytes(),
            patient.mrn.as_str(),
            form_id,
            d.name.family.as_deref().map(folded).unwrap_or_default(),
            d.name.given.as_deref().map(folded).unwrap_or_default(),
            d.birth.reference_day().map(day_number),
            d.sex.as_str(),
            d.deceased,
            d.deceased_on.map(day_number),
            json
        ])
        .map_err(|e| unique(e, "this record number"))?;
    let row = connection.last_insert_rowid();
    put_identifiers(connection, row, d)?;
    patient_history::put(connection, row, 1, &json, by)?;
    connection
        .prepare_cached("INSERT INTO patient_search (rowid, words) VALUES (?1, ?2)")?
        .execute(params![row, search_words(patient)])?;
    match_register::note_change(connection, row)?;
    record_change::raise(connection, Touched::Patients(&[row]))?;
    Ok(row)
}

/// Replaces a patient's demographics, if nobody else did since `version`.
///
/// # Errors
/// [`VaultError::Stale`], [`VaultError::Taken`].
pub fn update(
    connection: &Connection,
    stored: &StoredPatient,
    next: &Patient,
    by: ChangedBy<'_>,
) -> VaultResult<i64> {
    let d = &next.demographics;
    let json = to_json(d)?;
    let version = stored.version + 1;
    let changed = connection
        .prepare_cached(
            "UPDATE patient SET mrn = ?3, version = version + 1, family_folded = ?4, given_folded = ?5, birth_day = ?6,
               sex = ?7, deceased = ?8, deceased_day = ?9, demographics = ?10
             WHERE patient = ?1 AND version = ?2",
        )?
        .execute(params![
            stored.row,
            stored.version,
            next.mrn.as_str(),
            d.name.family.as_deref().map(folded).unwrap_or_default(),
            d.name.given.as_deref().map(folded).unwrap_or_default(),
            d.birth.reference_day().map(day_number),
            d.sex.as_str(),
            d.deceased,
            d.deceased_on.map(day_number),
            json
        ])
        .map_err(|e| unique(e, "this record number"))?;
    if changed == 0 {
        return Err(VaultError::Stale);
    }
    release_identifiers(connection, stored.row)?;
    put_identifiers(connection, stored.row, d)?;
    patient_history::put(connection, stored.row, version, &json, by)?;
    connection.prepare_cached("DELETE FROM patient_search WHERE rowid = ?1")?.execute([stored.row])?;
    connection
        .prepare_cached("INSERT INTO patient_search (rowid, words) VALUES (?1, ?2)")?
        .execute(params![stored.row, search_words(next)])?;
    match_register::note_change(connection, stored.row)?;
    record_change::raise(connection, Touched::Patients(&[stored.row]))?;
    Ok(version)
}

/// Folds anew what holds an apostrophe, after `folded` was taught more of them: columns and search words of earlier versions hold
/// `o brien` where `obrien` is looked for. No version of the patient: nothing that anybody said has changed.
///
/// # Errors
/// Database errors, a row that is not what was written.
pub fn fold_again(connection: &Connection) -> VaultResult<()> {
    let rows: Vec<i64> = connection
        .prepare("SELECT patient, demographics FROM patient")?
        .query_map([], |r| {
            let json: String = r.get(1)?;
            Ok((r.get::<_, i64>(0)?, json.contains(APOSTROPHES)))
        })?
        .filter_map(|row| row.map(|(row, has_some)| has_some.then_some(row)).transpose())
        .collect::<Result<_, _>>()?;
    for row in rows {
        let stored = by_row(connection, row)?;
        let name = &stored.patient.demographics.name;
        let of = |part: &Option<String>| part.as_deref().map(folded).unwrap_or_default();
        connection
            .prepare_cached("UPDATE patient SET family_folded = ?2, given_folded = ?3 WHERE patient = ?1")?
            .execute(params![row, of(&name.family), of(&name.given)])?;
        connection.prepare_cached("DELETE FROM patient_search WHERE rowid = ?1")?.execute([row])?;
        connection
            .prepare_cached("INSERT INTO patient_search (rowid, words) VALUES (?1, ?2)")?
            .execute(params![row, search_words(&stored.patient)])?;
        match_register::note_change(connection, row)?;
    }
    Ok(())
}

/// Writes the identifiers of a record; those that it had are gone before.
fn put_identifiers(connection: &Connection, row: i64, d: &Demographics) -> VaultResult<()> {
    let mut statement = connection
        .prepare_cached("INSERT INTO patient_identifier (authority, value, patient) VALUES (?1, ?2, ?3)")?;
    for identifier in &d.identifiers {
        statement
            .execute(params![identifier.authority, identifier.value, row])
            .map_err(|e| unique(e, "an identifier of this patient"))?;
    }
    Ok(())
}

/// Lets go of the identifiers of a record that is being merged; its demographics still name them.
///
/// # Errors
/// Database errors.
pub fn release_identifiers(connection: &Connection, row: i64) -> VaultResult<()> {
    connection.prepare_cached("DELETE FROM patient_identifier WHERE patient = ?1")?.execute([row])?;
    Ok(())
}

/// Gives a record that was merged its identifiers again. One that another patient has got since is taken out of its
/// demographics; answers with how many those were. The survivor has let go of them before.
///
/// # Errors
/// Database errors.
pub fn reclaim_identifiers(
    connection: &Connection,
    record: &StoredPatient,
    by: ChangedBy<'_>,
) -> VaultResult<usize> {
    let mut next = record.patient.clone();
    let own = &mut next.demographics;
    let named = own.identifiers.len();
    let mut kept = rustcare_model::patient::Identifiers::new();
    for identifier in own.identifiers.drain(..) {
        match row_by_identifier(connection, &identifier.authority, &identifier.value)? {
            Some(other) if other != record.row => {}
            _ => kept.push(identifier),
        }
    }
    own.identifiers = kept;
    let lost = named - own.identifiers.len();
    if lost == 0 {
        put_identifiers(connection, record.row, own)?;
    } else {
        // A change like any other: with its version, and no longer found by what it lost.
        update(connection, record, &next, by)?;
    }
    Ok(lost)
}

/// Columns that [`stored`] reads.
pub const COLUMNS: &str =
    "patient, version, patient_id, mrn, demographics, last_visit_day, allergies_asked, merged_into";

/// Reads a row of [`COLUMNS`].
///
/// # Errors
/// A row that is not what was written.
pub fn stored(row: &Row<'_>) -> rusqlite::Result<StoredPatient> {
    let bad = |at| rusqlite::Error::InvalidColumnType(at, String::new(), rusqlite::types::Type::Blob);
    let id: [u8; 16] = row.get(2)?;
    let mrn: String = row.get(3)?;
    let json: String = row.get(4)?;
    Ok(StoredPatient {
        row: row.get(0)?,
        version: row.get(1)?,
        patient: Patient {
            id: PatientId(Uuid::from_bytes(id)),
            mrn: Mrn::parse(&mrn).map_err(|_| bad(3))?,
            demographics: serde_json::from_str(&json).map_err(|_| bad(4))?,
        },
        last_visit_day: row.get(5)?,
        allergies_asked: row.get(6)?,
        merged_into: row.get(7)?,
    })
}

fn one(
    connection: &Connection,
    condition: &str,
    value: &dyn rusqlite::ToSql,
) -> VaultResult<Option<StoredPatient>> {
    let sql = format!("SELECT {COLUMNS} FROM patient WHERE {condition}");
    Ok(connection.prepare_cached(&sql)?.query_row([value], stored).optional()?)
}

/// A merged record stands for its survivor.
fn surviving(connection: &Connection, found: Option<StoredPatient>) -> VaultResult<Option<StoredPatient>> {
    match found {
        Some(merged) if merged.merged_into.is_some() => {
            by_row(connection, patient_merge::survivor_of(connection, merged.row)?).map(Some)
        }
        found => Ok(found),
    }
}

/// The patient of an identity; of a merged record, the survivor.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn by_id(connection: &Connection, id: PatientId) -> VaultResult<StoredPatient> {
    let found = one(connection, "patient_id = ?1", &id.0.as_bytes().as_slice())?;
    surviving(connection, found)?.ok_or(VaultError::NotFound("patient"))
}

/// The record of an identity itself, merged or not.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn record_by_id(connection: &Connection, id: PatientId) -> VaultResult<StoredPatient> {
    one(connection, "patient_id = ?1", &id.0.as_bytes().as_slice())?.ok_or(VaultError::NotFound("patient"))
}

/// The record of a row number itself, merged or not.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn by_row(connection: &Connection, row: i64) -> VaultResult<StoredPatient> {
    one(connection, "patient = ?1", &row)?.ok_or(VaultError::NotFound("patient"))
}

/// A stretch of the register by row number, merged records left out: at most `most` patients after row `after`.
///
/// # Errors
/// Database errors.
pub fn stretch(connection: &Connection, after: i64, most: usize) -> VaultResult<Vec<StoredPatient>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM patient WHERE patient > ?1 AND merged_into IS NULL ORDER BY patient LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![after, most as i64], stored)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The patient with a house number; of a merged record, the survivor.
///
/// # Errors
/// Database errors.
pub fn by_mrn(connection: &Connection, mrn: &Mrn) -> VaultResult<Option<StoredPatient>> {
    surviving(connection, record_by_mrn(connection, mrn)?)
}

/// The record with a house number itself, merged or not.
///
/// # Errors
/// Database errors.
pub fn record_by_mrn(connection: &Connection, mrn: &Mrn) -> VaultResult<Option<StoredPatient>> {
    one(connection, "mrn = ?1", &mrn.as_str())
}

/// The patient that a form registered already.
///
/// # Errors
/// Database errors.
pub fn by_form(connection: &Connection, form_id: &str) -> VaultResult<Option<StoredPatient>> {
    surviving(connection, one(connection, "form_id = ?1", &form_id)?)
}

/// The row of the patient with a foreign identifier.
///
/// # Errors
/// Database errors.
pub fn row_by_identifier(connection: &Connection, authority: &str, value: &str) -> VaultResult<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT patient FROM patient_identifier WHERE authority = ?1 AND value = ?2")?
        .query_row(params![authority, value], |r| r.get(0))
        .optional()?)
}

/// Rows of patients with this identifier value at any authority (a DICOM file names none).
///
/// # Errors
/// Database errors.
pub fn rows_by_identifier_value(connection: &Connection, value: &str) -> VaultResult<Vec<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT DISTINCT patient FROM patient_identifier WHERE value = ?1 LIMIT 10")?;
    let rows = statement.query_map([value], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Count of patients; merged records are not counted.
///
/// # Errors
/// Database errors.
pub fn count(connection: &Connection) -> VaultResult<i64> {
    Ok(connection.prepare_cached("SELECT (SELECT count(*) FROM patient) - (SELECT count(*) FROM patient WHERE merged_into IS NOT NULL)")?.query_row([], |r| r.get(0))?)
}

/// Row numbers of all patients but merged records, in the order of registration. Whoever reads them one after the other holds eight bytes a patient.
///
/// # Errors
/// Database errors.
pub fn rows(connection: &Connection) -> VaultResult<Vec<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT patient FROM patient WHERE merged_into IS NULL ORDER BY patient")?;
    let rows = statement.query_map([], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Rows of the patients with the same names and date of birth, of whatever sex; none when the birth is not known.
///
/// # Errors
/// Database errors.
pub fn rows_alike(connection: &Connection, d: &Demographics) -> VaultResult<Vec<i64>> {
    let fold = |part: &Option<String>| part.as_deref().map(folded).unwrap_or_default();
    let Some(born) = d.birth.reference_day() else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(
        "SELECT patient FROM patient WHERE family_folded = ?1 AND given_folded = ?2 AND birth_day = ?3 AND merged_into IS NULL",
    )?;
    let rows = statement
        .query_map(params![fold(&d.name.family), fold(&d.name.given), day_number(born)], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The record number of a patient with the same name, birth and sex; `None` when the birth is not known.
///
/// # Errors
/// Database errors.
pub fn alike(connection: &Connection, d: &Demographics) -> VaultResult<Option<String>> {
    let fold = |part: &Option<String>| part.as_deref().map(folded).unwrap_or_default();
    let Some(born) = d.birth.reference_day() else { return Ok(None) };
    Ok(connection
        .prepare_cached(
            "SELECT mrn FROM patient WHERE family_folded = ?1 AND given_folded = ?2 AND birth_day = ?3 AND sex = ?4
               AND merged_into IS NULL",
        )?
        .query_row(
            params![fold(&d.name.family), fold(&d.name.given), day_number(born), d.sex.as_str()],
            |r| r.get(0),
        )
        .optional()?)
}

/// Notes that allergies were asked for. That there are none is known only where somebody recorded that.
///
/// # Errors
/// Database errors.
pub fn note_allergies_asked(connection: &Connection, row: i64) -> VaultResult<()> {
    connection.prepare_cached("UPDATE patient SET allergies_asked = 1 WHERE patient = ?1")?.execute([row])?;
    Ok(())
}

/// Sets what was summed up of two charts: whether allergies were asked for, and the last visit.
///
/// # Errors
/// Database errors.
pub fn set_summary(
    connection: &Connection,
    row: i64,
    allergies_asked: bool,
    last_visit_day: Option<i64>,
) -> VaultResult<()> {
    connection
        .prepare_cached("UPDATE patient SET allergies_asked = ?2, last_visit_day = ?3 WHERE patient = ?1")?
        .execute(params![row, allergies_asked, last_visit_day])?;
    Ok(())
}

/// Notes a visit, so that lists can show the last one.
///
/// # Errors
/// Database errors.
pub fn note_visit(connection: &Connection, row: i64, day: i64) -> VaultResult<()> {
    connection
        .prepare_cached(
            "UPDATE patient SET last_visit_day = max(coalesce(last_visit_day, ?2), ?2) WHERE patient = ?1",
        )?
        .execute(params![row, day])?;
    Ok(())
}
