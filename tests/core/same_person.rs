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

#[test]
fn twins_whose_ids_changed_places_are_not_exchanged() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let table = |first: &str, second: &str| {
        let rows = format!(
            "id,given name,family name,date of birth,sex\n5,{first},Berg,2015-05-05,F\n6,{second},Berg,2015-05-05,F\n"
        );
        fs::write(clinic.place().join("school.csv"), rows).expect("written");
        let entry = session.entry("Test place", &["school.csv"]);
        import_table::bring_in(&session, &entry, json!({}))["report"].clone()
    };
    table("Ana", "Eva");
    let ana = patients(&session, "ana")["patients"][0]["patient_id"].clone();
    let report = table("Eva", "Ana");
    assert_eq!((&report["changed"], &report["rejected"]), (&json!(0), &json!(2)), "{report}");
    assert_eq!(report["rejections"][0]["why"]["reason"], "source_of_other");
    assert_eq!(patients(&session, "ana")["patients"][0]["patient_id"], ana);
    // A spelling is still put right.
    let report = table("Anna", "Eva");
    assert_eq!((&report["changed"], &report["rejected"]), (&json!(1), &json!(0)), "{report}");
}

#[test]
fn a_twin_brother_whose_name_holds_hers_is_somebody_else() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(
        &clinic,
        &session,
        &(header("ADT^A28", "1") + &pid("77^^^H^MR", "López^José^María", "20150505", "M")),
    );
    for (at, name) in ["López^María", "López^J"].into_iter().enumerate() {
        bring_in(
            &clinic,
            &session,
            &(header("ADT^A08", &format!("x{at}")) + &pid("77^^^H^MR", name, "20150505", "F")),
        );
        assert_eq!(reason(&waiting(&session)[0]), "hl7_patient_differs", "{name}");
    }
    assert_eq!(chart(&session, "lopez")["banner"]["sex"], "male");
    // Of one name, it is a slip in the sex.
    all_taken(
        &clinic,
        &session,
        &(header("ADT^A08", "2") + &pid("77^^^H^MR", "López^José", "20150505", "F")),
    );
}

#[test]
fn namesakes_of_another_birth_are_not_merged_by_a_mistyped_number() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    for (id, number, birth) in [("1", "4711", "19850412"), ("2", "4712", "19500130")] {
        let who = pid(&format!("{number}^^^H^MR"), "García^José", birth, "M");
        all_taken(&clinic, &session, &(header("ADT^A28", id) + &who));
    }
    let merge = header("ADT^A40", "3")
        + &pid("4711^^^H^MR", "García^José", "19850412", "M")
        + "MRG|4712^^^H^MR||||||García^José\r";
    bring_in(&clinic, &session, &merge);
    assert_eq!(reason(&waiting(&session)[0]), "hl7_merge_not_confirmed");
    assert_eq!(patients(&session, "garcia")["total"], 2);
}

#[test]
fn a_number_that_somebody_corrected_is_not_sealed_over_by_the_same_source() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let with_ssn = |id: &str, ssn: &str| {
        let mut patient = with_number(id, "Ana", "1987-03-02", ("MR", ""));
        let own = json!({ "type": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "SS" }] },
            "system": "http://hl7.org/fhir/sid/us-ssn", "value": ssn });
        patient["identifier"].as_array_mut().expect("a list").push(own);
        patient
    };
    bring_in_fhir(&clinic, &session, &with_ssn("a", "536-90-4388"));
    let id = patients(&session, "berg")["patients"][0]["patient_id"].clone();
    let sealed = || {
        let input = json!({ "patient_id": id, "secret": "ssn", "reason": "test of sealing" });
        session.ask("reveal_secret", input).expect("revealed")["value"].clone()
    };
    assert_eq!(sealed(), "536904388");
    let editable = session.ask("patient_form", json!({ "patient_id": id })).expect("form");
    let mut form = editable["form"].clone();
    form["ssn"] = json!("536-90-4399");
    let input = json!({ "patient_id": id, "form": form, "version": editable["version"] });
    session.ask("update_patient", input).expect("corrected");
    assert_eq!(sealed(), "536904399");
    bring_in_fhir(&clinic, &session, &with_ssn("a", "536-90-4388"));
    assert_eq!(sealed(), "536904399", "the same source again is no news");
    bring_in_fhir(&clinic, &session, &with_ssn("b", "536-90-4377"));
    assert_eq!(patients(&session, "berg")["total"], 1);
    assert_eq!(sealed(), "536904399", "a second source lays nothing over what is known");
}
