//! How many of those who are observed are in a cohort.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Index;
use super::cohort::{Cohort, day_of};
use crate::calendar::CALENDAR;
use crate::disclosure::Disclosure;
use crate::disclosure::share::{GroupWith, shares};
use crate::statistics::{Confidence, Interval, Proportion, wilson};

/// Prevalence on a day or in a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Prevalence {
    /// First day, as ISO date.
    pub from: String,
    /// Last day; the same for prevalence on a day.
    pub to: String,
    /// Observed on a day of the period. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub observed: Option<u64>,
    /// In the cohort on a day on which they are observed. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub in_cohort: Option<u64>,
    /// Between 0 and 1, with the 95 % interval of Wilson; none of nobody.
    pub share: Option<Interval>,
}

/// Calendar years that are looked at, at most.
const MOST_YEARS: i32 = 30;

/// Prevalence in each calendar year from the first to the last in which anybody is in the cohort; of many the newest.
#[must_use]
pub fn prevalence_by_year(index: &Index, cohort: &Cohort, disclosure: Disclosure) -> Vec<Prevalence> {
    let first = cohort.spans().iter().map(|span| span.start).min();
    let last = cohort.spans().iter().map(|span| span.end).max();
    let Some((first, last)) = first.zip(last) else { return Vec::new() };
    let (first, last) = (CALENDAR.year(first), CALENDAR.year(last));
    let day = |year: i32, month: i8, day: i8| Date::new(i16::try_from(year).ok()?, month, day).ok();
    let of_year =
        |year: i32| Some(prevalence(index, cohort, day(year, 1, 1)?, day(year, 12, 31)?, disclosure));
    (first.max(last - MOST_YEARS + 1)..=last).filter_map(of_year).collect()
}

/// Prevalence of a cohort from one day to another, both included; on a day when they are the same.
#[must_use]
pub fn prevalence(
    index: &Index,
    cohort: &Cohort,
    from: Date,
    to: Date,
    disclosure: Disclosure,
) -> Prevalence {
    let (first, last) = (day_of(from), day_of(to));
    let mut spans = cohort.spans().chunk_by(|a, b| a.patient == b.patient).peekable();
    let (mut observed, mut in_cohort) = (0, 0);
    for patient in 0..u32::try_from(index.patients()).unwrap_or(u32::MAX) {
        let own = spans.next_if(|own| own[0].patient == patient).unwrap_or_default();
        let within = |(start, end): (i32, i32)| (start.max(first), end.min(last));
        let periods = || index.periods.of(patient).map(within).filter(|(start, end)| start <= end);
        observed += u64::from(periods().next().is_some());
        let is_in =
            |(start, end): (i32, i32)| own.iter().any(|span| span.start.max(start) <= span.end.min(end));
        in_cohort += u64::from(periods().any(is_in));
    }
    let group =
        GroupWith { count: in_cohort, total: observed, total_is_shown: !disclosure.is_small(observed) };
    let is_shown = shares(&[group], disclosure).groups.first().copied().unwrap_or(true);
    let counted = Proportion::new(
        disclosure.rounded(in_cohort).min(disclosure.rounded(observed)),
        disclosure.rounded(observed),
    );
    Prevalence {
        from: from.to_string(),
        to: to.to_string(),
        observed: group.total_is_shown.then_some(disclosure.rounded(observed)),
        in_cohort: counted.map(Proportion::count).filter(|_| is_shown),
        share: counted.and_then(|of| wilson(of, Confidence::NINETY_FIVE)).filter(|_| is_shown),
    }
}
