//! Which events people entered a cohort with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Index;
use super::cohort::{Cohort, Span};
use crate::definition::{CohortExpression, CriterionKind};
use crate::disclosure::Disclosure;
use crate::disclosure::list::{ShownList, list};
use crate::omop::NO_INTEGER;

/// Entries with one concept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct IndexEventCount {
    /// Kind of the event, as OHDSI names it: `ConditionOccurrence`.
    pub kind: String,
    /// Its concept.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub concept_id: i64,
    /// Entries with such an event on their first day. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub entries: Option<u64>,
    /// People. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
}

/// The events that spans of a cohort begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct IndexEvents {
    /// Most frequent first, then by kind and concept; hidden ones last. An entry with two concepts counts under both.
    pub concepts: Vec<IndexEventCount>,
    /// Entries on whose first day no event of the definition's entry criteria begins: it was moved, or the span was joined. None:
    /// hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub without_event: Option<u64>,
}

/// Finds, for each span, the events of the definition's entry criteria that begin on its first day, as OHDSI CohortDiagnostics
/// does (`breakdownIndexEvents`): kind and concept set of a criterion, not its other tests.
#[must_use]
pub fn index_events(
    index: &Index,
    cohort: &Cohort,
    definition: &CohortExpression,
    disclosure: Disclosure,
) -> IndexEvents {
    let mut found: BTreeMap<(CriterionKind, i64), Vec<usize>> = BTreeMap::new();
    for criterion in &definition.primary_criteria.criteria {
        let Some(domain) = index.domain(criterion.kind) else { continue };
        let concepts: Vec<i64> = match criterion.codeset_id {
            None => domain.concepts.iter().copied().filter(|concept| *concept != NO_INTEGER).collect(),
            Some(id) => {
                let sets = definition.concept_sets.iter().filter(|set| set.id == id);
                sets.flat_map(|set| index.vocabulary().resolve(set)).collect()
            }
        };
        for concept in concepts {
            let postings = domain.postings(concept);
            let (patients, starts) = (&domain.patients[postings.clone()], &domain.starts[postings]);
            let places = found.entry((criterion.kind, concept)).or_default();
            for (patient, start) in patients.iter().zip(starts) {
                places.extend(place(cohort.spans(), *patient, *start));
            }
        }
    }
    let mut has_event = vec![false; cohort.spans().len()];
    let patient = |place: &usize| cohort.spans()[*place].patient;
    let mut counted: Vec<(CriterionKind, i64, [u64; 2])> = Vec::new();
    for ((kind, concept_id), mut places) in found {
        places.sort_unstable();
        places.dedup();
        for place in &places {
            has_event[*place] = true;
        }
        let persons = places.chunk_by(|a, b| patient(a) == patient(b)).count() as u64;
        if persons > 0 {
            counted.push((kind, concept_id, [places.len() as u64, persons]));
        }
    }
    let without: Vec<usize> = (0..has_event.len()).filter(|place| !has_event[*place]).collect();
    let without_persons = without.chunk_by(|a, b| patient(a) == patient(b)).count() as u64;
    // Where everybody entered with one event, the people of the concepts add up to those of the cohort.
    let mut persons: Vec<u64> = counted.iter().map(|(_, _, [_, persons])| *persons).collect();
    persons.push(without_persons);
    let ShownList { counts: mut shown, total } = list(&persons, disclosure);
    let all = cohort.persons();
    let is_alone = |persons: u64| total && !disclosure.is_small(all.saturating_sub(persons));
    let without_is_shown = shown.pop().unwrap_or(true) && is_alone(without_persons);
    let concept =
        |((kind, concept_id, [entries, persons]), shown): ((CriterionKind, i64, [u64; 2]), &bool)| {
            let show = |count: u64| (*shown && is_alone(persons)).then_some(disclosure.rounded(count));
            IndexEventCount {
                kind: kind.name().to_owned(),
                concept_id,
                entries: show(entries),
                persons: show(persons),
            }
        };
    let mut concepts: Vec<IndexEventCount> = counted.into_iter().zip(&shown).map(concept).collect();
    concepts.sort_by(|a, b| {
        b.entries.cmp(&a.entries).then_with(|| (&a.kind, a.concept_id).cmp(&(&b.kind, b.concept_id)))
    });
    let without_event = without_is_shown.then_some(disclosure.rounded(without.len() as u64));
    IndexEvents { concepts, without_event }
}

/// Place of the span of a patient that begins on a day.
fn place(spans: &[Span], patient: u32, start: i32) -> Option<usize> {
    let at = spans.partition_point(|span| (span.patient, span.start) < (patient, start));
    spans.get(at).filter(|span| (span.patient, span.start) == (patient, start)).map(|_| at)
}
