//! Days at risk and first events by sex, age and calendar year.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::date;
use rayon::prelude::*;

use super::first_events::first_days;
use super::{PATIENTS, ranges};
use crate::calendar::CALENDAR;
use crate::definition::CriterionKind;
use crate::index::Index;
use crate::omop::NO_DAY;

/// Days at risk and first events of a stratum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PersonTime {
    /// Days under observation up to the first event, its day included.
    pub days: i64,
    /// First events.
    pub events: u64,
}

/// Ages from 10 times -20 to 10 times 29 have a counter each; nobody is older, nobody is watched before that.
const BANDS: usize = 50;
const LOWEST_BAND: i32 = -20;

/// Sex (`gender_concept_id`), ten-year band of age (0 is 0 to 9), calendar year: age is that year less the year of birth.
pub type Stratum = (i64, i32, i32);

/// Days at risk of a first event of `concepts` and such events, by sex, age band and year, for the calendar years of `years`.
#[must_use]
pub fn person_time(
    index: &Index,
    kind: CriterionKind,
    concepts: &[i64],
    years: Range<i16>,
) -> BTreeMap<Stratum, PersonTime> {
    let births = index.birth_years();
    let epoch = date(1970, 1, 1);
    let bounds: Vec<(i32, i32)> = years
        .clone()
        .map(|year| {
            let (from, to) = (date(year, 1, 1) - epoch, date(year, 12, 31) - epoch);
            (from.get_days(), to.get_days())
        })
        .collect();
    let (sexes, codes) = index.sexes();
    let cells = sexes.len() * BANDS * bounds.len();
    let domain = index.domain(kind);
    let of_range = |mut counts: Vec<PersonTime>, range: &Range<usize>| {
        let mut first = vec![NO_DAY; range.len()];
        if let Some(domain) = domain {
            first_days(domain, concepts, range, &mut first);
        }
        for (patient, event) in range.clone().zip(first) {
            let born = births[patient];
            if born == i16::MIN {
                continue;
            }
            let base = codes[patient] as usize * BANDS;
            for (start, end) in index.periods.of(patient as u32) {
                let end = if event == NO_DAY { end } else { end.min(event) };
                if end < start {
                    continue;
                }
                let from = usize::try_from(CALENDAR.year(start) - i32::from(years.start)).unwrap_or(0);
                for (at, (opens, closes)) in bounds.iter().enumerate().skip(from) {
                    if *opens > end {
                        break;
                    }
                    let (since, until) = (start.max(*opens), end.min(*closes));
                    let age = i32::from(years.start) + at as i32 - i32::from(born);
                    let Ok(band) = usize::try_from(age.div_euclid(10) - LOWEST_BAND) else { continue };
                    let Some(cell) = counts.get_mut((base + band.min(BANDS - 1)) * bounds.len() + at) else {
                        continue;
                    };
                    cell.days += i64::from(until - since) + 1;
                    cell.events += u64::from((event >= since) & (event <= until));
                }
            }
        }
        counts
    };
    let add = |mut one: Vec<PersonTime>, other: Vec<PersonTime>| {
        for (one, other) in one.iter_mut().zip(other) {
            one.days += other.days;
            one.events += other.events;
        }
        one
    };
    let none = || vec![PersonTime::default(); cells];
    let counts = ranges(index, PATIENTS).par_iter().fold(none, of_range).reduce(none, add);
    let mut strata = BTreeMap::new();
    for (cell, count) in counts.into_iter().enumerate().filter(|(_, count)| count.days > 0) {
        let (row, at) = (cell / bounds.len(), cell % bounds.len());
        let band = (row % BANDS) as i32 + LOWEST_BAND;
        strata.insert((sexes[row / BANDS], band, i32::from(years.start) + at as i32), count);
    }
    strata
}
