//! The clinic's index brought up to date after each change is the index that reading everything anew would give.

use std::fs;

use jiff::civil::{Date, date};
use rustcare_cohorts::clinic::{Before, ClinicData};
use rustcare_test_support::{Session, TestClinic, form};
use rustcare_vault::table::record_change;
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::import_fhir::{ALL, import};

const TODAY: Date = date(2026, 11, 28);
const ICD: &str = "http://hl7.org/fhir/sid/icd-10-cm";
const SNOMED: &str = "http://snomed.info/sct";

fn person(id: usize, records: &[Value]) -> String {
    let patient = json!({ "resourceType": "Patient", "id": format!("p{id}"), "birthDate": format!("19{}-05-06", 40 + id % 50),
        "gender": if id.is_multiple_of(2) { "female" } else { "male" }, "name": [{ "family": format!("Family{id}"), "given": ["Ada"] }] });
    let mut text = format!("{patient}\n");
    for (at, record) in records.iter().enumerate() {
        let mut record = record.clone();
        record["id"] = json!(format!("r{id}-{at}"));
        record["subject"] = json!({ "reference": format!("Patient/p{id}") });
        text += &format!("{record}\n");
    }
    text
}

fn condition(codes: &[(&str, &str)], day: &str) -> Value {
    let coding: Vec<Value> =
        codes.iter().map(|(system, code)| json!({ "system": system, "code": code })).collect();
    json!({ "resourceType": "Condition", "code": { "coding": coding }, "onsetDateTime": day })
}

fn result(value: f64, unit: &str, day: &str) -> Value {
    json!({ "resourceType": "Observation", "status": "final", "effectiveDateTime": day,
        "code": { "coding": [{ "system": "http://loinc.org", "code": "4548-4" }] },
        "valueQuantity": { "value": value, "unit": unit, "code": unit, "system": "http://unitsofmeasure.org" } })
}

fn bring(clinic: &TestClinic, name: &str, text: &str) {
    fs::write(clinic.place().join(name), text).expect("written");
    import(&clinic.sign_in(&ALL), "Test place", &[name]);
}

/// What was read before is brought up to date and held against reading anew; answers with the latter.
fn same(clinic: &TestClinic, before: &ClinicData, step: &str) -> ClinicData {
    clinic
        .vault
        .read(|t| {
            let changed = record_change::since(t, before.data_version, 1_000)?;
            let changed = changed.unwrap_or_else(|| panic!("{step}: it is known whose records changed"));
            assert!(!changed.is_empty(), "{step}: somebody's records changed");
            let updated = ClinicData::updated(Before::of(before), t, TODAY, None, &changed)?;
            let anew = ClinicData::read(t, TODAY, None)?;
            assert_eq!(updated.index.snapshot(), anew.index.snapshot(), "{step}");
            assert_eq!(updated.concepts, anew.concepts, "{step}");
            assert_eq!((&updated.units, &updated.together), (&anew.units, &anew.together), "{step}");
            assert_eq!(updated.data_version, anew.data_version, "{step}");
            Ok::<_, rustcare_vault::VaultError>(anew)
        })
        .expect("read")
}

fn row(session: &Session<'_>, name: &str) -> Value {
    let found =
        session.ask("find_patients", json!({ "text": name, "limit": 5, "offset": 0 })).expect("found");
    found["patients"][0].clone()
}

#[test]
fn an_index_that_is_brought_up_to_date_is_the_one_that_is_read_anew() {
    let clinic = TestClinic::new();
    let mut text = String::new();
    for id in 0..20 {
        let mut records = vec![
            condition(&[(ICD, "E11.9")], "2022-03-01"),
            result(6.0 + id as f64 / 10.0, "%", "2022-04-01"),
        ];
        if id % 3 == 0 {
            records.push(condition(&[(ICD, "I10"), (SNOMED, "38341003")], "2023-01-01"));
        }
        text += &person(id, &records);
    }
    bring(&clinic, "people.ndjson", &text);
    let read = clinic.vault.read(|t| ClinicData::read(t, TODAY, None)).expect("read");

    bring(&clinic, "new.ndjson", &person(40, &[condition(&[(ICD, "J45.909")], "2024-01-01")]));
    let read = same(&clinic, &read, "a new patient");
    // The last with a code loses it, another gets one that nobody had, and one that stands for two.
    let changed = person(
        40,
        &[
            condition(&[(ICD, "K92.2"), (SNOMED, "74474003")], "2024-02-01"),
            result(48.0, "mmol/mol", "2024-02-02"),
        ],
    );
    bring(&clinic, "changed.ndjson", &changed);
    let read = same(&clinic, &read, "records that were changed");
    bring(
        &clinic,
        "dead.ndjson",
        &person(41, &[]).replace("\"gender\"", "\"deceasedDateTime\":\"2025-01-01\",\"gender\""),
    );
    let read = same(&clinic, &read, "somebody without records who died");

    let session = clinic.sign_in(&[Role::FrontDesk, Role::Clinician]);
    session
        .ask("register_patient", json!({ "form": form("Rosa", "Keller", "1980-05-06") }))
        .expect("registered");
    let read = same(&clinic, &read, "a patient who was registered by hand");

    let (stay, go) = (row(&session, "Family3"), row(&session, "Family9"));
    let input = json!({ "survivor_id": stay["patient_id"], "retired_id": go["patient_id"], "chosen": [] });
    session.ask("preview_merge", input.clone()).expect("a preview");
    let mut input = input;
    input["survivor_version"] = json!(1);
    input["retired_version"] = json!(1);
    input["reason"] = json!("one person");
    let merge = session.ask("merge_patients", input).expect("merged");
    let read = same(&clinic, &read, "two who were merged");
    let parted = json!({ "merge_id": merge["merge_id"], "survivor_version": 2, "reason": "two people", "different": false });
    session.ask("unmerge_patients", parted).expect("parted");
    let read = same(&clinic, &read, "two who were parted again");
    assert_eq!(read.index.patients(), 23);
}
