//! Two definitions on the same data: who is gained, who is lost, and by which rule.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::attrition::has;
use super::{CohortResult, Engine, definition_hash};
use crate::definition::{CohortExpression, DefinitionError};

/// What keeps a person out of a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// There is no entry event.
    Entry,
    /// The first rule that the person's best entry event does not meet; 0 is the first.
    Rule(usize),
    /// All rules are met, and the time in the cohort is outside its window.
    Exit,
}

/// A person who is in one of the two cohorts only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Id of the person.
    pub person_id: i64,
    /// What keeps the person out of the other cohort.
    pub cause: Cause,
}

/// The difference between two cohorts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortDifference {
    /// In the second alone, with what kept them out of the first; by id.
    pub gained: Vec<Moved>,
    /// In the first alone, with what keeps them out of the second; by id.
    pub lost: Vec<Moved>,
    /// In both.
    pub stayed: u64,
    /// BLAKE3 of both definitions as JSON.
    pub definition_hashes: [[u8; 32]; 2],
}

/// The persons of a result, by id.
fn persons(result: &CohortResult) -> Vec<i64> {
    let mut persons: Vec<i64> = result.rows.iter().map(|row| row.person_id).collect();
    persons.sort_unstable();
    persons.dedup();
    persons
}

/// Those of the first list that are not in the second; both sorted.
fn less(one: &[i64], other: &[i64]) -> Vec<i64> {
    one.iter().copied().filter(|id| other.binary_search(id).is_err()).collect()
}

impl Engine {
    /// Compares the cohorts of two definitions.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn compare(
        &self,
        first: &CohortExpression,
        second: &CohortExpression,
    ) -> Result<CohortDifference, DefinitionError> {
        let (in_first, in_second) = (persons(&self.run(first)?), persons(&self.run(second)?));
        let (gained, lost) = (less(&in_second, &in_first), less(&in_first, &in_second));
        Ok(CohortDifference {
            stayed: (in_first.len() - lost.len()) as u64,
            gained: self.with_causes(first, gained)?,
            lost: self.with_causes(second, lost)?,
            definition_hashes: [definition_hash(first), definition_hash(second)],
        })
    }

    /// What keeps persons out who are not in the cohort.
    fn with_causes(
        &self,
        expression: &CohortExpression,
        persons: Vec<i64>,
    ) -> Result<Vec<Moved>, DefinitionError> {
        let plan = self.plan(expression)?;
        let causes: BTreeMap<i64, Cause> = self
            .ranges()
            .par_iter()
            .flat_map_iter(|range| {
                let evaluated = self.evaluated(&plan, range);
                let mut causes = Vec::new();
                evaluated.each_best(|at| {
                    let Some(person_id) = self.index.person_id(evaluated.qualified.patients[at]) else {
                        return;
                    };
                    let missed = (0..evaluated.rules).find(|rule| !has(evaluated.mask(at), *rule));
                    causes.push((person_id, missed.map_or(Cause::Exit, Cause::Rule)));
                });
                causes
            })
            .collect();
        let moved =
            |person_id| Moved { person_id, cause: causes.get(&person_id).copied().unwrap_or(Cause::Entry) };
        Ok(persons.into_iter().map(moved).collect())
    }
}
