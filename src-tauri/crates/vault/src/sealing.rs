//! Sealing: AES-256-GCM under a key, HPKE (RFC 9180, X25519, HKDF-SHA256, AES-256-GCM) to a person.
//!
//! Whatever is sealed is bound to where it belongs by associated data, so a sealed key cannot be moved to another
//! person, role or vault.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

use crate::error::{VaultError, VaultResult};
use crate::keys::Key;

const INFO: &[u8] = b"rustcare/seal/v1";
const NONCE: usize = 12;
const ENCAPSULATED: usize = 32;

/// Encrypts under a key: random nonce, then ciphertext with its tag.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn seal(key: &Key, associated: &[u8], clear: &[u8]) -> VaultResult<Vec<u8>> {
    let mut nonce = [0_u8; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| VaultError::Damaged("no random numbers from the system"))?;
    let cipher = Aes256Gcm::new(key.as_bytes().into());
    let body = cipher
        .encrypt(&Nonce::from(nonce), Payload { msg: clear, aad: associated })
        .map_err(|_| VaultError::Damaged("encryption failed"))?;
    Ok([nonce.as_slice(), &body].concat())
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`VaultError::Damaged`] when key, associated data or text differ by one bit.
pub fn open(key: &Key, associated: &[u8], sealed: &[u8]) -> VaultResult<Zeroizing<Vec<u8>>> {
    let damaged = || VaultError::Damaged("a sealed value does not open");
    let (nonce, body) = sealed.split_at_checked(NONCE).ok_or_else(damaged)?;
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| damaged())?;
    Aes256Gcm::new(key.as_bytes().into())
        .decrypt(&Nonce::from(nonce), Payload { msg: body, aad: associated })
        .map(Zeroizing::new)
        .map_err(|_| damaged())
}

/// A key pair that things can be sealed to.
pub struct KeyPair {
    secret: <X25519HkdfSha256 as Kem>::PrivateKey,
    public: [u8; 32],
}

impl KeyPair {
    /// The pair of a 32-byte seed.
    pub fn from_seed(seed: &Key) -> Self {
        let (secret, public) = X25519HkdfSha256::derive_keypair(seed.as_bytes());
        let mut bytes = [0_u8; 32];
        bytes.copy_from_slice(&public.to_bytes());
        Self { secret, public: bytes }
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Opens what [`seal_to`] made for this pair.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> VaultResult<Zeroizing<Vec<u8>>> {
        let damaged = |_| VaultError::Damaged("a sealed key does not open");
        let (encapsulated, body) =
            sealed.split_at_checked(ENCAPSULATED).ok_or(VaultError::Damaged("a sealed key is too short"))?;
        let encapsulated =
            <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).map_err(damaged)?;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.secret,
            &encapsulated,
            INFO,
            body,
            associated,
        )
        .map(Zeroizing::new)
        .map_err(damaged)
    }
}

/// Seals to a public key.
///
/// # Errors
/// [`VaultError::Damaged`] when the public key is not one.
pub fn seal_to(public: &[u8; 32], associated: &[u8], clear: &[u8]) -> VaultResult<Vec<u8>> {
    let damaged = |_| VaultError::Damaged("a public key in the staff directory is not one");
    let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(public).map_err(damaged)?;
    let (encapsulated, body) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        INFO,
        clear,
        associated,
    )
    .map_err(damaged)?;
    Ok([encapsulated.to_bytes().as_slice(), &body].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_key_opens_only_for_its_person_and_place() {
        let (amina, tom) =
            (KeyPair::from_seed(&Key::from_bytes([1; 32])), KeyPair::from_seed(&Key::from_bytes([2; 32])));
        let sealed = seal_to(&amina.public(), b"vault/amina/records", b"key").unwrap();
        assert_eq!(*amina.open(b"vault/amina/records", &sealed).unwrap(), b"key");
        assert!(amina.open(b"vault/tom/records", &sealed).is_err());
        assert!(tom.open(b"vault/amina/records", &sealed).is_err());
    }

    #[test]
    fn one_flipped_bit_is_noticed_anywhere() {
        let key = Key::from_bytes([3; 32]);
        let sealed = seal(&key, b"here", b"clear text").unwrap();
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(open(&key, b"here", &bad).is_err());
        }
        assert!(open(&key, b"there", &sealed).is_err());
    }
}
