//! Why something is refused or doubted: a stable name, what is filled in, and the one place of the English sentences.
//!
//! The window has its own wording for each [`Reason`] in each language; the sentence here is what the command line and
//! the logs say. No reason and no value ever holds what was typed or stored of a patient.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What is filled into the sentence of a reason, by the name of its place: seconds, a file, the holder of a vault.
pub type Values = BTreeMap<String, String>;

macro_rules! reasons {
    ($($name:ident $sentence:literal)*) => {
        /// Why something is refused or doubted. A name is never given another meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs)] // the sentence says it
        pub enum Reason { $($name,)* }

        impl Reason {
            /// All reasons, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The English sentence with the places of its values in braces.
            pub const fn template(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

mod sentences;
pub use sentences::Reason;

impl Reason {
    /// The name that crosses the border, for example `name_missing`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }

    /// The reason with a value for one place of its sentence.
    pub fn with(self, place: &str, value: impl fmt::Display) -> Why {
        Why::from(self).with(place, value)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.template())
    }
}

/// A reason and what is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Why {
    /// The reason.
    pub reason: Reason,
    /// By the place's name.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, string>"))]
    pub values: Values,
}

impl Why {
    /// Adds a value for one place of the sentence.
    pub fn with(mut self, place: &str, value: impl fmt::Display) -> Self {
        self.values.insert(place.to_owned(), value.to_string());
        self
    }

    /// The English sentence.
    pub fn sentence(&self) -> String {
        self.values.iter().fold(self.reason.template().to_owned(), |text, (place, value)| {
            text.replace(&format!("{{{place}}}"), value)
        })
    }
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        Self { reason, values: Values::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_that_is_sent() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), serde_json::json!(reason.name()));
        }
    }

    #[test]
    fn a_sentence_is_filled_in() {
        assert_eq!(
            Reason::Throttled.with("seconds", 12).sentence(),
            "Too many wrong passphrases. Wait 12 s, then try again."
        );
    }

    #[test]
    fn no_two_reasons_say_the_same() {
        let mut templates: Vec<&str> = Reason::ALL.iter().map(|r| r.template()).collect();
        templates.sort_unstable();
        let count = templates.len();
        templates.dedup();
        assert_eq!(templates.len(), count);
    }
}
