//! What the people are like at their entry, beside everybody else.

use super::{ReportBlock, ReportInput, ReportTable, heading};
use crate::figure::words::{Word, shown};
use crate::figure::{number, table_one};
use crate::language::Language;
use crate::review::{AgeAtEntry, Categories, Characteristic, Part, TableOne};
use crate::text::kind_title;

pub(super) fn people(blocks: &mut Vec<ReportBlock>, table: &TableOne, input: &ReportInput<'_>) {
    let language = input.language;
    let days = table.days_before.to_string();
    blocks.push(heading(Word::PeopleAtEntry, language));
    blocks.push(ReportBlock::Remark(Word::TheRest.with(language, &[("days", &days)])));
    blocks.push(ReportBlock::Table(rows(table, input)));
    if !table_one::ratios(table, input.names()).is_empty() {
        blocks.push(heading(Word::SetsApart, language));
        blocks.push(ReportBlock::Remark(Word::SetsApartNote.of(language)));
        blocks.push(ReportBlock::Figure(table_one::drawing(table, input.names())));
    }
}

fn rows(table: &TableOne, input: &ReportInput<'_>) -> ReportTable {
    let language = input.language;
    let of = |word: Word, people| word.with(language, &[("people", &shown(people, language))]);
    let (cohort, rest) = (of(Word::Cohort, table.persons), of(Word::Rest, table.other_persons));
    let difference = Word::Smd.wording(language);
    let mut out = ReportTable::new(&[("", false), (&cohort, true), (&rest, true), (difference, true)]);
    out.row(vec![
        Word::AgeInYears.of(language),
        age(Some(table.age), language),
        age(table.other_age, language),
        number(table.age_standardised_difference, 2),
    ]);
    let title = |title: String, difference: Option<f64>| {
        vec![title, String::new(), String::new(), number(difference, 2)]
    };
    let categories: [(Word, &Categories); 3] =
        [(Word::Sex, &table.sex), (Word::Race, &table.race), (Word::Ethnicity, &table.ethnicity)];
    for (name, own) in categories {
        // A quality that nobody's is known of says nothing.
        if own.values.iter().any(|value| value.concept_id != 0) {
            out.title(title(name.of(language), own.standardised_difference));
            own.values.iter().for_each(|row| out.row(characteristic(row, input)));
        }
    }
    for events in table.events.iter().filter(|events| !events.concepts.is_empty()) {
        out.title(title(kind_title(&events.kind, language), None));
        events.concepts.iter().for_each(|row| out.row(characteristic(row, input)));
    }
    out
}

fn age(age: Option<AgeAtEntry>, language: Language) -> String {
    let Some(age) = age.filter(|age| age.mean.is_some()) else { return Word::Hidden.of(language) };
    let [mean, spread, median, lower, upper] =
        [age.mean, age.standard_deviation, age.median, age.lower_quartile, age.upper_quartile]
            .map(|value| number(value, 1));
    let values = [("estimate", median.as_str()), ("lower", &lower), ("upper", &upper)];
    format!("{mean} ± {spread}; {}", Word::Between.with(language, &values))
}

fn part(part: Part, language: Language) -> String {
    match (part.count, part.percent) {
        (Some(count), Some(percent)) => format!("{count} ({percent:.1} %)"),
        (Some(count), None) => count.to_string(),
        _ => Word::Hidden.of(language),
    }
}

fn characteristic(row: &Characteristic, input: &ReportInput<'_>) -> Vec<String> {
    vec![
        input.names().of(row.concept_id),
        part(row.in_cohort, input.language),
        row.in_other.map(|other| part(other, input.language)).unwrap_or_default(),
        number(row.standardised_difference, 2),
    ]
}
