//! What the people of a cohort are like beside others: the table, and what sets them apart as ratios.

use std::collections::BTreeMap;

use super::forest::{self, ForestRow};
use super::words::Word;
use super::{cell, count, number, push_row};
use crate::definition::CohortExpression;
use crate::language::Language;
use crate::review::{AgeAtEntry, Characteristic, Part, TableOne};
use crate::statistics::{Confidence, Proportion, prevalence_ratio};

/// Events that are shown as ratios: those that differ most.
const MOST_RATIOS: usize = 20;

/// Sexes, races and ethnicities of the common data model (OHDSI's own vocabularies Gender, Race and Ethnicity).
const PERSONAL: [(i64, Word); 10] = [
    (0, Word::NotKnownTitle),
    (8_507, Word::MaleTitle),
    (8_532, Word::FemaleTitle),
    (8_515, Word::Asian),
    (8_516, Word::BlackOrAfricanAmerican),
    (8_527, Word::White),
    (8_557, Word::PacificIslander),
    (8_657, Word::AmericanIndian),
    (38_003_563, Word::HispanicOrLatino),
    (38_003_564, Word::NotHispanicOrLatino),
];

/// What concepts are called.
#[derive(Clone, Copy, Debug)]
pub struct ConceptNames<'a> {
    /// Names that are known.
    pub given: &'a BTreeMap<i64, String>,
    /// A definition, which may name its concepts itself.
    pub definition: &'a CohortExpression,
    /// What is said of those that have no name.
    pub language: Language,
}

impl ConceptNames<'_> {
    /// By the names that were given, those that the definition gives its concepts, or the number.
    #[must_use]
    pub fn of(&self, concept_id: i64) -> String {
        let given = self.given.get(&concept_id).map(String::as_str);
        let personal =
            || PERSONAL.iter().find(|(id, _)| *id == concept_id).map(|(_, word)| word.wording(self.language));
        let items = || self.definition.concept_sets.iter().flat_map(|set| &set.items);
        let of_definition = || {
            let mut own = items().filter(|item| item.concept.concept_id == concept_id);
            own.find_map(|item| item.concept.concept_name.as_deref())
        };
        let known = given.or_else(personal).or_else(of_definition);
        known.map_or_else(
            || Word::Concept.with(self.language, &[("number", &concept_id.to_string())]),
            str::to_owned,
        )
    }
}

/// One row a quality; ages are of their own kind.
#[must_use]
pub fn csv(table: &TableOne, names: ConceptNames<'_>) -> String {
    let names = ConceptNames { language: Language::En, ..names };
    let mut out = String::from(
        "quality,value,in_cohort,percent_of_cohort,in_rest,percent_of_rest,standardised_difference\r\n",
    );
    let people =
        ["people".into(), String::new(), count(table.persons), String::new(), count(table.other_persons)];
    push_row(&mut out, &[people.as_slice(), &[String::new(), String::new()]].concat());
    for (name, value) in AGES {
        let of = |age: &AgeAtEntry| number(value(age), 1);
        let rest = table.other_age.as_ref().map(of).unwrap_or_default();
        let difference =
            if name == AGES[0].0 { number(table.age_standardised_difference, 3) } else { String::new() };
        let cells =
            ["age_years".into(), name.into(), of(&table.age), String::new(), rest, String::new(), difference];
        push_row(&mut out, &cells);
    }
    let categories = [("sex", &table.sex), ("race", &table.race), ("ethnicity", &table.ethnicity)];
    let of_categories = categories.iter().flat_map(|(kind, of)| of.values.iter().map(|one| (*kind, one)));
    let of_events = table.events.iter().flat_map(|of| of.concepts.iter().map(|one| (of.kind.as_str(), one)));
    for (kind, one) in of_categories.chain(of_events) {
        push_row(&mut out, &characteristic(kind, one, names));
    }
    out
}

/// A number of an age, where it is shown.
type AgeValue = fn(&AgeAtEntry) -> Option<f64>;

const AGES: [(&str, AgeValue); 5] = [
    ("mean", |age| age.mean),
    ("standard deviation", |age| age.standard_deviation),
    ("median", |age| age.median),
    ("lower quartile", |age| age.lower_quartile),
    ("upper quartile", |age| age.upper_quartile),
];

fn characteristic(kind: &str, one: &Characteristic, names: ConceptNames<'_>) -> Vec<String> {
    let part = |of: Option<Part>| match of {
        None => [String::new(), String::new()],
        Some(of) => [count(of.count), number(of.percent, 2)],
    };
    let ([own, own_percent], [rest, rest_percent]) = (part(Some(one.in_cohort)), part(one.in_other));
    vec![
        cell(kind),
        cell(&names.of(one.concept_id)),
        own,
        own_percent,
        rest,
        rest_percent,
        number(one.standardised_difference, 3),
    ]
}

/// Prevalence ratios of the events before entry, from the counts that are shown: those that differ most, the largest first.
#[must_use]
pub fn ratios(table: &TableOne, names: ConceptNames<'_>) -> Vec<ForestRow> {
    let ratio = |one: &Characteristic| {
        let own = Proportion::new(one.in_cohort.count?, table.persons?)?;
        let other = Proportion::new(one.in_other?.count?, table.other_persons?)?;
        let ratio = prevalence_ratio(own, other, Confidence::NINETY_FIVE)?;
        let difference = one.standardised_difference?.abs();
        Some((difference, ForestRow { name: names.of(one.concept_id), ratio, q_value: None }))
    };
    let mut found: Vec<(f64, ForestRow)> =
        table.events.iter().flat_map(|events| &events.concepts).filter_map(ratio).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
    found.truncate(MOST_RATIOS);
    let mut rows: Vec<ForestRow> = found.into_iter().map(|(_, row)| row).collect();
    forest::sort(&mut rows);
    rows
}

/// What sets them apart, as a figure.
#[must_use]
pub fn drawing(table: &TableOne, names: ConceptNames<'_>) -> super::drawing::Drawing {
    forest::drawing(Word::Ratios.wording(names.language), &ratios(table, names), names.language)
}
