//! Cohorts looked through: why one patient is in or out, versions beside each other, words, what people are like, what follows.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use rustcare_cohorts::definition::{CohortExpression, Test};
use rustcare_cohorts::engine::{Cause, Engine};
use rustcare_cohorts::index::Index;
use rustcare_cohorts::text::{Language, describe};
use rustcare_test_support::Session;
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::cohort_builder::{clinic, concept, event, sketch, told, with_rules};
use crate::cohort_support::{definitions, omop};

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
        (&early["entries"][0]["verdict"], &early["rules"]),
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
    let input = json!({ "of": of, "name": "Diabetes <b>", "format": "html", "place_id": place });
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
