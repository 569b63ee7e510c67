//! Cohorts on an index outside a vault, as a script meets them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn rustcare(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rustcare"));
    command.current_dir(folder).arg("cohort").args(words).arg("--json").output().expect("it runs")
}

fn said(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document on standard output")
}

/// Three persons, two of whom have concept 2, which is a kind of 1.
fn data(folder: &Path) {
    let tables = [
        ("person", "person_id,gender_concept_id,year_of_birth\n1,8532,1950\n2,8507,2010\n3,8532,1980\n"),
        (
            "observation_period",
            "observation_period_id,person_id,observation_period_start_date,observation_period_end_date\n\
             1,1,2019-01-01,2021-12-31\n2,2,2019-01-01,2021-12-31\n3,3,2019-01-01,2021-12-31\n",
        ),
        (
            "condition_occurrence",
            "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_end_date\n\
             1,1,2,2020-02-01,\n2,2,2,2020-03-01,2020-03-05\n3,3,4,2020-04-01,2020-04-01\n",
        ),
        ("concept", "concept_id,invalid_reason\n1,\n2,\n4,\n"),
        ("concept_ancestor", "ancestor_concept_id,descendant_concept_id\n1,1\n1,2\n"),
    ];
    std::fs::create_dir(folder.join("omop")).expect("made");
    for (name, text) in tables {
        std::fs::write(folder.join("omop").join(format!("{name}.csv")), text).expect("written");
    }
}

fn definition() -> Value {
    json!({
        "ConceptSets": [{ "id": 0, "name": "ill", "expression": { "items": [
            { "concept": { "CONCEPT_ID": 1 }, "includeDescendants": true }
        ] } }],
        "PrimaryCriteria": {
            "CriteriaList": [{ "ConditionOccurrence": { "CodesetId": 0 } }],
            "ObservationWindow": { "PriorDays": 0, "PostDays": 0 }, "PrimaryCriteriaLimit": { "Type": "First" }
        },
        "InclusionRules": [{ "name": "adult", "expression": {
            "Type": "ALL", "DemographicCriteriaList": [{ "Age": { "Value": 18, "Op": "gte" } }]
        } }],
        "EndStrategy": { "DateOffset": { "DateField": "EndDate", "Offset": 7 } }
    })
}

#[test]
fn a_folder_becomes_an_index_and_definitions_run_on_it() {
    let folder = tempfile::tempdir().expect("a folder");
    data(folder.path());
    let loaded = rustcare(folder.path(), &["load-omop", "omop", "--into", "index"]);
    assert_eq!(loaded.status.code(), Some(0));
    let answer = said(&loaded);
    assert_eq!(
        (&answer["patients"], &answer["events"], &answer["unprotected"]),
        (&3.into(), &3.into(), &true.into())
    );
    assert!(String::from_utf8_lossy(&loaded.stderr).contains("This index is not encrypted"));

    std::fs::create_dir(folder.path().join("definitions")).expect("made");
    std::fs::write(folder.path().join("definitions/12.json"), definition().to_string()).expect("written");
    let run =
        rustcare(folder.path(), &["run", "definitions/12.json", "--index", "index", "--rows", "rows.csv"]);
    let answer = said(&run);
    assert_eq!((run.status.code(), &answer["persons"]), (Some(0), &1.into()));
    assert_eq!(
        answer["attrition"]["by_person"],
        json!({ "total": 2, "included": 1, "rules": [{ "name": "adult", "met": 1, "remaining": 1, "all_but_this": 1 }] })
    );
    assert_eq!(
        std::fs::read_to_string(folder.path().join("rows.csv")).expect("rows"),
        "cohort_definition_id,subject_id,cohort_start_date,cohort_end_date\n12,1,2020-02-01,2020-02-09\n"
    );
}

#[test]
fn a_report_is_written_as_html_or_pdf_and_one_person_is_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    data(folder.path());
    assert_eq!(rustcare(folder.path(), &["load-omop", "omop", "--into", "index"]).status.code(), Some(0));
    std::fs::write(folder.path().join("12.json"), definition().to_string()).expect("written");
    let report = |out: &str| {
        let words = [
            "report",
            "12.json",
            "--index",
            "index",
            "--out",
            out,
            "--outcome",
            "12.json",
            "--smallest",
            "1",
        ];
        assert_eq!(rustcare(folder.path(), &words).status.code(), Some(0), "{out}");
        std::fs::read(folder.path().join(out)).expect("a report")
    };
    let html = String::from_utf8(report("12.html")).expect("text");
    assert!(html.starts_with("<!doctype html>") && html.contains("<h2>What follows: 12</h2>"), "{html}");
    assert!(report("12.PDF").starts_with(b"%PDF-"));
    let spanish = ["report", "12.json", "--index", "index", "--out", "es.html", "--language", "es"];
    assert_eq!(rustcare(folder.path(), &spanish).status.code(), Some(0));
    let spanish = std::fs::read_to_string(folder.path().join("es.html")).expect("a report");
    assert!(spanish.contains("<h2>De dónde procede</h2>"), "{spanish}");
    let mut nobody = definition();
    nobody["ConceptSets"][0]["expression"]["items"] = json!([]);
    std::fs::write(folder.path().join("0.json"), nobody.to_string()).expect("written");
    let words = [
        "report",
        "0.json",
        "--index",
        "index",
        "--out",
        "0.html",
        "--outcome",
        "12.json",
        "--smallest",
        "1",
    ];
    assert_eq!(rustcare(folder.path(), &words).status.code(), Some(0), "nobody can be reported on");
    let html = std::fs::read_to_string(folder.path().join("0.html")).expect("a report");
    let follows = html.split("What follows").nth(1).unwrap_or_default();
    assert!(follows.contains("–") && !follows.contains(">hidden<"), "no time, no rate: {follows}");
    let again = rustcare(folder.path(), &["report", "12.json", "--index", "index", "--out", "12.html"]);
    assert_ne!(again.status.code(), Some(0), "what is there already is not replaced");

    let why = said(&rustcare(folder.path(), &["why", "2", "12.json", "--index", "index"]));
    assert_eq!((&why["person_id"], &why["is_member"]), (&2.into(), &false.into()));
    assert_eq!(
        (&why["entries"][0]["verdict"], &why["entries"][0]["event"]["concept_id"]),
        (&"qualifies".into(), &2.into())
    );
    assert_eq!((&why["rules"][0]["is_met"], &why["why_not"]), (&false.into(), &"Not met: adult.".into()));
    let stranger = said(&rustcare(folder.path(), &["why", "3", "12.json", "--index", "index"]));
    assert_eq!(stranger["why_not"], "There is no entry event.");
}

#[test]
fn what_cannot_be_used_is_named_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    data(folder.path());
    assert_eq!(rustcare(folder.path(), &["load-omop", "omop", "--into", "index"]).status.code(), Some(0));
    std::fs::create_dir(folder.path().join("definitions")).expect("made");
    let write = |name: &str, value: &Value| {
        std::fs::write(folder.path().join("definitions").join(name), value.to_string()).expect("written");
    };
    write("1.json", &definition());
    let mut plan = definition();
    plan["PrimaryCriteria"]["CriteriaList"][0] = json!({ "PayerPlanPeriod": {} });
    write("2.json", &plan);
    let mut unknown = definition();
    unknown["InclusionRules"][0]["expression"]["Colour"] = json!("blue");
    write("3.json", &unknown);
    let all =
        rustcare(folder.path(), &["run-all", "definitions", "--index", "index", "--rows", "rows.parquet"]);
    let answer = said(&all);
    assert_eq!((all.status.code(), &answer["rows"]), (Some(1), &1.into()), "done with rejected items");
    assert_eq!(
        answer["refused"],
        json!([
            {
                "cohort_definition_id": 2, "file": "2.json",
                "message": "definitions/2.json: PrimaryCriteria.CriteriaList[0]: PayerPlanPeriod cannot be run."
            },
            {
                "cohort_definition_id": 3, "file": "3.json",
                "message":
                    "definitions/3.json: InclusionRules[0].expression: there is no attribute named \"Colour\" here."
            },
        ])
    );
    let bytes = std::fs::read(folder.path().join("rows.parquet")).expect("rows");
    assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (b"PAR1".as_slice(), b"PAR1".as_slice()));

    std::fs::write(folder.path().join("index"), "RustCare is no index").expect("written");
    let refused = rustcare(folder.path(), &["run", "definitions/1.json", "--index", "index"]);
    assert_eq!(refused.status.code(), Some(4));
    assert_eq!(said(&refused)["problem"]["message"], "index: this is no index of cohorts.");
    let bad =
        "condition_occurrence_id,person_id,condition_concept_id,condition_start_date\n1,1,2,2020-02-31\n";
    std::fs::write(folder.path().join("omop/condition_occurrence.csv"), bad).expect("written");
    let refused = rustcare(folder.path(), &["load-omop", "omop", "--into", "index"]);
    let message = &said(&refused)["problem"]["message"];
    let expected =
        "omop: condition_occurrence, row 1, column condition_start_date: what stands there is no date.";
    assert_eq!((refused.status.code(), message), (Some(4), &expected.into()));
}

#[test]
fn every_definition_of_a_folder_runs_whatever_its_name_and_what_the_data_lack_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    data(folder.path());
    let loaded = rustcare(folder.path(), &["load-omop", "omop", "--into", "index"]);
    let absent = &said(&loaded)["tables_absent"];
    assert!(absent.as_array().is_some_and(|names| names.contains(&"death".into())), "{absent}");
    assert!(String::from_utf8_lossy(&loaded.stderr).contains("These tables are not in the folder: "));
    let definitions = folder.path().join("definitions");
    std::fs::create_dir(&definitions).expect("made");
    let empty = rustcare(folder.path(), &["run-all", "definitions", "--index", "index"]);
    assert_eq!(empty.status.code(), Some(4));
    assert_eq!(said(&empty)["problem"]["message"], "definitions: there is no definition (.json) in it.");

    for name in ["7.json", "adults.JSON", "Über.json", "07.json"] {
        std::fs::write(definitions.join(name), definition().to_string()).expect("written");
    }
    std::fs::write(definitions.join("notes.txt"), "nothing").expect("written");
    let all = rustcare(folder.path(), &["run-all", "definitions", "--index", "index", "--rows", "rows.csv"]);
    let answer = said(&all);
    let named: Vec<(i64, &str)> = answer["definitions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (one["cohort_definition_id"].as_i64().unwrap_or(-1), one["file"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(named, [(7, "07.json"), (8, "7.json"), (9, "adults.JSON"), (10, "Über.json")]);
    assert_eq!((all.status.code(), &answer["rows"]), (Some(0), &4.into()));

    let mut unknown = definition();
    unknown["ConceptSets"][0]["expression"]["items"][0]["concept"]["CONCEPT_ID"] = json!(77);
    std::fs::write(folder.path().join("77.json"), unknown.to_string()).expect("written");
    let run = rustcare(folder.path(), &["run", "77.json", "--index", "index"]);
    assert_eq!(said(&run)["concepts_unmapped"], 1);
    assert!(String::from_utf8_lossy(&run.stderr).contains("Needs vocabulary: 1 of 1 concepts unmapped"));
}

#[test]
fn a_definition_is_written_as_sql_and_as_a_program_for_spark() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("12.json"), definition().to_string()).expect("written");
    let place = ["--cdm-schema", "cdm", "--results-schema", "results"];
    let written = rustcare(
        folder.path(),
        &[["sql", "12.json", "--dialect", "postgresql", "--out", "12.sql"].as_slice(), &place].concat(),
    );
    assert_eq!(written.status.code(), Some(0));
    let text = std::fs::read_to_string(folder.path().join("12.sql")).expect("a script");
    for part in
        ["BEGIN;", "FROM cdm.condition_occurrence c", "CREATE TABLE results.rustcare_cohort_12 AS", "COMMIT;"]
    {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    let shown = Command::new(env!("CARGO_BIN_EXE_rustcare"))
        .current_dir(folder.path())
        .args(["cohort", "sql", "12.json", "--dialect", "postgresql"])
        .args(place)
        .output()
        .expect("it runs");
    assert_eq!(String::from_utf8_lossy(&shown.stdout).trim_end(), text.trim_end());

    let spark = ["sql", "12.json", "--dialect", "spark", "--cohort-id", "99", "--driver", "driver.py"];
    let answer = said(&rustcare(folder.path(), &spark));
    assert!(answer["sql"].as_str().is_some_and(|sql| sql.contains("USING PARQUET")));
    let driver = std::fs::read_to_string(folder.path().join("driver.py")).expect("a program");
    assert!(driver.contains("99 AS cohort_definition_id") && driver.contains("spark-submit"));

    let refused = |words: &[&str]| rustcare(folder.path(), words).status.code();
    assert_eq!(refused(&["sql", "12.json", "--dialect", "oracle"]), Some(2));
    assert_eq!(refused(&["sql", "12.json", "--dialect", "duckdb", "--driver", "driver.py"]), Some(2));
    let hostile = ["sql", "12.json", "--dialect", "duckdb", "--cdm-schema", "cdm; DROP TABLE person"];
    let output = rustcare(folder.path(), &hostile);
    assert_eq!(output.status.code(), Some(4));
    let message = said(&output)["problem"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.starts_with("cdm-schema: the name of a schema has letters"), "{message}");
}
