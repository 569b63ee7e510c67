//! The vault's keys. None can be printed, cloned by accident into a log, or serialised; all are wiped when dropped.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{VaultError, VaultResult};

/// 256 bits.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A random key from the operating system.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn random() -> VaultResult<Self> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut())
            .map_err(|_| VaultError::Damaged("no random numbers from the system"))?;
        Ok(Self(bytes))
    }

    /// A key from its bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A key from a slice of 32 bytes.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] for another length.
    pub fn from_slice(bytes: &[u8]) -> VaultResult<Self> {
        bytes
            .try_into()
            .map(Self::from_bytes)
            .map_err(|_| VaultError::Damaged("a sealed key has a wrong length"))
    }

    /// The bytes, for the cipher.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key for one use, by HKDF-SHA256 (RFC 5869) with a label.
    pub fn derived(&self, label: &str) -> Self {
        let mut out = Zeroizing::new([0_u8; 32]);
        let expanded = Hkdf::<Sha256>::new(None, self.0.as_ref()).expand(label.as_bytes(), out.as_mut());
        debug_assert!(expanded.is_ok(), "32 bytes is always a valid HKDF length");
        Self(out)
    }

    /// HMAC-SHA256 of `message`, first 16 bytes: the keyed blind index.
    pub fn blind_index(&self, message: &[u8]) -> [u8; 16] {
        let mut out = [0_u8; 16];
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_ref());
        debug_assert!(mac.is_ok(), "HMAC takes a key of any length");
        if let Ok(mut mac) = mac {
            mac.update(message);
            out.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        }
        out
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(‹redacted›)")
    }
}

/// Opens the database, the blobs and the snapshots; sealed to all staff.
#[derive(Debug, Clone)]
pub struct RecordsKey(pub(crate) Key);

impl RecordsKey {
    pub(crate) fn database(&self) -> Key {
        self.0.derived("rustcare/database/v1")
    }
    pub(crate) fn blobs(&self) -> Key {
        self.0.derived("rustcare/blobs/v1")
    }
    pub(crate) fn snapshots(&self) -> Key {
        self.0.derived("rustcare/snapshots/v1")
    }
    pub(crate) fn audit_signing(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(self.0.derived("rustcare/audit-signing/v1").as_bytes())
    }
    pub(crate) fn inbox(&self) -> Key {
        self.0.derived("rustcare/inbox/v1")
    }
}

/// Opens social security and insurance numbers; sealed only to roles that may see them, and to custodians.
#[derive(Debug, Clone)]
pub struct SecretsKey(pub(crate) Key);

impl SecretsKey {
    /// The key of one field of one patient.
    pub(crate) fn field(&self, field: &str, patient: &str) -> Key {
        self.0.derived(&format!("rustcare/secret/v1/{field}/{patient}"))
    }

    /// The keyed index of a whole value, or of its last four characters.
    pub fn index(&self, field: &str, part: &str, value: &str) -> [u8; 16] {
        self.0.derived(&format!("rustcare/index/v1/{field}/{part}")).blind_index(value.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_give_unrelated_keys() {
        let key = Key::from_bytes([1; 32]);
        assert_ne!(key.derived("a").as_bytes(), key.derived("b").as_bytes());
        assert_eq!(key.derived("a").as_bytes(), key.derived("a").as_bytes());
        assert_eq!(format!("{key:?}"), "Key(‹redacted›)");
    }
}
