//! Why a person is in a cohort, or is not: what was found of the person, rule by rule.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use super::attrition::has;
use super::events::Events;
use super::filter::{Dated, all_hold, bind};
use super::group::{IndexEvents, bounds, group_holds};
use super::plan::{CohortPlan, CorrelatedPlan, GroupPlan, Member};
use super::{CohortRow, Engine};
use crate::calendar::CALENDAR;
use crate::definition::{CohortExpression, Column, CriterionKind, DefinitionError, GroupKind, Occurrence};
use crate::index::Domain;

/// An event that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TracedEvent {
    /// What kind of event.
    pub kind: CriterionKind,
    /// Its concept.
    pub concept_id: Option<i64>,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// The measured number, as recorded.
    pub value: Option<f64>,
    /// Concept of its unit.
    pub unit_concept_id: Option<i64>,
}

/// What became of an event that could let the person in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EntryVerdict {
    /// It is an entry event.
    Qualifies,
    /// It lies outside the time in which the person is observed.
    NotObserved,
    /// The person is not observed for long enough before or after it.
    ObservedTooShortly,
    /// Another event of the person was taken in its place, or what must hold besides does not.
    NotTaken,
}

/// An event that could let the person in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TracedEntry {
    /// The event.
    pub event: TracedEvent,
    /// Which of the primary criteria it is of; 0 is the first.
    pub criterion: usize,
    /// What became of it.
    pub verdict: EntryVerdict,
}

/// How many events were wanted, and how many found.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedCount {
    /// The demand.
    pub occurrence: Occurrence,
    /// Days between which an event's first day must lie; none: without end.
    pub between: (Option<Date>, Option<Date>),
    /// Those that count, by day; at most [`MOST_EVENTS`].
    pub matched: Vec<TracedEvent>,
    /// How many count.
    pub found: u64,
    /// Events of the same codes and tests that lie outside the window, by day; at most [`MOST_EVENTS`].
    pub outside: Vec<TracedEvent>,
}

/// A member of a rule's group.
#[derive(Clone, Debug, PartialEq)]
pub enum TracedMemberKind {
    /// Events around the entry event.
    Events(TracedCount),
    /// Who the person is.
    Person,
    /// A group within the group.
    Group(GroupKind, Vec<TracedMember>),
}

/// A member of a rule's group, and whether it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedMember {
    /// Whether it holds.
    pub is_met: bool,
    /// What it is.
    pub kind: TracedMemberKind,
}

/// A rule, tested on the best of the person's entry events.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedRule {
    /// Whether it is met.
    pub is_met: bool,
    /// How many of its members must hold.
    pub kind: GroupKind,
    /// Its members, in order.
    pub members: Vec<TracedMember>,
}

/// What a definition makes of one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Time in the cohort; empty for a person who is not in it.
    pub rows: Vec<CohortRow>,
    /// First and last day of each time in which the person is observed.
    pub observed: Vec<(Date, Date)>,
    /// Events that could let the person in, by day.
    pub entries: Vec<TracedEntry>,
    /// The entry event that the rules are shown for: the one that meets the most.
    pub tested: Option<(Date, Date)>,
    /// The rules, in order; none where there is no entry event.
    pub rules: Vec<TracedRule>,
}

/// Events of a list that are told one by one.
pub const MOST_EVENTS: usize = 20;

impl Engine {
    /// Traces a definition for one person; none for one who is not in the data.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn trace(
        &self,
        expression: &CohortExpression,
        person_id: i64,
    ) -> Result<Option<Trace>, DefinitionError> {
        let Ok(patient) = self.index.persons.ids.binary_search(&person_id) else { return Ok(None) };
        // What is found of one patient alone must not be kept beside what is found of whole ranges.
        let alone = Self { units: self.units.clone(), ..Self::new(Arc::clone(&self.index)) };
        let plan = alone.plan(expression)?;
        let patient = patient as u32;
        let traced = Tracing { engine: &alone, plan: &plan, patients: patient..patient + 1 }.trace();
        Ok(Some(traced))
    }
}

struct Tracing<'a> {
    engine: &'a Engine,
    plan: &'a CohortPlan,
    /// The one patient.
    patients: Range<u32>,
}

fn event_of(kind: CriterionKind, domain: &Domain, events: &Events, at: usize) -> TracedEvent {
    traced(kind, domain, events.positions[at] as usize, (events.starts[at], events.ends[at]))
}

/// The event at a position of its domain, between two days.
pub(super) fn traced(
    kind: CriterionKind,
    domain: &Domain,
    position: usize,
    (start, end): (i32, i32),
) -> TracedEvent {
    let integers = |column: Column| domain.integers.get(&column);
    TracedEvent {
        kind,
        concept_id: domain.concept(position),
        start: CALENDAR.date(start),
        end: CALENDAR.date(end),
        value: integers(Column::ValueAsNumber).and_then(|values| values.number(position)),
        unit_concept_id: integers(Column::Unit).and_then(|units| units.get(position)),
    }
}

impl Tracing<'_> {
    fn trace(&self) -> Trace {
        let evaluated = self.engine.evaluated(self.plan, &self.patients);
        let qualified = &evaluated.qualified;
        let mut best = None;
        evaluated.each_best(|at| best = Some(at));
        let only = |at: usize| {
            let one: Vec<bool> = (0..qualified.len()).map(|other| other == at).collect();
            qualified.kept(&one)
        };
        let rules = best.map_or_else(Vec::new, |at| {
            let index_event = only(at);
            let rules = self.plan.rules.iter().enumerate();
            rules
                .map(|(position, rule)| TracedRule {
                    is_met: has(evaluated.mask(at), position),
                    kind: rule.group.kind,
                    members: self.members(&rule.group, &index_event),
                })
                .collect()
        });
        Trace {
            rows: self.engine.part(self.plan, &self.patients).rows,
            observed: self.periods().map(|(from, to)| (CALENDAR.date(from), CALENDAR.date(to))).collect(),
            entries: self.entries(qualified),
            tested: best.map(|at| (CALENDAR.date(qualified.starts[at]), CALENDAR.date(qualified.ends[at]))),
            rules,
        }
    }

    fn periods(&self) -> impl Iterator<Item = (i32, i32)> {
        self.engine.index.periods.of(self.patients.start)
    }

    fn entries(&self, qualified: &IndexEvents) -> Vec<TracedEntry> {
        let mut entries = Vec::new();
        for (criterion, plan) in self.plan.primary.iter().enumerate() {
            let Some(domain) = self.engine.index.domain(plan.kind) else { continue };
            let events = self.engine.all_events_of(plan, &self.patients);
            for at in 0..events.len() {
                let (start, end) = (events.starts[at], events.ends[at]);
                let around = self.periods().find(|(from, to)| *from <= start && start <= *to);
                let is_taken =
                    (0..qualified.len()).any(|q| (qualified.starts[q], qualified.ends[q]) == (start, end));
                let verdict = match around {
                    None => EntryVerdict::NotObserved,
                    Some((from, to)) if !self.is_observed_long_enough(start, from, to) => {
                        EntryVerdict::ObservedTooShortly
                    }
                    Some(_) if is_taken => EntryVerdict::Qualifies,
                    Some(_) => EntryVerdict::NotTaken,
                };
                entries.push(TracedEntry {
                    event: event_of(plan.kind, domain, &events, at),
                    criterion,
                    verdict,
                });
            }
        }
        entries.sort_by_key(|entry| (entry.event.start, entry.event.end, entry.criterion));
        entries
    }

    const fn is_observed_long_enough(&self, start: i32, from: i32, to: i32) -> bool {
        from.saturating_add(self.plan.prior_days) <= start && start.saturating_add(self.plan.post_days) <= to
    }

    /// The members of a group, tested on the one index event.
    fn members(&self, group: &GroupPlan, index_event: &IndexEvents) -> Vec<TracedMember> {
        let held = |member: &Member| {
            let alone = GroupPlan { kind: GroupKind::All, count: 0, members: vec![member.clone()] };
            group_holds(self.engine, &alone, index_event, &self.patients).first().copied().unwrap_or_default()
        };
        let traced = |member: &Member| {
            let (is_met, kind) = match member {
                Member::Correlated(plan) => {
                    (held(member), TracedMemberKind::Events(self.count(plan, index_event)))
                }
                Member::Demographic(filters) => {
                    let filters = bind(filters, &self.engine.index, None);
                    let dated = Dated {
                        patient: self.patients.start,
                        start: index_event.starts[0],
                        end: index_event.ends[0],
                    };
                    (all_hold(&filters, dated, 0), TracedMemberKind::Person)
                }
                Member::Group(inner) => {
                    (held(member), TracedMemberKind::Group(inner.kind, self.members(inner, index_event)))
                }
            };
            TracedMember { is_met, kind }
        };
        group.members.iter().map(traced).collect()
    }

    fn count(&self, plan: &CorrelatedPlan, index_event: &IndexEvents) -> TracedCount {
        let bounds = bounds(plan, index_event, 0);
        let day = |day: i32| (day != i32::MIN && day != i32::MAX).then(|| CALENDAR.date(day));
        let mut count = TracedCount {
            occurrence: plan.occurrence,
            between: (day(bounds.start.0), day(bounds.start.1)),
            matched: Vec::new(),
            found: 0,
            outside: Vec::new(),
        };
        let Some(domain) = self.engine.index.domain(plan.events.kind) else { return count };
        let events = self.engine.all_events_of(&plan.events, &self.patients);
        for at in 0..events.len() {
            let lies = |bounds: (i32, i32), day: i32| bounds.0 <= day && day <= bounds.1;
            let visit = domain.visits.get(events.positions[at] as usize);
            let is_of_visit =
                !plan.restrict_visit || (visit.is_some() && visit == Some(index_event.visits[0]));
            let counts =
                lies(bounds.start, events.starts[at]) && lies(bounds.end, events.ends[at]) && is_of_visit;
            count.found += u64::from(counts);
            let list = if counts { &mut count.matched } else { &mut count.outside };
            if list.len() < MOST_EVENTS {
                list.push(event_of(plan.events.kind, domain, &events, at));
            }
        }
        count
    }
}
