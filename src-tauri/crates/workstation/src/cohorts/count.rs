//! Counting cohorts while they are built: the clinic's records are read once into an index and kept until they change.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use rustcare_cohorts::clinic::{ClinicConcept, ClinicData, FoundConcept};
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::engine::{CohortResult, Engine};
use rustcare_cohorts::sketch::CohortSketch;
use rustcare_model::reason::Reason;
use rustcare_vault::table::setting;
use rustcare_vault::{Role, VaultResult};

use super::definitions;
use crate::choke_point::Call;
use crate::contract::cohort_definitions::{
    CohortCount, CountCohort, CountedRule, FoundConcepts, SearchConcepts,
};
use crate::problem::{Problem, ProblemCode};

/// Numbers of patients below it are not shown to those who may not see patients: the threshold that the Centers for Medicare &
/// Medicaid Services set for what they publish (cell size suppression policy: no cell below 11).
const SMALLEST_SHOWN: u64 = 11;
/// Codes that a search shows.
const MOST_FOUND: usize = 30;

/// The clinic's records, ready to be counted, with what was found of them before.
pub(crate) struct ClinicCohorts {
    engine: Engine,
    concepts: BTreeMap<i64, ClinicConcept>,
    data_version: u64,
}

/// The index that was built last; forgotten when the vault is closed.
#[derive(Default)]
pub struct ClinicCache {
    built: Mutex<Option<Arc<ClinicCohorts>>>,
}

impl ClinicCache {
    /// Drops it.
    pub fn forget(&self) {
        *self.built.lock() = None;
    }

    fn of(&self, connection: &Connection) -> VaultResult<Arc<ClinicCohorts>> {
        let version = setting::data_version(connection)?;
        // Held while reading: two people asking at once read the vault once.
        let mut held = self.built.lock();
        if let Some(built) = held.as_ref().filter(|built| built.data_version == version) {
            return Ok(Arc::clone(built));
        }
        let data = ClinicData::read(connection)?;
        let built = Arc::new(ClinicCohorts {
            engine: Engine::new(Arc::new(data.index)),
            concepts: data.concepts,
            data_version: data.data_version,
        });
        *held = Some(Arc::clone(&built));
        Ok(built)
    }
}

/// A definition that cannot be counted.
pub(super) fn refused(error: &rustcare_cohorts::definition::DefinitionError) -> Problem {
    Problem::new(ProblemCode::InvalidInput, Reason::CohortUnread).because(error.to_string())
}

/// A sketch as a definition.
pub(super) fn expression(sketch: &CohortSketch) -> Result<CohortExpression, Problem> {
    if sketch.entry.is_empty() {
        return Err(Problem::at("entry", Reason::CohortNoEntry));
    }
    for (at, rule) in sketch.rules.iter().enumerate() {
        if rule.items.is_empty() && rule.person == Default::default() {
            let field = format!("rules.{at}");
            return Err(Problem::at(&field, Reason::CohortRuleEmpty.with("number", at + 1)));
        }
    }
    sketch.expression().map_err(|error| refused(&error))
}

pub fn count_cohort(call: &mut Call<'_>, input: CountCohort) -> Result<CohortCount, Problem> {
    let sees_patients = call.actor()?.roles.contains(&Role::Clinician);
    let cache = &call.workstation.clinic_data;
    let (expression, clinic) = call.read(|t, told| {
        let expression = match &input {
            CountCohort::Sketch { sketch } => expression(sketch)?,
            CountCohort::Saved { cohort_id, version } => {
                let saved = definitions::version(t, cohort_id, *version)?;
                CohortExpression::from_json(&saved.content.definition).map_err(|error| refused(&error))?
            }
        };
        told.details = Some("counts only".into());
        Ok((expression, cache.of(t)?))
    })?;
    let result = clinic.engine.run(&expression).map_err(|error| refused(&error))?;
    let smallest = if sees_patients { 1 } else { SMALLEST_SHOWN };
    Ok(counted(&clinic, &expression, &result, smallest))
}

/// Concepts that are named and that nothing here knows.
fn unknown_concepts(clinic: &ClinicCohorts, expression: &CohortExpression) -> u32 {
    let vocabulary = clinic.engine.index().vocabulary();
    let named = expression.concept_sets.iter().flat_map(|set| &set.items).map(|item| item.concept.concept_id);
    let mut unknown: Vec<i64> =
        named.filter(|id| !vocabulary.knows(*id) && !rustcare_cohorts::clinic::is_own(*id)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    u32::try_from(unknown.len()).unwrap_or(u32::MAX)
}

fn counted(
    clinic: &ClinicCohorts,
    expression: &CohortExpression,
    result: &CohortResult,
    smallest: u64,
) -> CohortCount {
    let of = &result.by_person;
    let unknown_concepts = unknown_concepts(clinic, expression);
    // Nobody was looked for under a concept that is not known: a nought would be a wrong number.
    let is_large = |count: u64| unknown_concepts == 0 && (count == 0 || count >= smallest);
    let population = clinic.engine.index().patients() as u64;
    // A small group is not shown, and neither is a number that gives one away beside another that is shown.
    let beside = |count: u64, whole: u64| is_large(count) && is_large(whole.saturating_sub(count));
    let entered = Some(of.total).filter(|count| beside(*count, population));
    let mut before = of.total;
    let mut rules = Vec::with_capacity(of.rules.len());
    for (rule, counts) in expression.inclusion_rules.iter().zip(&of.rules) {
        let is_shown = entered.is_some()
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
        patients: Some(result.persons).filter(|count| beside(*count, population) && all_shown),
        entered,
        population,
        rules,
        unknown_concepts,
        smallest_shown: u32::try_from(smallest).unwrap_or(u32::MAX),
        definition_hash: hex(&result.definition_hash),
        snapshot: hex(&result.snapshot),
        engine_version: result.engine_version,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn search_concepts(call: &mut Call<'_>, input: SearchConcepts) -> Result<FoundConcepts, Problem> {
    let sees_patients = call.actor()?.roles.contains(&Role::Clinician);
    let cache = &call.workstation.clinic_data;
    let clinic = call.read(|t, told| {
        told.details = Some("codes and counts only".into());
        Ok(cache.of(t)?)
    })?;
    let index = clinic.engine.index();
    let smallest = if sees_patients { 1 } else { SMALLEST_SHOWN };
    let concepts: Vec<FoundConcept> = rustcare_cohorts::clinic::search(
        index,
        &clinic.concepts,
        input.kind,
        &input.text,
        (smallest, MOST_FOUND),
    );
    Ok(FoundConcepts { concepts })
}
