//! Exit from the cohort: strategy, censoring, eras, calendar.

use std::ops::Range;

use super::Engine;
use super::group::IndexEvents;
use super::plan::CohortPlan;
use super::ranges::day;
use crate::definition::{Column, CriterionKind, EndStrategy, EventDate, Period};

/// A patient's span in the cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub patient: u32,
    pub start: i32,
    pub end: i32,
}

/// Eras of exposure of a patient: exposures to the set by standard or source concept, merged.
fn eras(engine: &Engine, plan: &CohortPlan, patient: u32) -> Vec<(i32, i32)> {
    let Some(EndStrategy::CustomEra { gap_days, offset, days_supply_override, .. }) = plan.exit else {
        return Vec::new();
    };
    let Some(domain) = engine.index.domain(CriterionKind::DrugExposure).filter(|d| !d.is_empty()) else {
        return Vec::new();
    };
    let by_patient = domain.by_patient(engine.index.patients());
    let own =
        by_patient.offsets[patient as usize] as usize..by_patient.offsets[patient as usize + 1] as usize;
    let sources = domain.integers.get(&Column::SourceConcept);
    let mut eras: Vec<(i32, i32)> = Vec::new();
    for position in &by_patient.order[own] {
        let at = *position as usize;
        let is_member = |concept: Option<i64>| {
            concept.is_some_and(|concept| plan.era_concepts.binary_search(&concept).is_ok())
        };
        if !is_member(domain.concept(at)) && !is_member(sources.and_then(|values| values.get(at))) {
            continue;
        }
        let start = domain.starts[at];
        let last = days_supply_override.map_or_else(|| domain.end(at), |days| start.saturating_add(days));
        let end = last.saturating_add(gap_days).saturating_add(offset);
        match eras.last_mut() {
            Some(era) if era.1 >= start => era.1 = era.1.max(end),
            _ => eras.push((start, end)),
        }
    }
    for era in &mut eras {
        era.1 = era.1.saturating_sub(gap_days);
    }
    eras
}

/// A span for each included event that ends on or after its start.
pub(super) fn spans(
    engine: &Engine,
    plan: &CohortPlan,
    included: &IndexEvents,
    patients: &Range<u32>,
) -> Vec<Span> {
    let censoring: Vec<_> =
        plan.censoring.iter().map(|events| engine.events_of(events, patients, &included.patients)).collect();
    let mut known: Option<(u32, Vec<(i32, i32)>)> = None;
    let mut spans = Vec::with_capacity(included.len());
    for at in 0..included.len() {
        let (patient, start) = (included.patients[at], included.starts[at]);
        let last_day = included.period_ends[at];
        let mut end = None;
        let mut offer = |candidate: i32| {
            if candidate >= start {
                end = Some(end.map_or(candidate, |end: i32| end.min(candidate)));
            }
        };
        match plan.exit {
            Some(EndStrategy::DateOffset { date_field, offset }) => {
                let from = if date_field == EventDate::Start { start } else { included.ends[at] };
                offer(from.saturating_add(offset).min(last_day));
            }
            Some(EndStrategy::CustomEra { .. }) => {
                offer(last_day);
                if known.as_ref().is_none_or(|(of, _)| *of != patient) {
                    known = Some((patient, eras(engine, plan, patient)));
                }
                let own = known.iter().flat_map(|(_, eras)| eras);
                own.filter(|era| era.0 <= start && start <= era.1).for_each(|era| offer(era.1));
            }
            None => offer(last_day),
        }
        for events in &censoring {
            let from = events.patients.partition_point(|other| *other < patient);
            let own = (from..events.len()).take_while(|one| events.patients[*one] == patient);
            let within = |one: &usize| (start..=last_day).contains(&events.starts[*one]);
            if let Some(one) = own.into_iter().find(within) {
                offer(events.starts[one]);
            }
        }
        spans.extend(end.map(|end| Span { patient, start, end }));
    }
    collapsed(spans, plan.era_pad)
}

/// Spans of a patient that are at most `pad` days apart become one.
fn collapsed(mut spans: Vec<Span>, pad: i32) -> Vec<Span> {
    spans.sort_unstable();
    let mut eras: Vec<Span> = Vec::with_capacity(spans.len());
    for mut span in spans {
        span.end = span.end.saturating_add(pad);
        match eras.last_mut() {
            Some(era) if era.patient == span.patient && era.end >= span.start => {
                era.end = era.end.max(span.end);
            }
            _ => eras.push(span),
        }
    }
    for era in &mut eras {
        era.end = era.end.saturating_sub(pad);
    }
    eras
}

/// Spans cut to the calendar; those that lie outside fall away.
pub(super) fn cut(spans: &mut Vec<Span>, window: Option<Period>) {
    let Some(window) = window else { return };
    spans.retain_mut(|span| {
        if let Some(first) = window.start_date {
            span.start = span.start.max(day(first));
        }
        if let Some(last) = window.end_date {
            span.end = span.end.min(day(last));
        }
        (window.start_date.is_none() && window.end_date.is_none()) || span.start <= span.end
    });
}
