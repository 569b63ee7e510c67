//! Reviews of cohorts against counts made here person by person, the plain way.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::engine::CohortRow;
use rustcare_cohorts::index::Index;
use rustcare_cohorts::review::{
    Cohort, CurveOf, RiskEnd, StratifyBy, TableOneOptions, TimeAtRisk, incidence, index_events, survival,
    survival_by_sex, table_one,
};
use rustcare_cohorts::statistics::{Confidence, KaplanMeier, Survived};
use serde_json::json;

use crate::cohort_properties::{PERSONS, Tables, tables, write};

/// Row of a cohort: person, first day of 2020, days that it lasts.
pub type Row = (i64, u16, u16);

pub fn day(number: i32) -> Date {
    date(2020, 1, 1).saturating_add(jiff::Span::new().days(number))
}

pub fn last_day(person: i64) -> i32 {
    150 + 10 * person as i32
}

pub fn sex(person: i64) -> i64 {
    if person % 2 == 0 { 8507 } else { 8532 }
}

pub fn age_band(person: i64, start: i32) -> i32 {
    let year = if start < 366 { 2020 } else { 2021 };
    (year - (1940 + 7 * person as i32)).div_euclid(10) * 10
}

/// Rows that lie within observation, as an engine's do.
pub fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((1..=PERSONS, 0..150_u16, 0..120_u16), 0..25)
}

pub fn cohort_rows(rows: &[Row], keep: impl Fn(i64) -> bool) -> Vec<CohortRow> {
    let row = |(person, start, length): &Row| {
        let end = (i32::from(*start) + i32::from(*length)).min(last_day(*person));
        CohortRow { person_id: *person, start_date: day(i32::from(*start)), end_date: day(end) }
    };
    rows.iter().filter(|row| keep(row.0)).map(row).collect()
}

/// Spans by person and first day: person, start, end.
pub fn spans(rows: &[Row]) -> Vec<(i64, i32, i32)> {
    let mut spans: Vec<(i64, i32, i32)> = rows
        .iter()
        .map(|(person, start, length)| {
            (*person, i32::from(*start), (i32::from(*start) + i32::from(*length)).min(last_day(*person)))
        })
        .collect();
    spans.sort_unstable();
    spans
}

pub fn entries(rows: &[Row]) -> BTreeMap<i64, (i32, i32)> {
    let mut first = BTreeMap::new();
    for (person, start, end) in spans(rows) {
        first.entry(person).or_insert((start, end));
    }
    first
}

pub fn index_of(tables: &Tables, keep: impl Fn(i64) -> bool, turned: bool) -> Index {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), tables, keep, turned);
    Index::from_omop(folder.path()).unwrap_or_else(|e| panic!("{e}"))
}

pub fn check<S: Strategy>(strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&strategy, test).unwrap_or_else(|e| panic!("{e}"));
}

/// The meaning of WebAPI's analysis, person by person: (person, start) to days at risk and whether a case.
fn followed(target: &[Row], outcome: &[Row], offsets: (i32, i32)) -> Vec<(i64, i32, u32, bool)> {
    let outcomes = entries(outcome);
    let mut found = Vec::new();
    for (person, start, end) in spans(target) {
        let (from, to) = (start + offsets.0, end + offsets.1);
        let came = outcomes.get(&person).map(|(day, _)| *day);
        let is_observed = (0..=last_day(person)).contains(&from);
        if from >= to || !is_observed || came.is_some_and(|came| came <= from) {
            continue;
        }
        let stop = to.min(last_day(person));
        let is_case = came.is_some_and(|came| came <= stop);
        let until = came.filter(|_| is_case).unwrap_or(stop);
        found.push((person, start, u32::try_from(until - from).expect("days"), is_case));
    }
    found
}

#[test]
fn incidence_is_that_of_following_each_span_by_hand_and_shards_add_up() {
    check((tables(), rows(), rows(), -20..20_i32, -20..60_i32), |(tables, target, outcome, from, to)| {
        let risk = TimeAtRisk {
            start_from: RiskEnd::Start,
            start_offset_days: from,
            end_from: RiskEnd::End,
            end_offset_days: to,
        };
        let by = StratifyBy { sex: true, age: true, year: false };
        let run = |keep: &dyn Fn(i64) -> bool, turned: bool| {
            let index = index_of(&tables, keep, turned);
            let mut of_target = cohort_rows(&target, keep);
            if turned {
                of_target.reverse();
            }
            let target = Cohort::new(&index, &of_target);
            let outcome = Cohort::new(&index, &cohort_rows(&outcome, keep));
            incidence(&index, (&target, &outcome), risk, by, Disclosure::EVERYTHING)
        };
        let found = run(&|_| true, false);
        let mut expected: BTreeMap<(i64, i32), (u64, u64, u64)> = BTreeMap::new();
        for (person, start, days, is_case) in followed(&target, &outcome, (from, to)) {
            let sum = expected.entry((sex(person), age_band(person, start))).or_default();
            *sum = (sum.0 + 1, sum.1 + u64::from(is_case), sum.2 + u64::from(days));
        }
        let sums = |found: &rustcare_cohorts::review::Incidence| {
            let of = |one: &rustcare_cohorts::review::IncidenceStratum| {
                let stratum =
                    (one.stratum.sex_concept_id.expect("a sex"), one.stratum.age_from.expect("an age"));
                (
                    stratum,
                    (one.spans.expect("shown"), one.cases.expect("shown"), one.person_days.expect("shown")),
                )
            };
            found.strata.iter().map(of).collect::<BTreeMap<_, _>>()
        };
        prop_assert_eq!(sums(&found), expected.clone());
        let cases: u64 = expected.values().map(|sum| sum.1).sum();
        let days: u64 = expected.values().map(|sum| sum.2).sum();
        prop_assert_eq!((found.total.cases, found.total.person_days), (Some(cases), Some(days)));
        if let Some(rate) = found.total.rate_per_1000_years {
            prop_assert!((rate.estimate - cases as f64 * 1_000.0 * 365.25 / days as f64).abs() < 1e-6);
            prop_assert!(rate.lower <= rate.estimate && rate.estimate <= rate.upper);
        }
        prop_assert_eq!(&run(&|_| true, true), &found);
        // Others see no few spans, cases or spans without one, nor the difference of what they see to the total.
        let disclosure = Disclosure::from(3);
        let index = index_of(&tables, |_| true, false);
        let of = |rows: &[Row]| Cohort::new(&index, &cohort_rows(rows, |_| true));
        let seen = incidence(&index, (&of(&target), &of(&outcome)), risk, by, disclosure);
        let shown: Vec<(u64, u64)> = seen.strata.iter().filter_map(|one| one.spans.zip(one.cases)).collect();
        for (spans, cases) in seen.total.spans.zip(seen.total.cases).iter().chain(&shown) {
            prop_assert!(![*spans, *cases, spans - cases].iter().any(|count| disclosure.is_small(*count)));
        }
        if let (Some(spans), Some(cases)) = (seen.total.spans, seen.total.cases) {
            let sum = shown.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            prop_assert!(
                !disclosure.is_small(spans - sum.0) && !disclosure.is_small(cases - sum.1),
                "{seen:?}"
            );
        }
        let mut together = sums(&run(&|person| person % 3 == 0, false));
        for (stratum, sum) in sums(&run(&|person| person % 3 != 0, false)) {
            let whole = together.entry(stratum).or_default();
            *whole = (whole.0 + sum.0, whole.1 + sum.1, whole.2 + sum.2);
        }
        prop_assert_eq!(together, expected);
        Ok(())
    });
}

#[test]
fn survival_is_that_of_the_times_found_by_hand() {
    check((tables(), rows(), rows()), |(tables, target, outcome)| {
        let index = index_of(&tables, |_| true, false);
        let of_target = Cohort::new(&index, &cohort_rows(&target, |_| true));
        let of_outcome = Cohort::new(&index, &cohort_rows(&outcome, |_| true));
        let first: Vec<Row> = entries(&target)
            .into_iter()
            .map(|(person, (start, end))| (person, start as u16, (end - start) as u16))
            .collect();
        let times: Vec<(i64, Survived)> = followed(&first, &outcome, (0, 0))
            .into_iter()
            .map(|(person, _, days, is_event)| (person, Survived { days, is_event }))
            .collect();
        let of = |keep: &dyn Fn(i64) -> bool| {
            let own: Vec<Survived> =
                times.iter().filter(|(person, _)| keep(*person)).map(|(_, one)| *one).collect();
            KaplanMeier::new(&own, Confidence::NINETY_FIVE)
        };
        let found = survival(&index, &[(CurveOf::All, &of_target)], &of_outcome, &[0, 30, 90]);
        prop_assert_eq!(&found.curves[0].estimate, &of(&|_| true));
        let at_risk = |days: u32| Some(times.iter().filter(|(_, one)| one.days >= days).count() as u64);
        prop_assert_eq!(&found.curves[0].at_risk, &[0, 30, 90].map(at_risk));
        prop_assert!(found.log_rank.is_none());
        let by_sex = survival_by_sex(&index, &of_target, &of_outcome, &[30]);
        prop_assert_eq!(&by_sex.curves[0].estimate, &of(&|person| person % 2 == 1));
        prop_assert_eq!(&by_sex.curves[1].estimate, &of(&|person| person % 2 == 0));
        // What is shown to others says nothing of few people.
        let disclosure = Disclosure::from(4);
        for curve in by_sex.suppressed(disclosure).curves {
            for point in curve.estimate.points {
                prop_assert!(
                    ![point.at_risk, point.events, point.censored].iter().any(|n| disclosure.is_small(*n))
                );
            }
        }
        Ok(())
    });
}

/// Persons with a condition in the days before their entry, by concept.
fn before(tables: &Tables, entries: &BTreeMap<i64, (i32, i32)>, days: i32) -> BTreeMap<i64, u64> {
    let mut persons: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for (person, concept, start, _) in &tables.conditions {
        let Some((entry, _)) = entries.get(person) else { continue };
        if (1..=days).contains(&(entry - i32::from(*start))) {
            persons.entry(*concept).or_default().insert(*person);
        }
    }
    persons.into_iter().map(|(concept, own)| (concept, own.len() as u64)).collect()
}

#[test]
fn table_one_is_that_counted_by_hand_and_the_rest_is_everybody_else() {
    check((tables(), rows()), |(tables, rows)| {
        let index = index_of(&tables, |_| true, false);
        let cohort = Cohort::new(&index, &cohort_rows(&rows, |_| true));
        let rest = cohort.rest(&index);
        let own = entries(&rows);
        let mut days: Vec<i32> = own.values().map(|(start, _)| *start).collect();
        days.sort_unstable();
        let middle = days.get(days.len().saturating_sub(1) / 2).copied();
        let others: BTreeMap<i64, (i32, i32)> = (1..=PERSONS)
            .filter(|person| !own.contains_key(person))
            .filter_map(|person| Some((person, (middle?, last_day(person)))))
            .filter(|(person, (start, _))| *start <= last_day(*person))
            .collect();
        prop_assert_eq!(rest.persons(), others.len() as u64);
        let options = TableOneOptions { days_before: 60, most: 10 };
        let found = table_one(&index, &cohort, Some(&rest), options, Disclosure::EVERYTHING);
        prop_assert_eq!(
            (found.persons, found.other_persons),
            (Some(own.len() as u64), Some(others.len() as u64))
        );
        let ages: Vec<f64> = own.keys().map(|person| f64::from(2020 - (1940 + 7 * *person as i32))).collect();
        if let Some(mean) = found.age.mean {
            prop_assert!((mean - ages.iter().sum::<f64>() / ages.len() as f64).abs() < 1e-9);
        }
        let counts = |of: &BTreeMap<i64, (i32, i32)>, wanted: i64| {
            of.keys().filter(|p| sex(**p) == wanted).count() as u64
        };
        for value in &found.sex.values {
            prop_assert_eq!(value.in_cohort.count, Some(counts(&own, value.concept_id)));
            prop_assert_eq!(value.in_other.expect("another").count, Some(counts(&others, value.concept_id)));
        }
        let (here, there) = (before(&tables, &own, 60), before(&tables, &others, 60));
        let listed = &found.events[0].concepts;
        prop_assert_eq!(listed.len(), here.len());
        prop_assert!(listed.is_sorted_by(|a, b| a.in_cohort.count >= b.in_cohort.count));
        for one in listed {
            prop_assert_eq!(one.in_cohort.count, here.get(&one.concept_id).copied());
            let other = there.get(&one.concept_id).copied().unwrap_or(0);
            prop_assert_eq!(one.in_other.expect("another").count, Some(other));
        }
        // Another order of rows is the same table.
        let turned = index_of(&tables, |_| true, true);
        let again = Cohort::new(&turned, &cohort_rows(&rows, |_| true));
        let rest = again.rest(&turned);
        prop_assert_eq!(table_one(&turned, &again, Some(&rest), options, Disclosure::EVERYTHING), found);
        // Few people have no table.
        let hidden = table_one(&index, &cohort, None, options, Disclosure::from(30));
        prop_assert!(hidden.persons.unwrap_or(0) == 0 && hidden.age.mean.is_none());
        prop_assert!(hidden.events.iter().all(|events| events.concepts.is_empty()));
        Ok(())
    });
}

#[test]
fn entry_events_are_those_that_begin_on_the_day_of_entry() {
    let definition = CohortExpression::from_value(json!({
        "ConceptSets": [{ "id": 0, "name": "set", "expression": { "items": [{
            "concept": { "CONCEPT_ID": 1 }, "isExcluded": false, "includeDescendants": true, "includeMapped": false
        }] } }],
        "PrimaryCriteria": {
            "CriteriaList": [{ "ConditionOccurrence": { "CodesetId": 0 } }, { "DrugExposure": {} }],
            "ObservationWindow": { "PriorDays": 0, "PostDays": 0 }, "PrimaryCriteriaLimit": { "Type": "All" }
        },
        "InclusionRules": [], "CensoringCriteria": [], "QualifiedLimit": { "Type": "All" },
        "ExpressionLimit": { "Type": "All" }, "CollapseSettings": { "CollapseType": "ERA", "EraPad": 0 }
    }))
    .expect("a definition");
    check((tables(), rows()), |(tables, rows)| {
        let index = index_of(&tables, |_| true, false);
        let mut rows = rows;
        rows.sort_unstable();
        rows.dedup_by_key(|row| (row.0, row.1));
        let cohort = Cohort::new(&index, &cohort_rows(&rows, |_| true));
        let found = index_events(&index, &cohort, &definition, Disclosure::EVERYTHING);
        let events =
            tables.conditions.iter().filter(|event| event.1 <= 2).map(|event| ("ConditionOccurrence", event));
        let events: Vec<_> = events.chain(tables.drugs.iter().map(|event| ("DrugExposure", event))).collect();
        let mut expected: BTreeMap<(&str, i64), BTreeSet<(i64, u16)>> = BTreeMap::new();
        for (kind, (person, concept, start, _)) in &events {
            if rows.iter().any(|row| (row.0, row.1) == (*person, *start)) {
                expected.entry((kind, *concept)).or_default().insert((*person, *start));
            }
        }
        prop_assert_eq!(found.concepts.len(), expected.len());
        for one in &found.concepts {
            let own = &expected[&(one.kind.as_str(), one.concept_id)];
            let persons: BTreeSet<i64> = own.iter().map(|(person, _)| *person).collect();
            prop_assert_eq!((one.entries, one.persons), (Some(own.len() as u64), Some(persons.len() as u64)));
        }
        let with: BTreeSet<(i64, u16)> = expected.into_values().flatten().collect();
        prop_assert_eq!(found.without_event, Some((rows.len() - with.len()) as u64));
        Ok(())
    });
}
