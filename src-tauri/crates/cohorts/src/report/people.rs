//! What the people are like at their entry, beside everybody else.

use super::{ReportBlock, ReportInput, ReportTable};
use crate::figure::{HIDDEN, count, number, table_one};
use crate::review::{AgeAtEntry, Categories, Characteristic, Part, TableOne};

pub(super) fn people(blocks: &mut Vec<ReportBlock>, table: &TableOne, input: &ReportInput<'_>) {
    blocks.push(ReportBlock::Heading("People at entry".into()));
    blocks.push(ReportBlock::Remark(format!(
        "The rest: everybody else who is observed on the day in the middle of the entries. Events: in the {} days before entry. \
         SMD: standardised mean difference.",
        table.days_before
    )));
    blocks.push(ReportBlock::Table(rows(table, input)));
    if !table_one::ratios(table, input.names()).is_empty() {
        blocks.push(ReportBlock::Heading("What sets them apart".into()));
        blocks.push(ReportBlock::Remark(
            "Share with the event before entry, in the cohort against the rest (prevalence ratio, Katz interval); the events that \
             differ most."
                .into(),
        ));
        blocks.push(ReportBlock::Figure(table_one::drawing(table, input.names())));
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
        input.names().of(row.concept_id),
        part(row.in_cohort),
        row.in_other.map(part).unwrap_or_default(),
        number(row.standardised_difference, 2),
    ]
}
