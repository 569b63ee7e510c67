//! Counting cohorts while they are built: the clinic's records are read once into an index and kept until they change.

use std::sync::Arc;

use rusqlite::Connection;
use rustcare_cohorts::clinic::{self, FoundConcept, Gap, RecordedUnit};
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::disclosure::chain::chain;
use rustcare_cohorts::disclosure::{Disclosure, SMALLEST_SHOWN};
use rustcare_cohorts::engine::{CohortResult, definition_hash};
use rustcare_cohorts::sketch::{CohortSketch, EventKind, EventSketch};
use rustcare_model::reason::Reason;
use rustcare_vault::Role;

use super::clinic_cache::{ClinicCohorts, Reader};
use super::definitions;
use super::run::Localised;
use crate::choke_point::{Call, Told};
use crate::contract::cohort_definitions::{
    CohortCount, CountCohort, CountedRule, FoundConcepts, ListUnits, SearchConcepts, UnitLine, UnitList,
};
use crate::problem::{Problem, ProblemCode};

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

/// Whether whoever asks may see patients, and with them small numbers.
pub(super) fn smallest_shown(call: &Call<'_>) -> Result<u64, Problem> {
    Ok(if call.actor()?.roles.contains(&Role::Clinician) { 1 } else { SMALLEST_SHOWN })
}

/// The definition that is meant; its hash goes into the trail.
pub(super) fn meant(t: &Connection, told: &mut Told, of: &CountCohort) -> Result<CohortExpression, Problem> {
    let expression = match of {
        CountCohort::Sketch { sketch } => expression(sketch)?,
        CountCohort::Saved { cohort_id, version } => {
            let saved = definitions::version(t, cohort_id, *version)?;
            CohortExpression::from_json(&saved.content.definition).map_err(|error| refused(&error))?
        }
    };
    let hash = hex(&definition_hash(&expression));
    told.details = Some(match told.details.take() {
        None => format!("definition {hash}"),
        Some(before) => format!("{before}, definition {hash}"),
    });
    Ok(expression)
}

pub fn count_cohort(call: &mut Call<'_>, input: CountCohort) -> Result<CohortCount, Problem> {
    let smallest = smallest_shown(call)?;
    let records = Reader::of(call)?;
    let cache = &call.workstation.clinic_data;
    let ask = cache.ask();
    let (expression, clinic) = call.read(|t, told| Ok((meant(t, told, &input)?, records.read(t)?)))?;
    let localised = Localised::new(&clinic, &expression);
    let result = localised.run_while(&|| cache.is_newest(ask))?;
    Ok(counted(&clinic, &expression, &result, localised.gaps, smallest))
}

fn counted(
    clinic: &ClinicCohorts,
    expression: &CohortExpression,
    result: &CohortResult,
    gaps: Vec<Gap>,
    smallest: u64,
) -> CohortCount {
    let of = &result.by_person;
    // Nobody was looked for under a concept that is not known: a nought would be a wrong number.
    let is_large = |count: u64| gaps.is_empty() && (count == 0 || count >= smallest);
    let population = clinic.engine.index().patients() as u64;
    // A small group is not shown, and neither is a number that gives one away beside another that is shown.
    let beside = |count: u64, whole: u64| is_large(count) && is_large(whole.saturating_sub(count));
    // Over several steps that are hidden a small group can be given away as well.
    let in_chain = chain(population, &result.remaining(), Disclosure::from(smallest));
    let entered = Some(of.total).filter(|count| beside(*count, population) && in_chain[0]);
    let mut before = of.total;
    let mut rules = Vec::with_capacity(of.rules.len());
    for ((rule, counts), is_in_chain) in expression.inclusion_rules.iter().zip(&of.rules).zip(&in_chain[1..])
    {
        let is_shown = entered.is_some()
            && *is_in_chain
            && beside(counts.met, of.total)
            && beside(counts.remaining, before)
            && beside(counts.remaining, counts.met)
            && beside(counts.all_but_this, of.total);
        let shown = |count: u64| Some(count).filter(|_| is_shown);
        rules.push(CountedRule {
            name: rule.name.clone().unwrap_or_default(),
            met: shown(counts.met),
            remaining: shown(counts.remaining),
            without_it: shown(counts.all_but_this),
        });
        before = counts.remaining;
    }
    let all_shown = entered.is_some() && rules.iter().all(|rule| rule.remaining.is_some());
    CohortCount {
        patients: Some(result.persons)
            .filter(|count| beside(*count, population) && all_shown && in_chain.last() == Some(&true)),
        entered,
        population,
        rules,
        gaps,
        smallest_shown: u32::try_from(smallest).unwrap_or(u32::MAX),
        definition_hash: hex(&result.definition_hash),
        snapshot: hex(&result.snapshot),
        engine_version: result.engine_version,
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn search_concepts(call: &mut Call<'_>, input: SearchConcepts) -> Result<FoundConcepts, Problem> {
    let smallest = smallest_shown(call)?;
    let clinic = clinic_of(call)?;
    let concepts: Vec<FoundConcept> = clinic::search(
        clinic.engine.index(),
        &clinic.concepts,
        input.kind,
        &input.text,
        (smallest, MOST_FOUND),
    );
    Ok(FoundConcepts { concepts })
}

pub fn list_units(call: &mut Call<'_>, input: ListUnits) -> Result<UnitList, Problem> {
    let smallest = smallest_shown(call)?;
    let clinic = clinic_of(call)?;
    let index = clinic.engine.index();
    let concepts = clinic::chosen(index, &input.concepts);
    let line = |recorded: RecordedUnit| UnitLine {
        unit: recorded.unit,
        results: Some(recorded.results).filter(|results| *results >= smallest),
        is_comparable: recorded.is_comparable,
    };
    let units = clinic::units_of(index, &clinic.units, &concepts, input.unit.as_deref());
    Ok(UnitList { units: units.into_iter().map(line).collect() })
}

fn clinic_of(call: &Call<'_>) -> Result<Arc<ClinicCohorts>, Problem> {
    let records = Reader::of(call)?;
    call.read(|t, told| {
        told.details = Some("codes and counts only".into());
        Ok(records.read(t)?)
    })
}
