//! What the people of a cohort are like, how many there are of whom and when, who is in several cohorts, what follows.

use std::collections::BTreeSet;

use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::figure::table_one::{self, ConceptNames};
use rustcare_cohorts::figure::{kaplan_meier, overlap as overlap_figure, prevalence, pyramid, strata};
use rustcare_cohorts::review::{
    Categories, Characteristic, Cohort, FollowUp, IndexEvents, Overlap, TableOne, age_and_sex, index_events,
    overlap, prevalence_by_year, stratified,
};
use rustcare_model::reason::Reason;

use super::clinic_cache::ClinicCohorts;
use super::count::narrow;
use super::on_screen;
use super::run::Ran;
use crate::choke_point::Call;
use crate::contract::cohort_definitions::CountCohort;
use crate::contract::cohort_review::{
    CohortFollowUp, CohortOverlap, CohortReview, CohortStrata, ConceptName, FollowCohort, OverlapCohorts,
    ReviewCohort, StratifyCohort,
};
use crate::problem::Problem;

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
    let ran = Ran::of(call, &input.of)?;
    let of_role = on_screen(call)?;
    let disclosure = ran.shown(of_role);
    let (index, cohort) = (ran.index(), ran.cohort());
    let (table, given) = (ran.table_one(disclosure), ran.names());
    let language = input.language;
    let names = ConceptNames { given: &given, definition: &ran.expression, language };
    let is_comparable = !table_one::ratios(&table, names).is_empty();
    let entries = index_events(index, &cohort, &ran.expression, disclosure);
    Ok(CohortReview {
        ratios: is_comparable.then(|| table_one::drawing(&table, names).svg()),
        names: concept_names(&table, &entries, &ran.clinic),
        ages: pyramid::drawing(&age_and_sex(&stratified(index, &cohort, disclosure)), language).svg(),
        table,
        entries,
        smallest_shown: narrow(of_role),
    })
}

/// What follows in a cohort until another one.
pub(super) fn followed(ran: &Ran, outcome: &Ran, by_sex: bool, disclosure: Disclosure) -> FollowUp {
    let disclosure = ran.shown(disclosure);
    FollowUp::new(ran.index(), &ran.cohort(), (&outcome.name, &outcome.cohort()), by_sex, disclosure)
}

pub fn follow_cohort(call: &mut Call<'_>, input: FollowCohort) -> Result<CohortFollowUp, Problem> {
    let disclosure = on_screen(call)?;
    let (ran, outcome) = Ran::with_outcome(call, &input.of, &input.outcome_cohort_id)?;
    let FollowUp { outcome, incidence, survival } = followed(&ran, &outcome, input.by_sex, disclosure);
    Ok(CohortFollowUp {
        outcome,
        incidence,
        figure: kaplan_meier::drawing(&survival, input.language).svg(),
        survival,
        smallest_shown: narrow(disclosure),
    })
}

pub fn stratify_cohort(call: &mut Call<'_>, input: StratifyCohort) -> Result<CohortStrata, Problem> {
    let ran = Ran::of(call, &input.of)?;
    let of_role = on_screen(call)?;
    let disclosure = ran.shown(of_role);
    let (index, cohort) = (ran.index(), ran.cohort());
    let strata = stratified(index, &cohort, disclosure);
    let prevalence = prevalence_by_year(index, &cohort, disclosure);
    Ok(CohortStrata {
        years: strata::drawing(&strata, input.language).svg(),
        strata,
        shares: prevalence::drawing(&prevalence, input.language).svg(),
        prevalence,
        smallest_shown: narrow(of_role),
    })
}

/// Cohorts laid over each other.
pub(super) struct Overlapping {
    /// What they were saved as; empty of one that is being built.
    pub names: Vec<String>,
    pub overlap: Overlap,
}

pub(super) fn overlapping(
    call: &Call<'_>,
    of: &CountCohort,
    other_cohort_ids: &[String],
    disclosure: Disclosure,
) -> Result<Overlapping, Problem> {
    let (ran, others) = Ran::with_others(call, of, other_cohort_ids)?;
    let all: Vec<&Ran> = std::iter::once(&ran).chain(&others).collect();
    let cohorts: Vec<Cohort> = all.iter().map(|ran| ran.cohort()).collect();
    let disclosure = all.iter().fold(disclosure, |disclosure, ran| ran.shown(disclosure));
    let overlap = overlap(&cohorts.iter().collect::<Vec<_>>(), disclosure);
    let overlap = overlap
        .map_err(|error| Problem::at("other_cohort_ids", Reason::ValueLength).because(error.to_string()))?;
    Ok(Overlapping { names: all.iter().map(|ran| ran.name.clone()).collect(), overlap })
}

pub fn overlap_cohorts(call: &mut Call<'_>, input: OverlapCohorts) -> Result<CohortOverlap, Problem> {
    let disclosure = on_screen(call)?;
    let of = overlapping(call, &input.of, &input.other_cohort_ids, disclosure)?;
    Ok(CohortOverlap {
        figure: overlap_figure::drawing(&of.overlap, &of.names, input.language).svg(),
        names: of.names,
        overlap: of.overlap,
        smallest_shown: narrow(disclosure),
    })
}
