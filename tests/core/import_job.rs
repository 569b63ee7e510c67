//! Imports as jobs: cancelled, gone on with, remembered.

use std::fs;

use rustcare_test_support::TestClinic;
use rustcare_workstation::{ProblemCode, Reason, Role};
use serde_json::{Value, json};

use crate::import_fhir::{ALL, import, total};

#[test]
fn a_cancelled_import_leaves_whole_patients_and_is_gone_on_with() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let folder = clinic.place().join("many");
    fs::create_dir_all(&folder).expect("folder");
    let bundle = |n: usize| {
        let mut entries = vec![json!({ "resource": { "resourceType": "Patient", "id": format!("p{n}"),
            "name": [{ "family": format!("Family{n}") }], "birthDate": "1980-01-01" } })];
        entries.extend((0..30).map(|k| {
            json!({ "resource": { "resourceType": "Condition", "id": format!("c{n}-{k}"),
            "subject": { "reference": format!("Patient/p{n}") }, "code": { "text": "Cough" } } })
        }));
        json!({ "resourceType": "Bundle", "type": "collection", "entry": entries }).to_string()
    };
    for n in 0..1500 {
        fs::write(folder.join(format!("{n}.json")), bundle(n)).expect("written");
    }
    let entry = session.entry("Test place", &["many"]);
    let started = session.ask("import_fhir", json!({ "entry_id": entry })).expect("started");
    session.ask("cancel_job", json!({ "job_id": started["job_id"] })).expect("cancelled");
    let cancelled = session.finish(&started);
    assert_eq!(cancelled["state"], "cancelled");
    let halves: i64 = clinic
        .vault
        .read(|t| {
            let sql = "SELECT count(*) FROM patient p WHERE (SELECT count(*) FROM clinical_record r WHERE r.patient = p.patient) <> 30";
            Ok::<_, rustcare_vault::VaultError>(t.query_row(sql, [], |r| r.get(0))?)
        })
        .expect("counted");
    assert_eq!(halves, 0);
    let resumed =
        session.finish(&session.ask("resume_job", json!({ "job_id": started["job_id"] })).expect("resumed"));
    assert_eq!(resumed["state"], "done");
    let report = &resumed["report"];
    assert_eq!(
        report["taken"].as_u64().unwrap_or(0) + report["already_there"].as_u64().unwrap_or(0),
        1500 * 31
    );
    assert_eq!(total(&session, "")["total"], 1500);
    let other = clinic.sign_in_as("somebody", &ALL).ask("resume_job", json!({ "job_id": started["job_id"] }));
    assert!(other.is_err());
    // Whoever no longer may bring records in goes on with no import of theirs either.
    let radiographer = clinic.sign_in(&[Role::Radiographer]);
    let refused =
        radiographer.ask("resume_job", json!({ "job_id": started["job_id"] })).expect_err("refused");
    assert_eq!(refused.code, ProblemCode::NotPermitted);
}

#[test]
fn a_job_is_stopped_by_who_began_it_or_by_an_administrator() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    fs::write(clinic.place().join("a.json"), "nonsense").expect("written");
    let entry = session.entry("Test place", &["a.json"]);
    for (person, role, may) in [
        ("somebody", Role::Clinician, false),
        ("somebody", Role::Administrator, true),
        ("tester", Role::Nurse, true),
    ] {
        let started = session.ask("import_fhir", json!({ "entry_id": entry })).expect("started");
        session.finish(&started);
        let other = clinic.sign_in_as(person, &[role]);
        let answer = other.ask("cancel_job", json!({ "job_id": started["job_id"] }));
        assert_eq!(answer.is_ok(), may, "{person} {role:?}");
        if let Err(problem) = answer {
            assert_eq!((problem.code, problem.reason), (ProblemCode::NotPermitted, Reason::CancelByOther));
        }
    }
}

#[test]
fn an_import_is_remembered_after_the_vault_was_closed_also_one_that_never_ended() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    fs::create_dir_all(clinic.place().join("some")).expect("folder");
    fs::write(clinic.place().join("some/a.json"), "nonsense").expect("written");
    fs::write(clinic.place().join("some/Ruiz.json"), r#"{"resourceType":"Patient","id":"r","active":"yes"}"#)
        .expect("written");
    import(&session, "Test place", &["some"]);
    let jobs = session.ask("list_jobs", json!({})).expect("jobs");
    let ended = jobs["jobs"][0].clone();
    // What a program that was killed leaves: an import that began.
    let mut cut_off = ended.clone();
    cut_off["job_id"] = json!("00000000-0000-7000-8000-000000000000");
    cut_off["state"] = json!("running");
    cut_off["report"] = Value::Null;
    clinic
        .vault
        .write(|t| {
            let id = cut_off["job_id"].as_str().unwrap_or_default();
            rustcare_vault::table::import_job::keep(
                t,
                id,
                "2026-01-01T00:00:00Z",
                "tester",
                &cut_off.to_string(),
            )
        })
        .expect("kept");
    session.ask("lock", json!({})).expect("locked");
    clinic.reopen();
    let session = clinic.sign_in(&ALL);
    let jobs = session.ask("list_jobs", json!({})).expect("jobs")["jobs"].clone();
    assert_eq!(jobs[0], ended);
    assert_eq!((&jobs[1]["state"], &jobs[1]["job_id"]), (&json!("failed"), &cut_off["job_id"]));
    assert!(jobs[1]["problem"]["message"].as_str().is_some_and(|m| m.contains("same files")));
    let places = session.ask("list_places", json!({})).expect("places");
    let place = places["places"].as_array().and_then(|p| p.iter().find(|p| p["name"] == "Test place"));
    let export = json!({ "job_id": ended["job_id"], "place_id": place.expect("a place")["place_id"] });
    assert_eq!(session.ask("export_rejected", export).expect("handed out")["rows"], 1);
    // Whoever did not start it sees that it was, and no file names.
    let other = clinic.sign_in_as("other", &ALL).ask("list_jobs", json!({})).expect("jobs");
    assert_eq!(other["jobs"][0]["report"]["rejections"], json!([]));
    assert_eq!(jobs[0]["report"]["differences"].as_array().map(Vec::len), Some(1), "{}", jobs[0]["report"]);
    assert_eq!(other["jobs"][0]["report"]["differences"], json!([]));
}
