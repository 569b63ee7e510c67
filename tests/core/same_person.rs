//! Who somebody is, on all three ways in: twins under one number, dates that many share, newborns without a name.

use std::fs;

use rustcare_test_support::TestClinic;
use serde_json::{Value, json};

use crate::hl7::{STAFF, all_taken, bring_in, chart, header, patients, reason, waiting};
use crate::hl7_persons::{bring_in_fhir, fhir_patient, pid};
use crate::import_table;

/// A source that names a number of a kind (HL7 table 0203).
fn with_number(id: &str, given: &str, birth: &str, (kind, end): (&str, &str)) -> Value {
    let mut patient = fhir_patient(id, "Berg", given, birth);
    let number = json!({ "type": { "coding": [{ "code": kind }] }, "system": "urn:n", "value": "77" });
    patient["identifier"] = json!([number]);
    if !end.is_empty() {
        patient["identifier"][0]["period"] = json!({ "end": end });
    }
    patient
}

#[test]
fn twins_stay_two_whatever_number_their_sources_share() {
    for (kind, end) in [("MB", ""), ("SN", ""), ("MR", "2021-01-01"), ("MR", ""), ("", "")] {
        let clinic = TestClinic::new();
        let session = clinic.sign_in(&STAFF);
        for (id, given) in [("a", "Ana"), ("b", "Eva")] {
            bring_in_fhir(&clinic, &session, &with_number(id, given, "2015-05-05", (kind, end)));
        }
        assert_eq!(patients(&session, "")["total"], 2, "{kind} {end}");
        assert_eq!(chart(&session, "eva")["banner"]["given_name"], "Eva");
    }
    // What is one person's is still found by a number that is: a nickname is none, a second source of the same child is.
    for (kind, end, total) in [("MR", "", 1), ("MR", "2999", 1), ("MB", "", 2), ("MR", "2021", 2)] {
        let clinic = TestClinic::new();
        let session = clinic.sign_in(&STAFF);
        for id in ["a", "b"] {
            bring_in_fhir(&clinic, &session, &with_number(id, "Ana", "2015-05-05", (kind, end)));
        }
        assert_eq!(patients(&session, "")["total"], total, "{kind} {end}");
    }
    // A table whose numbers another source gave.
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    bring_in_fhir(&clinic, &session, &with_number("a", "Ana", "2015-05-05", ("MR", "")));
    let rows = "id,given name,family name,date of birth,sex\n77,Eva,Berg,2015-05-05,F\n";
    fs::write(clinic.place().join("twins.csv"), rows).expect("written");
    let entry = session.entry("Test place", &["twins.csv"]);
    let look = import_table::look(&session, &entry, json!({ "system": "urn:n" })).expect("looked at");
    assert_eq!((&look["counts"]["new"], &look["counts"]["changed"]), (&json!(1), &json!(0)), "{look}");
    import_table::bring_in(&session, &entry, json!({ "system": "urn:n" }));
    assert_eq!(patients(&session, "berg")["total"], 2);
}

#[test]
fn a_number_and_a_date_that_many_share_are_no_agreement() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + &pid("F1^^^H^MR", "Berg^Tom", "1985", "M")));
    all_taken(&clinic, &session, &(header("ADT^A28", "2") + &pid("F2^^^H^MR", "Ruiz^Ana", "19000101", "F")));
    for (at, other) in [
        pid("F1^^^H^MR", "Berg^Eva", "1985", "F"),
        pid("F1^^^H^MR", "Berg^Tim", "19850412", "M"),
        pid("F2^^^H^MR", "Ruiz^Eva", "19000101", "F"),
        pid("F2^^^H^MR", "Vidal^Ana", "19000101", "F"),
    ]
    .into_iter()
    .enumerate()
    {
        bring_in(&clinic, &session, &(header("ADT^A08", &format!("x{at}")) + &other));
        assert_eq!(reason(&waiting(&session)[0]), "hl7_patient_differs", "{other}");
    }
    // A newborn's first name is a correction; a twin's is not.
    let newborn = |given: &str, sex: &str| pid("N1^^^H^MR", &format!("Berg^{given}"), "20260220", sex);
    all_taken(&clinic, &session, &(header("ADT^A28", "3") + &newborn("Babygirl", "F")));
    bring_in(&clinic, &session, &(header("ADT^A08", "4") + &newborn("Jan", "M")));
    assert_eq!(reason(&waiting(&session)[0]), "hl7_patient_differs");
    all_taken(&clinic, &session, &(header("ADT^A08", "5") + &newborn("Mia", "F")));
    bring_in(&clinic, &session, &(header("ADT^A08", "6") + &newborn("Eva", "F")));
    assert_eq!(reason(&waiting(&session)[0]), "hl7_patient_differs");
    assert_eq!(chart(&session, "N1")["banner"]["given_name"], "Mia");
}
