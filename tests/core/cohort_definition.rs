//! Published definitions are read whole, written as they were, and refused when a part is unknown.

use rustcare_cohorts::definition::CohortExpression;
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
