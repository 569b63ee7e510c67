//! FHIR in: real bundles, bulk NDJSON, the same content again in other clothes, malformed files.

use std::fs;
use std::path::Path;

use rustcare_test_support::{Session, TestClinic, data_or_skip};
use rustcare_workstation::Role;
use serde_json::{Value, json};

pub const ALL: [Role; 3] = [Role::Administrator, Role::FrontDesk, Role::Clinician];

pub fn import(session: &Session<'_>, place: &str, path: &[&str]) -> Value {
    let entry = session.entry(place, path);
    let job = session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    assert_eq!(job["state"], "done", "{}", job["problem"]);
    job["report"].clone()
}

pub fn total(session: &Session<'_>, text: &str) -> Value {
    session.ask("find_patients", json!({ "text": text, "limit": 50, "offset": 0 })).expect("found")
}

#[test]
fn fourteen_synthea_bundles_come_in_and_each_patient_is_found() {
    let Some(data) = data_or_skip("synthea_data_pipes") else {
        return;
    };
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let report = import(&session, "Data", &["fhir", "synthea_data_pipes"]);
    assert_eq!(report["rejected"], 0, "{}", report["rejections"]);
    let mut patients = 0;
    for (_, resource) in resources(&data.join("fhir/synthea_data_pipes")) {
        if resource["resourceType"] == "Patient" {
            patients += 1;
            let name = resource["name"]
                .as_array()
                .and_then(|n| n.iter().find(|n| n["use"] == "official"))
                .expect("a name");
            let text = format!(
                "{} {}",
                name["given"][0].as_str().unwrap_or(""),
                name["family"].as_str().unwrap_or("")
            );
            let found = total(&session, &text);
            assert!(found["total"].as_i64() >= Some(1), "a patient of the bundles is not found");
        }
    }
    assert!(patients >= 14);
    assert_eq!(report["patients"], patients);
    // Again: nothing changes.
    let again = import(&session, "Data", &["fhir", "synthea_data_pipes"]);
    assert_eq!((&again["taken"], &again["changed"]), (&json!(0), &json!(0)));
    assert_eq!(again["already_there"], report["taken"]);
}

#[test]
fn a_zip_of_us_core_patients_comes_in() {
    if data_or_skip("pysynthea").is_none() {
        return;
    }
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let report = import(&session, "Data", &["fhir", "pysynthea_seed12345_10p", "ps10.zip"]);
    assert_eq!(report["rejected"], 0, "{}", report["rejections"]);
    assert_eq!(total(&session, "")["total"], report["patients"]);
    assert!(report["patients"].as_u64() >= Some(10));
}

#[test]
fn bulk_ndjson_counts_are_those_of_the_files() {
    let Some(data) = data_or_skip("bulk_10-patients") else {
        return;
    };
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let report = import(&session, "Data", &["fhir", "bulk_10-patients"]);
    let mut lines = std::collections::BTreeMap::new();
    for (_, resource) in resources(&data.join("fhir/bulk_10-patients")) {
        if let Some(kind) = resource["resourceType"].as_str() {
            *lines.entry(kind.to_owned()).or_insert(0_u64) += 1;
        }
    }
    for (kind, expected) in &lines {
        let row =
            report["by_type"].as_array().and_then(|r| r.iter().find(|r| r["resource_type"] == kind.as_str()));
        let row = row.unwrap_or_else(|| panic!("{kind} is not in the report"));
        let seen = row["taken"].as_u64().unwrap_or(0) + row["rejected"].as_u64().unwrap_or(0);
        assert_eq!(seen, *expected, "{kind}");
    }
    assert_eq!(report["patients"], 13);
}

/// Every resource below a folder, from bundles and lines.
fn resources(folder: &Path) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the data").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(text) = fs::read_to_string(entry.path()) else {
            continue;
        };
        if name.ends_with(".ndjson") {
            found
                .extend(text.lines().filter_map(|l| serde_json::from_str(l).ok()).map(|v| (name.clone(), v)));
        } else if name.ends_with(".json") {
            let whole: Value = serde_json::from_str(&text).expect("JSON");
            for entry in whole["entry"].as_array().into_iter().flatten() {
                found.push((name.clone(), entry["resource"].clone()));
            }
        }
    }
    found
}

#[test]
fn the_same_content_reordered_split_and_as_lines_changes_nothing() {
    let Some(data) = data_or_skip("other clothes") else {
        return;
    };
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let source = data.join("fhir/synthea_data_pipes");
    let first = import(&session, "Data", &["fhir", "synthea_data_pipes"]);

    let lines: String = resources(&source).iter().rev().map(|(_, r)| format!("{r}\n")).collect();
    fs::create_dir_all(clinic.place().join("lines")).expect("folder");
    fs::write(clinic.place().join("lines/all.ndjson"), lines).expect("written");
    let second = import(&session, "Test place", &["lines"]);
    assert_eq!(
        (&second["taken"], &second["changed"], &second["rejected"]),
        (&json!(0), &json!(0), &json!(0)),
        "{}",
        second["by_type"]
    );

    fs::create_dir_all(clinic.place().join("split")).expect("folder");
    for (at, chunk) in resources(&source).chunks(997).enumerate() {
        let entries: Vec<Value> = chunk.iter().map(|(_, r)| json!({ "resource": r })).collect();
        let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
        let text = serde_json::to_string_pretty(&bundle).expect("json");
        fs::write(clinic.place().join(format!("split/{at}.json")), text).expect("written");
    }
    let third = import(&session, "Test place", &["split"]);
    assert_eq!((&third["taken"], &third["changed"], &third["rejected"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(third["already_there"], first["taken"]);
}

#[test]
fn malformed_files_are_named_and_never_stop_the_others() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let folder = clinic.place().join("mixed");
    fs::create_dir_all(&folder).expect("folder");
    let good = |id: &str| json!({ "resourceType": "Patient", "id": id, "name": [{ "family": format!("Good{id}") }], "birthDate": "1980-01-01" });
    fs::write(folder.join("a.json"), "{ \"resourceType\": \"Bundle\", \"entry\": [").expect("written");
    fs::write(folder.join("b.json"), good("1").to_string()).expect("written");
    fs::write(folder.join("c.json"), [0xff, 0xfe, 0x00]).expect("written");
    fs::write(folder.join("d.zip"), "not a zip").expect("written");
    fs::write(folder.join("e.json"), "[".repeat(100_000)).expect("written");
    let lines = [
        good("2").to_string(),
        r#"{"resourceType":"Patient","id":"3","birthDate":"1980-13-45"}"#.into(),
        "nonsense".into(),
        r#"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/999"},"code":{"text":"x"}}"#.into(),
        r#"{"resourceType":"Condition","id":"c2","subject":{"reference":"Patient/2"},"code":{"text":"Cough"}}"#.into(),
    ];
    fs::write(folder.join("f.ndjson"), lines.join("\n")).expect("written");
    let report = import(&session, "Test place", &["mixed"]);
    assert_eq!(report["patients"], 2);
    assert_eq!(report["taken"], 3);
    let listed: Vec<(String, Value)> = report["rejections"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|r| {
            (r["file"].as_str().unwrap_or("").rsplit('/').next().unwrap_or("").to_owned(), r["line"].clone())
        })
        .collect();
    for expected in [
        ("a.json", Value::Null),
        ("c.json", Value::Null),
        ("d.zip", Value::Null),
        ("e.json", Value::Null),
        ("f.ndjson", json!(2)),
        ("f.ndjson", json!(3)),
        ("f.ndjson", json!(4)),
    ] {
        assert!(
            listed.contains(&(expected.0.to_owned(), expected.1.clone())),
            "{expected:?} is not listed: {listed:?}"
        );
    }
    assert_eq!(report["rejected"], 7);
    // What was refused can be handed out, with its text.
    let jobs = session.ask("list_jobs", json!({})).expect("jobs");
    let places = session.ask("list_places", json!({})).expect("places");
    let place = places["places"]
        .as_array()
        .and_then(|p| p.iter().find(|p| p["name"] == "Test place"))
        .expect("place")["place_id"]
        .clone();
    let written = session
        .ask("export_rejected", json!({ "job_id": jobs["jobs"][0]["job_id"], "place_id": place }))
        .expect("handed out");
    let text =
        fs::read_to_string(clinic.place().join(written["file"].as_str().expect("a name"))).expect("the file");
    assert_eq!(text.lines().count(), 7);
    assert!(text.contains("1980-13-45"));
}

/// What is not as FHIR R4 defines it is taken where it can be read, and said, with its place and its element.
#[test]
fn what_differs_from_the_definitions_is_said_entry_by_entry() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let patient = json!({ "resourceType": "Patient", "id": "1", "name": [{ "family": "Berg" }], "birthDate": "1980-01-01" });
    let result = |id: &str, change: Value| {
        let mut result = json!({ "resourceType": "Observation", "id": id, "status": "final", "code": { "text": "x" },
            "subject": { "reference": "Patient/1" }, "valueString": "y" });
        for (name, value) in change.as_object().into_iter().flatten() {
            result[name] = value.clone();
        }
        result
    };
    let entries = [
        patient,
        result("a", json!({})),
        result("b", json!({ "status": "done", "colour": "536-90-4399" })),
        result("c", json!({ "status": null, "note": {} })),
    ];
    let entry: Vec<Value> = entries.iter().map(|r| json!({ "resource": r })).collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entry });
    fs::write(clinic.place().join("b.json"), bundle.to_string()).expect("written");
    let report = import(&session, "Test place", &["b.json"]);
    assert_eq!((&report["taken"], &report["differing"]), (&json!(4), &json!(2)));
    let found: Vec<(u64, String)> = report["differences"]
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|d| {
            let entry = d["entry"].as_u64().expect("an entry");
            let issues = d["issues"].as_array().expect("issues").clone();
            issues.into_iter().map(move |i| {
                (entry, format!("{} {}", i["path"].as_str().unwrap(), i["fault"].as_str().unwrap()))
            })
        })
        .collect();
    for expected in [
        (3, "Observation.status wrong_code"),
        (3, "Observation.(another name) unknown_element"),
        (4, "Observation.status wrong_type"),
        (4, "Observation.note a_list"),
    ] {
        assert!(found.contains(&(expected.0, expected.1.to_owned())), "{expected:?} of {found:?}");
    }
    let jobs = session.ask("list_jobs", json!({})).expect("jobs");
    let place = session.ask("list_places", json!({})).expect("places")["places"][0]["place_id"].clone();
    let input = json!({ "job_id": jobs["jobs"][0]["job_id"], "place_id": place });
    let written = session.ask("export_outcomes", input).expect("handed out");
    assert_eq!(written["rows"], 2);
    let text =
        fs::read_to_string(clinic.place().join(written["file"].as_str().expect("a name"))).expect("read");
    let outcomes: Value = serde_json::from_str(&text).expect("json");
    let outcome = &outcomes["entry"][0]["resource"];
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    assert!(outcome["issue"][0]["details"]["text"].as_str().is_some_and(|t| t.ends_with("b.json, entry 3")));
    assert!(!text.contains("536-90"), "no value goes out with it");
}

#[test]
fn one_source_id_from_two_systems_never_mixes_two_people() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let patient = |family: &str, born: &str| {
        json!({ "resourceType": "Patient", "id": "1", "name": [{ "family": family }], "birthDate": born,
            "identifier": [{ "system": "urn:clinic:a", "value": format!("n{}", &born[..4]) }] })
        .to_string()
    };
    let write = |name: &str, text: String| fs::write(clinic.place().join(name), text).expect("written");
    write("one.json", patient("Smith", "1980-01-01"));
    write("two.json", patient("Smith", "1931-07-07"));
    write("three.json", patient("Novak", "1990-05-05"));
    write("four.json", patient("Smith-Khan", "1980-01-01"));
    assert_eq!(import(&session, "Test place", &["one.json"])["taken"], 1);
    for other in ["two.json", "three.json"] {
        let report = import(&session, "Test place", &[other]);
        assert_eq!(
            (&report["taken"], &report["changed"], &report["rejected"]),
            (&json!(0), &json!(0), &json!(1))
        );
    }
    assert_eq!(total(&session, "")["total"], 1);
    // A married name with the same date of birth and the same identifier is the same person, changed.
    assert_eq!(import(&session, "Test place", &["four.json"])["changed"], 1);
    assert_eq!(total(&session, "khan")["total"], 1);
}

#[test]
fn a_record_goes_to_the_patient_that_it_means_and_never_moves_to_another() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let patient = |id: &str, family: &str| json!({ "resourceType": "Patient", "id": id, "name": [{ "family": family }], "birthDate": "1980-01-01" });
    let record = |id: &str, subject: &str, text: &str, status: &str, value: f64| {
        json!({ "resourceType": "Observation", "id": id, "status": status, "subject": { "reference": subject },
            "code": { "text": text }, "effectiveDateTime": "2020-01-01",
            "valueQuantity": { "value": value, "unit": "mmol/L" } })
    };
    let lines = [
        patient("77", "Haddad"),
        patient("88", "Novak"),
        record("q1", "Patient/77/_history/88", "Potassium", "final", 4.1),
        record("q2", "Patient/77", "Sodium", "final", 140.0),
        record("q3", "Patient/77", "Potassium", "entered-in-error", 9.9),
        record("q4", "Group/88", "Potassium", "final", 5.5),
    ];
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    fs::write(clinic.place().join("a.ndjson"), text).expect("written");
    import(&session, "Test place", &["a.ndjson"]);
    let results = |name: &str| -> Vec<(String, String)> {
        let id = total(&session, name)["patients"][0]["patient_id"].clone();
        let chart = session.ask("open_chart", json!({ "patient_id": id })).expect("chart");
        let rows = chart["results"].as_array().expect("results").iter();
        rows.map(|r| {
            (r["title"].as_str().unwrap_or("").to_owned(), r["value"].as_str().unwrap_or("").to_owned())
        })
        .collect()
    };
    let own = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(results("haddad"), own(&[("Potassium", "4.1"), ("Sodium", "140.0")]));
    assert!(results("novak").is_empty());
    // The same source id for another patient: refused, and the first keeps hers.
    fs::write(
        clinic.place().join("b.json"),
        record("q1", "Patient/88", "Potassium", "final", 6.0).to_string(),
    )
    .expect("written");
    let report = import(&session, "Test place", &["b.json"]);
    assert_eq!((&report["changed"], &report["rejected"]), (&json!(0), &json!(1)));
    assert_eq!(results("haddad").len(), 2);
    // Within a bundle the fullUrl names the patient, whatever its id.
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": [
        { "fullUrl": "urn:uuid:aaaa", "resource": patient("p9", "Okafor") },
        { "fullUrl": "urn:uuid:bbbb", "resource": record("q9", "urn:uuid:aaaa", "Potassium", "final", 4.4) } ] });
    fs::write(clinic.place().join("c.json"), bundle.to_string()).expect("written");
    assert_eq!(import(&session, "Test place", &["c.json"])["rejected"], 0);
    assert_eq!(results("okafor"), own(&[("Potassium", "4.4")]));
}

#[test]
fn an_identifier_that_another_patient_has_is_left_out_and_said_so() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let patient = |id: &str, family: &str, born: &str| {
        json!({ "resourceType": "Patient", "id": id, "name": [{ "family": family }], "birthDate": born,
            "identifier": [{ "system": "urn:clinic:a", "value": "77" }] })
        .to_string()
    };
    let lines = [
        patient("1", "Haddad", "1980-01-01"),
        patient("2", "Novak", "1990-05-05"),
        patient("3", "Haddad", "1980-01-01"),
    ];
    fs::write(clinic.place().join("three.ndjson"), lines.join("\n")).expect("written");
    let report = import(&session, "Test place", &["three.ndjson"]);
    // The third is the first again, under another id: same identifier, name and date of birth.
    assert_eq!(
        (&report["patients"], &report["rejected"]),
        (&json!(2), &json!(1)),
        "{}",
        report["rejections"]
    );
    assert_eq!(total(&session, "novak")["total"], 1);
    assert_eq!(total(&session, "77")["total"], 1);
}

/// A file of lines that is read in stretches: records before their patients, and refused lines with their true numbers.
#[test]
fn a_large_file_of_lines_comes_in_like_a_small_one_plain_and_in_an_archive() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let (patients, each) = (60, 25);
    // A narrative of 24 kB each makes the file larger than what is read at once.
    let padding = "x".repeat(24_000);
    let mut lines = Vec::new();
    for n in 0..patients * each {
        lines.push(json!({
            "resourceType": "Condition", "id": format!("c{n}"), "subject": { "reference": format!("Patient/p{}", n % patients) },
            "code": { "text": format!("Cough {n}") }, "text": { "status": "generated", "div": padding } }).to_string());
    }
    let wrong = lines.len();
    lines.push("nonsense".into());
    for n in 0..patients {
        lines.push(
            json!({ "resourceType": "Patient", "id": format!("p{n}"), "birthDate": "1980-01-01",
            "name": [{ "family": format!("Family{n}") }] })
            .to_string(),
        );
    }
    let text = lines.join("\n");
    assert!(text.len() > 33 << 20);
    fs::create_dir_all(clinic.place().join("plain")).expect("folder");
    fs::create_dir_all(clinic.place().join("packed")).expect("folder");
    fs::write(clinic.place().join("plain/all.ndjson"), &text).expect("written");
    let packed = fs::File::create(clinic.place().join("packed/all.zip")).expect("a file");
    let mut packed = zip::ZipWriter::new(packed);
    packed.start_file("all.ndjson", zip::write::SimpleFileOptions::default()).expect("begun");
    std::io::Write::write_all(&mut packed, text.as_bytes()).expect("written");
    packed.finish().expect("ended");

    let plain = import(&session, "Test place", &["plain"]);
    assert_eq!((&plain["patients"], &plain["taken"]), (&json!(patients), &json!(patients * each + patients)));
    assert_eq!(plain["rejections"][0]["line"], json!(wrong + 1));
    let found =
        session.ask("find_patients", json!({ "text": "Family7", "limit": 1, "offset": 0 })).expect("found");
    let chart = clinic
        .sign_in(&[Role::Clinician])
        .ask("open_chart", json!({ "patient_id": found["patients"][0]["patient_id"] }))
        .expect("chart");
    assert_eq!(chart["problems"].as_array().map(Vec::len), Some(each));
    let again = import(&session, "Test place", &["packed"]);
    assert_eq!(
        (&again["taken"], &again["already_there"]),
        (&json!(0), &json!(patients * each + patients)),
        "{again}"
    );
}
