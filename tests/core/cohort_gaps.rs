//! What a definition asks for that the clinic's records can answer, and what not: units, concepts, kinds, events without codes.

use std::fs;

use rustcare_test_support::{Session, TestClinic};
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::cohort_builder::{clinic, concept, count, event, sketch, told};
use crate::import_fhir::{ALL, import};

/// A woman with one laboratory result; `unit` is a UCUM code, or none.
fn laboratory(id: &str, code: &str, value: f64, unit: Option<&str>) -> String {
    let patient = json!({ "resourceType": "Patient", "id": id, "gender": "female", "name": [{ "family": format!("L{id}") }],
                          "birthDate": "1970-01-01" });
    let mut quantity = json!({ "value": value });
    if let Some(unit) = unit {
        quantity["unit"] = json!(unit);
        quantity["code"] = json!(unit);
        quantity["system"] = json!("http://unitsofmeasure.org");
    }
    let result = json!({ "resourceType": "Observation", "id": format!("o{id}"), "status": "final",
        "subject": { "reference": format!("Patient/{id}") }, "effectiveDateTime": "2024-03-04",
        "code": { "coding": [{ "system": "http://loinc.org", "code": code }], "text": code }, "valueQuantity": quantity });
    format!("{patient}\n{result}\n")
}

fn laboratories() -> TestClinic {
    let clinic = TestClinic::new();
    let lines = [
        laboratory("a", "4548-4", 9.1, Some("%")),
        laboratory("b", "4548-4", 6.0, Some("%")),
        laboratory("c", "4548-4", 76.0, Some("mmol/mol")),
        laboratory("d", "4548-4", 9.5, None),
        laboratory("e", "2093-3", 200.0, Some("mg/dL")),
        laboratory("f", "2093-3", 2.4, Some("g/L")),
        laboratory("g", "2093-3", 1.5, Some("g/L")),
        laboratory("h", "2093-3", 6.2, Some("mmol/L")),
    ];
    fs::write(clinic.place().join("labs.ndjson"), lines.concat()).expect("written");
    import(&clinic.sign_in(&ALL), "Test place", &["labs.ndjson"]);
    clinic
}

fn at_least(session: &Session<'_>, code: &str, value: f64, unit: Option<&str>) -> Value {
    let id = concept(session, "measurement", code)["concept_id"].as_i64().expect("an id");
    let mut entry = event("measurement", &[(code, id)], false, None);
    entry["number"] = json!({ "comparison": "at_least", "value": value, "to": null, "unit": unit });
    let mut sketch = sketch();
    sketch["entry"] = json!([entry]);
    sketch["days_before"] = json!(0);
    count(session, &sketch)
}

#[test]
fn values_are_compared_in_the_unit_that_is_named_and_carried_over_only_where_that_is_certain() {
    let clinic = laboratories();
    let session = clinic.sign_in(&[Role::Clinician]);
    // 76 mmol/mol is far above 9 when units are ignored, and is no percentage.
    let unsaid = at_least(&session, "4548-4", 9.0, None);
    assert_eq!(
        (&unsaid["patients"], &unsaid["gaps"][0]["kind"]),
        (&Value::Null, &json!("unit_not_named")),
        "{unsaid}"
    );
    assert_eq!(at_least(&session, "4548-4", 9.0, Some("%"))["patients"], 1);
    assert_eq!(at_least(&session, "4548-4", 9.0, Some("mmol/mol"))["patients"], 1);
    // 2 g/L is 200 mg/dL; what is counted in moles is another thing.
    assert_eq!(at_least(&session, "2093-3", 200.0, Some("mg/dL"))["patients"], 2);
    assert_eq!(at_least(&session, "2093-3", 2.0, Some("g/L"))["patients"], 2);
    assert_eq!(at_least(&session, "2093-3", 20.0, Some("mg/dL"))["patients"], 3);
    let id = concept(&session, "measurement", "2093-3")["concept_id"].clone();
    let chosen = json!([{ "concept_id": id, "system": "LOINC", "code": "2093-3", "title": "Cholesterol" }]);
    let units = session.ask("list_units", json!({ "concepts": chosen, "unit": "mg/dL" })).expect("units");
    let comparable = |unit: &str| {
        let line = units["units"].as_array().expect("a list").iter().find(|line| line["unit"] == unit);
        line.map(|line| (line["results"].clone(), line["is_comparable"].clone())).expect("listed")
    };
    assert_eq!(comparable("g/L"), (json!(2), json!(true)));
    assert_eq!(comparable("mmol/L"), (json!(1), json!(false)));
    let analyst = clinic.sign_in(&[Role::Analyst]);
    let units = analyst.ask("list_units", json!({ "concepts": chosen, "unit": null })).expect("units");
    assert_eq!(units["units"][0]["results"], Value::Null, "a number of two is not shown");
}

/// A definition from elsewhere: an entry criterion, and the concept sets it names.
fn brought_in(clinic: &TestClinic, session: &Session<'_>, criterion: &Value, sets: &Value) -> Value {
    let text = json!({
        "ConceptSets": sets,
        "PrimaryCriteria": { "CriteriaList": [criterion], "ObservationWindow": { "PriorDays": 0, "PostDays": 0 },
                             "PrimaryCriteriaLimit": { "Type": "First" } },
        "QualifiedLimit": { "Type": "First" }, "ExpressionLimit": { "Type": "First" }, "InclusionRules": [],
        "CensoringCriteria": [], "CollapseSettings": { "CollapseType": "ERA", "EraPad": 0 }, "CensorWindow": {},
    });
    fs::write(clinic.place().join("elsewhere.json"), text.to_string()).expect("written");
    let entry = session.entry("Test place", &["elsewhere.json"]);
    let view = session.ask("import_cohort", json!({ "entry_id": entry })).expect("brought in");
    let saved = json!({ "kind": "saved", "cohort_id": view["line"]["cohort_id"], "version": null });
    session.ask("count_cohort", saved).expect("counted")
}

fn set(concept: &Value) -> Value {
    json!([{ "id": 0, "name": "set", "expression": { "items": [{ "concept": concept, "includeDescendants": true }] } }])
}

#[test]
fn what_the_records_cannot_answer_is_named_and_never_a_nought() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let diabetes = json!({ "CONCEPT_ID": 1_567_956, "CONCEPT_CODE": "E11", "VOCABULARY_ID": "ICD10CM", "CONCEPT_NAME": "Type 2" });
    let counted = |criterion: &Value, sets: &Value| brought_in(&clinic, &session, criterion, sets);
    let gap = |counted: &Value, kind: &str, what: &str| {
        assert_eq!(counted["patients"], Value::Null, "{counted}");
        let gaps = counted["gaps"].as_array().expect("gaps");
        assert!(
            gaps.iter().any(|gap| gap["kind"] == kind && gap["what"] == what),
            "{kind} {what} in {counted}"
        );
    };
    // A published number with a code of ICD-10-CM beside it is that code, with its tree.
    let all = counted(&json!({ "ConditionOccurrence": { "CodesetId": 0 } }), &set(&diabetes));
    assert_eq!(all["patients"], 35, "{all}");
    let snomed = json!({ "CONCEPT_ID": 201_826, "CONCEPT_CODE": "44054006", "VOCABULARY_ID": "SNOMED", "CONCEPT_NAME": "Type 2" });
    gap(
        &counted(&json!({ "ConditionOccurrence": { "CodesetId": 0 } }), &set(&snomed)),
        "unknown_concept",
        "Type 2 (201826)",
    );
    gap(
        &counted(&json!({ "ConditionOccurrence": { "CodesetId": 5 } }), &set(&diabetes)),
        "missing_concept_set",
        "5",
    );
    gap(&counted(&json!({ "DeviceExposure": {} }), &json!([])), "kind_not_kept", "DeviceExposure");
    let of_type =
        json!({ "ConditionOccurrence": { "CodesetId": 0, "ConditionType": [{ "CONCEPT_ID": 32_817 }] } });
    gap(&counted(&of_type, &set(&diabetes)), "not_recorded", "ConditionType");
    let race = json!({ "ConditionOccurrence": { "CodesetId": 0, "CorrelatedCriteria": { "Type": "ALL", "CriteriaList": [],
        "DemographicCriteriaList": [{ "Race": [{ "CONCEPT_ID": 8_527 }] }], "Groups": [] } } });
    gap(&counted(&race, &set(&diabetes)), "not_recorded", "Race");
    let sex = json!({ "ConditionOccurrence": { "CodesetId": 0, "Gender": [{ "CONCEPT_ID": 8_532 }] } });
    assert_eq!(counted(&sex, &set(&diabetes))["patients"], 18, "every other one is a woman");
}

#[test]
fn an_event_without_codes_counts_only_where_somebody_says_any() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let mut any = sketch();
    any["entry"] = json!([event("condition", &[], false, None)]);
    let refused = |sketch: &Value| {
        let asked = session.ask("count_cohort", json!({ "kind": "sketch", "sketch": sketch }));
        told(asked.expect_err("refused"))
    };
    assert_eq!(refused(&any)["reason"], "cohort_event_empty");
    any["entry"][0]["is_any_code"] = json!(true);
    any["days_before"] = json!(0);
    assert_eq!(count(&session, &any)["patients"], 40);
    let rule = json!({ "name": "", "is_any": false, "person": { "age_min": 18 }, "items": [] });
    any["rules"] = Value::Array(vec![rule; 101]);
    let too_many = refused(&any);
    assert_eq!((&too_many["reason"], &too_many["field"]), (&json!("cohort_too_large"), &json!("rules")));
}
