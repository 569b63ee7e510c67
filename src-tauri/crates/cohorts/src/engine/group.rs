//! Groups of criteria over index events.

use std::collections::HashSet;
use std::ops::Range;

use smallvec::SmallVec;

use super::Engine;
use super::events::Events;
use super::filter::{Dated, all_hold, bind};
use super::plan::{CorrelatedPlan, GroupPlan, Member};
use crate::definition::{Column, CountColumn, CriterionKind, OccurrenceKind, Window, WindowBound};
use crate::index::{Domain, Integers};
use crate::omop::NO_INTEGER;

/// Events in relation to which others are looked for, by patient, each with its observation period.
#[derive(Clone, Debug, Default)]
pub(super) struct IndexEvents {
    pub patients: Vec<u32>,
    pub starts: Vec<i32>,
    pub ends: Vec<i32>,
    pub period_starts: Vec<i32>,
    pub period_ends: Vec<i32>,
    /// [`NO_INTEGER`] without a visit.
    pub visits: Vec<i64>,
    /// Where the event came from: its place in the list it was made of.
    pub origins: Vec<u32>,
    /// Where several index events bear one number: for each the place of the first of them. Circe tells events apart by
    /// person and number of the row, so that these count together: an event in two observation periods, or rows of a
    /// table whose numbers are not unique. Empty where every event is its own.
    pub twins: Vec<u32>,
}

/// For each event the place of the first event of its patient with the same number; empty if all are different.
fn twins(patients: &[u32], row: impl Fn(usize) -> i64) -> Vec<u32> {
    let mut first: Vec<u32> = Vec::new();
    let mut order: SmallVec<[(i64, u32); 16]> = SmallVec::new();
    let mut from = 0;
    while from < patients.len() {
        let to = from + patients[from..].iter().take_while(|one| **one == patients[from]).count();
        if to - from > 1 {
            order.clear();
            order.extend((from..to).map(|at| (row(at), at as u32)));
            order.sort_unstable();
            for at in 1..order.len() {
                if order[at].0 == order[at - 1].0 {
                    if first.is_empty() {
                        first = (0..patients.len() as u32).collect();
                    }
                    first[order[at].1 as usize] = first[order[at - 1].1 as usize];
                }
            }
        }
        from = to;
    }
    first
}

impl IndexEvents {
    pub const fn len(&self) -> usize {
        self.patients.len()
    }

    pub const fn bytes(&self) -> usize {
        32 * self.patients.len() + 168
    }

    pub fn reserve(&mut self, count: usize) {
        self.patients.reserve(count);
        self.starts.reserve(count);
        self.ends.reserve(count);
        self.period_starts.reserve(count);
        self.period_ends.reserve(count);
        self.visits.reserve(count);
        self.origins.reserve(count);
    }

    pub fn push(&mut self, dated: Dated, period: (i32, i32), visit: i64, origin: u32) {
        self.patients.push(dated.patient);
        self.starts.push(dated.start);
        self.ends.push(dated.end);
        self.period_starts.push(period.0);
        self.period_ends.push(period.1);
        self.visits.push(visit);
        self.origins.push(origin);
    }

    pub fn dated(&self, at: usize) -> Dated {
        Dated { patient: self.patients[at], start: self.starts[at], end: self.ends[at] }
    }

    /// The events of a criterion, once for every observation period that they begin in.
    pub fn of(engine: &Engine, domain: &Domain, events: &Events) -> Self {
        let mut made = Self::default();
        for at in 0..events.len() {
            let (patient, start) = (events.patients[at], events.starts[at]);
            let dated = Dated { patient, start, end: events.ends[at] };
            for period in engine.index.periods.of(patient) {
                if period.0 <= start && start <= period.1 {
                    let visit = domain.visits.get(events.positions[at] as usize).unwrap_or(NO_INTEGER);
                    made.push(dated, period, visit, at as u32);
                }
            }
        }
        let row = |at: usize| domain.row(events.positions[made.origins[at] as usize] as usize);
        made.twins = twins(&made.patients, row);
        made
    }

    /// The first of the index events that count together with this one.
    fn first(&self, at: usize) -> usize {
        self.twins.get(at).map_or(at, |first| *first as usize)
    }

    /// How many index events count together with each; empty where every event is its own.
    fn repeats(&self) -> Vec<u32> {
        let mut repeats = vec![0; self.twins.len()];
        for first in &self.twins {
            repeats[*first as usize] += 1;
        }
        (0..self.twins.len()).map(|at| repeats[self.twins[at] as usize]).collect()
    }

    /// For each event whether it holds: it does if one with its number and patient does.
    pub fn held_events(&self, domain: &Domain, events: &Events, held: &[bool]) -> Vec<bool> {
        let mut holds = vec![false; events.len()];
        for (at, held) in held.iter().enumerate() {
            holds[self.origins[at] as usize] |= *held;
        }
        let twins = twins(&events.patients, |at| domain.row(events.positions[at] as usize));
        for (at, first) in twins.iter().enumerate() {
            holds[*first as usize] |= holds[at];
        }
        twins.iter().enumerate().for_each(|(at, first)| holds[at] = holds[*first as usize]);
        holds
    }

    /// Those that hold.
    pub fn kept(&self, held: &[bool]) -> Self {
        if held.iter().all(|held| *held) {
            return self.clone();
        }
        let mut kept = Self::default();
        kept.reserve(held.iter().filter(|held| **held).count());
        for at in (0..self.len()).filter(|at| held[*at]) {
            let period = (self.period_starts[at], self.period_ends[at]);
            kept.push(self.dated(at), period, self.visits[at], self.origins[at]);
        }
        kept
    }
}

/// For each index event, whether the group holds.
pub(super) fn group_holds(
    engine: &Engine,
    group: &GroupPlan,
    index_events: &IndexEvents,
    patients: &Range<u32>,
) -> Vec<bool> {
    if group.members.is_empty() || index_events.len() == 0 {
        return vec![true; index_events.len()];
    }
    let mut counts = vec![0_u32; index_events.len()];
    for member in &group.members {
        let held = match member {
            Member::Correlated(plan) => correlated_holds(engine, plan, index_events, patients),
            Member::Demographic(filters) => {
                let filters = bind(filters, &engine.index, None);
                let of = |at| all_hold(&filters, index_events.dated(at), 0);
                shared(index_events, (0..index_events.len()).map(of).collect())
            }
            Member::Group(inner) => group_holds(engine, inner, index_events, patients),
        };
        for (count, held) in counts.iter_mut().zip(held) {
            *count += u32::from(held);
        }
    }
    // Circe joins the index events to the members that hold: each of several events of one number joins every one.
    let repeats = index_events.repeats();
    let repeated = |at: usize| counts[at] as usize * repeats.get(at).map_or(1, |count| *count as usize);
    (0..counts.len()).map(|at| group.holds(repeated(at))).collect()
}

/// What holds for one of the index events that count together holds for all of them.
fn shared(index_events: &IndexEvents, mut held: Vec<bool>) -> Vec<bool> {
    for (at, first) in index_events.twins.iter().enumerate() {
        held[*first as usize] |= held[at];
    }
    for (at, first) in index_events.twins.iter().enumerate() {
        held[at] = held[*first as usize];
    }
    held
}

/// First and last day between which an event's first and last day must lie.
pub(super) struct Bounds {
    pub start: (i32, i32),
    pub end: (i32, i32),
}

const EVER: (i32, i32) = (i32::MIN, i32::MAX);

fn narrowed(bounds: (i32, i32), by: (i32, i32)) -> (i32, i32) {
    (bounds.0.max(by.0), bounds.1.min(by.1))
}

/// `start`, `end` of the index event and its period, the latter none when ignored.
fn window_days(window: &Window, start: i32, end: i32, period: Option<(i32, i32)>) -> (i32, i32) {
    let from = if window.use_index_end == Some(true) { end } else { start };
    let bound = |bound: &WindowBound, unbounded: i32| match (bound.days, period) {
        (Some(days), _) => from.saturating_add(bound.coefficient.saturating_mul(days)),
        (None, Some(period)) if bound.coefficient == -1 => period.0,
        (None, Some(period)) => period.1,
        (None, None) => unbounded,
    };
    (bound(&window.start, i32::MIN), bound(&window.end, i32::MAX))
}

pub(super) fn bounds(plan: &CorrelatedPlan, index_events: &IndexEvents, at: usize) -> Bounds {
    let (start, end) = (index_events.starts[at], index_events.ends[at]);
    let own = (index_events.period_starts[at], index_events.period_ends[at]);
    let period = (!plan.ignore_period).then_some(own);
    let mut bounds = Bounds { start: period.unwrap_or(EVER), end: EVER };
    let days = window_days(&plan.start_window, start, end, period);
    if plan.start_window.use_event_end == Some(true) {
        bounds.end = days;
    } else {
        bounds.start = narrowed(bounds.start, days);
    }
    if let Some(window) = &plan.end_window {
        let days = window_days(window, start, end, period);
        // For backward compatibility an end window without a word about it tests the event's end.
        if window.use_event_end.unwrap_or(true) {
            bounds.end = narrowed(bounds.end, days);
        } else {
            bounds.start = narrowed(bounds.start, days);
        }
    }
    bounds
}

/// What is counted when distinct events are.
fn counted(
    kind: CriterionKind,
    domain: &Domain,
    column: CountColumn,
    events: &Events,
    at: usize,
) -> Option<i64> {
    let position = events.positions[at] as usize;
    let integer = |column| domain.integers.get(&column).and_then(|values: &Integers| values.get(position));
    match column {
        // A death without a cause is of concept 0 (`DeathSqlBuilder.java`).
        CountColumn::DomainConcept => {
            domain.concept(position).or((kind == CriterionKind::Death).then_some(0))
        }
        CountColumn::StartDate => Some(i64::from(events.starts[at])),
        CountColumn::EndDate => Some(i64::from(events.ends[at])),
        CountColumn::Duration => Some(i64::from(events.ends[at]) - i64::from(events.starts[at])),
        CountColumn::VisitId => domain.visits.get(position),
        CountColumn::VisitDetailId => Some(domain.row(position)),
        CountColumn::EraOccurrences => integer(Column::OccurrenceCount),
        CountColumn::GapDays => integer(Column::GapDays),
        CountColumn::Unit => integer(Column::Unit),
        CountColumn::ValueAsNumber => integer(Column::ValueAsNumber),
        CountColumn::RangeHigh => integer(Column::RangeHigh),
        CountColumn::RangeLow => integer(Column::RangeLow),
        CountColumn::DaysSupply => integer(Column::DaysSupply),
        CountColumn::Refills => integer(Column::Refills),
        CountColumn::Quantity => integer(Column::Quantity),
        CountColumn::DomainSourceConcept => None,
    }
}

const fn occurs(plan: &CorrelatedPlan, count: i64) -> bool {
    let wanted = plan.occurrence.count as i64;
    match plan.occurrence.kind {
        OccurrenceKind::Exactly => count == wanted,
        OccurrenceKind::AtMost => count <= wanted,
        OccurrenceKind::AtLeast => count >= wanted,
    }
}

fn correlated_holds(
    engine: &Engine,
    plan: &CorrelatedPlan,
    index_events: &IndexEvents,
    patients: &Range<u32>,
) -> Vec<bool> {
    let events = engine.events_of(&plan.events, patients, &index_events.patients);
    let Some(domain) = engine.index.domain(plan.events.kind) else {
        return vec![occurs(plan, 0); index_events.len()];
    };
    // Beyond this count the answer does not change any more.
    let enough = match plan.occurrence.kind {
        OccurrenceKind::AtLeast => i64::from(plan.occurrence.count),
        OccurrenceKind::Exactly | OccurrenceKind::AtMost => i64::from(plan.occurrence.count) + 1,
    };
    let mut counts = vec![0_i64; index_events.len()];
    // Distinct values seen, for index events that count together.
    let mut seen: HashSet<(u32, i64)> = HashSet::new();
    let (mut from, mut to) = (0, 0);
    for at in 0..index_events.len() {
        let patient = index_events.patients[at];
        if at == 0 || index_events.patients[at - 1] != patient {
            from = to;
            while from < events.len() && events.patients[from] < patient {
                from += 1;
            }
            to = from;
            while to < events.len() && events.patients[to] == patient {
                to += 1;
            }
        }
        let bounds = bounds(plan, index_events, at);
        let mut count = 0_i64;
        let mut distinct: SmallVec<[i64; 8]> = SmallVec::new();
        let begin = from + events.starts[from..to].partition_point(|start| *start < bounds.start.0);
        for one in begin..to {
            if events.starts[one] > bounds.start.1 || count >= enough {
                break;
            }
            let end = events.ends[one];
            if end < bounds.end.0 || end > bounds.end.1 {
                continue;
            }
            if plan.restrict_visit {
                let visit = domain.visits.get(events.positions[one] as usize);
                if visit.is_none() || visit != Some(index_events.visits[at]) {
                    continue;
                }
            }
            match plan.distinct {
                None => count += 1,
                Some(column) => {
                    let value = counted(plan.events.kind, domain, column, &events, one);
                    let is_new = |value: &i64| match index_events.twins.get(at) {
                        None => !distinct.contains(value),
                        Some(first) => seen.insert((*first, *value)),
                    };
                    if let Some(value) = value.filter(is_new) {
                        distinct.push(value);
                        count += 1;
                    }
                }
            }
        }
        counts[index_events.first(at)] += count;
    }
    // Where none may occur, circe joins outward, and each of several events of one number joins every event.
    let is_outward = plan.occurrence.admits_none() && plan.distinct.is_none();
    let repeats = if is_outward { index_events.repeats() } else { Vec::new() };
    let repeated =
        |at: usize| counts[index_events.first(at)] * repeats.get(at).map_or(1, |count| i64::from(*count));
    (0..counts.len()).map(|at| occurs(plan, repeated(at))).collect()
}
