//! From a passphrase to a key: Argon2id (RFC 9106), with floors and ceilings checked before use.

use argon2::{Algorithm, Argon2, Params, Version};
use rustcare_model::reason::Reason;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::error::{VaultError, VaultResult};
use crate::keys::Key;

/// Fewest characters of a new passphrase (NIST SP 800-63B-4: 15 for a single factor).
pub const SHORTEST_PASSPHRASE: usize = 15;

/// Argon2id cost, as kept in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KdfParameters {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfParameters {
    /// 128 MiB, 3 passes, 4 lanes: above the second option of RFC 9106.
    pub const STANDARD: Self = Self { memory_kib: 128 * 1024, passes: 3, lanes: 4 };

    /// Refuses what is too weak to protect (under 64 MiB, 3 passes) and what would hang the unlock
    /// (over 1 GiB, 16 passes, 16 lanes).
    ///
    /// # Errors
    /// [`VaultError::KdfOutOfRange`].
    pub fn checked(self) -> VaultResult<Self> {
        let sound = (64 * 1024..=1024 * 1024).contains(&self.memory_kib)
            && (3..=16).contains(&self.passes)
            && (1..=16).contains(&self.lanes);
        if sound { Ok(self) } else { Err(VaultError::KdfOutOfRange) }
    }
}

/// The key-encryption key of a passphrase. Takes about half a second on purpose.
///
/// # Errors
/// [`VaultError::KdfOutOfRange`] before any work is done.
pub fn derive(passphrase: &SecretString, salt: &[u8; 16], parameters: KdfParameters) -> VaultResult<Key> {
    let parameters = parameters.checked()?;
    let normal = Zeroizing::new(passphrase.expose_secret().nfc().collect::<String>());
    let params = Params::new(parameters.memory_kib, parameters.passes, parameters.lanes, Some(32))
        .map_err(|_| VaultError::KdfOutOfRange)?;
    let mut out = Zeroizing::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(normal.as_bytes(), salt, out.as_mut())
        .map_err(|_| VaultError::KdfOutOfRange)?;
    Ok(Key::from_bytes(*out))
}

/// Refuses a new passphrase that is short, repetitive, a well-known one, or holds the person's own name.
///
/// # Errors
/// [`VaultError::WeakPassphrase`] with a sentence for the person.
pub fn check_new_passphrase(passphrase: &SecretString, person: &str) -> VaultResult<()> {
    let text = passphrase.expose_secret();
    let refuse = |why: Reason| Err(VaultError::WeakPassphrase(why));
    if text.chars().count() < SHORTEST_PASSPHRASE {
        return refuse(Reason::PassphraseShort);
    }
    let mut distinct: Vec<char> = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 6 {
        return refuse(Reason::PassphraseMonotonous);
    }
    let lower = text.to_lowercase();
    let squeezed: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    const KNOWN: [&str; 8] =
        ["password", "passphrase", "qwertyuiop", "1234567890", "rustcare", "letmein", "abcdefgh", "iloveyou"];
    let mut rest = squeezed.clone();
    for known in KNOWN {
        rest = rest.replace(known, "");
    }
    if person.len() >= 3 {
        rest = rest.replace(&person.to_lowercase(), "");
    }
    if rest.len() < 8 {
        return refuse(Reason::PassphraseGuessable);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tampered_header_cannot_weaken_or_hang_the_unlock() {
        let with = |memory_kib, passes, lanes| KdfParameters { memory_kib, passes, lanes }.checked();
        assert!(with(128 * 1024, 3, 4).is_ok());
        for bad in
            [(1024, 3, 4), (128 * 1024, 1, 4), (u32::MAX, 3, 4), (128 * 1024, 1000, 4), (128 * 1024, 3, 64)]
        {
            assert!(matches!(with(bad.0, bad.1, bad.2), Err(VaultError::KdfOutOfRange)));
        }
    }

    #[test]
    fn the_same_passphrase_in_both_unicode_forms_is_one_passphrase() {
        let parameters = KdfParameters { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
        let composed = derive(&SecretString::from("café au lait noir"), &[7; 16], parameters).unwrap();
        let decomposed =
            derive(&SecretString::from("cafe\u{301} au lait noir"), &[7; 16], parameters).unwrap();
        let other = derive(&SecretString::from("café au lait noir!"), &[7; 16], parameters).unwrap();
        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
        assert_ne!(composed.as_bytes(), other.as_bytes());
    }

    #[test]
    fn weak_passphrases_are_refused_with_a_sentence() {
        for weak in ["short", "aaaaaaaaaaaaaaaaaaaa", "passwordpassword", "maria-maria-maria1"] {
            assert!(check_new_passphrase(&SecretString::from(weak), "maria").is_err(), "{weak}");
        }
        assert!(check_new_passphrase(&SecretString::from("velvet otter cold tram"), "maria").is_ok());
    }
}
