//! Whose a message is: relatives with one insurance number, mistyped numbers, merges of strangers, records that were merged
//! here, deaths, and messages that come too late.

use std::fs;

use rustcare_test_support::{Session, TestClinic, form};
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::hl7::{PID, STAFF, all_taken, bring_in, chart, header, patients, reason, waiting};

pub fn pid(numbers: &str, name: &str, birth: &str, sex: &str) -> String {
    format!("PID|1||{numbers}||{name}||{birth}|{sex}\r")
}

/// A header with MSH-7.
pub fn header_at(at: &str, kind: &str, id: &str) -> String {
    header(kind, id).replace("20260301120000+0100", at)
}

pub fn bring_in_fhir(clinic: &TestClinic, session: &Session<'_>, resource: &Value) -> Value {
    let name = format!("{}.json", jiff::Timestamp::now().as_nanosecond());
    fs::write(clinic.place().join(&name), resource.to_string()).expect("written");
    let entry = session.entry("Test place", &[&name]);
    let started = session.ask("import_fhir", json!({ "entry_id": entry })).expect("started");
    session.finish(&started)["report"].clone()
}

#[test]
fn a_number_that_a_family_shares_leads_to_nobody() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let father = pid("F1^^^H^MR~FAM77^^^INS^SN", "Berg^Tom", "19600101", "M");
    let child = pid("C1^^^H^MR~FAM77^^^INS^SN", "Berg^Ana", "20150505", "F");
    bring_in(&clinic, &session, &(header("ADT^A28", "1") + &father));
    bring_in(&clinic, &session, &(header("ADT^A28", "2") + &child));
    assert!(waiting(&session).is_empty());
    assert_eq!(patients(&session, "berg")["total"], 2);
    assert_eq!(chart(&session, "F1")["banner"]["given_name"], "Tom");
    assert_eq!(chart(&session, "C1")["banner"]["given_name"], "Ana");
    // An account and a number that has expired are no better; alone, they name nobody.
    for (at, number) in ["AC9^^^H^AN", "F1^^^H^MR^^20200101^20210101"].into_iter().enumerate() {
        let only = pid(number, "Berg^Tom", "19600101", "M");
        bring_in(&clinic, &session, &(header("ADT^A08", &format!("only{at}")) + &only));
        assert_eq!(reason(&waiting(&session)[0]), "hl7_patient_id_shared");
    }
    assert_eq!(patients(&session, "berg")["total"], 2);
}

#[test]
fn a_mistyped_number_of_a_relative_changes_nobody() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + &pid("F1^^^H^MR", "Berg^Tom", "19600101", "M")));
    for (at, other) in [
        pid("F1^^^H^MR", "Berg^Ana", "20150505", "F"),
        pid("F1^^^H^MR", "Berg^Tom", "19850720", "M"),
        pid("F1^^^H^MR", "Berg^Jan", "", "M"),
    ]
    .into_iter()
    .enumerate()
    {
        bring_in(&clinic, &session, &(header("ADT^A08", &format!("x{at}")) + &other));
        assert_eq!(reason(&waiting(&session)[0]), "hl7_patient_differs", "{other}");
    }
    let known = chart(&session, "F1");
    assert_eq!(
        (&known["banner"]["given_name"], patients(&session, "")["total"].as_u64()),
        (&json!("Tom"), Some(1))
    );
    // What a clinic's own sender corrects goes through: a slip in the date, a married name, both spellings.
    for (at, same) in [
        pid("F1^^^H^MR", "Berg^Tom", "19600110", "M"),
        pid("F1^^^H^MR", "Bergman^Tom", "19600110", "M"),
        pid("F1^^^H^MR", "Bergman^Tom Erik", "", "M"),
    ]
    .into_iter()
    .enumerate()
    {
        all_taken(&clinic, &session, &(header("ADT^A08", &format!("c{at}")) + &same));
    }
    // Another number of the same kind from the same place: a person compares.
    all_taken(
        &clinic,
        &session,
        &(header("ADT^A28", "p") + &pid("P1^^^H^PI~M1^^^H^MR", "Ruiz^Ana", "19900102", "F")),
    );
    let other = pid("P1^^^H^PI~M2^^^H^MR", "Ruiz^Ana", "19900102", "");
    bring_in(&clinic, &session, &(header("ADT^A08", "n") + &other));
    assert_eq!(reason(&waiting(&session)[0]), "hl7_number_differs");
    // Whoever has two such numbers at the sender, and agrees in everything else, has them here too.
    all_taken(
        &clinic,
        &session,
        &(header("ADT^A08", "o") + &pid("P1^^^H^PI~M2^^^H^MR", "Ruiz^Ana", "19900102", "F")),
    );
    assert_eq!(chart(&session, "M1")["banner"]["mrn"], chart(&session, "M2")["banner"]["mrn"]);
}

#[test]
fn a_merge_needs_the_right_person_on_both_sides() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + PID));
    let stranger = pid("99^^^NORTH&1.2.3&ISO^MR", "Berg^Tom", "19600101", "M");
    all_taken(&clinic, &session, &(header("ADT^A28", "2") + &stranger));
    for (at, mrg) in ["", "||||||Núñez^Inez"].into_iter().enumerate() {
        let merge =
            header("ADT^A40", &format!("m{at}")) + PID + &format!("MRG|99^^^NORTH&1.2.3&ISO^MR{mrg}\r");
        bring_in(&clinic, &session, &merge);
        assert_eq!(reason(&waiting(&session)[0]), "hl7_merge_not_confirmed");
    }
    assert_eq!(patients(&session, "")["total"], 2);
    assert_eq!(chart(&session, "berg")["merged_records"], json!([]));
}

#[test]
fn an_administrator_merges_nobody_by_a_file_and_a_merge_has_an_entry_of_its_own() {
    let clinic = TestClinic::new();
    let desk = clinic.sign_in(&STAFF);
    let twice = PID.replace("4711", "4712");
    all_taken(&clinic, &desk, &(header("ADT^A28", "1") + PID + &header("ADT^A28", "2") + &twice));
    let administrator = clinic.sign_in(&[Role::Administrator]);
    let merge = header("ADT^A40", "3") + PID + "MRG|4712^^^NORTH&1.2.3&ISO^MR\r";
    let report = bring_in(&clinic, &administrator, &merge);
    assert_eq!(report["rejections"][0]["why"]["reason"], "hl7_merge_not_permitted");
    // Whoever may merge brings the same message in again: it goes through, and the waiting one is done with.
    let desk = clinic.sign_in(&STAFF);
    all_taken(&clinic, &desk, &merge);
    assert!(waiting(&desk).is_empty());
    let seen = chart(&desk, "4711");
    assert_eq!(seen["merged_records"].as_array().map(Vec::len), Some(1));
    let input = json!({ "patient_id": seen["banner"]["patient_id"] });
    let history = desk.ask("patient_history", input).expect("history");
    let acts: Vec<&str> =
        history["entries"].as_array().into_iter().flatten().filter_map(|e| e["action"].as_str()).collect();
    assert!(acts.contains(&"merge_patients"), "{acts:?}");
}

#[test]
fn a_merge_of_a_number_that_is_unknown_here_is_remembered() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + PID));
    all_taken(
        &clinic,
        &session,
        &(header("ADT^A40", "2") + PID + "MRG|4712^^^NORTH&1.2.3&ISO^MR||||||Núñez^Inés\r"),
    );
    // A late result under the lost number is the survivor's; what it says of the person is not.
    let old = PID.replace("4711", "4712").replace("Calle Mayor 1&Calle Mayor&1^^Madrid", "Old 1^^Vigo");
    let late = header("ORU^R01", "3") + &old + "OBX|1|NM|8867-4^Heart rate^LN||72|/min|||||F|||20260301\r";
    all_taken(&clinic, &session, &late);
    let report = bring_in(&clinic, &session, &(header("ADT^A08", "4") + &old));
    assert_eq!(report["rejections"][0]["why"]["reason"], "hl7_number_retired", "and that is said");
    assert_eq!(patients(&session, "nunez")["total"], 1);
    let seen = chart(&session, "4711");
    assert_eq!(seen["results"][0]["value"], "72");
    assert!(!seen["demographics"].to_string().contains("Vigo"), "{}", seen["demographics"]);
}

/// Registers a second record of Inés by hand with a number of its own, and merges it into the first.
pub fn merged_by_hand(clinic: &TestClinic, session: &Session<'_>) -> (Value, Value) {
    all_taken(clinic, session, &(header("ADT^A28", "1") + PID));
    let keep = chart(session, "4711")["banner"].clone();
    let mut second = form("Inez", "Núñez", "1985-04-21");
    second["identifiers"] = json!([{ "kind": "MR", "authority": "SOUTH", "value": "H2" }]);
    let drop =
        session.ask("register_patient", json!({ "form": second })).expect("registered")["patient_id"].clone();
    let keep = keep["patient_id"].clone();
    let merge = json!({ "survivor_id": keep, "retired_id": drop, "survivor_version": 1, "retired_version": 1,
                        "chosen": [], "reason": "same passport" });
    let done = session.ask("merge_patients", merge).expect("merged");
    (keep, done["merge_id"].clone())
}

#[test]
fn what_comes_under_the_number_of_a_merged_record_is_that_records_and_goes_back_with_it() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let (keep, merge) = merged_by_hand(&clinic, &session);
    let other = "PID|1||H2^^^SOUTH^MR||Núñez^Inez||19850421|F|||South 2^^Vigo\rIN1|1|||||||||||||||||||||||||||||||||||POL-9999\r";
    let result = "OBX|1|NM|8867-4^Heart rate^LN||72|/min|||||F|||20260301\r";
    let both = header("ADT^A08", "2") + other + &header("ORU^R01", "3") + other + result;
    let report = bring_in(&clinic, &session, &both);
    assert_eq!((&report["taken"], &report["rejected"]), (&json!(2), &json!(1)), "{report}");
    assert_eq!(report["rejections"][0]["why"]["reason"], "merged_source_changed");
    let seen = session.ask("open_chart", json!({ "patient_id": keep })).expect("a chart");
    assert_eq!(seen["banner"]["given_name"], "Inés María");
    assert!(!seen["demographics"].to_string().contains("Vigo"), "{}", seen["demographics"]);
    assert_eq!(seen["results"][0]["value"], "72", "the result is in the one chart");
    let back = session.ask("preview_unmerge", json!({ "merge_id": merge })).expect("seen");
    session
        .ask(
            "unmerge_patients",
            json!({ "merge_id": merge, "survivor_version": back["survivor_version"],
                                         "reason": "two sisters", "different": true }),
        )
        .expect("taken back");
    let kept = session.ask("open_chart", json!({ "patient_id": keep })).expect("a chart");
    assert_eq!(kept["results"], json!([]), "it went back");
    assert!(kept["secrets"]["insurance_number"].is_null(), "sealed with the record that it belongs to");
    let parted = chart(&session, "H2");
    assert_eq!(parted["results"][0]["value"], "72");
    assert!(parted["secrets"]["insurance_number"].is_string(), "{}", parted["secrets"]);
    // Later messages find the record.
    all_taken(&clinic, &session, &(header("ADT^A08", "4") + other));
    assert!(chart(&session, "H2")["demographics"].to_string().contains("Vigo"));
}

#[test]
fn a_fhir_source_found_by_the_number_of_a_merged_record_is_that_records() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let (keep, merge) = merged_by_hand(&clinic, &session);
    let mut patient = fhir_patient("b", "Núñez", "Inez", "1985-04-21");
    patient["identifier"] = json!([{ "system": "SOUTH", "value": "H2" }]);
    let pulse = json!({ "resourceType": "Observation", "id": "o1", "status": "final", "subject": { "reference": "Patient/b" },
                        "code": { "text": "Pulse" }, "valueQuantity": { "value": 99 } });
    bring_in_fhir(&clinic, &session, &bundle(&[patient, pulse]));
    let seen = session.ask("open_chart", json!({ "patient_id": keep })).expect("a chart");
    assert_eq!(seen["results"].as_array().map(Vec::len), Some(1));
    let back = session.ask("preview_unmerge", json!({ "merge_id": merge })).expect("seen");
    session
        .ask(
            "unmerge_patients",
            json!({ "merge_id": merge, "survivor_version": back["survivor_version"],
                                         "reason": "two sisters", "different": true }),
        )
        .expect("taken back");
    let kept = session.ask("open_chart", json!({ "patient_id": keep })).expect("a chart");
    assert_eq!(kept["results"], json!([]), "it went back");
    assert_eq!(chart(&session, "H2")["results"].as_array().map(Vec::len), Some(1));
}

pub fn fhir_patient(id: &str, family: &str, given: &str, birth: &str) -> Value {
    json!({ "resourceType": "Patient", "id": id, "gender": "female", "birthDate": birth,
            "name": [{ "family": family, "given": [given] }],
            "identifier": [{ "type": { "coding": [{ "code": "MR" }] }, "system": "urn:h", "value": id }] })
}

pub fn bundle(of: &[Value]) -> Value {
    let entries: Vec<Value> = of.iter().map(|r| json!({ "resource": r })).collect();
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

#[test]
fn a_changed_source_of_a_merged_record_is_the_same_person_or_refused_and_not_lost() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let (a, b) = (
        fhir_patient("a", "Okonkwo", "Margaret", "1961-07-09"),
        fhir_patient("b", "Okonkwo", "Maggie", "1961-07-19"),
    );
    bring_in_fhir(&clinic, &session, &bundle(&[a]));
    bring_in_fhir(&clinic, &session, &bundle(std::slice::from_ref(&b)));
    let id = |value: &str| chart(&session, value)["banner"]["patient_id"].clone();
    let (keep, drop) = (id("margaret"), id("maggie"));
    let merge = json!({ "survivor_id": keep, "retired_id": drop, "survivor_version": 1, "retired_version": 1,
                        "chosen": [], "reason": "same passport" });
    let done = session.ask("merge_patients", merge).expect("merged");
    // Another person under the source's id: nothing of theirs comes into the chart.
    let pulse = json!({ "resourceType": "Observation", "id": "o1", "status": "final", "subject": { "reference": "Patient/b" },
                        "code": { "text": "Pulse" }, "valueQuantity": { "value": 99 } });
    let stranger = fhir_patient("b", "Berg", "Tom", "1990-05-04");
    let report = bring_in_fhir(&clinic, &session, &bundle(&[stranger, pulse.clone()]));
    assert_eq!(report["rejections"][0]["why"]["reason"], "source_of_other", "{report}");
    let seen = session.ask("open_chart", json!({ "patient_id": keep })).expect("a chart");
    assert_eq!(seen["results"], json!([]));
    // The same person, changed: their records come, the demographics wait, and are kept where a person sees them.
    let mut moved = b;
    moved["address"] = json!([{ "city": "Lagos" }]);
    let report = bring_in_fhir(&clinic, &session, &bundle(&[moved.clone(), pulse]));
    assert_eq!(report["rejections"][0]["why"]["reason"], "merged_source_changed", "{report}");
    let seen = session.ask("open_chart", json!({ "patient_id": keep })).expect("a chart");
    assert_eq!(seen["results"].as_array().map(Vec::len), Some(1));
    let kept: i64 = clinic
        .vault
        .read(|t| -> Result<i64, rustcare_vault::VaultError> {
            let sql = "SELECT count(*) FROM import_rejection WHERE reason LIKE '%was merged into another%'";
            Ok(t.query_row(sql, [], |r| r.get(0)).expect("a count"))
        })
        .expect("counted");
    assert_eq!(kept, 1);
    // Once they are parted, the same file is still news.
    let back = session.ask("preview_unmerge", json!({ "merge_id": done["merge_id"] })).expect("seen");
    session
        .ask(
            "unmerge_patients",
            json!({ "merge_id": done["merge_id"], "survivor_version": back["survivor_version"],
                                         "reason": "two sisters", "different": true }),
        )
        .expect("taken back");
    bring_in_fhir(&clinic, &session, &bundle(&[moved]));
    assert!(chart(&session, "maggie")["demographics"].to_string().contains("Lagos"));
}

#[test]
fn an_older_message_fills_what_is_missing_and_changes_nothing_else() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let newer = pid("7^^^H^MR", "Vidal^Inés", "19850412", "F").replace("|F\r", "|F|||Rúa 3^^Vigo\r");
    let older =
        pid("7^^^H^MR", "Núñez^Inés", "19850412", "F").replace("|F\r", "|F|||Mayor 1^^Madrid||5551234\r");
    all_taken(&clinic, &session, &(header_at("20260304", "ADT^A08", "2") + &newer));
    let report = bring_in(&clinic, &session, &(header_at("20260301", "ADT^A08", "1") + &older));
    assert_eq!(
        (&report["taken"], &report["rejections"][0]["why"]["reason"]),
        (&json!(1), &json!("hl7_older_than_known"))
    );
    let seen = chart(&session, "vidal");
    let known = seen["demographics"].to_string();
    assert!(known.contains("Vigo") && !known.contains("Madrid") && known.contains("5551234"), "{known}");
    // The next one of the register is in order again.
    all_taken(&clinic, &session, &(header_at("20260305", "ADT^A08", "3") + &newer.replace("Vigo", "Lugo")));
    assert!(chart(&session, "vidal")["demographics"].to_string().contains("Lugo"));
    // FHIR: an older version of a resource is refused.
    let version = |city: &str, at: &str| {
        let mut patient = fhir_patient("x", "Ruiz", "Ana", "1990-01-02");
        patient["address"] = json!([{ "city": city }]);
        patient["meta"] = json!({ "lastUpdated": at });
        patient
    };
    bring_in_fhir(&clinic, &session, &version("Cork", "2026-03-04T10:00:00Z"));
    let report = bring_in_fhir(&clinic, &session, &version("Bray", "2026-03-01T10:00:00Z"));
    assert_eq!(report["rejections"][0]["why"]["reason"], "older_than_known", "{report}");
    assert!(chart(&session, "ruiz")["demographics"].to_string().contains("Cork"));
}

#[test]
fn the_dead_stay_dead_where_nobody_says_that_they_live() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let with = |death: &str, phones: &str| {
        format!("PID|1||7^^^H^MR||Ruiz^Ana||19400102|F|||||{phones}|||||||||||||||{death}\r")
    };
    let say = |id: &str, death: &str, phones: &str| {
        all_taken(&clinic, &session, &(header("ADT^A08", id) + &with(death, phones)));
        let row = clinic.vault.read(|t| rustcare_vault::table::patient::by_row(t, 1)).expect("a patient");
        row.patient.demographics
    };
    let d = say("1", "20260201|Y", "5551234|");
    assert_eq!(d.deceased_on.map(|day| day.to_string()).as_deref(), Some("2026-02-01"));
    let d = say("2", "|Y", "|");
    assert_eq!((d.deceased, d.deceased_on.is_some(), d.phones.len()), (true, true, 1), "the day stays");
    let d = say("3", "\"\"|Y", "\"\"|5559999");
    assert_eq!((d.deceased, d.deceased_on.is_some()), (true, false), "dead on an unknown day");
    assert_eq!(d.phones.iter().map(|p| p.as_written.as_str()).collect::<Vec<_>>(), ["5559999"]);
    assert!(say("4", "|", "|").deceased);
    assert!(!say("5", "|N", "|").deceased);
}

#[test]
fn a_fhir_source_that_is_silent_revives_nobody() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let mut patient = fhir_patient("a", "Okonkwo", "Margaret", "1961-07-09");
    bring_in_fhir(&clinic, &session, &patient);
    let id = chart(&session, "okonkwo")["banner"]["patient_id"].clone();
    let editable = session.ask("patient_form", json!({ "patient_id": id })).expect("form");
    let mut form = editable["form"].clone();
    form["deceased"] = json!(true);
    form["deceased_date"] = json!("2026-01-05");
    form["language"] = json!("ig");
    let input = json!({ "patient_id": id, "form": form, "version": editable["version"] });
    session.ask("update_patient", input).expect("recorded");
    patient["address"] = json!([{ "city": "Lagos" }]);
    patient.as_object_mut().map(|p| p.remove("gender"));
    bring_in_fhir(&clinic, &session, &patient);
    let row = clinic.vault.read(|t| rustcare_vault::table::patient::by_row(t, 1)).expect("a patient");
    let d = row.patient.demographics;
    assert_eq!(d.address.city.as_deref(), Some("Lagos"), "it was read");
    assert_eq!((d.deceased, d.deceased_on.is_some(), d.language.as_deref()), (true, true, Some("ig")));
    assert_eq!(d.sex.as_str(), "female");
}

#[test]
fn records_without_a_name_are_not_one_for_a_shared_number() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let nameless = |id: &str| {
        json!({ "resourceType": "Patient", "id": id, "gender": "female",
                "identifier": [{ "system": "urn:family", "value": "77" }] })
    };
    bring_in_fhir(&clinic, &session, &nameless("a"));
    bring_in_fhir(&clinic, &session, &nameless("b"));
    assert_eq!(patients(&session, "")["total"], 2);
}
