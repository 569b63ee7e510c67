//! A definition run on the clinic's records.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rusqlite::Connection;
use rustcare_cohorts::clinic::{self, ClinicConcept, Gap, Whose};
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::engine::{CohortResult, definition_hash};
use rustcare_cohorts::index::Index;
use rustcare_cohorts::review::{Cohort, TableOne, TableOneOptions, shown_of_people, table_one};
use rustcare_model::reason::Reason;

use super::clinic_cache::{ClinicCohorts, Reader};
use super::count::{meant, refused};
use super::definitions;
use crate::choke_point::{Call, Told};
use crate::contract::cohort_definitions::CountCohort;
use crate::problem::{Problem, ProblemCode};

/// A definition in the concepts of the clinic's records.
pub(super) struct Localised<'a> {
    clinic: &'a ClinicCohorts,
    /// As it was written.
    written: &'a CohortExpression,
    /// In the clinic's concepts.
    pub own: CohortExpression,
    /// What it asks for that the records cannot answer.
    pub gaps: Vec<Gap>,
}

impl<'a> Localised<'a> {
    pub fn new(clinic: &'a ClinicCohorts, written: &'a CohortExpression) -> Self {
        let own = match clinic.whose {
            Whose::Clinic => clinic::localised(written),
            Whose::Others => written.clone(),
        };
        let gaps = clinic::gaps(clinic.engine.index(), &own, clinic.whose);
        Self { clinic, written, own, gaps }
    }

    /// Runs it, for as long as somebody waits for it. Its hash is that of what was written.
    pub fn run_while(&self, is_wanted: &(dyn Fn() -> bool + Sync)) -> Result<CohortResult, Problem> {
        let result = self.clinic.engine.run_while(&self.own, is_wanted).map_err(|error| refused(&error))?;
        let result = result.ok_or_else(|| Problem::new(ProblemCode::Cancelled, Reason::CountSuperseded))?;
        Ok(CohortResult { definition_hash: definition_hash(self.written), ..result })
    }

    /// Refuses what the records cannot answer: people who were not looked for are no result.
    fn answered(self) -> Result<Self, Problem> {
        if self.gaps.is_empty() {
            Ok(self)
        } else {
            Err(Problem::new(ProblemCode::InvalidInput, Reason::CohortUnanswered))
        }
    }
}

/// A cohort that was run on the clinic's records.
pub(super) struct Ran {
    /// What it was saved as; empty of one that is being built.
    pub name: String,
    /// In the clinic's concepts.
    pub expression: CohortExpression,
    pub result: CohortResult,
    pub clinic: Arc<ClinicCohorts>,
    pub today: Date,
}

impl Ran {
    pub fn of(call: &Call<'_>, of: &CountCohort) -> Result<Self, Problem> {
        let (ran, _) = Self::with_others(call, of, &[])?;
        Ok(ran)
    }

    /// A cohort and saved ones beside it, on the same records and with one entry in the trail.
    pub fn with_others(
        call: &Call<'_>,
        of: &CountCohort,
        cohort_ids: &[String],
    ) -> Result<(Self, Vec<Self>), Problem> {
        let records = Reader::of(call)?;
        let newest =
            |id: &String| CountCohort::Saved { cohort_id: id.clone(), version: None, data_set: None };
        let (cohort, others, clinic) = call.read(|t, told| {
            let cohort = named(t, told, of)?;
            let others: Result<Vec<_>, Problem> =
                cohort_ids.iter().map(|id| named(t, told, &newest(id))).collect();
            Ok((cohort, others?, records.read_for(t, of)?))
        })?;
        let run = |named| Self::run(named, &clinic, records.today);
        let others: Result<Vec<Self>, Problem> = others.into_iter().map(run).collect();
        Ok((run(cohort)?, others?))
    }

    /// A cohort and its outcome.
    pub fn with_outcome(
        call: &Call<'_>,
        of: &CountCohort,
        outcome_id: &str,
    ) -> Result<(Self, Self), Problem> {
        let (cohort, mut others) = Self::with_others(call, of, &[outcome_id.to_owned()])?;
        let outcome =
            others.pop().ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::CohortUnknown))?;
        Ok((cohort, outcome))
    }

    fn run(
        (name, written): (String, CohortExpression),
        clinic: &Arc<ClinicCohorts>,
        today: Date,
    ) -> Result<Self, Problem> {
        let localised = Localised::new(clinic, &written).answered()?;
        let result = localised.run_while(&|| true)?;
        Ok(Self { name, expression: localised.own, result, clinic: Arc::clone(clinic), today })
    }

    /// Names of the clinic's concepts.
    pub fn names(&self) -> BTreeMap<i64, String> {
        let name = |concept: &ClinicConcept| format!("{} ({})", concept.title, concept.code);
        self.clinic.concepts.iter().map(|(id, concept)| (*id, name(concept))).collect()
    }

    /// What its people are like when they enter it, beside everybody else.
    pub fn table_one(&self, disclosure: Disclosure) -> TableOne {
        let cohort = self.cohort();
        let rest = cohort.rest(self.index());
        table_one(self.index(), &cohort, Some(&rest), TableOneOptions::default(), self.shown(disclosure))
    }

    pub fn index(&self) -> &Index {
        self.clinic.engine.index()
    }

    /// What may be shown of its people to whom `disclosure` is for.
    pub fn shown(&self, disclosure: Disclosure) -> Disclosure {
        shown_of_people(&self.result, self.index().patients() as u64, disclosure)
    }

    pub fn cohort(&self) -> Cohort {
        Cohort::new(self.index(), &self.result.rows)
    }
}

/// The definition that is meant, with the name that it was saved as.
fn named(t: &Connection, told: &mut Told, of: &CountCohort) -> Result<(String, CohortExpression), Problem> {
    let name = match of {
        CountCohort::Sketch { .. } | CountCohort::Written { .. } => String::new(),
        CountCohort::Saved { cohort_id, version, .. } => {
            definitions::version(t, cohort_id, *version)?.content.name
        }
    };
    Ok((name, meant(t, told, of)?))
}
