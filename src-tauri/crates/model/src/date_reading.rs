//! Dates as people type them and as other systems write them.
//!
//! A typed date is read in the clinic's order; a year first is always a year first, and a month's name settles
//! the order by itself. A [`PartialDate`] keeps what another system wrote, character for character.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::birth::{DatePrecision, KnownDate};
use crate::note::Refusal;
use crate::reason::Reason;

/// The order in which a clinic types day, month and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 2.3.1987 is the second of March.
    #[default]
    DayMonthYear,
    /// 2/3/1987 is the third of February.
    MonthDayYear,
    /// 1987-03-02.
    YearMonthDay,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH_STARTS: [[&str; 2]; 12] = [
    ["jan", "ene"],
    ["feb", "feb"],
    ["mar", "mar"],
    ["apr", "abr"],
    ["may", "may"],
    ["jun", "jun"],
    ["jul", "jul"],
    ["aug", "ago"],
    ["sep", "sep"],
    ["oct", "oct"],
    ["nov", "nov"],
    ["dec", "dic"],
];

/// A date as screens show it: `02 Mar 1987`, the month by name so that nobody swaps day and month.
pub fn shown(date: Date) -> String {
    format!("{:02} {} {:04}", date.day(), MONTHS[(date.month() - 1) as usize], date.year())
}

/// Reads a complete typed date in `order`. Two-digit years are read as the latest past year (`today` decides).
///
/// # Errors
/// `not_a_date`, `no_such_day`.
pub fn read_typed(typed: &str, order: DateOrder, today: Date) -> Result<Date, Refusal> {
    let not_a_date = || Refusal::new("not_a_date", Reason::DateForm);
    let parts = split(typed);
    let (year, month, day) = match parts.as_slice() {
        [one] if one.len() == 8 && one.bytes().all(|b| b.is_ascii_digit()) => eight_digits(one, order),
        [a, b, c] => three_parts(a, b, c, order).ok_or_else(not_a_date)?,
        _ => return Err(not_a_date()),
    };
    let day = number(&day).ok_or_else(not_a_date)?;
    let month = month_number(&month).ok_or_else(not_a_date)?;
    let year = full_year(&year, today).ok_or_else(not_a_date)?;
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
        return Err(not_a_date());
    };
    Date::new(year, month, day).map_err(|_| Refusal::new("no_such_day", Reason::NoSuchDay))
}

fn split(typed: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last_kind = 0;
    for c in typed.trim().chars().take(40) {
        let kind = if c.is_ascii_digit() {
            1
        } else if c.is_alphabetic() {
            2
        } else {
            0
        };
        if kind != 0 {
            match parts.last_mut() {
                Some(part) if kind == last_kind => part.push(c),
                _ => parts.push(c.to_string()),
            }
        }
        last_kind = kind;
    }
    // Spanish "2 de marzo de 1987", English "2nd of March".
    parts.retain(|p| {
        !matches!(p.to_lowercase().as_str(), "de" | "del" | "of" | "the" | "st" | "nd" | "rd" | "th")
    });
    parts
}

fn eight_digits(text: &str, order: DateOrder) -> (String, String, String) {
    let cut = |a: usize, b: usize| text[a..b].to_owned();
    match order {
        DateOrder::YearMonthDay => (cut(0, 4), cut(4, 6), cut(6, 8)),
        DateOrder::DayMonthYear => (cut(4, 8), cut(2, 4), cut(0, 2)),
        DateOrder::MonthDayYear => (cut(4, 8), cut(0, 2), cut(2, 4)),
    }
}

fn three_parts(a: &str, b: &str, c: &str, order: DateOrder) -> Option<(String, String, String)> {
    let own = str::to_owned;
    let named = |p: &str| p.chars().all(char::is_alphabetic);
    Some(match (named(a), named(b), named(c)) {
        (false, true, false) if a.len() >= 3 => (own(a), own(b), own(c)),
        (false, true, false) => (own(c), own(b), own(a)),
        (true, false, false) => (own(c), own(a), own(b)),
        (false, false, false) if a.len() >= 3 => (own(a), own(b), own(c)),
        (false, false, false) => match order {
            DateOrder::DayMonthYear => (own(c), own(b), own(a)),
            DateOrder::MonthDayYear => (own(c), own(a), own(b)),
            DateOrder::YearMonthDay => (own(a), own(b), own(c)),
        },
        _ => return None,
    })
}

fn number(text: &str) -> Option<u16> {
    text.parse().ok()
}

fn month_number(text: &str) -> Option<u16> {
    if let Some(n) = number(text) {
        return Some(n);
    }
    let lower = text.to_lowercase();
    MONTH_STARTS
        .iter()
        .position(|starts| lower.len() >= 3 && starts.iter().any(|s| lower.starts_with(s)))
        .map(|p| p as u16 + 1)
}

fn full_year(text: &str, today: Date) -> Option<i16> {
    let year: i16 = text.parse().ok()?;
    match text.len() {
        4 => Some(year),
        2 => {
            let century = today.year() - today.year() % 100;
            Some(if century + year <= today.year() { century + year } else { century - 100 + year })
        }
        _ => None,
    }
}

/// A date or date-time as another system wrote it: `1987`, `1987-03`, `1987-03-02`, `1987-03-02T10:00:00+01:00`.
///
/// Grammar: FHIR R4 `date` and `dateTime`. The text is kept unchanged; [`PartialDate::first_day`] is what it is
/// sorted and compared by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartialDate(String);

impl PartialDate {
    /// Takes the text when it is a FHIR date or date-time of a real calendar day.
    ///
    /// # Errors
    /// `not_a_date`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::new("not_a_date", Reason::PartialDateForm);
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let plausible = matches!(date.len(), 4 | 7 | 10)
            && date.bytes().enumerate().all(
                |(i, b)| {
                    if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() }
                },
            );
        if !plausible || time.is_some_and(|t| date.len() != 10 || !is_time(t)) {
            return Err(wrong());
        }
        let partial = Self(text.to_owned());
        partial.read_first_day().map(|_| partial).ok_or_else(wrong)
    }

    /// The text as written.
    pub fn as_written(&self) -> &str {
        &self.0
    }

    /// The first day that it can mean.
    pub fn first_day(&self) -> Date {
        self.read_first_day().unwrap_or(Date::MIN)
    }

    /// The moment that a text with a time means, in its own zone; `None` where there is no time. A fraction is read to the
    /// nanosecond.
    pub fn instant(&self) -> Option<Timestamp> {
        let (day, time) = self.0.split_once('T')?;
        let zone = time.find(['Z', '+', '-'])?;
        let (clock, zone) = time.split_at(zone);
        let clock = match clock.split_once('.') {
            Some((whole, fraction)) => format!("{whole}.{}", &fraction[..fraction.len().min(9)]),
            None => clock.to_owned(),
        };
        format!("{day}T{clock}{zone}").parse().ok()
    }

    /// Whether day and month are known.
    pub fn is_complete(&self) -> bool {
        self.0.len() >= 10
    }

    /// The date as far as it is known, without the time.
    pub fn known(&self) -> KnownDate {
        let iso: String = self.0.chars().take(10).collect();
        let precision = match iso.len() {
            4 => DatePrecision::Year,
            7 => DatePrecision::Month,
            _ => DatePrecision::Day,
        };
        KnownDate { iso, precision, about: false }
    }

    /// As shown: `02 Mar 1987`, `Mar 1987`, `1987`.
    pub fn shown(&self) -> String {
        let day = self.first_day();
        match self.0.len() {
            4 => self.0.clone(),
            7 => format!("{} {}", MONTHS[(day.month() - 1) as usize], day.year()),
            _ => shown(day),
        }
    }

    fn read_first_day(&self) -> Option<Date> {
        let part = |a: usize, b: usize| self.0.get(a..b).and_then(|t| t.parse::<i16>().ok());
        let month = if self.0.len() >= 7 { part(5, 7)? } else { 1 };
        let day = if self.0.len() >= 10 { part(8, 10)? } else { 1 };
        let year = part(0, 4)?;
        (year > 0).then_some(())?;
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    }
}

fn is_time(text: &str) -> bool {
    let (clock, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => return false,
    };
    let two = |s: &str, max: u32| {
        s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()) && s.parse::<u32>().is_ok_and(|n| n <= max)
    };
    let zone_ok = zone == "Z"
        || zone.get(1..).and_then(|z| z.split_once(':')).is_some_and(|(h, m)| two(h, 14) && two(m, 59));
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = whole.split(':').collect();
    zone_ok
        && parts.len() == 3
        && two(parts[0], 23)
        && two(parts[1], 59)
        && two(parts[2], 60)
        && !fraction.is_empty()
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn read(text: &str, order: DateOrder) -> Result<Date, &'static str> {
        read_typed(text, order, date(2026, 11, 24)).map_err(|r| r.code)
    }

    #[test]
    fn typed_dates_are_read_in_the_order_of_the_clinic() {
        let d = date(1987, 3, 2);
        for text in [
            "2.3.87",
            "02/03/1987",
            "2 3 1987",
            "1987-03-02",
            "2 mar 1987",
            "2 de marzo de 1987",
            "Mar 2, 1987",
            "02031987",
        ] {
            assert_eq!(read(text, DateOrder::DayMonthYear), Ok(d), "{text}");
        }
        assert_eq!(read("3/2/1987", DateOrder::MonthDayYear), Ok(d));
        assert_eq!(read("31.2.1987", DateOrder::DayMonthYear), Err("no_such_day"));
        assert_eq!(read("soon", DateOrder::DayMonthYear), Err("not_a_date"));
    }

    #[test]
    fn a_date_is_shown_with_the_name_of_its_month() {
        assert_eq!(shown(date(1987, 3, 2)), "02 Mar 1987");
        assert_eq!(PartialDate::parse("1987-03").unwrap().shown(), "Mar 1987");
    }

    #[test]
    fn moments_are_compared_in_one_zone_and_with_their_fractions() {
        let at = |text: &str| PartialDate::parse(text).unwrap().instant();
        assert_eq!(at("2026-05-01T23:30:00-04:00"), at("2026-05-02T03:30:00.000Z"));
        assert!(at("2026-05-01T10:00:00.5Z") > at("2026-05-01T10:00:00Z"));
        assert!(at("2026-05-01T10:00:00.1234567891234Z").is_some());
        assert_eq!((at("2026-05-01"), at("2026")), (None, None));
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(y in 1900i16..2026, m in 1i8..=12, d in 1i8..=28) {
            let day = date(y, m, d);
            for order in [DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::YearMonthDay] {
                prop_assert_eq!(read(&shown(day), order), Ok(day));
            }
            let written = day.to_string();
            prop_assert_eq!(PartialDate::parse(&written).unwrap().first_day(), day);
        }

        #[test]
        fn reading_never_panics(text in ".{0,50}") {
            let _ = read(&text, DateOrder::DayMonthYear);
            let _ = PartialDate::parse(&text).map(|d| d.instant());
        }
    }
}
