//! Python from a virtual environment of its own, with the database that a proof asks for.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustcare_cohorts::sql::{Dialect, SqlScript, spark_driver};
use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::tables::{columns_with_types, files, tables};

/// Packages of the Python registry, in the versions that the proofs were made with.
const PACKAGES: [(Dialect, &str, &str); 2] =
    [(Dialect::DuckDb, "duckdb", "duckdb==2.0.1"), (Dialect::Spark, "pyspark", "pyspark==4.3.0")];

/// A Python with the package of a database under `target/`, made when it is not there.
pub fn python(dialect: Dialect) -> PathBuf {
    let (_, module, package) = PACKAGES.iter().find(|(one, _, _)| *one == dialect).expect("a package");
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let folder = target.join(format!("{module}-venv"));
    let python = folder.join("bin/python");
    let has = || {
        Command::new(&python)
            .args(["-c", &format!("import {module}")])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if has() {
        return python;
    }
    let ran = |command: &mut Command| command.status().is_ok_and(|status| status.success());
    assert!(ran(Command::new("python3").args(["-m", "venv"]).arg(&folder)), "there is no python3 with venv");
    assert!(
        ran(Command::new(&python).args(["-m", "pip", "install", "--quiet", package])) && has(),
        "the Python registry did not answer"
    );
    python
}

/// A script's statements, or for Spark the program that runs them, as the runner takes them.
pub fn job_of(name: &str, id: u32, script: &SqlScript, folder: &Path) -> Value {
    if script.dialect == Dialect::Spark {
        let driver = folder.join(format!("driver_{id}.py"));
        fs::write(&driver, spark_driver(script)).expect("written");
        return json!({ "name": name, "id": id, "driver": driver });
    }
    let sql = |statements: &[rustcare_cohorts::sql::Statement]| -> Vec<String> {
        statements.iter().map(|statement| statement.sql.clone()).collect()
    };
    json!({
        "name": name, "steps": sql(&script.steps), "cleaning": sql(&script.cleaning),
        "queries": script.queries().map(|statement| statement.sql.clone()),
    })
}

fn outcome(answers: &Value) -> Outcome {
    let rows = |at: usize| answers[at].as_array().expect("rows").iter();
    let number = |cell: &Value| cell.as_i64().expect("a number");
    let text = |cell: &Value| cell.as_str().expect("a text").to_owned();
    let totals = &answers[2][0];
    Outcome {
        rows: rows(0).map(|row| (number(&row[1]), text(&row[2]), text(&row[3]))).collect(),
        attrition: rows(1)
            .map(|row| (number(&row[1]), number(&row[2]), number(&row[3]), row[4].as_i64(), number(&row[5])))
            .collect(),
        totals: (number(&totals[1]), number(&totals[2]), number(&totals[3])),
    }
}

/// A script's name, and what came of it in how many seconds, or the database's complaint.
pub type Answered = (String, Result<(Outcome, f64), String>);

/// Runs scripts on the CSV tables of a folder.
pub fn run(dialect: Dialect, folder: &Path, scripts: &[Value]) -> Vec<Answered> {
    let files = files(folder);
    let table = |(name, columns): (&str, Vec<&str>)| {
        let file = files.get(name);
        json!({
            "name": name, "columns": columns_with_types(&columns, dialect),
            "file": file.map(|(path, _)| path), "heading": file.map(|(_, heading)| heading),
        })
    };
    let job = json!({ "tables": tables().map(table).collect::<Vec<_>>(), "scripts": scripts });
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/runner.py");
    let mut process = Command::new(python(dialect))
        .arg(runner)
        .arg(dialect.name())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    let mut input = process.stdin.take().expect("an input");
    let writer = std::thread::spawn(move || input.write_all(job.to_string().as_bytes()));
    let output = process.wait_with_output().expect("an answer");
    writer.join().expect("a writer").expect("the job is read");
    assert!(output.status.success(), "the runner failed");
    let text = String::from_utf8(output.stdout).expect("a text");
    text.lines()
        .map(|line| {
            let answer: Value = serde_json::from_str(line).expect("JSON");
            let name = answer["name"].as_str().expect("a name").to_owned();
            let came = match answer["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok((outcome(&answer["answers"]), answer["seconds"].as_f64().unwrap_or_default())),
            };
            (name, came)
        })
        .collect()
}
