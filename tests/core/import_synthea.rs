//! Synthea's 18 CSV tables as one set: every row is accounted for, again changes nothing.

use std::collections::BTreeMap;
use std::fs;

use rustcare_test_support::{TestClinic, data_or_skip};
use rustcare_workstation::Role;
use serde_json::json;

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
