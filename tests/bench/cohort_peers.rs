//! The six queries of the published benchmark at a million patients and twenty-four million events: DuckDB (as loaded, sorted,
//! on Parquet) and Polars (in memory, scanning) beside ours in one run. Answers are compared before a ratio is printed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Table;

/// Query and how many times faster than its best peer it must be.
const BARS: [(&str, f64); 6] =
    [("Q1", 5.0), ("Q2", 8.0), ("Q3", 8.0), ("Q4", 4.0), ("Q5", 5.0), ("Q6", 10.0)];
const PACKAGES: [&str; 4] = ["numpy", "pyarrow", "duckdb", "polars"];

/// A peer's time for a query, in milliseconds, and the numbers of its answer.
struct Answer {
    engine: String,
    median: f64,
    numbers: Vec<f64>,
}

/// Everything in one run; minutes, so it is asked for by name.
pub fn run(table: &mut Table) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let script = project.join("../shared/tools/cohort_bench.py");
    if !script.is_file() {
        println!("cohort peers: skipped (no data)");
        return;
    }
    let data = project.join("target/cohort-bench");
    let measured = python(&project).and_then(|python| peers(&python, &script, &data));
    let measured = match measured {
        Ok(measured) => measured,
        Err(why) => {
            println!("cohort peers: {why}");
            table.failed = true;
            return;
        }
    };
    let ours = ours(&project, &data);
    for (query, bar) in BARS {
        compare(table, query, bar, &ours, measured.get(query).map_or(&[], Vec::as_slice));
    }
    if let Some(opened) = ours.iter().find(|line| line["patients"].is_u64()) {
        println!(
            "| … {} patients, {} events, bytes an event | {:.1} | 32 | |",
            opened["patients"],
            opened["events"],
            opened["bytes_per_event"].as_f64().unwrap_or(f64::NAN)
        );
    }
    if let Some(edit) = ours.iter().find(|line| line["query"] == "live edit") {
        let p95 = edit["p95_ms"].as_f64().unwrap_or(f64::INFINITY);
        let verdict = if p95 <= 50.0 { "within" } else { "over" };
        table.failed |= p95 > 150.0;
        println!(
            "| an edit to its count | p50 {} ms, p95 {p95} ms | p95 50 ms | {verdict} |",
            edit["median_ms"]
        );
    }
}

fn compare(table: &mut Table, query: &str, bar: f64, ours: &[Value], peers: &[Answer]) {
    let own = ours.iter().find(|line| line["query"] == query);
    let best = peers.iter().min_by(|a, b| a.median.total_cmp(&b.median));
    let (Some(own), Some(best)) = (own, best) else {
        println!("| {query} | not measured | | |");
        table.failed = true;
        return;
    };
    let numbers = numbers_of(&own["answer"].to_string());
    let same = |peer: &Answer| {
        !numbers.is_empty()
            && numbers.iter().zip(&peer.numbers).all(|(a, b)| (a - b).abs() <= 1e-9 * a.abs().max(1.0))
            && peer.numbers.len() >= numbers.len()
    };
    let differing: Vec<&str> =
        peers.iter().filter(|peer| !same(peer)).map(|peer| peer.engine.as_str()).collect();
    let median = own["median_ms"].as_f64().unwrap_or(f64::INFINITY);
    let ratio = best.median / median;
    table.failed |= !differing.is_empty() || ratio < bar / 3.0;
    println!(
        "| {query}, best of {} | {median:.2} ms; {} {:.1} ms: {ratio:.1} times faster | {bar} times | {}{} |",
        peers.len(),
        best.engine,
        best.median,
        if ratio >= bar { "within" } else { "under" },
        if differing.is_empty() {
            String::new()
        } else {
            format!("; OTHER ANSWER: {}", differing.join(", "))
        },
    );
}

/// The numbers in a text, in order.
fn numbers_of(text: &str) -> Vec<f64> {
    let text = text.replace("Decimal(", " ");
    text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | 'e' | '+')))
        .filter_map(|part| part.parse().ok())
        .collect()
}

fn python(project: &Path) -> Result<PathBuf, String> {
    let folder = project.join("target/cohort-venv");
    let python = folder.join("bin/python");
    let ran = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    let has = || ran(Command::new(&python).args(["-c", "import numpy, pyarrow, duckdb, polars"]));
    if has() {
        return Ok(python);
    }
    if !ran(Command::new("python3").args(["-m", "venv"]).arg(&folder)) {
        return Err("there is no python3 with venv".into());
    }
    let install = ["-m", "pip", "install", "--quiet"];
    if !ran(Command::new(&python).args(install).args(PACKAGES)) || !has() {
        return Err("the Python registry did not answer".into());
    }
    Ok(python)
}

fn peers(python: &Path, script: &Path, data: &Path) -> Result<BTreeMap<String, Vec<Answer>>, String> {
    std::fs::create_dir_all(data).map_err(|error| error.to_string())?;
    let mut command = Command::new(python);
    command.arg(script).env("BENCH_DIR", data);
    if !data.join("concept_relationship.parquet").is_file() {
        command.arg("gen");
    }
    let output = command.args(["duck", "polars"]).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned());
    }
    let mut measured: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((head, answer)) = line.split_once("->") else { continue };
        let Some((engine, rest)) = head.split_once(' ') else { continue };
        let query: String = rest.trim_start().chars().take(2).collect();
        let Some((_, median)) = rest.split_once("median") else { continue };
        let median = median.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN);
        // Of many rows the first is shown, behind their number.
        let answer = answer.split_once("'rows',").map_or(answer, |(_, rows)| rows);
        measured.entry(query).or_default().push(Answer {
            engine: engine.into(),
            median,
            numbers: numbers_of(answer),
        });
    }
    Ok(measured)
}

fn ours(project: &Path, data: &Path) -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "run",
            "--quiet",
            "--locked",
            "--release",
            "--package",
            "rustcare-cohorts",
            "--example",
            "cohort_queries",
        ])
        .arg("--")
        .arg(data)
        .current_dir(project)
        .output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
