//! A cohort as one HTML file that needs nothing else: what the definition asks for, who is left after each rule, what the people
//! are like, figures, and where all of it comes from. The same input gives the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::civil::Date;

use crate::definition::CohortExpression;
use crate::disclosure::Disclosure;
use crate::engine::CohortResult;
use crate::figure::attrition::{self, AttritionSteps};
use crate::figure::breakdown::hidden_note;
use crate::figure::{HIDDEN, count, escape, number, pyramid};
use crate::index::Index;
use crate::review::{
    AgeAtEntry, Categories, Characteristic, Cohort, IndexEvents, Part, TableOne, TableOneOptions,
    age_and_sex, index_events, table_one,
};
use crate::text::{Language, TextBlock, describe};

/// What a report is of.
pub struct ReportInput<'a> {
    /// The index that the definition was run on.
    pub index: &'a Index,
    /// The definition.
    pub definition: &'a CohortExpression,
    /// What it gave.
    pub result: &'a CohortResult,
    /// What the cohort is called.
    pub name: &'a str,
    /// Names of concepts, where they are known.
    pub concepts: &'a BTreeMap<i64, String>,
    /// Day on which it is made.
    pub made_on: Date,
    /// What a reader may see.
    pub disclosure: Disclosure,
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#16202c;max-width:62rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #c3cad3}td.n,th.n{text-align:right;\
font-variant-numeric:tabular-nums}th.part{padding-top:1rem}svg{max-width:100%;height:auto}.quiet{color:#4a5666}\
code{overflow-wrap:anywhere}@media print{body{margin:0}}";

/// Writes the report.
#[must_use]
pub fn html(input: &ReportInput<'_>) -> String {
    let cohort = Cohort::new(input.index, &input.result.rows);
    let rest = cohort.rest(input.index);
    let population = input.index.patients() as u64;
    let steps = AttritionSteps::new(population, input.definition, input.result, input.disclosure);
    let persons = steps.steps.last().and_then(|step| step.remaining);
    let table = table_one(input.index, &cohort, Some(&rest), TableOneOptions::default(), input.disclosure);
    let events = index_events(input.index, &cohort, input.definition, input.disclosure);
    let ages = age_and_sex(input.index, &cohort, input.disclosure);
    let name = escape(input.name);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{name}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<h1>{name}</h1>\n<p>{} people of {}.</p>\n",
        count(persons),
        steps.population
    );
    definition(&mut out, &describe(input.definition, Language::En));
    let _ = write!(out, "<h2>Attrition</h2>\n<figure>{}</figure>\n", attrition::svg(&steps));
    attrition_table(&mut out, &steps);
    people(&mut out, &table, input);
    let _ = write!(out, "<h2>Age and sex</h2>\n<figure>{}</figure>\n", pyramid::svg(&ages));
    entry_events(&mut out, &events, input);
    provenance(&mut out, input);
    out.push_str("</body>\n</html>\n");
    out
}

/// The definition in plain words, nothing left out.
fn definition(out: &mut String, blocks: &[TextBlock]) {
    fn items(out: &mut String, blocks: &[TextBlock]) {
        if blocks.is_empty() {
            return;
        }
        out.push_str("<ul>");
        for block in blocks {
            let _ = write!(out, "<li>{}", escape(&block.text));
            items(out, &block.items);
            out.push_str("</li>");
        }
        out.push_str("</ul>");
    }
    out.push_str("<h2>Definition</h2>\n");
    for block in blocks {
        let _ = writeln!(out, "<p>{}</p>", escape(&block.text));
        items(out, &block.items);
        out.push('\n');
    }
}

fn attrition_table(out: &mut String, steps: &AttritionSteps) {
    out.push_str("<table>\n<tr><th>Step</th><th class=\"n\">People left</th></tr>\n");
    for step in &steps.steps {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td class=\"n\">{}</td></tr>",
            escape(&step.name),
            count(step.remaining)
        );
    }
    out.push_str("</table>\n");
}

/// Sexes, races and ethnicities of the common data model (OHDSI's own vocabularies Gender, Race and Ethnicity).
const PERSONAL: [(i64, &str); 10] = [
    (0, "Not known"),
    (8_507, "Male"),
    (8_532, "Female"),
    (8_515, "Asian"),
    (8_516, "Black or African American"),
    (8_527, "White"),
    (8_557, "Native Hawaiian or other Pacific Islander"),
    (8_657, "American Indian or Alaska Native"),
    (38_003_563, "Hispanic or Latino"),
    (38_003_564, "Not Hispanic or Latino"),
];

/// By the names that were given, those that the definition gives its concepts, or the number.
fn named(concept_id: i64, input: &ReportInput<'_>) -> String {
    let given = input.concepts.get(&concept_id).map(String::as_str);
    let personal = || PERSONAL.iter().find(|(id, _)| *id == concept_id).map(|(_, name)| *name);
    let items = || input.definition.concept_sets.iter().flat_map(|set| &set.items);
    let of_definition = || {
        let mut own = items().filter(|item| item.concept.concept_id == concept_id);
        own.find_map(|item| item.concept.concept_name.as_deref())
    };
    let known = given.or_else(personal).or_else(of_definition);
    known.map_or_else(|| format!("Concept {concept_id}"), escape)
}

fn part(part: Part) -> String {
    match (part.count, part.percent) {
        (Some(count), Some(percent)) => format!("{count} ({percent:.1} %)"),
        (Some(count), None) => count.to_string(),
        _ => HIDDEN.to_owned(),
    }
}

fn characteristic(out: &mut String, row: &Characteristic, input: &ReportInput<'_>) {
    let _ = writeln!(
        out,
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
        named(row.concept_id, input),
        part(row.in_cohort),
        row.in_other.map(part).unwrap_or_default(),
        number(row.standardised_difference, 2)
    );
}

fn section(out: &mut String, title: &str, difference: Option<f64>) {
    let _ = writeln!(
        out,
        "<tr><th class=\"part\" colspan=\"3\">{title}</th><td class=\"n\">{}</td></tr>",
        number(difference, 2)
    );
}

fn people(out: &mut String, table: &TableOne, input: &ReportInput<'_>) {
    let _ = writeln!(
        out,
        "<h2>People at entry</h2>\n<p class=\"quiet\">The rest: everybody else who is observed on the day in the middle of the \
         entries. Events: in the {} days before entry. SMD: standardised mean difference.</p>\n<table>\n<tr><th></th>\
         <th class=\"n\">Cohort ({})</th><th class=\"n\">Rest ({})</th><th class=\"n\">SMD</th></tr>",
        table.days_before,
        count(table.persons),
        count(table.other_persons)
    );
    let age = |age: Option<AgeAtEntry>| {
        let Some(age) = age.filter(|age| age.mean.is_some()) else { return HIDDEN.to_owned() };
        let [mean, spread, median, lower, upper] =
            [age.mean, age.standard_deviation, age.median, age.lower_quartile, age.upper_quartile]
                .map(|value| number(value, 1));
        format!("{mean} ± {spread}; {median} ({lower} to {upper})")
    };
    let _ = writeln!(
        out,
        "<tr><td>Age in years: mean ± SD; median (quartiles)</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{}</td></tr>",
        age(Some(table.age)),
        age(table.other_age),
        number(table.age_standardised_difference, 2)
    );
    let categories: [(&str, &Categories); 3] =
        [("Sex", &table.sex), ("Race", &table.race), ("Ethnicity", &table.ethnicity)];
    for (title, own) in categories {
        // A quality that nobody's is known of says nothing.
        if own.values.iter().any(|value| value.concept_id != 0) {
            section(out, title, own.standardised_difference);
            own.values.iter().for_each(|row| characteristic(out, row, input));
        }
    }
    for events in table.events.iter().filter(|events| !events.concepts.is_empty()) {
        section(out, &escape(&events.kind), None);
        events.concepts.iter().for_each(|row| characteristic(out, row, input));
    }
    out.push_str("</table>\n");
}

fn entry_events(out: &mut String, events: &IndexEvents, input: &ReportInput<'_>) {
    out.push_str(
        "<h2>Entry events</h2>\n<table>\n<tr><th>Event</th><th>Kind</th><th class=\"n\">Entries</th><th class=\"n\">People</th></tr>\n",
    );
    for one in &events.concepts {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            named(one.concept_id, input),
            escape(&one.kind),
            count(one.entries),
            count(one.persons)
        );
    }
    let _ = writeln!(
        out,
        "<tr><td>No entry event on the first day</td><td></td><td class=\"n\">{}</td><td></td></tr>\n</table>",
        count(events.without_event)
    );
}

fn provenance(out: &mut String, input: &ReportInput<'_>) {
    let hex = |bytes: [u8; 32]| blake3::Hash::from_bytes(bytes).to_hex().to_string();
    let smallest = u32::try_from(input.disclosure.smallest()).unwrap_or(u32::MAX);
    let hidden = if smallest > 1 { hidden_note(smallest) } else { "Every number is shown.".to_owned() };
    let _ = writeln!(
        out,
        "<h2>Where this comes from</h2>\n<table>\n<tr><td>Definition (BLAKE3)</td><td><code>{}</code></td></tr>\n\
         <tr><td>Data (BLAKE3)</td><td><code>{}</code></td></tr>\n<tr><td>Engine</td><td>version {}</td></tr>\n\
         <tr><td>Made on</td><td>{}</td></tr>\n<tr><td>Small numbers</td><td>{hidden}</td></tr>\n</table>",
        hex(input.result.definition_hash),
        hex(input.result.snapshot),
        input.result.engine_version,
        input.made_on
    );
}
