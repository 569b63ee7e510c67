//! Cohorts as people build them: counted while they are built, saved with every version, small numbers hidden from those who
//! may not see patients, definitions of others counted or said to need a vocabulary.

use std::fs;

use rustcare_cohorts::disclosure::Disclosure;
use rustcare_test_support::{Session, TestClinic, data_or_skip};
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::import_fhir::{ALL, import};

/// A sketch: the first type 2 diabetes of adults who were observed for a year before it.
pub fn sketch() -> Value {
    json!({
        "entry": [event("condition", &[("E11", rustcare_cohorts::clinic::icd_concept_id("E11"))], true, Some(18))],
        "days_before": 365, "days_after": 0, "which": "earliest", "rules": [], "stay": { "kind": "observed" },
    })
}

pub fn event(kind: &str, concepts: &[(&str, i64)], is_first: bool, age_min: Option<u16>) -> Value {
    let concept = |(code, id): &(&str, i64)| json!({ "concept_id": id, "system": "ICD-10-CM", "code": code, "title": code, "is_excluded": false });
    json!({
        "kind": kind, "concepts": concepts.iter().map(concept).collect::<Vec<_>>(), "is_first": is_first,
        "person": { "age_min": age_min, "age_max": null, "sex": null }, "from": null, "to": null, "number": null,
    })
}

/// A refusal as the window gets it.
pub fn told(problem: rustcare_workstation::Problem) -> Value {
    serde_json::to_value(problem).expect("JSON")
}

/// A person with records: (kind of resource, code, day, value).
fn person(id: usize, born: u16, records: &[(&str, &str, &str, Option<f64>)]) -> String {
    let patient = json!({ "resourceType": "Patient", "id": format!("p{id}"), "gender": if id.is_multiple_of(2) { "female" } else { "male" },
        "name": [{ "family": format!("Family{id}") }], "birthDate": format!("{born}-05-06") });
    let mut lines = format!("{patient}\n");
    for (at, (kind, code, day, value)) in records.iter().enumerate() {
        let system = match *kind {
            "Condition" => "http://hl7.org/fhir/sid/icd-10-cm",
            "Observation" => "http://loinc.org",
            _ => "http://www.nlm.nih.gov/research/umls/rxnorm",
        };
        let coded = json!({ "coding": [{ "system": system, "code": code }], "text": code });
        let mut resource = json!({ "resourceType": kind, "id": format!("r{id}-{at}"),
            "subject": { "reference": format!("Patient/p{id}") } });
        match *kind {
            "Condition" => {
                resource["code"] = coded;
                resource["onsetDateTime"] = json!(day);
            }
            "Observation" => {
                resource["status"] = json!("final");
                resource["code"] = coded;
                resource["effectiveDateTime"] = json!(day);
                resource["valueQuantity"] = json!({ "value": value, "unit": "%", "code": "%",
                    "system": "http://unitsofmeasure.org" });
            }
            _ => {
                resource["status"] = json!("active");
                resource["intent"] = json!("order");
                resource["medicationCodeableConcept"] = coded;
                resource["authoredOn"] = json!(day);
            }
        }
        lines += &format!("{resource}\n");
    }
    lines
}

/// Forty people: who of them is meant is counted by hand below.
pub fn clinic() -> TestClinic {
    let clinic = TestClinic::new();
    let mut lines = String::new();
    for id in 0..40 {
        // All were first seen in 2020; diabetes in 2022 of 30 of them, in 2020 of 5, never of 5.
        let mut records = vec![("Condition", "Z00.00", "2020-02-01", None)];
        match id {
            0..30 => records.push(("Condition", "E11.9", "2022-03-01", None)),
            30..35 => records.push(("Condition", "E11.65", "2020-03-01", None)),
            _ => {}
        }
        // Of the thirty, twenty were given metformin within three months, and four have HbA1c of 9 % or more.
        if id < 20 {
            records.push(("MedicationRequest", "860975", "2022-04-01", None));
        }
        if id < 12 {
            records.push(("Observation", "4548-4", "2022-04-02", Some(if id < 4 { 9.0 } else { 7.0 })));
        }
        records.push(("Condition", "Z00.00", "2024-02-01", None));
        // Five of the thirty are children.
        let born = if (25..30).contains(&id) { 2012 } else { 1960 };
        lines += &person(id, born, &records);
    }
    fs::write(clinic.place().join("people.ndjson"), lines).expect("written");
    import(&clinic.sign_in(&ALL), "Test place", &["people.ndjson"]);
    clinic
}

pub fn count(session: &Session<'_>, sketch: &Value) -> Value {
    session.ask("count_cohort", json!({ "kind": "sketch", "sketch": sketch })).expect("counted")
}

pub fn concept(session: &Session<'_>, kind: &str, text: &str) -> Value {
    session.ask("search_concepts", json!({ "kind": kind, "text": text })).expect("found")["concepts"][0]
        .clone()
}

/// The sketch with two rules: metformin within 90 days, HbA1c of 9 or more within 90 days.
pub fn with_rules(session: &Session<'_>) -> Value {
    let (metformin, hba1c) = (concept(session, "drug", "860975"), concept(session, "measurement", "4548-4"));
    let id = |found: &Value| found["concept_id"].as_i64().expect("an id");
    let rule = |name: &str, event: Value| {
        json!({ "name": name, "is_any": false, "person": {}, "items": [
            { "event": event, "occurs": "at_least", "times": 1, "from_day": 0, "to_day": 90 }] })
    };
    let mut high = event("measurement", &[("4548-4", id(&hba1c))], false, None);
    high["number"] = json!({ "comparison": "at_least", "value": 9.0, "to": null });
    let mut sketch = sketch();
    sketch["rules"] = json!([
        rule("Metformin within 90 days", event("drug", &[("860975", id(&metformin))], false, None)),
        rule("HbA1c of 9 % or more", high),
    ]);
    sketch
}

#[test]
fn a_cohort_is_counted_while_it_is_built() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let found = concept(&session, "condition", "type 2 diabetes");
    assert_eq!(
        (&found["code"], &found["patients"], &found["system"]),
        (&json!("E11"), &json!(35), &json!("ICD-10-CM"))
    );
    let counted = count(&session, &sketch());
    // Thirty less five children; those of 2020 were not observed for a year.
    assert_eq!((&counted["patients"], &counted["population"]), (&json!(25), &json!(40)), "{counted}");
    let counted = count(&session, &with_rules(&session));
    let rule = |at: usize| {
        let rule = &counted["rules"][at];
        (rule["met"].clone(), rule["remaining"].clone(), rule["without_it"].clone())
    };
    assert_eq!(counted["entered"], 25);
    assert_eq!(rule(0), (json!(20), json!(20), json!(0)));
    assert_eq!(rule(1), (json!(4), json!(4), json!(16)));
    assert_eq!(counted["patients"], 4);
    assert_eq!(count(&session, &with_rules(&session))["definition_hash"], counted["definition_hash"]);
    // What is brought in is counted at once.
    let more = person(
        90,
        1950,
        &[("Condition", "Z00.00", "2020-01-01", None), ("Condition", "E11.9", "2023-01-01", None)],
    );
    fs::write(clinic.place().join("more.ndjson"), more).expect("written");
    import(&clinic.sign_in(&ALL), "Test place", &["more.ndjson"]);
    let after = count(&session, &sketch());
    assert_eq!(after["patients"], 26);
    assert_ne!(after["snapshot"], counted["snapshot"]);
}

#[test]
fn two_cohorts_that_differ_in_a_few_patients_do_not_tell_how_many_by_their_counts() {
    let clinic = clinic();
    // Enough people beside the cohort, so that nothing is hidden.
    let others = (100..120).map(|id| person(id, 1960, &[("Condition", "Z00.00", "2020-02-01", None)]));
    fs::write(clinic.place().join("others.ndjson"), others.collect::<String>()).expect("written");
    import(&clinic.sign_in(&ALL), "Test place", &["others.ndjson"]);
    let (analyst, clinician) = (clinic.sign_in(&[Role::Analyst]), clinic.sign_in(&[Role::Clinician]));
    let disclosure = Disclosure::FOR_OTHERS;
    let mut shown: Vec<(u64, u64)> = Vec::new();
    // Thirty, and without the five children twenty-five.
    for age in [None, Some(18), Some(40), Some(80)] {
        let mut of = sketch();
        of["entry"][0]["person"]["age_min"] = json!(age);
        let exact = count(&clinician, &of)["patients"].as_u64().expect("a count");
        let seen = &count(&analyst, &of)["patients"];
        assert!(seen.is_null() || *seen == disclosure.rounded(exact), "{age:?}: {exact} as {seen}");
        shown.extend(seen.as_u64().map(|seen| (exact, seen)));
    }
    let pairs = shown.iter().flat_map(|one| shown.iter().map(move |other| (one, other)));
    let few = pairs.filter(|((more, _), (less, _))| disclosure.is_small(more.saturating_sub(*less)));
    let differences: Vec<u64> = few.map(|((_, more), (_, less))| more.abs_diff(*less)).collect();
    assert!(!differences.is_empty(), "{shown:?}: some of them differ in a few");
    assert!(differences.iter().all(|seen| seen % disclosure.smallest() == 0), "{shown:?}");
}

#[test]
fn whoever_may_not_see_patients_sees_no_small_number_and_none_that_gives_one_away() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Analyst]);
    let full = clinic.sign_in(&[Role::Clinician]);
    let rules = with_rules(&full);
    let counted = count(&session, &rules);
    assert_eq!((&counted["entered"], &counted["smallest_shown"]), (&json!(27), &json!(11)));
    // 20 of 25 would tell of the five; four are too few, and the sixteen beside them would tell of the four.
    assert_eq!(counted["rules"][0]["remaining"], Value::Null);
    assert_eq!(counted["rules"][1]["remaining"], Value::Null);
    assert_eq!(counted["rules"][1]["without_it"], Value::Null);
    assert_eq!(counted["patients"], Value::Null);
    assert_eq!(concept(&session, "measurement", "4548-4")["patients"], 16, "twelve: the middle of 11 to 21");
    assert_eq!(count(&session, &sketch())["patients"], 27, "25: the middle of 22 to 32");
    // Thirty of forty: the ten who are not in it are too few.
    let mut wide = sketch();
    wide["days_before"] = json!(0);
    assert_eq!(
        (count(&session, &wide)["patients"].clone(), count(&full, &wide)["patients"].clone()),
        (Value::Null, json!(30))
    );
    // One rule alone: those whom it keeps out are counted by what is left.
    let mut one = rules.clone();
    one["rules"].as_array_mut().expect("rules").remove(0);
    let counted = count(&session, &one);
    assert_eq!(
        (&counted["rules"][0]["remaining"], &counted["rules"][0]["without_it"]),
        (&Value::Null, &Value::Null)
    );
    // Words without a code of a few: they can be a sentence about one of them.
    let person = person(91, 1950, &[("Condition", "Z00.00", "2020-01-01", None)]);
    let words = person
        .replace("\"coding\":[{\"code\":\"Z00.00\",\"system\":\"http://hl7.org/fhir/sid/icd-10-cm\"}],", "")
        .replace("\"text\":\"Z00.00\"", "\"text\":\"Quarrel with Mrs Abel\"");
    assert!(words.contains("Quarrel") && !words.contains("Z00.00"), "{words}");
    fs::write(clinic.place().join("words.ndjson"), words).expect("written");
    import(&clinic.sign_in(&ALL), "Test place", &["words.ndjson"]);
    assert_eq!(concept(&full, "condition", "quarrel")["patients"], 1);
    assert_eq!(concept(&session, "condition", "quarrel"), Value::Null);
}

#[test]
fn every_version_stays_and_nobody_writes_over_another() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let save = |id: &Value, version: Value, name: &str, sketch: &Value| {
        session.ask(
            "save_cohort",
            json!({ "cohort_id": id, "version": version, "name": name, "sketch": sketch }),
        )
    };
    let first = save(&Value::Null, Value::Null, " Diabetes ", &sketch()).expect("saved");
    let id = &first["line"]["cohort_id"];
    assert_eq!((&first["line"]["name"], &first["line"]["version"]), (&json!("Diabetes"), &json!(1)));
    let mut changed = sketch();
    changed["days_before"] = json!(0);
    let second = save(id, json!(1), "Diabetes", &changed).expect("saved");
    assert_eq!(second["versions"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        save(id, json!(1), "Diabetes", &sketch()).map_err(told).expect_err("stale")["reason"],
        "record_changed"
    );
    let counted = |version: Value| {
        let input = json!({ "kind": "saved", "cohort_id": id, "version": version });
        session.ask("count_cohort", input).expect("counted")["patients"].clone()
    };
    assert_eq!((counted(json!(1)), counted(Value::Null)), (json!(25), json!(30)));
    assert_eq!(
        session.ask("open_cohort", json!({ "cohort_id": id, "version": 1 })).expect("open")["sketch"],
        first["sketch"]
    );
    session.ask("remove_cohort", json!({ "cohort_id": id })).expect("removed");
    assert_eq!(session.ask("list_cohorts", json!({})).expect("list")["cohorts"], json!([]));
    assert_eq!(
        session.ask("open_cohort", json!({ "cohort_id": id })).map_err(told).expect_err("gone")["reason"],
        "cohort_unknown"
    );
    let mut empty = sketch();
    empty["entry"] = json!([]);
    let refused = save(&Value::Null, Value::Null, "x", &empty).map_err(told).expect_err("nobody is meant");
    assert_eq!((&refused["reason"], &refused["field"]), (&json!("cohort_no_entry"), &json!("entry")));
    let mut idle = sketch();
    idle["rules"] = json!([{ "name": "", "is_any": false, "items": [], "person": {} }]);
    assert_eq!(
        save(&Value::Null, Value::Null, "x", &idle).map_err(told).expect_err("empty rule")["reason"],
        "cohort_rule_empty"
    );
    let nurse = clinic.sign_in(&[Role::Nurse]);
    assert_eq!(
        nurse.ask("list_cohorts", json!({})).map_err(told).expect_err("forbidden")["reason"],
        "role_forbids"
    );
}

#[test]
fn a_published_definition_comes_in_goes_out_as_it_was_and_says_what_it_needs() {
    let Some(data) = data_or_skip("omop") else { return };
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Analyst]);
    let text = fs::read_to_string(data.join("omop/phenotypes/17.json")).expect("a definition");
    fs::write(clinic.place().join("17.json"), &text).expect("written");
    let entry = session.entry("Test place", &["17.json"]);
    let view = session.ask("import_cohort", json!({ "entry_id": entry })).expect("brought in");
    assert_eq!(
        (&view["line"]["name"], &view["line"]["is_editable"], &view["sketch"]),
        (&json!("17"), &json!(false), &Value::Null)
    );
    assert_eq!(view["summary"]["entry"][0]["kind"], "Observation");
    assert!(view["summary"]["concept_sets"][0]["concepts"].as_u64().expect("a number") > 0);
    let id = &view["line"]["cohort_id"];
    let counted = session
        .ask("count_cohort", json!({ "kind": "saved", "cohort_id": id, "version": null }))
        .expect("counted");
    assert_eq!((&counted["patients"], &counted["entered"]), (&Value::Null, &Value::Null), "never a nought");
    let gaps = counted["gaps"].as_array().expect("gaps");
    assert!(
        gaps.iter().any(|gap| gap["kind"] == "unknown_concept"),
        "no vocabulary was brought in: {counted}"
    );
    let place = session.ask("list_places", json!({})).expect("places")["places"][0]["place_id"].clone();
    let out =
        session.ask("export_cohort", json!({ "cohort_id": id, "place_id": place })).expect("handed out");
    let written =
        fs::read_to_string(clinic.place().join(out["file"].as_str().expect("a file"))).expect("read");
    let json_of = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(json_of(&written), json_of(view["definition"].as_str().expect("text")));
    fs::write(
        clinic.place().join("bad.json"),
        "{\"PrimaryCriteria\": {\"CriteriaList\": [{\"Conditon\": {}}]}}",
    )
    .expect("written");
    let entry = session.entry("Test place", &["bad.json"]);
    let refused = session
        .ask("import_cohort", json!({ "entry_id": entry }))
        .map_err(told)
        .expect_err("no kind of that name");
    assert_eq!(
        (&refused["code"], &refused["reason"]),
        (&json!("unreadable_file"), &json!("cohort_file_unread"))
    );
    assert_eq!(refused["values"]["file"], "bad.json");
    assert!(refused["values"]["what"].to_string().contains("CriteriaList[0]"), "{refused}");
}
