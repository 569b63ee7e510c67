//! Names of schemas: the only words of a caller that become part of a script as they are.

use std::fmt;

use thiserror::Error;

/// Letters that PostgreSQL keeps of a name.
const LONGEST: usize = 63;

/// The name of a schema, with or without the name of its catalog: letters, digits and underscores, a letter first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SchemaName(String);

/// Why a text is no name of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the name of a schema has letters, digits and underscores, a letter first, at most {LONGEST} of them, as in cdm or lake.cdm"
)]
pub struct NotASchemaName;

impl SchemaName {
    /// Reads a name: `cdm`, or `lake.cdm`.
    ///
    /// # Errors
    /// When it holds anything but letters, digits and underscores, and at most one full stop between two names.
    pub fn parse(text: &str) -> Result<Self, NotASchemaName> {
        let parts: Vec<&str> = text.split('.').collect();
        let is_name = |part: &&str| {
            part.len() <= LONGEST
                && part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        if parts.len() <= 2 && parts.iter().all(is_name) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotASchemaName)
        }
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{NotASchemaName, SchemaName};

    #[test]
    fn a_name_is_letters_digits_and_underscores_and_nothing_that_ends_a_statement() {
        for good in ["cdm", "CDM_5_4", "_scratch", "lake.omop"] {
            assert_eq!(SchemaName::parse(good).map(|name| name.to_string()), Ok(good.to_owned()));
        }
        let long = "a".repeat(64);
        for bad in [
            "",
            "5cdm",
            "a.b.c",
            ".cdm",
            "cdm.",
            "cdm; DROP TABLE person",
            "c\"m",
            "c'm",
            "c-m",
            "cdm ",
            "ç",
            &long,
        ] {
            assert_eq!(SchemaName::parse(bad), Err(NotASchemaName), "{bad}");
        }
    }
}
