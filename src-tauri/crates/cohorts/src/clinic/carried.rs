//! What the clinic's codes mean in an imported vocabulary: the published concept of each code, the standard concepts that it maps to,
//! and all that stands above these.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rustcare_vault::VaultResult;
use serde::{Deserialize, Serialize};

use super::ClinicConcept;
use super::concept::Concepts;
use crate::athena::{FoundCodes, ImportedVocabulary, normal_code, vocabulary_of};

/// How much of the clinic's codes an imported vocabulary knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedCodes {
    /// Codes that records use, of any system.
    pub codes: u64,
    /// Those of them that are mapped to a standard concept.
    pub mapped: u64,
}

/// The clinic's codes in published concepts.
#[derive(Default)]
pub(super) struct Carried {
    /// (standard concept, own).
    pub meanings: Vec<(i64, i64)>,
    /// (concept of the code, own).
    pub codes: Vec<(i64, i64)>,
    /// (ancestor, standard concept).
    pub ancestors: Vec<(i64, i64)>,
    /// (standard concept, concept of the code).
    pub mapped: Vec<(i64, i64)>,
    /// Concepts that a set may name or hold.
    pub concepts: BTreeSet<i64>,
    /// What the standard concepts and those above them are called.
    pub described: BTreeMap<i64, ClinicConcept>,
    /// UCUM codes by published concept.
    pub units: Vec<(i64, String)>,
    /// How much was found.
    pub count: MappedCodes,
}

impl Carried {
    /// Looks the clinic's codes up.
    ///
    /// # Errors
    /// When the vocabulary cannot be read.
    pub fn of(vocabulary: &ImportedVocabulary, concepts: &Concepts) -> VaultResult<Self> {
        let key = |concept: &ClinicConcept| {
            let of = vocabulary_of(&concept.system)?;
            Some((of, normal_code(of, &concept.code)))
        };
        let wanted: HashSet<(&str, String)> = concepts.known().values().filter_map(key).collect();
        let FoundCodes { by_code, whole: units } = vocabulary.find(&wanted, "UCUM")?;
        let of_code = |concept: &ClinicConcept| {
            let (of, code) = key(concept)?;
            by_code.get(&(of.to_owned(), code)).copied()
        };
        let codes: Vec<(i64, i64)> =
            concepts.known().iter().filter_map(|(own, concept)| Some((of_code(concept)?, *own))).collect();
        let targets = vocabulary.targets(&codes.iter().map(|(source, _)| *source).collect())?;
        let mut standard: HashMap<i64, Vec<i64>> = HashMap::new();
        for (source, target) in &targets {
            standard.entry(*source).or_default().push(*target);
        }
        let sources: HashMap<i64, i64> = codes.iter().map(|(source, own)| (*own, *source)).collect();
        let meaning = |own: &i64| sources.get(own).and_then(|source| standard.get(source));
        let mut one = Self { units, ..Self::default() };
        for own in concepts.of_records() {
            let meaning = meaning(&own);
            one.count.codes += 1;
            one.count.mapped += u64::from(meaning.is_some());
            one.meanings.extend(meaning.into_iter().flatten().map(|target| (*target, own)));
        }
        for (members, together) in concepts.together() {
            let of_members = members.iter().filter_map(meaning).flatten();
            one.meanings.extend(of_members.map(|target| (*target, together)));
        }
        let meant: BTreeSet<i64> = one.meanings.iter().map(|(target, _)| *target).collect();
        one.ancestors = vocabulary.ancestors(&meant)?;
        one.mapped = targets.into_iter().map(|(source, target)| (target, source)).collect();
        one.concepts = meant.iter().copied().chain(codes.iter().map(|(source, _)| *source)).collect();
        one.codes = codes;
        let named: BTreeSet<i64> = one.ancestors.iter().map(|(above, _)| *above).chain(meant).collect();
        for concept in vocabulary.described(named)? {
            let known = ClinicConcept { system: concept.vocabulary, code: concept.code, title: concept.name };
            one.described.insert(concept.id, known);
        }
        Ok(one)
    }
}
