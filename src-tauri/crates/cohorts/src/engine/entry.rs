//! Entry events: of any primary criterion, within observation, qualified by the additional criteria.

use std::ops::Range;

use super::Engine;
use super::filter::Dated;
use super::group::{IndexEvents, group_holds};
use super::plan::CohortPlan;
use crate::definition::Limit;
use crate::omop::NO_INTEGER;

/// An entry event on its way to being sorted.
struct Entry {
    dated: Dated,
    period: (i32, i32),
    visit: i64,
    row: i64,
    criterion: u32,
}

/// The qualified events of the patients, by patient, first day, last day, criterion, row.
pub(super) fn qualified(engine: &Engine, plan: &CohortPlan, patients: &Range<u32>) -> IndexEvents {
    let mut entries = Vec::new();
    for (criterion, events_plan) in plan.primary.iter().enumerate() {
        let Some(domain) = engine.index.domain(events_plan.kind) else { continue };
        let events = engine.all_events_of(events_plan, patients);
        for at in 0..events.len() {
            let dated =
                Dated { patient: events.patients[at], start: events.starts[at], end: events.ends[at] };
            for period in engine.index.periods.of(dated.patient) {
                let begins = period.0 <= dated.start && dated.start <= period.1;
                let observed = period.0.saturating_add(plan.prior_days) <= dated.start
                    && dated.start.saturating_add(plan.post_days) <= period.1;
                if begins && observed {
                    let position = events.positions[at] as usize;
                    let visit = domain.visits.get(position).unwrap_or(NO_INTEGER);
                    let row = domain.row(position);
                    entries.push(Entry { dated, period, visit, row, criterion: criterion as u32 });
                }
            }
        }
    }
    // Circe orders entry events by day, then by number of row; what it leaves open is closed by criterion and last day.
    let is_last = plan.primary_limit == Limit::Last;
    let order = |entry: &Entry| {
        let Dated { patient, start, end } = entry.dated;
        (patient, if is_last { -start } else { start }, entry.row, entry.criterion, end, entry.period.0)
    };
    if plan.primary_limit != Limit::All {
        entries.sort_unstable_by_key(order);
        entries.dedup_by_key(|entry| entry.dated.patient);
    }
    entries.sort_unstable_by_key(|entry| {
        let Dated { patient, start, end } = entry.dated;
        (patient, start, end, entry.criterion, entry.row, entry.period.0)
    });
    let mut events = IndexEvents::default();
    events.reserve(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        events.push(entry.dated, entry.period, entry.visit, at as u32);
    }
    if let Some(group) = &plan.additional {
        let held = group_holds(engine, group, &events, patients);
        events = events.kept(&held);
    }
    limited(events, plan.qualified_limit)
}

/// One event a patient, where there is a limit: the first or the last in the total order.
pub(super) fn limited(events: IndexEvents, limit: Limit) -> IndexEvents {
    if events.patients.windows(2).all(|pair| pair[0] != pair[1]) {
        return events;
    }
    let other = |at: Option<usize>, patient: u32| {
        at.and_then(|at| events.patients.get(at)).is_none_or(|other| *other != patient)
    };
    let kept: Vec<bool> = match limit {
        Limit::All => return events,
        Limit::First => (0..events.len()).map(|at| other(at.checked_sub(1), events.patients[at])).collect(),
        Limit::Last => (0..events.len()).map(|at| other(Some(at + 1), events.patients[at])).collect(),
    };
    events.kept(&kept)
}
