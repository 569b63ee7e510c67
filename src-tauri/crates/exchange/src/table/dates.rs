//! The order of day, month and year of a column, decided from all its values, never from one.

use jiff::civil::Date;
use rustcare_model::birth::DateOfBirth;
use rustcare_model::date_reading::{DateOrder, PartialDate, read_typed};
use serde::Serialize;

const ORDERS: [DateOrder; 3] = [DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::YearMonthDay];

/// What the values of a column say of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ColumnOrder {
    /// Only one order reads all, or all that do say the same days.
    Decided {
        /// The order.
        order: DateOrder,
    },
    /// More than one order reads all, and they differ.
    Open {
        /// Values that each order reads: day first.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        day_first: u64,
        /// Month first.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        month_first: u64,
        /// Year first.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        year_first: u64,
    },
}

/// Collects the values of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Observed {
    read: [u64; 3],
    readable: u64,
    /// Whether two orders read one value as different days.
    differ: [[bool; 3]; 3],
}

/// A date without the time of day that exports append: `1987-03-02 00:00:00`.
pub(super) fn without_time(text: &str) -> &str {
    let text = text.trim();
    let Some(at) = text.find([' ', 'T']).filter(|at| *at >= 6) else { return text };
    let time = text[at + 1..].trim();
    let is_time = time.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && time.contains(':')
        && time.chars().all(|c| c.is_ascii_digit() || ":.+-Zz APMapm".contains(c));
    if is_time { text[..at].trim_end() } else { text }
}

/// A year, or a year and a month: kept as precise as it is.
pub(super) fn partial(text: &str) -> Option<PartialDate> {
    PartialDate::parse(text).ok().filter(|p| !p.is_complete())
}

/// Reads a value in an order; a day that nobody alive was born on is no reading of it.
fn read(text: &str, order: DateOrder, today: Date) -> Option<Date> {
    let date = read_typed(text, order, today).ok()?;
    DateOfBirth::new(date, today).ok().map(DateOfBirth::date)
}

impl Observed {
    pub(super) fn observe(&mut self, value: &str, today: Date) {
        let text = without_time(value);
        if text.is_empty() || partial(text).is_some() {
            return;
        }
        let days = ORDERS.map(|order| read(text, order, today));
        if days.iter().all(Option::is_none) {
            return;
        }
        self.readable += 1;
        for (a, day) in days.iter().enumerate() {
            self.read[a] += u64::from(day.is_some());
            for (b, other) in days.iter().enumerate() {
                self.differ[a][b] |= day.is_some() && other.is_some() && day != other;
            }
        }
    }

    pub(super) fn order(&self) -> ColumnOrder {
        let all: Vec<usize> = (0..3).filter(|o| self.read[*o] == self.readable).collect();
        let agree = all.iter().all(|a| all.iter().all(|b| !self.differ[*a][*b]));
        match all.first() {
            Some(first) if agree => ColumnOrder::Decided { order: ORDERS[*first] },
            _ => ColumnOrder::Open {
                day_first: self.read[0],
                month_first: self.read[1],
                year_first: self.read[2],
            },
        }
    }
}

/// Whether a value is the same day in every order that reads it, so that an open order does not touch it.
pub(super) fn is_plain(value: &str, today: Date) -> bool {
    let text = without_time(value);
    let mut days = ORDERS.iter().filter_map(|order| read(text, *order, today));
    let first = days.next();
    days.all(|day| Some(day) == first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn order(values: &[&str]) -> ColumnOrder {
        let mut observed = Observed::default();
        values.iter().for_each(|v| observed.observe(v, date(2026, 11, 24)));
        observed.order()
    }

    fn decided(order: DateOrder) -> ColumnOrder {
        ColumnOrder::Decided { order }
    }

    #[test]
    fn one_value_decides_for_all() {
        assert_eq!(order(&["02/03/1987", "05/06/1990", "25/12/1961"]), decided(DateOrder::DayMonthYear));
        assert_eq!(order(&["02/03/1987", "12/25/1961"]), decided(DateOrder::MonthDayYear));
    }

    #[test]
    fn what_can_be_two_things_is_a_question() {
        assert_eq!(
            order(&["02/03/1987", "05/06/1990"]),
            ColumnOrder::Open { day_first: 2, month_first: 2, year_first: 0 }
        );
        assert_eq!(
            order(&["25/12/1961", "12/25/1961"]),
            ColumnOrder::Open { day_first: 1, month_first: 1, year_first: 0 }
        );
    }

    #[test]
    fn what_can_be_one_thing_is_none() {
        for values in [["1987-03-02", "1990-06-05 00:00:00"], ["2 Mar 1987", "3/3/1990"], ["", "1987"]] {
            assert!(matches!(order(&values), ColumnOrder::Decided { .. }), "{values:?}");
        }
        assert!(is_plain("1987-03-02", date(2026, 11, 24)));
        assert!(!is_plain("02/03/1987", date(2026, 11, 24)));
    }

    #[test]
    fn an_impossible_day_decides_nothing() {
        assert_eq!(order(&["99/99/1987", "25/12/1961"]), decided(DateOrder::DayMonthYear));
    }

    proptest! {
        #[test]
        fn a_decided_column_reads_each_value_as_it_was_written(
            days in prop::collection::vec((1_i16..=9, 1_i8..=12, 1_i8..=28), 1..20), month_first: bool,
        ) {
            let today = date(2026, 11, 24);
            let dates: Vec<Date> = days.iter().map(|(y, m, d)| date(1960 + *y, *m, *d)).collect();
            let texts: Vec<String> = dates.iter().map(|d| {
                let (a, b) = if month_first { (d.month(), d.day()) } else { (d.day(), d.month()) };
                format!("{a:02}/{b:02}/{}", d.year())
            }).collect();
            let mut observed = Observed::default();
            texts.iter().for_each(|t| observed.observe(t, today));
            if let ColumnOrder::Decided { order } = observed.order() {
                for (text, day) in texts.iter().zip(&dates) {
                    prop_assert_eq!(read(text, order, today), Some(*day));
                }
            }
        }
    }
}
