//! Matching of CSV files, without a vault: the same matcher as the register's, so that it can be compared with others.
//!
//! Nothing of a row is told beyond identifiers in the result file, which the caller named.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustcare_patients::matching::columns::ColumnMap;
use rustcare_patients::matching::people::People;
use rustcare_patients::matching::people_file::{BadRow, PeopleFile};
use rustcare_patients::matching::person::NormalPerson;
use rustcare_patients::matching::scoring::{FLOOR, MatchRun, run};
use rustcare_patients::matching::{MatchModel, clusters};
use serde_json::{Value, json};

use rustcare_model::reason::Reason;

use crate::problem::{Problem, ProblemCode};

/// What to match, and where the answer goes.
#[derive(Debug, Clone, Default)]
pub struct FileMatching {
    /// One file (duplicates inside it) or the first of two.
    pub first: PathBuf,
    /// The second of two: pairs across are looked for.
    pub second: Option<PathBuf>,
    /// Where the pairs go.
    pub out: PathBuf,
    /// A TOML map from headers to fields.
    pub columns: Option<PathBuf>,
    /// Pairs of at least this probability are written, above 0 and below 1; a millionth when nothing is said.
    pub threshold: Option<f64>,
    /// A model: used when the file is there, written when it is not.
    pub model: Option<PathBuf>,
}

/// The answer, and how many rows were left out of the matching.
#[derive(Debug, Clone)]
pub struct FilesMatched {
    /// Counts, times, places.
    pub report: Value,
    /// Rows that were rejected.
    pub rejected: u64,
}

/// Probability from which pairs are counted as probable, and clusters are formed.
const PROBABLE: f64 = 0.9;
/// Probability from which pairs are counted as possible.
const POSSIBLE: f64 = 0.5;

/// Reads, matches, writes.
///
/// # Errors
/// A file that cannot be read or written, a map or model that does not fit, a threshold out of range.
pub fn match_files(what: &FileMatching) -> Result<FilesMatched, Problem> {
    let started = Instant::now();
    let floor = what.threshold.unwrap_or(FLOOR);
    if !(floor > 0.0 && floor < 1.0) {
        return Err(Problem::at("threshold", Reason::ProbabilityRange));
    }
    let map = match &what.columns {
        Some(path) => ColumnMap::from_toml(&text(path)?).map_err(|error| bad(path, &error))?,
        None => ColumnMap::default(),
    };
    let given = match &what.model {
        Some(path) if path.exists() => {
            Some(MatchModel::from_json(&text(path)?).map_err(|error| bad(path, &error.to_string()))?)
        }
        _ => None,
    };
    let trained_here = given.is_none();
    let first = people_file(&what.first, &map)?;
    let second = what.second.as_deref().map(|path| people_file(path, &map)).transpose()?;
    let people = match &second {
        Some(second) => People::of_two(&normalised(&first), &normalised(second)),
        None => People::of_one(&normalised(&first)),
    };
    let read = started.elapsed();
    let matched = run(&people, given, floor);
    let writing = Instant::now();
    write_pairs(&what.out, &first, second.as_ref(), &matched)?;
    let model_file = what.model.clone().unwrap_or_else(|| what.out.with_extension("model.json"));
    if trained_here {
        std::fs::write(&model_file, matched.model.to_json())
            .map_err(|error| cannot_write(&model_file, &error))?;
    }
    let mut files = vec![(&what.first, &first)];
    files.extend(what.second.as_ref().zip(second.as_ref()));
    let rejected: usize = files.iter().map(|(_, f)| f.rejected.len()).sum();
    let count = |least: f64| matched.pairs.iter().filter(|p| p.probability >= least).count();
    let likely = matched.pairs.iter().filter(|p| p.probability >= PROBABLE).map(|p| (p.a, p.b, p.weight));
    let groups = clusters::clusters(likely, &[]);
    let milliseconds = |time: std::time::Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    let report = json!({
        "files": files.iter().map(|(path, file)| file_report(path, file)).collect::<Vec<_>>(),
        "pairs": {
            "possible": people.possible_pairs(),
            "scored": matched.pairs_scored,
            "written": matched.pairs.len(),
            "certain": matched.pairs.iter().filter(|p| p.combination.is_some()).count(),
            "probable": count(PROBABLE),
            "at_least_one_half": count(POSSIBLE),
        },
        "clusters": { "at_probability": PROBABLE, "count": groups.len(), "records": groups.iter().map(Vec::len).sum::<usize>() },
        "blocking": matched.blocking,
        "model": { "file": model_file, "trained_here": trained_here, "version": matched.model.version,
                   "trained_on": matched.model.trained_on, "chance_of_match": matched.model.chance_of_match },
        "out": what.out,
        "rejected": rejected,
        "milliseconds": {
            "read": milliseconds(read),
            "block": milliseconds(matched.blocking_time),
            "train": milliseconds(matched.training_time),
            "score": milliseconds(matched.scoring_time),
            "write": milliseconds(writing.elapsed()),
            "total": milliseconds(started.elapsed()),
        },
        "pairs_scored_per_second": (matched.pairs_scored as f64 / matched.scoring_time.as_secs_f64().max(1e-9)).round(),
    });
    Ok(FilesMatched { report, rejected: rejected as u64 })
}

fn normalised(file: &PeopleFile) -> Vec<NormalPerson> {
    file.people.iter().map(|p| p.normalised()).collect()
}

fn people_file(path: &Path, map: &ColumnMap) -> Result<PeopleFile, Problem> {
    let bytes = std::fs::read(path).map_err(|error| bad(path, &error.to_string()))?;
    let this_year =
        jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date().year().unsigned_abs();
    PeopleFile::read(&bytes, map, this_year).map_err(|error| bad(path, &error.to_string()))
}

fn text(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|error| bad(path, &error.to_string()))
}

fn bad(path: &Path, what: &str) -> Problem {
    let why =
        Reason::NamedFileUnreadable.with("file", path.display()).with("what", what.trim_end_matches('.'));
    Problem::new(ProblemCode::UnreadableFile, why)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Problem {
    let why = Reason::NamedFileNotWritten.with("file", path.display()).with("what", error);
    Problem::new(ProblemCode::StorageFailed, why)
}

fn file_report(path: &Path, file: &PeopleFile) -> Value {
    let name = path.display().to_string();
    let rows = |bad: &[BadRow]| -> Vec<Value> {
        bad.iter().map(|b| json!({ "file": name, "row": b.line, "what": b.what })).collect()
    };
    json!({
        "file": name,
        "records": file.people.len(),
        "delimiter": file.delimiter,
        "date_order": file.date_order,
        "columns": file.recognised.iter().map(|(header, field)| json!({ "header": header, "field": field })).collect::<Vec<_>>(),
        "unrecognised_columns": file.unrecognised,
        "duplicate_ids": file.duplicate_ids,
        "rejected_rows": rows(&file.rejected),
        "unreadable_values": rows(&file.unreadable),
    })
}

/// Writes `id_a,id_b,probability,weight`, highest weight first. With two files, `id_a` is of the first.
fn write_pairs(
    out: &Path,
    first: &PeopleFile,
    second: Option<&PeopleFile>,
    matched: &MatchRun,
) -> Result<(), Problem> {
    let id = |row: u32| -> &str {
        let row = row as usize;
        match first.ids.get(row) {
            Some(id) => id,
            None => second.map_or("", |s| &s.ids[row - first.ids.len()]),
        }
    };
    let write = || -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(out)?);
        writeln!(file, "id_a,id_b,probability,weight")?;
        for pair in &matched.pairs {
            let (a, b) = (quoted(id(pair.a)), quoted(id(pair.b)));
            writeln!(file, "{a},{b},{:.12},{:.4}", pair.probability, pair.weight)?;
        }
        file.flush()
    };
    write().map_err(|error| cannot_write(out, &error))
}

/// A cell, quoted where CSV asks for it (RFC 4180).
fn quoted(cell: &str) -> std::borrow::Cow<'_, str> {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\"")).into()
    } else {
        cell.into()
    }
}
