//! When a person was born, how sure that is, and how an age is said.

use jiff::{ToSpan, Unit, civil::Date};
use serde::{Deserialize, Serialize};

use crate::date_reading::{self, DateOrder, PartialDate};
use crate::note::Refusal;
use crate::reason::Reason;

/// Oldest age that is taken, in years.
pub const OLDEST: i16 = 150;

/// A complete date of birth: not in the future, at most 150 years ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DateOfBirth(Date);

impl DateOfBirth {
    /// Takes a calendar date.
    ///
    /// # Errors
    /// `in_the_future`, `too_long_ago`.
    pub fn new(date: Date, today: Date) -> Result<Self, Refusal> {
        if date > today {
            return Err(Refusal::new("in_the_future", Reason::BirthInFuture));
        }
        if whole_years(date, today) > OLDEST {
            return Err(Refusal::new("too_long_ago", Reason::BirthTooLongAgo));
        }
        Ok(Self(date))
    }

    /// Reads a typed date in the clinic's order.
    ///
    /// # Errors
    /// Those of [`date_reading::read_typed`] and of [`DateOfBirth::new`].
    pub fn parse(typed: &str, order: DateOrder, today: Date) -> Result<Self, Refusal> {
        Self::new(date_reading::read_typed(typed, order, today)?, today)
    }

    /// The calendar date.
    pub fn date(self) -> Date {
        self.0
    }
}

/// What is known of a birth. An estimate is never turned into a silent first of January.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Birth {
    /// Day, month and year are known.
    Known {
        /// The date.
        date: DateOfBirth,
    },
    /// Another system knew only the year or the month.
    Partial {
        /// As written there.
        written: PartialDate,
    },
    /// Somebody estimated the age in years on a day.
    Estimated {
        /// Age in years, 0..=150.
        age_years: u8,
        /// The day of the estimate.
        on: Date,
    },
    /// Nothing is known.
    NotRecorded,
}

impl Birth {
    /// The day (for a partial or estimated birth: the earliest plausible day) that ages are computed from.
    pub fn reference_day(&self) -> Option<Date> {
        match self {
            Self::Known { date } => Some(date.date()),
            Self::Partial { written } => Some(written.first_day()),
            Self::Estimated { age_years, on } => on.checked_sub((i64::from(*age_years)).years()).ok(),
            Self::NotRecorded => None,
        }
    }

    /// As shown: `02 Mar 1987`, `about 1987`, `not recorded`.
    pub fn shown(&self) -> String {
        match self {
            Self::Known { date } => date_reading::shown(date.date()),
            Self::Partial { written } => written.shown(),
            Self::Estimated { .. } => match self.reference_day() {
                Some(day) => format!("about {}", day.year()),
                None => "not recorded".into(),
            },
            Self::NotRecorded => "not recorded".into(),
        }
    }

    /// The age on `today` as staff say it, `~` before an estimate.
    pub fn age_shown(&self, today: Date) -> String {
        self.age(today).map_or_else(|| "–".into(), Age::shown)
    }

    /// The age on `today` as a number with its unit; of an uncertain birth in years.
    pub fn age(&self, today: Date) -> Option<Age> {
        let day = self.reference_day()?;
        Some(match self {
            Self::Known { .. } => Age::of(day, today),
            _ => Age { count: i32::from(whole_years(day, today).max(0)), unit: AgeUnit::Years, about: true },
        })
    }

    /// The date as far as it is known.
    pub fn known_date(&self) -> Option<KnownDate> {
        match self {
            Self::Known { date } => {
                Some(KnownDate { iso: date.date().to_string(), precision: DatePrecision::Day, about: false })
            }
            Self::Partial { written } => Some(written.known()),
            Self::Estimated { .. } => self.reference_day().map(|day| KnownDate {
                iso: format!("{:04}", day.year()),
                precision: DatePrecision::Year,
                about: true,
            }),
            Self::NotRecorded => None,
        }
    }

    /// Whole years on `today`.
    pub fn age_years(&self, today: Date) -> Option<i16> {
        self.reference_day().map(|day| whole_years(day, today))
    }
}

/// Unit in which an age is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum AgeUnit {
    Days,
    Weeks,
    Months,
    Years,
}

/// An age as a number with its unit, for screens of any language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Age {
    /// How many.
    pub count: i32,
    /// Of what.
    pub unit: AgeUnit,
    /// Whether the birth is known in part or estimated only.
    pub about: bool,
}

impl Age {
    /// The age by bands: hours are not known from a date, so days below 4 weeks, weeks below 1 year, months below
    /// 2 years, years from then on (bands of the NHS Common User Interface, "Display of age").
    pub fn of(born: Date, today: Date) -> Self {
        let span = |unit| born.until((unit, today)).ok();
        let days = span(Unit::Day).map_or(0, |s| s.get_days());
        let years = whole_years(born, today);
        let (count, unit) = if days < 28 {
            (days, AgeUnit::Days)
        } else if years < 1 {
            (days / 7, AgeUnit::Weeks)
        } else if years < 2 {
            (span(Unit::Month).map_or(0, |s| s.get_months()), AgeUnit::Months)
        } else {
            (i32::from(years), AgeUnit::Years)
        };
        Self { count, unit, about: false }
    }

    /// In English: `39 y`, `7 mo`, `~40 y`.
    pub fn shown(self) -> String {
        let unit = match self.unit {
            AgeUnit::Days => "d",
            AgeUnit::Weeks => "wk",
            AgeUnit::Months => "mo",
            AgeUnit::Years => "y",
        };
        format!("{}{} {unit}", if self.about { "~" } else { "" }, self.count)
    }
}

/// How much of a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum DatePrecision {
    Day,
    Month,
    Year,
}

/// A date with what is known of it, for screens of any language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct KnownDate {
    /// ISO 8601 as far as it is known: `1987`, `1987-03`, `1987-03-02`.
    pub iso: String,
    /// How far that is.
    pub precision: DatePrecision,
    /// Whether it comes from an estimate.
    pub about: bool,
}

/// Whole years between a birth and `today`; a birthday on 29 February is reached on 1 March in common years.
pub fn whole_years(born: Date, today: Date) -> i16 {
    let years = today.year() - born.year();
    if (today.month(), today.day()) < (born.month(), born.day()) { years - 1 } else { years }
}

/// The age in English, by the bands of [`Age::of`].
pub fn age_text(born: Date, today: Date) -> String {
    Age::of(born, today).shown()
}

/// Reads a typed estimated age.
///
/// # Errors
/// `not_a_number`, `out_of_range` (0..=150).
pub fn parse_age_years(typed: &str) -> Result<u8, Refusal> {
    let age: u16 = typed.trim().parse().map_err(|_| Refusal::new("not_a_number", Reason::AgeNotANumber))?;
    if age > OLDEST as u16 {
        return Err(Refusal::new("out_of_range", Reason::AgeOutOfRange));
    }
    Ok(age as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn a_leap_day_birthday_is_reached_on_the_first_of_march() {
        assert_eq!(whole_years(date(2004, 2, 29), date(2025, 2, 28)), 20);
        assert_eq!(whole_years(date(2004, 2, 29), date(2025, 3, 1)), 21);
    }

    #[test]
    fn ages_are_said_in_bands() {
        let today = date(2026, 11, 24);
        for (born, said) in [
            (date(2026, 11, 20), "4 d"),
            (date(2026, 9, 1), "12 wk"),
            (date(2025, 5, 24), "18 mo"),
            (date(1987, 3, 2), "39 y"),
        ] {
            assert_eq!(age_text(born, today), said);
        }
    }

    #[test]
    fn the_future_and_the_too_distant_past_are_refused() {
        let today = date(2026, 11, 24);
        assert_eq!(DateOfBirth::new(date(2026, 11, 25), today).unwrap_err().code, "in_the_future");
        assert_eq!(DateOfBirth::new(date(1875, 11, 24), today).unwrap_err().code, "too_long_ago");
        assert!(DateOfBirth::new(date(1876, 11, 24), today).is_ok());
    }

    proptest! {
        #[test]
        fn an_age_rises_by_one_on_each_birthday(y in 1900i16..2020, m in 1i8..=12, d in 1i8..=28, n in 1i16..60) {
            let born = date(y, m, d);
            let birthday = date(y + n, m, d);
            prop_assert_eq!(whole_years(born, birthday), n);
            prop_assert_eq!(whole_years(born, birthday.yesterday().unwrap()), n - 1);
        }
    }
}
