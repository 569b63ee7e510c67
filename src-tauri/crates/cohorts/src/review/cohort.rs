//! The rows of a cohort beside the index that they come from.

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use crate::calendar::CALENDAR;
use crate::engine::CohortRow;
use crate::index::Index;

/// Days since 1970-01-01.
pub(crate) fn day_of(day: Date) -> i32 {
    (day - date(1970, 1, 1)).get_days()
}

/// A span of a patient in a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Number of the patient in the index.
    pub patient: u32,
    /// First day, in days since 1970-01-01.
    pub start: i32,
    /// Last day.
    pub end: i32,
}

/// A cohort: spans by patient and first day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cohort {
    spans: Vec<Span>,
}

/// Sex, age at entry and calendar year of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Stratum {
    /// `gender_concept_id`; 0 where it is not known. None: all.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub sex_concept_id: Option<i64>,
    /// Youngest age of a band of ten years, by the calendar year; none where the birth is not known, or of all.
    pub age_from: Option<i32>,
    /// Calendar year. None: all.
    pub year: Option<i32>,
}

impl Cohort {
    /// The spans of these rows, in any order. Rows of persons whom the index does not know are left out.
    #[must_use]
    pub fn new(index: &Index, rows: &[CohortRow]) -> Self {
        let span = |row: &CohortRow| {
            let patient = index.persons.ids.binary_search(&row.person_id).ok()?;
            let patient = u32::try_from(patient).ok()?;
            Some(Span { patient, start: day_of(row.start_date), end: day_of(row.end_date) })
        };
        Self::of_spans(rows.iter().filter_map(span).collect())
    }

    /// Of these spans, in any order.
    #[must_use]
    pub fn of_spans(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        Self { spans }
    }

    /// Everybody else in the table of persons who is observed on the day in the middle of this cohort's entries, from that day to the end of that period:
    /// the same time of the calendar, so that habits of coding are alike. Nobody beside an empty cohort.
    #[must_use]
    pub fn rest(&self, index: &Index) -> Self {
        let mut days: Vec<i32> = self.entries().map(|span| span.start).collect();
        let Some(middle) = days.len().checked_sub(1).map(|last| last / 2) else { return Self::default() };
        let (_, day, _) = days.select_nth_unstable(middle);
        let day = *day;
        let mut own = self.entries().map(|span| span.patient).peekable();
        let mut spans = Vec::new();
        for patient in 0..u32::try_from(index.patients()).unwrap_or(u32::MAX) {
            let is_known = index.persons.present.get(patient as usize) == Some(1);
            if own.next_if_eq(&patient).is_some() || !is_known {
                continue;
            }
            let period = index.periods.of(patient).find(|(start, end)| (*start..=*end).contains(&day));
            spans.extend(period.map(|(_, end)| Span { patient, start: day, end }));
        }
        Self { spans }
    }

    /// All spans, by patient and first day.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The first span of each patient.
    pub fn entries(&self) -> impl Iterator<Item = Span> {
        self.spans.chunk_by(|a, b| a.patient == b.patient).filter_map(|own| own.first().copied())
    }

    /// How many patients there are.
    #[must_use]
    pub fn persons(&self) -> u64 {
        self.entries().count() as u64
    }

    /// First day of each patient's first span, by number of the patient; [`crate::omop::NO_DAY`] for who is not in the cohort.
    #[must_use]
    pub fn entry_days(&self, index: &Index) -> Vec<i32> {
        let mut days = vec![crate::omop::NO_DAY; index.patients()];
        for span in self.entries() {
            if let Some(day) = days.get_mut(span.patient as usize) {
                *day = span.start;
            }
        }
        days
    }
}

/// Sex of a patient, 0 where it is not known.
pub(super) fn sex_of(index: &Index, patient: u32) -> i64 {
    let (sexes, codes) = index.sexes();
    codes.get(patient as usize).and_then(|code| sexes.get(usize::from(*code))).copied().unwrap_or(0)
}

/// Age of a patient on a day by the calendar year; `None` where the birth is not known.
pub(super) fn age_of(index: &Index, patient: u32, day: i32) -> Option<i32> {
    let born = index.birth_years().get(patient as usize).copied().filter(|born| *born != i16::MIN)?;
    Some(CALENDAR.year(day) - i32::from(born))
}

/// The stratum of an entry.
pub(super) fn stratum_of(index: &Index, span: Span) -> Stratum {
    Stratum {
        sex_concept_id: Some(sex_of(index, span.patient)),
        age_from: age_of(index, span.patient, span.start).map(|age| age.div_euclid(10) * 10),
        year: Some(CALENDAR.year(span.start)),
    }
}
