//! The printed recovery key: 24 words of the BIP-39 English list with their checksum (256 bits).

use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

use crate::error::{VaultError, VaultResult};
use crate::keys::Key;

/// How many words are printed.
pub const WORDS: usize = 24;

/// The recovery key of a vault.
pub struct RecoveryKey(Key);

impl RecoveryKey {
    /// A new random one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn random() -> VaultResult<Self> {
        Key::random().map(Self)
    }

    /// The 24 words, shown once.
    ///
    /// # Errors
    /// Never for 32 bytes; typed so that no caller can panic.
    pub fn words(&self) -> VaultResult<Vec<String>> {
        let mnemonic = Mnemonic::from_entropy_in(Language::English, self.0.as_bytes())
            .map_err(|_| VaultError::Damaged("the recovery key has a wrong length"))?;
        Ok(mnemonic.words().map(str::to_owned).collect())
    }

    /// Reads typed words; blanks and capitals do not matter, a wrong word or order is noticed by the checksum.
    ///
    /// # Errors
    /// [`VaultError::WrongRecoveryWords`].
    pub fn from_words(typed: &str) -> VaultResult<Self> {
        let text = Zeroizing::new(typed.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" "));
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &text)
            .map_err(|_| VaultError::WrongRecoveryWords)?;
        let entropy = Zeroizing::new(mnemonic.to_entropy());
        Key::from_slice(&entropy).map(Self).map_err(|_| VaultError::WrongRecoveryWords)
    }

    /// The key that the vault's keys are sealed under for recovery. High entropy, so HKDF is enough.
    pub(crate) fn sealing_key(&self) -> Key {
        self.0.derived("rustcare/recovery/v1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_words_give_the_key_back() {
        let key = RecoveryKey::random().unwrap();
        let words = key.words().unwrap();
        assert_eq!(words.len(), WORDS);
        let typed = words.join("  ").to_uppercase();
        assert_eq!(RecoveryKey::from_words(&typed).unwrap().0.as_bytes(), key.0.as_bytes());
        let mut swapped = words.clone();
        swapped.swap(0, 1);
        if swapped != words {
            // One in 256 swaps keeps the checksum; it must then be another key.
            match RecoveryKey::from_words(&swapped.join(" ")) {
                Ok(other) => assert_ne!(other.0.as_bytes(), key.0.as_bytes()),
                Err(error) => assert!(matches!(error, VaultError::WrongRecoveryWords)),
            }
        }
    }
}
