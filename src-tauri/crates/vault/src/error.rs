//! What can go wrong with a vault. No variant carries a patient's data, a key or a passphrase.

use std::io;
use std::path::PathBuf;

use rustcare_model::reason::Reason;

/// Result of vault operations.
pub type VaultResult<T> = Result<T, VaultError>;

/// Why the vault refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no vault in this folder.
    #[error("there is no vault in this folder")]
    Absent,
    /// A vault is already there.
    #[error("there is already a vault in this folder")]
    AlreadyThere,
    /// Another process has it open.
    #[error("the vault is open in another program: {holder}")]
    InUse {
        /// Who holds it, as written in the lock file.
        holder: String,
    },
    /// A vault on a network share cannot be kept whole.
    #[error("the vault lies on a network share ({kind}); move it to a disk of this machine")]
    NetworkShare {
        /// File system type.
        kind: String,
    },
    /// Person unknown, disabled, or passphrase wrong: one answer for all three.
    #[error("name or passphrase is wrong")]
    WrongPassphrase,
    /// The recovery words do not open this vault.
    #[error("these recovery words do not open this vault")]
    WrongRecoveryWords,
    /// Too many failures: wait.
    #[error("too many wrong passphrases; wait {seconds} s")]
    Throttled {
        /// Seconds left.
        seconds: u64,
    },
    /// A new passphrase that is too weak.
    #[error("{0}")]
    WeakPassphrase(Reason),
    /// KDF parameters in the header are below the floor or above the ceiling.
    #[error(
        "the vault's key parameters are outside the allowed range; the header was tampered with or damaged"
    )]
    KdfOutOfRange,
    /// The header, a key, the database or a blob is not what was written.
    #[error("the vault is damaged: {0}")]
    Damaged(&'static str),
    /// The trail in the database does not continue the signed checkpoints.
    #[error("the audit trail does not match its signed checkpoints")]
    TrailBroken,
    /// The cipher is not linked in, or SQLite is too old.
    #[error("this build cannot keep an encrypted vault: {0}")]
    UnfitBuild(String),
    /// The vault was made by a newer version.
    #[error("the vault was made by a newer version of RustCare (format {found}, known {known})")]
    NewerFormat {
        /// Format in the file.
        found: i64,
        /// Newest format known here.
        known: i64,
    },
    /// The last administrator or key custodian cannot be removed.
    #[error("this is the last {0}; appoint another one first")]
    LastOfKind(&'static str),
    /// A staff name that is already used.
    #[error("this sign-in name is already used")]
    NameTaken,
    /// No such person in the staff directory.
    #[error("no such person in the staff directory")]
    NoSuchPerson,
    /// The caller holds no secrets key, so cannot give it on.
    #[error("only a key custodian can do this")]
    NotCustodian,
    /// No room on the disk.
    #[error("the disk is full; nothing was changed")]
    Full,
    /// SQLite said no.
    #[error("the database refused: {0}")]
    Database(String),
    /// The operating system said no; the path is inside the vault or chosen by a person.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// A backup that is not whole or not from this vault.
    #[error("the backup cannot be used: {0}")]
    BadBackup(&'static str),
    /// Something that is not here.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// A unique value that another row has.
    #[error("{0} is already used")]
    Taken(&'static str),
    /// A row changed since it was read.
    #[error("somebody else changed this record in the meantime")]
    Stale,
    /// A folder that should be empty is not.
    #[error("the folder is not empty")]
    NotEmpty(PathBuf),
}

impl VaultError {
    /// Wraps an I/O error with what was tried; a full disk becomes [`VaultError::Full`].
    pub fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io { what, source },
        }
    }
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::Full,
            Some(NotADatabase | DatabaseCorrupt) => Self::Damaged("the database has a bad page"),
            // Codes and table names only: the statement's values are never part of the text.
            Some(code) => Self::Database(format!("{code:?}")),
            None => match error {
                rusqlite::Error::QueryReturnedNoRows => Self::NotFound("row"),
                _ => Self::Database("unexpected answer".into()),
            },
        }
    }
}
