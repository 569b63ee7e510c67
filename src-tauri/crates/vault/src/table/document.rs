//! `document`: photos and papers that were added from a file; the files themselves are blobs.

use rusqlite::{Connection, OptionalExtension, Row, params};
use rustcare_model::document::DocumentKind;
use uuid::Uuid;

use super::patient::ChangedBy;
use crate::blob::BlobId;
use crate::error::{VaultError, VaultResult};

/// The table. A withdrawn document keeps its row and its file: what was once in a chart can be told.
pub const CREATE: &str = "
CREATE TABLE document (
  document         INTEGER PRIMARY KEY,
  patient          INTEGER NOT NULL REFERENCES patient,
  kind             TEXT NOT NULL,
  title            TEXT NOT NULL,
  document_date    TEXT,
  added_at         TEXT NOT NULL,
  person           TEXT NOT NULL,
  role             TEXT NOT NULL,
  media_type       TEXT NOT NULL,
  bytes            INTEGER NOT NULL,
  content_hash     BLOB NOT NULL,
  blob             BLOB NOT NULL,
  thumbnail        BLOB,
  withdrawn_at     TEXT,
  withdrawn_person TEXT,
  withdrawn_reason TEXT
) STRICT;
CREATE INDEX document_patient ON document (patient, kind);";

/// What a document is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `image/jpeg`.
    Jpeg,
    /// `application/pdf`.
    Pdf,
}

impl MediaType {
    /// As registered by IANA.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Pdf => "application/pdf",
        }
    }

    /// The ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Pdf => "pdf",
        }
    }

    fn parse(word: &str) -> VaultResult<Self> {
        [Self::Jpeg, Self::Pdf]
            .into_iter()
            .find(|m| m.as_str() == word)
            .ok_or(VaultError::Damaged("a document is of an unknown type"))
    }
}

/// A document as kept.
#[derive(Debug, Clone)]
pub struct DocumentRow {
    /// Its number.
    pub document: i64,
    /// Row of the patient whose chart it is in.
    pub patient: i64,
    /// What it is.
    pub kind: DocumentKind,
    /// What it is called.
    pub title: String,
    /// The day it is of, ISO 8601, where it was said.
    pub date: Option<String>,
    /// When it was added, UTC.
    pub added_at: String,
    /// By whom.
    pub person: String,
    /// JPEG or PDF.
    pub media_type: MediaType,
    /// Length of the file.
    pub bytes: i64,
    /// Where the file is.
    pub blob: BlobId,
    /// Whether a small picture is kept beside it.
    pub has_thumbnail: bool,
    /// When and why it was taken out of the chart.
    pub withdrawn: Option<Withdrawn>,
}

/// When, by whom and why a document was taken out of the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// UTC.
    pub at: String,
    /// By whom.
    pub person: String,
    /// Why.
    pub reason: String,
}

/// A document to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewDocument<'a> {
    /// Row of the patient.
    pub patient: i64,
    /// What it is.
    pub kind: DocumentKind,
    /// What it is called.
    pub title: &'a str,
    /// The day it is of, ISO 8601.
    pub date: Option<&'a str>,
    /// JPEG or PDF.
    pub media_type: MediaType,
    /// Length of the file.
    pub bytes: i64,
    /// blake3 of the file as it is kept.
    pub content_hash: &'a [u8],
    /// Where the file is.
    pub blob: BlobId,
    /// A small JPEG.
    pub thumbnail: Option<&'a [u8]>,
}

const COLUMNS: &str =
    "document, patient, kind, title, document_date, added_at, person, media_type, bytes, blob,
  thumbnail IS NOT NULL, withdrawn_at, withdrawn_person, withdrawn_reason";

struct Read(DocumentRow, String, String);

fn read(row: &Row<'_>) -> rusqlite::Result<Read> {
    let blob: [u8; 16] = row.get(9)?;
    let withdrawn = match row.get::<_, Option<String>>(11)? {
        None => None,
        Some(at) => Some(Withdrawn { at, person: row.get(12)?, reason: row.get(13)? }),
    };
    let document = DocumentRow {
        document: row.get(0)?,
        patient: row.get(1)?,
        kind: DocumentKind::Other,
        title: row.get(3)?,
        date: row.get(4)?,
        added_at: row.get(5)?,
        person: row.get(6)?,
        media_type: MediaType::Pdf,
        bytes: row.get(8)?,
        blob: BlobId(Uuid::from_bytes(blob)),
        has_thumbnail: row.get(10)?,
        withdrawn,
    };
    Ok(Read(document, row.get(2)?, row.get(7)?))
}

fn whole(Read(document, kind, media_type): Read) -> VaultResult<DocumentRow> {
    let kind = DocumentKind::parse(&kind).ok_or(VaultError::Damaged("a document is of an unknown kind"))?;
    Ok(DocumentRow { kind, media_type: MediaType::parse(&media_type)?, ..document })
}

/// Whether the same file is in a chart as the same kind already, and was not taken out.
///
/// # Errors
/// Database errors.
pub fn is_there(
    connection: &Connection,
    patient: i64,
    content_hash: &[u8],
    kind: DocumentKind,
) -> VaultResult<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM document
             WHERE patient = ?1 AND content_hash = ?2 AND kind = ?3 AND withdrawn_at IS NULL)",
        )?
        .query_row(params![patient, content_hash, kind.as_str()], |r| r.get(0))?)
}

/// Keeps a document and answers with its number.
///
/// # Errors
/// [`VaultError::Taken`] when the same file is in the same chart already and was not withdrawn.
pub fn insert(connection: &Connection, new: &NewDocument<'_>, by: ChangedBy<'_>) -> VaultResult<i64> {
    if is_there(connection, new.patient, new.content_hash, new.kind)? {
        return Err(VaultError::Taken("this document"));
    }
    connection
        .prepare_cached(
            "INSERT INTO document (patient, kind, title, document_date, added_at, person, role, media_type, bytes,
               content_hash, blob, thumbnail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            new.patient,
            new.kind.as_str(),
            new.title,
            new.date,
            by.at,
            by.person,
            by.role,
            new.media_type.as_str(),
            new.bytes,
            new.content_hash,
            new.blob.0.as_bytes(),
            new.thumbnail,
        ])?;
    Ok(connection.last_insert_rowid())
}

/// The documents of a patient, the last added first (by number: two times of one second do not sort as texts);
/// withdrawn ones are among them.
///
/// # Errors
/// Database errors.
pub fn of_patient(connection: &Connection, patient: i64) -> VaultResult<Vec<DocumentRow>> {
    let sql = format!("SELECT {COLUMNS} FROM document WHERE patient = ?1 ORDER BY document DESC");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([patient], read)?.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(whole).collect()
}

/// The photo that a patient's banner shows: the last added that was not withdrawn.
///
/// # Errors
/// Database errors.
pub fn photo_of(connection: &Connection, patient: i64) -> VaultResult<Option<i64>> {
    Ok(connection
        .prepare_cached(
            "SELECT document FROM document WHERE patient = ?1 AND kind = ?2 AND withdrawn_at IS NULL
             ORDER BY document DESC LIMIT 1",
        )?
        .query_row(params![patient, DocumentKind::Photo.as_str()], |r| r.get(0))
        .optional()?)
}

/// How many documents a patient's chart holds, withdrawn ones left out.
///
/// # Errors
/// Database errors.
pub fn count_of(connection: &Connection, patient: i64) -> VaultResult<u64> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM document WHERE patient = ?1 AND withdrawn_at IS NULL")?
        .query_row([patient], |r| r.get::<_, i64>(0))? as u64)
}

/// A document by its number.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn by_number(connection: &Connection, document: i64) -> VaultResult<DocumentRow> {
    let sql = format!("SELECT {COLUMNS} FROM document WHERE document = ?1");
    let row = connection.prepare_cached(&sql)?.query_row([document], read).optional()?;
    whole(row.ok_or(VaultError::NotFound("document"))?)
}

/// The small picture of a document.
///
/// # Errors
/// [`VaultError::NotFound`] when there is none.
pub fn thumbnail(connection: &Connection, document: i64) -> VaultResult<Vec<u8>> {
    connection
        .prepare_cached("SELECT thumbnail FROM document WHERE document = ?1")?
        .query_row([document], |r| r.get::<_, Option<Vec<u8>>>(0))
        .optional()?
        .flatten()
        .ok_or(VaultError::NotFound("small picture"))
}

/// Takes a document out of the chart; row and file stay. Answers whether it was in the chart.
///
/// # Errors
/// Database errors.
pub fn withdraw(
    connection: &Connection,
    document: i64,
    reason: &str,
    by: ChangedBy<'_>,
) -> VaultResult<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE document SET withdrawn_at = ?2, withdrawn_person = ?3, withdrawn_reason = ?4
             WHERE document = ?1 AND withdrawn_at IS NULL",
        )?
        .execute(params![document, by.at, by.person, reason])?;
    Ok(changed == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_added_comes_first_whatever_its_time_looks_like() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::migration::bring_up_to_date(&mut connection).unwrap();
        let mut added = Vec::new();
        // As a text the first of these two times is the greater one.
        for at in ["2026-11-27T10:00:05.12Z", "2026-11-27T10:00:05.123Z"] {
            let new = NewDocument {
                patient: 1,
                kind: DocumentKind::Photo,
                title: "",
                date: None,
                media_type: MediaType::Jpeg,
                bytes: 1,
                content_hash: at.as_bytes(),
                blob: BlobId(Uuid::from_u128(1)),
                thumbnail: None,
            };
            let by = ChangedBy { at, person: "amina", role: "front_desk" };
            connection.pragma_update(None, "foreign_keys", false).unwrap();
            added.push(insert(&connection, &new, by).unwrap());
        }
        let listed: Vec<i64> = of_patient(&connection, 1).unwrap().iter().map(|d| d.document).collect();
        assert_eq!(listed, [added[1], added[0]]);
        assert_eq!(photo_of(&connection, 1).unwrap(), Some(added[1]));
    }
}
