//! Files that others made to break readers of CSV: a registry in twenty-eight dialects and with every usual fault, and the
//! test files of CSV's own projects.

use std::fs;
use std::path::{Path, PathBuf};

use rustcare_test_support::exchange::table::Table;
use rustcare_test_support::exchange::table::dialect::DialectChoice;
use rustcare_test_support::{TestClinic, data_or_skip};
use serde_json::{Value, json};

use crate::import_table::{DESK, assert_accounted, bring_in, findings, look, reasons};

fn read(path: &Path) -> Table {
    Table::open(path, &DialectChoice::default()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn cells(table: &Table) -> Vec<Vec<String>> {
    table.rows().filter_map(|r| r.cells.ok()).map(|c| c.iter().map(|c| c.to_string()).collect()).collect()
}

/// What is to become of a file of the registry.
enum Expected {
    /// All rows as in the clean file.
    Clean,
    /// The same, with one row that was separated otherwise, which is said.
    CleanWithOtherDelimiter(u64),
    /// All rows as in the clean file but this one, which a person must decide, for this reason.
    Asked(u64, &'static str),
    /// Nothing can be brought in before this is answered; the rows are those of the clean file.
    Question(&'static str),
}

/// Every file of Pollock's registry with what is to become of it.
const REGISTRY: &[(&str, Expected)] = &[
    ("file_encoding_cp1252", Expected::Clean),
    ("file_encoding_utf-16", Expected::Clean),
    ("file_encoding_utf-8-sig", Expected::Clean),
    ("file_escape_char_0x00", Expected::Clean),
    ("file_escape_char_0x5C", Expected::Clean),
    ("file_field_delimiter_0x2C_0x20", Expected::Clean),
    ("file_field_delimiter_0x3B", Expected::Clean),
    ("file_field_delimiter_0x7C", Expected::Clean),
    ("file_field_delimiter_0x9", Expected::Clean),
    ("file_header_multirow_2", Expected::Clean),
    ("file_header_only", Expected::Question("table_empty")),
    ("file_no_header", Expected::Question("table_name_column")),
    ("file_no_payload", Expected::Question("table_empty")),
    ("file_no_trailing_newline", Expected::Clean),
    ("file_one_data_row", Expected::Clean),
    ("file_preamble", Expected::Clean),
    ("file_quotation_char_0x27", Expected::Clean),
    ("file_record_delimiter_0xA", Expected::Clean),
    ("file_record_delimiter_0xD", Expected::Clean),
    ("row_extra_quote20_col5", Expected::Asked(21, "table_quote_stray")),
    ("row_extra_quote24_col6", Expected::Asked(25, "table_quote_stray")),
    ("row_field_delimiter_20_semicolon", Expected::CleanWithOtherDelimiter(21)),
    ("row_field_delimiter_24_semicolon", Expected::CleanWithOtherDelimiter(25)),
    ("row_less_sep_row20_col5", Expected::Asked(21, "table_values_few")),
    ("row_less_sep_row24_col6", Expected::Asked(25, "table_values_few")),
    ("row_more_sep_row20_col5", Expected::Asked(21, "table_values_many")),
    ("row_more_sep_row24_col6", Expected::Asked(25, "table_values_many")),
    ("source", Expected::Clean),
];

/// The rows of a clean file, read by the plainest of readers: it is regular, every value between quotation marks.
pub fn clean_rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("the clean file");
    let value = |v: &str| v.replace("\"\"", "\"");
    text.lines()
        .map(|line| {
            let inner = line.strip_prefix('"').and_then(|l| l.strip_suffix('"')).expect("between marks");
            inner.split("\",\"").map(value).collect()
        })
        .collect()
}

#[test]
fn the_list_has_every_file_of_the_registry() {
    let Some(data) = data_or_skip("the registry in other dialects") else { return };
    let folder = data.join("messy_csv/clinic_registry_pollock/csv");
    let mut there: Vec<String> = fs::read_dir(folder)
        .expect("the folder")
        .flatten()
        .map(|e| e.path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    there.sort();
    let listed: Vec<&str> = REGISTRY.iter().map(|(name, _)| *name).collect();
    assert_eq!(there, listed);
}

#[test]
fn each_file_of_the_registry_reads_to_the_clean_truth_or_says_what_to_decide() {
    let Some(data) = data_or_skip("the registry in other dialects") else { return };
    let folder = data.join("messy_csv/clinic_registry_pollock");
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    for (name, expected) in REGISTRY {
        let file = format!("{name}.csv");
        let table = read(&folder.join("csv").join(&file));
        let mut clean = clean_rows(&folder.join("clean").join(&file));
        if *name != "file_no_header" && !clean.is_empty() {
            let names = clean.remove(0);
            // The truth says the doubled names twice ("Id Id"); here they are said once.
            let once = |n: &String| n.split_once(' ').map_or(n.as_str(), |(a, _)| a).to_owned();
            assert_eq!(table.names, names.iter().map(once).collect::<Vec<_>>(), "{name}");
        }
        let entry = session.entry("Data", &["messy_csv", "clinic_registry_pollock", "csv", file.as_str()]);
        let choice = json!({ "system": name });
        let look = look(&session, &entry, choice.clone()).expect("looked at");
        assert_eq!(look["counts"]["rows"], clean.len(), "{name}");
        assert_accounted(&look, name);
        let questions: Vec<&str> = reasons(&look["questions"]);
        let errors = findings(&look, "error");
        // What the dry run said is what the import does.
        let job = bring_in(&session, &entry, choice);
        if questions.is_empty() {
            let done = ["patients", "already_there", "changed", "rejected"].map(|key| &job["report"][key]);
            let said = ["new", "already_there", "changed", "refused"].map(|key| &look["counts"][key]);
            assert_eq!(done, said, "{name}");
        } else {
            assert_eq!(job["problem"]["reason"], "table_undecided", "{name}");
        }
        match expected {
            Expected::Clean => {
                assert_eq!(cells(&table), clean, "{name}");
                assert!(questions.is_empty() && errors.is_empty(), "{name}: {questions:?} {errors:?}");
            }
            Expected::CleanWithOtherDelimiter(line) => {
                assert_eq!(cells(&table), clean, "{name}");
                assert!(errors.is_empty(), "{name}: {errors:?}");
                let said = findings(&look, "warning");
                assert!(said.contains(&(*line, "table_other_delimiter".to_owned())), "{name}");
            }
            Expected::Asked(line, reason) => {
                clean.remove(*line as usize - 2);
                assert_eq!(cells(&table), clean, "{name}");
                assert_eq!(errors, [(*line, (*reason).to_owned())], "{name}");
                let text =
                    look["findings"].as_array().expect("findings").iter().find(|f| f["severity"] == "error");
                assert!(
                    text.is_some_and(|f| f["text"].as_str().is_some_and(|t| t.contains("Massachusetts")))
                );
            }
            Expected::Question(reason) => {
                assert_eq!(cells(&table), clean, "{name}");
                assert!(questions.contains(reason), "{name}: {questions:?}");
            }
        }
    }
}

#[test]
fn the_spectrum_of_csv_reads_as_its_json_says() {
    let Some(data) = data_or_skip("csv-spectrum") else { return };
    let folder = data.join("messy_csv/csv-spectrum");
    let mut seen = 0;
    for entry in fs::read_dir(folder.join("csvs")).expect("the folder").flatten() {
        let path = entry.path();
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let expected = fs::read(folder.join("json").join(format!("{stem}.json"))).expect("its JSON");
        let Ok(Value::Array(expected)) = serde_json::from_slice::<Value>(&expected) else {
            // One file's JSON is of other values than its CSV, and no array.
            assert_eq!(stem, "location_coordinates");
            continue;
        };
        let table = read(&path);
        let ours: Vec<Value> = cells(&table)
            .into_iter()
            .map(|row| table.names.iter().cloned().zip(row.into_iter().map(Value::from)).collect())
            .collect();
        assert_eq!(ours, expected, "{stem}");
        seen += 1;
    }
    assert_eq!(seen, 11);
}

fn files_below(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder").flatten() {
        let path = entry.path();
        if path.is_dir() { files_below(&path, into) } else { into.push(path) }
    }
}

#[test]
fn no_other_messy_file_panics_or_loses_a_row() {
    let Some(data) = data_or_skip("messy CSV") else { return };
    let mut files = Vec::new();
    for folder in ["frictionless", "csvkit", "charset_normalizer", "csv-spectrum/csvs"] {
        files_below(&data.join("messy_csv").join(folder), &mut files);
    }
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    let (mut tables, mut compared) = (0, 0);
    for path in &files {
        let Ok(table) = Table::open(path, &DialectChoice::default()) else { continue };
        tables += 1;
        let name = path.display().to_string();
        let entry = clinic.workstation.lend(vec![path.clone()]).expect("lent");
        let look = look(&session, &entry, json!({})).expect("looked at");
        assert_accounted(&look, &name);
        assert_eq!(look["counts"]["rows"], table.rows().count(), "{name}");
        // Whatever stands in the file stands in a row when none is taken for a name of columns.
        let bare = DialectChoice { header_rows: Some(0), preamble_rows: Some(0), ..DialectChoice::default() };
        let bare = Table::open(path, &bare).expect("read before");
        let kept: usize = bare.rows().map(|r| letters(r.text)).sum();
        if let Ok(text) = fs::read_to_string(path) {
            assert_eq!(kept, letters(&text), "{name}");
            compared += 1;
        }
    }
    assert!(tables > 100, "only {tables} of {} files were read as tables", files.len());
    assert!(compared > 90, "only {compared} were compared letter by letter");
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}
