//! Attributes tested on an event or its person, as conditions.

use std::collections::BTreeSet;

use super::dialect::{Dialect, date};
use crate::calendar::CALENDAR;
use crate::definition::{Column, Comparison, TextFilter, TextPlace};
use crate::engine::filter::ABNORMAL_CONCEPTS;
use crate::engine::plan::{ConceptTest, Concepts, Filter, IntegerTest, NumberTest};

/// What conditions are written with. Events are `e`, their persons `p`.
pub(super) struct Conditions<'a> {
    pub dialect: Dialect,
    /// Table of concepts by set.
    pub concepts: &'a str,
}

/// The name under which a step has a column.
pub(super) const fn name(column: Column) -> &'static str {
    match column {
        Column::Type => "type_concept_id",
        Column::SourceConcept => "source_concept_id",
        Column::Status => "condition_status_concept_id",
        Column::StopReason => "stop_reason",
        Column::ProviderSpecialty => "specialty_concept_id",
        Column::VisitType => "visit_concept_id",
        Column::PlaceOfService => "place_of_service_concept_id",
        Column::ValueAsNumber => "value_as_number",
        Column::ValueAsConcept => "value_as_concept_id",
        Column::ValueAsString => "value_as_string",
        Column::Unit => "unit_concept_id",
        Column::RangeLow => "range_low",
        Column::RangeHigh => "range_high",
        Column::Operator => "operator_concept_id",
        Column::Qualifier => "qualifier_concept_id",
        Column::Modifier => "modifier_concept_id",
        Column::Quantity => "quantity",
        Column::DaysSupply => "days_supply",
        Column::Refills => "refills",
        Column::Route => "route_concept_id",
        Column::LotNumber => "lot_number",
        Column::UniqueDeviceId => "unique_device_id",
        Column::AnatomicSite => "anatomic_site_concept_id",
        Column::DiseaseStatus => "disease_status_concept_id",
        Column::SourceId => "source_id",
        Column::OccurrenceCount => "occurrence_count",
        Column::GapDays => "gap_days",
        Column::Gender => "gender_concept_id",
        Column::Race => "race_concept_id",
        Column::Ethnicity => "ethnicity_concept_id",
        // Everything else is refused by the compiler, or looks at the event's dates.
        _ => "domain_concept_id",
    }
}

/// The columns of the event's own row, or of rows that it names, that filters look at.
pub(super) fn columns(filters: &[Filter]) -> BTreeSet<Column> {
    let mut all = BTreeSet::new();
    for filter in filters {
        match filter {
            Filter::Concept(column, _)
            | Filter::Integer(column, _)
            | Filter::Number(column, _)
            | Filter::Text(column, _) => drop(all.insert(*column)),
            Filter::Ratio(bound, _) => all.extend([Column::ValueAsNumber, *bound]),
            Filter::Quantity(..) => all.extend([Column::ValueAsNumber, Column::Unit]),
            Filter::Abnormal => all.extend([
                Column::ValueAsNumber,
                Column::RangeLow,
                Column::RangeHigh,
                Column::ValueAsConcept,
            ]),
            _ => {}
        }
    }
    all
}

/// Whether a filter looks at the person.
pub(super) const fn needs_person(filter: &Filter) -> bool {
    matches!(filter, Filter::AgeAtStart(_) | Filter::AgeAtEnd(_) | Filter::Person(..) | Filter::KnownPerson)
}

fn compared(what: &str, comparison: Comparison, value: &str, extent: &str) -> String {
    match comparison {
        Comparison::Less => format!("{what} < {value}"),
        Comparison::LessOrEqual => format!("{what} <= {value}"),
        Comparison::Equal => format!("{what} = {value}"),
        Comparison::NotEqual => format!("{what} <> {value}"),
        Comparison::Greater => format!("{what} > {value}"),
        Comparison::GreaterOrEqual => format!("{what} >= {value}"),
        Comparison::Between => format!("{what} >= {value} AND {what} <= {extent}"),
        Comparison::NotBetween => format!("NOT ({what} >= {value} AND {what} <= {extent})"),
    }
}

fn integer(what: &str, test: IntegerTest) -> String {
    compared(what, test.comparison, &test.value.to_string(), &test.extent.to_string())
}

fn number(what: &str, test: NumberTest) -> String {
    let written = |value: f64| format!("{value:E}");
    compared(what, test.comparison, &written(test.value), &written(test.extent))
}

/// A day since 1970-01-01 as a date.
pub(super) fn day(day: i64) -> String {
    let narrow = i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX });
    date(CALENDAR.date(narrow))
}

fn on_day(what: &str, test: IntegerTest) -> String {
    compared(what, test.comparison, &day(test.value), &day(test.extent))
}

fn listed(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

impl Conditions<'_> {
    /// The concepts of a set, as a query.
    pub fn set(&self, id: i32) -> String {
        format!("SELECT s.concept_id FROM {} s WHERE s.codeset_id = {id}", self.concepts)
    }

    fn one_of(&self, what: &str, concepts: &Concepts) -> String {
        match concepts.set {
            Some(id) => format!("{what} IN ({})", self.set(id)),
            None if concepts.ids.is_empty() => "1 = 0".to_owned(),
            None => format!("{what} IN ({})", listed(&concepts.ids)),
        }
    }

    fn none_of(&self, what: &str, concepts: &Concepts) -> String {
        let mut parts = vec![format!("{what} IS NOT NULL")];
        if !concepts.ids.is_empty() {
            parts.push(format!("{what} NOT IN ({})", listed(&concepts.ids)));
        }
        parts.extend(concepts.set.map(|id| format!("{what} NOT IN ({})", self.set(id))));
        parts.join(" AND ")
    }

    /// A test of one concept.
    pub fn concept(&self, what: &str, test: &ConceptTest) -> String {
        match test {
            ConceptTest::In(concepts) => self.one_of(what, concepts),
            ConceptTest::NotIn(concepts) => self.none_of(what, concepts),
            ConceptTest::Present => format!("{what} IS NOT NULL"),
            ConceptTest::Absent => format!("{what} IS NULL"),
        }
    }

    fn text(&self, what: &str, filter: &TextFilter) -> String {
        let (before, after) = match filter.place {
            TextPlace::Contains => ("%", "%"),
            TextPlace::StartsWith => ("", "%"),
            TextPlace::EndsWith => ("%", ""),
            TextPlace::Equals => ("", ""),
        };
        let like = if filter.negated { "NOT LIKE" } else { "LIKE" };
        let pattern = self.dialect.pattern(&format!("{before}{}{after}", filter.text));
        // A text without letters is none.
        format!("NULLIF({what}, '') {like} {pattern}")
    }

    /// The condition that a filter stands for. What has no value meets none, as in the engine.
    pub fn filter(&self, filter: &Filter) -> String {
        let event = |column: Column| format!("e.{}", name(column));
        let age = |date: &str| format!("(EXTRACT(YEAR FROM {date}) - p.year_of_birth)");
        match filter {
            Filter::Start(test) => on_day("e.start_date", *test),
            Filter::End(test) => on_day("e.end_date", *test),
            Filter::AgeAtStart(test) => integer(&age("e.start_date"), *test),
            Filter::AgeAtEnd(test) => integer(&age("e.end_date"), *test),
            Filter::Length(test) => integer(&self.dialect.days_between("e.start_date", "e.end_date"), *test),
            Filter::Person(column, test) => self.concept(&format!("p.{}", name(*column)), test),
            Filter::OwnConcept(test) => self.concept("e.domain_concept_id", test),
            Filter::Concept(column, test) => self.concept(&event(*column), test),
            Filter::Integer(column, test) => integer(&event(*column), *test),
            Filter::Number(column, test) => number(&event(*column), *test),
            Filter::Ratio(bound, test) => {
                number(&format!("(e.value_as_number / NULLIF({}, 0))", event(*bound)), *test)
            }
            Filter::Quantity(test, conversions) => {
                let mut ways: Vec<String> = conversions
                    .iter()
                    .flat_map(|(unit, ways)| ways.iter().map(move |way| (unit, way.to_string())))
                    .map(|(unit, way)| {
                        let value = format!("(e.value_as_number * {way})");
                        format!("(e.{} = {unit} AND {})", name(Column::Unit), number(&value, *test))
                    })
                    .collect();
                ways.sort_unstable();
                if ways.is_empty() { "1 = 0".to_owned() } else { format!("({})", ways.join(" OR ")) }
            }
            Filter::Abnormal => format!(
                "(e.value_as_number < e.range_low OR e.value_as_number > e.range_high OR e.value_as_concept_id IN ({}))",
                listed(&ABNORMAL_CONCEPTS)
            ),
            Filter::Text(column, filter) => self.text(&event(*column), filter),
            Filter::Covers(covered) => {
                let covered = day(i64::from(*covered));
                format!("e.start_date <= {covered} AND {covered} <= e.end_date")
            }
            Filter::Ordered => "e.end_date >= e.start_date".to_owned(),
            // The join says it.
            Filter::KnownPerson => "p.person_id IS NOT NULL".to_owned(),
        }
    }
}
