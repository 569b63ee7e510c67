//! What a message of a register may change: nothing by an old number in silence, nothing more precise by something less, nothing
//! that was said later.

use rustcare_test_support::{Session, TestClinic};
use rustcare_vault::table::patient::{self, StoredPatient};
use serde_json::{Value, json};

use crate::hl7::{PID, STAFF, all_taken, bring_in, chart, header, patients, reason};
use crate::hl7_persons::{bring_in_fhir, fhir_patient, header_at, merged_by_hand, pid};

fn row(clinic: &TestClinic, row: i64) -> StoredPatient {
    clinic.vault.read(|t| patient::by_row(t, row)).expect("a patient")
}

/// The note that a message was taken with.
fn note(session: &Session<'_>) -> String {
    let listed = session.ask("list_messages", json!({ "state": "taken", "limit": 1, "offset": 0 }));
    reason(&listed.expect("messages")["messages"][0]).to_owned()
}

fn unmerge(session: &Session<'_>, merge: &Value) {
    let back = session.ask("preview_unmerge", json!({ "merge_id": merge })).expect("seen");
    let input = json!({ "merge_id": merge, "survivor_version": back["survivor_version"],
                        "reason": "two sisters", "different": true });
    session.ask("unmerge_patients", input).expect("taken back");
}

#[test]
fn what_an_old_number_says_is_noted_where_it_changes_nobody() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    merged_by_hand(&clinic, &session);
    let merged = "PID|1||H2^^^SOUTH^MR||Núñez^Inez||19850421|F|||South 2^^Vigo||||||||||||||||||20260227|Y\r";
    bring_in(&clinic, &session, &(header("ADT^A08", "2") + merged));
    assert_eq!(note(&session), "merged_source_changed");
    assert!(!row(&clinic, 1).patient.demographics.deceased, "the survivor's own is not overruled");
    // Under a number that its sender merged away, alone and beside the one that goes on.
    let away = "MRG|4712^^^NORTH&1.2.3&ISO^MR||||||Núñez^Inés\r";
    all_taken(&clinic, &session, &(header("ADT^A40", "3") + PID + away));
    let old = PID.replace("4711", "4712").replace("Calle Mayor 1&Calle Mayor&1^^Madrid", "Old 1^^Lugo");
    bring_in(&clinic, &session, &(header("ADT^A08", "4") + &old));
    assert_eq!(note(&session), "hl7_number_retired");
    assert_ne!(row(&clinic, 1).patient.demographics.address.city.as_deref(), Some("Lugo"));
    let same = PID.replace("4711", "4712");
    all_taken(&clinic, &session, &(header("ADT^A08", "5") + &same));
    assert_eq!(note(&session), "", "it says nothing new");
    let both =
        old.replace("4712^^^NORTH&1.2.3&ISO^MR", "4712^^^NORTH&1.2.3&ISO^MR~4711^^^NORTH&1.2.3&ISO^MR");
    all_taken(&clinic, &session, &(header("ADT^A08", "6") + &both));
    assert_eq!(
        row(&clinic, 1).patient.demographics.address.city.as_deref(),
        Some("Lugo"),
        "the number that goes on takes precedence"
    );
}

#[test]
fn a_retired_number_does_not_come_alive_again() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + PID));
    let away = "MRG|4712^^^NORTH&1.2.3&ISO^MR||||||Núñez^Inés\r";
    all_taken(&clinic, &session, &(header("ADT^A40", "2") + PID + away));
    let end = || {
        let all = row(&clinic, 1).patient.demographics.identifiers;
        all.iter().find(|i| i.value == "4712").expect("remembered").period_end.clone()
    };
    let ended = end();
    assert!(ended.is_some());
    let both = PID.replace("~999", "~4712^^^NORTH&1.2.3&ISO^MR~999");
    all_taken(&clinic, &session, &(header("ADT^A08", "3") + &both));
    assert_eq!(end(), ended);
}

#[test]
fn a_source_of_the_survivor_keeps_the_numbers_of_whom_it_was_merged_with() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let mut keep = fhir_patient("a", "Okonkwo", "Margaret", "1961-07-09");
    let number =
        |value: &str| json!({ "type": { "coding": [{ "code": "PI" }] }, "system": "urn:h", "value": value });
    keep["identifier"].as_array_mut().expect("numbers").push(number("a-old"));
    let drop = fhir_patient("b", "Okonkwo", "Maggie", "1961-07-19");
    bring_in_fhir(&clinic, &session, &keep);
    bring_in_fhir(&clinic, &session, &drop);
    let id = |value: &str| chart(&session, value)["banner"]["patient_id"].clone();
    let merge = json!({ "survivor_id": id("margaret"), "retired_id": id("maggie"), "survivor_version": 1,
                        "retired_version": 1, "chosen": [], "reason": "same passport" });
    let done = session.ask("merge_patients", merge).expect("merged");
    // The source corrects one of its own numbers, and knows nothing of the merge.
    keep["identifier"][1] = number("a-new");
    keep["address"] = json!([{ "city": "Lagos" }]);
    bring_in_fhir(&clinic, &session, &keep);
    let mut values: Vec<String> =
        row(&clinic, 1).patient.demographics.identifiers.iter().map(|i| i.value.clone()).collect();
    values.sort();
    assert_eq!(values, ["a", "a-new", "b"], "the merged record's stays, its own corrected one does not");
    assert_eq!(row(&clinic, 1).patient.demographics.address.city.as_deref(), Some("Lagos"));
    unmerge(&session, &done["merge_id"]);
    assert_eq!(
        row(&clinic, 2).patient.demographics.identifiers.iter().map(|i| i.value.as_str()).collect::<Vec<_>>(),
        ["b"]
    );
}

#[test]
fn what_is_less_precise_leaves_what_is_more_precise() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let full = "PID|1||7^^^H^MR||Núñez^Inés^María^Jr^Sra.||19850412|F|||Mayor 1^^Madrid^^28013^ES\r";
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + full));
    for (at, less) in ["1985", "19000101", "198504"].into_iter().enumerate() {
        let less = format!("PID|1||7^^^H^MR||Núñez^I^M||{less}|F|||^^Madrid\r");
        all_taken(&clinic, &session, &(header("ADT^A08", &format!("l{at}")) + &less));
        let d = row(&clinic, 1).patient.demographics;
        assert_eq!(d.birth.shown(), "12 Apr 1985");
        assert_eq!((d.name.given.as_deref(), d.name.middle.as_deref()), (Some("Inés"), Some("María")));
        assert_eq!((d.name.suffix.as_deref(), d.name.prefix.as_deref()), (Some("Jr"), Some("Sra.")));
        assert_eq!(
            (d.address.line.as_deref(), d.address.postal_code.as_deref()),
            (Some("Mayor 1"), Some("28013"))
        );
    }
    // A family name alone takes no given name away; a marriage and a move still count.
    all_taken(
        &clinic,
        &session,
        &(header("ADT^A08", "f") + &pid("7^^^H^MR", "Vidal^^^^Dra.", "19850412", "F")),
    );
    let name = row(&clinic, 1).patient.demographics.name;
    assert_eq!((name.family.as_deref(), name.given.as_deref()), (Some("Vidal"), Some("Inés")));
    assert_eq!((name.middle.as_deref(), name.prefix.as_deref()), (Some("María"), Some("Dra.")));
    let moved = pid("7^^^H^MR", "Vidal^Inés^Sofía", "19850421", "F").replace("|F\r", "|F|||^^Vigo\r");
    all_taken(&clinic, &session, &(header("ADT^A08", "m") + &moved));
    let d = row(&clinic, 1).patient.demographics;
    assert_eq!((d.birth.shown().as_str(), d.name.middle.as_deref()), ("21 Apr 1985", Some("Sofía")));
    assert_eq!(
        (d.address.city.as_deref(), d.address.line),
        (Some("Vigo"), None),
        "two addresses are not one"
    );
    // A newborn's name takes the place of all that stood for it, and is not taken back by it.
    for (at, given) in ["Baby^Girl", "Mia", "Baby^Girl"].into_iter().enumerate() {
        let newborn = pid("9^^^H^MR", &format!("Berg^{given}"), "20260220", "F");
        all_taken(&clinic, &session, &(header("ADT^A08", &format!("n{at}")) + &newborn));
    }
    let name = row(&clinic, 2).patient.demographics.name;
    assert_eq!((name.given.as_deref(), name.middle), (Some("Mia"), None));
    // FHIR is no other.
    let mut patient = fhir_patient("x", "Okonkwo", "Margaret", "1961-07-09");
    patient["name"][0]["given"] = json!(["Margaret", "Ada"]);
    bring_in_fhir(&clinic, &session, &patient);
    patient["name"][0]["given"] = json!(["M"]);
    patient["birthDate"] = json!("1961");
    bring_in_fhir(&clinic, &session, &patient);
    let d = row(&clinic, 3).patient.demographics;
    assert_eq!((d.birth.shown().as_str(), d.name.given.as_deref()), ("09 Jul 1961", Some("Margaret")));
    assert_eq!(d.name.middle.as_deref(), Some("Ada"));
}

/// PID-29 and PID-30 of patient 7.
fn dead(numbers: &str, death: &str) -> String {
    format!("PID|1||{numbers}||Ruiz^Ana||19400102|F|||||||||||||||||||||{death}\r")
}

#[test]
fn an_older_message_kills_nobody_whose_death_was_taken_back() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let say = |at: &str, death: &str| {
        let text = header_at(at, "ADT^A08", at) + &dead("7^^^H^MR", death);
        bring_in(&clinic, &session, &text);
        row(&clinic, 1).patient.demographics.deceased
    };
    assert!(say("20260301", "20260201|Y"));
    // Taken back by a newer message: with the null, without another word.
    assert!(!say("20260305", "\"\"|"));
    assert!(!say("20260302", "20260201|Y"), "an older one of the death changes nothing");
    assert!(say("20260306", "20260201|Y"), "a newer one does");
    // Taken back by hand.
    say_by_hand(&session, "ruiz", false);
    assert!(!row(&clinic, 1).patient.demographics.deceased);
    assert!(!say("20260303", "20260201|Y"));
    assert!(!say("20260307", "|"));
    assert!(!say("20260304", "20260201|Y"));
    // One that no message is newer than, but the person's word is; and one that is newer than that.
    assert!(!say("20260308", "20260201|Y"));
    assert_eq!(note(&session), "hl7_death_taken_back");
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(2);
    assert!(say(&later.strftime("%Y%m%d%H%M%S+0000").to_string(), "20260201|Y"));
}

/// Says by hand whether a patient is dead.
fn say_by_hand(session: &Session<'_>, name: &str, deceased: bool) {
    let id = patients(session, name)["patients"][0]["patient_id"].clone();
    let editable = session.ask("patient_form", json!({ "patient_id": id })).expect("form");
    let mut form = editable["form"].clone();
    form["deceased"] = json!(deceased);
    form["deceased_date"] = if deceased { json!("2026-02-01") } else { Value::Null };
    let input = json!({ "patient_id": id, "form": form, "version": editable["version"] });
    session.ask("update_patient", input).expect("recorded");
}

#[test]
fn an_older_message_revives_nobody_whose_death_was_recorded_since() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let say = |at: &str, death: &str| {
        let text = header_at(at, "ADT^A08", at) + &dead("7^^^H^MR", death);
        bring_in(&clinic, &session, &text);
        row(&clinic, 1).patient.demographics.deceased
    };
    let later = |minutes: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
        at.strftime("%Y%m%d%H%M%S+0000").to_string()
    };
    assert!(!say("20260301", "|N"));
    say_by_hand(&session, "ruiz", true);
    assert!(say("20260305", "|N"), "written before the death was recorded");
    assert_eq!(note(&session), "death_recorded_since");
    // The message says that she lives, a person that she is dead, and then that she is not: the message before that kills nobody.
    say_by_hand(&session, "ruiz", false);
    assert!(!say("20260306", "20260201|Y"));
    assert_eq!(note(&session), "hl7_death_taken_back");
    assert!(say(&later(2), "20260201|Y"));
    assert!(!say(&later(4), "|N"), "a newer one is news");
}

#[test]
fn a_death_that_was_said_again_stands_against_what_was_written_before() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let say = |at: &str, death: &str| {
        let text = header_at(at, "ADT^A08", at) + &dead("7^^^H^MR", death);
        bring_in(&clinic, &session, &text);
        let known = row(&clinic, 1).patient.demographics;
        (known.deceased, known.deceased_on.map(|day| day.to_string()))
    };
    let first = (true, Some("2026-02-01".to_owned()));
    assert_eq!(say("20260301", "20260201|Y"), first);
    assert_eq!(say("20260320", "20260201|Y"), first, "said again");
    assert_eq!(say("20260310", "|N"), first, "written before it was said again");
    assert_eq!(note(&session), "hl7_older_than_known");
    assert_eq!(say("20260312", "20260115|Y"), first, "an older day takes no newer one's place");
    assert_eq!(say("20260322", "20260202|Y"), (true, Some("2026-02-02".to_owned())));
}

#[test]
fn an_older_fhir_source_neither_kills_nor_revives_against_a_later_word() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let say = |dead: bool, at: &str, city: &str| {
        let mut patient = fhir_patient("x", "Vidal", "Ana", "1990-01-02");
        patient["deceasedBoolean"] = json!(dead);
        patient["address"] = json!([{ "city": city }]);
        patient["meta"] = json!({ "lastUpdated": at });
        bring_in_fhir(&clinic, &session, &patient);
        let d = row(&clinic, 1).patient.demographics;
        assert_eq!(d.address.city.as_deref(), Some(city), "what else it says is taken");
        d.deceased
    };
    assert!(!say(false, "2026-03-01T10:00:00Z", "Cork"));
    say_by_hand(&session, "vidal", true);
    assert!(say(false, "2026-03-02T10:00:00Z", "Bray"));
    say_by_hand(&session, "vidal", false);
    assert!(!say(true, "2026-03-03T10:00:00Z", "Kerry"));
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(2);
    assert!(say(true, &later.to_string(), "Sligo"));
}

#[test]
fn what_does_not_say_when_takes_no_time_away() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let at = |city: &str| {
        pid("7^^^H^MR", "Ruiz^Ana", "19900102", "F").replace("|F\r", &format!("|F|||^^{city}\r"))
    };
    all_taken(&clinic, &session, &(header_at("20260304", "ADT^A08", "1") + &at("Cork")));
    all_taken(&clinic, &session, &(header_at("", "ADT^A08", "2") + &at("Cork")));
    bring_in(&clinic, &session, &(header_at("20260301", "ADT^A08", "3") + &at("Bray")));
    assert_eq!(row(&clinic, 1).patient.demographics.address.city.as_deref(), Some("Cork"));
    // A result and a FHIR resource alike.
    let result = |at: &str, id: &str, value: &str| {
        header_at(at, "ORU^R01", id)
            + PID
            + "OBR|1|P1|F1|8867-4^Heart rate^LN|||20260301080000\r"
            + &format!("OBX|1|NM|8867-4^Heart rate^LN||{value}|/min|||||F|||202603010800\r")
    };
    for (day, id, value) in [("20260304", "r1", "72"), ("", "r2", "73"), ("20260301", "r3", "720")] {
        bring_in(&clinic, &session, &result(day, id, value));
    }
    assert_eq!(chart(&session, "nunez")["results"][0]["value"], "73");
    let version = |city: &str, at: &str| {
        let mut patient = fhir_patient("x", "Vidal", "Ana", "1990-01-02");
        patient["address"] = json!([{ "city": city }]);
        if !at.is_empty() {
            patient["meta"] = json!({ "lastUpdated": at });
        }
        patient
    };
    for (city, at) in [("Cork", "2026-03-04T10:00:00Z"), ("Kerry", ""), ("Bray", "2026-03-01T10:00:00Z")] {
        bring_in_fhir(&clinic, &session, &version(city, at));
    }
    assert!(chart(&session, "vidal")["demographics"].to_string().contains("Kerry"));
}

#[test]
fn the_age_of_a_message_is_judged_by_all_its_sender_said_of_the_patient() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let at = |numbers: &str, city: &str| {
        pid(numbers, "Ruiz^Ana", "19900102", "F").replace("|F\r", &format!("|F|||^^{city}\r"))
    };
    all_taken(
        &clinic,
        &session,
        &(header_at("20260304", "ADT^A08", "1") + &at("7^^^H^MR~P7^^^H^PI", "Cork")),
    );
    bring_in(&clinic, &session, &(header_at("20260301", "ADT^A08", "2") + &at("P7^^^H^PI", "Bray")));
    assert_eq!(row(&clinic, 1).patient.demographics.address.city.as_deref(), Some("Cork"));
    assert_eq!(note(&session), "hl7_older_than_known");
    // Another register has a clock of its own.
    let other = header_at("20260302", "ADT^A08", "3").replace("|HIS|NORTH|", "|LAB|SOUTH|");
    all_taken(&clinic, &session, &(other + &at("S7^^^SOUTH^MR~P7^^^H^PI", "Kerry")));
    assert_eq!(row(&clinic, 1).patient.demographics.address.city.as_deref(), Some("Kerry"));
}

#[test]
fn a_result_does_not_overwrite_a_sealed_number() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + PID));
    let id = chart(&session, "4711")["banner"]["patient_id"].clone();
    let sealed = || {
        let secret = json!({ "patient_id": id, "secret": "ssn", "reason": "test of the seal" });
        session.ask("reveal_secret", secret).expect("revealed")["value"].clone()
    };
    assert_eq!(sealed(), "999111222");
    let result = |id: &str, person: &str| {
        header("ORU^R01", id) + person + "OBX|1|NM|8867-4^Heart rate^LN||72|/min|||||F|||20260301\r"
    };
    let other = PID.replace("999111222", "999333444");
    all_taken(&clinic, &session, &result("2", &other));
    assert_eq!(sealed(), "999111222");
    // Where none is known, it is news; and the register's own word counts.
    all_taken(&clinic, &session, &(header("ADT^A08", "3") + &other));
    assert_eq!(sealed(), "999333444");
}
