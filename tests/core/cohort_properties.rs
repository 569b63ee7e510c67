//! What holds for every cohort: the order of rows and the number of threads change nothing, parts add up, counts only fall.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::engine::{Attrition, CohortResult, Engine};
use rustcare_cohorts::index::Index;
use serde_json::json;

use crate::cohort_support::{definitions, omop};

/// Row of a table of events: person, concept, first day of 2020, days that it lasts.
pub type Event = (i64, i64, u16, u16);

/// Conditions 1 to 3 with descendants of 1, drugs 11 to 13.
#[derive(Clone, Debug)]
pub struct Tables {
    pub conditions: Vec<Event>,
    pub drugs: Vec<Event>,
}

pub const PERSONS: i64 = 12;

pub fn tables() -> impl Strategy<Value = Tables> {
    let events = |concepts: std::ops::RangeInclusive<i64>| {
        prop::collection::vec((1..=PERSONS, concepts, 0..300_u16, 0..40_u16), 0..80)
    };
    (events(1..=3), events(11..=13)).prop_map(|(conditions, drugs)| Tables { conditions, drugs })
}

fn date(day: u16) -> String {
    jiff::civil::date(2020, 1, 1).saturating_add(jiff::Span::new().days(i64::from(day))).to_string()
}

/// Writes the tables of the persons that `keep` keeps; `turned`: rows in the opposite order.
pub fn write(folder: &Path, tables: &Tables, keep: impl Fn(i64) -> bool, turned: bool) {
    let mut person = String::from("person_id,gender_concept_id,year_of_birth\n");
    let mut period = String::from(
        "observation_period_id,person_id,observation_period_start_date,observation_period_end_date\n",
    );
    for id in (1..=PERSONS).filter(|id| keep(*id)) {
        let _ = writeln!(person, "{id},{},{}", if id % 2 == 0 { 8507 } else { 8532 }, 1940 + 7 * id);
        let _ = writeln!(period, "{id},{id},{},{}", date(0), date(150 + 10 * id as u16));
    }
    let table = |name: &str, events: &[Event]| {
        let mut lines: Vec<String> = events
            .iter()
            .enumerate()
            .filter(|(_, event)| keep(event.0))
            .map(|(row, (id, concept, start, length))| {
                format!("{row},{id},{concept},{},{}", date(*start), date(start + length))
            })
            .collect();
        if turned {
            lines.reverse();
        }
        format!(
            "{name}_id,person_id,{0}_concept_id,{1}_start_date,{1}_end_date\n{2}\n",
            name.split('_').next().unwrap_or_default(),
            if name == "condition_occurrence" { "condition" } else { name },
            lines.join("\n"),
        )
    };
    let concepts = "concept_id,invalid_reason\n1,\n2,\n3,\n11,\n12,\n13,\n".to_owned();
    let ancestors = "ancestor_concept_id,descendant_concept_id\n1,1\n1,2\n11,11\n11,12\n".to_owned();
    for (name, text) in [
        ("person", person),
        ("observation_period", period),
        ("condition_occurrence", table("condition_occurrence", &tables.conditions)),
        ("drug_exposure", table("drug_exposure", &tables.drugs)),
        ("concept", concepts),
        ("concept_ancestor", ancestors),
    ] {
        fs::write(folder.join(format!("{name}.csv")), text).expect("written");
    }
}

fn concept_set(id: i32, concept: i64) -> serde_json::Value {
    json!({ "id": id, "name": "set", "expression": { "items": [{
        "concept": { "CONCEPT_ID": concept }, "isExcluded": false, "includeDescendants": true, "includeMapped": false
    }] } })
}

/// A definition with rules of every make: demographic, at least, none of, distinct, nested.
fn definition() -> CohortExpression {
    let window = |from: i32, to: i32| {
        json!({
            "Start": { "Days": from.abs(), "Coeff": from.signum() }, "End": { "Days": to.abs(), "Coeff": to.signum() },
            "UseEventEnd": false
        })
    };
    let correlated =
        |criterion: serde_json::Value, from: i32, to: i32, kind: i32, count: i32, distinct: bool| {
            json!({
                "Criteria": criterion, "StartWindow": window(from, to),
                "Occurrence": { "Type": kind, "Count": count, "IsDistinct": distinct },
            })
        };
    let rule = |kind: &str, criteria: Vec<serde_json::Value>, demographic: serde_json::Value| {
        json!({ "name": kind, "expression": {
            "Type": kind, "Count": 1, "CriteriaList": criteria, "DemographicCriteriaList": demographic, "Groups": []
        } })
    };
    let nested = json!({ "ConditionOccurrence": { "CodesetId": 0, "CorrelatedCriteria": {
        "Type": "ANY", "Groups": [], "DemographicCriteriaList": [],
        "CriteriaList": [correlated(json!({ "DrugExposure": {} }), -40, 20, 2, 1, false)],
    } } });
    let any_drug = json!({ "DrugExposure": { "CodesetId": 1 } });
    CohortExpression::from_value(json!({
        "ConceptSets": [concept_set(0, 1), concept_set(1, 11)],
        "PrimaryCriteria": {
            "CriteriaList": [{ "ConditionOccurrence": { "CodesetId": 0 } }, { "DrugExposure": { "First": true } }],
            "ObservationWindow": { "PriorDays": 5, "PostDays": 0 }, "PrimaryCriteriaLimit": { "Type": "All" }
        },
        "QualifiedLimit": { "Type": "All" }, "ExpressionLimit": { "Type": "All" },
        "InclusionRules": [
            rule("ALL", vec![], json!([{ "Age": { "Value": 30, "Op": "gte" } }])),
            rule("ANY", vec![
                correlated(any_drug.clone(), -30, 60, 2, 1, false),
                correlated(json!({ "ConditionOccurrence": {} }), -90, 90, 2, 2, true),
            ], json!([])),
            rule("AT_MOST", vec![
                correlated(any_drug, 1, 30, 0, 0, false),
                correlated(nested, -100, 100, 2, 1, false),
            ], json!([])),
        ],
        "EndStrategy": { "CustomEra": { "DrugCodesetId": 1, "GapDays": 10, "Offset": 2 } },
        "CensoringCriteria": [{ "ConditionOccurrence": { "CodesetId": 1 } }],
        "CollapseSettings": { "CollapseType": "ERA", "EraPad": 3 }, "CensorWindow": {}
    }))
    .expect("a definition")
}

fn run(tables: &Tables, keep: impl Fn(i64) -> bool, turned: bool) -> CohortResult {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), tables, keep, turned);
    let index = Index::from_omop(folder.path()).unwrap_or_else(|e| panic!("{e}"));
    Engine::new(Arc::new(index)).run(&definition()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn the_order_of_rows_changes_nothing_and_shards_add_up() {
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    runner
        .run(&tables(), |tables| {
            let whole = run(&tables, |_| true, false);
            prop_assert_eq!(&run(&tables, |_| true, true), &whole);
            let parts = [run(&tables, |id| id % 3 == 0, false), run(&tables, |id| id % 3 != 0, true)];
            let mut rows: Vec<_> = parts.iter().flat_map(|part| part.rows.clone()).collect();
            rows.sort_unstable();
            prop_assert_eq!(&rows, &whole.rows);
            let by_event = |r: &CohortResult| r.by_event.clone();
            let by_person = |r: &CohortResult| r.by_person.clone();
            for count in [by_event, by_person as fn(&CohortResult) -> Attrition] {
                let (one, other, all) = (count(&parts[0]), count(&parts[1]), count(&whole));
                prop_assert_eq!(one.total + other.total, all.total);
                prop_assert_eq!(one.included + other.included, all.included);
                for (rule, counts) in all.rules.iter().enumerate() {
                    prop_assert_eq!(one.rules[rule].met + other.rules[rule].met, counts.met);
                    let gained = one.rules[rule].all_but_this + other.rules[rule].all_but_this;
                    prop_assert_eq!(gained, counts.all_but_this);
                }
            }
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn more_rules_than_circe_can_number_are_all_tested() {
    let conditions = (1..=PERSONS).map(|person| (person, 2, 60, 3)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &Tables { conditions, drugs: Vec::new() }, |_| true, false);
    let engine = Engine::new(Arc::new(Index::from_omop(folder.path()).unwrap_or_else(|e| panic!("{e}"))));
    // Persons are 73, 66, … years old in 2020: rule n asks for n + 1 years or more, the last for 70.
    let rule = |age: i64| {
        json!({ "name": age.to_string(), "expression": {
            "Type": "ALL", "DemographicCriteriaList": [{ "Age": { "Value": age, "Op": "gte" } }]
        } })
    };
    let mut value = definition().to_value();
    value["InclusionRules"] = (1..=70).map(rule).collect();
    let expression = CohortExpression::from_value(value).unwrap_or_else(|e| panic!("{e}"));
    let result = engine.run(&expression).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((result.by_event.total, result.by_event.included, result.persons), (PERSONS as u64, 1, 1));
    for (position, counts) in result.by_person.rules.iter().enumerate() {
        let old_enough = (1..=PERSONS).filter(|person| 80 - 7 * person > position as i64).count() as u64;
        assert_eq!((counts.met, counts.remaining), (old_enough, old_enough), "rule {position}");
    }
    assert_eq!(result.by_person.rules[69].all_but_this, 0);
}

#[test]
fn counts_only_fall_and_threads_change_nothing() {
    let test = "counts_only_fall_and_threads_change_nothing";
    let (Some(data), Some(folder)) = (omop(test, "oracle20k"), omop(test, "phenotypes")) else { return };
    let index = Arc::new(Index::from_omop(&data).unwrap_or_else(|e| panic!("{e}")));
    let all: Vec<CohortExpression> = definitions(&folder)
        .into_iter()
        .map(|(_, value)| CohortExpression::from_value(value).unwrap_or_else(|e| panic!("{e}")))
        .collect();
    let with_threads = |threads: usize| -> Vec<CohortResult> {
        // One engine for all: what it remembers of one definition must not leak into another.
        let engine = Engine::new(Arc::clone(&index));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| all.iter().map(|one| engine.run(one).unwrap_or_else(|e| panic!("{e}"))).collect())
    };
    let alone = with_threads(1);
    assert!(alone == with_threads(5), "the number of threads changes a result");
    for (expression, result) in all.iter().zip(&alone).step_by(9) {
        let fresh = Engine::new(Arc::clone(&index)).run(expression).unwrap_or_else(|e| panic!("{e}"));
        assert!(fresh == *result, "what an engine remembers changes a result");
    }
    for result in &alone {
        for attrition in [&result.by_event, &result.by_person] {
            let mut before = attrition.total;
            for rule in &attrition.rules {
                assert!(rule.remaining <= before && rule.met <= attrition.total);
                assert!(attrition.included + rule.all_but_this <= attrition.total);
                before = rule.remaining;
            }
            assert_eq!(before, attrition.included);
        }
        assert!(result.by_person.total <= result.by_event.total);
    }
}

#[test]
fn an_index_is_read_as_it_was_written_and_damage_is_seen() {
    let test = "an_index_is_read_as_it_was_written_and_damage_is_seen";
    let Some(data) = omop(test, "gibleed") else { return };
    let index = Index::from_omop(&data).unwrap_or_else(|e| panic!("{e}"));
    // Half of its persons have periods and events and no row in the table of persons.
    assert_eq!((index.patients(), index.events()), (5_343, 335_242));
    assert_eq!(index.patients() - index.patients_without_a_person(), 2_694, "rows of `person`");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gibleed.index");
    index.write(&path).unwrap_or_else(|e| panic!("{e}"));
    let again = Index::read(&path).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(again.snapshot(), index.snapshot());
    let rows = |index: Index| Engine::new(Arc::new(index)).run(&definition()).map(|result| result.rows);
    assert_eq!(rows(again), rows(index));
    let mut bytes = fs::read(&path).expect("bytes");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).expect("written");
    assert!(Index::read(&path).expect_err("refused").to_string().ends_with("the index is damaged"));
    bytes.truncate(200);
    fs::write(&path, &bytes).expect("written");
    assert!(Index::read(&path).is_err());
}

#[test]
fn a_bad_value_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let tables = Tables { conditions: vec![(1, 1, 5, 5)], drugs: Vec::new() };
    write(folder.path(), &tables, |_| true, false);
    let spoil = |text: &str| {
        let heading = "CONDITION_OCCURRENCE_ID,PERSON_ID,CONDITION_CONCEPT_ID,CONDITION_START_DATE\n";
        fs::write(
            folder.path().join("condition_occurrence.csv"),
            format!("{heading}0,1,1,2020-02-01\n{text}\n"),
        )
        .expect("written");
        Index::from_omop(folder.path()).map(|index| index.events()).map_err(|e| e.to_string())
    };
    assert_eq!(spoil("1,1,1,2020-02-01 10:30:00"), Ok(2));
    let place = "condition_occurrence, row 2, column";
    assert_eq!(
        spoil("1,1,1,soon"),
        Err(format!("{place} condition_start_date: what stands there is no date"))
    );
    assert_eq!(spoil("1,1,1,"), Err(format!("{place} condition_start_date: a date is needed")));
    assert_eq!(
        spoil("1,1,flu,2020-02-01"),
        Err(format!("{place} condition_concept_id: what stands there is no whole number"))
    );
    assert_eq!(spoil("1,,1,2020-02-01"), Err(format!("{place} person_id: a value is needed")));
    fs::remove_file(folder.path().join("person.csv")).expect("removed");
    assert!(spoil("").is_err());
}
