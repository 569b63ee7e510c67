//! The parts of a person's name.

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::note::Refusal;
use crate::reason::Reason;

/// Longest name part that is typed; longer imported parts are kept as written and flagged.
pub const LONGEST_PART: usize = 100;
/// Longest whole name that is typed.
pub const LONGEST_NAME: usize = 255;

/// A person's name in parts. Each may be absent; a mononym has only one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonName {
    /// Given (first) name.
    pub given: Option<String>,
    /// Middle names.
    pub middle: Option<String>,
    /// Family (last) name.
    pub family: Option<String>,
    /// Dr, Prof …
    pub prefix: Option<String>,
    /// Jr, Sr, III …
    pub suffix: Option<String>,
    /// What the person wants to be called.
    pub preferred: Option<String>,
}

impl PersonName {
    /// Whether neither a given nor a family name is known.
    pub fn is_empty(&self) -> bool {
        self.given.is_none() && self.family.is_none()
    }

    /// All parts that a search finds a person by, folded by [`folded`].
    pub fn search_text(&self) -> String {
        [&self.given, &self.middle, &self.family, &self.preferred]
            .into_iter()
            .flatten()
            .map(|p| folded(p))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Characters of the whole name with single blanks between its parts.
    pub fn length(&self) -> usize {
        let parts = [&self.prefix, &self.given, &self.middle, &self.family, &self.suffix];
        let present: Vec<usize> = parts.into_iter().flatten().map(|p| p.chars().count()).collect();
        present.iter().sum::<usize>() + present.len().saturating_sub(1)
    }
}

/// Reads a typed name part: NFC, trimmed, inner blanks single; letters of any script, marks, digits, [`APOSTROPHES`] and
/// `- . , ( )`.
///
/// # Errors
/// `too_long`, `wrong_character`.
pub fn parse_part(typed: &str) -> Result<Option<String>, Refusal> {
    let text: String = typed.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > LONGEST_PART {
        return Err(Refusal::new("too_long", Reason::NamePartLong));
    }
    let allowed = |c: char| {
        c.is_alphanumeric() || is_combining_mark(c) || APOSTROPHES.contains(&c) || "-‐.·, ()/".contains(c)
    };
    if !text.chars().all(allowed) || !text.chars().any(char::is_alphabetic) {
        return Err(Refusal::new("wrong_character", Reason::NameCharacters));
    }
    Ok(Some(text))
}

/// What people write for an apostrophe, the Hawaiian ʻokina and their like: keyboards and systems differ, the name does not. Names are
/// compared without them.
pub const APOSTROPHES: [char; 12] = ['\'', '’', '‘', '‛', 'ʼ', 'ʻ', 'ʽ', '´', '`', 'ˈ', '′', '＇'];

/// Text as names are compared: apostrophes left out, accents folded (NFKD without marks), lower case, letters that NFKD leaves alone
/// (ł, ø, ß, æ, đ, ı) written out, everything that is no letter or digit a blank.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Before NFKD: it makes a blank and a mark of an acute accent that stands alone.
    let written = text.chars().filter(|c| !APOSTROPHES.contains(c));
    for c in written.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ł' => out.push('l'),
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ı' => out.push('i'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            c if c.is_alphanumeric() => out.push(c),
            _ if !out.is_empty() && !out.ends_with(' ') => out.push(' '),
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accents_and_odd_letters_fold() {
        assert_eq!(folded("María Łucja  O’Brien-Strauß"), "maria lucja obrien strauss");
        for apostrophe in APOSTROPHES {
            assert_eq!(folded(&format!("O{apostrophe}Brien")), "obrien", "{apostrophe}");
            assert_eq!(folded(&format!("{apostrophe}Aukai Kaʻiulani")), "aukai kaiulani", "{apostrophe}");
            let typed = format!("O{apostrophe}Brien");
            assert!(parse_part(&typed).unwrap().is_some(), "{apostrophe}");
        }
        assert_eq!(folded("José"), folded("Jose\u{301}"));
    }

    #[test]
    fn one_letter_names_are_names() {
        assert_eq!(parse_part(" Y ").unwrap().as_deref(), Some("Y"));
        assert_eq!(parse_part("   ").unwrap(), None);
        assert_eq!(parse_part("<script>").unwrap_err().code, "wrong_character");
        assert_eq!(parse_part(&"x".repeat(101)).unwrap_err().code, "too_long");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in ".{0,60}") {
            prop_assert_eq!(folded(&folded(&text)), folded(&text));
        }
    }
}
