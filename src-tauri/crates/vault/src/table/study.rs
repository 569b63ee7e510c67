//! `study`, `series`: the index of the images, whose own rows are [`super::image`]'s; the files themselves are blobs.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::blob::BlobId;
use crate::error::{VaultError, VaultResult};

/// The tables. UIDs are those of the files (DICOM PS3.3 C.7); what a file says of its patient stays with the study.
pub const CREATE: &str = "
CREATE TABLE study (
  study              INTEGER PRIMARY KEY,
  study_uid          TEXT NOT NULL UNIQUE,
  patient            INTEGER REFERENCES patient,
  patient_on_file    TEXT NOT NULL,
  identifier_on_file TEXT,
  birth_on_file      TEXT,
  sex_on_file        TEXT,
  study_date         TEXT,
  description        TEXT NOT NULL,
  linked_by          TEXT
) STRICT;
CREATE INDEX study_patient ON study (patient) WHERE patient IS NOT NULL;
CREATE TABLE series (
  series      INTEGER PRIMARY KEY,
  series_uid  TEXT NOT NULL UNIQUE,
  study       INTEGER NOT NULL REFERENCES study,
  number      INTEGER,
  modality    TEXT NOT NULL,
  description TEXT NOT NULL,
  thumbnail   BLOB
) STRICT;
CREATE INDEX series_study ON series (study);
CREATE TABLE image (
  image        INTEGER PRIMARY KEY,
  sop_uid      TEXT NOT NULL UNIQUE,
  series       INTEGER NOT NULL REFERENCES series,
  number       INTEGER,
  content_hash BLOB NOT NULL,
  blob         BLOB NOT NULL,
  bytes        INTEGER NOT NULL,
  frames       INTEGER NOT NULL,
  pixel_rows   INTEGER NOT NULL,
  pixel_columns INTEGER NOT NULL,
  undisplayable TEXT,
  position     REAL
) STRICT;
CREATE INDEX image_series ON image (series, number);
CREATE INDEX image_content_hash ON image (content_hash);
CREATE TABLE quarantine (
  quarantine INTEGER PRIMARY KEY,
  at         TEXT NOT NULL,
  name       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  blob       BLOB NOT NULL,
  content_hash BLOB NOT NULL UNIQUE
) STRICT;";

/// A study as listed.
#[derive(Debug, Clone)]
pub struct StudyRow {
    /// Row number.
    pub study: i64,
    /// Study instance UID.
    pub study_uid: String,
    /// The patient it is linked to.
    pub patient: Option<i64>,
    /// Patient's name as the file says it.
    pub patient_on_file: String,
    /// Patient ID as the file says it.
    pub identifier_on_file: Option<String>,
    /// Birth date as the file says it.
    pub birth_on_file: Option<String>,
    /// `YYYYMMDD` as the file says it.
    pub study_date: Option<String>,
    /// Study description.
    pub description: String,
    /// Modalities, joined by `/`.
    pub modality: String,
    /// Count of series.
    pub series: i64,
    /// Count of images.
    pub images: i64,
    /// A series with a thumbnail.
    pub thumbnail_series: Option<i64>,
}

/// What a new study says of itself.
#[derive(Debug, Clone, Default)]
pub struct NewStudy {
    /// Study instance UID.
    pub study_uid: String,
    /// Patient's name as the file says it.
    pub patient_on_file: String,
    /// Patient ID.
    pub identifier_on_file: Option<String>,
    /// Birth date.
    pub birth_on_file: Option<String>,
    /// Sex.
    pub sex_on_file: Option<String>,
    /// `YYYYMMDD`.
    pub study_date: Option<String>,
    /// Study description.
    pub description: String,
}

/// A series.
#[derive(Debug, Clone)]
pub struct SeriesRow {
    /// Row number.
    pub series: i64,
    /// Series number.
    pub number: Option<i64>,
    /// Modality.
    pub modality: String,
    /// Series description.
    pub description: String,
}

const STUDY: &str =
    "SELECT s.study, s.study_uid, s.patient, s.patient_on_file, s.identifier_on_file, s.birth_on_file,
  s.study_date, s.description,
  (SELECT group_concat(DISTINCT modality) FROM series WHERE study = s.study),
  (SELECT count(*) FROM series WHERE study = s.study),
  (SELECT count(*) FROM image JOIN series USING (series) WHERE study = s.study),
  (SELECT series FROM series WHERE study = s.study AND thumbnail IS NOT NULL ORDER BY number LIMIT 1)
  FROM study s";

fn study(row: &Row<'_>) -> rusqlite::Result<StudyRow> {
    Ok(StudyRow {
        study: row.get(0)?,
        study_uid: row.get(1)?,
        patient: row.get(2)?,
        patient_on_file: row.get(3)?,
        identifier_on_file: row.get(4)?,
        birth_on_file: row.get(5)?,
        study_date: row.get(6)?,
        description: row.get(7)?,
        modality: row.get::<_, Option<String>>(8)?.unwrap_or_default().replace(',', "/"),
        series: row.get(9)?,
        images: row.get(10)?,
        thumbnail_series: row.get(11)?,
    })
}

/// Studies, newest first: all, those of a patient, or those that are (not) linked.
///
/// # Errors
/// Database errors.
pub fn list(
    connection: &Connection,
    patient: Option<i64>,
    linked: Option<bool>,
) -> VaultResult<Vec<StudyRow>> {
    let sql = format!(
        "{STUDY} WHERE (?1 IS NULL OR s.patient = ?1) AND (?2 IS NULL OR (s.patient IS NOT NULL) = ?2)
         ORDER BY s.study_date DESC NULLS LAST, s.study DESC LIMIT 5000"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![patient, linked], study)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One study.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn by_row(connection: &Connection, row: i64) -> VaultResult<StudyRow> {
    let sql = format!("{STUDY} WHERE s.study = ?1");
    connection.prepare_cached(&sql)?.query_row([row], study).optional()?.ok_or(VaultError::NotFound("study"))
}

/// The row of a study, made when it is new. Returns whether it was made.
///
/// # Errors
/// Database errors.
pub fn ensure_study(connection: &Connection, new: &NewStudy) -> VaultResult<(i64, bool)> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT study FROM study WHERE study_uid = ?1")?
        .query_row([&new.study_uid], |r| r.get(0))
        .optional()?;
    if let Some(row) = found {
        return Ok((row, false));
    }
    connection
        .prepare_cached(
            "INSERT INTO study (study_uid, patient_on_file, identifier_on_file, birth_on_file, sex_on_file, study_date, description)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            new.study_uid,
            new.patient_on_file,
            new.identifier_on_file,
            new.birth_on_file,
            new.sex_on_file,
            new.study_date,
            new.description
        ])?;
    Ok((connection.last_insert_rowid(), true))
}

/// Whether what a file says of its patient is what the study's first file said.
///
/// # Errors
/// Database errors.
pub fn is_of(connection: &Connection, study: i64, file: &NewStudy) -> VaultResult<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT patient_on_file = ?2 AND identifier_on_file IS ?3 AND birth_on_file IS ?4 FROM study WHERE study = ?1",
        )?
        .query_row(params![study, file.patient_on_file, file.identifier_on_file, file.birth_on_file], |r| r.get(0))?)
}

/// The study that a series is of.
///
/// # Errors
/// Database errors.
pub fn study_of_series(connection: &Connection, series: i64) -> VaultResult<i64> {
    Ok(connection
        .prepare_cached("SELECT study FROM series WHERE series = ?1")?
        .query_row([series], |r| r.get(0))?)
}

/// The row of a series, made when it is new.
///
/// # Errors
/// Database errors.
pub fn ensure_series(
    connection: &Connection,
    study: i64,
    uid: &str,
    number: Option<i64>,
    modality: &str,
    description: &str,
) -> VaultResult<i64> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT series FROM series WHERE series_uid = ?1")?
        .query_row([uid], |r| r.get(0))
        .optional()?;
    if let Some(row) = found {
        return Ok(row);
    }
    connection
        .prepare_cached("INSERT INTO series (series_uid, study, number, modality, description) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![uid, study, number, modality, description])?;
    Ok(connection.last_insert_rowid())
}

/// Whether a series has a thumbnail.
///
/// # Errors
/// Database errors.
pub fn series_has_thumbnail(connection: &Connection, series_uid: &str) -> VaultResult<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM series WHERE series_uid = ?1 AND thumbnail IS NOT NULL)",
        )?
        .query_row([series_uid], |r| r.get(0))?)
}

/// Series of a study in the order of their numbers.
///
/// # Errors
/// Database errors.
pub fn series_of(connection: &Connection, study: i64) -> VaultResult<Vec<SeriesRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT series, number, modality, description FROM series WHERE study = ?1 ORDER BY number, series",
    )?;
    let rows = statement.query_map([study], |r| {
        Ok(SeriesRow { series: r.get(0)?, number: r.get(1)?, modality: r.get(2)?, description: r.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps a series' thumbnail (PNG), if it has none.
///
/// # Errors
/// Database errors.
pub fn put_thumbnail(connection: &Connection, series: i64, png: &[u8]) -> VaultResult<()> {
    connection
        .prepare_cached("UPDATE series SET thumbnail = ?2 WHERE series = ?1 AND thumbnail IS NULL")?
        .execute(params![series, png])?;
    Ok(())
}

/// A series' thumbnail (PNG) and its study.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn thumbnail(connection: &Connection, series: i64) -> VaultResult<(Vec<u8>, i64)> {
    connection
        .prepare_cached("SELECT thumbnail, study FROM series WHERE series = ?1 AND thumbnail IS NOT NULL")?
        .query_row([series], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?
        .ok_or(VaultError::NotFound("thumbnail"))
}

/// Links a study to a patient, or takes the link away. The file is not touched.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn link(connection: &Connection, study: i64, patient: Option<i64>, by: &str) -> VaultResult<()> {
    let changed = connection
        .prepare_cached("UPDATE study SET patient = ?2, linked_by = ?3 WHERE study = ?1")?
        .execute(params![study, patient, by])?;
    if changed == 1 { Ok(()) } else { Err(VaultError::NotFound("study")) }
}

/// Keeps what could not be read. Returns false when the same bytes are kept already.
///
/// # Errors
/// Database errors.
pub fn quarantine(
    connection: &Connection,
    at: &str,
    name: &str,
    reason: &str,
    blob: BlobId,
    hash: &[u8],
) -> VaultResult<bool> {
    let changed = connection
        .prepare_cached("INSERT OR IGNORE INTO quarantine (at, name, reason, blob, content_hash) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![at, name, reason, blob.0.as_bytes(), hash])?;
    Ok(changed == 1)
}

/// Count of studies and of files in quarantine.
///
/// # Errors
/// Database errors.
pub fn counts(connection: &Connection) -> VaultResult<(i64, i64)> {
    Ok(connection
        .prepare_cached("SELECT (SELECT count(*) FROM study), (SELECT count(*) FROM quarantine)")?
        .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?)
}
