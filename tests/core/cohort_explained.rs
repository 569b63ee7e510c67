//! Cohorts looked through: units, what cannot be answered, why one patient is in or out, versions beside each other, words.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use rustcare_cohorts::definition::{CohortExpression, Test};
use rustcare_cohorts::engine::{Cause, Engine};
use rustcare_cohorts::index::Index;
use rustcare_cohorts::text::{Language, describe};
use rustcare_test_support::{Session, TestClinic};
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::cohort_builder::{clinic, concept, count, event, sketch, told, with_rules};
use crate::cohort_support::{definitions, omop};
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

fn patient(session: &Session<'_>, name: &str) -> Value {
    let found =
        session.ask("find_patients", json!({ "text": name, "limit": 5, "offset": 0 })).expect("found");
    found["patients"][0]["patient_id"].clone()
}

#[test]
fn why_a_patient_is_in_or_out_is_told_rule_by_rule() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician, Role::FrontDesk]);
    let rules = with_rules(&session);
    let why = |name: &str| {
        let input = json!({ "of": { "kind": "sketch", "sketch": rules }, "patient_id": patient(&session, name), "language": "en" });
        session.ask("explain_patient", input).expect("told")
    };
    let member = why("Family2");
    assert_eq!(member["stays"], json!([{ "from": "2022-03-01", "to": "2024-02-01" }]), "{member}");
    assert_eq!((&member["tested"], &member["rules"][1]["is_met"]), (&json!("2022-03-01"), &json!(true)));
    assert_eq!(member["rules"][1]["members"][0]["matched"][0]["value"], 9.0);
    assert_eq!(member["rules"][1]["members"][0]["matched"][0]["unit"], "%");
    // Given metformin, but the HbA1c is 7.
    let out = why("Family7");
    assert_eq!(
        (&out["stays"], &out["rules"][0]["is_met"], &out["rules"][1]["is_met"]),
        (&json!([]), &json!(true), &json!(false))
    );
    assert_eq!(out["rules"][1]["members"][0]["found"], 0);
    let early = why("Family31");
    assert_eq!(
        (&early["entries"][0]["outcome"], &early["rules"]),
        (&json!("observed_too_shortly"), &json!([]))
    );
    assert_eq!(early["entries"][0]["event"]["code"], "E11.65");
    assert_eq!(why("Family36")["entries"], json!([]));
    let analyst = clinic.sign_in(&[Role::Analyst]);
    let input = json!({ "of": { "kind": "sketch", "sketch": rules }, "patient_id": patient(&session, "Family2"), "language": "en" });
    assert_eq!(
        told(analyst.ask("explain_patient", input).expect_err("no patient"))["reason"],
        "role_forbids"
    );
}

#[test]
fn two_versions_show_who_comes_in_and_who_drops_out_and_by_what() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let of = |sketch: &Value| json!({ "kind": "sketch", "sketch": sketch });
    let mut wide = sketch();
    wide["days_before"] = json!(0);
    let asked = json!({ "before": of(&with_rules(&session)), "after": of(&wide) });
    let change = session.ask("compare_cohorts", asked.clone()).expect("compared");
    assert_eq!(
        (&change["stayed"], &change["gained"], &change["lost"]),
        (&json!(4), &json!(26), &json!(0)),
        "{change}"
    );
    let by: Vec<(Value, Value)> = change["gained_by"]
        .as_array()
        .expect("causes")
        .iter()
        .map(|cause| (cause["rule"].clone(), cause["patients"].clone()))
        .collect();
    // Sixteen had metformin and no high HbA1c, five had neither, five were not observed for a year.
    assert_eq!(by, [(json!(2), json!(16)), (Value::Null, json!(5)), (json!(1), json!(5))]);
    let back = session
        .ask("compare_cohorts", json!({ "before": of(&wide), "after": of(&with_rules(&session)) }))
        .expect("compared");
    assert_eq!((&back["lost"], &back["lost_by"]), (&json!(26), &change["gained_by"]));
    let analyst = clinic.sign_in(&[Role::Analyst]);
    let hidden = analyst.ask("compare_cohorts", asked).expect("compared");
    assert_eq!(
        (&hidden["gained"], &hidden["stayed"], &hidden["gained_by"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
}

#[test]
fn a_sketch_is_told_in_words_with_what_is_wrong_in_it() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Analyst]);
    let full = clinic.sign_in(&[Role::Clinician]);
    let mut twice = with_rules(&full);
    twice["rules"][1]["person"] = json!({ "age_min": null, "age_max": 10, "sex": null });
    let input = |language: &str| json!({ "of": { "kind": "sketch", "sketch": twice }, "language": language });
    let english = session.ask("describe_cohort", input("en")).expect("told");
    assert!(
        english["blocks"][0]["items"][0]["text"]
            .as_str()
            .expect("text")
            .starts_with("diagnosis of “E11”, the first ever")
    );
    let wrong = &english["findings"][0];
    assert_eq!((&wrong["severity"], &wrong["rule"]), (&json!("error"), &json!(2)), "{english}");
    let spanish = session.ask("describe_cohort", input("es")).expect("told");
    assert!(spanish["findings"][0]["sentence"].as_str().expect("text").starts_with("Esto contradice"));
}

/// Saves a cohort and answers with its id.
fn saved(session: &Session<'_>, name: &str, sketch: &Value) -> Value {
    let input = json!({ "cohort_id": null, "version": null, "name": name, "sketch": sketch });
    session.ask("save_cohort", input).expect("saved")["line"]["cohort_id"].clone()
}

/// Anybody with metformin.
fn metformin(session: &Session<'_>) -> Value {
    let id = concept(session, "drug", "860975")["concept_id"].as_i64().expect("an id");
    let mut sketch = sketch();
    sketch["entry"] = json!([event("drug", &[("860975", id)], false, None)]);
    sketch["days_before"] = json!(0);
    sketch
}

#[test]
fn what_people_are_like_and_what_follows_is_what_counting_by_hand_gives() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let of = json!({ "kind": "sketch", "sketch": sketch() });
    let review = session.ask("review_cohort", json!({ "of": of })).expect("reviewed");
    assert_eq!(
        (&review["table"]["persons"], &review["table"]["other_persons"]),
        (&json!(25), &json!(15)),
        "{review}"
    );
    // Born in 1960, in 2022; of twenty-five every other one a woman, the first one too.
    assert_eq!(review["table"]["age"]["median"], 62.0);
    let women = review["table"]["sex"]["values"]
        .as_array()
        .expect("sexes")
        .iter()
        .find(|sex| sex["concept_id"] == 8_532);
    assert_eq!(women.expect("women")["in_cohort"]["count"], 13);
    assert_eq!(review["entries"]["concepts"][0]["persons"], 25);
    assert!(review["names"].to_string().contains("E11.9"), "{review}");
    let outcome = saved(&session, "Metformin", &metformin(&session));
    let asked = json!({ "of": of, "outcome_cohort_id": outcome, "by_sex": false });
    let followed = session.ask("follow_cohort", asked.clone()).expect("followed");
    let total = &followed["incidence"]["total"];
    // Twenty got it after 31 days, five were watched for 702 days without it.
    assert_eq!(
        (&total["spans"], &total["cases"], &total["person_days"]),
        (&json!(25), &json!(20), &json!(20 * 31 + 5 * 702))
    );
    assert_eq!(followed["survival"]["curves"][0]["at_risk"], json!([25, 5, 5, 5, 0, 0]), "{followed}");
    let analyst = clinic.sign_in(&[Role::Analyst]);
    let hidden = analyst.ask("follow_cohort", asked).expect("followed");
    assert_eq!(
        hidden["incidence"]["total"]["cases"],
        Value::Null,
        "twenty of twenty-five would tell of the five"
    );
}

#[test]
fn a_report_and_figures_leave_without_names_and_without_small_numbers() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let place = session.ask("list_places", json!({})).expect("places")["places"][0]["place_id"].clone();
    let of = json!({ "kind": "sketch", "sketch": with_rules(&session) });
    let read = |file: &Value| {
        fs::read_to_string(clinic.place().join(file["file"].as_str().expect("a file"))).expect("read")
    };
    let input = json!({ "of": of, "name": "Diabetes <b>", "place_id": place });
    let report = read(&session.ask("report_cohort", input).expect("written"));
    for words in [
        "Diabetes &lt;b&gt;",
        "Who comes in: a person with any of these events",
        "HbA1c of 9 % or more",
        "<svg",
    ] {
        assert!(report.contains(words), "{words}");
    }
    assert!(
        !report.contains("Family") && !report.contains(">4<") && !report.contains("4 people"),
        "four are too few"
    );
    let asked = json!({ "of": of, "figure": "attrition", "format": "csv", "place_id": place });
    let csv = read(&session.ask("save_cohort_figure", asked).expect("written"));
    assert!(csv.starts_with("step,name,remaining,lost\r\n0,Population,38"), "{csv}");
    assert!(csv.contains("Entry event,27") && !csv.contains(",4,"), "{csv}");
    let unknown = json!({ "kind": "sketch", "sketch": metformin(&session) });
    let asked = json!({ "of": unknown, "figure": "survival", "format": "svg", "place_id": place });
    assert_eq!(
        told(session.ask("save_cohort_figure", asked).expect_err("of what?"))["field"],
        "outcome_cohort_id"
    );
}

#[test]
fn nothing_of_a_published_definition_is_left_out_of_its_words() {
    let Some(folder) = omop("nothing_of_a_published_definition_is_left_out_of_its_words", "phenotypes")
    else {
        return;
    };
    let mut taken_out = 0;
    for (id, value) in definitions(&folder) {
        let whole = CohortExpression::from_value(value).expect("a definition");
        for language in [Language::En, Language::Es] {
            let told = describe(&whole, language);
            let differs = |less: &CohortExpression, what: &str| {
                assert_ne!(describe(less, language), told, "{id}: {what} is not told");
            };
            for rule in 0..whole.inclusion_rules.len() {
                let mut less = whole.clone();
                less.inclusion_rules.remove(rule);
                differs(&less, "a rule");
            }
            for at in 0..whole.primary_criteria.criteria.len() {
                let of = &whole.primary_criteria.criteria[at];
                for attribute in
                    (0..of.attributes.len()).filter(|nth| of.attributes[*nth].test.asks_something())
                {
                    // A switch that turns another attribute around is told with that one.
                    let is_alone = !matches!(of.attributes[attribute].test, Test::Flag(_));
                    let mut less = whole.clone();
                    less.primary_criteria.criteria[at].attributes.remove(attribute);
                    if is_alone {
                        differs(&less, "an attribute");
                        taken_out += 1;
                    }
                }
            }
            let mut less = whole.clone();
            less.end_strategy = None;
            if whole.end_strategy.is_some() {
                differs(&less, "the exit");
            }
        }
    }
    assert!(taken_out > 50, "{taken_out}");
}

#[test]
fn a_trace_says_what_the_count_says() {
    let test = "a_trace_says_what_the_count_says";
    let (Some(data), Some(folder)) = (omop(test, "oracle20k"), omop(test, "phenotypes")) else { return };
    let index = Index::from_omop(&data).unwrap_or_else(|e| panic!("{e}"));
    let engine = Engine::new(Arc::new(index));
    let all: Vec<(i64, CohortExpression)> = definitions(&folder)
        .into_iter()
        .map(|(id, value)| (id, CohortExpression::from_value(value).expect("a definition")))
        .collect();
    let people: Vec<i64> =
        (0..20_000).step_by(911).filter_map(|patient| engine.index().person_id(patient)).collect();
    let mut members = 0;
    for (id, expression) in all.iter().step_by(5) {
        let result = engine.run(expression).expect("counted");
        assert_eq!(engine.run_while(expression, &|| false), Ok(None), "nobody waits for it");
        for person in people.iter().chain(result.rows.first().map(|row| &row.person_id)) {
            let trace = engine.trace(expression, *person).expect("traced").expect("a person");
            let rows: Vec<_> = result.rows.iter().filter(|row| row.person_id == *person).copied().collect();
            assert_eq!(trace.rows, rows, "{id}: person {person}");
            members += usize::from(!rows.is_empty());
            if !rows.is_empty() {
                assert!(trace.rules.iter().all(|rule| rule.is_met), "{id}: person {person}");
            }
        }
    }
    assert!(members > 50, "{members}");
    // Laid beside another definition: those who move are those who are in one of the two alone.
    let (one, other) = (&all[3].1, &all[4].1);
    let persons = |expression: &CohortExpression| -> BTreeSet<i64> {
        engine.run(expression).expect("counted").rows.iter().map(|row| row.person_id).collect()
    };
    let difference = engine.compare(one, other).expect("compared");
    let ids =
        |moved: &[rustcare_cohorts::engine::Moved]| moved.iter().map(|one| one.person_id).collect::<Vec<_>>();
    assert_eq!(
        ids(&difference.gained),
        persons(other).difference(&persons(one)).copied().collect::<Vec<_>>()
    );
    assert_eq!(ids(&difference.lost), persons(one).difference(&persons(other)).copied().collect::<Vec<_>>());
    for moved in difference.lost.iter().take(20) {
        let trace = engine.trace(other, moved.person_id).expect("traced").expect("a person");
        match moved.cause {
            Cause::Entry => assert_eq!(trace.tested, None),
            Cause::Rule(at) => assert!(!trace.rules[at].is_met),
            Cause::Exit => assert!(trace.rules.iter().all(|rule| rule.is_met)),
        }
    }
}
