//! Medical record numbers: ten characters, the last of which checks the nine before it.
//!
//! The check character follows ISO 7064 MOD 37,36 (ISO/IEC 7064:2003), alphabet `0-9A-Z`: it catches
//! every single wrong character and nearly every swap of two neighbours.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::note::Refusal;
use crate::reason::Reason;

const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn value_of(character: u8) -> Option<u32> {
    ALPHABET.iter().position(|&c| c == character).map(|p| p as u32)
}

/// The ISO 7064 MOD 37,36 check character of `payload`, which may hold only `0-9A-Z`.
///
/// Returns `None` when it holds anything else.
pub fn check_character(payload: &str) -> Option<char> {
    let mut product = 36_u32;
    for byte in payload.bytes() {
        let mut sum = (product + value_of(byte)?) % 36;
        if sum == 0 {
            sum = 36;
        }
        product = (sum * 2) % 37;
    }
    // The check value makes the whole congruent to 1 modulo 36.
    let check = (37 - product) % 36;
    Some(ALPHABET[check as usize] as char)
}

/// A house medical record number: exactly ten characters of `A-Z0-9`, upper case.
///
/// Numbers that this clinic issues carry a check character; a number that a clinic brings with it
/// (its own older scheme) need not, which [`Mrn::has_valid_check`] tells. `Debug` is redacted and there
/// is no `Display`: a number leaves only through [`Mrn::as_str`], used by view models.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mrn(String);

impl Mrn {
    /// Length of every number.
    pub const LENGTH: usize = 10;

    /// Reads a typed number: spaces and hyphens are dropped, letters are upper-cased.
    ///
    /// # Errors
    /// `wrong_length` and `wrong_character`, without the value.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let kept: String =
            typed.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect();
        if !kept.bytes().all(|b| value_of(b).is_some()) {
            return Err(Refusal::new("wrong_character", Reason::MrnCharacters));
        }
        if kept.len() != Self::LENGTH {
            return Err(Refusal::new("wrong_length", Reason::MrnLength));
        }
        Ok(Self(kept))
    }

    /// The number that is `number` in the block of a workstation with `prefix` (1 to 3 of `A-Z0-9`).
    ///
    /// # Errors
    /// `wrong_prefix`, or `block_used_up` when the number no longer fits.
    pub fn issue(prefix: &str, number: u64) -> Result<Self, Refusal> {
        if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|b| value_of(b).is_some()) {
            return Err(Refusal::new("wrong_prefix", Reason::MrnPrefix));
        }
        let width = Self::LENGTH - 1 - prefix.len();
        let digits = format!("{number:0width$}");
        if digits.len() > width {
            return Err(Refusal::new("block_used_up", Reason::MrnBlockUsedUp));
        }
        let payload = format!("{prefix}{digits}");
        match check_character(&payload) {
            Some(check) => Ok(Self(format!("{payload}{check}"))),
            None => Err(Refusal::new("wrong_prefix", Reason::MrnPrefix)),
        }
    }

    /// Whether the tenth character is the check character of the nine before it.
    pub fn has_valid_check(&self) -> bool {
        check_character(&self.0[..9]).is_some_and(|c| self.0.ends_with(c))
    }

    /// The ten characters, for the database and for view models.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Mrn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mrn(‹redacted›)")
    }
}

impl TryFrom<String> for Mrn {
    type Error = Refusal;
    fn try_from(value: String) -> Result<Self, Refusal> {
        Self::parse(&value)
    }
}

impl From<Mrn> for String {
    fn from(value: Mrn) -> Self {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// python-stdnum's documented example of ISO 7064 MOD 37,36 (grid: A12425GABC1234002 → M).
    #[test]
    fn the_published_check_character_is_reproduced() {
        assert_eq!(check_character("A12425GABC1234002"), Some('M'));
    }

    #[test]
    fn spaces_hyphens_and_small_letters_are_read() {
        let issued = Mrn::issue("RC", 4217).unwrap();
        let typed = format!("{}-{} {}", &issued.0[..2], &issued.0[2..6], issued.0[6..].to_lowercase());
        assert_eq!(Mrn::parse(&typed).unwrap(), issued);
        assert!(issued.has_valid_check());
    }

    #[test]
    fn debug_shows_nothing() {
        let issued = Mrn::issue("RC", 4217).unwrap();
        assert!(!format!("{issued:?}").contains(&issued.0));
    }

    #[test]
    fn a_full_block_is_refused() {
        assert_eq!(Mrn::issue("ABC", 1_000_000).unwrap_err().code, "block_used_up");
    }

    proptest! {
        #[test]
        fn every_single_wrong_character_is_caught(payload in "[0-9A-Z]{9}", at in 0usize..10, with in 0usize..36) {
            let check = check_character(&payload).unwrap();
            let whole = format!("{payload}{check}");
            let mut wrong: Vec<u8> = whole.clone().into_bytes();
            wrong[at] = ALPHABET[with];
            let wrong = Mrn(String::from_utf8(wrong).unwrap());
            prop_assert_eq!(wrong.has_valid_check(), wrong.0 == whole);
        }

        #[test]
        fn reading_never_panics(text in ".*") {
            let _ = Mrn::parse(&text);
        }
    }
}
