//! Published data and definitions, and what the engine makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::engine::Engine;
use rustcare_cohorts::index::Index;
use serde_json::Value;

use crate::outcome::Outcome;
use crate::tables::{from_json, from_parquet};

/// A definition with what the engine makes of it.
pub struct Case {
    /// For messages.
    pub name: String,
    /// Its number.
    pub id: u32,
    /// The definition.
    pub expression: CohortExpression,
    /// The engine's answer.
    pub expected: Outcome,
}

/// Data as CSV tables in a folder, and definitions that were run on them.
pub struct DataSet {
    /// The folder; it goes with this value.
    pub folder: tempfile::TempDir,
    /// The definitions.
    pub cases: Vec<Case>,
}

/// A folder of the published data in the OMOP common data model.
pub fn omop(test: &str, name: &str) -> Option<PathBuf> {
    let folder = rustcare_test_support::data_or_skip(test)?.join("omop").join(name);
    if !folder.exists() {
        println!("{test}: skipped (no data)");
        return None;
    }
    Some(folder)
}

/// Runs definitions on an index.
pub fn cases(index: Index, definitions: Vec<(String, u32, CohortExpression)>) -> Vec<Case> {
    let engine = Engine::new(Arc::new(index));
    definitions
        .into_iter()
        .map(|(name, id, expression)| {
            let result = engine.run(&expression).unwrap_or_else(|error| panic!("{name}: {error}"));
            Case { name, id, expression, expected: Outcome::of(&result) }
        })
        .collect()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("a text")).expect("JSON")
}

/// The published phenotypes by number.
pub fn phenotypes(folder: &Path) -> BTreeMap<u32, Value> {
    let of = |path: PathBuf| Some((path.file_stem()?.to_str()?.parse().ok()?, json(&path)));
    fs::read_dir(folder).expect("a folder").filter_map(|entry| of(entry.expect("an entry").path())).collect()
}

/// The phenotypes of these numbers on 20 000 made-up persons.
pub fn oracle(test: &str, choose: impl Fn(&BTreeMap<u32, Value>) -> BTreeSet<u32>) -> Option<DataSet> {
    let (data, folder) = (omop(test, "oracle20k")?, omop(test, "phenotypes")?);
    let tables = tempfile::tempdir().expect("a folder");
    from_parquet(&data, tables.path());
    let all = phenotypes(&folder);
    let chosen = choose(&all);
    let definitions = all.into_iter().filter(|(id, _)| chosen.contains(id)).map(|(id, value)| {
        let expression = CohortExpression::from_value(value).unwrap_or_else(|error| panic!("{id}: {error}"));
        (id.to_string(), id, expression)
    });
    let index = Index::from_omop(&data).unwrap_or_else(|error| panic!("{error}"));
    let cases = cases(index, definitions.collect());
    Some(DataSet { folder: tables, cases })
}

/// The generation tests that circe-be publishes, one set of data each.
pub fn circe(test: &str) -> Option<Vec<DataSet>> {
    let folder = omop(test, "circe_suite")?;
    let vocabulary = json(&folder.join("vocabulary.json"));
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut sets = Vec::new();
    for path in files.iter().filter(|path| !path.ends_with("vocabulary.json")) {
        let case = json(path);
        let tables = tempfile::tempdir().expect("a folder");
        from_json(&vocabulary, tables.path());
        from_json(&case["tables"], tables.path());
        let index = Index::from_omop(tables.path()).unwrap_or_else(|error| panic!("{error}"));
        let definitions = case["definitions"].as_array().expect("definitions").iter().filter_map(|one| {
            let id = u32::try_from(one["cohort_definition_id"].as_i64().expect("an id")).expect("a number");
            let name = format!("{} {id}", case["name"].as_str().expect("a name"));
            let expression = CohortExpression::from_value(one["expression"].clone());
            let expression = expression.unwrap_or_else(|error| panic!("{name}: {error}"));
            // One definition of the suite enters by insurance plans, which are not run.
            let refused = expression.to_value().to_string().contains("PayerPlanPeriod");
            (!refused).then_some((name, id, expression))
        });
        let cases = cases(index, definitions.collect());
        sets.push(DataSet { folder: tables, cases });
    }
    Some(sets)
}
