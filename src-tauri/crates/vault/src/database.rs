//! The one encrypted database: one writer, pooled readers.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use crate::error::{VaultError, VaultResult};
use crate::keys::Key;
use crate::migration;

/// Name of the database in the vault's folder.
pub const FILE_NAME: &str = "records.db";
/// First SQLite without the WAL-reset corruption bug (sqlite.org, release notes of 3.51.3).
const OLDEST_SQLITE: i32 = 3_051_003;
const MOST_READERS: usize = 4;

/// Versions of what keeps the records.
#[derive(Debug, Clone)]
pub struct Versions {
    /// SQLCipher.
    pub cipher: String,
    /// SQLite.
    pub sqlite: String,
}

/// The open database.
pub struct Database {
    path: PathBuf,
    key: Key,
    // Dropped before the writer, so that the last connection to close is one that can empty the write-ahead log.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
}

impl Database {
    /// Creates a new database with the newest schema.
    ///
    /// # Errors
    /// [`VaultError::AlreadyThere`], or what opening gives.
    pub fn create(folder: &Path, key: &Key) -> VaultResult<Self> {
        if folder.join(FILE_NAME).exists() {
            return Err(VaultError::AlreadyThere);
        }
        Self::open_with(folder, key, OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Opens an existing database; never makes an empty one in its place.
    ///
    /// # Errors
    /// [`VaultError::Absent`], [`VaultError::Damaged`], [`VaultError::UnfitBuild`], [`VaultError::NewerFormat`].
    pub fn open(folder: &Path, key: &Key) -> VaultResult<Self> {
        let path = folder.join(FILE_NAME);
        refuse_clear_text(&path)?;
        Self::open_with(folder, key, OpenFlags::empty())
    }

    fn open_with(folder: &Path, key: &Key, more: OpenFlags) -> VaultResult<Self> {
        let path = folder.join(FILE_NAME);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
        let mut writer = connect(&path, key, flags)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        // FULL: a commit that was acknowledged survives power loss (sqlite.org/pragma.html#pragma_synchronous).
        writer.pragma_update(None, "synchronous", "FULL")?;
        writer.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        writer.pragma_update(None, "wal_autocheckpoint", 4000)?;
        writer.pragma_update(None, "secure_delete", "FAST")?;
        writer.set_prepared_statement_cache_capacity(128);
        migration::bring_up_to_date(&mut writer)?;
        refuse_clear_text(&path)?;
        Ok(Self { path, key: key.clone(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    /// Runs `act` in one transaction: it commits as a whole, or nothing of it is there.
    ///
    /// # Errors
    /// Whatever `act` returns, or why the commit failed.
    pub fn write<T, E: From<VaultError>>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer.lock();
        let transaction =
            writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(VaultError::from)?;
        let done = act(&transaction)?;
        transaction.commit().map_err(VaultError::from)?;
        Ok(done)
    }

    /// Runs `look` on a reader of the pool, within one snapshot.
    ///
    /// # Errors
    /// Whatever `look` returns.
    pub fn read<T, E: From<VaultError>>(
        &self,
        look: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let pooled = self.readers.lock().pop();
        let mut reader = match pooled {
            Some(reader) => reader,
            None => connect(
                &self.path,
                &self.key,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?,
        };
        let seen = {
            let snapshot = reader.transaction().map_err(VaultError::from)?;
            look(&snapshot)
        };
        let mut pool = self.readers.lock();
        if pool.len() < MOST_READERS {
            pool.push(reader);
        }
        seen
    }

    /// Copies the database's file into `to` while nothing writes, and runs `meanwhile` within the same quiet moment.
    ///
    /// # Errors
    /// [`VaultError::Io`], [`VaultError::Full`]; [`VaultError::BadBackup`] when somebody reads for so long that the
    /// write-ahead log cannot be emptied.
    pub fn copy_quiet<T>(
        &self,
        to: &mut impl std::io::Write,
        meanwhile: impl FnOnce() -> VaultResult<T>,
    ) -> VaultResult<T> {
        let writer = self.writer.lock();
        let busy: i64 = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
        if busy != 0 {
            return Err(VaultError::BadBackup("the records are in use; try again in a minute"));
        }
        let mut from = File::open(&self.path).map_err(VaultError::io("read the database"))?;
        std::io::copy(&mut from, to).map_err(VaultError::io("copy the database"))?;
        meanwhile()
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |m| m.len())
    }

    /// What keeps the records.
    ///
    /// # Errors
    /// [`VaultError::Database`].
    pub fn versions(&self) -> VaultResult<Versions> {
        let writer = self.writer.lock();
        let cipher = writer.query_row("PRAGMA cipher_version", [], |r| r.get(0))?;
        Ok(Versions { cipher, sqlite: rusqlite::version().to_owned() })
    }

    /// Asks SQLCipher and SQLite to check every page.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn check_pages(&self) -> VaultResult<()> {
        self.read(|reader| {
            let mut statement = reader.prepare("PRAGMA cipher_integrity_check")?;
            if statement.query([])?.next()?.is_some() {
                return Err(VaultError::Damaged("a page of the database fails its check"));
            }
            Ok(())
        })
    }
}

/// Opens and keys a connection, and proves that the cipher is really there before anything else is said.
fn connect(path: &Path, key: &Key, flags: OpenFlags) -> VaultResult<Connection> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(VaultError::UnfitBuild(format!("SQLite {} is too old", rusqlite::version())));
    }
    let connection = Connection::open_with_flags(path, flags)?;
    // A raw key: SQLCipher runs no KDF of its own (zetetic.net/sqlcipher/sqlcipher-api/#key).
    let mut text = Zeroizing::new(String::with_capacity(70));
    text.push_str("x'");
    for byte in key.as_bytes() {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\'');
    connection.pragma_update(None, "key", text.as_str())?;
    let cipher: String = connection
        .query_row("PRAGMA cipher_version", [], |r| r.get(0))
        .map_err(|_| VaultError::UnfitBuild("SQLCipher is not linked in".into()))?;
    if cipher.is_empty() {
        return Err(VaultError::UnfitBuild("SQLCipher is not linked in".into()));
    }
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get::<_, i64>(0))
        .map_err(|_| VaultError::Damaged("the database does not open with its key"))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -32 * 1024)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

/// A database that anybody can read must never be taken for ours.
fn refuse_clear_text(path: &Path) -> VaultResult<()> {
    let mut start = [0_u8; 15];
    let mut file = File::open(path).map_err(|_| VaultError::Damaged("the database is missing"))?;
    let read = file.read(&mut start).map_err(VaultError::io("read the database"))?;
    if read == start.len() && &start == b"SQLite format 3" {
        return Err(VaultError::UnfitBuild("the database is not encrypted".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_encrypted_and_opens_only_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::from_bytes([5; 32]);
        drop(Database::create(folder.path(), &key).unwrap());
        let bytes = std::fs::read(folder.path().join(FILE_NAME)).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"SQLite"));
        assert!(!bytes.windows(7).any(|w| w == b"patient"));
        assert!(matches!(
            Database::open(folder.path(), &Key::from_bytes([6; 32])),
            Err(VaultError::Damaged(_))
        ));
        assert!(Database::open(folder.path(), &key).is_ok());
    }

    #[test]
    fn a_clear_database_in_its_place_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let plain = Connection::open(folder.path().join(FILE_NAME)).unwrap();
        plain.execute_batch("CREATE TABLE t (a)").unwrap();
        drop(plain);
        assert!(matches!(
            Database::open(folder.path(), &Key::from_bytes([5; 32])),
            Err(VaultError::UnfitBuild(_))
        ));
    }

    #[test]
    fn a_missing_database_is_damage_not_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Database::open(folder.path(), &Key::from_bytes([5; 32])).is_err());
        assert!(!folder.path().join(FILE_NAME).exists());
    }
}
