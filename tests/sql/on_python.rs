//! DuckDB and Spark answer as the engine does. Proofs: they need the Python registry, and for Spark a Java of version 17.

use std::collections::BTreeMap;
use std::process::Command;

use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::index::Index;
use rustcare_cohorts::sql::{Dialect, SchemaName, Target, render, spark_driver};
use serde_json::json;

use crate::data::{Case, DataSet, cases, circe, omop, oracle};
use crate::definitions::{every_attribute, invented};
use crate::python::{job_of, python, run};

fn compare(dialect: Dialect, set: &DataSet) -> (Vec<String>, Vec<f64>) {
    let scripts: Vec<_> = set
        .cases
        .iter()
        .map(|case| {
            let target = Target {
                cdm_schema: SchemaName::parse("cdm").ok(),
                results_schema: SchemaName::parse("results").ok(),
                cohort_id: case.id,
                ..Target::default()
            };
            let script =
                render(&case.expression, dialect, &target).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            job_of(&case.name, case.id, &script, set.folder.path())
        })
        .collect();
    let mut answers: BTreeMap<String, _> = run(dialect, set.folder.path(), &scripts).into_iter().collect();
    let (mut differences, mut seconds) = (Vec::new(), Vec::new());
    for case in &set.cases {
        match answers.remove(&case.name) {
            None => differences.push(format!("{}: no answer", case.name)),
            Some(Err(error)) => differences.push(format!("{}: {error}", case.name)),
            Some(Ok((found, took))) => {
                seconds.push(took);
                differences
                    .extend(found.difference(&case.expected).map(|text| format!("{}: {text}", case.name)));
            }
        }
    }
    seconds.sort_by(f64::total_cmp);
    if let (Some(median), Some(longest)) = (seconds.get(seconds.len() / 2), seconds.last()) {
        println!(
            "{}: {} definitions, median {median:.3} s, longest {longest:.3} s",
            dialect.title(),
            set.cases.len()
        );
    }
    (differences, seconds)
}

fn assert_none(differences: &[String]) {
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
#[ignore = "a proof: cargo xtask prove"]
fn every_published_definition_gives_the_engines_rows_on_duckdb() {
    let test = "every_published_definition_gives_the_engines_rows_on_duckdb";
    let Some(set) = oracle(test, |all| all.keys().copied().collect()) else { return };
    assert_eq!(set.cases.len(), 275);
    assert_none(&compare(Dialect::DuckDb, &set).0);
}

#[test]
#[ignore = "a proof: cargo xtask prove"]
fn every_generation_test_of_circe_gives_the_engines_rows_on_duckdb() {
    let test = "every_generation_test_of_circe_gives_the_engines_rows_on_duckdb";
    let Some(sets) = circe(test) else { return };
    assert_eq!(sets.len(), 13);
    let differences: Vec<String> = sets.iter().flat_map(|set| compare(Dialect::DuckDb, set).0).collect();
    assert_none(&differences);
}

#[test]
#[ignore = "a proof: cargo xtask prove"]
fn every_kind_attribute_and_invented_definition_means_the_same_on_duckdb() {
    assert_none(&compare(Dialect::DuckDb, &every_attribute()).0);
    assert_none(&compare(Dialect::DuckDb, &invented(400)).0);
}

#[test]
#[ignore = "a proof: cargo xtask prove"]
fn ten_published_definitions_give_the_engines_rows_on_spark() {
    let test = "ten_published_definitions_give_the_engines_rows_on_spark";
    let chosen = |all: &BTreeMap<u32, serde_json::Value>| {
        all.keys().copied().step_by(all.len().div_ceil(10).max(1)).collect()
    };
    let Some(set) = oracle(test, chosen) else { return };
    assert_eq!(set.cases.len(), 10);
    assert_none(&compare(Dialect::Spark, &set).0);
}

#[test]
#[ignore = "a proof: cargo xtask prove"]
fn a_program_for_spark_runs_on_a_folder_of_parquet_files() {
    let test = "a_program_for_spark_runs_on_a_folder_of_parquet_files";
    let Some(folder) = omop(test, "gibleed") else { return };
    // Whoever bled from stomach or bowel and had a drug in the 90 days before.
    let expression = CohortExpression::from_value(json!({
        "ConceptSets": [{ "id": 0, "name": "bleeding", "expression": { "items": [
            { "concept": { "CONCEPT_ID": 192671 }, "includeDescendants": true }
        ] } }],
        "PrimaryCriteria": { "CriteriaList": [{ "ConditionOccurrence": { "CodesetId": 0 } }] },
        "InclusionRules": [{ "name": "a drug before", "expression": { "Type": "ALL", "CriteriaList": [{
            "Criteria": { "DrugExposure": {} }, "Occurrence": { "Type": 2, "Count": 1 },
            "StartWindow": { "Start": { "Days": 90, "Coeff": -1 }, "End": { "Days": 0, "Coeff": -1 } }
        }] } }],
    }));
    let expression = expression.unwrap_or_else(|error| panic!("{error}"));
    let index = Index::from_omop(&folder).unwrap_or_else(|error| panic!("{error}"));
    let cases = cases(index, vec![("bleeding".to_owned(), 5, expression)]);
    let Case { expression, expected, .. } = &cases[0];
    assert!(expected.totals.1 > 0);
    let target = Target { cohort_id: 5, ..Target::default() };
    let script = render(expression, Dialect::Spark, &target).unwrap_or_else(|error| panic!("{error}"));
    let work = tempfile::tempdir().expect("a folder");
    std::fs::write(work.path().join("driver.py"), spark_driver(&script)).expect("written");
    let python = python(Dialect::Spark);
    let submit = python.parent().expect("a folder").join("spark-submit");
    let output = Command::new(submit)
        .env("PYSPARK_PYTHON", &python)
        .args(["--master", "local[2]", "driver.py", "--parquet"])
        .arg(&folder)
        .current_dir(work.path())
        .output()
        .expect("spark-submit");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (spans, persons, lost) = expected.totals;
    assert!(said.contains(&format!("totals\t5\t{spans}\t{persons}\t{lost}\n")), "{said}");
    let (_, _, met, gained, remaining) = expected.attrition[1];
    let gained = gained.unwrap_or_default();
    assert!(said.contains(&format!("attrition\t5\t0\t1\t{met}\t{gained}\t{remaining}\n")), "{said}");
    assert!(!said.contains("cohort"), "who is in the cohort is not printed");
}
