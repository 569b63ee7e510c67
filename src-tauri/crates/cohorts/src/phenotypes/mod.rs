//! The published phenotypes that ship with the program: definitions that others have made and described.
//!
//! Source: OHDSI PhenotypeLibrary 3.37.0 (8 April 2026, Apache License 2.0, see `data/LICENSE.phenotype_library`), without what was
//! withdrawn. Definitions carry the numbers of concepts alone; what these are called, and which codes of a clinic they are, is said by
//! the vocabulary that the clinic imports.

use std::io::Read as _;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::definition::{CohortExpression, DefinitionError};

/// Release of the library.
pub const RELEASE: &str = "3.37.0";

const DATA: &[u8] = include_bytes!("../../data/phenotypes_3_37_0.jsonl.gz");

/// A published definition.
#[derive(Debug, Deserialize)]
pub struct Phenotype {
    /// Its number in the library.
    pub id: i32,
    /// What it is called.
    pub name: Box<str>,
    /// Whether the library's reviewers accepted it; the others wait for that.
    pub is_accepted: bool,
    /// What it means, in its authors' words.
    pub logic: Box<str>,
    definition: Box<RawValue>,
}

impl Phenotype {
    /// The definition.
    ///
    /// # Errors
    /// Where it says what is not read, named with its place.
    pub fn definition(&self) -> Result<CohortExpression, DefinitionError> {
        CohortExpression::from_json(self.definition.get())
    }
}

/// All of them, by number; unpacked at first use.
pub fn library() -> &'static [Phenotype] {
    static LIBRARY: OnceLock<Vec<Phenotype>> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let mut text = String::new();
        // The data are part of the program, and a test reads them whole: an error here is none that a person could meet.
        let _ = flate2::read::GzDecoder::new(DATA).read_to_string(&mut text);
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    })
}

/// A phenotype by its number.
#[must_use]
pub fn find(id: i32) -> Option<&'static Phenotype> {
    let all = library();
    all.binary_search_by_key(&id, |one| one.id).ok().and_then(|at| all.get(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Concept, Test};

    fn bare(concept: &Concept) -> bool {
        *concept == Concept { concept_id: concept.concept_id, ..Concept::default() }
    }

    #[test]
    fn every_definition_of_the_library_is_read_and_names_concepts_by_number_alone() {
        let all = library();
        assert!(all.len() > 1_000, "{}", all.len());
        assert!(all.windows(2).all(|two| two[0].id < two[1].id));
        let mut unread = Vec::new();
        for one in all {
            assert!(!one.name.trim().is_empty());
            let Ok(definition) = one.definition() else {
                unread.push(one.id);
                continue;
            };
            let concepts = definition.concept_sets.iter().flat_map(|set| &set.items);
            assert!(concepts.map(|item| &item.concept).all(bare), "{}", one.id);
            for criterion in &definition.primary_criteria.criteria {
                for attribute in &criterion.attributes {
                    assert!(!matches!(&attribute.test, Test::Concepts(list) if !list.iter().all(bare)));
                }
            }
        }
        assert_eq!(unread, [0_i32; 0]);
        assert_eq!(find(25).map(|one| &*one.name), Some("All cause mortality"));
        assert!(find(-1).is_none());
    }
}
