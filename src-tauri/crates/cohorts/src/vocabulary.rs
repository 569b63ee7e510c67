//! The vocabulary that came with the data: concepts, what descends from what, what maps to what; concept sets resolved.
//!
//! Source of the meaning: circe-be `vocabulary/ConceptSetExpressionQueryBuilder.java` and `resources/vocabulary/sql`.

use crate::definition::{ConceptSet, ConceptSetItem};

/// Pairs by their first member: the second members of one lie together, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    pub(crate) keys: Vec<i64>,
    pub(crate) offsets: Vec<u32>,
    pub(crate) values: Vec<i64>,
}

impl Pairs {
    /// The pairs, sorted and each once.
    #[must_use]
    pub fn new(mut pairs: Vec<(i64, i64)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut one = Self { keys: Vec::new(), offsets: vec![0], values: Vec::with_capacity(pairs.len()) };
        for (key, value) in pairs {
            if one.keys.last() != Some(&key) {
                one.keys.push(key);
                one.offsets.push(one.values.len() as u32);
            }
            one.values.push(value);
            if let Some(last) = one.offsets.last_mut() {
                *last = one.values.len() as u32;
            }
        }
        one
    }

    /// The second members of this first one.
    #[must_use]
    pub fn of(&self, key: i64) -> &[i64] {
        match self.keys.binary_search(&key) {
            Ok(at) => &self.values[self.offsets[at] as usize..self.offsets[at + 1] as usize],
            Err(_) => &[],
        }
    }
}

/// A concept that the vocabulary has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownConcept {
    /// Its id.
    pub concept_id: i64,
    /// Whether `invalid_reason` is empty. Only valid concepts come in as descendants.
    pub is_valid: bool,
}

/// Concepts, ancestors and mappings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    pub(crate) concepts: Vec<KnownConcept>,
    pub(crate) descendants: Pairs,
    pub(crate) mapped: Pairs,
}

impl Vocabulary {
    /// A vocabulary of these concepts, of (ancestor, descendant) and of (target, source) of valid "Maps to" relationships.
    #[must_use]
    pub fn new(mut concepts: Vec<KnownConcept>, ancestors: Vec<(i64, i64)>, mapped: Vec<(i64, i64)>) -> Self {
        concepts.sort_unstable();
        concepts.dedup_by_key(|concept| concept.concept_id);
        Self { concepts, descendants: Pairs::new(ancestors), mapped: Pairs::new(mapped) }
    }

    /// How many concepts there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.concepts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.concepts.is_empty()
    }

    /// Whether the concept is known.
    #[must_use]
    pub fn knows(&self, concept_id: i64) -> bool {
        self.concept(concept_id).is_some()
    }

    fn concept(&self, concept_id: i64) -> Option<KnownConcept> {
        let at = self.concepts.binary_search_by_key(&concept_id, |concept| concept.concept_id).ok()?;
        self.concepts.get(at).copied()
    }

    /// The concepts of a set, sorted: what is put in less what is taken out.
    #[must_use]
    pub fn resolve(&self, set: &ConceptSet) -> Vec<i64> {
        let included = self.side(set.items.iter().filter(|item| !item.is_excluded));
        let excluded = self.side(set.items.iter().filter(|item| item.is_excluded));
        if excluded.is_empty() {
            return included;
        }
        included.into_iter().filter(|id| excluded.binary_search(id).is_err()).collect()
    }

    /// Named concepts whether valid or not, their valid descendants, and the sources that map to either.
    fn side<'a>(&self, items: impl Iterator<Item = &'a ConceptSetItem>) -> Vec<i64> {
        let mut all = Vec::new();
        let mut targets = Vec::new();
        for item in items {
            let start = all.len();
            let id = item.concept.concept_id;
            all.extend(self.knows(id).then_some(id));
            if item.include_descendants {
                let valid = |id: &i64| self.concept(*id).is_some_and(|concept| concept.is_valid);
                all.extend(self.descendants.of(id).iter().copied().filter(valid));
            }
            if item.include_mapped {
                targets.extend_from_slice(&all[start..]);
            }
        }
        for target in targets {
            all.extend_from_slice(self.mapped.of(target));
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}
