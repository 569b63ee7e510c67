//! What the people of a cohort are like, what happens to them after entry; figures and reports that leave.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rusqlite::Connection;
use rustcare_cohorts::clinic;
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::engine::CohortResult;
use rustcare_cohorts::figure::attrition::AttritionSteps;
use rustcare_cohorts::figure::{attrition, kaplan_meier, pyramid};
use rustcare_cohorts::index::Index;
use rustcare_cohorts::report::{self, ReportInput};
use rustcare_cohorts::review::{
    Categories, Characteristic, Cohort, IndexEvents, StratifyBy, SurvivalResult, TableOne, TableOneOptions,
    TimeAtRisk, age_and_sex, incidence, index_events, survival, survival_by_sex, table_one,
};
use rustcare_model::reason::Reason;

use super::clinic_cache::{ClinicCohorts, Reader};
use super::count::{meant, narrow, refused};
use super::{definitions, on_screen};
use crate::choke_point::{Call, Told};
use crate::contract::cohort_definitions::CountCohort;
use crate::contract::cohort_review::{
    CohortFigure, CohortFigureFormat, CohortFollowUp, CohortReview, ConceptName, FollowCohort, ReportCohort,
    ReviewCohort, SaveCohortFigure,
};
use crate::contract::exchange::HandedOut;
use crate::exchange::job::write_new;
use crate::problem::{Problem, ProblemCode};

/// Days after entry for which the number still watched is told.
const WATCHED_ON: [u32; 6] = [0, 90, 180, 365, 730, 1_825];

/// A cohort that was run on the clinic's records.
struct Ran {
    /// What it was saved as; empty of one that is being built.
    name: String,
    expression: CohortExpression,
    result: CohortResult,
    clinic: Arc<ClinicCohorts>,
    today: Date,
}

impl Ran {
    fn of(call: &Call<'_>, of: &CountCohort) -> Result<Self, Problem> {
        let records = Reader::of(call)?;
        let (named, clinic) = call.read(|t, told| Ok((named(t, told, of)?, records.read(t)?)))?;
        Self::run(named, &clinic, records.today)
    }

    /// A cohort and its outcome, on the same records and with one entry in the trail.
    fn with_outcome(call: &Call<'_>, of: &CountCohort, outcome_id: &str) -> Result<(Self, Self), Problem> {
        let outcome = CountCohort::Saved { cohort_id: outcome_id.to_owned(), version: None };
        let records = Reader::of(call)?;
        let (cohort, outcome, clinic) =
            call.read(|t, told| Ok((named(t, told, of)?, named(t, told, &outcome)?, records.read(t)?)))?;
        let run = |named| Self::run(named, &clinic, records.today);
        Ok((run(cohort)?, run(outcome)?))
    }

    /// What the records cannot answer is refused: people who were not looked for are no result.
    fn run(
        (name, expression): (String, CohortExpression),
        clinic: &Arc<ClinicCohorts>,
        today: Date,
    ) -> Result<Self, Problem> {
        let own = clinic::localised(&expression);
        if !clinic::gaps(clinic.engine.index(), &own).is_empty() {
            return Err(Problem::new(ProblemCode::InvalidInput, Reason::CohortUnanswered));
        }
        let result = clinic.engine.run(&own).map_err(|error| refused(&error))?;
        Ok(Self { name, expression: own, result, clinic: Arc::clone(clinic), today })
    }

    fn index(&self) -> &Index {
        self.clinic.engine.index()
    }

    fn cohort(&self) -> Cohort {
        Cohort::new(self.index(), &self.result.rows)
    }
}

/// The definition that is meant, with the name that it was saved as.
fn named(t: &Connection, told: &mut Told, of: &CountCohort) -> Result<(String, CohortExpression), Problem> {
    let name = match of {
        CountCohort::Sketch { .. } => String::new(),
        CountCohort::Saved { cohort_id, version } => {
            definitions::version(t, cohort_id, *version)?.content.name
        }
    };
    Ok((name, meant(t, told, of)?))
}

fn concept_names(table: &TableOne, entries: &IndexEvents, clinic: &ClinicCohorts) -> Vec<ConceptName> {
    let of = |values: &[Characteristic]| values.iter().map(|one| one.concept_id).collect::<Vec<_>>();
    let categories = |categories: &Categories| of(&categories.values);
    let mut ids: BTreeSet<i64> = entries.concepts.iter().map(|one| one.concept_id).collect();
    ids.extend([&table.sex, &table.race, &table.ethnicity].into_iter().flat_map(categories));
    ids.extend(table.events.iter().flat_map(|events| of(&events.concepts)));
    let name = |concept_id: i64| {
        let concept = clinic.concepts.get(&concept_id)?;
        Some(ConceptName { concept_id, code: concept.code.clone(), title: concept.title.clone() })
    };
    ids.into_iter().filter_map(name).collect()
}

pub fn review_cohort(call: &mut Call<'_>, input: ReviewCohort) -> Result<CohortReview, Problem> {
    let disclosure = on_screen(call)?;
    let ran = Ran::of(call, &input.of)?;
    let (index, cohort) = (ran.index(), ran.cohort());
    let table = table_one(index, &cohort, Some(&cohort.rest(index)), TableOneOptions::default(), disclosure);
    let entries = index_events(index, &cohort, &ran.expression, disclosure);
    Ok(CohortReview {
        names: concept_names(&table, &entries, &ran.clinic),
        ages: pyramid::svg(&age_and_sex(index, &cohort, disclosure)),
        table,
        entries,
        smallest_shown: narrow(disclosure),
    })
}

fn survived(ran: &Ran, outcome: &Cohort, by_sex: bool, disclosure: Disclosure) -> SurvivalResult {
    let (index, cohort) = (ran.index(), ran.cohort());
    let result = if by_sex {
        survival_by_sex(index, &cohort, outcome, &WATCHED_ON)
    } else {
        survival(index, &[("all".to_owned(), &cohort)], outcome, &WATCHED_ON)
    };
    result.suppressed(disclosure)
}

pub fn follow_cohort(call: &mut Call<'_>, input: FollowCohort) -> Result<CohortFollowUp, Problem> {
    let disclosure = on_screen(call)?;
    let (ran, outcome) = Ran::with_outcome(call, &input.of, &input.outcome_cohort_id)?;
    let by = StratifyBy { sex: input.by_sex, age: false, year: false };
    let survival = survived(&ran, &outcome.cohort(), input.by_sex, disclosure);
    let cohorts = (&ran.cohort(), &outcome.cohort());
    Ok(CohortFollowUp {
        incidence: incidence(ran.index(), cohorts, TimeAtRisk::default(), by, disclosure),
        outcome: outcome.name,
        figure: kaplan_meier::svg(&survival),
        survival,
        smallest_shown: narrow(disclosure),
    })
}

/// The figure's name, and its content.
fn figure(call: &Call<'_>, input: &SaveCohortFigure) -> Result<(&'static str, String), Problem> {
    let is_svg = input.format == CohortFigureFormat::Svg;
    Ok(match input.figure {
        CohortFigure::Attrition => {
            let ran = Ran::of(call, &input.of)?;
            let population = ran.index().patients() as u64;
            let steps = AttritionSteps::new(population, &ran.expression, &ran.result, Disclosure::FOR_OTHERS);
            ("attrition", if is_svg { attrition::svg(&steps) } else { attrition::csv(&steps) })
        }
        CohortFigure::Ages => {
            let ran = Ran::of(call, &input.of)?;
            let ages = age_and_sex(ran.index(), &ran.cohort(), Disclosure::FOR_OTHERS);
            ("ages", if is_svg { pyramid::svg(&ages) } else { pyramid::csv(&ages) })
        }
        CohortFigure::Survival => {
            let cohort_id = input.outcome_cohort_id.as_deref();
            let cohort_id =
                cohort_id.ok_or_else(|| Problem::at("outcome_cohort_id", Reason::CohortUnknown))?;
            let (ran, outcome) = Ran::with_outcome(call, &input.of, cohort_id)?;
            let result = survived(&ran, &outcome.cohort(), input.by_sex, Disclosure::FOR_OTHERS);
            ("survival", if is_svg { kaplan_meier::svg(&result) } else { kaplan_meier::csv(&result) })
        }
    })
}

pub fn save_cohort_figure(call: &mut Call<'_>, input: SaveCohortFigure) -> Result<HandedOut, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let (name, text) = figure(call, &input)?;
    let ending = if input.format == CohortFigureFormat::Svg { "svg" } else { "csv" };
    let file = file_name(&format!("cohort-{name}"), ending);
    Ok(HandedOut { file: write_new(&place.path, &file, text.as_bytes())? })
}

pub fn report_cohort(call: &mut Call<'_>, input: ReportCohort) -> Result<HandedOut, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let ran = Ran::of(call, &input.of)?;
    let names: BTreeMap<i64, String> = ran
        .clinic
        .concepts
        .iter()
        .map(|(id, concept)| (*id, format!("{} ({})", concept.title, concept.code)))
        .collect();
    let text = report::html(&ReportInput {
        index: ran.index(),
        definition: &ran.expression,
        result: &ran.result,
        name: input.name.trim(),
        concepts: &names,
        made_on: ran.today,
        disclosure: Disclosure::FOR_OTHERS,
    });
    Ok(HandedOut { file: write_new(&place.path, &file_name("cohort-report", "html"), text.as_bytes())? })
}

/// A name that no other file has: the moment stands in it.
fn file_name(what: &str, ending: &str) -> String {
    let stamp = rustcare_vault::vault::timestamp().replace([':', '.'], "-");
    format!("RustCare-{what}-{stamp}.{ending}")
}
