//! A cohort as a report: what the definition asks for, who is left after each rule, what the people are like, how many there are
//! year by year, what follows, and where all of it comes from. It is made once, as blocks, and written as HTML ([`html`]) or laid
//! out elsewhere; all forms hold the same numbers. The same input gives the same bytes.

mod html;
mod people;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::definition::CohortExpression;
use crate::disclosure::Disclosure;
use crate::engine::CohortResult;
use crate::figure::attrition::{self, AttritionSteps};
use crate::figure::breakdown::hidden_note;
use crate::figure::drawing::Drawing;
use crate::figure::strata::sex;
use crate::figure::table_one::ConceptNames;
use crate::figure::{HIDDEN, count, kaplan_meier, number, prevalence, pyramid, strata};
use crate::index::Index;
use crate::review::{
    Cohort, FollowUp, IncidenceStratum, IndexEvents, Prevalence, Strata, TableOneOptions, age_and_sex,
    index_events, prevalence_by_year, shown_of_people, stratified, table_one,
};
use crate::statistics::Interval;
use crate::text::{Language, TextBlock, describe};

pub use html::html;

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
    /// What happens to the people after their entry, where somebody asks for it.
    pub follow_up: Option<FollowUp>,
    /// Day on which it is made.
    pub made_on: Date,
    /// What a reader may see.
    pub disclosure: Disclosure,
}

impl ReportInput<'_> {
    fn names(&self) -> ConceptNames<'_> {
        ConceptNames { given: self.concepts, definition: self.definition }
    }
}

/// A report, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What the cohort is called.
    pub title: String,
    /// From top to bottom.
    pub blocks: Vec<ReportBlock>,
}

/// A piece of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportBlock {
    /// A title of what follows.
    Heading(String),
    /// A sentence, or more.
    Paragraph(String),
    /// What must be known to read what follows.
    Remark(String),
    /// Lines within lines.
    List(Vec<TextBlock>),
    /// Rows of cells.
    Table(ReportTable),
    /// A figure.
    Figure(Drawing),
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportTable {
    /// Heads; all empty where there is none.
    pub columns: Vec<ReportColumn>,
    /// As many cells a row as there are columns.
    pub rows: Vec<ReportRow>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportColumn {
    /// Its head.
    pub title: String,
    /// Whether it holds numbers.
    pub is_number: bool,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// Its cells.
    pub cells: Vec<String>,
    /// Whether it is the title of the rows below it.
    pub is_title: bool,
}

impl ReportTable {
    /// An empty table: its heads, and whether each column holds numbers.
    fn new(columns: &[(&str, bool)]) -> Self {
        let column = |(title, is_number): &(&str, bool)| ReportColumn {
            title: (*title).to_owned(),
            is_number: *is_number,
        };
        Self { columns: columns.iter().map(column).collect(), rows: Vec::new() }
    }

    fn row(&mut self, cells: Vec<String>) {
        self.rows.push(ReportRow { cells, is_title: false });
    }

    fn title(&mut self, cells: Vec<String>) {
        self.rows.push(ReportRow { cells, is_title: true });
    }

    /// Whether it has heads.
    #[must_use]
    pub fn has_heads(&self) -> bool {
        self.columns.iter().any(|column| !column.title.is_empty())
    }
}

impl Report {
    /// Makes the report.
    #[must_use]
    pub fn new(input: &ReportInput<'_>) -> Self {
        let index = input.index;
        let cohort = Cohort::new(index, &input.result.rows);
        let rest = cohort.rest(index);
        let population = index.patients() as u64;
        let steps = AttritionSteps::new(population, input.definition, input.result, input.disclosure);
        let disclosure = shown_of_people(input.result, population, input.disclosure);
        let persons = steps.steps.last().and_then(|step| step.remaining);
        let table = table_one(index, &cohort, Some(&rest), TableOneOptions::default(), disclosure);
        let strata = stratified(index, &cohort, disclosure);
        let mut blocks =
            vec![ReportBlock::Paragraph(format!("{} people of {}.", count(persons), steps.population))];
        definition(&mut blocks, &describe(input.definition, Language::En));
        attrition(&mut blocks, &steps);
        people::people(&mut blocks, &table, input);
        blocks.push(ReportBlock::Heading("Age and sex".into()));
        blocks.push(ReportBlock::Figure(pyramid::drawing(&age_and_sex(&strata))));
        groups(&mut blocks, &strata);
        years(&mut blocks, &strata, &prevalence_by_year(index, &cohort, disclosure));
        entry_events(&mut blocks, &index_events(index, &cohort, input.definition, disclosure), input);
        if let Some(followed) = &input.follow_up {
            follow_up(&mut blocks, followed);
        }
        provenance(&mut blocks, input);
        Self { title: input.name.to_owned(), blocks }
    }
}

/// The definition in plain words, nothing left out.
fn definition(blocks: &mut Vec<ReportBlock>, told: &[TextBlock]) {
    blocks.push(ReportBlock::Heading("Definition".into()));
    for block in told {
        blocks.push(ReportBlock::Paragraph(block.text.clone()));
        if !block.items.is_empty() {
            blocks.push(ReportBlock::List(block.items.clone()));
        }
    }
}

fn attrition(blocks: &mut Vec<ReportBlock>, steps: &AttritionSteps) {
    blocks.push(ReportBlock::Heading("Attrition".into()));
    blocks.push(ReportBlock::Figure(attrition::drawing(steps)));
    let mut table = ReportTable::new(&[("Step", false), ("People left", true)]);
    for step in &steps.steps {
        table.row(vec![step.name.clone(), count(step.remaining)]);
    }
    blocks.push(ReportBlock::Table(table));
}

fn groups(blocks: &mut Vec<ReportBlock>, of: &Strata) {
    let sexes: Vec<String> = of.sexes.iter().map(|own| sex(own.sex_concept_id)).collect();
    let columns = std::iter::once(("Age at entry", false))
        .chain(sexes.iter().map(|name| (name.as_str(), true)))
        .chain([("All", true)]);
    let mut table = ReportTable::new(&columns.collect::<Vec<_>>());
    let row = |name: String, own: Vec<Option<u64>>, all: Option<u64>| {
        std::iter::once(name).chain(own.into_iter().chain([all]).map(count)).collect::<Vec<String>>()
    };
    for age in &of.ages {
        table.row(row(strata::band(age.age_from), age.by_sex.clone(), age.persons));
    }
    table.row(row("All".into(), of.sexes.iter().map(|own| own.persons).collect(), of.persons));
    blocks.push(ReportBlock::Table(table));
}

fn years(blocks: &mut Vec<ReportBlock>, of: &Strata, periods: &[Prevalence]) {
    blocks.push(ReportBlock::Heading("Year by year".into()));
    blocks.push(ReportBlock::Figure(strata::drawing(of)));
    blocks.push(ReportBlock::Figure(prevalence::drawing(periods)));
    let heads = [
        ("Year", false),
        ("On record", true),
        ("In the cohort", true),
        ("Per cent (95 % interval, Wilson)", true),
    ];
    let mut table = ReportTable::new(&heads);
    for own in periods {
        let year = own.from.split('-').next().unwrap_or_default().to_owned();
        let share = own.share.map_or_else(|| HIDDEN.to_owned(), |share| interval(share, 100.0, 2));
        table.row(vec![year, count(own.observed), count(own.in_cohort), share]);
    }
    blocks.push(ReportBlock::Table(table));
}

/// An estimate with its interval, times a factor.
fn interval(of: Interval, times: f64, decimals: usize) -> String {
    let [estimate, lower, upper] =
        [of.estimate, of.lower, of.upper].map(|value| number(Some(times * value), decimals));
    format!("{estimate} ({lower} to {upper})")
}

/// Entry events that are listed one by one: the most frequent, hidden ones last.
const MOST_ENTRY_EVENTS: usize = 30;

fn entry_events(blocks: &mut Vec<ReportBlock>, events: &IndexEvents, input: &ReportInput<'_>) {
    blocks.push(ReportBlock::Heading("Entry events".into()));
    let mut table =
        ReportTable::new(&[("Event", false), ("Kind", false), ("Entries", true), ("People", true)]);
    for one in events.concepts.iter().take(MOST_ENTRY_EVENTS) {
        let name = input.names().of(one.concept_id);
        table.row(vec![name, one.kind.clone(), count(one.entries), count(one.persons)]);
    }
    let further = events.concepts.len().saturating_sub(MOST_ENTRY_EVENTS);
    if further > 0 {
        table.row(vec![format!("Further events: {further}"), String::new(), String::new(), String::new()]);
    }
    let without = count(events.without_event);
    table.row(vec!["No entry event on the first day".into(), String::new(), without, String::new()]);
    blocks.push(ReportBlock::Table(table));
}

/// How often the outcome comes, and how soon.
fn follow_up(blocks: &mut Vec<ReportBlock>, followed: &FollowUp) {
    const DAYS_IN_YEAR: f64 = 365.25;
    blocks.push(ReportBlock::Heading(format!("What follows: {}", followed.outcome)));
    blocks.push(ReportBlock::Remark(
        "From the first day in the cohort to the first outcome, the end of the stay or of the record. Who had the outcome before is \
         left out. Rates with their exact interval (Garwood), curves with that of Greenwood on the log-log scale."
            .into(),
    ));
    let heads = [
        ("", false),
        ("At risk", true),
        ("With the outcome", true),
        ("Person-years", true),
        ("Per 1 000 years (95 %)", true),
    ];
    let mut table = ReportTable::new(&heads);
    let mut row = |name: String, own: &IncidenceStratum| {
        let years = own.person_days.map(|days| number(Some(days as f64 / DAYS_IN_YEAR), 1));
        let rate = match (own.rate_per_1000_years, own.person_days) {
            (Some(rate), _) => interval(rate, 1.0, 1),
            // Without time there is no rate, and nothing is hidden.
            (None, Some(0)) => "–".to_owned(),
            (None, _) => HIDDEN.to_owned(),
        };
        table.row(vec![
            name,
            count(own.spans),
            count(own.cases),
            years.unwrap_or_else(|| HIDDEN.to_owned()),
            rate,
        ]);
    };
    for own in &followed.incidence.strata {
        if let Some(concept_id) = own.stratum.sex_concept_id {
            row(sex(concept_id), own);
        }
    }
    row("All".into(), &followed.incidence.total);
    blocks.push(ReportBlock::Table(table));
    blocks.push(ReportBlock::Figure(kaplan_meier::drawing(&followed.survival)));
}

fn provenance(blocks: &mut Vec<ReportBlock>, input: &ReportInput<'_>) {
    let hex = |bytes: [u8; 32]| blake3::Hash::from_bytes(bytes).to_hex().to_string();
    let smallest = u32::try_from(input.disclosure.smallest()).unwrap_or(u32::MAX);
    let hidden = if smallest > 1 { hidden_note(smallest) } else { "Every number is shown.".to_owned() };
    blocks.push(ReportBlock::Heading("Where this comes from".into()));
    let mut table = ReportTable::new(&[("", false), ("", false)]);
    let facts = [
        ("Definition (BLAKE3)", hex(input.result.definition_hash)),
        ("Data (BLAKE3)", hex(input.result.snapshot)),
        ("Engine", format!("version {}", input.result.engine_version)),
        ("Made on", input.made_on.to_string()),
        ("Small numbers", hidden),
    ];
    for (name, value) in facts {
        table.row(vec![name.to_owned(), value]);
    }
    blocks.push(ReportBlock::Table(table));
}
