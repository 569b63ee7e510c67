//! DuckDB and Spark answer as the engine does. Proofs: they need the Python registry, and for Spark a Java of version 17.

use std::collections::BTreeMap;

use rustcare_cohorts::sql::{Dialect, SchemaName, Target, render};

use crate::data::{DataSet, circe, oracle};
use crate::definitions::{every_attribute, invented};
use crate::python::{job_of, run};

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
            job_of(&case.name, &script)
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
