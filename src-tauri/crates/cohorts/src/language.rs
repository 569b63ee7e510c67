//! Languages that people are told something in, and phrases whose wordings stand beside each other in every one of them.

use serde::{Deserialize, Serialize};

/// A language that definitions, figures and reports are told in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// Its tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }
}

/// What stands behind a number, and behind one.
const BEHIND_ONE: [(&str, &str); 2] = [(" days", " day"), (" días", " día")];

/// A wording with what stands in its braces filled in; what has no value is left out. Behind one there is a day, not days.
pub(crate) fn filled(wording: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = wording;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, behind) = after.split_once('}').unwrap_or((after, ""));
        text += before;
        let value = values.iter().find(|(name, _)| *name == place).map_or("", |(_, value)| value);
        text += value;
        let singular = |(many, one): &(&str, &'static str)| Some((*one, behind.strip_prefix(many)?));
        let of_one = (value == "1").then(|| BEHIND_ONE.iter().find_map(singular)).flatten();
        let (unit, behind) = of_one.unwrap_or(("", behind));
        text += unit;
        rest = behind;
    }
    text + rest
}

/// Names of phrases with their wording in English and Spanish: one that lacks a language does not compile.
macro_rules! phrases {
    ($(#[$doc:meta])* $visible:vis enum $list:ident { $($name:ident $english:literal | $spanish:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $visible enum $list { $($name,)* }

        impl $list {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub const fn wording(self, language: $crate::language::Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, $crate::language::Language::En) => $english,
                      (Self::$name, $crate::language::Language::Es) => $spanish,)*
                }
            }
        }
    };
}
pub(crate) use phrases;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Names of what is filled in.
    pub fn places(wording: &str) -> Vec<&str> {
        let mut places: Vec<&str> =
            wording.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn what_stands_in_braces_is_filled_in() {
        assert_eq!(filled("{a} of {b}{c}", &[("b", "3"), ("a", "1 {b}")]), "1 {b} of 3");
        let days = |days| filled("{days} days after {days} días.", &[("days", days)]);
        assert_eq!(
            ["1", "2", "21"].map(days),
            ["1 day after 1 día.", "2 days after 2 días.", "21 days after 21 días."]
        );
    }
}
