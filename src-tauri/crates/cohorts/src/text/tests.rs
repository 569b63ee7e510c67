use serde_json::json;

use super::*;

fn definition() -> CohortExpression {
    let text = json!({
        "ConceptSets": [
            { "id": 0, "name": "Type 2 diabetes", "expression": { "items": [
                { "concept": { "CONCEPT_ID": 201_826, "CONCEPT_NAME": "Type 2 diabetes mellitus", "CONCEPT_CODE": "44054006",
                  "VOCABULARY_ID": "SNOMED" }, "includeDescendants": true },
                { "concept": { "CONCEPT_ID": 1 }, "isExcluded": true }] } },
            { "id": 1, "name": "Metformin", "expression": { "items": [] } },
        ],
        "PrimaryCriteria": {
            "CriteriaList": [{ "ConditionOccurrence": { "CodesetId": 0, "First": true, "Age": { "Value": 18, "Op": "gte" } } }],
            "ObservationWindow": { "PriorDays": 365, "PostDays": 0 },
            "PrimaryCriteriaLimit": { "Type": "All" },
        },
        "QualifiedLimit": { "Type": "First" }, "ExpressionLimit": { "Type": "First" },
        "InclusionRules": [
            { "name": "Metformin soon", "expression": { "Type": "ALL", "CriteriaList": [{
                "Criteria": { "DrugExposure": { "CodesetId": 1 } },
                "StartWindow": { "Start": { "Days": 0, "Coeff": -1 }, "End": { "Days": 90, "Coeff": 1 }, "UseEventEnd": false },
                "Occurrence": { "Type": 2, "Count": 1 } }], "DemographicCriteriaList": [], "Groups": [] } },
            { "name": "", "expression": { "Type": "ANY", "CriteriaList": [{
                "Criteria": { "Measurement": { "CodesetId": 9, "ValueAsNumber": { "Value": 6.5, "Op": "bt", "Extent": 9 } } },
                "StartWindow": { "Start": { "Coeff": -1 }, "End": { "Days": 1, "Coeff": -1 }, "UseIndexEnd": true },
                "RestrictVisit": true,
                "Occurrence": { "Type": 0, "Count": 0 } }], "DemographicCriteriaList": [], "Groups": [] } },
        ],
        "EndStrategy": { "DateOffset": { "DateField": "StartDate", "Offset": 30 } },
        "CensoringCriteria": [{ "Death": {} }],
        "CollapseSettings": { "CollapseType": "ERA", "EraPad": 7 }, "CensorWindow": { "StartDate": "2020-01-01" },
    });
    CohortExpression::from_json(&text.to_string()).expect("a definition")
}

#[test]
fn a_definition_is_told_whole_in_english() {
    let told = lines(&describe(&definition(), Language::En));
    let expected = "\
Who comes in: a person with any of these events
- diagnosis of “Type 2 diabetes”, the first ever on record; age in calendar years: at least 18
- On record for at least 365 days before the event and 0 days after it.
- Every such event of a person is looked at.

What must also be true
- Rule 1, Metformin soon: all of this holds
  - at least once: medicine or vaccine of “Metformin”; its first day from the same day to 90 days after, counted from the first day of the entry event
- Rule 2: at least one of these holds
  - never: measured value of a set of codes that is not in the definition (9); value: from 6.5 to 9; its first day from any time before to the day before, counted from the last day of the entry event; during the same visit
- Of the events that meet every rule, a person's earliest counts.

How long they stay
- Until 30 days after the first day of the event, at most as long as they are on record.
- Stays of a person that are up to 7 days apart are one.
- Only the time from 2020-01-01 on counts.
- They leave earlier with any of these events
  - any death

Sets of codes
- “Type 2 diabetes”
  - Type 2 diabetes mellitus (SNOMED 44054006), with all below it
  - left out: 1
- “Metformin”
  - no code

";
    assert_eq!(told, expected);
}

#[test]
fn the_same_is_told_in_spanish() {
    let told = lines(&describe(&definition(), Language::Es));
    for words in [
        "diagnóstico de «Type 2 diabetes», el primero de todos los registrados; edad en años naturales: al menos 18",
        "Regla 1, Metformin soon: se cumple todo esto",
        "nunca: valor medido de",
        "cualquier fallecimiento",
    ] {
        assert!(told.contains(words), "{words} in {told}");
    }
    assert!(!told.contains('{') && !told.contains('}'));
}

#[test]
fn each_member_of_a_group_has_its_words() {
    let definition = definition();
    let group = &definition.inclusion_rules[0].expression;
    let words = member_words(&definition, group, Language::En);
    assert_eq!(words.len(), 1);
    assert!(words[0].starts_with("at least once: medicine or vaccine of “Metformin”"), "{words:?}");
}
