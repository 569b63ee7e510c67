//! Synthea's 18 CSV tables as one set: every row is accounted for, again changes nothing.

use std::collections::BTreeMap;
use std::fs;

use rustcare_test_support::{TestClinic, data_or_skip};
use rustcare_workstation::Role;
use serde_json::{Value, json};

/// Which resource a table becomes.
const BECOMES: [(&str, &str); 17] = [
    ("allergies", "AllergyIntolerance"),
    ("careplans", "CarePlan"),
    ("claims", "Claim"),
    ("conditions", "Condition"),
    ("devices", "Device"),
    ("encounters", "Encounter"),
    ("imaging_studies", "ImagingStudy"),
    ("immunizations", "Immunization"),
    ("medications", "MedicationRequest"),
    ("observations", "Observation"),
    ("organizations", "Organization"),
    ("patients", "Patient"),
    ("payer_transitions", "Coverage"),
    ("payers", "Organization"),
    ("procedures", "Procedure"),
    ("providers", "Practitioner"),
    ("supplies", "SupplyDelivery"),
];

#[test]
fn the_eighteen_tables_come_in_as_a_set_and_every_row_is_accounted_for() {
    let Some(data) = data_or_skip("the tables of Synthea") else { return };
    let folder = data.join("synthea_csv/dbt_synthea27");
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    for (table, resource) in BECOMES {
        let text = fs::read_to_string(folder.join(format!("{table}.csv"))).expect("a table");
        *rows.entry(resource).or_default() +=
            text.lines().filter(|l| !l.trim().is_empty()).count() as u64 - 1;
    }
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::FrontDesk, Role::Clinician, Role::Administrator]);
    let entry = session.entry("Data", &["synthea_csv", "dbt_synthea27"]);
    let bring_in = || {
        let job = session.ask("import_fhir", json!({ "entry_id": entry })).expect("started");
        session.finish(&job)["report"].clone()
    };
    let report = bring_in();
    let rejections = report["rejections"].as_array().expect("rejections");
    for rejection in rejections {
        println!("{} {} {}", rejection["file"], rejection["line"], rejection["reason"]);
    }
    for (resource, rows) in &rows {
        let found =
            report["by_type"].as_array().expect("types").iter().find(|t| t["resource_type"] == *resource);
        let count = |key: &str| found.map_or(0, |t| t[key].as_u64().unwrap_or(0));
        let sum = ["taken", "already_there", "changed", "rejected"].map(count).iter().sum::<u64>();
        assert_eq!(sum, *rows, "{resource}: every row is taken, there already, or refused");
        assert_eq!(count("rejected"), 0, "{resource}");
    }
    assert_eq!(report["patients"], 27);
    let left_out = |r: &&serde_json::Value| r["why"]["reason"] == "synthea_transactions";
    assert_eq!(rejections.iter().filter(left_out).count(), 1, "the table of payments is said to be left out");

    // One of them, looked at by hand: Maynard, born 2014, seen for a sore throat and at two check-ups.
    let found = session
        .ask("find_patients", json!({ "text": "maynard mosciski", "limit": 5, "offset": 0 }))
        .expect("found");
    let id = &found["patients"][0]["patient_id"];
    let chart = session.ask("open_chart", json!({ "patient_id": id })).expect("a chart");
    let titles: Vec<&str> =
        chart["problems"].as_array().expect("problems").iter().filter_map(|p| p["title"].as_str()).collect();
    assert!(titles.contains(&"Acute viral pharyngitis (disorder)"), "{titles:?}");
    let height = chart["results"].as_array().expect("results").iter().find(|r| r["code"] == "8302-2");
    assert_eq!(height.map(|r| (r["value"].as_str(), r["unit"].as_str())), Some((Some("127.9"), Some("cm"))));
    assert!(chart["secrets"]["ssn"].is_string());
    let again = bring_in();
    assert_eq!((&again["taken"], &again["changed"]), (&json!(0), &json!(0)));
}

/// The cells of a resource as Synthea's CSV exporter would write them ("CSV File Data Dictionary"), by table.
fn row_of(resource: &Value) -> Option<(&'static str, Vec<String>)> {
    let at = |path: &str| resource.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let reference = |path: &str| at(path).rsplit([':', '/']).next().unwrap_or_default().to_owned();
    let (patient, encounter) = (reference("/subject/reference"), reference("/encounter/reference"));
    Some(match resource["resourceType"].as_str()? {
        "Patient" => {
            let gender = if at("/gender") == "female" { "F" } else { "M" };
            let prefix = at("/name/0/prefix/0");
            (
                "patients",
                vec![
                    at("/id"),
                    at("/birthDate"),
                    at("/deceasedDateTime"),
                    prefix,
                    at("/name/0/given/0"),
                    at("/name/0/family"),
                    gender.into(),
                    at("/address/0/line/0"),
                    at("/address/0/city"),
                    at("/address/0/state"),
                    at("/address/0/postalCode"),
                ],
            )
        }
        "Encounter" => (
            "encounters",
            vec![
                at("/id"),
                at("/period/start"),
                at("/period/end"),
                patient,
                match at("/class/code").as_str() {
                    "EMER" => "emergency",
                    "IMP" => "inpatient",
                    _ => "ambulatory",
                }
                .into(),
                at("/type/0/coding/0/code"),
                at("/type/0/coding/0/display"),
            ],
        ),
        "Condition" => (
            "conditions",
            vec![
                at("/onsetDateTime"),
                at("/abatementDateTime"),
                patient,
                encounter,
                at("/code/coding/0/code"),
                at("/code/coding/0/display"),
            ],
        ),
        "Observation" if resource["valueQuantity"].is_object() => (
            "observations",
            vec![
                at("/effectiveDateTime"),
                patient,
                encounter,
                at("/category/0/coding/0/code"),
                at("/code/coding/0/code"),
                at("/code/coding/0/display"),
                resource["valueQuantity"]["value"].to_string(),
                at("/valueQuantity/unit"),
                "numeric".into(),
            ],
        ),
        "Immunization" => (
            "immunizations",
            vec![
                at("/occurrenceDateTime"),
                reference("/patient/reference"),
                encounter,
                at("/vaccineCode/coding/0/code"),
                at("/vaccineCode/coding/0/display"),
            ],
        ),
        "Procedure" => (
            "procedures",
            vec![
                at("/performedPeriod/start"),
                at("/performedPeriod/end"),
                patient,
                encounter,
                at("/code/coding/0/code"),
                at("/code/coding/0/display"),
            ],
        ),
        _ => return None,
    })
}

const COLUMNS: [(&str, &str); 6] = [
    ("patients", "Id,BIRTHDATE,DEATHDATE,PREFIX,FIRST,LAST,GENDER,ADDRESS,CITY,STATE,ZIP"),
    ("encounters", "Id,START,STOP,PATIENT,ENCOUNTERCLASS,CODE,DESCRIPTION"),
    ("conditions", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION"),
    ("observations", "DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE"),
    ("immunizations", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION"),
    ("procedures", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION"),
];

/// Everything that a chart shows of every patient, by name and birth, without ids.
fn register(clinic: &TestClinic) -> Vec<String> {
    let session = clinic.sign_in(&[Role::FrontDesk, Role::Clinician]);
    let all = session.ask("find_patients", json!({ "text": "", "limit": 100, "offset": 0 })).expect("all");
    let mut lines = Vec::new();
    for hit in all["patients"].as_array().expect("patients") {
        let chart = session.ask("open_chart", json!({ "patient_id": hit["patient_id"] })).expect("a chart");
        let who = format!("{} {} {}", hit["family_name"], hit["given_name"], hit["date_of_birth"]);
        for field in ["sex", "deceased", "city", "last_visit_iso"] {
            lines.push(format!("{who} {field}: {}", hit[field]));
        }
        for row in chart["demographics"].as_array().into_iter().flatten() {
            if row["label"] == "address" {
                // The country is not in the table: Synthea's people live in the United States.
                lines.push(format!("{who} {}", row["value"]));
            }
        }
        for panel in ["problems", "immunisations", "encounters", "procedures"] {
            for row in chart[panel].as_array().into_iter().flatten() {
                let cells = ["date_iso", "title", "code", "system", "status"].map(|c| row[c].to_string());
                lines.push(format!("{who} {panel}: {}", cells.join(" ")));
            }
        }
        for row in chart["results"].as_array().into_iter().flatten() {
            // Of two values at one moment neither is the newer one: all are compared, in no order.
            let mut points: Vec<String> =
                row["points"].as_array().into_iter().flatten().map(Value::to_string).collect();
            points.sort();
            let cells = ["code", "system", "title", "unit", "date_iso"].map(|c| row[c].to_string());
            lines.push(format!("{who} result: {} {}", cells.join(" "), points.join(" ")));
        }
        for row in chart["timeline"].as_array().into_iter().flatten() {
            lines.push(format!("{who} timeline: {} {} {}", row["date_iso"], row["kind"], row["title"]));
        }
    }
    lines.sort();
    lines
}

#[test]
fn the_same_people_by_csv_and_by_fhir_become_the_same_register() {
    let Some(data) = data_or_skip("the bundles of Synthea") else { return };
    let (by_fhir, by_csv) = (TestClinic::new(), TestClinic::new());
    let mut files: Vec<_> = fs::read_dir(data.join("fhir/synthea_data_pipes"))
        .expect("bundles")
        .flatten()
        .map(|e| e.path())
        .collect();
    files.sort();
    let folder = by_csv.place().join("csv");
    fs::create_dir_all(&folder).expect("a folder");
    let mut tables: BTreeMap<&str, csv::Writer<fs::File>> = BTreeMap::new();
    for (table, columns) in COLUMNS {
        let mut writer = csv::Writer::from_path(folder.join(format!("{table}.csv"))).expect("a table");
        writer.write_record(columns.split(',')).expect("names");
        tables.insert(table, writer);
    }
    let (mut people, mut rows) = (0, 0);
    for file in files {
        let text = fs::read_to_string(&file).expect("text");
        // A template lies beside the bundles.
        let Ok(mut bundle) = serde_json::from_str::<Value>(&text) else { continue };
        let entries = bundle["entry"].as_array_mut().expect("entries");
        // Both get exactly what has a row.
        entries.retain(|entry| row_of(&entry["resource"]).is_some());
        if !entries.iter().any(|e| e["resource"]["resourceType"] == "Patient") {
            continue;
        }
        for entry in entries.iter() {
            let (table, cells) = row_of(&entry["resource"]).expect("a row");
            tables.get_mut(table).expect("a table").write_record(cells).expect("written");
            rows += 1;
        }
        people += 1;
        let name = file.file_name().expect("a name");
        fs::write(by_fhir.place().join(name), bundle.to_string()).expect("written");
    }
    drop(tables);
    assert!(people >= 10 && rows > 1000, "{people} people, {rows} rows");
    let bring_in = |clinic: &TestClinic, path: &[&str]| {
        let session = clinic.sign_in(&[Role::FrontDesk, Role::Clinician, Role::Administrator]);
        let entry = session.entry("Test place", path);
        let job = session.ask("import_fhir", json!({ "entry_id": entry })).expect("started");
        let report = session.finish(&job)["report"].clone();
        assert_eq!(report["rejected"], 0, "{report}");
        report["taken"].as_u64().unwrap_or(0)
    };
    let places = by_fhir.place();
    let bundles: Vec<_> = fs::read_dir(&places).expect("bundles").flatten().map(|e| e.file_name()).collect();
    let fhir: u64 = bundles.iter().map(|name| bring_in(&by_fhir, &[name.to_str().expect("a name")])).sum();
    let csv = bring_in(&by_csv, &["csv"]);
    assert_eq!((fhir, csv), (rows, rows));
    let (a, b) = (register(&by_fhir), register(&by_csv));
    for (one, other) in a.iter().zip(&b) {
        assert_eq!(one, other);
    }
    assert_eq!(a.len(), b.len());
}
