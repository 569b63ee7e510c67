//! The vocabulary that came with the data: concepts, what descends from what, what maps to what; concept sets resolved.
//!
//! Data whose records have concepts of their own, as a clinic's, say which published concepts these carry: a set of published
//! concepts is resolved among published ones first, as it is meant, and then to the records' own.
//!
//! Source of the meaning: circe-be `vocabulary/ConceptSetExpressionQueryBuilder.java` and `resources/vocabulary/sql`.

use std::sync::Arc;

use crate::definition::{Concept, ConceptSet, ConceptSetItem};

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
    /// By a published standard concept: the data's own concepts that mean it.
    pub(crate) meant_by: Pairs,
    /// By the published concept of a code: the data's own concept of the code.
    pub(crate) own_of_code: Pairs,
    /// All published concepts that are known besides, sorted; not kept with the data.
    pub(crate) published: Option<Arc<[u32]>>,
}

impl Vocabulary {
    /// A vocabulary of these concepts, of (ancestor, descendant) and of (target, source) of valid "Maps to" relationships.
    #[must_use]
    pub fn new(mut concepts: Vec<KnownConcept>, ancestors: Vec<(i64, i64)>, mapped: Vec<(i64, i64)>) -> Self {
        concepts.sort_unstable();
        concepts.dedup_by_key(|concept| concept.concept_id);
        Self { concepts, descendants: Pairs::new(ancestors), mapped: Pairs::new(mapped), ..Self::default() }
    }

    /// Says what the data's own concepts stand for: (standard concept, own), (concept of a code, own), (standard concept, concept of a
    /// code).
    pub(crate) fn carry(
        &mut self,
        meanings: Vec<(i64, i64)>,
        codes: Vec<(i64, i64)>,
        mapped: Vec<(i64, i64)>,
    ) {
        self.mapped = Pairs::new(mapped);
        self.meant_by = Pairs::new(meanings);
        self.own_of_code = Pairs::new(codes);
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
        let is_published =
            |ids: &Arc<[u32]>| u32::try_from(concept_id).is_ok_and(|id| ids.binary_search(&id).is_ok());
        self.concept(concept_id).is_some() || self.published.as_ref().is_some_and(is_published)
    }

    fn concept(&self, concept_id: i64) -> Option<KnownConcept> {
        let at = self.concepts.binary_search_by_key(&concept_id, |concept| concept.concept_id).ok()?;
        self.concepts.get(at).copied()
    }

    /// A concept with the data's own ones that carry it.
    pub(crate) fn carriers(&self, concept_id: i64) -> impl Iterator<Item = i64> {
        let own = self.meant_by.of(concept_id).iter().chain(self.own_of_code.of(concept_id));
        std::iter::once(concept_id).chain(own.copied())
    }

    /// The concepts of a set, sorted: what is put in less what is taken out. Where the data's own concepts carry published ones, a
    /// record is in when it carries anything that is put in and not taken out; one that is taken out by its own code is out, and one
    /// that is put in by its own code is out only where what is taken out is carried by it.
    #[must_use]
    pub fn resolve(&self, set: &ConceptSet) -> Vec<i64> {
        let included = self.side(set.items.iter().filter(|item| !item.is_excluded));
        let excluded = self.side(set.items.iter().filter(|item| item.is_excluded));
        let left = if excluded.is_empty() { included } else { without(included, &excluded) };
        if self.meant_by.keys.is_empty() {
            return left;
        }
        let carried = without(self.carried(&left), &excluded);
        let mut all = without(left, &self.carried(&excluded));
        all.extend(carried);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// A concept and all that is below it or carries it.
    pub(crate) fn below(&self, concept_id: i64) -> Vec<i64> {
        let item = ConceptSetItem {
            concept: Concept { concept_id, ..Concept::default() },
            is_excluded: false,
            include_descendants: true,
            include_mapped: false,
        };
        let mut all = self.resolve(&ConceptSet { id: 0, name: None, items: vec![item] });
        if let Err(at) = all.binary_search(&concept_id) {
            all.insert(at, concept_id);
        }
        all
    }

    /// What stands above any of these.
    pub(crate) fn above(&self, below: &std::collections::BTreeSet<i64>) -> Vec<i64> {
        let keys = self.descendants.keys.iter().copied();
        keys.filter(|key| self.descendants.of(*key).iter().any(|one| below.contains(one))).collect()
    }

    /// The data's own concepts that mean any of these, sorted.
    fn carried(&self, published: &[i64]) -> Vec<i64> {
        let mut own: Vec<i64> = published.iter().flat_map(|id| self.meant_by.of(*id)).copied().collect();
        own.sort_unstable();
        own.dedup();
        own
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
            for own in self.own_of_code.of(id) {
                all.push(*own);
                if item.include_descendants {
                    all.extend_from_slice(self.descendants.of(*own));
                }
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

/// `all`, sorted, without those of `out`, sorted.
fn without(all: Vec<i64>, out: &[i64]) -> Vec<i64> {
    all.into_iter().filter(|id| out.binary_search(id).is_err()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(concept_id: i64, include_descendants: bool, is_excluded: bool) -> ConceptSetItem {
        let concept = Concept { concept_id, ..Concept::default() };
        ConceptSetItem { concept, include_descendants, is_excluded, include_mapped: false }
    }

    fn resolved(vocabulary: &Vocabulary, items: &[ConceptSetItem]) -> Vec<i64> {
        let own = |id: &i64| *id > 1_000;
        let set = ConceptSet { id: 0, name: None, items: items.to_vec() };
        vocabulary.resolve(&set).into_iter().filter(own).collect()
    }

    /// 1 diabetes, above 2 type 2 and 3 with a kidney disease; 4 kidney disease, above 3. The clinic's codes: 1002 means 2; 1003
    /// means 3; 1023 has one code that means both 2 and 4. 90 is the published concept of code 1003, 91 of a group above it.
    fn vocabulary() -> Vocabulary {
        let known = |concept_id| KnownConcept { concept_id, is_valid: true };
        let ids = [1, 2, 3, 4, 90, 91, 1_002, 1_003, 1_023, 1_100];
        let ancestors = vec![(1, 2), (1, 3), (2, 2), (3, 3), (4, 3), (4, 4), (1_100, 1_003), (1_100, 1_023)];
        let mut vocabulary = Vocabulary::new(ids.map(known).to_vec(), ancestors, Vec::new());
        vocabulary.carry(
            vec![(2, 1_002), (3, 1_003), (2, 1_023), (4, 1_023)],
            vec![(90, 1_003), (91, 1_100)],
            Vec::new(),
        );
        vocabulary
    }

    #[test]
    fn a_published_concept_finds_the_records_that_mean_it_or_anything_below_it() {
        let vocabulary = vocabulary();
        assert_eq!(resolved(&vocabulary, &[item(1, true, false)]), [1_002, 1_003, 1_023]);
        assert_eq!(resolved(&vocabulary, &[item(1, false, false)]), [0_i64; 0], "nobody has just diabetes");
        assert_eq!(resolved(&vocabulary, &[item(2, false, false)]), [1_002, 1_023]);
    }

    #[test]
    fn what_is_taken_out_is_taken_out_among_published_concepts_first() {
        let vocabulary = vocabulary();
        let without_kidneys = [item(1, true, false), item(4, true, true)];
        // A record that means type 2 and, by the same code, a kidney disease, is one of type 2 still: in the common data model it
        // has a row of each.
        assert_eq!(resolved(&vocabulary, &without_kidneys), [1_002, 1_023]);
        let without_code = [item(1, true, false), item(90, false, true)];
        assert_eq!(resolved(&vocabulary, &without_code), [1_002, 1_023], "taken out by its own code");
        let group = [item(1_100, true, false), item(4, true, true)];
        assert_eq!(
            resolved(&vocabulary, &group),
            [1_100],
            "put in by code, and it carries what is taken out"
        );
    }

    #[test]
    fn a_published_concept_of_a_code_finds_the_code_and_with_descendants_all_below_it() {
        let vocabulary = vocabulary();
        assert_eq!(resolved(&vocabulary, &[item(90, false, false)]), [1_003]);
        assert_eq!(resolved(&vocabulary, &[item(91, false, false)]), [1_100]);
        assert_eq!(resolved(&vocabulary, &[item(91, true, false)]), [1_003, 1_023, 1_100]);
    }
}
