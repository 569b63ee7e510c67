//! OMOP tables without names: the published columns, nobody's name, no free text.

use std::fs;
use std::io::Cursor;

use rustcare_test_support::{TestClinic, data_or_skip};
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::hand_out::{SSN, Stage};

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
            "whom": { "kind": "everybody" }, "tables": "csv", "purpose_words": "", "recipient": "Study group",
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
    let input = json!({ "whom": { "kind": "everybody" }, "tables": "csv", "purpose_words": "", "recipient": "Study group",
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

pub(crate) fn tables(bytes: &[u8]) -> std::collections::BTreeMap<String, String> {
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
