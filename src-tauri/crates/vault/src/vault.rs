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

use crate::audit::{AuditEntry, Verdict, chain, checkpoint};
use crate::blob::Blobs;
use crate::database::Database;
use crate::error::{VaultError, VaultResult};
use crate::header::{FORMAT, Role, StaffDirectory, StaffEntry, VaultHeader, decode, decode_exact, encode};
use crate::kdf::{self, KdfParameters};
use crate::keys::{Key, RecordsKey, SecretsKey};
use crate::opener::Opener;
use crate::recovery::RecoveryKey;
use crate::sealing::{self, KeyPair};
use crate::staff::{StaffKeys, add_entry, check_person_name, prove};
use crate::table::setting;
use crate::{spool, throttle};

pub(crate) const PINNED_KEY: &str = "directory_key";
/// Newest version of the staff directory, so that an older one that is put back is noticed.
const DIRECTORY_VERSION: &str = "directory_version";
/// Entries at the last checkpoint, so that checkpoints that were taken away are noticed.
const LAST_CHECKPOINT: &str = "last_checkpoint";

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
    last_checkpoint: Mutex<i64>,
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
        let blobs = Blobs::new(folder.join("blobs"), records.blobs());
        Self {
            folder: folder.to_owned(),
            header: RwLock::new(header),
            records,
            database,
            blobs,
            last_checkpoint: Mutex::new(0),
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
        let proved = prove(folder, &header, person, passphrase)?;
        let vault = Self::open_with(folder, header, proved.records, opener)?;
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
        let database = Database::open(folder, &records.database())?;
        let pinned = database.read(|t| setting::get(t, PINNED_KEY))?;
        if pinned.as_deref() != Some(header.directory_key.as_str()) {
            return Err(VaultError::Damaged("the staff directory was signed by somebody else"));
        }
        let newest =
            database.read(|t| setting::get(t, DIRECTORY_VERSION))?.and_then(|v| v.parse::<u64>().ok());
        if newest.is_some_and(|version| header.directory.version < version) {
            return Err(VaultError::Damaged("an older staff directory was put back"));
        }
        let own_inbox = encode(&KeyPair::from_seed(&records.inbox()).public());
        let own_audit = encode(records.audit_signing().verifying_key().as_bytes());
        if header.inbox_key != own_inbox || header.audit_key != own_audit {
            return Err(VaultError::Damaged("a key of the header is not this vault's"));
        }
        let vault = Self::assemble(folder, header, records, database, opener);
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
    ) -> VaultResult<Unlocked> {
        kdf::check_new_passphrase(new, person)?;
        let mut header = VaultHeader::read(folder)?;
        let recovery = RecoveryKey::from_words(words)?;
        let slot = decode(&header.recovery_slot)?;
        let all = sealing::open(&recovery.sealing_key(), &header.binding("-", "recovery"), &slot)
            .map_err(|_| VaultError::WrongRecoveryWords)?;
        let key = |at: usize| Key::from_slice(all.get(at * 32..at * 32 + 32).unwrap_or(&[]));
        let (records, secrets, directory) = (RecordsKey(key(0)?), SecretsKey(key(1)?), DirectoryKey(key(2)?));
        let entry = header.active(person).cloned().ok_or(VaultError::NoSuchPerson)?;
        let opener = Opener::take(folder)?;
        let entitled = entry.custodian || entry.roles.iter().any(|r| r.sees_secrets());
        let administrator = entry.roles.contains(&Role::Administrator);
        let keys = StaffKeys {
            records: &records,
            secrets: entitled.then_some(&secrets),
            directory: administrator.then_some(&directory),
        };
        header.directory.staff.retain(|s| s.person != person);
        header.slots.retain(|s| s.person != person);
        let staff = add_entry(
            &mut header,
            person,
            &entry.display_name,
            &entry.roles,
            entry.custodian,
            &keys,
            new,
            kdf,
        )?;
        header.sign_directory(&directory.signing());
        header.write(folder)?;
        throttle::forget(folder, person)?;
        let vault = Self::open_with(folder, header, records, opener)?;
        Ok(Unlocked {
            vault: Arc::new(vault),
            staff,
            secrets: entitled.then_some(secrets),
            directory_key: administrator.then_some(directory),
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

    /// Appends to the trail inside the caller's transaction, so that act and entry commit together.
    ///
    /// # Errors
    /// Database errors.
    pub fn record(&self, transaction: &Transaction<'_>, entry: &AuditEntry) -> VaultResult<()> {
        chain::append(transaction, entry).map(|_| ())
    }

    /// Signs a checkpoint when enough entries came since the last one, or in any case when `now`.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn checkpoint(&self, now: bool) -> VaultResult<()> {
        let mut last = self.last_checkpoint.lock();
        let tip = self.read(|t| chain::tip(t))?;
        if tip.sequence - *last < if now { 1 } else { checkpoint::EVERY } {
            return Ok(());
        }
        checkpoint::Checkpoint::sign(&self.records.audit_signing(), tip.sequence, &tip.hash, timestamp())
            .append(&self.folder)?;
        // After the file: a crash in between leaves more checkpoints than the pin knows, which is allowed.
        self.write(|t| setting::put(t, LAST_CHECKPOINT, &tip.sequence.to_string()))?;
        *last = tip.sequence;
        Ok(())
    }

    fn check_last_checkpoint(&self) -> VaultResult<()> {
        let checkpoints = checkpoint::read_all(&self.folder)?;
        let pinned = self.read(|t| setting::get(t, LAST_CHECKPOINT))?.and_then(|v| v.parse::<i64>().ok());
        if checkpoints.last().map_or(0, |c| c.entries) < pinned.unwrap_or(0) {
            return Err(VaultError::TrailBroken);
        }
        let Some(last) = checkpoints.last() else {
            return Ok(());
        };
        let key = self.records.audit_signing().verifying_key();
        let there = self.read(|t| chain::range(t, last.entries, last.entries))?;
        let fits = last.is_genuine(&key)
            && (last.entries == 0
                || there.first().is_some_and(|p| decode_exact::<32>(&last.tip).ok() == Some(p.hash)));
        *self.last_checkpoint.lock() = last.entries;
        if fits { Ok(()) } else { Err(VaultError::TrailBroken) }
    }

    /// Verifies the whole trail against every checkpoint.
    ///
    /// # Errors
    /// Database errors; a broken trail is a verdict, not an error.
    pub fn verify_audit(&self) -> VaultResult<(Verdict, Option<String>)> {
        let entries = self.read(|t| chain::range(t, 1, i64::MAX))?;
        let checkpoints = checkpoint::read_all(&self.folder)?;
        let key = self.records.audit_signing().verifying_key();
        let last = checkpoints.last().map(|c| c.at.clone());
        let mut verdict = chain::verify(&entries, &checkpoints, &key);
        if checkpoints.last().map_or(0, |c| c.entries) < *self.last_checkpoint.lock() {
            verdict.first_bad.get_or_insert((verdict.entries, "signed checkpoints were taken away"));
        }
        Ok((verdict, last))
    }

    /// Writes trail, checkpoints and public key as NDJSON, for `rustcare-verify`.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn export_audit(&self, to: &mut impl std::io::Write) -> VaultResult<usize> {
        let entries = self.read(|t| chain::range(t, 1, i64::MAX))?;
        self.checkpoint(true)?;
        let checkpoints = checkpoint::read_all(&self.folder)?;
        let header = self.header.read();
        let mut say = |line: String| writeln!(to, "{line}").map_err(VaultError::io("write the trail"));
        say(serde_json::json!({ "trail_of": header.vault_id, "audit_key": header.audit_key }).to_string())?;
        for placed in &entries {
            say(chain::export_line(placed))?;
        }
        for checkpoint in &checkpoints {
            say(serde_json::json!({ "checkpoint": checkpoint }).to_string())?;
        }
        Ok(entries.len())
    }

    fn drain_spool(&self) -> VaultResult<()> {
        let waiting = spool::waiting(&self.folder, &KeyPair::from_seed(&self.records.inbox()))?;
        if waiting.is_empty() {
            return Ok(());
        }
        self.write(|t| -> VaultResult<()> {
            for (_, entry) in &waiting {
                if let Some(entry) = entry {
                    // Anybody who can write to the folder can seal a note: it can tell of a refusal and of nothing else.
                    let details = entry.details.as_deref().unwrap_or("refused");
                    let refused = AuditEntry {
                        outcome: crate::audit::Outcome::Refused,
                        person: "-".into(),
                        role: "-".into(),
                        details: Some(format!("while locked: {details}")),
                        ..entry.clone()
                    };
                    self.record(t, &refused)?;
                }
            }
            Ok(())
        })?;
        for (path, entry) in waiting {
            // A note that does not open is kept: it may be evidence.
            if entry.is_some() {
                fs::remove_file(path).map_err(VaultError::io("remove a drained note"))?;
            }
        }
        Ok(())
    }

    pub(crate) fn audit_signing(&self) -> SigningKey {
        self.records.audit_signing()
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

    /// A copy of the header.
    pub fn header(&self) -> VaultHeader {
        self.header.read().clone()
    }

    /// Changes what the sign-in card shows.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn rename(&self, clinic_name: &str, language: &str) -> VaultResult<()> {
        self.change_header(|header| {
            header.clinic_name = clinic_name.to_owned();
            header.language = language.to_owned();
            Ok(())
        })
    }

    pub(crate) fn change_header<T>(
        &self,
        change: impl FnOnce(&mut VaultHeader) -> VaultResult<T>,
    ) -> VaultResult<T> {
        let mut held = self.header.write();
        let mut next = held.clone();
        let answer = change(&mut next)?;
        next.write(&self.folder)?;
        // After the header: a crash in between leaves a header that is newer than the pin, which is allowed.
        self.write(|t| setting::put(t, DIRECTORY_VERSION, &next.directory.version.to_string()))?;
        *held = next;
        Ok(answer)
    }

    /// Makes a new recovery key; the sheet that was printed before opens nothing any more.
    ///
    /// # Errors
    /// I/O.
    pub fn renew_recovery(&self, by: &DirectoryKey, secrets: &SecretsKey) -> VaultResult<RecoveryKey> {
        let recovery = RecoveryKey::random()?;
        self.change_header(|header| {
            header.recovery_slot = recovery_slot(header, &recovery, &self.records, secrets, by)?;
            Ok(())
        })?;
        Ok(recovery)
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // The best effort at the end; every acknowledged entry is in the database in any case.
        let _ = self.checkpoint(true);
    }
}

/// Both vault keys and the directory key, sealed under the printed words.
fn recovery_slot(
    header: &VaultHeader,
    recovery: &RecoveryKey,
    records: &RecordsKey,
    secrets: &SecretsKey,
    directory: &DirectoryKey,
) -> VaultResult<String> {
    let all = [records.0.as_bytes().as_slice(), secrets.0.as_bytes(), directory.0.as_bytes()].concat();
    let all = zeroize::Zeroizing::new(all);
    Ok(encode(&sealing::seal(&recovery.sealing_key(), &header.binding("-", "recovery"), &all)?))
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

/// Now, as the trail writes it.
pub fn timestamp() -> String {
    Timestamp::now().round(jiff::Unit::Millisecond).unwrap_or_else(|_| Timestamp::now()).to_string()
}
