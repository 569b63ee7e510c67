//! Handing out: who may, what it leaves in the trail, what is in the file and what never is.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use rustcare_test_support::exchange::out::age;
use rustcare_test_support::{Session, TestClinic, data_or_skip, form};
use rustcare_vault::audit::chain;
use rustcare_workstation::{Problem, ProblemCode, Role};
use serde_json::{Value, json};

use crate::round_trip::of_zip;

pub const SSN: &str = "536904399";
pub const PASSPHRASE: &str = "seven violet bridges over mud";

pub struct Stage {
    pub clinic: TestClinic,
    patient: Value,
}

impl Stage {
    pub fn new() -> Self {
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

    pub fn hand_out(&self, roles: &[Role], change: Value) -> Result<(Value, Vec<u8>), Problem> {
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

    pub fn files(&self) -> Vec<PathBuf> {
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
        (json!({ "format": "omop_parquet" }), "export_research_apart"),
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
