//! Attributes tested on an event or its person.

use super::plan::Filter;
use crate::definition::{Column, TextFilter, TextPlace};
use crate::index::{Domain, Index, Persons};

/// Concepts of a result marked as abnormal: below and above the reference range (`MeasurementSqlBuilder.java`).
const ABNORMAL_CONCEPTS: [i64; 2] = [4_155_142, 4_155_143];

/// Year of a day since 1970-01-01. After Howard Hinnant, "chrono-compatible low-level date algorithms" (`civil_from_days`).
pub(super) const fn year_of(day: i32) -> i32 {
    let shifted = day as i64 + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // The year begins with March here; January and February belong to the next.
    let is_next = (day_of_year >= 306) as i64;
    (year_of_era + era * 400 + is_next) as i32
}

/// An event as far as its dates and its person go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dated {
    pub patient: u32,
    pub start: i32,
    pub end: i32,
}

fn age(persons: &Persons, patient: u32, day: i32) -> Option<i64> {
    let born = persons.years_of_birth.get(patient as usize)?;
    Some(i64::from(year_of(day)) - born)
}

/// SQL's `like`, letter by letter.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|at| like(&text[at..], rest)),
        Some(('_', rest)) => text.split_first().is_some_and(|(_, after)| like(after, rest)),
        Some((letter, rest)) => {
            text.split_first().is_some_and(|(first, after)| first == letter && like(after, rest))
        }
    }
}

fn text_holds(text: Option<&str>, filter: &TextFilter) -> bool {
    let Some(text) = text else { return false };
    let (before, after) = match filter.place {
        TextPlace::Contains => ("%", "%"),
        TextPlace::StartsWith => ("", "%"),
        TextPlace::EndsWith => ("%", ""),
        TextPlace::Equals => ("", ""),
    };
    let pattern: Vec<char> = format!("{before}{}{after}", filter.text).chars().collect();
    let text: Vec<char> = text.chars().collect();
    like(&text, &pattern) != filter.negated
}

/// Whether all filters hold. `event`: the domain and the position in it; none for the person alone.
pub(super) fn all_hold(
    filters: &[Filter],
    index: &Index,
    dated: Dated,
    event: Option<(&Domain, usize)>,
) -> bool {
    filters.iter().all(|filter| holds(filter, index, dated, event))
}

fn holds(filter: &Filter, index: &Index, dated: Dated, event: Option<(&Domain, usize)>) -> bool {
    let persons = &index.persons;
    let patient = dated.patient as usize;
    match filter {
        Filter::Start(test) => return test.holds(i64::from(dated.start)),
        Filter::End(test) => return test.holds(i64::from(dated.end)),
        Filter::Length(test) => return test.holds(i64::from(dated.end) - i64::from(dated.start)),
        Filter::AgeAtStart(test) => {
            return age(persons, dated.patient, dated.start).is_some_and(|age| test.holds(age));
        }
        Filter::AgeAtEnd(test) => {
            return age(persons, dated.patient, dated.end).is_some_and(|age| test.holds(age));
        }
        Filter::Person(column, test) => {
            let values = match column {
                Column::Race => &persons.races,
                Column::Ethnicity => &persons.ethnicities,
                _ => &persons.genders,
            };
            return persons.present.get(patient).is_some() && test.holds(values.get(patient));
        }
        Filter::KnownPerson => return persons.present.get(patient).is_some(),
        Filter::Covers(day) => return dated.start <= *day && *day <= dated.end,
        Filter::Ordered => return dated.end >= dated.start,
        _ => {}
    }
    let Some((domain, position)) = event else { return false };
    let integer = |column: Column| domain.integers.get(&column).and_then(|values| values.get(position));
    let number = |column: Column| domain.integers.get(&column).and_then(|values| values.number(position));
    match filter {
        Filter::OwnConcept(test) => test.holds(domain.concept(position)),
        Filter::Concept(column, test) => test.holds(integer(*column)),
        Filter::Integer(column, test) => integer(*column).is_some_and(|value| test.holds(value)),
        Filter::Number(column, test) => number(*column).is_some_and(|value| test.holds(value)),
        Filter::Ratio(bound, test) => match (number(Column::ValueAsNumber), number(*bound)) {
            (Some(value), Some(bound)) if bound != 0.0 => test.holds(value / bound),
            _ => false,
        },
        Filter::Abnormal => {
            let value = number(Column::ValueAsNumber);
            let beyond = |bound: Option<f64>, is_beyond: fn(f64, f64) -> bool| {
                value.zip(bound).is_some_and(|(value, bound)| is_beyond(value, bound))
            };
            beyond(number(Column::RangeLow), |value, low| value < low)
                || beyond(number(Column::RangeHigh), |value, high| value > high)
                || integer(Column::ValueAsConcept).is_some_and(|c| ABNORMAL_CONCEPTS.contains(&c))
        }
        Filter::Text(column, filter) => {
            text_holds(domain.texts.get(column).and_then(|texts| texts.get(position)), filter)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::year_of;

    #[test]
    fn the_year_of_every_tenth_day_is_that_of_the_calendar() {
        let epoch = date(1970, 1, 1);
        for day in (-700_000..2_900_000).step_by(10) {
            let expected: Date = epoch.saturating_add(jiff::Span::new().days(day));
            assert_eq!(year_of(day), i32::from(expected.year()), "{expected}");
        }
    }
}
