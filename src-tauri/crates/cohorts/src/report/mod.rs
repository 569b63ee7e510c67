//! A cohort as a report: what the definition asks for, who is left after each rule, what the people are like, how many there are
//! year by year, what follows, and where all of it comes from. It is made once, as blocks, and written as HTML ([`html`]) or laid
//! out elsewhere; all forms hold the same numbers. The same input
//! gives the same bytes.

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
use crate::figure::words::{Word, interval, shown};
use crate::figure::{kaplan_meier, number, prevalence, pyramid, strata};
use crate::index::Index;
use crate::review::{
    Cohort, FollowUp, IncidenceStratum, IndexEvents, Prevalence, Strata, TableOneOptions, age_and_sex,
    index_events, prevalence_by_year, shown_of_people, stratified, table_one,
};
use crate::text::{Language, TextBlock, describe, kind_title};

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
    /// What it is written in.
    pub language: Language,
}

impl ReportInput<'_> {
    fn names(&self) -> ConceptNames<'_> {
        ConceptNames { given: self.concepts, definition: self.definition, language: self.language }
    }
}

/// A report, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What the cohort is called.
    pub title: String,
    /// What it is written in.
    pub language: Language,
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

    /// An empty table with a head over every column.
    fn headed(columns: &[(Word, bool)], language: Language) -> Self {
        let column = |(word, is_number): &(Word, bool)| (word.wording(language), *is_number);
        Self::new(&columns.iter().map(column).collect::<Vec<_>>())
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
        let (index, language) = (input.index, input.language);
        let cohort = Cohort::new(index, &input.result.rows);
        let rest = cohort.rest(index);
        let population = index.patients() as u64;
        let steps = AttritionSteps::new(population, input.definition, input.result, input.disclosure);
        let disclosure = shown_of_people(input.result, population, input.disclosure);
        let persons = steps.steps.last().and_then(|step| step.remaining);
        let table = table_one(index, &cohort, Some(&rest), TableOneOptions::default(), disclosure);
        let strata = stratified(index, &cohort, disclosure);
        let (people, all) = (shown(persons, language), steps.population.to_string());
        let summary = Word::Summary.with(language, &[("people", &people), ("population", &all)]);
        let mut blocks = vec![ReportBlock::Paragraph(summary)];
        definition(&mut blocks, input);
        attrition(&mut blocks, &steps, language);
        people::people(&mut blocks, &table, input);
        blocks.push(heading(Word::AgeAndSex, language));
        blocks.push(ReportBlock::Figure(pyramid::drawing(&age_and_sex(&strata), language)));
        groups(&mut blocks, &strata, language);
        years(&mut blocks, &strata, &prevalence_by_year(index, &cohort, disclosure), language);
        entry_events(&mut blocks, &index_events(index, &cohort, input.definition, disclosure), input);
        if let Some(followed) = &input.follow_up {
            follow_up(&mut blocks, followed, language);
        }
        provenance(&mut blocks, input);
        Self { title: input.name.to_owned(), language, blocks }
    }
}

fn heading(word: Word, language: Language) -> ReportBlock {
    ReportBlock::Heading(word.of(language))
}

/// The definition in plain words, nothing left out.
fn definition(blocks: &mut Vec<ReportBlock>, input: &ReportInput<'_>) {
    blocks.push(heading(Word::Definition, input.language));
    for block in describe(input.definition, input.language) {
        blocks.push(ReportBlock::Paragraph(block.text));
        if !block.items.is_empty() {
            blocks.push(ReportBlock::List(block.items));
        }
    }
}

fn attrition(blocks: &mut Vec<ReportBlock>, steps: &AttritionSteps, language: Language) {
    blocks.push(heading(Word::Attrition, language));
    blocks.push(ReportBlock::Figure(attrition::drawing(steps, language)));
    let heads = [(Word::Step, false), (Word::PeopleLeft, true)];
    let mut table = ReportTable::headed(&heads, language);
    for step in &steps.steps {
        table.row(vec![step.kind.words(language), shown(step.remaining, language)]);
    }
    blocks.push(ReportBlock::Table(table));
}

fn groups(blocks: &mut Vec<ReportBlock>, of: &Strata, language: Language) {
    let sexes: Vec<String> = of.sexes.iter().map(|own| sex(own.sex_concept_id, language)).collect();
    let columns = std::iter::once((Word::AgeAtEntry.wording(language), false))
        .chain(sexes.iter().map(|name| (name.as_str(), true)))
        .chain([(Word::AllPeople.wording(language), true)]);
    let mut table = ReportTable::new(&columns.collect::<Vec<_>>());
    let row = |name: String, own: Vec<Option<u64>>, all: Option<u64>| {
        let counts = own.into_iter().chain([all]).map(|count| shown(count, language));
        std::iter::once(name).chain(counts).collect::<Vec<String>>()
    };
    for age in &of.ages {
        table.row(row(strata::band(age.age_from, language), age.by_sex.clone(), age.persons));
    }
    table.row(row(
        Word::AllPeople.of(language),
        of.sexes.iter().map(|own| own.persons).collect(),
        of.persons,
    ));
    blocks.push(ReportBlock::Table(table));
}

fn years(blocks: &mut Vec<ReportBlock>, of: &Strata, periods: &[Prevalence], language: Language) {
    blocks.push(heading(Word::YearByYear, language));
    blocks.push(ReportBlock::Figure(strata::drawing(of, language)));
    blocks.push(ReportBlock::Figure(prevalence::drawing(periods, language)));
    let heads =
        [(Word::Year, false), (Word::OnRecord, true), (Word::InTheCohort, true), (Word::SharePercent, true)];
    let mut table = ReportTable::headed(&heads, language);
    for own in periods {
        let year = own.from.split('-').next().unwrap_or_default().to_owned();
        let share =
            own.share.map_or_else(|| Word::Hidden.of(language), |share| interval(share, 100.0, 2, language));
        table.row(vec![year, shown(own.observed, language), shown(own.in_cohort, language), share]);
    }
    blocks.push(ReportBlock::Table(table));
}

/// Entry events that are listed one by one: the most frequent, hidden ones last.
const MOST_ENTRY_EVENTS: usize = 30;

fn entry_events(blocks: &mut Vec<ReportBlock>, events: &IndexEvents, input: &ReportInput<'_>) {
    let language = input.language;
    blocks.push(heading(Word::EntryEvents, language));
    let heads = [(Word::Event, false), (Word::Kind, false), (Word::Entries, true), (Word::PeopleHead, true)];
    let mut table = ReportTable::headed(&heads, language);
    for one in events.concepts.iter().take(MOST_ENTRY_EVENTS) {
        let name = input.names().of(one.concept_id);
        let kind = kind_title(&one.kind, language);
        table.row(vec![name, kind, shown(one.entries, language), shown(one.persons, language)]);
    }
    let further = events.concepts.len().saturating_sub(MOST_ENTRY_EVENTS);
    if further > 0 {
        let words = Word::FurtherEvents.with(language, &[("count", &further.to_string())]);
        table.row(vec![words, String::new(), String::new(), String::new()]);
    }
    let without = shown(events.without_event, language);
    table.row(vec![Word::NoEntryEvent.of(language), String::new(), without, String::new()]);
    blocks.push(ReportBlock::Table(table));
}

/// How often the outcome comes, and how soon.
fn follow_up(blocks: &mut Vec<ReportBlock>, followed: &FollowUp, language: Language) {
    const DAYS_IN_YEAR: f64 = 365.25;
    let title = Word::WhatFollows.with(language, &[("outcome", &followed.outcome)]);
    blocks.push(ReportBlock::Heading(title));
    blocks.push(ReportBlock::Remark(Word::WhatFollowsNote.of(language)));
    let heads = [
        ("", false),
        (Word::AtRisk.wording(language), true),
        (Word::WithTheOutcome.wording(language), true),
        (Word::PersonYears.wording(language), true),
        (Word::RatePerThousand.wording(language), true),
    ];
    let mut table = ReportTable::new(&heads);
    let hidden = || Word::Hidden.of(language);
    let mut row = |name: String, own: &IncidenceStratum| {
        let years = own.person_days.map(|days| number(Some(days as f64 / DAYS_IN_YEAR), 1));
        let rate = match (own.rate_per_1000_years, own.person_days) {
            (Some(rate), _) => interval(rate, 1.0, 1, language),
            // Without time there is no rate, and nothing is hidden.
            (None, Some(0)) => "–".to_owned(),
            (None, _) => hidden(),
        };
        let [spans, cases] = [own.spans, own.cases].map(|count| shown(count, language));
        table.row(vec![name, spans, cases, years.unwrap_or_else(hidden), rate]);
    };
    for own in &followed.incidence.strata {
        if let Some(concept_id) = own.stratum.sex_concept_id {
            row(sex(concept_id, language), own);
        }
    }
    row(Word::AllPeople.of(language), &followed.incidence.total);
    blocks.push(ReportBlock::Table(table));
    blocks.push(ReportBlock::Figure(kaplan_meier::drawing(&followed.survival, language)));
}

fn provenance(blocks: &mut Vec<ReportBlock>, input: &ReportInput<'_>) {
    let hex = |bytes: [u8; 32]| blake3::Hash::from_bytes(bytes).to_hex().to_string();
    let smallest = u32::try_from(input.disclosure.smallest()).unwrap_or(u32::MAX);
    let language = input.language;
    let hidden = if smallest > 1 { hidden_note(smallest, language) } else { Word::EveryNumber.of(language) };
    let version = input.result.engine_version.to_string();
    blocks.push(heading(Word::Provenance, language));
    let mut table = ReportTable::new(&[("", false), ("", false)]);
    let facts = [
        (Word::DefinitionHash, hex(input.result.definition_hash)),
        (Word::DataHash, hex(input.result.snapshot)),
        (Word::Engine, Word::EngineVersion.with(language, &[("version", &version)])),
        (Word::MadeOn, input.made_on.to_string()),
        (Word::SmallNumbers, hidden),
    ];
    for (name, value) in facts {
        table.row(vec![name.of(language), value]);
    }
    blocks.push(ReportBlock::Table(table));
}
