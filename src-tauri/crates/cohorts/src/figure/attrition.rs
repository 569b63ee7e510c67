//! The attrition of a cohort: who is left after each rule.

use super::drawing::{Anchor, COLOURS, Drawing, INK, LINE, QUIET, short};
use super::words::{Word, shown};
use super::{cell, count, push_row};
use crate::definition::CohortExpression;
use crate::disclosure::Disclosure;
use crate::disclosure::chain::chain;
use crate::engine::CohortResult;
use crate::language::Language;

/// What a step asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// An entry event.
    Entry,
    /// A rule by the name that it was given.
    Named(String),
    /// A rule without a name, by its number from 1.
    Numbered(usize),
    /// Days in the cohort, which its dates may have cut.
    Cohort,
}

impl StepKind {
    /// What it is called.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Entry => Word::EntryEvent.of(language),
            Self::Named(name) => name.clone(),
            Self::Numbered(number) => Word::Rule.with(language, &[("number", &number.to_string())]),
            Self::Cohort => Word::InTheCohort.of(language),
        }
    }
}

/// People who are left after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttritionStep {
    /// What the step asks for.
    pub kind: StepKind,
    /// People after it. None: hidden.
    pub remaining: Option<u64>,
}

/// The steps from the population to the cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttritionSteps {
    /// People in the data, as they are shown.
    pub population: u64,
    /// In order.
    pub steps: Vec<AttritionStep>,
}

impl AttritionSteps {
    /// Entry event, each rule in order, and the cohort itself, which dates may have cut further.
    #[must_use]
    pub fn new(
        population: u64,
        definition: &CohortExpression,
        result: &CohortResult,
        disclosure: Disclosure,
    ) -> Self {
        let rules = definition.inclusion_rules.iter().enumerate().map(|(at, rule)| {
            let name = rule.name.clone().filter(|name| !name.is_empty());
            name.map_or(StepKind::Numbered(at + 1), StepKind::Named)
        });
        let kinds = std::iter::once(StepKind::Entry).chain(rules).chain([StepKind::Cohort]);
        let remaining = result.remaining();
        let shown = chain(population, &remaining, disclosure);
        let steps = kinds.zip(remaining.into_iter().zip(shown)).map(|(kind, (count, shown))| AttritionStep {
            kind,
            remaining: shown.then_some(disclosure.rounded(count)),
        });
        Self { population: disclosure.rounded(population), steps: steps.collect() }
    }
}

/// One row a step.
#[must_use]
pub fn csv(attrition: &AttritionSteps) -> String {
    let mut out = String::from("step,name,remaining,lost\r\n");
    push_row(&mut out, &["0".into(), "Population".into(), attrition.population.to_string(), String::new()]);
    let mut before = Some(attrition.population);
    for (at, step) in attrition.steps.iter().enumerate() {
        let lost = before.zip(step.remaining).map(|(more, less)| more.saturating_sub(less));
        push_row(
            &mut out,
            &[(at + 1).to_string(), cell(&step.kind.words(Language::En)), count(step.remaining), count(lost)],
        );
        before = step.remaining;
    }
    out
}

/// A bar a step, with who is left and, paler, who was lost by it.
#[must_use]
pub fn drawing(attrition: &AttritionSteps, language: Language) -> Drawing {
    const ROW: f64 = 34.0;
    const LEFT: f64 = 320.0;
    const ROOM: f64 = 480.0;
    // The population may be many times the cohort: the entry event is the longest bar.
    let most = attrition.steps.iter().filter_map(|step| step.remaining).max().unwrap_or(1).max(1) as f64;
    let height = 76 + 34 * attrition.steps.len() as u32;
    let mut drawing = Drawing::new(960, height, Word::Attrition.wording(language));
    let population = attrition.population.to_string();
    let whole = Word::OfPeople.with(language, &[("people", &population)]);
    drawing.text((16.0, 48.0), Anchor::Start, QUIET, &whole);
    let mut before: Option<u64> = None;
    for (at, step) in attrition.steps.iter().enumerate() {
        let y = 62.0 + ROW * at as f64;
        let length = |count: u64| count as f64 * ROOM / most;
        drawing.text((LEFT - 10.0, y + 16.0), Anchor::End, INK, &short(&step.kind.words(language), 44));
        if let (Some(more), Some(_)) = (before, step.remaining) {
            drawing.rectangle((LEFT, y), (length(more), 22.0), LINE);
        }
        let end = step.remaining.map_or(0.0, length);
        drawing.rectangle((LEFT, y), (end.max(1.0), 22.0), COLOURS[0]);
        let widest = before.filter(|_| step.remaining.is_some()).map_or(end, |more| length(more).max(end));
        let lost = before.zip(step.remaining).map(|(more, less)| more.saturating_sub(less));
        let lost = lost.filter(|lost| *lost > 0).map(|lost| format!(" (−{lost})")).unwrap_or_default();
        drawing.text(
            (LEFT + widest + 8.0, y + 16.0),
            Anchor::Start,
            INK,
            &format!("{}{lost}", shown(step.remaining, language)),
        );
        before = step.remaining;
    }
    drawing
}
