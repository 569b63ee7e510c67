//! Counting cohorts while they are built: the clinic's records are read once into an index and kept until they change.

use std::sync::Arc;

use rusqlite::Connection;
use rustcare_cohorts::clinic::{self, FoundConcept, Gap, RecordedUnit};
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::disclosure::chain::chain;
use rustcare_cohorts::engine::{CohortResult, definition_hash};
use rustcare_cohorts::sketch::{CohortSketch, EventKind, EventSketch};
use rustcare_model::reason::Reason;

use super::clinic_cache::{ClinicCohorts, Reader};
use super::run::Localised;
use super::{definitions, on_screen};
use crate::choke_point::{Call, Told};
use crate::contract::cohort_definitions::{
    CohortCount, CountCohort, CountedRule, FoundConcepts, ListUnits, SearchConcepts, UnitLine, UnitList,
};
use crate::problem::{Problem, ProblemCode};
use crate::run_elsewhere::CohortCounts;

/// Codes that a search shows.
const MOST_FOUND: usize = 30;
/// Events of a list, rules of a cohort, codes of an event: far beyond what anybody builds by hand.
const MOST_EVENTS: usize = 50;
const MOST_RULES: usize = 100;
const MOST_CODES: usize = 2_000;

/// A definition that cannot be counted.
pub(super) fn refused(error: &rustcare_cohorts::definition::DefinitionError) -> Problem {
    Problem::new(ProblemCode::InvalidInput, Reason::CohortUnread).because(error.to_string())
}

/// A sketch as a definition.
pub(super) fn expression(sketch: &CohortSketch) -> Result<CohortExpression, Problem> {
    if sketch.entry.is_empty() {
        return Err(Problem::at("entry", Reason::CohortNoEntry));
    }
    let too_many = |field: &str, most: usize| Problem::at(field, Reason::CohortTooLarge.with("most", most));
    if sketch.rules.len() > MOST_RULES {
        return Err(too_many("rules", MOST_RULES));
    }
    if sketch.entry.len() > MOST_EVENTS {
        return Err(too_many("entry", MOST_EVENTS));
    }
    for (at, event) in sketch.entry.iter().enumerate() {
        says_something(event, &format!("entry.{at}"))?;
    }
    for (at, rule) in sketch.rules.iter().enumerate() {
        let field = format!("rules.{at}");
        if rule.items.is_empty() && rule.person == Default::default() {
            return Err(Problem::at(&field, Reason::CohortRuleEmpty.with("number", at + 1)));
        }
        if rule.items.len() > MOST_EVENTS {
            return Err(too_many(&field, MOST_EVENTS));
        }
        for (nth, item) in rule.items.iter().enumerate() {
            says_something(&item.event, &format!("{field}.items.{nth}"))?;
        }
    }
    sketch.expression().map_err(|error| refused(&error))
}

/// An event without a code means any only where somebody said so: one that was left empty by mistake would let everybody in.
fn says_something(event: &EventSketch, field: &str) -> Result<(), Problem> {
    let names_code = event.concepts.iter().any(|concept| !concept.is_excluded);
    let may_be_any = event.concepts.is_empty() && (event.is_any_code || event.kind == EventKind::Death);
    if !names_code && !may_be_any {
        return Err(Problem::at(field, Reason::CohortEventEmpty));
    }
    if event.concepts.len() > MOST_CODES {
        return Err(Problem::at(field, Reason::CohortTooLarge.with("most", MOST_CODES)));
    }
    Ok(())
}

/// The definition that is meant; its hash goes into the trail.
pub(super) fn meant(t: &Connection, told: &mut Told, of: &CountCohort) -> Result<CohortExpression, Problem> {
    let expression = match of {
        CountCohort::Sketch { sketch, .. } => expression(sketch)?,
        CountCohort::Saved { cohort_id, version, .. } => {
            let saved = definitions::version(t, cohort_id, *version)?;
            CohortExpression::from_json(&saved.content.definition).map_err(|error| refused(&error))?
        }
        CountCohort::Written { definition, .. } => {
            if definition.len() as u64 > definitions::LARGEST {
                return Err(Problem::at("definition", Reason::FileTooLarge));
            }
            CohortExpression::from_json(definition).map_err(|error| refused(&error))?
        }
    };
    let hash = hex(&definition_hash(&expression));
    let hash = match of.data_set() {
        None => hash,
        Some(data_set) => format!("{hash} on data set {data_set}"),
    };
    told.details = Some(match told.details.take() {
        None => format!("definition {hash}"),
        Some(before) => format!("{before}, definition {hash}"),
    });
    Ok(expression)
}

pub fn count_cohort(call: &mut Call<'_>, input: CountCohort) -> Result<CohortCount, Problem> {
    let disclosure = on_screen(call)?;
    let records = Reader::of(call)?;
    let cache = &call.workstation.clinic_data;
    let ask = cache.ask();
    let (expression, clinic) =
        call.read(|t, told| Ok((meant(t, told, &input)?, records.read_for(t, &input)?)))?;
    let localised = Localised::new(&clinic, &expression);
    let result = localised.run_while(&|| cache.is_newest(ask))?;
    Ok(counted(&clinic, &expression, &result, localised.gaps, disclosure))
}

/// Counts of a cohort as they are, in patients.
pub(crate) struct CountedPeople {
    /// In the data.
    pub population: u64,
    /// With an entry event that is observed long enough.
    pub entered: u64,
    /// Met, remaining, all but this, by rule.
    pub rules: Vec<[u64; 3]>,
    /// In the cohort.
    pub patients: u64,
}

/// What one rule does, as far as it may be shown.
#[derive(Clone, Copy, Default)]
pub(crate) struct RuleShown {
    pub met: Option<u64>,
    pub remaining: Option<u64>,
    pub without_it: Option<u64>,
}

/// Counts as far as they may be shown.
pub(crate) struct ShownCounts {
    pub population: u64,
    pub entered: Option<u64>,
    pub rules: Vec<RuleShown>,
    pub patients: Option<u64>,
}

/// What of a cohort's counts may be shown, and how.
pub(crate) fn shown_counts(of: &CountedPeople, disclosure: Disclosure) -> ShownCounts {
    let is_large = |count: u64| !disclosure.is_small(count);
    let as_shown = |count: u64| disclosure.rounded(count);
    // A small group is not shown, and neither is a number that gives one away beside another that is shown.
    let beside = |count: u64, whole: u64| is_large(count) && is_large(whole.saturating_sub(count));
    // Over several steps that are hidden a small group can be given away as well.
    let chained: Vec<u64> = std::iter::once(of.entered)
        .chain(of.rules.iter().map(|[_, remaining, _]| *remaining))
        .chain([of.patients])
        .collect();
    let in_chain = chain(of.population, &chained, disclosure);
    let entered = Some(of.entered).filter(|count| beside(*count, of.population) && in_chain[0]);
    let mut before = of.entered;
    let mut rules = Vec::with_capacity(of.rules.len());
    for ([met, remaining, all_but_this], is_in_chain) in of.rules.iter().zip(&in_chain[1..]) {
        let is_shown = entered.is_some()
            && *is_in_chain
            && beside(*met, of.entered)
            && beside(*remaining, before)
            && beside(*remaining, *met)
            && beside(*all_but_this, of.entered);
        let shown = |count: &u64| is_shown.then(|| as_shown(*count));
        rules.push(RuleShown {
            met: shown(met),
            remaining: shown(remaining),
            without_it: shown(all_but_this),
        });
        before = *remaining;
    }
    let all_shown = entered.is_some() && rules.iter().all(|rule| rule.remaining.is_some());
    let patients = Some(of.patients)
        .filter(|count| beside(*count, of.population) && all_shown && in_chain.last() == Some(&true));
    ShownCounts {
        population: as_shown(of.population),
        entered: entered.map(as_shown),
        rules,
        patients: patients.map(as_shown),
    }
}

fn counted(
    clinic: &ClinicCohorts,
    expression: &CohortExpression,
    result: &CohortResult,
    gaps: Vec<Gap>,
    disclosure: Disclosure,
) -> CohortCount {
    let population = clinic.engine.index().patients() as u64;
    let shown = shown_counts(&CohortCounts::of(result, population).as_counted(), disclosure);
    // Nobody was looked for under a concept that is not known: a nought would be a wrong number.
    let is_answered = gaps.is_empty();
    let answered = |count: Option<u64>| count.filter(|_| is_answered);
    let rules = expression.inclusion_rules.iter().zip(&shown.rules).map(|(rule, shown)| CountedRule {
        name: rule.name.clone().unwrap_or_default(),
        met: answered(shown.met),
        remaining: answered(shown.remaining),
        without_it: answered(shown.without_it),
    });
    CohortCount {
        patients: answered(shown.patients),
        entered: answered(shown.entered),
        population: shown.population,
        rules: rules.collect(),
        gaps,
        smallest_shown: narrow(disclosure),
        definition_hash: hex(&result.definition_hash),
        snapshot: hex(&result.snapshot),
        engine_version: result.engine_version,
    }
}

/// Smallest number that is shown, for the window.
pub(super) fn narrow(disclosure: Disclosure) -> u32 {
    u32::try_from(disclosure.smallest()).unwrap_or(u32::MAX)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn search_concepts(call: &mut Call<'_>, input: SearchConcepts) -> Result<FoundConcepts, Problem> {
    let disclosure = on_screen(call)?;
    let clinic = data_of(call, input.data_set.as_deref())?;
    let concepts: Vec<FoundConcept> = clinic::search(
        clinic.engine.index(),
        &clinic.concepts,
        input.kind,
        &input.text,
        (disclosure, MOST_FOUND),
        clinic.whose,
    );
    Ok(FoundConcepts { concepts })
}

pub fn list_units(call: &mut Call<'_>, input: ListUnits) -> Result<UnitList, Problem> {
    let disclosure = on_screen(call)?;
    let clinic = data_of(call, input.data_set.as_deref())?;
    let index = clinic.engine.index();
    let concepts = clinic::chosen(index, &input.concepts);
    let line = |recorded: RecordedUnit| UnitLine {
        unit: recorded.unit,
        results: Some(recorded.results)
            .filter(|results| *results >= disclosure.smallest())
            .map(|results| disclosure.rounded(results)),
        is_comparable: recorded.is_comparable,
    };
    let units = clinic::units_of(index, &clinic.units, &concepts, input.unit.as_deref());
    Ok(UnitList { units: units.into_iter().map(line).collect() })
}

fn data_of(call: &Call<'_>, data_set: Option<&str>) -> Result<Arc<ClinicCohorts>, Problem> {
    let records = Reader::of(call)?;
    call.read(|t, told| {
        told.details = Some("codes and counts only".into());
        Ok(records.read_data(t, data_set)?)
    })
}
