//! `vault.toml`: format, identity, sealed keys and the signed staff directory. Nothing secret stands in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::error::{VaultError, VaultResult};
use crate::kdf::KdfParameters;

/// Format of the header that this version writes.
pub const FORMAT: i64 = 1;
/// Name of the header in the vault's folder.
pub const FILE_NAME: &str = "vault.toml";
const LARGEST: u64 = 4 * 1024 * 1024;

/// What a member of staff does. A member may hold several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Finds, registers and corrects patients; sees their numbers, not their chart.
    FrontDesk,
    /// Observations and the chart.
    Nurse,
    /// The chart.
    Clinician,
    /// Images.
    Radiographer,
    /// Counts, without names.
    Analyst,
    /// Staff, backup, trail; no chart.
    Administrator,
}

impl Role {
    /// All roles, in the order of the permission matrix.
    pub const ALL: [Self; 6] = [
        Self::FrontDesk,
        Self::Nurse,
        Self::Clinician,
        Self::Radiographer,
        Self::Analyst,
        Self::Administrator,
    ];

    /// Whether the secrets key is sealed to this role.
    pub fn sees_secrets(self) -> bool {
        matches!(self, Self::FrontDesk)
    }

    /// The word as kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FrontDesk => "front_desk",
            Self::Nurse => "nurse",
            Self::Clinician => "clinician",
            Self::Radiographer => "radiographer",
            Self::Analyst => "analyst",
            Self::Administrator => "administrator",
        }
    }

    /// Reads the kept word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == word)
    }
}

/// A member of staff in the signed directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffEntry {
    /// Sign-in name: 2 to 40 of `a-z0-9._-`.
    pub person: String,
    /// As shown.
    pub display_name: String,
    /// What they do.
    pub roles: SmallVec<[Role; 3]>,
    /// Whether they hold both keys and may seal them to others.
    pub custodian: bool,
    /// False once disabled; the entry stays, the sealed keys go.
    pub active: bool,
    /// X25519 public key, base64.
    pub public_key: String,
    /// Records key sealed to the person, base64; empty once disabled.
    pub sealed_records_key: String,
    /// Secrets key sealed to the person, where entitled.
    pub sealed_secrets_key: Option<String>,
    /// Directory signing key sealed to the person, for administrators.
    pub sealed_directory_key: Option<String>,
}

/// How a person's private key is kept: under the passphrase. Changed by the person alone, so it is not signed;
/// it is bound to vault, person and public key by associated data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseSlot {
    /// Whose.
    pub person: String,
    /// Argon2id cost.
    pub kdf: KdfParameters,
    /// 16 bytes, base64.
    pub salt: String,
    /// The private key's seed, sealed under the passphrase's key, base64.
    pub sealed_seed: String,
}

/// The directory as signed: who is staff, in which version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffDirectory {
    /// Rises with each change.
    pub version: u64,
    /// Everybody who ever was staff.
    #[serde(default)]
    pub staff: Vec<StaffEntry>,
}

/// The whole header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultHeader {
    /// Format version.
    pub format: i64,
    /// Identity of the vault.
    pub vault_id: String,
    /// Name shown on the sign-in card.
    pub clinic_name: String,
    /// Language of the sign-in card.
    pub language: String,
    /// Whether it is a practice clinic with invented patients.
    pub practice: bool,
    /// Ed25519 key that the directory is signed with; pinned inside the database.
    pub directory_key: String,
    /// Signature over the canonical directory.
    pub directory_signature: String,
    /// Ed25519 key that audit checkpoints are signed with.
    pub audit_key: String,
    /// X25519 key that notes are sealed to while nobody is signed in.
    pub inbox_key: String,
    /// Both vault keys sealed under the printed recovery key, base64.
    pub recovery_slot: String,
    /// Slots, one a person.
    #[serde(default)]
    pub slots: Vec<PassphraseSlot>,
    /// The signed directory.
    pub directory: StaffDirectory,
}

/// Bytes as base64 text.
pub fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Base64 text as bytes.
///
/// # Errors
/// [`VaultError::Damaged`].
pub fn decode(text: &str) -> VaultResult<Vec<u8>> {
    BASE64.decode(text).map_err(|_| VaultError::Damaged("the header has text that is not base64"))
}

/// Base64 text as a fixed count of bytes.
///
/// # Errors
/// [`VaultError::Damaged`].
pub fn decode_exact<const N: usize>(text: &str) -> VaultResult<[u8; N]> {
    decode(text)?.try_into().map_err(|_| VaultError::Damaged("the header has a key of wrong length"))
}

impl VaultHeader {
    /// Reads the header of the vault in `folder`, and checks the directory's signature.
    ///
    /// # Errors
    /// [`VaultError::Absent`], [`VaultError::NewerFormat`], [`VaultError::Damaged`].
    pub fn read(folder: &Path) -> VaultResult<Self> {
        let path = folder.join(FILE_NAME);
        let size = fs::metadata(&path).map_err(|_| VaultError::Absent)?.len();
        if size > LARGEST {
            return Err(VaultError::Damaged("the header is far too large"));
        }
        let text = fs::read_to_string(&path).map_err(|_| VaultError::Damaged("the header is not text"))?;
        Self::from_text(&text)
    }

    /// Reads a header from its text, and checks the directory's signature.
    ///
    /// # Errors
    /// [`VaultError::NewerFormat`], [`VaultError::Damaged`].
    pub fn from_text(text: &str) -> VaultResult<Self> {
        let header: Self =
            toml::from_str(text).map_err(|_| VaultError::Damaged("the header cannot be read"))?;
        if header.format > FORMAT {
            return Err(VaultError::NewerFormat { found: header.format, known: FORMAT });
        }
        header.check_directory()?;
        Ok(header)
    }

    /// Writes it whole or not at all: a new file, fsync, rename, fsync of the folder.
    ///
    /// # Errors
    /// [`VaultError::Io`], [`VaultError::Full`].
    pub fn write(&self, folder: &Path) -> VaultResult<()> {
        write_whole(folder, FILE_NAME, self.to_text()?.as_bytes())
    }

    /// The text of the file.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn to_text(&self) -> VaultResult<String> {
        toml::to_string_pretty(self).map_err(|_| VaultError::Damaged("the header cannot be written"))
    }

    /// Signs the directory after a change and raises its version.
    pub fn sign_directory(&mut self, key: &SigningKey) {
        self.directory.version += 1;
        self.directory_signature = encode(&key.sign(&self.directory_bytes()).to_bytes());
    }

    fn directory_bytes(&self) -> Vec<u8> {
        // JSON with fields in declaration order is canonical for these types: no maps, no floats.
        let mut bytes = serde_json::to_vec(&self.directory).unwrap_or_default();
        for other in [&self.vault_id, &self.audit_key, &self.inbox_key] {
            bytes.extend_from_slice(other.as_bytes());
        }
        bytes.push(u8::from(self.practice));
        bytes
    }

    fn check_directory(&self) -> VaultResult<()> {
        let damaged = VaultError::Damaged("the staff directory's signature does not fit");
        let key = VerifyingKey::from_bytes(&decode_exact(&self.directory_key)?)
            .map_err(|_| VaultError::Damaged("the directory key is not a key"))?;
        let signature = Signature::from_bytes(&decode_exact(&self.directory_signature)?);
        key.verify(&self.directory_bytes(), &signature).map_err(|_| damaged)
    }

    /// The entry of an active person.
    pub fn active(&self, person: &str) -> Option<&StaffEntry> {
        self.directory.staff.iter().find(|s| s.active && s.person == person)
    }

    /// The passphrase slot of a person.
    pub fn slot(&self, person: &str) -> Option<&PassphraseSlot> {
        self.slots.iter().find(|s| s.person == person)
    }

    /// Associated data that binds a sealed thing to this vault, a person and what it is.
    pub fn binding(&self, person: &str, what: &str) -> Vec<u8> {
        format!("rustcare/v1/{}/{person}/{what}", self.vault_id).into_bytes()
    }
}

/// Writes a file of a folder so that a crash leaves the old or the new content, never a mix.
///
/// # Errors
/// [`VaultError::Io`], [`VaultError::Full`].
pub fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> VaultResult<()> {
    let temporary = write_beside(folder, name, bytes)?;
    fs::rename(&temporary, folder.join(name)).map_err(VaultError::io("rename a file in the vault"))?;
    sync_folder(folder)
}

/// Writes the new content of a file durably beside it; returns where it lies until it takes its place.
pub(crate) fn write_beside(folder: &Path, name: &str, bytes: &[u8]) -> VaultResult<PathBuf> {
    let temporary = folder.join(format!(".{name}.new"));
    let mut file = fs::File::create(&temporary).map_err(VaultError::io("create a file in the vault"))?;
    file.write_all(bytes).map_err(VaultError::io("write a file in the vault"))?;
    file.sync_all().map_err(VaultError::io("flush a file in the vault"))?;
    Ok(temporary)
}

/// Makes a rename or a new file durable.
///
/// # Errors
/// [`VaultError::Io`].
pub fn sync_folder(folder: &Path) -> VaultResult<()> {
    fs::File::open(folder).and_then(|f| f.sync_all()).map_err(VaultError::io("flush the vault's folder"))
}
