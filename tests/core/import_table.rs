//! Tables in: a registry in twenty-nine dialects and with every usual fault, the test files of CSV's own projects, and a
//! journey from the look to the patient.

use std::fs;
use std::path::{Path, PathBuf};

use rustcare_test_support::exchange::table::dialect::DialectChoice;
use rustcare_test_support::exchange::table::records::Delimiter;
use rustcare_test_support::exchange::table::{Table, TableChoice};
use rustcare_test_support::{Session, TestClinic, data_or_skip};
use rustcare_workstation::{Problem, ProblemCode, Role};
use serde_json::{Value, json};

const DESK: [Role; 2] = [Role::Administrator, Role::FrontDesk];

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
fn clean_rows(path: &Path) -> Vec<Vec<String>> {
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
        let look = look(&session, &entry, json!({})).expect("looked at");
        assert_eq!(look["counts"]["rows"], clean.len(), "{name}");
        assert_accounted(&look, name);
        let questions: Vec<&str> = reasons(&look["questions"]);
        let errors = findings(&look, "error");
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

fn look(session: &Session<'_>, entry: &str, choice: Value) -> Result<Value, Problem> {
    session.ask("look_at_table", json!({ "entry_id": entry, "choice": choice }))
}

fn bring_in(session: &Session<'_>, entry: &str, choice: Value) -> Value {
    let started = session.ask("import_table", json!({ "entry_id": entry, "choice": choice }));
    session.finish(&started.expect("started"))
}

fn reasons(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|q| q["why"]["reason"].as_str()).collect()
}

fn findings(look: &Value, severity: &str) -> Vec<(u64, String)> {
    let all = look["findings"].as_array().expect("findings");
    all.iter()
        .filter(|f| f["severity"] == severity)
        .map(|f| (f["line"].as_u64().unwrap_or(0), f["why"]["reason"].as_str().unwrap_or("").to_owned()))
        .collect()
}

fn assert_accounted(look: &Value, name: &str) {
    let count = |key: &str| look["counts"][key].as_u64().expect("a count");
    let sum = ["new", "already_there", "changed", "refused", "open"].map(count).iter().sum::<u64>();
    assert_eq!(sum, count("rows"), "{name}: {}", look["counts"]);
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

#[test]
fn a_synthea_registry_comes_in_once_and_its_patients_are_found() {
    let Some(data) = data_or_skip("the registry") else { return };
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    let path = ["messy_csv", "clinic_registry_pollock", "csv", "source.csv"];
    let entry = session.entry("Data", &path);
    let look = look(&session, &entry, json!({})).expect("looked at");
    assert_eq!((&look["counts"]["new"], &look["counts"]["refused"]), (&json!(27), &json!(0)));
    assert!(look["columns"][3]["samples"].as_array().is_some_and(Vec::is_empty), "a secret is not shown");
    assert!(!look.to_string().contains("999-17-5017"));
    let job = bring_in(&session, &entry, json!({}));
    assert_eq!((&job["state"], &job["report"]["patients"]), (&json!("done"), &json!(27)), "{job}");
    for row in clean_rows(&data.join("messy_csv/clinic_registry_pollock/clean/source.csv")).iter().skip(1) {
        let text = format!("{} {}", row[5], row[6]);
        let found =
            session.ask("find_patients", json!({ "text": text, "limit": 5, "offset": 0 })).expect("found");
        assert_eq!(found["total"], 1, "a patient of the table is not found");
        assert_eq!(found["patients"][0]["sex"], if row[10] == "M" { "male" } else { "female" });
    }
    // The sealed number is there for whoever may see it.
    let by_id = json!({ "text": "3edac2e3-d223-6fae-d515-daf96ef6bc76", "limit": 5, "offset": 0 });
    let found = session.ask("find_patients", by_id).expect("found");
    let patient = found["patients"][0]["patient_id"].clone();
    let secret = json!({ "patient_id": patient, "secret": "ssn", "reason": "test of the table" });
    assert_eq!(session.ask("reveal_secret", secret).expect("revealed")["value"], "999175017");
    // Again, and from the same rows in another dialect: nothing changes.
    let again = bring_in(&session, &entry, json!({}))["report"].clone();
    assert_eq!(
        (&again["already_there"], &again["taken"], &again["changed"]),
        (&json!(27), &json!(0), &json!(0))
    );
    let other = session
        .entry("Data", &["messy_csv", "clinic_registry_pollock", "csv", "file_field_delimiter_0x9.csv"]);
    let again = bring_in(&session, &other, json!({ "system": "source" }))["report"].clone();
    assert_eq!(
        (&again["already_there"], &again["taken"], &again["changed"]),
        (&json!(27), &json!(0), &json!(0))
    );
    // Under another name they would be new, and are said to be alike.
    let look = self::look(&session, &other, json!({})).expect("looked at");
    assert_eq!(look["twins"].as_array().map(Vec::len), Some(27));
    assert!(look["twins"][0]["mrn"].is_string());
}

fn write(clinic: &TestClinic, name: &str, text: &[u8]) {
    fs::write(clinic.place().join(name), text).expect("written");
}

const REGISTER: &str = "NHC;Nombre;Apellidos;Fecha de nacimiento;Sexo;Correo\r\n\
    1;Ana;Ruiz;02/03/1987;M;ana@example.org\r\n\
    2;José;Muñoz;05/06/1990;H;\r\n\
    3;Luz;Gil;07/08/1961;M;no-es-correo\r\n\
    4;;;01/02/1970;H;\r\n\
    5;Eva;Sol;31/02/1970;otra cosa;\r\n\
    6;Bo;Paz\r\n\
    1;Ana;Ruiz;02/03/1987;M;ana@example.org\r\n\
    7;Ana;Ruiz;02/03/1987;M;\r\n\
    2;Pepe;Otro;05/06/1990;H;\r\n";

#[test]
fn a_spanish_register_is_asked_about_tried_and_brought_in() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    let bytes: Vec<u8> = REGISTER.chars().map(|c| c as u32 as u8).collect();
    write(&clinic, "registro.csv", &bytes);
    let entry = session.entry("Test place", &["registro.csv"]);
    let first = look(&session, &entry, json!({})).expect("looked at");
    assert_eq!(first["dialect"]["delimiter"], "semicolon");
    assert_eq!(first["dialect"]["encoding"], "windows-1252");
    assert_eq!(reasons(&first["questions"]), ["table_date_order"]);
    assert_eq!((&first["counts"]["rows"], &first["counts"]["new"]), (&json!(9), &json!(0)));
    assert_accounted(&first, "registro");
    // While the question is open nothing comes in.
    let job = bring_in(&session, &entry, json!({}));
    assert_eq!(job["problem"]["reason"], "table_undecided");

    let choice = json!({ "date_order": "day_month_year" });
    let look = look(&session, &entry, choice.clone()).expect("looked at");
    assert!(reasons(&look["questions"]).is_empty());
    let errors: Vec<(u64, String)> = findings(&look, "error");
    let expected = [
        (4, "email_form"),
        (5, "name_missing"),
        (6, "no_such_day"),
        (6, "table_sex_unread"),
        (7, "table_values_few"),
        (10, "patient_twice"),
    ];
    assert_eq!(errors, expected.map(|(line, reason)| (line, reason.to_owned())));
    assert_eq!(findings(&look, "information"), [(8, "table_row_twice".to_owned())]);
    assert_eq!(look["twins"], json!([{ "line": 9, "earlier_line": 2, "mrn": null }]));
    let counts = &look["counts"];
    assert_eq!(
        (&counts["new"], &counts["already_there"], &counts["refused"]),
        (&json!(3), &json!(1), &json!(5))
    );

    let job = bring_in(&session, &entry, choice);
    let report = &job["report"];
    assert_eq!(
        (&report["patients"], &report["already_there"], &report["rejected"]),
        (&json!(3), &json!(1), &json!(5))
    );
    let found = session
        .ask("find_patients", json!({ "text": "munoz jose", "limit": 5, "offset": 0 }))
        .expect("found");
    assert_eq!(found["patients"][0]["sex"], "male");
    assert_eq!(
        found["patients"][0]["given_name"]
            .as_str()
            .or(found["patients"][0]["name"].as_str())
            .map(|n| n.contains("José")),
        Some(true),
        "{found}"
    );

    // What was refused comes back as a table, is corrected, and comes in.
    let places = session.ask("list_places", json!({})).expect("places");
    let place = &places["places"][0]["place_id"];
    let written = session
        .ask("export_rejected", json!({ "job_id": job["job_id"], "place_id": place }))
        .expect("handed out");
    assert_eq!(written["rows"], 5);
    let file = written["file"].as_str().expect("a file");
    let text = fs::read_to_string(clinic.place().join(file)).expect("written");
    assert!(text.starts_with("reason,line,\"NHC\""), "{text}");
    assert!(
        text.contains("\"Correo: Write it like name@example.org.\",4,3,Luz,Gil,07/08/1961,M,no-es-correo")
    );
    let corrected =
        text.replace("no-es-correo", "luz@example.org").replace("31/02/1970,otra cosa", "28/02/1970,Mujer");
    write(&clinic, "corregido.csv", corrected.as_bytes());
    let entry = session.entry("Test place", &["corregido.csv"]);
    let job = bring_in(&session, &entry, json!({ "date_order": "day_month_year", "system": "registro" }));
    let report = &job["report"];
    assert_eq!((&report["patients"], &report["rejected"]), (&json!(2), &json!(2)), "{report}");
    let found =
        session.ask("find_patients", json!({ "text": "eva sol", "limit": 5, "offset": 0 })).expect("found");
    assert_eq!(found["patients"][0]["sex"], "female");
}

#[test]
fn a_workbook_is_no_table_and_an_unknown_column_is_a_question() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    write(&clinic, "book.csv", b"PK\x03\x04\x00\x00not text");
    let entry = session.entry("Test place", &["book.csv"]);
    assert_eq!(look(&session, &entry, json!({})).expect_err("refused").code, ProblemCode::UnreadableFile);
    write(&clinic, "plain.csv", b"a,b\nAna,Ruiz\n");
    let entry = session.entry("Test place", &["plain.csv"]);
    let choice = json!({ "columns": { "a": "given_name", "c": "family_name" } });
    let look = look(&session, &entry, choice).expect("looked at");
    assert_eq!(reasons(&look["questions"]), ["table_column_absent"]);
}

#[test]
fn whoever_may_not_seal_numbers_is_told_that_they_were_left_out() {
    if data_or_skip("the registry").is_none() {
        return;
    }
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Clinician]);
    let entry =
        session.entry("Data", &["messy_csv", "clinic_registry_pollock", "csv", "file_one_data_row.csv"]);
    let report = bring_in(&session, &entry, json!({}))["report"].clone();
    assert_eq!(report["patients"], 1);
    assert_eq!(reasons(&report["rejections"]), ["ssn_left_out"]);
}

#[test]
fn a_map_file_says_what_a_person_would() {
    let map = "system = \"north\"\ndate_order = \"month_day_year\"\n[dialect]\ndelimiter = \"pipe\"\n[columns]\nVorname = \"given_name\"\nNotiz = \"leave_out\"\n";
    let choice = TableChoice::from_toml(map).expect("a map");
    assert_eq!(choice.dialect.delimiter, Some(Delimiter::Pipe));
    assert_eq!(choice.columns.len(), 2);
    let error = TableChoice::from_toml("system = \"x\"\n[columns]\nA = \"nonsense\"\n").expect_err("refused");
    assert!(error.starts_with("line 3"), "{error}");
}
