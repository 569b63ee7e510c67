//! Passes over all events of a kind, concept by concept.

use rayon::prelude::*;

use super::{FirstEvents, walk};
use crate::calendar::CALENDAR;
use crate::definition::{Column, Comparison, CriterionKind};
use crate::index::{Domain, Index, Integers};
use crate::omop::{NO_DAY, NO_INTEGER};

/// Patients with one primary diagnosis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiagnosisGroup {
    /// The diagnosis.
    pub concept_id: i64,
    /// Patients who bear it.
    pub patients: u64,
    /// How often it is on record as primary.
    pub events: u64,
    /// Sum of the ages at these events, in years by the calendar year.
    pub age_sum: i64,
    /// Events of women.
    pub female: u64,
}

/// Which rows are marked. Without a column all are.
enum Marks<'a> {
    All,
    Codes(&'a [u8], Box<[bool; 256]>),
    Column(&'a Integers),
}

impl<'a> Marks<'a> {
    fn new(column: Option<&'a Integers>) -> Self {
        match column {
            None => Self::All,
            Some(Integers::Byte { codes, values }) => {
                let mut known = Box::new([false; 256]);
                known.iter_mut().zip(values).for_each(|(known, value)| *known = *value == 1);
                Self::Codes(codes, known)
            }
            Some(column) => Self::Column(column),
        }
    }
}

impl DiagnosisGroup {
    /// Adds events: patient, year, and the year of birth with the sex in the lowest bit; and whether each is primary.
    fn add(&mut self, previous: &mut u32, events: impl Iterator<Item = ((u32, i32, i32), bool)>) {
        let (mut patients, mut count, mut age_sum, mut female) = (0_u32, 0_u32, 0_i64, 0_u32);
        let mut last = *previous;
        // Masks in place of branches: which events are primary cannot be guessed.
        for ((patient, year, person), is_primary) in events {
            let mask = u32::from(is_primary).wrapping_neg();
            patients += u32::from(is_primary & (patient != last));
            last = (patient & mask) | (last & !mask);
            count += u32::from(is_primary);
            age_sum += i64::from((year - (person >> 1)) & mask.cast_signed());
            female += person.cast_unsigned() & mask & 1;
        }
        *previous = last;
        self.patients += u64::from(patients);
        self.events += u64::from(count);
        self.age_sum += age_sum;
        self.female += u64::from(female);
    }
}

/// Patients by primary diagnosis, those with most patients first. A diagnosis is primary where the data mark it so
/// (`is_primary` of a condition); without marks every condition counts.
#[must_use]
pub fn by_primary_diagnosis(index: &Index) -> Vec<DiagnosisGroup> {
    let Some(domain) = index.domain(CriterionKind::ConditionOccurrence) else { return Vec::new() };
    let calendar = &*CALENDAR;
    let persons = index.births_and_women();
    let marks = Marks::new(domain.integers.get(&Column::IsPrimary));
    let make = |concept_id| {
        let group = DiagnosisGroup { concept_id, patients: 0, events: 0, age_sum: 0, female: 0 };
        (group, u32::MAX)
    };
    let visit = |(group, previous): &mut (DiagnosisGroup, u32), rows: std::ops::Range<usize>| {
        let pairs = domain.patients[rows.clone()].iter().zip(&domain.starts[rows.clone()]);
        let events = pairs.map(|(patient, day)| (*patient, calendar.year(*day), persons[*patient as usize]));
        match &marks {
            Marks::All => group.add(previous, events.map(|event| (event, true))),
            Marks::Codes(codes, known) => {
                let marks = codes[rows].iter().map(|code| known[*code as usize]);
                group.add(previous, events.zip(marks));
            }
            Marks::Column(column) => {
                group.add(previous, events.zip(rows.map(|row| column.get(row) == Some(1))));
            }
        }
    };
    let mut groups: Vec<DiagnosisGroup> = walk(index, domain, make, visit)
        .into_iter()
        .map(|(group, _)| group)
        .filter(|group| group.events > 0)
        .collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.patients), group.concept_id));
    groups
}

/// A value beyond a bound, twice.
#[derive(Clone, Copy, Debug)]
pub struct RepeatedValue {
    /// The measurement.
    pub concept_id: i64,
    /// Its unit.
    pub unit_concept_id: i64,
    /// How the value stands to the bound.
    pub comparison: Comparison,
    /// The bound.
    pub bound: f64,
    /// Days from one to the other, both bounds included.
    pub apart: (i32, i32),
}

/// How many patients had the value twice, so many days apart.
#[must_use]
pub fn repeated_value(index: &Index, what: &RepeatedValue) -> u64 {
    let Some(domain) = index.domain(CriterionKind::Measurement) else { return 0 };
    let (Some(values), Some(units)) =
        (domain.integers.get(&Column::ValueAsNumber), domain.integers.get(&Column::Unit))
    else {
        return 0;
    };
    let postings = domain.postings(what.concept_id);
    let pieces = rayon::current_num_threads().max(1) * 4;
    let step = postings.len().div_ceil(pieces).max(1);
    // Cuts between two patients.
    let cut = |at: usize| {
        let mut at = at.min(postings.end);
        while at > postings.start && at < postings.end && domain.patients[at] == domain.patients[at - 1] {
            at += 1;
        }
        at
    };
    let is_beyond =
        |bits: i64| what.comparison.holds(f64::from_bits(bits.cast_unsigned()), what.bound, what.bound);
    let pieces = (0..pieces)
        .into_par_iter()
        .map(|piece| cut(postings.start + piece * step)..cut(postings.start + (piece + 1) * step));
    // The usual columns have dictionaries; their codes are compared without asking each row what column it is in.
    match (values, units) {
        (Integers::Short { codes, values }, Integers::Byte { codes: unit_codes, values: units }) => {
            let unit = units.iter().position(|unit| *unit == what.unit_concept_id);
            let Some(unit) = unit.and_then(|unit| u8::try_from(unit).ok()) else { return 0 };
            let is_value = |row: usize| {
                let bits = values[codes[row] as usize];
                (unit_codes[row] == unit) & (bits != NO_INTEGER) && is_beyond(bits)
            };
            pieces.map(|rows| repeats(domain, rows, what.apart, is_value)).sum()
        }
        _ => {
            let is_value = |row: usize| {
                units.get(row) == Some(what.unit_concept_id) && values.get(row).is_some_and(is_beyond)
            };
            pieces.map(|rows| repeats(domain, rows, what.apart, is_value)).sum()
        }
    }
}

/// How many patients have two rows that hold, so many days apart.
fn repeats(
    domain: &Domain,
    rows: std::ops::Range<usize>,
    apart: (i32, i32),
    is_value: impl Fn(usize) -> bool,
) -> u64 {
    let mut found = 0;
    let mut days: Vec<i32> = Vec::new();
    let mut current = u32::MAX;
    let mut is_found = false;
    for row in rows {
        if !is_value(row) {
            continue;
        }
        let (patient, day) = (domain.patients[row], domain.starts[row]);
        if patient != current {
            current = patient;
            is_found = false;
            days.clear();
        }
        let is_apart = |earlier: &i32| (apart.0..=apart.1).contains(&(day - earlier));
        if !is_found && days.iter().any(is_apart) {
            is_found = true;
            found += 1;
        }
        days.push(day);
    }
    found
}

/// A condition before the day of reference, in cases and in others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// The condition.
    pub concept_id: i64,
    /// Cases who had it.
    pub cases: u64,
    /// Others who had it.
    pub others: u64,
    /// Share of cases.
    pub case_share: f64,
    /// Share of others.
    pub other_share: f64,
    /// Standardised mean difference of the two shares (Austin 2009, doi 10.1080/03610910902859574).
    pub standardised_difference: f64,
}

/// Every condition in the `days` before the day of reference: the first event of cases, `reference` of the others.
#[must_use]
pub fn prior_conditions(index: &Index, first: &FirstEvents, reference: i32, days: i32) -> Vec<Contrast> {
    let Some(domain) = index.domain(CriterionKind::ConditionOccurrence) else { return Vec::new() };
    let cases = first.days.par_iter().filter(|day| **day != NO_DAY).count() as f64;
    let others = first.days.len() as f64 - cases;
    let make = |concept_id| (concept_id, (0_u64, 0_u64), u32::MAX);
    // Day of reference and whether a case, side by side: one look-up a row.
    let packed: Vec<i32> = first
        .days
        .par_iter()
        .map(|day| if *day == NO_DAY { reference << 1 } else { *day << 1 | 1 })
        .collect();
    let visit = |(_, counts, previous): &mut (i64, (u64, u64), u32), rows: std::ops::Range<usize>| {
        // Without a branch: who is a case cannot be guessed.
        for (patient, day) in domain.patients[rows.clone()].iter().zip(&domain.starts[rows]) {
            let own = packed[*patient as usize];
            let before = (own >> 1) - *day;
            let is_hit = (before >= 1) & (before <= days) & (*patient != *previous);
            *previous = if is_hit { *patient } else { *previous };
            counts.0 += u64::from(is_hit & (own & 1 == 1));
            counts.1 += u64::from(is_hit & (own & 1 == 0));
        }
    };
    let contrast = |(concept_id, (with, without), _): (i64, (u64, u64), u32)| {
        let (p, q) = (with as f64 / cases, without as f64 / others);
        let variance = (p * (1.0 - p) + q * (1.0 - q)) / 2.0;
        Contrast {
            concept_id,
            cases: with,
            others: without,
            case_share: p,
            other_share: q,
            standardised_difference: (p - q) / variance.sqrt(),
        }
    };
    walk(index, domain, make, visit).into_iter().map(contrast).collect()
}
