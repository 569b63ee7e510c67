//! E-mail addresses and telephone numbers.

use std::str::FromStr;

use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, Region, ValidationError};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::note::Refusal;
use crate::reason::Reason;

/// An e-mail address (RFC 5321: local part at most 64 octets, whole at most 254).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Email(String);

impl Email {
    /// Reads a typed address; the domain is lower-cased.
    ///
    /// # Errors
    /// `not_an_address`, `too_long`.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let typed = typed.trim();
        if typed.len() > 254 {
            return Err(Refusal::new("too_long", Reason::EmailLong));
        }
        let wrong = || Refusal::new("not_an_address", Reason::EmailForm);
        let (local, domain) = typed.rsplit_once('@').ok_or_else(wrong)?;
        let options = email_address::Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        email_address::EmailAddress::parse_with_options(typed, options).map_err(|_| wrong())?;
        if local.starts_with('"') || domain.starts_with('-') || domain.ends_with('-') {
            return Err(wrong());
        }
        Ok(Self(format!("{local}@{}", domain.to_lowercase())))
    }

    /// The address as kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as compared: all lower case.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

/// A telephone number: the E.164 form (ITU-T E.164, at most 15 digits) and the text as typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Phone {
    /// `+49 30 …` without blanks; `None` when the text could not be read as a number (imports only).
    pub e164: Option<String>,
    /// The digits without the country code, as they are dialled at home.
    #[serde(default)]
    pub national: Option<String>,
    /// What was typed or imported, unchanged.
    pub as_written: String,
    /// False when the number has a possible length but is in no assigned range.
    pub assigned: bool,
}

/// A patient's telephone numbers: nearly always one or two.
pub type Telecoms = SmallVec<[Phone; 2]>;

impl Phone {
    /// Reads a number typed in a clinic of `region` (ISO 3166 alpha-2, for example `US`).
    ///
    /// # Errors
    /// `not_a_number`, `too_short`, `too_long`, `wrong_length`.
    pub fn parse(typed: &str, region: &str) -> Result<Self, Refusal> {
        let typed = typed.trim();
        if typed.len() > 64 || !typed.is_ascii() {
            return Err(Refusal::new("not_a_number", Reason::PhoneDigitsOnly));
        }
        let number = PhoneNumber::parse(typed, Region::from_str(region).ok())
            .map_err(|_| Refusal::new("not_a_number", Reason::PhoneForm))?;
        match number.is_possible_with_reason() {
            Ok(_) => {}
            Err(ValidationError::TooShort) => {
                return Err(Refusal::new("too_short", Reason::PhoneShort));
            }
            Err(ValidationError::TooLong) => {
                return Err(Refusal::new("too_long", Reason::PhoneLong));
            }
            Err(_) => {
                return Err(Refusal::new("wrong_length", Reason::PhoneCount));
            }
        }
        let e164 = number.format_as(PhoneNumberFormat::E164).into_owned();
        Ok(Self {
            e164: Some(e164),
            national: Some(number.get_national_significant_number()),
            as_written: typed.to_owned(),
            assigned: number.is_valid(),
        })
    }

    /// As a person reads it: `+1 202-555-0143`, or as written when it could not be read.
    pub fn shown(&self) -> String {
        let number = self.e164.as_deref().and_then(|e164| PhoneNumber::parse(e164, None).ok());
        number.map_or_else(
            || self.as_written.clone(),
            |n| n.format_as(PhoneNumberFormat::International).into_owned(),
        )
    }

    /// An imported number: read where possible, kept as written in any case.
    pub fn imported(text: &str, region: &str) -> Self {
        Self::parse(text, region).unwrap_or_else(|_| Self {
            e164: None,
            national: None,
            as_written: text.to_owned(),
            assigned: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_kept_as_e164_and_as_written() {
        // Google's libphonenumber documents this Swiss example in its README.
        let phone = Phone::parse("044 668 18 00", "CH").unwrap();
        assert_eq!(phone.e164.as_deref(), Some("+41446681800"));
        assert_eq!(phone.as_written, "044 668 18 00");
        assert_eq!(phone.shown(), "+41 44 668 18 00");
        assert!(phone.assigned);
    }

    #[test]
    fn a_number_cut_short_says_so() {
        assert_eq!(Phone::parse("0446", "CH").unwrap_err().code, "too_short");
    }

    #[test]
    fn addresses_are_read_as_the_mail_standards_say() {
        assert_eq!(Email::parse(" ml.farias@Example.ORG ").unwrap().as_str(), "ml.farias@example.org");
        for bad in
            ["", "a", "a@", "@b.org", "a b@c.org", "a@b", "a@@b.org", &format!("{}@b.org", "x".repeat(65))]
        {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,80}") {
            let _ = Phone::parse(&text, "US");
            let _ = Email::parse(&text);
        }
    }
}
