//! What the chart and the chart on paper say of records that could be read two ways: which result is the newest, what was
//! ordered not to be given, what is only suspected, how far a value is final.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use rustcare_test_support::exchange::out::ExportFormat;
use rustcare_test_support::{Session, TestClinic};
use rustcare_vault::table::resource;
use serde_json::{Value, json};

use crate::import_fhir::{ALL, import, total};
use crate::round_trip::export_all;

fn patient() -> Value {
    json!({ "resourceType": "Patient", "id": "77", "name": [{ "family": "Haddad", "given": ["Leyla"] }],
        "birthDate": "1980-01-01" })
}

fn record(kind: &str, id: &str, more: Value) -> Value {
    let whom = if kind == "AllergyIntolerance" { "patient" } else { "subject" };
    let mut record = json!({ "resourceType": kind, "id": id });
    record[whom] = json!({ "reference": "Patient/77" });
    for (name, value) in more.as_object().into_iter().flatten() {
        record[name] = value.clone();
    }
    record
}

fn observation(id: &str, more: Value) -> Value {
    let mut whole = record("Observation", id, more);
    if whole["status"].is_null() {
        whole["status"] = json!("final");
    }
    whole
}

fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code }] })
}

/// The chart after these lines came in.
fn chart_of(clinic: &TestClinic, session: &Session<'_>, file: &str, lines: &[Value]) -> Value {
    let text: String = std::iter::once(&patient()).chain(lines).map(|l| format!("{l}\n")).collect();
    fs::write(clinic.place().join(file), text).expect("written");
    let report = import(session, "Test place", &[file]);
    assert_eq!(report["rejected"], 0, "{}", report["rejections"]);
    let id = total(session, "haddad")["patients"][0]["patient_id"].clone();
    session.ask("open_chart", json!({ "patient_id": id })).expect("chart")
}

fn potassium(id: &str, value: f64, more: Value) -> Value {
    let mut whole = observation(id, more);
    whole["code"] = json!({ "text": "Potassium" });
    whole["valueQuantity"] = json!({ "value": value, "unit": "mmol/L" });
    whole
}

#[test]
fn of_two_results_of_a_day_the_later_one_is_the_newest_whatever_their_ids() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let newest = |name: &str, lines: [Value; 2]| {
        // The arrival order must not matter where times tell, nor must the ids.
        let file = format!("{name}.ndjson");
        let chart = chart_of(&clinic, &session, &file, &lines);
        let rows = chart["results"].as_array().expect("results");
        assert_eq!(rows.len(), 1, "{name}");
        (rows[0]["value"].clone(), rows[0]["points"].clone())
    };
    let at = |text: &str| json!({ "effectiveDateTime": text });
    // The seconds' zeros may be trimmed: as text, `10:00:00.5Z` stands before `10:00:00Z`.
    let cases = [
        (
            "hours",
            potassium("b", 4.1, at("2026-03-01T08:00:00Z")),
            potassium("a", 6.8, at("2026-03-01T17:00:00Z")),
        ),
        (
            "fractions",
            potassium("a", 4.1, at("2026-04-01T10:00:00Z")),
            potassium("b", 6.8, at("2026-04-01T10:00:00.5Z")),
        ),
        // 23:30 in New York is later than 01:00 of the next day in Delhi.
        (
            "zones",
            potassium("a", 4.1, at("2026-05-02T01:00:00+05:30")),
            potassium("b", 6.8, at("2026-05-01T23:30:00-04:00")),
        ),
        (
            "issued",
            potassium(
                "a",
                4.1,
                json!({ "effectiveDateTime": "2026-06-01", "issued": "2026-06-01T09:00:00Z" }),
            ),
            potassium(
                "b",
                6.8,
                json!({ "effectiveDateTime": "2026-06-01", "issued": "2026-06-01T15:00:00Z" }),
            ),
        ),
        ("arrival", potassium("b", 4.1, at("2026-07-01")), potassium("a", 6.8, at("2026-07-01"))),
    ];
    for (n, (name, earlier, later)) in cases.into_iter().enumerate() {
        let named = |mut line: Value, id: &str| {
            line["id"] = json!(format!("{id}{n}"));
            line
        };
        for (turn, ids) in [("1", ["a", "b"]), ("2", ["z", "y"])] {
            let (earlier, later) = (earlier.clone(), later.clone());
            let earlier = named(earlier, &format!("{}{turn}", ids[0]));
            let later = named(later, &format!("{}{turn}", ids[1]));
            let clinic_lines =
                if name == "arrival" || turn == "1" { [earlier, later] } else { [later, earlier] };
            let (value, points) = newest(&format!("{name}{turn}"), clinic_lines);
            assert_eq!(value, json!("6.8"), "{name}, {ids:?}");
            let last = points.as_array().and_then(|p| p.last()).expect("points");
            assert_eq!(last["value"], json!(6.8), "{name}: the trend ends with the newest");
        }
    }
}

fn titled<'a>(rows: &'a Value, title: &str) -> &'a Value {
    rows.as_array().and_then(|r| r.iter().find(|r| r["title"] == title)).unwrap_or(&Value::Null)
}

/// The words of the chart summary as it is saved.
fn printed(clinic: &TestClinic, session: &Session<'_>, patient: &Value) -> String {
    let places = session.ask("list_places", json!({})).expect("places");
    let saved = session
        .ask(
            "save_chart_paper",
            json!({ "order": { "patient_id": patient, "language": "en", "copies": 1, "missing_as_boxes": false },
                "paper": { "kind": "summary", "size": "a4" }, "place_id": places["places"][0]["place_id"] }),
        )
        .expect("saved");
    let file = clinic.place().join(saved["file"].as_str().expect("a name"));
    let (mut text, mut below) = (String::new(), 0.0);
    for page in crate::written::pages(&fs::read(file).expect("read")) {
        for character in page.characters {
            // A line may break anywhere.
            if (character.y - below).abs() > 1.0 {
                text.push(' ');
            }
            below = character.y;
            text.push_str(&character.text);
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_order_not_to_give_is_no_medicine_and_a_plan_is_no_order() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let medicine = |id: &str, name: &str, more: Value| {
        let mut whole = record("MedicationRequest", id, more);
        whole["status"] = json!("active");
        let code = json!([{ "system": "urn:codes", "code": name, "display": name }]);
        whole["medicationCodeableConcept"] = json!({ "text": name, "coding": code });
        whole["authoredOn"] = json!("2026-01-02");
        whole
    };
    let lines = [
        medicine("m1", "Warfarin", json!({ "intent": "order", "doNotPerform": true })),
        medicine("m2", "Metformin", json!({ "intent": "order" })),
        medicine("m3", "Insulin", json!({ "intent": "plan" })),
        medicine("m4", "Aspirin", json!({ "intent": "proposal", "doNotPerform": false })),
        record(
            "Condition",
            "c1",
            json!({ "code": { "text": "Lupus", "coding": [{ "system": "urn:codes", "code": "Lupus" }] }, "clinicalStatus": coded("condition-clinical", "active"),
            "verificationStatus": coded("condition-ver-status", "differential") }),
        ),
        record(
            "Condition",
            "c2",
            json!({ "code": { "text": "Gout" }, "clinicalStatus": coded("condition-clinical", "active"),
            "verificationStatus": { "coding": [{ "system": "urn:own", "code": "no" }, { "code": "refuted" }] } }),
        ),
        record(
            "AllergyIntolerance",
            "a1",
            json!({ "code": { "text": "Latex" },
            "clinicalStatus": coded("allergyintolerance-clinical", "active"),
            "verificationStatus": coded("allergyintolerance-verification", "unconfirmed") }),
        ),
    ];
    let chart = chart_of(&clinic, &session, "a.ndjson", &lines);
    let medicines = &chart["medicines"];
    let told = |title: &str| {
        (titled(medicines, title)["qualifier"].clone(), titled(medicines, title)["active"].clone())
    };
    assert_eq!(told("Warfarin"), (json!("do_not_perform"), json!(true)));
    assert_eq!(told("Metformin"), (json!(null), json!(true)));
    assert_eq!(told("Insulin"), (json!("plan"), json!(false)));
    assert_eq!(told("Aspirin"), (json!("proposal"), json!(false)));
    let problems = &chart["problems"];
    assert_eq!(titled(problems, "Lupus")["qualifier"], "differential");
    assert_eq!(
        (&titled(problems, "Gout")["status"], &titled(problems, "Gout")["active"]),
        (&json!("refuted"), &json!(false))
    );
    assert_eq!(titled(&chart["allergies"], "Latex")["qualifier"], "unconfirmed");

    let paper = printed(&clinic, &session, &chart["banner"]["patient_id"]);
    for said in [
        "DO NOT GIVE: Warfarin",
        "planned, not ordered",
        "only proposed",
        "differential diagnosis",
        "unconfirmed",
    ] {
        assert!(paper.contains(said), "{said} is not in {paper}");
    }
    assert!(!paper.contains("Gout"));

    // Nobody who counts medicines counts these, and FHIR says them again, with the source and without.
    for sources in ["kept", "gone"] {
        if sources == "gone" {
            clinic.vault.write(|t| resource::forget_sources(t)).expect("forgotten");
        }
        let (bundle, _) = export_all(&clinic, ExportFormat::FhirBundle);
        let bundle: Value = serde_json::from_slice(&bundle).expect("JSON");
        let of = |id: &str| {
            let entries = bundle["entry"].as_array().expect("entries");
            entries.iter().find(|e| e["resource"]["id"] == id).expect("the resource")["resource"].clone()
        };
        assert_eq!(
            (&of("m1")["doNotPerform"], &of("m3")["intent"]),
            (&json!(true), &json!("plan")),
            "{sources}"
        );
        assert_eq!(of("c1")["verificationStatus"]["coding"][0]["code"], "differential", "{sources}");
        assert_eq!(of("a1")["verificationStatus"]["coding"][0]["code"], "unconfirmed", "{sources}");
        let (tables, exported) = export_all(&clinic, ExportFormat::OmopCsv);
        let tables = of_omop(&tables);
        assert!(tables["drug_exposure.csv"].contains("Metformin"));
        for (table, word) in [
            ("drug_exposure.csv", "Warfarin"),
            ("drug_exposure.csv", "Insulin"),
            ("drug_exposure.csv", "Aspirin"),
            ("condition_occurrence.csv", "Lupus"),
        ] {
            assert!(!tables[table].contains(word), "{word} is in {table}");
        }
        assert!(
            exported.losses.iter().any(|l| l.path == "MedicationRequest" && l.count == 3),
            "{:?}",
            exported.losses
        );
    }
}

/// The tables of a zip by name.
fn of_omop(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    let mut tables = BTreeMap::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        tables.insert(name, text);
    }
    tables
}

#[test]
fn no_known_allergies_is_said_only_where_somebody_recorded_it() {
    let allergy = |id: &str, code: Value, clinical: &str, verification: &str| {
        record(
            "AllergyIntolerance",
            id,
            json!({ "code": code,
            "clinicalStatus": coded("allergyintolerance-clinical", clinical),
            "verificationStatus": coded("allergyintolerance-verification", verification) }),
        )
    };
    let penicillin = json!({ "text": "Penicillin" });
    let none =
        json!({ "coding": [{ "system": "http://snomed.info/sct", "code": "716186003" }], "text": "None" });
    for (records, state, paper_says) in [
        (vec![], "not_asked", "Allergies: not asked"),
        (
            vec![allergy("a", penicillin.clone(), "active", "entered-in-error")],
            "none_recorded",
            "None recorded as active.",
        ),
        (
            vec![allergy("a", penicillin.clone(), "inactive", "confirmed")],
            "none_recorded",
            "None recorded as active. 1 more is in the chart.",
        ),
        (vec![allergy("a", none.clone(), "active", "confirmed")], "none_known", "No known allergies"),
        (
            vec![allergy("a", none.clone(), "active", "entered-in-error")],
            "none_recorded",
            "None recorded as active.",
        ),
        (
            vec![allergy("a", none, "active", "confirmed"), allergy("b", penicillin, "active", "confirmed")],
            "listed",
            "Penicillin",
        ),
    ] {
        let clinic = TestClinic::new();
        let session = clinic.sign_in(&ALL);
        let chart = chart_of(&clinic, &session, "a.ndjson", &records);
        assert_eq!(chart["banner"]["allergies_state"], state, "{records:?}");
        let paper = printed(&clinic, &session, &chart["banner"]["patient_id"]);
        assert!(paper.contains(paper_says), "{paper_says} is not in {paper}");
        assert_eq!(paper.contains("No known allergies"), state == "none_known");
    }
}

#[test]
fn values_of_every_type_their_flags_and_how_final_they_are_are_seen() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let named = |id: &str, name: &str, more: Value| {
        let mut whole = observation(id, more);
        whole["code"] = json!({ "text": name });
        whole["effectiveDateTime"] = json!("2026-02-03");
        whole
    };
    let flag = |code: &str| coded("v3-ObservationInterpretation", code);
    let parts = json!([
        { "code": { "text": "Part integer" }, "valueInteger": 7 },
        { "code": { "text": "Part boolean" }, "valueBoolean": true },
        { "code": { "text": "Part date" }, "valueDateTime": "2026-02-01" },
        { "code": { "text": "Part range" }, "valueRange": { "low": { "value": 1.0, "unit": "mm" }, "high": { "value": 2.5, "unit": "mm" } } } ]);
    let lines = [
        named("v1", "Panel", json!({ "component": parts })),
        named(
            "v2",
            "Titre",
            json!({ "valueRatio": { "numerator": { "value": 1 }, "denominator": { "value": 128 } } }),
        ),
        named("v3", "Wake time", json!({ "valueTime": "07:30:00" })),
        named("v4", "Fever", json!({ "valuePeriod": { "start": "2026-02-01", "end": "2026-02-02" } })),
        named(
            "v5",
            "Swab",
            json!({ "valueString": "growth", "status": "preliminary", "interpretation": [flag("A"), flag("POS")] }),
        ),
        named(
            "v6",
            "Troponin",
            json!({ "valueQuantity": { "value": 9, "unit": "ng/L" }, "status": "corrected", "interpretation": [flag("AA"), { "text": "see note" }] }),
        ),
        named(
            "v7",
            "Creatinine",
            json!({ "valueQuantity": { "value": 1.2, "unit": "mg/dL" }, "interpretation": [flag("N")], "referenceRange": [
            { "low": { "value": 0.7 }, "high": { "value": 1.3 }, "appliesTo": [{ "text": "male" }] },
            { "low": { "value": 0.5 }, "high": { "value": 1.1 }, "appliesTo": [{ "text": "female" }] } ] }),
        ),
    ];
    let chart = chart_of(&clinic, &session, "a.ndjson", &lines);
    let results = &chart["results"];
    for (title, value) in [
        ("Part integer", "7"),
        ("Part boolean", "Yes"),
        ("Part date", "2026-02-01"),
        ("Part range", "1.0–2.5 mm"),
        ("Titre", "1:128"),
        ("Wake time", "07:30:00"),
        ("Fever", "2026-02-01 – 2026-02-02"),
    ] {
        assert_eq!(titled(results, title)["value"], value, "{title}");
    }
    let marks = |title: &str| {
        let row = titled(results, title);
        (row["abnormal"].clone(), row["flags"].clone(), row["status"].clone())
    };
    assert_eq!(marks("Swab"), (json!("abnormal"), json!(["POS"]), json!("preliminary")));
    assert_eq!(marks("Troponin"), (json!("critical_abnormal"), json!(["see note"]), json!("corrected")));
    assert_eq!(marks("Creatinine"), (json!(null), json!([]), json!(null)));
    assert_eq!(titled(results, "Creatinine")["reference"], "0.7–1.3 (male); 0.5–1.1 (female)");
    let paper = printed(&clinic, &session, &chart["banner"]["patient_id"]);
    for said in
        ["1:128", "preliminary", "positive", "critically abnormal", "corrected", "see note", "(female)"]
    {
        assert!(paper.contains(said), "{said} is not in {paper}");
    }
}

#[test]
fn the_age_of_the_dead_does_not_go_on() {
    for (death, age) in [("2010-05-01", "30 y"), ("", "–")] {
        let clinic = TestClinic::new();
        let session = clinic.sign_in(&ALL);
        let mut dead = patient();
        if death.is_empty() {
            dead["deceasedBoolean"] = json!(true);
        } else {
            dead["deceasedDateTime"] = json!(death);
        }
        fs::write(clinic.place().join("a.json"), dead.to_string()).expect("written");
        import(&session, "Test place", &["a.json"]);
        let id = total(&session, "haddad")["patients"][0]["patient_id"].clone();
        let chart = session.ask("open_chart", json!({ "patient_id": id })).expect("chart");
        assert_eq!(chart["banner"]["age"], age);
        assert_eq!(total(&session, "haddad")["patients"][0]["age"], age, "in the list too");
        let paper = printed(&clinic, &session, &id);
        assert_eq!(paper.contains("(died at 30 y)"), !death.is_empty(), "{paper}");
        assert!(!paper.contains("46 y"), "{paper}");
    }
}

/// A chart that an earlier version read is read again when its vault is next opened.
#[test]
fn what_an_earlier_version_passed_over_is_read_from_the_kept_source() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&ALL);
    let lines = [
        record(
            "MedicationRequest",
            "m",
            json!({ "status": "active", "intent": "order", "doNotPerform": true,
            "medicationCodeableConcept": { "text": "Warfarin" } }),
        ),
        observation(
            "o",
            json!({ "code": { "text": "Titre" }, "effectiveDateTime": "2026-01-02",
            "valueRatio": { "numerator": { "value": 1 }, "denominator": { "value": 64 } } }),
        ),
    ];
    let chart = chart_of(&clinic, &session, "a.ndjson", &lines);
    let expected = (chart["medicines"].clone(), chart["results"].clone());
    assert_eq!(expected.0[0]["qualifier"], "do_not_perform");
    clinic
        .vault
        .write(|t| -> Result<(), rustcare_vault::VaultError> {
            t.execute("UPDATE clinical_record SET qualifier = NULL, detail = NULL, issued = NULL", [])?;
            rustcare_vault::table::setting::remove(t, "records_reading")
        })
        .expect("as an earlier version left it");
    let open = |session: &Session<'_>| {
        let chart =
            session.ask("open_chart", json!({ "patient_id": chart["banner"]["patient_id"] })).expect("chart");
        (chart["medicines"].clone(), chart["results"].clone())
    };
    assert_eq!((&open(&session).0[0]["qualifier"], &open(&session).1), (&json!(null), &json!([])));
    session.ask("lock", json!({})).expect("locked");
    clinic.reopen();
    assert_eq!(open(&clinic.sign_in(&ALL)), expected);
}
