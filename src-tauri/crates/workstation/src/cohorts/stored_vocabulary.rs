//! The imported vocabulary as it lies in the vault: one encrypted file that is read in parts.

use rusqlite::Connection;
use rustcare_cohorts::athena::{ImportedVocabulary, VocabularyBytes};
use rustcare_vault::VaultResult;
use rustcare_vault::blob::{BlobId, Blobs};
use rustcare_vault::table::data_set;

struct Encrypted {
    blobs: Blobs,
    id: BlobId,
}

impl VocabularyBytes for Encrypted {
    fn part(&self, offset: u64, length: usize) -> VaultResult<Vec<u8>> {
        self.blobs.read_range(self.id, offset, length)
    }
}

/// The vocabulary that the clinic imported, if any.
///
/// # Errors
/// Database errors, and when its file cannot be read.
pub(super) fn open(connection: &Connection, blobs: &Blobs) -> VaultResult<Option<ImportedVocabulary>> {
    let found = data_set::vocabulary(connection)?;
    let bytes = found.map(|found| Encrypted { blobs: blobs.clone(), id: found.blob });
    bytes.map(|bytes| ImportedVocabulary::open(Box::new(bytes))).transpose()
}
