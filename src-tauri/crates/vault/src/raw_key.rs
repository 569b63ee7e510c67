//! Vaults for tests: made and opened by their keys, without the half second of a passphrase.
//!
//! Compiled only with the feature `raw-key`, which no shipped program turns on; a test of the release build checks that.

use std::path::Path;
use std::sync::Arc;

use crate::database::Database;
use crate::error::VaultResult;
use crate::header::{FORMAT, StaffDirectory, VaultHeader, encode};
use crate::keys::{Key, RecordsKey, SecretsKey};
use crate::opener::Opener;
use crate::sealing::KeyPair;
use crate::table::setting;
use crate::vault::{DirectoryKey, PINNED_KEY, Vault};

/// Text that would be found in a program that can do this.
pub const MARKER: &str = "rustcare raw key entry for tests";

/// The keys of a vault.
#[derive(Clone)]
pub struct RawKeys {
    records: Key,
    /// Social security and insurance numbers.
    pub secrets: SecretsKey,
    /// Staff directory.
    pub directory: DirectoryKey,
}

impl RawKeys {
    /// Random ones.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn random() -> VaultResult<Self> {
        Ok(Self {
            records: Key::random()?,
            secrets: SecretsKey(Key::random()?),
            directory: DirectoryKey(Key::random()?),
        })
    }
}

impl RawKeys {
    /// All three, one after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.records.as_bytes().as_slice(), self.secrets.0.as_bytes(), self.directory.0.as_bytes()].concat()
    }

    /// What [`RawKeys::to_bytes`] gave.
    ///
    /// # Errors
    /// For another length.
    pub fn from_bytes(bytes: &[u8]) -> VaultResult<Self> {
        let key = |at: usize| Key::from_slice(bytes.get(at * 32..at * 32 + 32).unwrap_or(&[]));
        Ok(Self { records: key(0)?, secrets: SecretsKey(key(1)?), directory: DirectoryKey(key(2)?) })
    }
}

/// Makes a vault without staff.
///
/// # Errors
/// As [`Vault::create`].
pub fn create(folder: &Path, keys: &RawKeys) -> VaultResult<Arc<Vault>> {
    std::fs::create_dir_all(folder).map_err(crate::VaultError::io(MARKER))?;
    let opener = Opener::take(folder)?;
    let records = RecordsKey(keys.records.clone());
    let signing = keys.directory.signing();
    let mut header = VaultHeader {
        format: FORMAT,
        vault_id: uuid::Uuid::new_v4().to_string(),
        clinic_name: "Test clinic".into(),
        language: "en".into(),
        practice: false,
        directory_key: encode(signing.verifying_key().as_bytes()),
        directory_signature: String::new(),
        audit_key: encode(records.audit_signing().verifying_key().as_bytes()),
        inbox_key: encode(&KeyPair::from_seed(&records.inbox()).public()),
        recovery_slot: String::new(),
        slots: Vec::new(),
        directory: StaffDirectory { version: 0, staff: Vec::new() },
    };
    header.sign_directory(&signing);
    let database = Database::create(folder, &records.database())?;
    database.write(|t| setting::put(t, PINNED_KEY, &header.directory_key))?;
    header.write(folder)?;
    Ok(Arc::new(Vault::assemble(folder, header, records, database, opener)))
}

/// Opens a vault that [`create`] made.
///
/// # Errors
/// As [`Vault::unlock`].
pub fn open(folder: &Path, keys: &RawKeys) -> VaultResult<Arc<Vault>> {
    let header = VaultHeader::read(folder)?;
    let opener = Opener::take(folder)?;
    Vault::open_with(folder, header, RecordsKey(keys.records.clone()), opener).map(Arc::new)
}
