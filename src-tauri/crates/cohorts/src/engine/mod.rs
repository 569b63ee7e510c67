//! Runs cohort definitions on an index.
//!
//! The meaning is that of circe-be 1.12 (`CohortExpressionQueryBuilder.java` and the SQL beside it). Where circe leaves the
//! order of events open, it is closed here: qualified and included events are ordered by first day, last day, position of
//! the primary criterion, number of the row; `First` takes the smallest, `Last` the largest. Entry events are limited in
//! circe's own order, first day and number of the row. Race and ethnicity by concept set are tested on race and ethnicity,
//! as from circe-be 1.12.2 on.
//!
//! Patients are cut into ranges that are evaluated apart and put together in order: the result does not depend on how many
//! threads there are.

mod attrition;
mod cache;
pub(crate) mod compile;
mod entry;
mod events;
mod exit;
pub(crate) mod filter;
mod group;
pub(crate) mod plan;
pub(crate) mod ranges;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use parking_lot::Mutex;
use rayon::prelude::*;

pub use attrition::{Attrition, RuleCount, RuleMask};

use attrition::{MaskCounter, has, words};
use cache::{Cache, Found};
use compile::{Compiler, ConceptSets};
use events::Events;
use exit::Span;
use group::{IndexEvents, group_holds};
use plan::{CohortPlan, EventPlan, Key, RulePlan};

use crate::calendar::CALENDAR;
use crate::definition::{CohortExpression, DefinitionError};
use crate::index::Index;

/// Version of the meaning: raised whenever the same definition on the same data may give another result.
pub const ENGINE_VERSION: u32 = 1;

/// Patients evaluated together: their arrays stay in the second-level cache.
const RANGE: u32 = 16_384;
/// Bytes that found events may take.
const CACHE_BYTES: usize = 1 << 30;

/// A span of a person in a cohort, both days included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CohortRow {
    /// Id of the person.
    pub person_id: i64,
    /// First day.
    pub start_date: Date,
    /// Last day.
    pub end_date: Date,
}

/// The result of a definition on an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortResult {
    /// Spans by person and first day.
    pub rows: Vec<CohortRow>,
    /// How many persons have a span.
    pub persons: u64,
    /// Rules counted over qualified events (circe's mode 0).
    pub by_event: Attrition,
    /// Rules counted over the best event of each person (circe's mode 1).
    pub by_person: Attrition,
    /// Persons whose spans all lie outside the censor window.
    pub lost_to_censor_window: u64,
    /// BLAKE3 of the definition as JSON.
    pub definition_hash: [u8; 32],
    /// Hash of the data, see [`Index::snapshot`].
    pub snapshot: [u8; 32],
    /// See [`ENGINE_VERSION`].
    pub engine_version: u32,
}

/// Patients that still matter, within a range.
pub(crate) struct Survivors {
    patients: Vec<u32>,
    bits: Vec<u64>,
    first: u32,
}

impl Survivors {
    /// `sorted`: patients, repeated or not.
    fn new(sorted: &[u32], range: &Range<u32>) -> Self {
        let mut patients = sorted.to_vec();
        patients.dedup();
        let mut bits = vec![0_u64; range.len().div_ceil(64)];
        for patient in &patients {
            let at = patient - range.start;
            bits[at as usize / 64] |= 1 << (at % 64);
        }
        Self { patients, bits, first: range.start }
    }

    fn contains(&self, patient: u32) -> bool {
        let at = patient - self.first;
        self.bits[at as usize / 64] >> (at % 64) & 1 == 1
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        self.patients.iter().copied()
    }
}

/// Runs definitions on one index and remembers what it found.
pub struct Engine {
    index: Arc<Index>,
    cache: Cache,
    /// Concept sets resolved before, by the hash of their items.
    resolved: Mutex<HashMap<Key, Arc<[i64]>>>,
}

/// What one range of patients yields.
struct Part {
    rows: Vec<CohortRow>,
    persons: u64,
    lost: u64,
    by_event: MaskCounter,
    by_person: MaskCounter,
}

impl Engine {
    /// An engine on this index.
    #[must_use]
    pub fn new(index: Arc<Index>) -> Self {
        Self { index, cache: Cache::new(CACHE_BYTES), resolved: Mutex::new(HashMap::new()) }
    }

    /// The index.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The concepts of each of the definition's concept sets, sorted. Sets of one id are united.
    fn concept_sets(&self, expression: &CohortExpression) -> ConceptSets {
        let mut sets = ConceptSets::new();
        for set in &expression.concept_sets {
            let mut hasher = blake3::Hasher::new();
            for item in &set.items {
                hasher.update(&item.concept.concept_id.to_le_bytes());
                let switches = [item.is_excluded, item.include_descendants, item.include_mapped];
                hasher.update(&switches.map(u8::from));
            }
            let key = *hasher.finalize().as_bytes();
            let known = self.resolved.lock().get(&key).cloned();
            let concepts = known.unwrap_or_else(|| {
                let concepts: Arc<[i64]> = self.index.vocabulary().resolve(set).into();
                self.resolved.lock().insert(key, Arc::clone(&concepts));
                concepts
            });
            let united = match sets.remove(&set.id) {
                None => (concepts, key),
                Some((other, other_key)) => {
                    let mut all: Vec<i64> = other.iter().chain(concepts.iter()).copied().collect();
                    all.sort_unstable();
                    all.dedup();
                    let key = blake3::Hasher::new().update(&other_key).update(&key).finalize();
                    (all.into(), *key.as_bytes())
                }
            };
            sets.insert(set.id, united);
        }
        sets
    }

    /// Runs a definition.
    ///
    /// # Errors
    /// When the definition holds what cannot be run, named with its place.
    pub fn run(&self, expression: &CohortExpression) -> Result<CohortResult, DefinitionError> {
        let sets = self.concept_sets(expression);
        let plan = Compiler::new(Some(&self.index), &sets).cohort(expression)?;
        let patients = self.index.patients() as u32;
        let ranges: Vec<Range<u32>> =
            (0..patients).step_by(RANGE as usize).map(|from| from..(from + RANGE).min(patients)).collect();
        let parts: Vec<Part> = ranges.par_iter().map(|range| self.part(&plan, range)).collect();
        let text = expression.to_value().to_string();
        Ok(self.whole(&plan, parts, *blake3::hash(text.as_bytes()).as_bytes()))
    }

    fn whole(&self, plan: &CohortPlan, parts: Vec<Part>, definition_hash: [u8; 32]) -> CohortResult {
        let mut rows = Vec::with_capacity(parts.iter().map(|part| part.rows.len()).sum());
        let (mut persons, mut lost) = (0, 0);
        let (mut by_event, mut by_person) = (BTreeMap::new(), BTreeMap::new());
        for part in parts {
            persons += part.persons;
            lost += part.lost;
            rows.extend_from_slice(&part.rows);
            part.by_event.add_to(&mut by_event);
            part.by_person.add_to(&mut by_person);
        }
        CohortResult {
            rows,
            persons,
            by_event: Attrition::new(by_event, plan.rules.len()),
            by_person: Attrition::new(by_person, plan.rules.len()),
            lost_to_censor_window: lost,
            definition_hash,
            snapshot: self.index.snapshot(),
            engine_version: ENGINE_VERSION,
        }
    }

    fn part(&self, plan: &CohortPlan, patients: &Range<u32>) -> Part {
        let qualified = self.qualified(plan, patients);
        let rules: Vec<Arc<Vec<bool>>> =
            plan.rules.iter().map(|rule| self.rule(rule, &qualified, patients)).collect();
        let count = qualified.len();
        let width = words(rules.len());
        let mut masks = vec![0_u64; count * width];
        for (rule, held) in rules.iter().enumerate() {
            for (at, held) in held.iter().enumerate() {
                masks[at * width + rule / 64] |= u64::from(*held) << (rule % 64);
            }
        }
        let mask = |at: usize| &masks[at * width..(at + 1) * width];
        let mut by_event = MaskCounter::new(rules.len());
        (0..count).for_each(|at| by_event.add(mask(at)));
        let mut by_person = MaskCounter::new(rules.len());
        let mut at = 0;
        while at < count {
            let patient = qualified.patients[at];
            let own = (at..count).take_while(|one| qualified.patients[*one] == patient);
            // The most rules, then the lowest rule; events are in total order, and the first of equals is kept.
            let best = own.clone().min_by_key(|one| {
                let mask = mask(*one);
                let met: u32 = mask.iter().map(|word| word.count_ones()).sum();
                let lowest = (0..rules.len()).find(|rule| has(mask, *rule)).unwrap_or(0);
                (std::cmp::Reverse(met), lowest)
            });
            by_person.add(mask(best.unwrap_or(at)));
            at += own.count();
        }
        let all: Vec<bool> = (0..count)
            .map(|at| mask(at).iter().map(|word| word.count_ones() as usize).sum::<usize>() == rules.len())
            .collect();
        let included = entry::limited(qualified.kept(&all), plan.expression_limit);
        let mut spans = exit::spans(self, plan, &included, patients);
        let before = distinct(&spans);
        exit::cut(&mut spans, plan.censor_window);
        let persons = distinct(&spans);
        let calendar = &*CALENDAR;
        let row = |span: &Span| {
            let person_id = self.index.person_id(span.patient)?;
            Some(CohortRow {
                person_id,
                start_date: calendar.date(span.start),
                end_date: calendar.date(span.end),
            })
        };
        let rows = spans.iter().filter_map(row).collect();
        Part { rows, persons, lost: before - persons, by_event, by_person }
    }

    fn qualified(&self, plan: &CohortPlan, patients: &Range<u32>) -> Arc<IndexEvents> {
        if let Some(Found::Qualified(events)) = self.cache.get(plan.qualified_key, patients.start) {
            return events;
        }
        let events = Arc::new(entry::qualified(self, plan, patients));
        self.cache.put(plan.qualified_key, patients.start, Found::Qualified(Arc::clone(&events)));
        events
    }

    fn rule(&self, rule: &RulePlan, qualified: &IndexEvents, patients: &Range<u32>) -> Arc<Vec<bool>> {
        if let Some(Found::Rule(held)) = self.cache.get(rule.key, patients.start) {
            return held;
        }
        let held = Arc::new(group_holds(self, &rule.group, qualified, patients));
        self.cache.put(rule.key, patients.start, Found::Rule(Arc::clone(&held)));
        held
    }

    /// All events of a criterion among the patients.
    fn all_events_of(&self, plan: &EventPlan, patients: &Range<u32>) -> Arc<Events> {
        if let Some(Found::Events(events)) = self.cache.get(plan.key, patients.start) {
            return events;
        }
        let events = Arc::new(events::events(self, plan, patients, None));
        self.cache.put(plan.key, patients.start, Found::Events(Arc::clone(&events)));
        events
    }

    /// The events of a criterion, at least those of the survivors: all, where they are known or survivors are many.
    fn events_of(&self, plan: &EventPlan, patients: &Range<u32>, survivors: &[u32]) -> Arc<Events> {
        if let Some(Found::Events(events)) = self.cache.get(plan.key, patients.start) {
            return events;
        }
        let survivors = Survivors::new(survivors, patients);
        let share = patients.len().max(1) as f64 / self.index.patients().max(1) as f64;
        let expected = events::estimate(self, plan) as f64 * share;
        if survivors.patients.len() * 4 < patients.len() && expected > 4.0 * survivors.patients.len() as f64 {
            return Arc::new(events::events(self, plan, patients, Some(&survivors)));
        }
        self.all_events_of(plan, patients)
    }
}

/// How many patients have a span; spans lie patient by patient.
fn distinct(spans: &[Span]) -> u64 {
    let is_new = |pair: &&[Span]| pair[0].patient != pair[1].patient;
    u64::from(!spans.is_empty()) + spans.windows(2).filter(is_new).count() as u64
}
