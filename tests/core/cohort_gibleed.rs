//! Eunomia GiBleed against DuckDB: `tests/oracle/gibleed.py` wrote what its SQL counts.

use std::collections::BTreeMap;

use jiff::civil::date;
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::engine::CohortRow;
use rustcare_cohorts::index::Index;
use rustcare_cohorts::population::by_primary_diagnosis;
use rustcare_cohorts::review::{
    Cohort, StratifyBy, TableOneOptions, TimeAtRisk, incidence, survival_by_sex, table_one,
};
use serde_json::Value;

use crate::cohort_support::omop;

fn counted(name: &str) -> Vec<Vec<i64>> {
    let all: Value = serde_json::from_str(include_str!("../data/gibleed.json")).expect("JSON");
    serde_json::from_value(all[name].clone()).expect("rows of numbers")
}

fn count(value: i64) -> u64 {
    u64::try_from(value).expect("a count")
}

fn row(person_id: i64, start: i64, end: i64) -> CohortRow {
    let day = |days: i64| date(1970, 1, 1).saturating_add(jiff::Span::new().days(days));
    CohortRow { person_id, start_date: day(start), end_date: day(end) }
}

#[test]
fn the_breakdown_of_gibleed_is_that_of_duckdb() {
    let Some(folder) = omop("the_breakdown_of_gibleed_is_that_of_duckdb", "gibleed") else { return };
    let index = Index::from_omop(&folder).unwrap_or_else(|e| panic!("{e}"));
    let ours: BTreeMap<i64, [i64; 4]> = by_primary_diagnosis(&index)
        .into_iter()
        .map(|group| {
            let numbers = [group.patients as i64, group.events as i64, group.age_sum, group.female as i64];
            (group.concept_id, numbers)
        })
        .collect();
    let theirs: BTreeMap<i64, [i64; 4]> =
        counted("breakdown").into_iter().map(|own| (own[0], [own[1], own[2], own[3], own[4]])).collect();
    assert_eq!(ours, theirs);
    assert!(theirs.len() == 80, "the data would prove nothing");
}

#[test]
fn incidence_survival_and_conditions_of_gibleed_are_those_of_duckdb() {
    let test = "incidence_survival_and_conditions_of_gibleed_are_those_of_duckdb";
    let Some(folder) = omop(test, "gibleed") else { return };
    let index = Index::from_omop(&folder).unwrap_or_else(|e| panic!("{e}"));
    let target: Vec<CohortRow> = counted("target").iter().map(|own| row(own[0], own[1], own[2])).collect();
    let outcome: Vec<CohortRow> = counted("outcome").iter().map(|own| row(own[0], own[1], own[1])).collect();
    let (target, outcome) = (Cohort::new(&index, &target), Cohort::new(&index, &outcome));
    let by = StratifyBy { sex: true, ..StratifyBy::default() };
    let found = incidence(&index, (&target, &outcome), TimeAtRisk::default(), by, Disclosure::EVERYTHING);
    let expected = counted("incidence");
    assert_eq!(found.strata.len(), expected.len());
    for (ours, theirs) in found.strata.iter().zip(&expected) {
        assert_eq!(ours.stratum.sex_concept_id, Some(theirs[0]));
        let numbers = [ours.spans, ours.cases, ours.person_days];
        assert_eq!(numbers, [theirs[1], theirs[2], theirs[3]].map(|number| Some(count(number))));
    }
    // Men first there, women first here.
    let curves = survival_by_sex(&index, &target, &outcome, &[0]).curves;
    for (curve, theirs) in curves.iter().zip(expected.iter().rev()) {
        assert_eq!((curve.estimate.people, curve.estimate.events), (count(theirs[1]), count(theirs[2])));
    }
    let options = TableOneOptions { most: 1_000, ..TableOneOptions::default() };
    let table = table_one(&index, &target, None, options, Disclosure::EVERYTHING);
    let before: BTreeMap<i64, Option<u64>> =
        table.events[0].concepts.iter().map(|one| (one.concept_id, one.in_cohort.count)).collect();
    let theirs: BTreeMap<i64, Option<u64>> =
        counted("conditions_before").into_iter().map(|own| (own[0], Some(count(own[1])))).collect();
    assert_eq!(before, theirs);
}
