//! Handing out: all files are of one moment, nothing is said that nobody said, nothing is left by a program that died, and beside
//! an encrypted file lies in the clear what its recipient needs.

use std::fs;
use std::io::Cursor;

use rustcare_test_support::TestClinic;
use rustcare_test_support::exchange::out::omop::mapping::ConceptMap;
use rustcare_test_support::exchange::out::{ExportContext, ExportFormat, age, export};
use rustcare_vault::audit::chain;
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::hand_out::{PASSPHRASE, Stage};

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
