//! Handing out: who may, what it leaves in the trail, what is in the file and what never is.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use rustcare_test_support::exchange::out::omop::mapping::ConceptMap;
use rustcare_test_support::exchange::out::{ExportContext, ExportFormat, age, export};
use rustcare_test_support::{Session, TestClinic, data_or_skip, form};
use rustcare_vault::audit::chain;
use rustcare_workstation::{Problem, ProblemCode, Role};
use serde_json::{Value, json};

use crate::round_trip::of_zip;

const SSN: &str = "536904399";
const PASSPHRASE: &str = "seven violet bridges over mud";

struct Stage {
    clinic: TestClinic,
    patient: Value,
}

impl Stage {
    fn new() -> Self {
        let clinic = TestClinic::new();
        let desk = clinic.sign_in(&[Role::FrontDesk]);
        let mut own = form("Amina", "Yusuf", "1987-03-02");
        own["ssn"] = json!("536-90-4399");
        own["address_line"] = json!("=HYPERLINK(\"http://x\")");
        let patient = desk.ask("register_patient", json!({ "form": own })).expect("registered");
        desk.ask("register_patient", json!({ "form": form("Tom", "Berg", "1990-05-04") }))
            .expect("registered");
        drop(desk);
        Self { clinic, patient: patient["patient_id"].clone() }
    }

    fn input(&self, session: &Session<'_>, change: Value) -> Value {
        let places = session.ask("list_places", json!({})).expect("places");
        let mut input = json!({
            "whom": { "kind": "patients", "patient_ids": [self.patient] }, "format": "csv", "purpose": "patient_request",
            "purpose_words": "", "recipient": "Amina Yusuf", "with_ssn": false,
            "protection": { "kind": "open", "reason": "She opens it at home" }, "place_id": places["places"][0]["place_id"],
        });
        for (name, value) in change.as_object().into_iter().flatten() {
            input[name] = value.clone();
        }
        input
    }

    fn hand_out(&self, roles: &[Role], change: Value) -> Result<(Value, Vec<u8>), Problem> {
        let session = self.clinic.sign_in(roles);
        let started = session.ask("export_records", self.input(&session, change))?;
        let job = session.finish(&started);
        assert_eq!(job["state"], "done", "{job}");
        let receipt = job["receipt"].clone();
        let bytes =
            fs::read(self.clinic.place().join(receipt["file"].as_str().expect("a file"))).expect("read");
        assert_eq!(receipt["bytes"], bytes.len());
        Ok((receipt, bytes))
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(self.clinic.place()).expect("a place").flatten().map(|e| e.path()).collect()
    }
}

fn refusal(stage: &Stage, roles: &[Role], change: Value) -> (ProblemCode, String) {
    let problem = stage.hand_out(roles, change).expect_err("refused");
    (problem.code, problem.reason.name())
}

#[test]
fn each_role_hands_out_what_it_may_and_no_more() {
    let stage = Stage::new();
    let everybody = json!({ "kind": "everybody" });
    stage.hand_out(&[Role::FrontDesk], json!({})).expect("one patient's particulars");
    stage
        .hand_out(&[Role::Administrator], json!({ "whom": everybody, "purpose": "audit" }))
        .expect("particulars");
    stage
        .hand_out(&[Role::Clinician], json!({ "whom": everybody, "format": "fhir_bundle" }))
        .expect("charts");
    let forbidden = ProblemCode::NotPermitted;
    for (roles, change, reason) in [
        (vec![Role::FrontDesk], json!({ "format": "fhir_bundle" }), "export_chart_forbidden"),
        (vec![Role::FrontDesk], json!({ "whom": everybody }), "export_one_patient"),
        (vec![Role::FrontDesk], json!({ "purpose": "research" }), "export_one_patient"),
        (vec![Role::Administrator], json!({ "format": "fhir_ndjson" }), "export_chart_forbidden"),
        (
            vec![Role::Administrator],
            json!({ "whom": { "kind": "diagnosis", "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "B20" } }),
            "export_chart_forbidden",
        ),
        (vec![Role::Nurse], json!({}), "role_forbids"),
        (vec![Role::Analyst], json!({}), "role_forbids"),
        (vec![Role::Radiographer], json!({}), "role_forbids"),
    ] {
        assert_eq!(refusal(&stage, &roles, change), (forbidden, reason.to_owned()));
    }
    let invalid = ProblemCode::InvalidInput;
    let short = json!({ "kind": "passphrase", "passphrase": "short" });
    for (change, reason) in [
        (json!({ "with_ssn": true, "purpose": "research" }), "export_ssn_purpose"),
        (json!({ "recipient": "  " }), "export_recipient_missing"),
        (json!({ "purpose": "other" }), "export_purpose_missing"),
        (json!({ "protection": { "kind": "open", "reason": " " } }), "export_open_reason"),
        (json!({ "protection": short }), "passphrase_short"),
        (json!({ "whom": { "kind": "patients", "patient_ids": [] } }), "export_nobody"),
        (json!({ "format": "omop" }), "export_research_apart"),
    ] {
        assert_eq!(refusal(&stage, &[Role::Clinician], change), (invalid, reason.to_owned()));
    }
    assert_eq!(stage.files().len(), 6, "three files and their receipts");
}

/// Who gets the survivor's records learns which numbers lead to it, and what goes out is what FHIR R4 defines.
#[test]
fn a_merged_record_goes_out_as_a_link_of_its_survivor() {
    let stage = Stage::new();
    let desk = stage.clinic.sign_in(&[Role::FrontDesk]);
    let register = |given: &str| {
        let made = desk.ask("register_patient", json!({ "form": form(given, "Okonkwo", "1961-07-09") }));
        made.expect("registered")["patient_id"].clone()
    };
    let (keep, drop) = (register("Margaret"), register("Maggie"));
    let chart = desk.ask("open_chart", json!({ "patient_id": drop })).expect("a chart");
    let mrn = chart["banner"]["mrn"].as_str().expect("a number").to_owned();
    let merged = json!({ "survivor_id": keep, "retired_id": drop, "survivor_version": 1, "retired_version": 1,
        "chosen": [], "reason": "same passport" });
    desk.ask("merge_patients", merged).expect("merged");
    let whom = json!({ "kind": "patients", "patient_ids": [keep] });
    let change = json!({ "whom": whom, "format": "fhir_bundle" });
    let (_, bytes) = stage.hand_out(&[Role::Clinician], change).expect("handed out");
    let bundle: Value = serde_json::from_slice(&bytes).expect("json");
    let patient = &bundle["entry"][0]["resource"];
    assert_eq!(patient["link"][0]["type"], "replaces");
    assert_eq!(patient["link"][0]["other"]["identifier"]["value"], mrn);
    for entry in bundle["entry"].as_array().expect("entries") {
        let issues = rustcare_test_support::exchange::fhir::r4::check(&entry["resource"].to_string());
        assert!(issues.is_empty(), "{issues:?}");
    }
}

#[test]
fn the_trail_says_it_first_and_the_receipt_tells_all() {
    let stage = Stage::new();
    let (receipt, bytes) = stage.hand_out(&[Role::FrontDesk], json!({})).expect("handed out");
    let entries = stage.clinic.vault.read(|t| chain::range(t, 1, i64::MAX)).expect("the trail");
    let told: Vec<_> = entries.iter().filter(|p| p.entry.action == "export_records").collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].entry.subject.as_deref(), stage.patient.as_str());
    let first = told[0].entry.details.clone().unwrap_or_default();
    assert!(first.contains("patient_request") && first.contains("recipient Amina Yusuf"), "{first}");
    assert!(
        told[1]
            .entry
            .details
            .clone()
            .unwrap_or_default()
            .contains(receipt["sha256"].as_str().expect("a hash"))
    );
    let paper = stage.clinic.place().join(receipt["receipt_file"].as_str().expect("a paper"));
    let paper = fs::read_to_string(paper).expect("read");
    for word in [
        "Amina Yusuf",
        "patient_request",
        "tester",
        "She opens it at home",
        receipt["sha256"].as_str().expect(""),
    ] {
        assert!(paper.contains(word), "{word} is not in {paper}");
    }
    let table = String::from_utf8(bytes).expect("text");
    assert!(table.starts_with("\u{feff}mrn,family_name,given_name"));
    assert!(table.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{table}");
    // The loss report names what the table has no column for.
    let losses = receipt["losses"].as_array().expect("losses");
    assert!(losses.iter().any(|l| l["path"] == "patient_secret.ssn" && l["cause"] == "sealed"), "{losses:?}");
    let session = stage.clinic.sign_in(&[Role::FrontDesk]);
    let jobs = session.ask("list_jobs", json!({})).expect("jobs");
    let place = session.ask("list_places", json!({})).expect("places")["places"][0]["place_id"].clone();
    let save = json!({ "job_id": jobs["jobs"][0]["job_id"], "format": "csv", "place_id": place });
    let saved = session.ask("save_loss_report", save).expect("saved");
    let text =
        fs::read_to_string(stage.clinic.place().join(saved["file"].as_str().expect("a file"))).expect("read");
    assert!(text.starts_with("path,cause,count\r\n") && text.contains("patient_secret.ssn,sealed,1"));
    // Somebody else sees that it was done, not for whom.
    let other =
        stage.clinic.sign_in_as("other", &[Role::Administrator]).ask("list_jobs", json!({})).expect("jobs");
    assert!(other["jobs"][0]["receipt"].is_null());
}

#[test]
fn an_encrypted_file_opens_with_its_passphrase_alone() {
    let stage = Stage::new();
    let protection = json!({ "kind": "passphrase", "passphrase": PASSPHRASE });
    let change = json!({ "format": "fhir_bundle", "protection": protection });
    let (receipt, bytes) = stage.hand_out(&[Role::Clinician], change).expect("handed out");
    assert_eq!(receipt["encrypted"], true);
    assert!(receipt["file"].as_str().expect("a name").ends_with(".json.age"));
    assert!(!bytes.windows(5).any(|w| w == b"Yusuf"));
    let mut clear = Vec::new();
    assert!(age::open(Cursor::new(&bytes), "seven violet bridges over mut", &mut clear).is_err());
    assert!(clear.is_empty());
    age::open(Cursor::new(&bytes), PASSPHRASE, &mut clear).expect("opened");
    let bundle: Value = serde_json::from_slice(&clear).expect("JSON");
    assert_eq!(bundle["entry"][0]["resource"]["name"][0]["family"], "Yusuf");
    for file in stage.files() {
        let bytes = fs::read(&file).expect("read");
        assert!(!bytes.windows(PASSPHRASE.len()).any(|w| w == PASSPHRASE.as_bytes()), "{file:?}");
    }
}

/// Beside an encrypted file lies in the clear what its recipient needs, and nothing of how ill anybody is.
#[test]
fn beside_an_encrypted_file_the_receipt_tells_nothing_of_the_chart() {
    let stage = Stage::new();
    let session = stage.clinic.sign_in(&[Role::Clinician]);
    let lines = [
        json!({ "resourceType": "Patient", "id": "p", "name": [{ "family": "Okafor" }], "birthDate": "1980-01-01" }),
        json!({ "resourceType": "Condition", "id": "c", "subject": { "reference": "Patient/p" }, "code": { "text": "HIV" } }),
    ];
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    fs::write(stage.clinic.place().join("in.ndjson"), text).expect("written");
    let entry = session.entry("Test place", &["in.ndjson"]);
    session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    fs::remove_file(stage.clinic.place().join("in.ndjson")).expect("removed");
    let protection = json!({ "kind": "passphrase", "passphrase": PASSPHRASE });
    let change =
        json!({ "format": "fhir_bundle", "protection": protection, "whom": { "kind": "everybody" } });
    let (receipt, _) = stage.hand_out(&[Role::Clinician], change).expect("handed out");
    let read =
        |name: &Value| fs::read(stage.clinic.place().join(name.as_str().expect("a name"))).expect("read");
    let paper = String::from_utf8(read(&receipt["receipt_file"])).expect("text");
    for word in
        ["Amina Yusuf", "patient_request", receipt["sha256"].as_str().expect("a hash"), "losses.csv.age"]
    {
        assert!(paper.contains(word), "{word} is not in {paper}");
    }
    for word in ["Condition", "Patients", "Observation", "Not carried", "document"] {
        assert!(!paper.contains(word), "{word} is in {paper}");
    }
    let mut losses = Vec::new();
    age::open(Cursor::new(read(&receipt["losses_file"])), PASSPHRASE, &mut losses).expect("opened");
    let losses = String::from_utf8(losses).expect("text");
    assert!(
        losses.starts_with("path,cause,count\r\n") && losses.contains("Condition,in_file,1\r\n"),
        "{losses}"
    );
    assert!(losses.contains("Patient.identifier,added,3"), "{losses}");
    assert_eq!(stage.files().len(), 3);
}

#[test]
fn what_a_dead_program_left_is_taken_away_when_the_vault_is_next_opened() {
    let stage = Stage::new();
    let place = stage.clinic.place();
    for (name, text) in
        [("a.json", ""), ("a.json.part", "half"), ("b.json", "whole"), ("mine.part", "somebody's")]
    {
        fs::write(place.join(name), text).expect("written");
    }
    let gone = stage.clinic.folder.path().join("unplugged");
    let left = json!([
        { "job_id": "j1", "folder": place, "files": ["a.json"] },
        { "job_id": "j2", "folder": place, "files": ["b.json"] },
        { "job_id": "j3", "folder": gone, "files": ["c.json"] } ]);
    let key = "unfinished_exports";
    let setting = |text: &str| {
        stage.clinic.vault.write(|t| rustcare_vault::table::setting::put(t, key, text)).expect("kept");
    };
    setting(&left.to_string());
    stage.clinic.reopen();
    let mut names: Vec<_> = stage.files().iter().map(|f| f.file_name().expect("a name").to_owned()).collect();
    names.sort();
    assert_eq!(names, ["b.json", "mine.part"]);
    let entries = stage.clinic.vault.read(|t| chain::range(t, 1, i64::MAX)).expect("the trail");
    let told: Vec<_> =
        entries.iter().filter(|p| p.entry.action == "export_records").map(|p| &p.entry).collect();
    assert_eq!(told.len(), 2);
    assert!(told[0].details.as_deref().is_some_and(|d| d.contains("removed")), "{told:?}");
    assert!(told[1].details.as_deref().is_some_and(|d| d.contains("still there")), "{told:?}");
    let kept = stage
        .clinic
        .vault
        .read(|t| rustcare_vault::table::setting::get(t, key))
        .expect("read")
        .expect("kept");
    assert!(kept.contains("j3") && !kept.contains("j1") && !kept.contains("j2"), "{kept}");
    // An export that ends leaves no note of itself.
    stage.hand_out(&[Role::FrontDesk], json!({})).expect("handed out");
    let kept = stage
        .clinic
        .vault
        .read(|t| rustcare_vault::table::setting::get(t, key))
        .expect("read")
        .expect("kept");
    assert_eq!(kept.matches("job_id").count(), 1, "{kept}");
}

#[test]
fn a_sealed_number_goes_out_only_where_purpose_role_and_choice_agree() {
    let stage = Stage::new();
    let holds = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.contains(SSN) || text.contains("536-90-4399")
    };
    for format in ["csv", "hl7_adt", "fhir_bundle", "fhir_ndjson"] {
        for (with_ssn, purpose) in [(false, "treatment"), (false, "research"), (true, "treatment")] {
            let change = json!({ "format": format, "with_ssn": with_ssn, "purpose": purpose });
            let (_, bytes) = stage.hand_out(&[Role::Clinician, Role::FrontDesk], change).expect("handed out");
            let bytes = if format == "fhir_ndjson" {
                of_zip(&bytes).values().flatten().map(|t| t.to_json()).collect::<String>().into_bytes()
            } else {
                bytes
            };
            assert_eq!(holds(&bytes), with_ssn, "{format} for {purpose}");
        }
    }
}

#[test]
fn a_cancelled_export_leaves_no_file() {
    let stage = Stage::new();
    if data_or_skip("a long export").is_none() {
        return;
    }
    let session = stage.clinic.sign_in(&[Role::Clinician]);
    let entry = session.entry("Data", &["fhir", "synthea_data_pipes"]);
    session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    let change = json!({ "whom": { "kind": "everybody" }, "format": "fhir_ndjson" });
    let started = session.ask("export_records", stage.input(&session, change)).expect("started");
    session.ask("cancel_job", json!({ "job_id": started["job_id"] })).expect("cancelled");
    let job = session.finish(&started);
    assert_eq!((&job["state"], &job["receipt"]), (&json!("cancelled"), &Value::Null), "{job}");
    assert_eq!(stage.files(), Vec::<PathBuf>::new());
    let entries = stage.clinic.vault.read(|t| chain::range(t, 1, i64::MAX)).expect("the trail");
    let last = entries.iter().rev().find(|p| p.entry.action == "export_records").expect("an entry");
    assert_eq!(last.entry.outcome, rustcare_vault::Outcome::Failed);
}

fn demographics_of(clinic: &TestClinic) -> Vec<String> {
    let rows = |t: &rusqlite::Transaction<'_>| -> Result<Vec<String>, rustcare_vault::VaultError> {
        let all = rustcare_vault::table::patient::rows(t)?;
        let mut found = Vec::new();
        for row in all {
            let stored = rustcare_vault::table::patient::by_row(t, row)?;
            let mut d = stored.patient.demographics.clone();
            // The number of the vault that it came from is one more identifier.
            d.identifiers.retain(|i| !i.authority.starts_with("urn:rustcare:"));
            d.identifiers.sort_by(|a, b| (&a.authority, &a.value).cmp(&(&b.authority, &b.value)));
            found.push(serde_json::to_string(&d).expect("JSON"));
        }
        found.sort();
        Ok(found)
    };
    clinic.vault.read(rows).expect("patients")
}

fn records_of(clinic: &TestClinic) -> Vec<String> {
    let sql = "SELECT kind || '|' || source_id || '|' || component || '|' || coalesce(code_system,'') || '|' || coalesce(code,'')
      || '|' || title || '|' || coalesce(start_written,'') || '|' || coalesce(end_written,'') || '|' || coalesce(status,'')
      || '|' || coalesce(category,'') || '|' || coalesce(encounter,'') || '|' || coalesce(amount_written,'') || '|' || coalesce(unit,'')
      || '|' || coalesce(detail,'') || '|' || coalesce(reference_range,'') || '|' || coalesce(diagnoses,'') || '|' || coalesce(more_codes,'')
      FROM clinical_record ORDER BY 1";
    clinic
        .vault
        .read(|t| -> Result<Vec<String>, rustcare_vault::VaultError> {
            let mut statement = t.prepare(sql)?;
            let rows = statement.query_map([], |r| r.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .expect("records")
}

#[test]
fn our_own_export_makes_the_same_register_in_an_empty_vault() {
    if data_or_skip("the bundles").is_none() {
        return;
    }
    let stage = Stage::new();
    let session = stage.clinic.sign_in(&[Role::Clinician]);
    let entry = session.entry("Data", &["fhir", "synthea_data_pipes"]);
    session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    for (format, gone) in [("fhir_ndjson", false), ("fhir_bundle", false), ("fhir_ndjson", true)] {
        if gone {
            stage
                .clinic
                .vault
                .write(|t| rustcare_vault::table::resource::forget_sources(t))
                .expect("forgotten");
        }
        let change = json!({ "whom": { "kind": "everybody" }, "format": format });
        let (receipt, bytes) = stage.hand_out(&[Role::Clinician], change).expect("handed out");
        let empty = TestClinic::new();
        let name = receipt["file"].as_str().expect("a file");
        fs::write(empty.place().join(name), bytes).expect("written");
        let session = empty.sign_in(&[Role::Clinician]);
        let entry = session.entry("Test place", &[name]);
        let job = session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
        assert_eq!(job["report"]["rejected"], 0, "{}", job["report"]);
        assert_eq!(demographics_of(&empty), demographics_of(&stage.clinic), "{format}");
        let (mine, theirs) = (records_of(&stage.clinic), records_of(&empty));
        assert_eq!(mine.len(), theirs.len(), "{format} {gone}");
        let unlike: Vec<_> = mine.iter().zip(&theirs).filter(|(a, b)| a != b).take(3).collect();
        assert!(unlike.is_empty(), "{format} {gone}: {unlike:#?}");
    }
}

#[test]
fn research_tables_have_the_published_columns_and_nobodys_name() {
    if data_or_skip("the bundles").is_none() {
        return;
    }
    let stage = Stage::new();
    let session = stage.clinic.sign_in(&[Role::Analyst]);
    let importer = stage.clinic.sign_in(&[Role::Clinician]);
    let entry = importer.entry("Data", &["fhir", "synthea_data_pipes"]);
    importer.finish(&importer.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    let place = session.ask("list_places", json!({})).expect("places")["places"][0]["place_id"].clone();
    let hand_out = || {
        let input = json!({
            "whom": { "kind": "everybody" }, "purpose_words": "", "recipient": "Study group",
            "protection": { "kind": "open", "reason": "test" }, "place_id": place,
        });
        let job = session.finish(&session.ask("export_research_tables", input).expect("started"));
        assert_eq!(job["state"], "done", "{job}");
        let receipt = job["receipt"].clone();
        let bytes =
            fs::read(stage.clinic.place().join(receipt["file"].as_str().expect("a file"))).expect("read");
        (receipt, tables(&bytes))
    };
    // A base excess is a number below zero.
    fs::write(
        stage.clinic.place().join("minus.ndjson"),
        "{\"resourceType\":\"Patient\",\"id\":\"bx\",\"name\":[{\"family\":\"Low\"}],\"birthDate\":\"1970-01-01\"}\n{\"resourceType\":\"Observation\",\"id\":\"o\",\"status\":\"final\",\"subject\":{\"reference\":\"Patient/bx\"},\"code\":{\"text\":\"Base excess\"},\"effectiveDateTime\":\"2024-02-03\",\"valueQuantity\":{\"value\":-2.3,\"unit\":\"mmol/L\"},\"referenceRange\":[{\"text\":\"-2.0-3.0\"}]}\n",
    )
    .expect("written");
    let entry = importer.entry("Test place", &["minus.ndjson"]);
    importer.finish(&importer.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    let (receipt, tables) = hand_out();
    assert!(tables["measurement.csv"].contains(",-2.3,"), "a number, not a text");
    // Header lines of the published OMOP CDM v5.4 (a sample of the whole, by hand from the specification).
    assert!(tables["death.csv"].starts_with(
        "person_id,death_date,death_datetime,death_type_concept_id,cause_concept_id,cause_source_value,cause_source_concept_id\r\n"
    ));
    assert!(tables["observation_period.csv"].starts_with(
        "observation_period_id,person_id,observation_period_start_date,observation_period_end_date,period_type_concept_id\r\n"
    ));
    let people = stage.clinic.vault.read(|t| rustcare_vault::table::patient::count(t)).expect("a count");
    assert_eq!(receipt["counts"]["person"], people);
    assert_eq!(tables["person.csv"].lines().count() as i64, people + 1);
    for (name, table) in &tables {
        assert!(!table.contains("Yusuf") && !table.contains(SSN), "{name}");
        let widths: std::collections::BTreeSet<usize> =
            csv_rows(table).into_iter().map(|row| row.len()).collect();
        assert_eq!(widths.len(), 1, "{name}");
        let mut rows = csv_rows(table).into_iter();
        let columns = rows.next().expect("a header");
        let is_number = |column: &str| {
            (column.ends_with("_id") && column != "concept_id")
                || matches!(column, "value_as_number" | "range_low" | "range_high" | "year_of_birth")
        };
        for row in rows {
            for (column, cell) in columns.iter().zip(&row).filter(|(column, _)| is_number(column)) {
                assert!(cell.is_empty() || cell.parse::<f64>().is_ok(), "{name} {column}: {cell}");
            }
        }
    }
    // What is not mapped has concept 0 and stands in a table that can be filled in and loaded.
    let unmapped = &tables["unmapped.csv"];
    let rows = csv_rows(unmapped);
    let code = rows.iter().find(|r| r[0] == "http://loinc.org").expect("a LOINC code").clone();
    let filled =
        format!("system,code,concept_id\r\n{},{},3004249\r\n,Base excess,3003396\r\n", code[0], code[1]);
    fs::write(stage.clinic.place().join("concepts.csv"), filled).expect("written");
    let entry = session.entry("Test place", &["concepts.csv"]);
    let loaded = session.ask("load_concept_mapping", json!({ "entry_id": entry })).expect("loaded");
    assert_eq!(loaded["codes"], 2);
    let (_, tables) = hand_out();
    assert!(
        tables["measurement.csv"].contains(",3004249,") || tables["observation.csv"].contains(",3004249,")
    );
    assert!(tables["measurement.csv"].contains(",3003396,"), "what has only words is mapped by them");
    let left = csv_rows(&tables["unmapped.csv"]);
    assert!(!left.iter().any(|r| r[..2] == code[..2] || r[1] == "Base excess"));
}

/// Names that stand in free text of every kind go out in no table, and what is left out is told.
#[test]
fn free_text_goes_out_in_no_research_table() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Clinician]);
    let of = |kind: &str, id: &str, more: Value| {
        let mut whole = json!({ "resourceType": kind, "id": id, "subject": { "reference": "Patient/p" } });
        for (name, value) in more.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        whole
    };
    let snomed = |code: &str, display: &str| json!({ "coding": [{ "system": "urn:codes", "code": code, "display": display }] });
    let mut lines = vec![
        json!({ "resourceType": "Patient", "id": "p", "name": [{ "family": "Low" }], "birthDate": "1970-01-01" }),
        of(
            "Observation",
            "o1",
            json!({ "status": "final", "code": { "text": "Planted one says" }, "effectiveDateTime": "2024-02-03", "valueString": "Planted two visits" }),
        ),
        of(
            "Observation",
            "o2",
            json!({ "status": "final", "code": snomed("72166-2", "Smoking"), "effectiveDateTime": "2024-02-03", "valueCodeableConcept": { "coding": [{ "code": "f", "display": "Former smoker" }], "text": "Former smoker" } }),
        ),
        of(
            "Observation",
            "o3",
            json!({ "status": "final", "code": snomed("72166-2", "Smoking"), "effectiveDateTime": "2024-02-04", "valueCodeableConcept": { "coding": [{ "code": "f", "display": "Former smoker" }], "text": "Planted three told her" } }),
        ),
        of(
            "Condition",
            "c1",
            json!({ "code": { "text": "Planted four has it too" }, "onsetDateTime": "2024-02-03", "abatementDateTime": "2024" }),
        ),
        of(
            "MedicationRequest",
            "m1",
            json!({ "status": "active", "intent": "order", "medicationCodeableConcept": { "coding": [{ "system": "urn:codes", "code": "9", "display": "Aspirin" }], "text": "Planted five's aspirin" }, "authoredOn": "2024-02-03", "dosageInstruction": [{ "text": "as Planted six says" }], "note": [{ "text": "Planted seven" }] }),
        ),
        of(
            "Procedure",
            "r1",
            json!({ "status": "completed", "code": { "text": "Planted eight did it" }, "performedPeriod": { "start": "2024-02-03", "end": "2024-01-01" } }),
        ),
    ];
    // The name of a test that many have is no sentence about one.
    for n in 0..5 {
        lines.push(json!({ "resourceType": "Patient", "id": format!("q{n}"), "name": [{ "family": format!("Q{n}") }], "birthDate": format!("197{n}-01-01") }));
        lines.push(json!({ "resourceType": "Observation", "id": format!("bx{n}"), "status": "final", "subject": { "reference": format!("Patient/q{n}") }, "code": { "text": "Base excess" }, "effectiveDateTime": "2024-02-03", "valueQuantity": { "value": -2.3, "unit": "mmol/L" } }));
    }
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    fs::write(clinic.place().join("in.ndjson"), text).expect("written");
    let entry = session.entry("Test place", &["in.ndjson"]);
    let job = session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    assert_eq!(job["report"]["rejected"], 0, "{job}");
    let place = session.ask("list_places", json!({})).expect("places")["places"][0]["place_id"].clone();
    let input = json!({ "whom": { "kind": "everybody" }, "purpose_words": "", "recipient": "Study group",
        "protection": { "kind": "open", "reason": "test" }, "place_id": place });
    let job = session.finish(&session.ask("export_research_tables", input).expect("started"));
    let receipt = &job["receipt"];
    let bytes = fs::read(clinic.place().join(receipt["file"].as_str().expect("a file"))).expect("read");
    let tables = tables(&bytes);
    for (name, table) in &tables {
        assert!(!table.contains("Planted"), "{name}: {table}");
    }
    assert!(tables["observation.csv"].contains("Former smoker"), "the words of a code are no free text");
    assert!(tables["unmapped.csv"].contains("Base excess"), "{}", tables["unmapped.csv"]);
    assert!(tables["unmapped.csv"].contains("Aspirin"));
    let told = |path: &str| {
        receipt["losses"]
            .as_array()
            .expect("losses")
            .iter()
            .any(|l| l["path"] == path && l["cause"] == "free_text")
    };
    for path in [
        "drug_exposure.sig",
        "observation.value_as_string",
        "Condition.code.text",
        "Procedure.code.text",
        "Observation.code.text",
    ] {
        assert!(told(path), "{path} is not in {}", receipt["losses"]);
    }
    // No end before its beginning: of a year alone the end is the beginning's day, a wrong one is left out and told.
    assert!(
        tables["condition_occurrence.csv"].contains(",2024-02-03,,2024-02-03,,"),
        "{}",
        tables["condition_occurrence.csv"]
    );
    assert!(!tables["procedure_occurrence.csv"].contains("2024-01-01"));
    assert!(receipt["losses"].to_string().contains("Procedure ending before it begins"));
    // The same search finds the names where they may stand.
    let input = json!({ "whom": { "kind": "everybody" }, "format": "fhir_bundle", "purpose": "treatment",
        "purpose_words": "", "recipient": "X", "with_ssn": false,
        "protection": { "kind": "open", "reason": "test" }, "place_id": place });
    let job = session.finish(&session.ask("export_records", input).expect("started"));
    let bundle = fs::read_to_string(clinic.place().join(job["receipt"]["file"].as_str().expect("a file")))
        .expect("read");
    assert_eq!(bundle.matches("Planted").count(), 8);
}

/// What comes in while an export runs is in none of its files, rather than in some.
#[test]
fn all_files_of_an_export_are_of_one_moment() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Clinician]);
    let lines = [
        json!({ "resourceType": "Patient", "id": "p", "name": [{ "family": "Low" }], "birthDate": "1970-01-01" }),
        json!({ "resourceType": "Condition", "id": "c", "subject": { "reference": "Patient/p" }, "code": { "text": "Gout" }, "onsetDateTime": "2024-02-03" }),
    ];
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    fs::write(clinic.place().join("in.ndjson"), text).expect("written");
    let entry = session.entry("Test place", &["in.ndjson"]);
    session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    let patients = clinic.vault.read(|t| rustcare_vault::table::patient::rows(t)).expect("patients");
    let once = std::sync::atomic::AtomicBool::new(false);
    let meanwhile = |_: u64| {
        if !once.swap(true, std::sync::atomic::Ordering::Relaxed) {
            let gone = clinic.vault.write(|t| -> Result<usize, rustcare_vault::VaultError> {
                Ok(t.execute("DELETE FROM clinical_record", [])?)
            });
            assert_eq!(gone.expect("deleted"), 1);
        }
    };
    let context = ExportContext {
        vault: &clinic.vault,
        patients: &patients,
        everybody: true,
        format: ExportFormat::FhirNdjson,
        with_ssn: false,
        secrets: None,
        phone_region: "US".into(),
        today: jiff::civil::date(2026, 11, 24),
        clinic: "Test clinic".into(),
        mapping: &ConceptMap::default(),
        progress: &meanwhile,
        cancel: &std::sync::atomic::AtomicBool::new(false),
    };
    let mut bytes = Vec::new();
    let exported = export(&context, &mut bytes).expect("exported");
    assert_eq!(exported.counts.get("Condition"), Some(&1), "{:?}", exported.counts);
}

/// Appointments, tasks and accounts have no place in the chart: they go out with their patient, and where they cannot they are
/// named.
#[test]
fn what_the_chart_has_no_place_for_goes_out_with_its_patient_or_is_named() {
    let stage = Stage::new();
    let session = stage.clinic.sign_in(&[Role::Clinician]);
    let about = json!({ "reference": "Patient/p" });
    let lines = [
        json!({ "resourceType": "Patient", "id": "p", "name": [{ "family": "Okafor" }], "birthDate": "1980-01-01" }),
        json!({ "resourceType": "Patient", "id": "q", "name": [{ "family": "Novak" }], "birthDate": "1981-01-01" }),
        json!({ "resourceType": "Appointment", "id": "a", "status": "booked", "participant": [{ "actor": { "reference": "Practitioner/d" }, "status": "accepted" }, { "actor": about, "status": "accepted" }] }),
        json!({ "resourceType": "Appointment", "id": "b", "status": "booked", "participant": [{ "actor": { "reference": "Patient/q" }, "status": "accepted" }, { "actor": about, "status": "accepted" }] }),
        json!({ "resourceType": "Task", "id": "t", "status": "ready", "intent": "order", "for": about }),
        json!({ "resourceType": "Account", "id": "k", "status": "active", "subject": [about] }),
    ];
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    fs::write(stage.clinic.place().join("in.ndjson"), text).expect("written");
    let entry = session.entry("Test place", &["in.ndjson"]);
    session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    let found =
        session.ask("find_patients", json!({ "text": "okafor", "limit": 5, "offset": 0 })).expect("found");
    let whom = json!({ "kind": "patients", "patient_ids": [found["patients"][0]["patient_id"]] });
    let (receipt, bytes) = stage
        .hand_out(&[Role::Clinician], json!({ "format": "fhir_bundle", "whom": whom }))
        .expect("handed out");
    for kind in ["Appointment", "Task", "Account"] {
        assert_eq!(receipt["counts"][kind], 1, "{kind}: {}", receipt["counts"]);
    }
    assert!(!String::from_utf8_lossy(&bytes).contains("Patient/q"), "what is about two is neither's alone");
    let (receipt, _) =
        stage.hand_out(&[Role::Clinician], json!({ "format": "csv", "whom": whom })).expect("handed out");
    for kind in ["Appointment", "Task", "Account"] {
        let told = receipt["losses"]
            .as_array()
            .expect("losses")
            .iter()
            .any(|l| l["path"] == kind && l["cause"] == "no_place");
        assert!(told, "{kind} is not in {}", receipt["losses"]);
    }
}

/// Where nobody said a status, none is said: not that a vaccine was given, a cover is in force, a medicine was ordered.
#[test]
fn nobody_is_said_to_have_been_vaccinated_who_was_not() {
    let stage = Stage::new();
    let session = stage.clinic.sign_in(&[Role::Clinician]);
    let about = json!({ "reference": "Patient/p" });
    let lines = [
        json!({ "resourceType": "Patient", "id": "p", "name": [{ "family": "Okafor" }], "birthDate": "1980-01-01" }),
        json!({ "resourceType": "Immunization", "id": "i", "patient": about, "vaccineCode": { "text": "Tetanus" }, "occurrenceDateTime": "2024-02-03" }),
        json!({ "resourceType": "Coverage", "id": "v", "beneficiary": about, "payor": [{ "display": "X" }] }),
        json!({ "resourceType": "MedicationRequest", "id": "m", "subject": about, "medicationCodeableConcept": { "text": "Aspirin" } }),
        json!({ "resourceType": "CarePlan", "id": "k", "subject": about, "title": "Walk" }),
        json!({ "resourceType": "DocumentReference", "id": "d", "subject": about, "description": "Letter" }),
    ];
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    fs::write(stage.clinic.place().join("in.ndjson"), text).expect("written");
    let entry = session.entry("Test place", &["in.ndjson"]);
    session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    let change = json!({ "format": "fhir_bundle", "whom": { "kind": "everybody" } });
    let (_, bytes) = stage.hand_out(&[Role::Clinician], change).expect("handed out");
    let bundle: Value = serde_json::from_slice(&bytes).expect("JSON");
    let all: Vec<&Value> =
        bundle["entry"].as_array().expect("entries").iter().map(|e| &e["resource"]).collect();
    for (id, element) in [("i", "status"), ("v", "status"), ("m", "intent"), ("k", "intent"), ("d", "status")]
    {
        let resource = all.iter().find(|r| r["id"] == id).expect("it is there");
        assert!(resource[element].is_null(), "{resource}");
        assert_eq!(resource[format!("_{element}")]["extension"][0]["valueCode"], "unknown", "{resource}");
        let issues = rustcare_test_support::exchange::fhir::r4::check(&resource.to_string());
        assert!(issues.is_empty(), "{issues:?}");
    }
}

fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    for c in text.chars() {
        let row = rows.last_mut().expect("a row");
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            '\r' if !quoted => {}
            c => row.last_mut().expect("a cell").push(c),
        }
    }
    rows.pop();
    rows
}

fn tables(bytes: &[u8]) -> std::collections::BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).expect("an entry");
            let mut text = String::new();
            std::io::Read::read_to_string(&mut entry, &mut text).expect("text");
            (entry.name().expect("a name").to_string(), text)
        })
        .collect()
}
