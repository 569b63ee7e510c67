//! What the people are like at their entry, beside everybody else.

use super::{ReportBlock, ReportInput, ReportTable, named};
use crate::figure::forest::{self, ForestRow};
use crate::figure::{HIDDEN, count, number};
use crate::review::{AgeAtEntry, Categories, Characteristic, Part, TableOne};
use crate::statistics::{Confidence, Proportion, prevalence_ratio};

/// Events of the forest figure: those that differ most.
const MOST_RATIOS: usize = 20;

pub(super) fn people(blocks: &mut Vec<ReportBlock>, table: &TableOne, input: &ReportInput<'_>) {
    blocks.push(ReportBlock::Heading("People at entry".into()));
    blocks.push(ReportBlock::Remark(format!(
        "The rest: everybody else who is observed on the day in the middle of the entries. Events: in the {} days before entry. \
         SMD: standardised mean difference.",
        table.days_before
    )));
    blocks.push(ReportBlock::Table(rows(table, input)));
    let ratios = ratios(table, input);
    if !ratios.is_empty() {
        blocks.push(ReportBlock::Heading("What sets them apart".into()));
        blocks.push(ReportBlock::Remark(
            "Share with the event before entry, in the cohort against the rest (prevalence ratio, Katz interval); the events that \
             differ most."
                .into(),
        ));
        blocks.push(ReportBlock::Figure(forest::drawing("In the cohort against the rest", &ratios)));
    }
}

fn rows(table: &TableOne, input: &ReportInput<'_>) -> ReportTable {
    let cohort = format!("Cohort ({})", count(table.persons));
    let rest = format!("Rest ({})", count(table.other_persons));
    let mut out = ReportTable::new(&[("", false), (&cohort, true), (&rest, true), ("SMD", true)]);
    out.row(vec![
        "Age in years: mean ± SD; median (quartiles)".into(),
        age(Some(table.age)),
        age(table.other_age),
        number(table.age_standardised_difference, 2),
    ]);
    let title = |title: &str, difference: Option<f64>| {
        vec![title.to_owned(), String::new(), String::new(), number(difference, 2)]
    };
    let categories: [(&str, &Categories); 3] =
        [("Sex", &table.sex), ("Race", &table.race), ("Ethnicity", &table.ethnicity)];
    for (name, own) in categories {
        // A quality that nobody's is known of says nothing.
        if own.values.iter().any(|value| value.concept_id != 0) {
            out.title(title(name, own.standardised_difference));
            own.values.iter().for_each(|row| out.row(characteristic(row, input)));
        }
    }
    for events in table.events.iter().filter(|events| !events.concepts.is_empty()) {
        out.title(title(&events.kind, None));
        events.concepts.iter().for_each(|row| out.row(characteristic(row, input)));
    }
    out
}

fn age(age: Option<AgeAtEntry>) -> String {
    let Some(age) = age.filter(|age| age.mean.is_some()) else { return HIDDEN.to_owned() };
    let [mean, spread, median, lower, upper] =
        [age.mean, age.standard_deviation, age.median, age.lower_quartile, age.upper_quartile]
            .map(|value| number(value, 1));
    format!("{mean} ± {spread}; {median} ({lower} to {upper})")
}

fn part(part: Part) -> String {
    match (part.count, part.percent) {
        (Some(count), Some(percent)) => format!("{count} ({percent:.1} %)"),
        (Some(count), None) => count.to_string(),
        _ => HIDDEN.to_owned(),
    }
}

fn characteristic(row: &Characteristic, input: &ReportInput<'_>) -> Vec<String> {
    vec![
        named(row.concept_id, input),
        part(row.in_cohort),
        row.in_other.map(part).unwrap_or_default(),
        number(row.standardised_difference, 2),
    ]
}

/// Prevalence ratios of the events before entry, from the counts that are shown; the largest first.
fn ratios(table: &TableOne, input: &ReportInput<'_>) -> Vec<ForestRow> {
    let ratio = |one: &Characteristic| {
        let own = Proportion::new(one.in_cohort.count?, table.persons?)?;
        let other = Proportion::new(one.in_other?.count?, table.other_persons?)?;
        let ratio = prevalence_ratio(own, other, Confidence::NINETY_FIVE)?;
        let difference = one.standardised_difference?.abs();
        Some((difference, ForestRow { name: named(one.concept_id, input), ratio, q_value: None }))
    };
    let mut found: Vec<(f64, ForestRow)> =
        table.events.iter().flat_map(|events| &events.concepts).filter_map(ratio).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
    found.truncate(MOST_RATIOS);
    let mut rows: Vec<ForestRow> = found.into_iter().map(|(_, row)| row).collect();
    forest::sort(&mut rows);
    rows
}
