//! Dates of birth as registers hold them: whole, in part, in any order; a whole column decides the order.

use serde::{Deserialize, Serialize};

/// A date of birth, perhaps only in part. Zero stands for an unknown part; a day that is not in the calendar is kept,
/// because a typing error in it is evidence too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BirthDate {
    /// Year, 0 when unknown.
    pub year: u16,
    /// Month, 0 when unknown.
    pub month: u8,
    /// Day of the month, 0 when unknown.
    pub day: u8,
}

/// How the three numbers of a date are ordered in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnOrder {
    /// Year, month, day.
    YearMonthDay,
    /// Day, month, year.
    DayMonthYear,
    /// Month, day, year.
    MonthDayYear,
}

impl BirthDate {
    /// From parts; zero is unknown.
    pub const fn new(year: u16, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    /// Nothing is known.
    pub fn is_unknown(self) -> bool {
        self == Self::default()
    }

    /// Year, month and day are known.
    pub fn is_whole(self) -> bool {
        self.year != 0 && self.month != 0 && self.day != 0
    }

    /// As a number, year first; 0 when unknown.
    pub fn packed(self) -> u32 {
        u32::from(self.year) << 16 | u32::from(self.month) << 8 | u32::from(self.day)
    }

    /// The reverse of [`Self::packed`].
    pub fn unpacked(packed: u32) -> Self {
        Self { year: (packed >> 16) as u16, month: (packed >> 8) as u8, day: packed as u8 }
    }

    /// Eight decimal digits, year first.
    pub fn digits(self) -> [u8; 8] {
        let mut out = [0; 8];
        let mut rest = u32::from(self.year) * 10_000 + u32::from(self.month) * 100 + u32::from(self.day);
        for digit in out.iter_mut().rev() {
            *digit = (rest % 10) as u8;
            rest /= 10;
        }
        out
    }

    /// Days since an epoch, when the day is in the calendar.
    pub fn day_number(self) -> Option<i32> {
        let date = jiff::civil::Date::new(self.year as i16, self.month as i8, self.day as i8).ok()?;
        self.is_whole().then(|| (date - jiff::civil::Date::ZERO).get_days())
    }
}

/// One value cut into its numbers, before the order is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Settled by itself.
    Settled(BirthDate),
    /// Three numbers in the column's order; the widths tell a year.
    Three([u16; 3]),
    /// Eight digits in a row.
    Eight(u32),
    /// Nothing written.
    Blank,
    /// Written, and no date.
    Unreadable,
}

/// Reads a whole column. The order is what fits most of it: a number above 12 cannot be a month. With nothing to
/// decide it, day before month. Two-digit years up to `this_year` are of this century, others of the last.
///
/// Returns the dates (unknown where blank or unreadable), the rows that are written and unreadable, and the order.
pub fn read_column(values: &[&str], this_year: u16) -> (Vec<BirthDate>, Vec<usize>, ColumnOrder) {
    let cuts: Vec<Cut> = values.iter().map(|v| cut(v)).collect();
    let orders = [ColumnOrder::YearMonthDay, ColumnOrder::DayMonthYear, ColumnOrder::MonthDayYear];
    let fits = |order: ColumnOrder| cuts.iter().filter(|c| fits(**c, order, this_year)).count();
    // The last of equals is taken by max_by_key, so the preferred order comes last.
    let order = [orders[2], orders[1], orders[0]].into_iter().max_by_key(|o| fits(*o)).unwrap_or(orders[0]);
    let order = if order == ColumnOrder::YearMonthDay
        && cuts.iter().any(|c| matches!(c, Cut::Three(t) if t[0] < 100))
    {
        // Two digits everywhere: a year first is the rarest way to write that.
        if fits(orders[1]) >= fits(orders[0]) { orders[1] } else { order }
    } else {
        order
    };
    let mut unreadable = Vec::new();
    let dates = cuts
        .iter()
        .enumerate()
        .map(|(row, cut)| {
            let date = resolve(*cut, order, this_year);
            if date.is_none() {
                unreadable.push(row);
            }
            date.unwrap_or_default()
        })
        .collect();
    (dates, unreadable, order)
}

fn cut(value: &str) -> Cut {
    let value = value.trim();
    if value.is_empty()
        || ["null", "none", "nan", "unknown", "n/a", "na"].contains(&value.to_lowercase().as_str())
    {
        return Cut::Blank;
    }
    // A time of day after the date says nothing.
    let date_only = match value.find(['T', ' ']) {
        Some(at)
            if at >= 8
                && value[at + 1..].starts_with(|c: char| c.is_ascii_digit())
                && value[at..].contains(':') =>
        {
            &value[..at]
        }
        _ => value,
    };
    let lower = date_only.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let parts = words.iter().flat_map(|w| runs(w)).collect::<Vec<_>>();
    let numbers: Vec<u16> = parts.iter().filter_map(|p| p.parse().ok()).collect();
    let month = parts.iter().find_map(|p| month_named(p));
    match (numbers.as_slice(), month) {
        ([a, b], Some(month)) if *a > 31 => settled(*a, month, *b),
        ([a, b], Some(month)) => settled(*b, month, *a),
        ([year], Some(month)) if *year > 31 => settled(*year, month, 0),
        ([a, b, c], None) if *a > 999 => settled(*a, *b, *c),
        ([a, b, c], None) => Cut::Three([*a, *b, *c]),
        ([a, b], None) if *a > 999 && *b <= 12 => settled(*a, *b, 0),
        ([a, b], None) if *b > 999 && *a <= 12 => settled(*b, *a, 0),
        ([year], None) if (1000..=2999).contains(year) && lower.len() <= 6 => settled(*year, 0, 0),
        ([], None) if lower.len() == 8 && lower.bytes().all(|b| b.is_ascii_digit()) => {
            lower.parse().map_or(Cut::Unreadable, Cut::Eight)
        }
        _ => Cut::Unreadable,
    }
}

/// Runs of digits and of letters: `2mar1987` is three.
fn runs(word: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for c in word.chars() {
        match out.last_mut() {
            Some(last) if last.ends_with(|l: char| l.is_ascii_digit() == c.is_ascii_digit()) => last.push(c),
            _ => out.push(c.to_string()),
        }
    }
    out
}

fn month_named(word: &str) -> Option<u16> {
    const STARTS: [&[&str]; 12] = [
        &["jan", "ene", "gen"],
        &["feb", "fév", "fev"],
        &["mar", "mär", "mrz"],
        &["apr", "abr", "avr"],
        &["may", "mai", "mag", "mei"],
        &["jun", "juin", "giu"],
        &["jul", "juil", "lug"],
        &["aug", "ago", "aoû", "aou"],
        &["sep", "set"],
        &["oct", "okt", "ott", "out"],
        &["nov"],
        &["dec", "dic", "dez", "déc"],
    ];
    if word.chars().count() < 3 || word.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
        return None;
    }
    STARTS.iter().position(|m| m.iter().any(|s| word.starts_with(s))).map(|m| m as u16 + 1)
}

fn settled(year: u16, month: u16, day: u16) -> Cut {
    if month > 99 || day > 99 {
        return Cut::Unreadable;
    }
    Cut::Settled(BirthDate::new(year, month as u8, day as u8))
}

fn full_year(year: u16, this_year: u16) -> u16 {
    match year {
        0..=99 if 2000 + year <= this_year => 2000 + year,
        0..=99 => 1900 + year,
        _ => year,
    }
}

fn resolve(cut: Cut, order: ColumnOrder, this_year: u16) -> Option<BirthDate> {
    let place = |a: u16, b: u16, c: u16| match order {
        ColumnOrder::YearMonthDay => (a, b, c),
        ColumnOrder::DayMonthYear => (c, b, a),
        ColumnOrder::MonthDayYear => (c, a, b),
    };
    let (year, month, day) = match cut {
        Cut::Blank => return Some(BirthDate::default()),
        Cut::Unreadable => return None,
        Cut::Settled(date) => return Some(date),
        Cut::Three([a, b, c]) => place(a, b, c),
        Cut::Eight(n) if order == ColumnOrder::YearMonthDay => {
            ((n / 10_000) as u16, (n / 100 % 100) as u16, (n % 100) as u16)
        }
        Cut::Eight(n) => place((n / 1_000_000) as u16, (n / 10_000 % 100) as u16, (n % 10_000) as u16),
    };
    (month <= 99 && day <= 99).then(|| BirthDate::new(full_year(year, this_year), month as u8, day as u8))
}

fn fits(cut: Cut, order: ColumnOrder, this_year: u16) -> bool {
    if matches!(cut, Cut::Blank | Cut::Unreadable | Cut::Settled(_)) {
        return false;
    }
    resolve(cut, order, this_year).is_some_and(|d| {
        (1..=12).contains(&d.month) && (1..=31).contains(&d.day) && (1850..=this_year).contains(&d.year)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> (Vec<BirthDate>, ColumnOrder) {
        let (dates, unreadable, order) = read_column(values, 2026);
        assert!(unreadable.is_empty(), "{unreadable:?}");
        (dates, order)
    }

    #[test]
    fn the_whole_column_decides_the_order() {
        let (dates, order) = read(&["02/03/1987", "03/25/1990"]);
        assert_eq!(order, ColumnOrder::MonthDayYear);
        assert_eq!(dates[0], BirthDate::new(1987, 2, 3));
        let (dates, order) = read(&["02/03/1987", "25/03/1990"]);
        assert_eq!(order, ColumnOrder::DayMonthYear);
        assert_eq!(dates[0], BirthDate::new(1987, 3, 2));
        assert_eq!(read(&["02.03.1987"]).0[0], BirthDate::new(1987, 3, 2), "undecided: day first");
        assert_eq!(read(&["19870302", "19900325"]).0[0], BirthDate::new(1987, 3, 2));
        assert_eq!(read(&["02031987", "25031990"]).0[1], BirthDate::new(1990, 3, 25));
    }

    #[test]
    fn parts_names_and_times_are_read() {
        let (dates, _) = read(&[
            "1987",
            "1987-03",
            "2 Mar 1987",
            "1987-03-02T10:00:00Z",
            "March 2, 1987",
            "",
            "1987-03-02 00:00:00",
        ]);
        assert_eq!(dates[0], BirthDate::new(1987, 0, 0));
        assert_eq!(dates[1], BirthDate::new(1987, 3, 0));
        for n in [2, 3, 4, 6] {
            assert_eq!(dates[n], BirthDate::new(1987, 3, 2));
        }
        assert!(dates[5].is_unknown());
        let (dates, _) = read(&["25/03/90", "02/03/12"]);
        assert_eq!(dates, [BirthDate::new(1990, 3, 25), BirthDate::new(2012, 3, 2)]);
    }

    #[test]
    fn what_is_no_date_is_named() {
        assert_eq!(read_column(&["1987-03-02", "soon"], 2026).1, [1]);
        assert_eq!(
            read(&["19871399", "19900325"]).0[0],
            BirthDate::new(1987, 13, 99),
            "a typing error is kept"
        );
    }
}
