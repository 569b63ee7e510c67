//! The breakdown against counts that are made here, independently, from the JSON.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use rustcare_test_support::{TestClinic, data_or_skip, form};
use rustcare_vault::audit::chain;
use rustcare_workstation::Role;
use serde_json::{Value, json};

fn lines(folder: &std::path::Path, kind: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("data").flatten() {
        if entry.file_name().to_string_lossy().starts_with(&format!("{kind}.")) {
            let text = fs::read_to_string(entry.path()).expect("text");
            all.extend(text.lines().map(|l| serde_json::from_str(l).expect("JSON")));
        }
    }
    all
}

fn code(condition: &Value) -> String {
    condition["code"]["coding"][0]["code"].as_str().expect("a code").to_owned()
}

/// Seconds, so that two offsets compare rightly.
fn instant(value: &Value) -> i64 {
    value.as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok()).map_or(i64::MIN, |t| t.as_second())
}

/// The rule of the issue, written a second time over the raw JSON.
fn expected(folder: &std::path::Path) -> BTreeMap<Option<String>, u64> {
    let conditions = lines(folder, "Condition");
    let encounters = lines(folder, "Encounter");
    let by_reference: HashMap<String, &Value> =
        conditions.iter().map(|c| (format!("Condition/{}", c["id"].as_str().unwrap_or("")), c)).collect();
    let mut counts = BTreeMap::new();
    for patient in lines(folder, "Patient") {
        let born = patient["birthDate"].as_str().expect("born");
        let died = patient["deceasedDateTime"].as_str().unwrap_or("2026-11-24");
        let years = |text: &str| text[..4].parse::<i32>().expect("year");
        let age = years(died) - years(born) - i32::from(died[5..10] < born[5..10]);
        if age < 18 {
            continue;
        }
        let reference = json!(format!("Patient/{}", patient["id"].as_str().expect("id")));
        let mut own: Vec<&Value> =
            encounters.iter().filter(|e| e["subject"]["reference"] == reference).collect();
        own.sort_by_key(|e| std::cmp::Reverse(instant(&e["period"]["start"])));
        let primary = own.iter().find_map(|e| {
            let named = e["diagnosis"].as_array().into_iter().flatten().find(|d| {
                d["rank"] == 1
                    || d["use"]["coding"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .any(|c| c["code"] == "CC" || c["code"] == "AD")
            });
            if let Some(condition) =
                named.and_then(|d| by_reference.get(d["condition"]["reference"].as_str().unwrap_or("")))
            {
                return Some(code(condition));
            }
            let id = json!(format!("Encounter/{}", e["id"].as_str().unwrap_or("")));
            let mut of: Vec<&Value> = conditions
                .iter()
                .filter(|c| {
                    c["encounter"]["reference"] == id
                        && c["category"][0]["coding"][0]["code"] == "encounter-diagnosis"
                })
                .collect();
            of.sort_by_key(|c| (instant(&c["onsetDateTime"]), code(c)));
            of.first().map(|c| code(c))
        });
        let active = || {
            let mut of: Vec<&Value> = conditions
                .iter()
                .filter(|c| {
                    c["subject"]["reference"] == reference
                        && c["clinicalStatus"]["coding"][0]["code"] == "active"
                })
                .collect();
            of.sort_by_key(|c| (instant(&c["onsetDateTime"]), code(c)));
            of.first().map(|c| code(c))
        };
        *counts.entry(primary.or_else(active)).or_insert(0) += 1;
    }
    counts
}

#[test]
fn the_breakdown_equals_independent_counts() {
    let Some(data) = data_or_skip("breakdown") else {
        return;
    };
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Administrator, Role::FrontDesk, Role::Clinician]);
    let entry = session.entry("Data", &["fhir", "bulk_10-patients"]);
    let job = session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    assert_eq!(job["state"], "done");
    let filter = json!({ "filter": { "age_min": 18, "as_of": "2026-11-24" } });
    let breakdown = session.ask("cohort_breakdown", filter.clone()).expect("counted");
    let counted: BTreeMap<Option<String>, u64> = breakdown["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|g| (g["code"].as_str().map(str::to_owned), g["count"].as_u64().expect("a count")))
        .collect();
    let expected = expected(&data.join("fhir/bulk_10-patients"));
    assert_eq!(counted, expected);
    assert!(expected.len() > 3, "the data would prove nothing");
    assert_eq!(breakdown["total_patients"], 13);

    let mut export = filter;
    export["format"] = json!("csv");
    export["place_id"] = Value::Null;
    let written = session.ask("export_breakdown", export).expect("handed out");
    let csv =
        fs::read_to_string(clinic.place().join(written["file"].as_str().expect("name"))).expect("the file");
    // Groups first; what leaves hides its small numbers, and all of these are small.
    let groups: Vec<&str> = csv.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(groups.len(), 1 + expected.len());
    assert!(groups[1..].iter().all(|line| line.contains(",hidden,")), "{csv}");
    assert!(csv.contains("hidden: a number below 11"), "{csv}");
}

#[test]
fn nobody_is_counted_before_they_were_born() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::FrontDesk, Role::Clinician]);
    for (given, born) in [("Old", "1950-05-05"), ("Young", "2020-06-07")] {
        session.ask("register_patient", json!({ "form": form(given, "Berg", born) })).expect("registered");
    }
    let counted = |as_of: &str| {
        let filter = json!({ "filter": { "age_min": null, "as_of": as_of } });
        let groups = session.ask("cohort_breakdown", filter).expect("counted")["groups"].clone();
        groups.as_array().expect("groups").iter().filter_map(|g| g["count"].as_u64()).sum::<u64>()
    };
    assert_eq!(counted("1950-05-04"), 0);
    assert_eq!(counted("1950-05-05"), 1);
    assert_eq!(counted("2020-06-06"), 1);
    assert_eq!(counted("2020-06-07"), 2);
}

/// Patients of invented names, each with one encounter diagnosis.
fn with_diagnoses(
    session: &rustcare_test_support::Session<'_>,
    clinic: &TestClinic,
    groups: &[(&str, usize)],
) {
    let mut lines = String::new();
    let mut at = 0;
    for (code, patients) in groups {
        for _ in 0..*patients {
            at += 1;
            let patient = json!({ "resourceType": "Patient", "id": format!("p{at}"), "gender": if at % 2 == 0 { "male" } else { "female" },
                "birthDate": format!("{}-05-05", 1930 + at % 60), "name": [{ "family": format!("Berg{at}"), "given": ["Ada"] }] });
            let condition = json!({ "resourceType": "Condition", "id": format!("c{at}"), "subject": { "reference": format!("Patient/p{at}") },
                "clinicalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active" }] },
                "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code }] }, "onsetDateTime": "2020-03-01" });
            lines.push_str(&format!("{patient}\n{condition}\n"));
        }
    }
    fs::write(clinic.place().join("invented.ndjson"), lines).expect("written");
    let entry = session.entry("Test place", &["invented.ndjson"]);
    let job = session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    assert_eq!(job["state"], "done", "{job}");
}

#[test]
fn who_may_not_see_patients_sees_no_small_group_at_any_level() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Administrator, Role::FrontDesk, Role::Clinician]);
    with_diagnoses(
        &session,
        &clinic,
        &[("I10", 40), ("E11.9", 30), ("E11.65", 3), ("E10.9", 25), ("J45.909", 14)],
    );
    let analyst = clinic.sign_in(&[Role::Analyst]);
    let counts = |of: &rustcare_test_support::Session<'_>, group_by: &str, to_hand_out: bool| {
        let input = json!({ "filter": { "as_of": "2026-11-24", "age_min": null, "group_by": group_by }, "to_hand_out": to_hand_out });
        let found = of.ask("cohort_breakdown", input).expect("counted");
        let groups: BTreeMap<String, Option<u64>> = found["groups"]
            .as_array()
            .expect("groups")
            .iter()
            .map(|group| (group["code"].as_str().unwrap_or("none").to_owned(), group["count"].as_u64()))
            .collect();
        (groups, found["patients"].as_u64())
    };
    let shown = |pairs: &[(&str, Option<u64>)]| {
        pairs.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect::<BTreeMap<_, _>>()
    };
    let (everything, all) = counts(&session, "code", false);
    assert_eq!((everything["E11.65"], all), (Some(3), Some(112)));
    // Within its block the next larger code hides with it: no other look gives the three away.
    // What is shown is the middle of its band: 33 to 43, 22 to 32, 11 to 21, 55 to 65, 110 to 120.
    let codes = shown(&[
        ("I10", Some(38)),
        ("E11.9", Some(27)),
        ("E11.65", None),
        ("E10.9", None),
        ("J45.909", Some(16)),
    ]);
    assert_eq!(counts(&analyst, "code", false), (codes.clone(), Some(115)));
    let blocks = shown(&[("I10-I1A", Some(38)), ("E08-E13", Some(60)), ("J40-J4A", Some(16))]);
    assert_eq!(counts(&analyst, "block", false), (blocks, Some(115)));
    let chapters = shown(&[("9", Some(38)), ("4", Some(60)), ("10", Some(16))]);
    assert_eq!(counts(&analyst, "chapter", false), (chapters, Some(115)));
    assert_eq!(counts(&session, "code", true), (codes, Some(115)), "what leaves is the same for everybody");

    // The trail names the question: the same for the same, another for another.
    let entries = clinic.vault.read(|t| chain::range(t, 1, i64::MAX)).expect("the trail");
    let asked =
        entries.into_iter().map(|placed| placed.entry).filter(|entry| entry.action == "cohort_breakdown");
    let details: Vec<String> = asked.filter_map(|entry| entry.details).collect();
    assert!(details.iter().all(|text| text.starts_with("counts only; filter ")), "{details:?}");
    assert_eq!(details[0], details[1]);
    assert_ne!(details[1], details[2]);
}
