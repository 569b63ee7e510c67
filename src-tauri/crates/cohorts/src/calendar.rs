//! Days since 1970-01-01 as dates, looked up where people live and computed elsewhere.

use std::sync::LazyLock;

use jiff::civil::Date;

/// Year, month and day of a day since 1970-01-01. After Howard Hinnant, "chrono-compatible low-level date algorithms"
/// (`civil_from_days`).
const fn civil(day: i32) -> (i32, i8, i8) {
    let shifted = day as i64 + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let of_month = day_of_year - (153 * month + 2) / 5 + 1;
    // The year begins with March here; January and February belong to the next.
    let is_next = month >= 10;
    let year = year_of_era + era * 400 + is_next as i64;
    (year as i32, (if is_next { month - 9 } else { month + 3 }) as i8, of_month as i8)
}

fn date_of(day: i32) -> Date {
    let (year, month, of_month) = civil(day);
    i16::try_from(year).ok().and_then(|year| Date::new(year, month, of_month).ok()).unwrap_or(if day < 0 {
        Date::MIN
    } else {
        Date::MAX
    })
}

/// 1900-01-01.
const FIRST: i32 = -25_567;
/// 2100-01-01.
const LAST: i32 = 47_482;

/// The dates of two centuries.
pub(crate) struct Calendar {
    dates: Vec<Date>,
}

/// Made once.
pub(crate) static CALENDAR: LazyLock<Calendar> =
    LazyLock::new(|| Calendar { dates: (FIRST..LAST).map(date_of).collect() });

impl Calendar {
    /// The date of a day; of days before the year -9999 and after 9999 the nearest that there is.
    #[inline]
    pub fn date(&self, day: i32) -> Date {
        let at = usize::try_from(day.wrapping_sub(FIRST)).ok();
        at.and_then(|at| self.dates.get(at)).map_or_else(|| date_of(day), |date| *date)
    }

    /// The year of a day.
    #[inline]
    pub fn year(&self, day: i32) -> i32 {
        let at = usize::try_from(day.wrapping_sub(FIRST)).ok();
        at.and_then(|at| self.dates.get(at)).map_or_else(|| civil(day).0, |date| i32::from(date.year()))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{CALENDAR, civil};

    #[test]
    fn every_tenth_day_is_that_of_the_calendar() {
        let epoch = date(1970, 1, 1);
        for day in (-700_000..2_900_000).step_by(10) {
            let expected: Date = epoch.saturating_add(jiff::Span::new().days(day));
            let (year, month, of_month) = civil(day);
            assert_eq!((CALENDAR.date(day), CALENDAR.year(day)), (expected, year));
            assert_eq!(
                (year, month, of_month),
                (i32::from(expected.year()), expected.month(), expected.day())
            );
        }
    }
}
