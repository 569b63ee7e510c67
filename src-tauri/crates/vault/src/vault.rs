//! The open vault: made, unlocked, its staff kept, its trail continued.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use parking_lot::{Mutex, RwLock};
use rusqlite::Transaction;
use secrecy::SecretString;
use uuid::Uuid;

use crate::blob::{BLOBS, Blobs, SCRATCH, Scratch};
use crate::database::Database;
use crate::error::{VaultError, VaultResult};
use crate::header::{FORMAT, Role, StaffDirectory, StaffEntry, VaultHeader, encode};
use crate::header_change::{Together, open_recovery_slot, recovery_slot};
use crate::kdf::{self, KdfParameters};
use crate::keys::{Key, RecordsKey, SecretsKey};
use crate::opener::Opener;
use crate::recovery::RecoveryKey;
use crate::sealing::KeyPair;
use crate::snapshot::Snapshots;
use crate::staff::{StaffKeys, add_entry, check_person_name, prove};
use crate::table::setting;
use crate::throttle;
use crate::unnamed;

pub(crate) const PINNED_KEY: &str = "directory_key";

/// What a new vault needs to know.
pub struct NewVault {
    /// Shown on the sign-in card.
    pub clinic_name: String,
    /// Of the sign-in card.
    pub language: String,
    /// Marked on every screen.
    pub practice: bool,
    /// Sign-in name of the first person.
    pub person: String,
    /// As shown.
    pub display_name: String,
    /// Administrator is added when it is missing.
    pub roles: Vec<Role>,
    /// Of the first person.
    pub passphrase: SecretString,
    /// Argon2id cost.
    pub kdf: KdfParameters,
}

/// A person who proved who they are.
pub struct Unlocked {
    /// The open vault.
    pub vault: Arc<Vault>,
    /// Who.
    pub staff: StaffEntry,
    /// Where the person is entitled.
    pub secrets: Option<SecretsKey>,
    /// For administrators: the key that signs the staff directory.
    pub directory_key: Option<DirectoryKey>,
}

/// Signs the staff directory; held by administrators' sessions only.
#[derive(Clone)]
pub struct DirectoryKey(pub(crate) Key);

impl DirectoryKey {
    pub(crate) fn signing(&self) -> SigningKey {
        SigningKey::from_bytes(self.0.as_bytes())
    }
}

/// An open vault. Dropping it wipes its keys and lets go of the folder.
pub struct Vault {
    folder: PathBuf,
    header: RwLock<VaultHeader>,
    pub(crate) records: RecordsKey,
    database: Database,
    blobs: Blobs,
    pub(crate) last_checkpoint: Mutex<i64>,
    /// Held while the header changes; readers of the header never wait for the database.
    pub(crate) changing: Mutex<()>,
    _opener: Opener,
}

impl Vault {
    /// Makes a vault in `folder` (which is made when it is missing) and opens it for its first person.
    ///
    /// The recovery key is returned once and kept nowhere.
    ///
    /// # Errors
    /// [`VaultError::AlreadyThere`], [`VaultError::WeakPassphrase`], I/O.
    pub fn create(folder: &Path, new: NewVault) -> VaultResult<(Unlocked, RecoveryKey)> {
        kdf::check_new_passphrase(&new.passphrase, &new.person)?;
        check_person_name(&new.person)?;
        if folder.join(crate::header::FILE_NAME).exists() {
            return Err(VaultError::AlreadyThere);
        }
        fs::create_dir_all(folder).map_err(VaultError::io("create the vault's folder"))?;
        restrict_to_owner(folder)?;
        let opener = Opener::take(folder)?;
        let records = RecordsKey(Key::random()?);
        let secrets = SecretsKey(Key::random()?);
        let directory_key = DirectoryKey(Key::random()?);
        let recovery = RecoveryKey::random()?;
        let signing = directory_key.signing();
        let mut header = VaultHeader {
            format: FORMAT,
            vault_id: Uuid::new_v4().to_string(),
            clinic_name: new.clinic_name,
            language: new.language,
            practice: new.practice,
            directory_key: encode(signing.verifying_key().as_bytes()),
            directory_signature: String::new(),
            audit_key: encode(records.audit_signing().verifying_key().as_bytes()),
            inbox_key: encode(&KeyPair::from_seed(&records.inbox()).public()),
            recovery_slot: String::new(),
            slots: Vec::new(),
            directory: StaffDirectory { version: 0, staff: Vec::new() },
        };
        header.recovery_slot = recovery_slot(&header, &recovery, &records, &secrets, &directory_key)?;
        let mut roles = new.roles;
        if !roles.contains(&Role::Administrator) {
            roles.push(Role::Administrator);
        }
        let keys = StaffKeys { records: &records, secrets: Some(&secrets), directory: Some(&directory_key) };
        let staff = add_entry(
            &mut header,
            &new.person,
            &new.display_name,
            &roles,
            true,
            &keys,
            &new.passphrase,
            new.kdf,
        )?;
        header.sign_directory(&signing);
        let database = Database::create(folder, &records.database())?;
        database.write(|t| setting::put(t, PINNED_KEY, &header.directory_key))?;
        // The header comes last: a vault that was cut off while being made is no vault.
        header.write(folder)?;
        let vault = Self::assemble(folder, header, records, database, opener);
        let unlocked = Unlocked {
            vault: Arc::new(vault),
            staff,
            secrets: Some(secrets),
            directory_key: Some(directory_key),
        };
        Ok((unlocked, recovery))
    }

    pub(crate) fn assemble(
        folder: &Path,
        header: VaultHeader,
        records: RecordsKey,
        database: Database,
        opener: Opener,
    ) -> Self {
        let blobs = Blobs::new(folder.join(BLOBS), records.blobs());
        Self {
            folder: folder.to_owned(),
            header: RwLock::new(header),
            records,
            database,
            blobs,
            last_checkpoint: Mutex::new(0),
            changing: Mutex::new(()),
            _opener: opener,
        }
    }

    /// Opens the vault in `folder` for a person.
    ///
    /// # Errors
    /// [`VaultError::Absent`], [`VaultError::InUse`], [`VaultError::Throttled`], [`VaultError::WrongPassphrase`],
    /// [`VaultError::Damaged`], [`VaultError::TrailBroken`].
    pub fn unlock(folder: &Path, person: &str, passphrase: &SecretString) -> VaultResult<Unlocked> {
        let header = VaultHeader::read(folder)?;
        let opener = Opener::take(folder)?;
        let mut proved = prove(folder, &header, person, passphrase)?;
        let vault = Self::open_with(folder, header.clone(), proved.records.clone(), opener)?;
        // A change that was still on its way came in with the opening: what it took away is not given out.
        if vault.header() != header {
            proved = prove(folder, &vault.header(), person, passphrase)?;
        }
        Ok(Unlocked {
            vault: Arc::new(vault),
            staff: proved.staff,
            secrets: proved.secrets,
            directory_key: proved.directory,
        })
    }

    /// A further person signs in to a vault that is open.
    ///
    /// # Errors
    /// [`VaultError::Throttled`], [`VaultError::WrongPassphrase`].
    pub fn authenticate(self: &Arc<Self>, person: &str, passphrase: &SecretString) -> VaultResult<Unlocked> {
        let header = self.header.read().clone();
        let proved = prove(&self.folder, &header, person, passphrase)?;
        Ok(Unlocked {
            vault: Arc::clone(self),
            staff: proved.staff,
            secrets: proved.secrets,
            directory_key: proved.directory,
        })
    }

    pub(crate) fn open_with(
        folder: &Path,
        header: VaultHeader,
        records: RecordsKey,
        opener: Opener,
    ) -> VaultResult<Self> {
        let ended_in_the_middle = unnamed::ended_in_the_middle(folder);
        let database = Database::open(folder, &records.database())?;
        let pinned = database.read(|t| setting::get(t, PINNED_KEY))?;
        if pinned.as_deref() != Some(header.directory_key.as_str()) {
            return Err(VaultError::Damaged("the staff directory was signed by somebody else"));
        }
        let own_inbox = encode(&KeyPair::from_seed(&records.inbox()).public());
        let own_audit = encode(records.audit_signing().verifying_key().as_bytes());
        if header.inbox_key != own_inbox || header.audit_key != own_audit {
            return Err(VaultError::Damaged("a key of the header is not this vault's"));
        }
        let vault = Self::assemble(folder, header, records, database, opener);
        // Left by a crash, and unreadable since its key went with the process.
        let _ = fs::remove_dir_all(folder.join(SCRATCH));
        if ended_in_the_middle {
            // Where the rows cannot be read nothing is removed, and the vault opens all the same.
            let _ = vault.database.read(|t| unnamed::remove(&folder.join(BLOBS), t));
        }
        vault.finish_header_change()?;
        vault.check_last_checkpoint()?;
        vault.drain_spool()?;
        Ok(vault)
    }

    /// Opens with the printed words and gives `person` a new passphrase, for the day the last one is forgotten.
    ///
    /// # Errors
    /// [`VaultError::WrongRecoveryWords`], [`VaultError::NoSuchPerson`], [`VaultError::WeakPassphrase`].
    pub fn recover(
        folder: &Path,
        words: &str,
        person: &str,
        new: &SecretString,
        kdf: KdfParameters,
        together: Together<'_>,
    ) -> VaultResult<Unlocked> {
        kdf::check_new_passphrase(new, person)?;
        let header = VaultHeader::read(folder)?;
        let recovery = RecoveryKey::from_words(words)?;
        let (records, secrets, directory) = open_recovery_slot(&header, &recovery)?;
        let opener = Opener::take(folder)?;
        let vault = Self::open_with(folder, header, records.clone(), opener)?;
        // A change that was still on its way came in with the opening: the sheet may be an older one by now, the person
        // may have other roles or be gone.
        let header = vault.header();
        open_recovery_slot(&header, &recovery)?;
        let entry = header.active(person).cloned().ok_or(VaultError::NoSuchPerson)?;
        let entitled = entry.custodian || entry.roles.iter().any(|r| r.sees_secrets());
        let administrator = entry.roles.contains(&Role::Administrator);
        let keys = StaffKeys {
            records: &records,
            secrets: entitled.then_some(&secrets),
            directory: administrator.then_some(&directory),
        };
        let staff = vault.change_header(together, |header| {
            header.directory.staff.retain(|s| s.person != person);
            header.slots.retain(|s| s.person != person);
            let added = add_entry(
                header,
                person,
                &entry.display_name,
                &entry.roles,
                entry.custodian,
                &keys,
                new,
                kdf,
            )?;
            header.sign_directory(&directory.signing());
            Ok(added)
        })?;
        throttle::forget(folder, person)?;
        Ok(Unlocked {
            vault: Arc::new(vault),
            staff,
            secrets: entitled.then(|| secrets.clone()),
            directory_key: administrator.then(|| directory.clone()),
        })
    }

    /// Runs `act` in one transaction.
    ///
    /// # Errors
    /// Whatever `act` returns.
    pub fn write<T, E: From<VaultError>>(
        &self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.database.write(act)
    }

    /// Runs `look` in one snapshot.
    ///
    /// # Errors
    /// Whatever `look` returns.
    pub fn read<T, E: From<VaultError>>(
        &self,
        look: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.database.read(look)
    }

    pub(crate) fn audit_signing(&self) -> SigningKey {
        self.records.audit_signing()
    }

    /// Encrypted files for work that does not fit into memory.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn scratch(&self) -> VaultResult<Scratch> {
        Scratch::new(&self.folder)
    }

    /// What can be made again, kept encrypted.
    pub fn snapshots(&self) -> Snapshots {
        Snapshots::new(&self.folder, self.records.snapshots())
    }

    /// The encrypted files.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The database, for its versions and its size.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The vault's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn hold_header(&self, header: VaultHeader) {
        *self.header.write() = header;
    }

    /// A copy of the header.
    pub fn header(&self) -> VaultHeader {
        self.header.read().clone()
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // The best effort at the end; every acknowledged entry is in the database in any case.
        let _ = self.checkpoint(true);
    }
}

/// Only the account that runs RustCare may look into the folder.
fn restrict_to_owner(folder: &Path) -> VaultResult<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
            .map_err(VaultError::io("restrict the vault's folder"))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Bytes that are free on the disk of a folder, where the system tells.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    rustix::fs::statvfs(folder).ok().map(|s| s.f_bavail.saturating_mul(s.f_frsize))
}

/// Now, as the trail writes it: RFC 3339 in UTC with three digits of a second, always, so that stamps of this kind are in order as
/// texts too. Those of earlier versions are not: they left zeros away.
pub fn timestamp() -> String {
    let now = Timestamp::now();
    format!("{:.3}", now.round(jiff::Unit::Millisecond).unwrap_or(now))
}

/// The moment of a kept stamp, for putting them in order: as texts, `…05.12Z` is later than `…05.123Z`. What is no stamp is the
/// earliest of all.
pub fn moment(stamp: &str) -> Timestamp {
    stamp.parse().unwrap_or(Timestamp::MIN)
}
