//! Numbers that open a person's life to a thief: social security and insurance numbers.
//!
//! They have no `Debug` that shows them, no `Display` and no `Serialize`; they are wiped when dropped and
//! compared in constant time. The value leaves only through [`Ssn::reveal`], which the workstation audits.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::note::Refusal;
use crate::reason::Reason;

/// A United States social security number of nine digits.
///
/// The rules are structural only (no check digit exists): area not 000, 666 or 900–999, group not 00,
/// serial not 0000, and not one of the numbers made invalid by being printed in advertisements.
/// Source: SSA Program Operations Manual System RM 10201.035.
#[derive(Clone)]
pub struct Ssn(SecretString);

/// Advertised numbers, invalid ever since (SSA history: "Misused SSNs"; python-stdnum keeps the same list).
const ADVERTISED: [&str; 3] = ["078051120", "219099999", "457555462"];

impl Ssn {
    /// Reads a typed number; spaces and hyphens are dropped.
    ///
    /// # Errors
    /// `wrong_length`, `individual_taxpayer_number`, `never_issued`; none repeats the value.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let mut digits = zeroize::Zeroizing::new(String::with_capacity(9));
        for c in typed.chars() {
            match c {
                '0'..='9' if digits.len() < 10 => digits.push(c),
                '-' | ' ' => {}
                _ => {
                    return Err(Refusal::new("wrong_character", Reason::SsnDigits));
                }
            }
        }
        if digits.len() != 9 {
            return Err(Refusal::new("wrong_length", Reason::SsnLength));
        }
        let (area, group, serial) = (&digits[..3], &digits[3..5], &digits[5..]);
        if area.starts_with('9') {
            let group: u32 = group.parse().unwrap_or(0);
            return Err(if matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99) {
                Refusal::new("individual_taxpayer_number", Reason::SsnTaxpayer)
            } else {
                Refusal::new("never_issued", Reason::SsnNine)
            });
        }
        if area == "000"
            || area == "666"
            || group == "00"
            || serial == "0000"
            || ADVERTISED.contains(&digits.as_str())
        {
            return Err(Refusal::new("never_issued", Reason::SsnNeverIssued));
        }
        Ok(Self(SecretString::from(digits.as_str())))
    }

    /// A number as another system kept it: nine digits, issued or not. Test data and old registers hold numbers that
    /// were never issued; they are secrets all the same.
    ///
    /// # Errors
    /// `wrong_length`.
    pub fn imported(text: &str) -> Result<Self, Refusal> {
        let digits = zeroize::Zeroizing::new(text.chars().filter(char::is_ascii_digit).collect::<String>());
        if digits.len() != 9 {
            return Err(Refusal::new("wrong_length", Reason::SsnLength));
        }
        Ok(Self(SecretString::from(digits.as_str())))
    }

    /// The nine digits. Call it only where the act is audited.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// `•••-••-4399`: what a screen shows.
    pub fn masked(&self) -> String {
        format!("•••-••-{}", &self.0.expose_secret()[5..])
    }

    /// Whether two numbers are the same, in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.reveal().as_bytes().ct_eq(other.reveal().as_bytes()).into()
    }
}

impl fmt::Debug for Ssn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ssn(‹redacted›)")
    }
}

/// An insurance or member number: 4 to 30 letters and digits, as the insurer writes it.
#[derive(Clone)]
pub struct InsuranceNumber(SecretString);

impl InsuranceNumber {
    /// Reads a typed number; spaces are dropped and letters upper-cased.
    ///
    /// # Errors
    /// `wrong_length`, `wrong_character`; none repeats the value.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let mut kept = zeroize::Zeroizing::new(String::with_capacity(typed.len()));
        for c in typed.trim().chars() {
            match c {
                'A'..='Z' | '0'..='9' | '-' | '/' | '.' => kept.push(c),
                'a'..='z' => kept.push(c.to_ascii_uppercase()),
                ' ' => {}
                _ => {
                    return Err(Refusal::new("wrong_character", Reason::InsuranceCharacters));
                }
            }
        }
        if !(4..=30).contains(&kept.len()) {
            return Err(Refusal::new("wrong_length", Reason::InsuranceLength));
        }
        Ok(Self(SecretString::from(kept.as_str())))
    }

    /// The number. Call it only where the act is audited.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// `•••• 1234`: what a screen shows.
    pub fn masked(&self) -> String {
        let value = self.0.expose_secret();
        format!("•••• {}", &value[value.len().saturating_sub(4)..])
    }

    /// Whether two numbers are the same, in constant time for equal lengths.
    pub fn matches(&self, other: &Self) -> bool {
        self.reveal().as_bytes().ct_eq(other.reveal().as_bytes()).into()
    }
}

impl fmt::Debug for InsuranceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InsuranceNumber(‹redacted›)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Vectors of python-stdnum's `us.ssn`, and the areas of POMS RM 10201.035.
    #[test]
    fn published_numbers_are_taken_or_refused() {
        assert!(Ssn::parse("536-90-4399").is_ok());
        for (bad, code) in [
            ("666-00-0000", "never_issued"),
            ("078-05-1120", "never_issued"),
            ("1112-23333", "wrong_length_or_ok"),
            ("000-12-3456", "never_issued"),
            ("912-70-3456", "individual_taxpayer_number"),
            ("12345", "wrong_length"),
        ] {
            match Ssn::parse(bad) {
                // stdnum refuses the misplaced hyphen; nine digits are nine digits for us.
                Ok(_) => assert_eq!(code, "wrong_length_or_ok"),
                Err(refusal) => assert_eq!(refusal.code, code),
            }
        }
    }

    #[test]
    fn only_the_last_four_are_shown() {
        let ssn = Ssn::parse("536904399").unwrap();
        assert_eq!(ssn.masked(), "•••-••-4399");
        assert!(!format!("{ssn:?}").contains("4399"));
    }

    proptest! {
        #[test]
        fn no_refusal_repeats_what_was_typed(text in "[0-9A-Za-z -]{6,40}") {
            if let Err(refusal) = Ssn::parse(&text) {
                prop_assert!(!refusal.to_string().contains(text.trim()));
            }
            if let Err(refusal) = InsuranceNumber::parse(&text) {
                prop_assert!(!refusal.to_string().contains(text.trim()));
            }
        }
    }
}
