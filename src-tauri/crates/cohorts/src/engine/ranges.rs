//! Ranges of a definition as numbers and days, rounded as circe-be prints them (`BuilderUtils.java`).

use jiff::civil::{Date, date};
use serde_json::Number;

use super::plan::{IntegerTest, NumberTest};
use crate::definition::{DateRange, NumericRange};

/// Days since 1970-01-01.
pub(crate) fn day(date_of: Date) -> i32 {
    (date_of - date(1970, 1, 1)).get_days()
}

/// Circe cuts whole numbers off (`intValue`).
pub(super) fn integer_test(range: &NumericRange) -> IntegerTest {
    let cut = |number: &Number| {
        number.as_i64().unwrap_or_else(|| number.as_f64().unwrap_or_default().trunc() as i64)
    };
    let value = cut(&range.value);
    let extent = range.extent.as_ref().map_or(value, cut);
    IntegerTest { comparison: range.comparison, value, extent }
}

/// Circe prints numbers with four decimals, half up.
fn four_decimals(number: &Number) -> f64 {
    let value = number.as_f64().unwrap_or_default();
    let shortest = format!("{}", value.abs());
    let decimals = shortest.split_once('.').map_or("", |(_, decimals)| decimals);
    if decimals.len() <= 4 || value.abs() > 1.0e11 {
        return value;
    }
    let Some((whole, decimals)) = shortest.split_once('.') else { return value };
    let kept: i64 = format!("{whole}{}", &decimals[..4]).parse().unwrap_or_default();
    let up = i64::from(decimals.as_bytes()[4] >= b'5');
    let rounded = format!("{}e-4", kept + up).parse().unwrap_or(value.abs());
    if value < 0.0 { -rounded } else { rounded }
}

pub(super) fn number_test(range: &NumericRange) -> NumberTest {
    let value = four_decimals(&range.value);
    let extent = range.extent.as_ref().map_or(value, four_decimals);
    NumberTest { comparison: range.comparison, value, extent }
}

pub(super) fn date_test(range: &DateRange) -> IntegerTest {
    let value = i64::from(day(range.value));
    let extent = range.extent.map_or(value, |extent| i64::from(day(extent)));
    IntegerTest { comparison: range.comparison, value, extent }
}

#[cfg(test)]
mod tests {
    use serde_json::Number;

    use super::four_decimals;

    #[test]
    fn numbers_have_four_decimals_half_up() {
        let rounded = |value: f64| four_decimals(&Number::from_f64(value).expect("a number"));
        for (value, expected) in [
            (6.5, 6.5),
            (0.12345, 0.1235),
            (0.12344, 0.1234),
            (2.00005, 2.0001),
            (-1.23455, -1.2346),
            (1.0e-9, 0.0),
            (1_499.0, 1_499.0),
        ] {
            assert_eq!(rounded(value), expected, "{value}");
        }
    }
}
