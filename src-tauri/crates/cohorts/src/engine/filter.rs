//! Attributes tested on an event or its person.

use super::plan::Filter;
use crate::calendar::CALENDAR;
use crate::definition::{Column, TextFilter, TextPlace};
use crate::index::{Domain, Index, Integers, Persons, RepeatedVisit};
use crate::omop::NO_INTEGER;

/// Concepts of a result marked as abnormal: below and above the reference range (`MeasurementSqlBuilder.java`).
pub(crate) const ABNORMAL_CONCEPTS: [i64; 2] = [4_155_142, 4_155_143];

/// An event as far as its dates and its person go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dated {
    pub patient: u32,
    pub start: i32,
    pub end: i32,
}

fn age(persons: &Persons, patient: u32, day: i32) -> Option<i64> {
    let born = persons.years_of_birth.get(patient as usize)?;
    Some(i64::from(CALENDAR.year(day)) - born)
}

/// SQL's `like`, letter by letter. Where a letter does not fit, only the last `%` passed takes one more: an earlier one could not do
/// better, and no pattern takes longer than its length times that of the text.
fn like(text: &[char], pattern: &[char]) -> bool {
    let (mut at, mut of_pattern) = (0, 0);
    let mut last_wildcard: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(at) {
        match pattern.get(of_pattern) {
            Some('%') => {
                last_wildcard = Some((at, of_pattern));
                of_pattern += 1;
            }
            Some(wanted) if *wanted == '_' || wanted == letter => {
                at += 1;
                of_pattern += 1;
            }
            _ => {
                let Some((taken, wildcard)) = last_wildcard else { return false };
                last_wildcard = Some((taken + 1, wildcard));
                at = taken + 1;
                of_pattern = wildcard + 1;
            }
        }
    }
    pattern.iter().skip(of_pattern).all(|rest| *rest == '%')
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

/// A filter with the columns that it looks at.
pub(super) struct Bound<'a> {
    filter: &'a Filter,
    persons: &'a Persons,
    domain: Option<&'a Domain>,
    /// The column of the filter; of a ratio or an abnormal value the value.
    column: Option<&'a Integers>,
    /// Lower bound, upper bound, value as concept; of a ratio its bound comes first, of a quantity its unit.
    others: [Option<&'a Integers>; 3],
    /// Whether each code of the column's dictionary holds.
    codes: Vec<bool>,
    /// Of a test of the visit's concept: visits whose numbers are not unique, see [`Index::repeated_visits`].
    repeated_visits: &'a [RepeatedVisit],
}

/// Filters with their columns. `domain`: of the events; none for the person alone.
pub(super) fn bind<'a>(
    filters: &'a [Filter],
    index: &'a Index,
    domain: Option<&'a Domain>,
) -> Vec<Bound<'a>> {
    let integers = |column: Column| domain.and_then(|domain| domain.integers.get(&column));
    let one = |filter: &'a Filter| {
        let (column, others) = match filter {
            Filter::Concept(column, _) | Filter::Integer(column, _) | Filter::Number(column, _) => {
                (integers(*column), [None; 3])
            }
            Filter::Ratio(bound, _) => (integers(Column::ValueAsNumber), [integers(*bound), None, None]),
            Filter::Quantity(..) => (integers(Column::ValueAsNumber), [integers(Column::Unit), None, None]),
            Filter::Abnormal => {
                let others = [Column::RangeLow, Column::RangeHigh, Column::ValueAsConcept].map(integers);
                (integers(Column::ValueAsNumber), others)
            }
            _ => (None, [None; 3]),
        };
        let codes = column.and_then(Integers::dictionary).map_or_else(Vec::new, |values| {
            values.iter().map(|value| value_holds(filter, (*value != NO_INTEGER).then_some(*value))).collect()
        });
        let repeated_visits = match filter {
            Filter::Concept(Column::VisitType, _) => index.repeated_visits(),
            _ => &[],
        };
        Bound { filter, persons: &index.persons, domain, column, others, codes, repeated_visits }
    };
    filters.iter().map(one).collect()
}

/// Whether a value of the filter's column holds; false for a filter that looks at no single column.
fn value_holds(filter: &Filter, value: Option<i64>) -> bool {
    match filter {
        Filter::Concept(_, test) => test.holds(value),
        Filter::Integer(_, test) => value.is_some_and(|value| test.holds(value)),
        Filter::Number(_, test) => value.is_some_and(|bits| test.holds(f64::from_bits(bits.cast_unsigned()))),
        _ => false,
    }
}

/// Whether all filters hold. `position`: of the event in its domain.
pub(super) fn all_hold(filters: &[Bound<'_>], dated: Dated, position: usize) -> bool {
    filters.iter().all(|filter| filter.holds(dated, position))
}

impl Bound<'_> {
    fn holds(&self, dated: Dated, position: usize) -> bool {
        let persons = self.persons;
        let patient = dated.patient as usize;
        match self.filter {
            Filter::Start(test) => test.holds(i64::from(dated.start)),
            Filter::End(test) => test.holds(i64::from(dated.end)),
            Filter::Length(test) => test.holds(i64::from(dated.end) - i64::from(dated.start)),
            Filter::AgeAtStart(test) => {
                age(persons, dated.patient, dated.start).is_some_and(|age| test.holds(age))
            }
            Filter::AgeAtEnd(test) => {
                age(persons, dated.patient, dated.end).is_some_and(|age| test.holds(age))
            }
            Filter::Person(column, test) => {
                let values = match column {
                    Column::Race => &persons.races,
                    Column::Ethnicity => &persons.ethnicities,
                    _ => &persons.genders,
                };
                persons.present.get(patient).is_some() && test.holds(values.get(patient))
            }
            Filter::KnownPerson => persons.present.get(patient).is_some(),
            Filter::Covers(day) => dated.start <= *day && *day <= dated.end,
            Filter::Ordered => dated.end >= dated.start,
            Filter::OwnConcept(test) => {
                self.domain.is_some_and(|domain| test.holds(domain.concept(position)))
            }
            Filter::Concept(..) | Filter::Integer(..) | Filter::Number(..) => {
                let holds = match self.column.and_then(|column| column.code(position)) {
                    Some(code) => self.codes[code],
                    None => value_holds(self.filter, self.column.and_then(|column| column.get(position))),
                };
                holds || self.holds_for_another_visit(dated.patient, position)
            }
            Filter::Ratio(_, test) => match (number(self.column, position), number(self.others[0], position))
            {
                (Some(value), Some(bound)) if bound != 0.0 => test.holds(value / bound),
                _ => false,
            },
            Filter::Quantity(test, conversions) => {
                let unit = self.others[0].and_then(|units| units.get(position));
                number(self.column, position).zip(unit).is_some_and(|(value, unit)| {
                    let ways = conversions.get(&unit).map_or(&[][..], Vec::as_slice);
                    ways.iter().any(|way| test.holds(way.apply(value)))
                })
            }
            Filter::Abnormal => self.is_abnormal(position),
            Filter::Text(column, filter) => {
                let texts = self.domain.and_then(|domain| domain.texts.get(column));
                text_holds(texts.and_then(|texts| texts.get(position)), filter)
            }
        }
    }

    /// Whether another visit of the patient, with the number of the event's visit, holds.
    fn holds_for_another_visit(&self, patient: u32, position: usize) -> bool {
        if self.repeated_visits.is_empty() {
            return false;
        }
        let Some(visit) = self.domain.and_then(|domain| domain.visits.get(position)) else { return false };
        let from = self.repeated_visits.partition_point(|one| (one.0, one.1) < (patient, visit));
        let own = self.repeated_visits[from..].iter().take_while(|one| (one.0, one.1) == (patient, visit));
        own.into_iter().any(|one| value_holds(self.filter, Some(one.2)))
    }

    fn is_abnormal(&self, position: usize) -> bool {
        let [low, high, concept] = self.others;
        let value = number(self.column, position);
        let beyond = |bound: Option<f64>, is_beyond: fn(f64, f64) -> bool| {
            value.zip(bound).is_some_and(|(value, bound)| is_beyond(value, bound))
        };
        beyond(number(low, position), |value, low| value < low)
            || beyond(number(high, position), |value, high| value > high)
            || concept.and_then(|column| column.get(position)).is_some_and(|c| ABNORMAL_CONCEPTS.contains(&c))
    }
}

fn number(column: Option<&Integers>, position: usize) -> Option<f64> {
    column.and_then(|column| column.number(position))
}

#[cfg(test)]
mod tests {
    use super::like;

    fn holds(text: &str, pattern: &str) -> bool {
        let letters = |of: &str| of.chars().collect::<Vec<char>>();
        like(&letters(text), &letters(pattern))
    }

    #[test]
    fn a_pattern_holds_as_in_sql() {
        let cases = [
            ("", "", true),
            ("", "%", true),
            ("", "_", false),
            ("done", "done", true),
            ("done", "don", false),
            ("not done", "%done", true),
            ("done not", "%done", false),
            ("aab", "%ab", true),
            ("abcabd", "%ab_", true),
            ("abcab", "%ab_", false),
            ("abxcbxd", "a%bx_", true),
            ("ñandú", "_and_", true),
            ("100%", "100%", true),
            ("YES", "yes", false),
        ];
        for (text, pattern, expected) in cases {
            assert_eq!(holds(text, pattern), expected, "{text:?} like {pattern:?}");
        }
    }

    /// It took more than a minute when every wildcard was tried at every letter.
    #[test]
    fn many_wildcards_are_settled_in_no_time() {
        assert!(!holds(&"a".repeat(10_000), &format!("{}b", "%a".repeat(50))));
        assert!(holds(&"a".repeat(10_000), &format!("{}%", "%a".repeat(50))));
    }
}
