//! Published definitions are read whole, written as they were, and refused when a part is unknown.

use rustcare_cohorts::definition::{CohortExpression, file_text};
use serde_json::{Value, json};

use crate::cohort_support::{definitions, omop};

#[test]
fn every_published_definition_is_written_as_it_was_read() {
    let Some(folder) = omop("every_published_definition_is_written_as_it_was_read", "phenotypes") else {
        return;
    };
    let all = definitions(&folder);
    assert_eq!(all.len(), 275);
    for (id, value) in all {
        let expression = CohortExpression::from_value(value.clone()).unwrap_or_else(|e| panic!("{id}: {e}"));
        assert!(expression.to_value() == value, "{id} is written otherwise than it was read");
    }
}

/// A definition with one correlated criterion, to be spoilt.
fn sound() -> Value {
    json!({
        "ConceptSets": [],
        "PrimaryCriteria": {
            "CriteriaList": [{ "ConditionOccurrence": { "CodesetId": 0 } }],
            "ObservationWindow": { "PriorDays": 0, "PostDays": 0 },
            "PrimaryCriteriaLimit": { "Type": "All" }
        },
        "InclusionRules": [{
            "name": "one",
            "expression": {
                "Type": "ALL",
                "CriteriaList": [{
                    "Criteria": { "DrugExposure": { "Age": { "Value": 18, "Op": "gte" } } },
                    "StartWindow": {
                        "Start": { "Days": 1, "Coeff": -1 }, "End": { "Coeff": 1 }, "UseEventEnd": false
                    },
                    "Occurrence": { "Type": 2, "Count": 1, "IsDistinct": false }
                }]
            }
        }]
    })
}

#[test]
fn what_is_not_known_is_refused_by_its_name_and_place() {
    assert!(CohortExpression::from_value(sound()).is_ok());
    let rule = "InclusionRules[0].expression";
    let correlated = format!("{rule}.CriteriaList[0]");
    let cases: [(&str, Value, String); 8] = [
        (
            "/PrimaryCriteria/CriteriaList/0",
            json!({ "Illness": {} }),
            "PrimaryCriteria.CriteriaList[0]: there is no kind of criterion named \"Illness\"".into(),
        ),
        (
            "/PrimaryCriteria/CriteriaList/0/ConditionOccurrence",
            json!({ "DrugType": [] }),
            "PrimaryCriteria.CriteriaList[0].ConditionOccurrence: there is no attribute named \"DrugType\" here"
                .into(),
        ),
        (
            "/InclusionRules/0/expression/CriteriaList/0/Criteria/DrugExposure/Age/Op",
            json!("about"),
            format!(
                "{correlated}.Criteria.DrugExposure.Age.Op: \"about\" is not one of lt, lte, eq, !eq, gt, gte, bt, !bt"
            ),
        ),
        (
            "/InclusionRules/0/expression/CriteriaList/0/Occurrence/Type",
            json!(7),
            format!("{correlated}.Occurrence.Type: \"7\" is not one of 0 (exactly), 1 (at most), 2 (at least)"),
        ),
        (
            "/InclusionRules/0/expression/CriteriaList/0/StartWindow/Start/Days",
            json!("one"),
            format!("{correlated}.StartWindow.Start.Days: a number is expected, not a text"),
        ),
        (
            "/InclusionRules/0/expression/Type",
            json!("AT_LEAST"),
            format!("{rule}: \"Count\" is missing"),
        ),
        (
            "/InclusionRules/0/expression",
            Value::Null,
            "InclusionRules[0]: \"expression\" is missing".into(),
        ),
        ("/ConceptSets", json!({}), "ConceptSets: a list is expected, not an object".into()),
    ];
    for (pointer, replacement, message) in cases {
        let mut spoilt = sound();
        *spoilt.pointer_mut(pointer).expect("a place") = replacement;
        let error = CohortExpression::from_value(spoilt).expect_err("refused");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_text_that_is_no_json_is_refused_with_its_line() {
    let error = CohortExpression::from_json("{\n  \"Title\": nothing\n}").expect_err("refused");
    assert_eq!(error.to_string(), "the text is not JSON (line 2, column 13): expected ident");
}

#[test]
fn a_member_that_stands_twice_is_refused_for_one_would_not_be_heeded() {
    let text = "{\n  \"PrimaryCriteria\": {},\n  \"Title\": \"a\",\n  \"Title\": \"b\"\n}";
    let error = CohortExpression::from_json(text).expect_err("refused").to_string();
    assert_eq!(error, "line 4: \"Title\" stands there twice");
}

#[test]
fn a_definition_is_read_in_the_encodings_that_are_published() {
    let mut named = sound();
    named["Title"] = json!("Henoch-Schönlein");
    let text = named.to_string();
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
    };
    let western: Vec<u8> =
        text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("western")).collect();
    let files = [
        text.clone().into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        format!("{text}\r\n\0").into_bytes(),
        utf_16(u16::to_le_bytes),
        utf_16(u16::to_be_bytes),
        western,
    ];
    for file in files {
        let read = CohortExpression::from_json(&file_text(&file)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.title.as_deref(), Some("Henoch-Schönlein"));
    }
}

#[test]
fn what_published_tools_write_besides_is_read_as_circe_reads_it() {
    let mut written = sound();
    written["ConceptSets"] = json!([{ "id": 0, "name": "ill", "expression": { "items": [{
        "concept": { "CONCEPT_ID": "201826", "DESCENDANT_RECORD_COUNT": "1,024", "ANCESTORS": null, "VALID_START_DATE": 0 }
    }] } }]);
    *written
        .pointer_mut("/InclusionRules/0/expression/CriteriaList/0/StartWindow/Start/Days")
        .expect("days") = json!("30");
    let read = CohortExpression::from_value(written).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.concept_sets[0].items[0].concept.concept_id, 201_826);
    assert_eq!(read.inclusion_rules[0].expression.criteria[0].start_window.start.days, Some(30));
}
