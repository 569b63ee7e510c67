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
mod compare;
pub(crate) mod compile;
mod entry;
mod events;
mod exit;
pub(crate) mod filter;
mod group;
pub(crate) mod plan;
pub(crate) mod ranges;
mod timeline;
mod trace;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use parking_lot::Mutex;
use rayon::prelude::*;

pub use attrition::{Attrition, RuleCount, RuleMask};
pub use compare::{Cause, CohortDifference, Moved};
pub use compile::UnitNames;
pub use timeline::{Timeline, TimelineKind};
pub use trace::{
    EntryVerdict, Trace, TracedCount, TracedEntry, TracedEvent, TracedMember, TracedMemberKind, TracedRule,
};

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

impl CohortResult {
    /// Persons after the entry event, after each rule, and in the cohort, which dates may have cut further.
    #[must_use]
    pub fn remaining(&self) -> Vec<u64> {
        let of = &self.by_person;
        let rules = of.rules.iter().map(|rule| rule.remaining);
        std::iter::once(of.total).chain(rules).chain([self.persons]).collect()
    }
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
    /// UCUM codes by concept, where values are carried from unit to unit.
    units: Option<UnitNames>,
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

/// The qualified events of a range of patients, and which rules each meets.
struct Evaluated {
    qualified: Arc<IndexEvents>,
    /// Words of the masks, event by event.
    masks: Vec<u64>,
    width: usize,
    rules: usize,
}

impl Evaluated {
    fn mask(&self, at: usize) -> &[u64] {
        &self.masks[at * self.width..(at + 1) * self.width]
    }

    /// How many rules an event meets.
    fn met(&self, at: usize) -> usize {
        self.mask(at).iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Visits the best event of each patient: it meets the most rules, then the lowest rule; events are in total order, and the first
    /// of equals is taken.
    fn each_best(&self, mut visit: impl FnMut(usize)) {
        let patients = &self.qualified.patients;
        let mut at = 0;
        while at < patients.len() {
            let own = (at..patients.len()).take_while(|one| patients[*one] == patients[at]);
            let best = own.clone().min_by_key(|one| {
                let lowest = (0..self.rules).find(|rule| has(self.mask(*one), *rule)).unwrap_or(0);
                (std::cmp::Reverse(self.met(*one)), lowest)
            });
            visit(best.unwrap_or(at));
            at += own.count();
        }
    }
}

impl Engine {
    /// An engine on this index. Values are compared as they were recorded, as Circe does.
    #[must_use]
    pub fn new(index: Arc<Index>) -> Self {
        Self { index, units: None, cache: Cache::new(CACHE_BYTES), resolved: Mutex::new(HashMap::new()) }
    }

    /// An engine that knows the units by their UCUM codes: a criterion that tests a value and names its unit finds values in every
    /// unit that can be carried into it, see [`Conversion`](crate::unit::Conversion). This goes beyond Circe, which compares the
    /// number alone.
    #[must_use]
    pub fn with_units(index: Arc<Index>, units: UnitNames) -> Self {
        Self { units: Some(units), ..Self::new(index) }
    }

    /// An engine on the same index that has found nothing yet and shares no memory of what it finds: for work that would push out what
    /// the first one remembers.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self { units: self.units.clone(), ..Self::new(Arc::clone(&self.index)) }
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
        let plan = self.plan(expression)?;
        let parts: Vec<Part> = self.ranges().par_iter().map(|range| self.part(&plan, range)).collect();
        Ok(self.whole(&plan, parts, definition_hash(expression)))
    }

    /// Runs a definition for as long as the result is wanted, which is asked before each range of patients; none when it no longer is.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn run_while(
        &self,
        expression: &CohortExpression,
        is_wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<CohortResult>, DefinitionError> {
        let plan = self.plan(expression)?;
        let part = |range: &Range<u32>| is_wanted().then(|| self.part(&plan, range));
        let parts: Option<Vec<Part>> = self.ranges().par_iter().map(part).collect();
        Ok(parts.map(|parts| self.whole(&plan, parts, definition_hash(expression))))
    }

    fn plan(&self, expression: &CohortExpression) -> Result<CohortPlan, DefinitionError> {
        let sets = self.concept_sets(expression);
        Compiler::new(Some(&self.index), &sets, self.units.as_ref()).cohort(expression)
    }

    fn ranges(&self) -> Vec<Range<u32>> {
        let patients = self.index.patients() as u32;
        (0..patients).step_by(RANGE as usize).map(|from| from..(from + RANGE).min(patients)).collect()
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

    /// Which rules the patients' qualified events meet.
    fn evaluated(&self, plan: &CohortPlan, patients: &Range<u32>) -> Evaluated {
        let qualified = self.qualified(plan, patients);
        let rules: Vec<Arc<Vec<bool>>> =
            plan.rules.iter().map(|rule| self.rule(rule, &qualified, patients)).collect();
        let width = words(rules.len());
        let mut masks = vec![0_u64; qualified.len() * width];
        for (rule, held) in rules.iter().enumerate() {
            for (at, held) in held.iter().enumerate() {
                masks[at * width + rule / 64] |= u64::from(*held) << (rule % 64);
            }
        }
        Evaluated { qualified, masks, width, rules: rules.len() }
    }

    fn part(&self, plan: &CohortPlan, patients: &Range<u32>) -> Part {
        let evaluated = self.evaluated(plan, patients);
        let rules = plan.rules.len();
        let (qualified, count) = (&evaluated.qualified, evaluated.qualified.len());
        let mut by_event = MaskCounter::new(rules);
        (0..count).for_each(|at| by_event.add(evaluated.mask(at)));
        let mut by_person = MaskCounter::new(rules);
        evaluated.each_best(|at| by_person.add(evaluated.mask(at)));
        let all: Vec<bool> = (0..count).map(|at| evaluated.met(at) == rules).collect();
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

/// BLAKE3 of a definition as JSON.
#[must_use]
pub fn definition_hash(expression: &CohortExpression) -> [u8; 32] {
    *blake3::hash(expression.to_value().to_string().as_bytes()).as_bytes()
}

/// How many patients have a span; spans lie patient by patient.
fn distinct(spans: &[Span]) -> u64 {
    let is_new = |pair: &&[Span]| pair[0].patient != pair[1].patient;
    u64::from(!spans.is_empty()) + spans.windows(2).filter(is_new).count() as u64
}
