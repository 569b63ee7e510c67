//! `image`: one row a file, found by its SOP instance UID and by its content.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::blob::BlobId;
use crate::error::{VaultError, VaultResult};

/// An image.
#[derive(Debug, Clone)]
pub struct ImageRow {
    /// Row number.
    pub image: i64,
    /// SOP instance UID.
    pub sop_uid: String,
    /// Instance number.
    pub number: Option<i64>,
    /// blake3 of the file.
    pub content_hash: Vec<u8>,
    /// Where the file is.
    pub blob: BlobId,
    /// Frames.
    pub frames: i64,
    /// Height in pixels.
    pub rows: i64,
    /// Width in pixels.
    pub columns: i64,
    /// Why it cannot be shown, when it cannot.
    pub undisplayable: Option<String>,
    /// Position along the normal of the slices, millimetres.
    pub position: Option<f64>,
}

const IMAGE: &str = "SELECT image, sop_uid, number, content_hash, blob, frames, pixel_rows, pixel_columns, undisplayable, position FROM image";

fn image(row: &Row<'_>) -> rusqlite::Result<ImageRow> {
    let blob: [u8; 16] = row.get(4)?;
    Ok(ImageRow {
        image: row.get(0)?,
        sop_uid: row.get(1)?,
        number: row.get(2)?,
        content_hash: row.get(3)?,
        blob: BlobId(Uuid::from_bytes(blob)),
        frames: row.get(5)?,
        rows: row.get(6)?,
        columns: row.get(7)?,
        undisplayable: row.get(8)?,
        position: row.get(9)?,
    })
}

/// Inserts an image.
///
/// # Errors
/// [`VaultError::Taken`] when its SOP instance UID is there already.
pub fn insert(connection: &Connection, series: i64, image: &ImageRow, bytes: u64) -> VaultResult<i64> {
    connection
        .prepare_cached(
            "INSERT INTO image (sop_uid, series, number, content_hash, blob, bytes, frames, pixel_rows, pixel_columns, undisplayable, position)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            image.sop_uid,
            series,
            image.number,
            image.content_hash,
            image.blob.0.as_bytes(),
            bytes as i64,
            image.frames,
            image.rows,
            image.columns,
            image.undisplayable,
            image.position
        ])
        .map_err(|e| match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => VaultError::Taken("this image"),
            _ => e.into(),
        })?;
    Ok(connection.last_insert_rowid())
}

/// The content hash of an image that is there, by its SOP instance UID.
///
/// # Errors
/// Database errors.
pub fn hash_of(connection: &Connection, sop_uid: &str) -> VaultResult<Option<Vec<u8>>> {
    Ok(connection
        .prepare_cached("SELECT content_hash FROM image WHERE sop_uid = ?1")?
        .query_row([sop_uid], |r| r.get(0))
        .optional()?)
}

/// Whether a file with this content is kept, as an image or in quarantine.
///
/// # Errors
/// Database errors.
pub fn holds_hash(connection: &Connection, hash: &[u8]) -> VaultResult<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM image WHERE content_hash = ?1) OR EXISTS (SELECT 1 FROM quarantine WHERE content_hash = ?1)",
        )?
        .query_row([hash], |r| r.get(0))?)
}

/// Images of a series: by slice position where all have one, else by instance number.
///
/// # Errors
/// Database errors.
pub fn of_series(connection: &Connection, series: i64) -> VaultResult<Vec<ImageRow>> {
    let sql = format!("{IMAGE} WHERE series = ?1 ORDER BY number, sop_uid");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([series], image)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One image, and the study it is of.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn by_row(connection: &Connection, row: i64) -> VaultResult<(ImageRow, i64)> {
    let sql = format!("{IMAGE} WHERE image = ?1");
    let found = connection
        .prepare_cached(&sql)?
        .query_row([row], image)
        .optional()?
        .ok_or(VaultError::NotFound("image"))?;
    let study = connection
        .prepare_cached("SELECT study FROM series JOIN image USING (series) WHERE image = ?1")?
        .query_row([row], |r| r.get(0))?;
    Ok((found, study))
}
