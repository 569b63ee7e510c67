//! First events of a set of concepts, and what lies around them.

use rayon::prelude::*;

use super::{PATIENTS, ranges, within};
use crate::calendar::CALENDAR;
use crate::definition::CriterionKind;
use crate::index::{Domain, Index};
use crate::omop::NO_DAY;

/// First day of an event of a set of concepts, by patient.
#[derive(Clone, Debug)]
pub struct FirstEvents {
    /// Days since 1970-01-01; [`NO_DAY`] for a patient without such an event.
    pub days: Vec<i32>,
}

/// Which first events count as incident.
#[derive(Clone, Copy, Debug)]
pub struct IncidentRule {
    /// Least age at the event, in years by the calendar year.
    pub least_age: i32,
    /// Days of observation needed before the event.
    pub prior_days: i32,
}

/// Patients and days of the postings of concepts within a range of patients.
fn for_each_posting(
    domain: &Domain,
    concepts: &[i64],
    patients: &std::ops::Range<usize>,
    mut visit: impl FnMut(usize, i32),
) {
    for concept in concepts {
        let postings = domain.postings(*concept);
        let own = &domain.patients[postings.clone()];
        let part = within(own, patients);
        let days = &domain.starts[postings][part.clone()];
        for (patient, day) in own[part].iter().zip(days) {
            visit(*patient as usize - patients.start, *day);
        }
    }
}

/// First days within a range of patients; `days` holds [`NO_DAY`] before.
pub(super) fn first_days(
    domain: &Domain,
    concepts: &[i64],
    range: &std::ops::Range<usize>,
    days: &mut [i32],
) {
    for_each_posting(domain, concepts, range, |patient, day| {
        let first = &mut days[patient];
        // A patient without an event holds the smallest day: one less, wrapped, it is the largest.
        *first = if day.wrapping_sub(1) < first.wrapping_sub(1) { day } else { *first };
    });
}

impl FirstEvents {
    /// The first events of `concepts` of a kind.
    #[must_use]
    pub fn new(index: &Index, kind: CriterionKind, concepts: &[i64]) -> Self {
        let mut days = vec![NO_DAY; index.patients()];
        let Some(domain) = index.domain(kind) else { return Self { days } };
        days.par_chunks_mut(PATIENTS).enumerate().for_each(|(chunk, days)| {
            let from = chunk * PATIENTS;
            first_days(domain, concepts, &(from..from + days.len()), days);
        });
        Self { days }
    }
}

/// The patients whose first event is incident, with its day, by patient.
#[must_use]
pub fn incident(index: &Index, kind: CriterionKind, concepts: &[i64], rule: IncidentRule) -> Vec<(u32, i32)> {
    let Some(domain) = index.domain(kind) else { return Vec::new() };
    let calendar = &*CALENDAR;
    let births = index.birth_years();
    let periods = &index.periods;
    let of_range = |days: &mut Vec<i32>, range: &std::ops::Range<usize>| {
        let days = &mut days[..range.len()];
        days.fill(NO_DAY);
        first_days(domain, concepts, range, days);
        let mut found = Vec::with_capacity(range.len() / 2);
        for (at, day) in days.iter().copied().enumerate().filter(|(_, day)| *day != NO_DAY) {
            let patient = (range.start + at) as u32;
            let born = births[range.start + at];
            let is_observed =
                |(start, end): (i32, i32)| start.saturating_add(rule.prior_days) <= day && day <= end;
            if born != i16::MIN
                && calendar.year(day) - i32::from(born) >= rule.least_age
                && periods.of(patient).any(is_observed)
            {
                found.push((patient, day));
            }
        }
        found
    };
    let buffer = || vec![NO_DAY; PATIENTS];
    let parts: Vec<Vec<(u32, i32)>> = ranges(index, PATIENTS).par_iter().map_init(buffer, of_range).collect();
    parts.concat()
}

/// For each of `cohort`, by patient, whether an event of `concepts` begins within `days` of the patient's day, both included.
#[must_use]
pub fn with_event_between(
    index: &Index,
    kind: CriterionKind,
    concepts: &[i64],
    cohort: &[(u32, i32)],
    days: (i32, i32),
) -> Vec<bool> {
    let Some(domain) = index.domain(kind) else { return vec![false; cohort.len()] };
    let of_range = |places: &mut Vec<u32>, range: &std::ops::Range<usize>| {
        let from = cohort.partition_point(|(patient, _)| (*patient as usize) < range.start);
        let to = cohort.partition_point(|(patient, _)| (*patient as usize) < range.end);
        let members = &cohort[from..to];
        places.fill(u32::MAX);
        for (place, (patient, _)) in members.iter().enumerate() {
            places[*patient as usize - range.start] = place as u32;
        }
        let mut found = vec![false; members.len()];
        for_each_posting(domain, concepts, range, |patient, day| {
            if let Some((_, own)) = members.get(places[patient] as usize)
                && own.saturating_add(days.0) <= day
                && day <= own.saturating_add(days.1)
            {
                found[places[patient] as usize] = true;
            }
        });
        found
    };
    let buffer = || vec![u32::MAX; PATIENTS];
    let parts: Vec<Vec<bool>> = ranges(index, PATIENTS).par_iter().map_init(buffer, of_range).collect();
    parts.concat()
}
