//! In which units the values of some codes are recorded.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::definition::{Column, CriterionKind};
use crate::engine::UnitNames;
use crate::index::Index;
use crate::sketch::ChosenConcept;
use crate::unit::Conversion;

/// A unit that values are recorded in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RecordedUnit {
    /// UCUM code; none of values that were recorded without a unit.
    pub unit: Option<String>,
    /// Values in it.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub results: u64,
    /// Whether these values can be compared with the unit that was asked for.
    pub is_comparable: bool,
}

/// The units of the values that are recorded under some concepts, the most frequent first. `wanted`: the UCUM code of the unit that
/// they are to be compared with.
#[must_use]
pub fn units_of(
    index: &Index,
    names: &UnitNames,
    concepts: &[i64],
    wanted: Option<&str>,
) -> Vec<RecordedUnit> {
    let Some(domain) = index.domain(CriterionKind::Measurement) else { return Vec::new() };
    let (values, units) = (domain.integers.get(&Column::ValueAsNumber), domain.integers.get(&Column::Unit));
    let mut counts: BTreeMap<Option<i64>, u64> = BTreeMap::new();
    for position in concepts.iter().flat_map(|concept| domain.postings(*concept)) {
        if values.is_some_and(|values| values.get(position).is_some()) {
            *counts.entry(units.and_then(|units| units.get(position))).or_default() += 1;
        }
    }
    let one = |(concept, results): (Option<i64>, u64)| {
        let unit = concept.and_then(|concept| names.get(&concept)).cloned();
        let is_comparable = unit
            .as_deref()
            .zip(wanted)
            .is_some_and(|(unit, wanted)| Conversion::between(unit, wanted).is_some());
        RecordedUnit { unit, results, is_comparable }
    };
    let mut recorded: Vec<RecordedUnit> = counts.into_iter().map(one).collect();
    recorded.sort_by(|a, b| b.results.cmp(&a.results).then_with(|| a.unit.cmp(&b.unit)));
    recorded
}

/// The concepts that a person chose, each with what is below it, less what was taken out.
#[must_use]
pub fn chosen(index: &Index, concepts: &[ChosenConcept]) -> Vec<i64> {
    let below = |excluded: bool| -> BTreeSet<i64> {
        let named = concepts.iter().filter(|one| one.is_excluded == excluded).map(|one| one.concept_id);
        named.flat_map(|id| index.vocabulary().below(id)).collect()
    };
    let out = below(true);
    below(false).into_iter().filter(|id| !out.contains(id)).collect()
}
