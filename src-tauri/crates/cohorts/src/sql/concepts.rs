//! Concept sets resolved by the target's own vocabulary.
//!
//! The meaning is that of [`crate::vocabulary::Vocabulary::resolve`], after circe-be
//! `vocabulary/ConceptSetExpressionQueryBuilder.java`: named concepts whether valid or not, their valid descendants, the
//! sources that map to either, less the same of what is taken out.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Render;
use super::script::Joined;
use crate::definition::ConceptSet;

const ITEM_COLUMNS: &str = "set_number, codeset_id, concept_id, is_excluded, with_descendants, with_mapped";

/// The items of the sets that are used. Sets of one id are united, each with its own exclusions.
fn items_query(sets: &[ConceptSet], used: &BTreeSet<i32>) -> String {
    let mut rows = Vec::new();
    for (number, set) in sets.iter().enumerate().filter(|(_, set)| used.contains(&set.id)) {
        for item in &set.items {
            let [excluded, descendants, mapped] =
                [item.is_excluded, item.include_descendants, item.include_mapped].map(u8::from);
            let concept = item.concept.concept_id;
            rows.push(format!("({number}, {}, {concept}, {excluded}, {descendants}, {mapped})", set.id));
        }
    }
    if rows.is_empty() {
        let columns: Vec<String> =
            ITEM_COLUMNS.split(", ").map(|column| format!("CAST(0 AS INTEGER) AS {column}")).collect();
        return format!("SELECT {}\nWHERE 1 = 0", columns.join(", "));
    }
    format!("SELECT {ITEM_COLUMNS}\nFROM (VALUES\n  {}\n) AS item ({ITEM_COLUMNS})", rows.join(",\n  "))
}

impl Render<'_> {
    /// The table of concepts by set: `codeset_id`, `concept_id`.
    pub(super) fn concept_sets(&mut self, sets: &[ConceptSet], used: &BTreeSet<i32>) -> String {
        let items = self.writer.step(
            "concept_set_items",
            "What the definition's concept sets name.",
            Joined::Often,
            &items_query(sets, used),
        );
        let concept = self.target.vocabulary_table("concept");
        let ancestor = self.target.vocabulary_table("concept_ancestor");
        let relationship = self.target.vocabulary_table("concept_relationship");
        let mut query = String::new();
        let _ = write!(
            query,
            "WITH named AS (
  SELECT i.set_number, i.codeset_id, i.is_excluded, i.with_mapped, c.concept_id
  FROM {items} i
  JOIN {concept} c ON c.concept_id = i.concept_id
  UNION
  SELECT i.set_number, i.codeset_id, i.is_excluded, i.with_mapped, c.concept_id
  FROM {items} i
  JOIN {ancestor} a ON a.ancestor_concept_id = i.concept_id
  JOIN {concept} c ON c.concept_id = a.descendant_concept_id
  WHERE i.with_descendants = 1 AND COALESCE(c.invalid_reason, '') = ''
), members AS (
  SELECT n.set_number, n.codeset_id, n.is_excluded, n.concept_id
  FROM named n
  UNION
  SELECT n.set_number, n.codeset_id, n.is_excluded, r.concept_id_1 AS concept_id
  FROM named n
  JOIN {relationship} r ON r.concept_id_2 = n.concept_id
  WHERE n.with_mapped = 1 AND r.relationship_id = 'Maps to' AND COALESCE(r.invalid_reason, '') = ''
)
SELECT DISTINCT m.codeset_id, m.concept_id
FROM members m
LEFT JOIN members x ON x.set_number = m.set_number AND x.concept_id = m.concept_id AND x.is_excluded = 1
WHERE m.is_excluded = 0 AND x.concept_id IS NULL"
        );
        self.writer.step(
            "concepts",
            "The concepts of each set: named ones, valid descendants, mapped sources, less what is taken out.",
            Joined::Often,
            &query,
        )
    }
}
