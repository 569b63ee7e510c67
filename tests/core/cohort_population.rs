//! Questions about the whole population against counts made here row by row, the plain way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rustcare_cohorts::definition::{Comparison, CriterionKind};
use rustcare_cohorts::index::Index;
use rustcare_cohorts::population::{
    FirstEvents, IncidentRule, PersonTime, RepeatedValue, by_primary_diagnosis, incident, person_time,
    prior_conditions, repeated_value, with_event_between,
};

use crate::cohort_properties::{PERSONS, Tables, tables, write};

const CONDITION: CriterionKind = CriterionKind::ConditionOccurrence;
/// 2020-01-01 in days since 1970-01-01.
const NEW_YEAR: i32 = 18_262;

fn index_of(tables: &Tables) -> Index {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), tables, |_| true, false);
    Index::from_omop(folder.path()).unwrap_or_else(|e| panic!("{e}"))
}

/// First day of concept 1 or 2 by person, from 2020-01-01.
fn first_days(tables: &Tables) -> BTreeMap<i64, i32> {
    let mut first = BTreeMap::new();
    for (person, _, day, _) in tables.conditions.iter().filter(|event| event.1 <= 2) {
        let day = i32::from(*day);
        first.entry(*person).and_modify(|known: &mut i32| *known = day.min(*known)).or_insert(day);
    }
    first
}

fn born(person: i64) -> i32 {
    1940 + 7 * person as i32
}

fn last_day(person: i64) -> i32 {
    150 + 10 * person as i32
}

#[test]
fn first_events_and_what_lies_around_them_are_those_counted_one_by_one() {
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    runner
        .run(&tables(), |tables| {
            let index = index_of(&tables);
            let first = first_days(&tables);
            let rule = IncidentRule { least_age: 30, prior_days: 5 };
            let cohort = incident(&index, CONDITION, &[1, 2], rule);
            let expected: Vec<(i64, i32)> = first
                .iter()
                .map(|(person, day)| (*person, *day))
                .filter(|(person, day)| 2020 - born(*person) >= 30 && *day >= 5 && *day <= last_day(*person))
                .collect();
            let found: Vec<(i64, i32)> = cohort
                .iter()
                .map(|(patient, day)| (index.person_id(*patient).expect("a person"), day - NEW_YEAR))
                .collect();
            prop_assert_eq!(&found, &expected);
            let treated =
                with_event_between(&index, CriterionKind::DrugExposure, &[11, 12], &cohort, (-20, 60));
            let expected: Vec<bool> = expected
                .iter()
                .map(|(person, day)| {
                    let within = |drug: &&(i64, i64, u16, u16)| {
                        (day - 20..=day + 60).contains(&i32::from(drug.2)) && drug.1 <= 12
                    };
                    tables.drugs.iter().filter(|drug| drug.0 == *person).any(|drug| within(&drug))
                })
                .collect();
            prop_assert_eq!(treated, expected);
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn scans_and_person_time_are_those_counted_one_by_one() {
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    runner
        .run(&tables(), |tables| {
            let index = index_of(&tables);
            let first = first_days(&tables);
            for group in by_primary_diagnosis(&index) {
                let own: Vec<_> = tables.conditions.iter().filter(|e| e.1 == group.concept_id).collect();
                let persons: BTreeSet<i64> = own.iter().map(|event| event.0).collect();
                let ages: i64 = own.iter().map(|event| i64::from(2020 - born(event.0))).sum();
                let women = own.iter().filter(|event| event.0 % 2 == 1).count() as u64;
                prop_assert_eq!(
                    (group.patients, group.events, group.age_sum, group.female),
                    (persons.len() as u64, own.len() as u64, ages, women)
                );
            }
            let known = FirstEvents::new(&index, CONDITION, &[1, 2]);
            for contrast in prior_conditions(&index, &known, NEW_YEAR + 200, 90) {
                let with = |is_case: bool| {
                    let reference = |person: i64| first.get(&person).copied().unwrap_or(200);
                    let is_before = |event: &&(i64, i64, u16, u16)| {
                        let before = reference(event.0) - i32::from(event.2);
                        event.1 == contrast.concept_id
                            && (1..=90).contains(&before)
                            && first.contains_key(&event.0) == is_case
                    };
                    let persons = tables.conditions.iter().filter(is_before).map(|event| event.0);
                    persons.collect::<BTreeSet<i64>>().len() as u64
                };
                prop_assert_eq!((contrast.cases, contrast.others), (with(true), with(false)));
            }
            let mut expected: BTreeMap<(i64, i32, i32), PersonTime> = BTreeMap::new();
            for person in 1..=PERSONS {
                let sex = if person % 2 == 0 { 8507 } else { 8532 };
                for day in 0..=last_day(person).min(first.get(&person).copied().unwrap_or(i32::MAX)) {
                    let year = if day < 366 { 2020 } else { 2021 };
                    let stratum = (sex, (year - born(person)).div_euclid(10), year);
                    let count = expected.entry(stratum).or_default();
                    count.days += 1;
                    count.events += u64::from(first.get(&person) == Some(&day));
                }
            }
            prop_assert_eq!(person_time(&index, CONDITION, &[1, 2], 2015..2023), expected);
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_low_value_counts_when_it_comes_again_in_time_and_in_its_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &Tables { conditions: Vec::new(), drugs: Vec::new() }, |_| true, false);
    let mut text = String::from(
        "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id\n",
    );
    let rows = [
        // Low twice, 100 days apart.
        (1, "2020-01-01", "55.5", 9117),
        (1, "2020-04-10", "59.99", 9117),
        // Too near, then too far.
        (2, "2020-01-01", "40", 9117),
        (2, "2020-03-01", "40", 9117),
        (2, "2021-06-01", "40", 9117),
        // The second in another unit.
        (3, "2020-01-01", "40", 9117),
        (3, "2020-05-01", "40", 1),
        // The second on the bound, and one without a value.
        (4, "2020-01-01", "40", 9117),
        (4, "2020-05-01", "60", 9117),
        (4, "2020-06-01", "", 9117),
        // On the last day that counts.
        (5, "2020-01-01", "1", 9117),
        (5, "2020-12-31", "2", 9117),
    ];
    for (row, (person, day, value, unit)) in rows.iter().enumerate() {
        text += &format!("{row},{person},7,{day},{value},{unit}\n");
    }
    fs::write(folder.path().join("measurement.csv"), text).expect("written");
    let index = Index::from_omop(folder.path()).unwrap_or_else(|e| panic!("{e}"));
    let low = RepeatedValue {
        concept_id: 7,
        unit_concept_id: 9117,
        comparison: Comparison::Less,
        bound: 60.0,
        apart: (90, 365),
    };
    assert_eq!(repeated_value(&index, &low), 2);
}
