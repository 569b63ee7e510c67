//! The generation tests that OHDSI circe-be publishes (`CohortGeneration_5_0_0_Test`), on tables written as CSV.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::engine::{CohortResult, Engine};
use rustcare_cohorts::index::Index;
use serde_json::{Value, json};

use crate::cohort_support::omop;

/// Writes tables, a list of objects each, as CSV.
fn write_tables(folder: &Path, tables: &Value) {
    for (name, rows) in tables.as_object().expect("tables") {
        let rows = rows.as_array().expect("rows");
        let columns: BTreeSet<&String> =
            rows.iter().flat_map(|row| row.as_object().expect("row").keys()).collect();
        let cell = |row: &Value, column: &str| match &row[column] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let name = name.trim_start_matches("cdm.");
        let mut file = csv::Writer::from_path(folder.join(format!("{name}.csv"))).expect("a file");
        file.write_record(&columns).expect("a heading");
        for row in rows {
            file.write_record(columns.iter().map(|column| cell(row, column))).expect("a row");
        }
        file.flush().expect("written");
    }
}

fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by_key(Value::to_string);
    rows
}

fn cohort_rows(id: i64, result: &CohortResult) -> Vec<Value> {
    let row = |row: &rustcare_cohorts::engine::CohortRow| {
        serde_json::json!({
            "cohort_definition_id": id, "subject_id": row.person_id,
            "cohort_start_date": row.start_date.to_string(), "cohort_end_date": row.end_date.to_string(),
        })
    };
    result.rows.iter().map(row).collect()
}

fn inclusion_rows(id: i64, result: &CohortResult) -> Vec<Value> {
    let mut rows = Vec::new();
    for (mode, attrition) in [(0, &result.by_event), (1, &result.by_person)] {
        for (mask, count) in &attrition.by_mask {
            rows.push(serde_json::json!({
                "cohort_definition_id": id, "mode_id": mode, "inclusion_rule_mask": mask[0], "person_count": count,
            }));
        }
    }
    rows
}

#[test]
fn every_generation_test_of_circe_gives_the_published_rows() {
    let test = "every_generation_test_of_circe_gives_the_published_rows";
    let Some(folder) = omop(test, "circe_suite") else { return };
    let read = |path: &Path| -> Value {
        serde_json::from_str(&fs::read_to_string(path).expect("a text")).expect("JSON")
    };
    let vocabulary = read(&folder.join("vocabulary.json"));
    let mut cases = 0;
    for entry in fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.file_name().is_some_and(|name| name == "vocabulary.json") {
            continue;
        }
        let case = read(&path);
        let name = case["name"].as_str().expect("a name");
        let tables = tempfile::tempdir().expect("a folder");
        write_tables(tables.path(), &vocabulary);
        write_tables(tables.path(), &case["tables"]);
        let index = Index::from_omop(tables.path()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let engine = Engine::new(Arc::new(index));
        let (mut cohort, mut inclusion, mut censored) = (Vec::new(), Vec::new(), Vec::new());
        for definition in case["definitions"].as_array().expect("definitions") {
            let id = definition["cohort_definition_id"].as_i64().expect("an id");
            // One definition of the suite enters by insurance plans, which are not run: circe's own rows are no answer of ours.
            let expression = CohortExpression::from_value(definition["expression"].clone())
                .unwrap_or_else(|e| panic!("{name} {id}: {e}"));
            let result = match engine.run(&expression) {
                Ok(result) => result,
                Err(error) => {
                    assert!(
                        error.to_string().ends_with("PayerPlanPeriod cannot be run"),
                        "{name} {id}: {error}"
                    );
                    cohort.extend(rows_of(&case["expected"], "cohort", id));
                    continue;
                }
            };
            cohort.extend(cohort_rows(id, &result));
            inclusion.extend(inclusion_rows(id, &result));
            censored.push(serde_json::json!({
                "cohort_definition_id": id, "lost_count": result.lost_to_censor_window,
            }));
        }
        for (table, expected) in case["expected"].as_object().expect("expected") {
            let found = match table.rsplit('.').next() {
                Some("cohort") => &cohort,
                Some("cohort_inclusion_result") => &inclusion,
                Some("cohort_censor_stats") => &censored,
                _ => panic!("{name}: a table {table} that is not compared"),
            };
            let expected = expected.as_array().expect("rows").clone();
            assert_eq!(sorted(found.clone()), sorted(expected), "{name}: {table}");
        }
        cases += 1;
    }
    assert_eq!(cases, 13);
}

fn rows_of(expected: &Value, table: &str, id: i64) -> Vec<Value> {
    let tables = expected.as_object().expect("tables").iter().filter(|(name, _)| name.ends_with(table));
    let rows = tables.flat_map(|(_, rows)| rows.as_array().expect("rows"));
    rows.filter(|row| row["cohort_definition_id"] == id).cloned().collect()
}

/// Circe joins the event to every visit of the person with the event's number (`ConditionOccurrenceSqlBuilder.java`).
#[test]
fn any_of_the_visits_of_one_number_will_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let visit = |person: i64, concept: i64| {
        json!({ "visit_occurrence_id": 5, "person_id": person, "visit_concept_id": concept,
                "visit_start_date": "2020-01-01", "visit_end_date": "2020-01-02" })
    };
    let of_person =
        |person: i64| json!({ "person_id": person, "gender_concept_id": 8532, "year_of_birth": 1970 });
    let period = |person: i64| {
        json!({ "observation_period_id": person, "person_id": person, "observation_period_start_date": "2019-01-01",
                "observation_period_end_date": "2021-01-01" })
    };
    let condition = |person: i64| {
        json!({ "condition_occurrence_id": person, "person_id": person, "condition_concept_id": 1,
                "condition_start_date": "2020-01-01", "visit_occurrence_id": 5 })
    };
    let people = [1, 2];
    write_tables(
        folder.path(),
        &json!({
            "person": people.map(of_person), "observation_period": people.map(period),
            "condition_occurrence": people.map(condition),
            "visit_occurrence": [visit(1, 262), visit(1, 9201), visit(2, 262), visit(2, 9203)],
        }),
    );
    let index = Index::from_omop(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let found = |concept: i64| {
        let criterion = json!({ "ConditionOccurrence": { "VisitType": [{ "CONCEPT_ID": concept }] } });
        let definition = json!({ "PrimaryCriteria": { "CriteriaList": [criterion] } });
        CohortExpression::from_value(definition).expect("a definition")
    };
    let engine = Engine::new(Arc::new(index));
    let persons = |concept| {
        engine.run(&found(concept)).expect("it runs").rows.iter().map(|row| row.person_id).collect()
    };
    let expected: [(i64, Vec<i64>); 4] =
        [(262, vec![1, 2]), (9201, vec![1]), (9203, vec![2]), (9202, vec![])];
    for (concept, expected) in expected {
        let persons: Vec<i64> = persons(concept);
        assert_eq!(persons, expected, "{concept}");
    }
}
