//! The events of a criterion among a range of patients.

use std::borrow::Cow;
use std::ops::Range;

use zeroize::Zeroize;

use super::filter::{Dated, all_hold, bind};
use super::group::{IndexEvents, group_holds};
use super::plan::EventPlan;
use super::{Engine, Survivors};
use crate::definition::EventDate;
use crate::index::Domain;

use super::ranges::day;

/// Events by patient, first day, row.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    pub patients: Vec<u32>,
    pub starts: Vec<i32>,
    pub ends: Vec<i32>,
    /// Positions in the domain.
    pub positions: Vec<u32>,
}

impl Drop for Events {
    fn drop(&mut self) {
        for days in [&mut self.starts, &mut self.ends] {
            days.zeroize();
        }
        self.patients.zeroize();
        self.positions.zeroize();
    }
}

impl Events {
    pub const fn len(&self) -> usize {
        self.patients.len()
    }

    pub const fn bytes(&self) -> usize {
        16 * self.patients.len() + 96
    }

    fn keep(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let mut kept = 0;
        for at in 0..self.len() {
            if keep(at) {
                self.patients[kept] = self.patients[at];
                self.starts[kept] = self.starts[at];
                self.ends[kept] = self.ends[at];
                self.positions[kept] = self.positions[at];
                kept += 1;
            }
        }
        self.patients.truncate(kept);
        self.starts.truncate(kept);
        self.ends.truncate(kept);
        self.positions.truncate(kept);
    }

    /// After dates were moved.
    fn sort(&mut self, domain: &Domain) {
        let key = |at: usize| {
            (self.patients[at], self.starts[at], self.ends[at], domain.row(self.positions[at] as usize))
        };
        if (1..self.len()).all(|at| key(at - 1) <= key(at)) {
            return;
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|at| key(*at));
        *self = Self {
            patients: order.iter().map(|at| self.patients[*at]).collect(),
            starts: order.iter().map(|at| self.starts[*at]).collect(),
            ends: order.iter().map(|at| self.ends[*at]).collect(),
            positions: order.iter().map(|at| self.positions[*at]).collect(),
        };
    }
}

/// Part of a concept's postings that belongs to the patients.
fn within(domain: &Domain, postings: &Range<u32>, patients: &Range<u32>) -> Range<usize> {
    let own = &domain.patients[postings.start as usize..postings.end as usize];
    let from = own.partition_point(|patient| *patient < patients.start);
    let to = from + own[from..].partition_point(|patient| *patient < patients.end);
    postings.start as usize + from..postings.start as usize + to
}

/// Positions of the concept set's events by patient, first day, row: a counting sort by patient, then by day within one.
fn merged(
    domain: &Domain,
    ranges: &[Range<usize>],
    patients: &Range<u32>,
    survivors: Option<&Survivors>,
) -> Vec<u32> {
    let kept = |patient: u32| survivors.is_none_or(|survivors| survivors.contains(patient));
    if let [only] = ranges {
        return only.clone().filter(|at| kept(domain.patients[*at])).map(|at| at as u32).collect();
    }
    let mut next = vec![0_u32; patients.len() + 1];
    for range in ranges {
        for patient in &domain.patients[range.clone()] {
            if kept(*patient) {
                next[(patient - patients.start) as usize + 1] += 1;
            }
        }
    }
    for at in 0..patients.len() {
        next[at + 1] += next[at];
    }
    let mut positions = vec![0_u32; next[patients.len()] as usize];
    for range in ranges {
        for at in range.clone() {
            let patient = domain.patients[at];
            if kept(patient) {
                let slot = &mut next[(patient - patients.start) as usize];
                positions[*slot as usize] = at as u32;
                *slot += 1;
            }
        }
    }
    // Each patient's events now end where `next` stands.
    let mut begin = 0;
    for end in &next[..patients.len()] {
        let own = &mut positions[begin..*end as usize];
        if own.len() > 1 {
            own.sort_unstable_by_key(|at| (domain.starts[*at as usize], domain.row(*at as usize)));
        }
        begin = *end as usize;
    }
    positions
}

/// How many events of the concept set the patients have at most.
pub(super) fn estimate(engine: &Engine, plan: &EventPlan) -> usize {
    match &plan.postings {
        Some(ranges) => ranges.iter().map(|range| range.len()).sum(),
        None => engine.index.domain(plan.kind).map_or(0, Domain::len),
    }
}

fn candidates<'a>(
    engine: &'a Engine,
    domain: &'a Domain,
    plan: &EventPlan,
    patients: &Range<u32>,
    survivors: Option<&Survivors>,
) -> Cow<'a, [u32]> {
    match &plan.postings {
        Some(ranges) => {
            let ranges: Vec<Range<usize>> = ranges
                .iter()
                .map(|range| within(domain, range, patients))
                .filter(|range| !range.is_empty())
                .collect();
            Cow::Owned(merged(domain, &ranges, patients, survivors))
        }
        None => {
            let by_patient = domain.by_patient(engine.index.patients());
            let own = |from: u32, to: u32| {
                by_patient.offsets[from as usize] as usize..by_patient.offsets[to as usize] as usize
            };
            match survivors {
                None => Cow::Borrowed(&by_patient.order[own(patients.start, patients.end)]),
                Some(survivors) => {
                    let of = |patient: u32| by_patient.order[own(patient, patient + 1)].iter().copied();
                    Cow::Owned(survivors.iter().flat_map(of).collect())
                }
            }
        }
    }
}

/// The events of a criterion. `survivors`: only theirs are wanted.
pub(super) fn events(
    engine: &Engine,
    plan: &EventPlan,
    patients: &Range<u32>,
    survivors: Option<&Survivors>,
) -> Events {
    let Some(domain) = engine.index.domain(plan.kind).filter(|domain| !domain.is_empty()) else {
        return Events::default();
    };
    let mut events = Events::default();
    let filters = bind(&plan.filters, &engine.index, Some(domain));
    let sources = domain.integers.get(&crate::definition::Column::SourceConcept);
    let mut previous = None;
    for position in candidates(engine, domain, plan, patients, survivors).iter() {
        let at = *position as usize;
        if let Some(source) = &plan.source
            && !source.holds(sources.and_then(|values| values.get(at)))
        {
            continue;
        }
        let patient = domain.patients[at];
        if plan.first && previous == Some(patient) {
            continue;
        }
        previous = Some(patient);
        let (mut start, mut end) = (domain.starts[at], domain.end(at));
        if let Some(adjustment) = plan.adjustment {
            let date = |with| if with == EventDate::Start { domain.starts[at] } else { domain.end(at) };
            start = date(adjustment.start_with).saturating_add(adjustment.start_offset);
            end = date(adjustment.end_with).saturating_add(adjustment.end_offset);
        }
        if !all_hold(&filters, Dated { patient, start, end }, at) {
            continue;
        }
        if let Some(period) = plan.user_period {
            start = period.start_date.map_or(start, day);
            end = period.end_date.map_or(end, day);
        }
        events.patients.push(patient);
        events.starts.push(start);
        events.ends.push(end);
        events.positions.push(*position);
    }
    if plan.adjustment.is_some() || plan.user_period.is_some() {
        events.sort(domain);
    }
    if let Some(group) = &plan.group {
        let index_events = IndexEvents::of(engine, domain, &events);
        let held = group_holds(engine, group, &index_events, patients);
        let holds = index_events.held_events(domain, &events, &held);
        events.keep(|at| holds[at]);
    }
    events
}
