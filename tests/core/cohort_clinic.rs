//! The clinic's own records as an index: as many events as the export of OMOP tables holds, each found under its codes.

use std::fs;
use std::sync::Arc;

use jiff::civil::{Date, date};
use rustcare_cohorts::clinic::{ClinicData, icd_concept_id, other_concept_id};
use rustcare_cohorts::definition::{CohortExpression, CriterionKind};
use rustcare_cohorts::engine::Engine;
use rustcare_cohorts::index::Index;
use rustcare_test_support::{TestClinic, data_or_skip};
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::hand_out::Stage;
use crate::import_fhir::{ALL, import};
use crate::research_tables::tables;

/// The day of reading.
const TODAY: Date = date(2026, 11, 28);

#[test]
fn the_vault_and_its_export_hold_the_same_events() {
    if data_or_skip("the bundles").is_none() {
        return;
    }
    let stage = Stage::new();
    let session = stage.clinic.sign_in(&[Role::Analyst]);
    let importer = stage.clinic.sign_in(&[Role::Clinician]);
    let entry = importer.entry("Data", &["fhir", "synthea_data_pipes"]);
    importer.finish(&importer.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    let place = session.ask("list_places", json!({})).expect("places")["places"][0]["place_id"].clone();
    let input = json!({
        "whom": { "kind": "everybody" }, "tables": "csv", "purpose_words": "", "recipient": "Study group",
        "protection": { "kind": "open", "reason": "test" }, "place_id": place,
    });
    let job = session.finish(&session.ask("export_research_tables", input).expect("started"));
    let file = job["receipt"]["file"].as_str().expect("a file").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in tables(&fs::read(stage.clinic.place().join(file)).expect("read")) {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let exported = Index::from_omop(folder.path()).expect("an index");
    let clinic = stage.clinic.vault.read(|t| ClinicData::read(t, TODAY, None)).expect("read");
    assert_eq!(clinic.index.patients(), exported.patients());
    assert!(clinic.index.events() > 3_000, "{}", clinic.index.events());
    for kind in CriterionKind::ALL {
        let count = |index: &Index| index.domain(kind).map_or(0, rustcare_cohorts::index::Domain::len);
        assert_eq!(count(&clinic.index), count(&exported), "{}", kind.name());
    }
}

/// A definition: anybody with a condition of the concept set.
fn with_condition(concept: i64, descendants: bool) -> CohortExpression {
    let text = json!({
        "ConceptSets": [{ "id": 0, "name": "set", "expression": { "items": [
            { "concept": { "CONCEPT_ID": concept }, "includeDescendants": descendants }] } }],
        "PrimaryCriteria": {
            "CriteriaList": [{ "ConditionOccurrence": { "CodesetId": 0 } }],
            "ObservationWindow": { "PriorDays": 0, "PostDays": 0 },
            "PrimaryCriteriaLimit": { "Type": "First" },
        },
        "QualifiedLimit": { "Type": "First" }, "ExpressionLimit": { "Type": "First" },
        "InclusionRules": [], "CensoringCriteria": [],
        "CollapseSettings": { "CollapseType": "ERA", "EraPad": 0 }, "CensorWindow": {},
    });
    CohortExpression::from_json(&text.to_string()).expect("a definition")
}

fn person(id: &str, codes: &Value, status: &str) -> String {
    let patient = json!({ "resourceType": "Patient", "id": id, "name": [{ "family": format!("F{id}") }],
                          "birthDate": "1970-01-01", "gender": "female" });
    let condition = json!({ "resourceType": "Condition", "id": format!("c{id}"), "subject": { "reference": format!("Patient/{id}") },
        "code": { "coding": codes }, "onsetDateTime": "2024-03-04",
        "verificationStatus": { "coding": [{ "code": status }] } });
    format!("{patient}\n{condition}\n")
}

#[test]
fn a_code_is_found_under_its_groups_and_one_with_two_codes_under_both_and_once() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let icd = |code: &str| json!({ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code });
    let snomed = json!({ "system": "http://snomed.info/sct", "code": "44054006" });
    let lines = [
        person("a", &json!([icd("E11.65")]), "confirmed"),
        person("b", &json!([snomed, icd("E11.9")]), "confirmed"),
        person("c", &json!([icd("E10.9")]), "confirmed"),
        person("d", &json!([icd("E11.9")]), "refuted"),
        person("e", &json!([icd("E11.9999")]), "confirmed"),
    ];
    fs::write(clinic.place().join("people.ndjson"), lines.concat()).expect("written");
    import(&session, "Test place", &["people.ndjson"]);
    let data = clinic.vault.read(|t| ClinicData::read(t, TODAY, None)).expect("read");
    let engine = Engine::new(Arc::new(data.index));
    let count = |concept: i64, descendants: bool| {
        engine.run(&with_condition(concept, descendants)).expect("counted").persons
    };
    assert_eq!(count(icd_concept_id("E11"), true), 3);
    assert_eq!(count(icd_concept_id("E08-E13"), true), 4);
    assert_eq!(count(icd_concept_id("4"), true), 4);
    assert_eq!(count(icd_concept_id("E11.9"), true), 2, "a finer code of another release is below it");
    assert_eq!(count(icd_concept_id("E11"), false), 0, "a group without what is below it has no records");
    assert_eq!(count(other_concept_id("http://snomed.info/sct", "44054006"), true), 1);
    assert_eq!(count(201_826, true), 0, "a published id that nobody mapped");
    assert_eq!(data.concepts[&icd_concept_id("E08-E13")].title, "Diabetes mellitus (E08-E13)");
}

#[test]
fn the_index_is_kept_encrypted_and_made_anew_when_it_is_not_what_the_records_say() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let icd = |code: &str| json!([{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code }]);
    let later = person("b", &icd("E11.9"), "confirmed").replace("2024-03-04", "2026-12-31");
    fs::write(clinic.place().join("a.ndjson"), person("a", &icd("E11.9"), "confirmed")).expect("written");
    import(&session, "Test place", &["a.ndjson"]);
    let read = || clinic.vault.read(|t| ClinicData::read(t, TODAY, None)).expect("read");
    let data = read();
    let kept = ClinicData::of_bytes(&data.to_bytes()).expect("the same");
    assert_eq!(
        (kept.index.snapshot(), &kept.concepts, &kept.units),
        (data.index.snapshot(), &data.concepts, &data.units)
    );
    let tomorrow = TODAY.tomorrow().expect("a day");
    assert!(kept.is_of(data.data_version, tomorrow) && !kept.is_of(data.data_version + 1, TODAY));
    let bytes = data.to_bytes();
    let mut damaged = bytes.to_vec();
    *damaged.last_mut().expect("a byte") ^= 1;
    assert!(ClinicData::of_bytes(&damaged).is_none() && ClinicData::of_bytes(&bytes[..40]).is_none());
    // A date to come is cut at the day of reading: tomorrow the index is another.
    fs::write(clinic.place().join("b.ndjson"), later).expect("written");
    import(&session, "Test place", &["b.ndjson"]);
    let data = read();
    assert!(data.is_of(data.data_version, TODAY) && !data.is_of(data.data_version, tomorrow));

    let count = || {
        let sketch = json!({ "kind": "sketch", "sketch": crate::cohort_builder::sketch() });
        session.ask("count_cohort", sketch).expect("counted")["population"].clone()
    };
    assert_eq!(count(), 2);
    let begun = std::time::Instant::now();
    while clinic.vault.snapshots().read("clinic_index").is_none() && begun.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let sealed: Vec<u8> = rustcare_vault::blob::files_below(clinic.folder.path())
        .into_iter()
        .filter(|path| path.ends_with("snapshots/clinic_index"))
        .flat_map(|path| fs::read(path).expect("a snapshot"))
        .collect();
    assert!(sealed.len() > 1_000, "{} bytes", sealed.len());
    assert!(!sealed.windows(4).any(|bytes| bytes == b"E11."), "no code is in clear");
    assert!(
        clinic
            .vault
            .snapshots()
            .read("clinic_index")
            .is_some_and(|clear| clear.windows(4).any(|b| b == b"E11."))
    );
}
