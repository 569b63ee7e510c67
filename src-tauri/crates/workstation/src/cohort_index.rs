//! Cohorts on an index outside a vault, for tests and benchmarks: nothing here is encrypted, and the answers say so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;
use rustcare_cohorts::definition::{CohortExpression, file_text};
use rustcare_cohorts::disclosure::Disclosure;
pub use rustcare_cohorts::disclosure::SMALLEST_SHOWN;
use rustcare_cohorts::engine::{Attrition, Cause, CohortResult, Engine, Moved, UnitNames};
use rustcare_cohorts::index::Index;
use rustcare_cohorts::omop::{OmopError, OmopFolder};
use rustcare_cohorts::report::{Report, ReportInput, html};
use rustcare_cohorts::review::{Cohort, FollowUp, shown_of_people};
use rustcare_cohorts::text;
pub use rustcare_cohorts::text::Language;
use rustcare_cohorts::{check, rows_file};
use rustcare_model::reason::Reason;
use rustcare_paper::flow::Paper;
use serde_json::{Value, json};

use crate::cohorts::explain::{Explaining, Names};
use crate::cohorts::report::pdf;
use crate::contract::cohort_patients::PatientExplanation;
use crate::problem::{Problem, ProblemCode};

/// Said with every index that is written.
pub const UNPROTECTED: &str = "This index is not encrypted: whoever can read the file can read every event in it. Keep patients' data in the vault.";

/// A cause that does not begin with the file's name.
fn without_name(file: &str, cause: String) -> String {
    match cause.strip_prefix(&format!("{file}: ")) {
        Some(rest) => rest.to_owned(),
        None => cause,
    }
}

/// A file that cannot be used: named, with the cause. The cause may begin with the file's name.
pub(crate) fn unreadable(file: &Path, cause: impl ToString) -> Problem {
    let file = file.display().to_string();
    let cause = without_name(&file, cause.to_string());
    Problem::new(
        ProblemCode::UnreadableFile,
        Reason::NamedFileUnreadable.with("file", file).with("what", cause.trim_end_matches('.')),
    )
}

pub(crate) fn not_written(file: &Path, cause: impl std::fmt::Display) -> Problem {
    let file = file.display().to_string();
    let cause = without_name(&file, cause.to_string());
    let why = Reason::NamedFileNotWritten.with("file", file).with("what", cause);
    Problem::new(ProblemCode::StorageFailed, why)
}

pub(crate) fn hex(hash: [u8; 32]) -> String {
    blake3::Hash::from_bytes(hash).to_hex().to_string()
}

/// Reads a folder in the OMOP common data model and writes its index to a file.
///
/// # Errors
/// When the folder holds what cannot be read, or the index cannot be written.
pub fn load_omop(folder: &Path, into: &Path) -> Result<Value, Problem> {
    let started = Instant::now();
    let refused = |error: OmopError| match error {
        OmopError::File { path, reason } => unreadable(&path, reason),
        other => unreadable(folder, other),
    };
    let omop = OmopFolder::open(folder).map_err(refused)?;
    let index = Index::of_folder(&omop).map_err(refused)?;
    let built = started.elapsed();
    index.write(into).map_err(|error| not_written(into, error))?;
    let (tables, mut columns) = omop.absent();
    // No column of the common data model: some sources have it besides.
    columns.retain(|column| column != "condition_occurrence.is_primary");
    let (events, bytes) = (index.events(), index.event_bytes());
    Ok(json!({
        "index": into, "unprotected": true, "notice": UNPROTECTED,
        "patients": index.patients(), "patients_without_a_person": index.patients_without_a_person(), "events": events, "concepts": index.vocabulary().len(),
        "event_bytes": bytes, "bytes_per_event": bytes as f64 / events.max(1) as f64,
        "snapshot": hex(index.snapshot()), "tables_absent": tables, "columns_absent": columns,
        "built_ms": built.as_millis() as u64, "written_ms": (started.elapsed() - built).as_millis() as u64,
    }))
}

/// The answer to several definitions, and how many were refused.
#[derive(Debug, Clone)]
pub struct DefinitionsRun {
    /// Counts by definition, times.
    pub report: Value,
    /// Definitions that were refused.
    pub refused: u64,
}

fn read(file: &Path) -> Result<String, Problem> {
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, error))?;
    Ok(file_text(&bytes).into_owned())
}

/// The text of a definition, which is one.
///
/// # Errors
/// When the file cannot be read, or holds what is no definition, named with its place.
pub fn definition_text(file: &Path) -> Result<String, Problem> {
    let text = read(file)?;
    CohortExpression::from_json(&text).map_err(|error| unreadable(file, error))?;
    Ok(text)
}

pub(crate) fn definition(file: &Path) -> Result<CohortExpression, Problem> {
    CohortExpression::from_json(&read(file)?).map_err(|error| unreadable(file, error))
}

/// The number of a definition: the name of its file, if that is a number.
pub(crate) fn number(file: &Path) -> Option<i64> {
    file.file_stem()?.to_str()?.parse().ok()
}

fn attrition(counts: &Attrition, expression: &CohortExpression) -> Value {
    let rules = counts.rules.iter().zip(&expression.inclusion_rules).map(|(count, rule)| {
        json!({
            "name": rule.name, "met": count.met, "remaining": count.remaining, "all_but_this": count.all_but_this,
        })
    });
    json!({ "total": counts.total, "included": counts.included, "rules": rules.collect::<Vec<_>>() })
}

/// Concepts that a definition names, and how many of them the index's vocabulary does not have: nothing is found by these.
fn concepts(expression: &CohortExpression, engine: &Engine) -> (usize, usize) {
    let sets = &expression.concept_sets;
    let named: BTreeSet<i64> =
        sets.iter().flat_map(|set| &set.items).map(|item| item.concept.concept_id).collect();
    let vocabulary = engine.index().vocabulary();
    (named.len(), named.iter().filter(|concept| !vocabulary.knows(**concept)).count())
}

fn answer(id: i64, expression: &CohortExpression, engine: &Engine, result: &CohortResult) -> Value {
    let (named, unmapped) = concepts(expression, engine);
    json!({
        "cohort_definition_id": id, "rows": result.rows.len(), "persons": result.persons,
        "attrition": {
            "by_event": attrition(&result.by_event, expression),
            "by_person": attrition(&result.by_person, expression),
        },
        "lost_to_censor_window": result.lost_to_censor_window,
        "concepts": named, "concepts_unmapped": unmapped,
        "definition_hash": hex(result.definition_hash), "snapshot": hex(result.snapshot),
        "engine_version": result.engine_version,
    })
}

pub(crate) fn engine(index: &Path) -> Result<Engine, Problem> {
    Ok(Engine::new(Arc::new(Index::read(index).map_err(|error| unreadable(index, error))?)))
}

/// Runs one definition; its rows go to `rows` when that is named, as CSV or Parquet. A definition whose file is not named by a
/// number has number 0.
///
/// # Errors
/// When a file cannot be read or written, or the definition holds what cannot be run, named with its place.
pub fn run(file: &Path, index: &Path, rows: Option<&Path>) -> Result<Value, Problem> {
    let expression = definition(file)?;
    let started = Instant::now();
    let engine = engine(index)?;
    let opened = started.elapsed();
    let result = engine.run(&expression).map_err(|error| unreadable(file, error))?;
    let ran = started.elapsed() - opened;
    let id = number(file).unwrap_or(0);
    if let Some(path) = rows {
        rows_file::write(path, &[(id, &result.rows)]).map_err(|error| not_written(path, error))?;
    }
    let mut answer = answer(id, &expression, &engine, &result);
    answer["opened_ms"] = json!(opened.as_secs_f64() * 1e3);
    answer["ran_ms"] = json!(ran.as_secs_f64() * 1e3);
    Ok(answer)
}

/// What a cohort is called: the title of its definition, or the name of its file.
fn name_of(expression: &CohortExpression, file: &Path) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    expression.title.clone().filter(|title| !title.is_empty()).unwrap_or(stem)
}

/// What a report holds, and how it is written.
#[derive(Clone, Copy, Debug)]
pub struct ReportWish<'a> {
    /// Smallest number that is shown.
    pub smallest: u64,
    /// A definition that the people are followed to.
    pub outcome: Option<&'a Path>,
    /// What it is written in.
    pub language: Language,
}

/// Runs one definition and writes a report of it: HTML, or PDF when the name ends so. What is there already is not replaced.
///
/// # Errors
/// As [`run`].
pub fn report(file: &Path, index: &Path, out: &Path, wish: ReportWish<'_>) -> Result<Value, Problem> {
    let expression = definition(file)?;
    let engine = engine(index)?;
    let result = engine.run(&expression).map_err(|error| unreadable(file, error))?;
    let disclosure = Disclosure::for_others(wish.smallest);
    let follow_up = |path: &Path| {
        let expression = definition(path)?;
        let of_outcome = engine.run(&expression).map_err(|error| unreadable(path, error))?;
        let [cohort, outcome] = [&result, &of_outcome].map(|of| Cohort::new(engine.index(), &of.rows));
        let name = name_of(&expression, path);
        let disclosure = shown_of_people(&result, engine.index().patients() as u64, disclosure);
        Ok::<_, Problem>(FollowUp::new(engine.index(), &cohort, (&name, &outcome), true, disclosure))
    };
    let report = Report::new(&ReportInput {
        index: engine.index(),
        definition: &expression,
        result: &result,
        name: &name_of(&expression, file),
        concepts: &BTreeMap::new(),
        follow_up: wish.outcome.map(follow_up).transpose()?,
        made_on: jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::system()).date(),
        disclosure,
        language: wish.language,
    });
    let is_pdf = out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pdf"));
    let bytes = if is_pdf { pdf(&report, Paper::A4)? } else { html(&report).into_bytes() };
    let mut written = File::create_new(out).map_err(|error| not_written(out, error))?;
    written.write_all(&bytes).map_err(|error| not_written(out, error))?;
    Ok(json!({
        "report": out, "bytes": bytes.len(), "smallest_shown": wish.smallest,
        "definition_hash": hex(result.definition_hash), "snapshot": hex(result.snapshot),
        "engine_version": result.engine_version,
    }))
}

/// The definitions of a folder with their numbers, in the order of these. A file that is not named by a number of its own has the next one
/// that is free, in the order of names.
fn definitions_in(folder: &Path) -> Result<Vec<(i64, PathBuf)>, Problem> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(unreadable(folder, "there is no definition (.json) in it"));
    }
    files.sort();
    let mut numbered: BTreeMap<i64, PathBuf> = BTreeMap::new();
    let mut others = Vec::new();
    for file in files {
        match number(&file).filter(|id| !numbered.contains_key(id)) {
            Some(id) => drop(numbered.insert(id, file)),
            None => others.push(file),
        }
    }
    for file in others {
        let id = numbered.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
        numbered.insert(id, file);
    }
    Ok(numbered.into_iter().collect())
}

/// Runs every definition of a folder. What is refused does not stop the others.
///
/// # Errors
/// When the folder or the index cannot be read, the folder holds no definition, or the rows cannot be written.
pub fn run_all(folder: &Path, index: &Path, rows: Option<&Path>) -> Result<DefinitionsRun, Problem> {
    let files = definitions_in(folder)?;
    let opening = Instant::now();
    let engine = engine(index)?;
    let opened = opening.elapsed();
    let started = Instant::now();
    let run = |(_, file): &(i64, PathBuf)| {
        let expression = definition(file)?;
        let result = engine.run(&expression).map_err(|error| unreadable(file, error))?;
        Ok((expression, result))
    };
    let results: Vec<Result<(CohortExpression, CohortResult), Problem>> = files.par_iter().map(run).collect();
    let ran = started.elapsed();
    let (mut answers, mut refusals, mut all_rows) = (Vec::new(), Vec::new(), Vec::new());
    for ((id, file), result) in files.iter().zip(&results) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match result {
            Ok((expression, result)) => {
                let mut answer = answer(*id, expression, &engine, result);
                answer["file"] = json!(name);
                answers.push(answer);
                all_rows.push((*id, result.rows.as_slice()));
            }
            Err(problem) => {
                refusals
                    .push(json!({ "cohort_definition_id": id, "file": name, "message": problem.message }));
            }
        }
    }
    if let Some(path) = rows {
        rows_file::write(path, &all_rows).map_err(|error| not_written(path, error))?;
    }
    let report = json!({
        "definitions": answers, "refused": refusals,
        "rows": all_rows.iter().map(|(_, rows)| rows.len()).sum::<usize>(),
        "opened_ms": opened.as_secs_f64() * 1e3, "ran_ms": ran.as_secs_f64() * 1e3,
    });
    Ok(DefinitionsRun { report, refused: refusals.len() as u64 })
}

/// A definition in plain words, line by line.
///
/// # Errors
/// When the file cannot be read or is no definition.
pub fn describe(file: &Path, language: Language) -> Result<Value, Problem> {
    let blocks = text::describe(&definition(file)?, language);
    Ok(json!({ "definition": text::lines(&blocks).lines().collect::<Vec<_>>() }))
}

/// What is wrong in a definition; `refused` counts the errors.
///
/// # Errors
/// When the file cannot be read or is no definition.
pub fn check_definition(file: &Path, language: Language) -> Result<DefinitionsRun, Problem> {
    let findings = check::check(&definition(file)?);
    let errors = findings.iter().filter(|finding| finding.severity == check::FindingSeverity::Error).count();
    let line = |finding: &check::Finding| json!({ "severity": finding.severity, "place": finding.place, "sentence": finding.sentence(language) });
    let findings: Vec<Value> = findings.iter().map(line).collect();
    Ok(DefinitionsRun { report: json!({ "findings": findings }), refused: errors as u64 })
}

/// Why a person is in the cohort, or is not.
///
/// # Errors
/// When a file cannot be read, the definition cannot be run, or the index holds no such person.
pub fn why(file: &Path, index: &Path, person_id: i64) -> Result<Value, Problem> {
    let expression = definition(file)?;
    let engine = engine(index)?;
    let trace = engine.trace(&expression, person_id).map_err(|error| unreadable(file, error))?;
    let trace = trace.ok_or_else(|| unreadable(index, format!("no person has the id {person_id}")))?;
    let names = Names { concepts: &BTreeMap::new(), units: &UnitNames::default() };
    let told = Explaining { names, expression: &expression, language: Language::En }.explain(trace);
    let why_not = why_not(&told);
    let mut answer = json!(told);
    answer["person_id"] = json!(person_id);
    answer["is_member"] = json!(why_not.is_none());
    answer["why_not"] = json!(why_not);
    Ok(answer)
}

/// What keeps a person out, in one sentence; none for a member.
fn why_not(told: &PatientExplanation) -> Option<String> {
    if !told.stays.is_empty() {
        return None;
    }
    let unmet: Vec<&str> =
        told.rules.iter().filter(|rule| !rule.is_met).map(|rule| rule.name.as_str()).collect();
    Some(if told.entries.is_empty() {
        "There is no entry event.".into()
    } else if told.tested.is_none() {
        "No entry event qualifies.".into()
    } else if unmet.is_empty() {
        "No day is left between the first and the last day in the cohort.".into()
    } else {
        format!("Not met: {}.", unmet.join("; "))
    })
}

/// What a change of a definition does: who is gained and who is lost, by what.
///
/// # Errors
/// When a file cannot be read, or a definition cannot be run.
pub fn compare(first: &Path, second: &Path, index: &Path) -> Result<Value, Problem> {
    let (before, after) = (definition(first)?, definition(second)?);
    let difference = engine(index)?.compare(&before, &after).map_err(|error| unreadable(second, error))?;
    let by = |moved: &[Moved], expression: &CohortExpression| {
        let mut causes: BTreeMap<String, u64> = BTreeMap::new();
        for one in moved {
            let cause = match one.cause {
                Cause::Entry => "entry event".to_owned(),
                Cause::Exit => "time in the cohort".to_owned(),
                Cause::Rule(at) => {
                    let name = expression.inclusion_rules.get(at).and_then(|rule| rule.name.clone());
                    name.unwrap_or_else(|| format!("rule {}", at + 1))
                }
            };
            *causes.entry(cause).or_default() += 1;
        }
        causes
    };
    Ok(json!({
        "stayed": difference.stayed,
        "gained": difference.gained.len(), "gained_by": by(&difference.gained, &before),
        "lost": difference.lost.len(), "lost_by": by(&difference.lost, &after),
    }))
}
