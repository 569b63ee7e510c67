//! Vocabularies as OHDSI's Athena hands them out: read once from their CSV files, kept as one run of bytes that is asked in parts.
//!
//! The files are tables of the OMOP common data model 5.4 (`CONCEPT`, `CONCEPT_ANCESTOR`, `CONCEPT_RELATIONSHIP`, `VOCABULARY`),
//! separated by tabs and without quoting: a quotation mark in a name is a character of it, as OHDSI's own loading scripts have it
//! (`COPY … DELIMITER E'\t' QUOTE E'\b'`).

mod read;
mod sections;
mod stored;
mod systems;
#[cfg(test)]
mod tests;

pub use read::{AthenaError, read_folder};
pub use sections::{VocabularyBytes, VocabularyName};
pub(crate) use stored::FoundCodes;
pub use stored::{DescribedConcept, ImportedVocabulary};
pub(crate) use systems::{normal_code, vocabulary_of};
