//! Names that a table writes in one column: cut into the parts of the registration form.
//!
//! A comma says where the family name ends ("Yusuf, Amina", the form of library catalogues and of HL7 v2's display names).
//! Without one nobody can tell from the text which word is which, so that a person says it for the column as a whole.

use rustcare_model::name::PersonName;
use serde::{Deserialize, Serialize};

/// How names without a comma are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum NameOrder {
    /// The given name first, the family name is the last word: John Fitzgerald Kennedy.
    GivenFirst,
    /// The given name first, the last two words are family names: Gabriel García Márquez.
    GivenFirstTwoFamilyNames,
    /// The family name first: Nguyễn Thị Minh.
    FamilyFirst,
}

/// Words that belong to the family name after them, however they are written.
const PARTICLES: [&str; 14] =
    ["da", "das", "de", "del", "della", "den", "der", "dos", "la", "las", "los", "van", "vande", "von"];
/// The same, but names of their own too (Du Fu, Li Bin): only where they are written small.
const SMALL_PARTICLES: [&str; 11] = ["al", "ap", "ben", "bin", "bint", "di", "du", "el", "y", "zu", "af"];
const SUFFIXES: [&str; 8] = ["jr", "jnr", "sr", "snr", "ii", "iii", "iv", "esq"];
const PREFIXES: [&str; 11] = ["dr", "dra", "mr", "mrs", "ms", "miss", "prof", "rev", "sr", "sra", "srta"];

/// Whether a word is a title or suffix, with or without its full stop.
fn is_one_of(known: &[&str], word: &str) -> bool {
    let plain = word.trim_end_matches('.').to_lowercase();
    known.contains(&plain.as_str())
}

/// A word with a full stop is an initial, never a particle.
fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word.to_lowercase().as_str()) || SMALL_PARTICLES.contains(&word)
}

fn joined(words: &[&str]) -> Option<String> {
    (!words.is_empty()).then(|| words.join(" "))
}

fn without_suffix<'t>(mut words: Vec<&'t str>, name: &mut PersonName) -> Vec<&'t str> {
    if words.len() > 1 && words.last().is_some_and(|word| is_one_of(&SUFFIXES, word)) {
        name.suffix = words.pop().map(str::to_owned);
    }
    words
}

/// The words of `text`, with a title in front and a suffix at the end put into `name`. Of two words the first is a title where
/// it has its full stop, or where the family name stands elsewhere.
fn core<'t>(text: &'t str, has_family: bool, name: &mut PersonName) -> Vec<&'t str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let least = match words.first() {
        Some(first) if has_family || first.ends_with('.') => 2,
        _ => 3,
    };
    if words.len() >= least && is_one_of(&PREFIXES, words[0]) {
        name.prefix = Some(words.remove(0).to_owned());
    }
    without_suffix(words, name)
}

/// Where the family name begins that ends before `end`: particles before it belong to it, the first word never does.
fn family_start(words: &[&str], end: usize) -> usize {
    let mut at = end.saturating_sub(1).max(1);
    while at > 1 && is_particle(words[at - 1]) {
        at -= 1;
    }
    at
}

fn given_and_middle(name: &mut PersonName, words: &[&str]) {
    name.given = words.first().map(|word| (*word).to_owned());
    name.middle = words.get(1..).and_then(joined);
}

/// Cuts a name; `None` when it has no comma and more than one word, and nobody said how such names are written.
pub(super) fn split(text: &str, order: Option<NameOrder>) -> Option<PersonName> {
    let mut name = PersonName::default();
    let (first, rest) = text.split_once(',').unwrap_or((text, ""));
    let mut rest: Vec<&str> = rest.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    // "John Smith, Jr." is no family name with a given name.
    if rest.last().is_some_and(|last| is_one_of(&SUFFIXES, last)) {
        name.suffix = rest.pop().map(str::to_owned);
    }
    if !rest.is_empty() {
        let family = without_suffix(first.split_whitespace().collect(), &mut name);
        name.family = joined(&family);
        let after = rest.join(" ");
        let words = core(&after, true, &mut name);
        given_and_middle(&mut name, &words);
        return Some(name);
    }
    let words = core(first, false, &mut name);
    if words.len() < 2 {
        name.family = joined(&words);
        return Some(name);
    }
    match order? {
        NameOrder::GivenFirst => {
            let at = family_start(&words, words.len());
            given_and_middle(&mut name, &words[..at]);
            name.family = joined(&words[at..]);
        }
        NameOrder::GivenFirstTwoFamilyNames => {
            let second = family_start(&words, words.len());
            let at = if second > 1 { family_start(&words, second) } else { second };
            given_and_middle(&mut name, &words[..at]);
            name.family = joined(&words[at..]);
        }
        NameOrder::FamilyFirst => {
            let particles = words.iter().take_while(|word| is_particle(word)).count();
            // Whoever has two names has a given one.
            let end = (particles + 1).min(words.len() - 1);
            name.family = joined(&words[..end]);
            given_and_middle(&mut name, &words[end..]);
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(text: &str, order: Option<NameOrder>) -> Option<[String; 5]> {
        let name = split(text, order)?;
        let of = |part: Option<String>| part.unwrap_or_default();
        Some([of(name.prefix), of(name.given), of(name.middle), of(name.family), of(name.suffix)])
    }

    #[test]
    fn a_comma_says_it_and_the_order_says_the_rest() {
        use NameOrder::{FamilyFirst, GivenFirst, GivenFirstTwoFamilyNames as Two};
        for (text, order, expected) in [
            ("Yusuf, Amina", None, ["", "Amina", "", "Yusuf", ""]),
            ("YUSUF ,  Amina Noor", None, ["", "Amina", "Noor", "YUSUF", ""]),
            ("García Márquez, Gabriel José", None, ["", "Gabriel", "José", "García Márquez", ""]),
            ("Smith, John, Jr.", None, ["", "John", "", "Smith", "Jr."]),
            ("Smith, Dr. John Paul", None, ["Dr.", "John", "Paul", "Smith", ""]),
            ("Madonna", None, ["", "", "", "Madonna", ""]),
            ("John Smith, Jr.", Some(GivenFirst), ["", "John", "", "Smith", "Jr."]),
            ("John Fitzgerald Kennedy", Some(GivenFirst), ["", "John", "Fitzgerald", "Kennedy", ""]),
            ("Vincent van Gogh", Some(GivenFirst), ["", "Vincent", "", "van Gogh", ""]),
            ("Mary Ann de la Cruz III", Some(GivenFirst), ["", "Mary", "Ann", "de la Cruz", "III"]),
            ("Van Morrison", Some(GivenFirst), ["", "Van", "", "Morrison", ""]),
            ("Mr. Tom Berg", Some(GivenFirst), ["Mr.", "Tom", "", "Berg", ""]),
            ("Gabriel García Márquez", Some(Two), ["", "Gabriel", "", "García Márquez", ""]),
            ("Juan Carlos de Borbón y Borbón", Some(Two), ["", "Juan", "Carlos", "de Borbón y Borbón", ""]),
            ("Lucía Castro", Some(Two), ["", "Lucía", "", "Castro", ""]),
            ("Nguyễn Thị Minh", Some(FamilyFirst), ["", "Thị", "Minh", "Nguyễn", ""]),
            ("de la Cruz Ana", Some(FamilyFirst), ["", "Ana", "", "de la Cruz", ""]),
            ("DE LA CRUZ ANA", Some(FamilyFirst), ["", "ANA", "", "DE LA CRUZ", ""]),
            ("Du Fu", Some(FamilyFirst), ["", "Fu", "", "Du", ""]),
            ("La Minh", Some(FamilyFirst), ["", "Minh", "", "La", ""]),
            ("Li Bin Wang", Some(GivenFirst), ["", "Li", "Bin", "Wang", ""]),
            ("Ana Y. Pérez", Some(GivenFirst), ["", "Ana", "Y.", "Pérez", ""]),
            ("Maria De La Cruz", Some(GivenFirst), ["", "Maria", "", "De La Cruz", ""]),
            ("Smith, Dr. John", None, ["Dr.", "John", "", "Smith", ""]),
            ("Mr. Berg", None, ["Mr.", "", "", "Berg", ""]),
            ("Smith, D. John Paul", None, ["", "D.", "John Paul", "Smith", ""]),
            ("D. H. Lawrence", Some(GivenFirst), ["", "D.", "H.", "Lawrence", ""]),
            ("Smith Jr., John", None, ["", "John", "", "Smith", "Jr."]),
            (", Ana", None, ["", "Ana", "", "", ""]),
            ("Yusuf,", None, ["", "", "", "Yusuf", ""]),
        ] {
            assert_eq!(told(text, order), Some(expected.map(str::to_owned)), "{text}");
        }
        assert_eq!(told("Amina Yusuf", None), None, "nobody can tell");
        assert_eq!(told("", None), Some(Default::default()));
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_none_comes_twice(words in prop::collection::vec("[A-Za-z]{1,6}\\.?", 1..7), comma in prop::option::of(0usize..6), order in 0usize..3) {
            let order = [NameOrder::GivenFirst, NameOrder::GivenFirstTwoFamilyNames, NameOrder::FamilyFirst][order];
            let mut text = String::new();
            for (at, word) in words.iter().enumerate() {
                text.push_str(word);
                text.push_str(if comma == Some(at) { ", " } else { " " });
            }
            let name = split(&text, Some(order)).unwrap();
            let parts = [name.prefix, name.given, name.middle, name.family, name.suffix];
            let mut out: Vec<String> = parts.iter().flatten().flat_map(|p| p.split_whitespace()).map(str::to_owned).collect();
            let mut expected = words;
            out.sort();
            expected.sort();
            prop_assert_eq!(out, expected);
        }
    }
}
