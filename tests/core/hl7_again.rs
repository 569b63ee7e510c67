//! What a message speaks of again: visits without a number, results of one kind, allergies and documents that a later message
//! says less of, and messages that come late or twice.

use rustcare_test_support::{Session, TestClinic};
use serde_json::{Value, json};

use crate::hl7::{PID, STAFF, all_taken, bring_in, chart, header, reason, waiting};

fn header_at(at: &str, kind: &str, id: &str) -> String {
    header(kind, id).replace("20260301120000+0100", at)
}

fn visits(session: &Session<'_>) -> Vec<Value> {
    chart(session, "nunez")["encounters"].as_array().cloned().unwrap_or_default()
}

/// PV1 with class, and PV1-44 and PV1-45.
fn pv1(class: &str, number: &str, start: &str, end: &str) -> String {
    let mut fields = vec![String::new(); 46];
    fields[0] = "PV1".into();
    fields[2] = class.into();
    fields[19] = number.into();
    fields[44] = start.into();
    fields[45] = end.into();
    fields.join("|") + "\r"
}

fn of_account(account: &str) -> String {
    PID.trim_end().to_owned() + &"|".repeat(5) + account + "\r"
}

#[test]
fn the_account_of_two_stays_is_two_visits_and_no_visit_is_none() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let person = of_account("AC1^^^H");
    assert_eq!(person.split('|').nth(18), Some("AC1^^^H\r"));
    let stay =
        |id: &str, kind: &str, start: &str, end: &str| header(kind, id) + &person + &pv1("I", "", start, end);
    all_taken(&clinic, &session, &stay("1", "ADT^A01", "20260105080000", ""));
    all_taken(&clinic, &session, &stay("2", "ADT^A03", "", "20260107100000"));
    assert_eq!(visits(&session).len(), 1);
    assert_eq!(visits(&session)[0]["status"], "finished");
    all_taken(&clinic, &session, &stay("3", "ADT^A01", "20260601080000", ""));
    let all = visits(&session);
    assert_eq!(all.len(), 2, "{all:?}");
    // A newborn on the mother's account has a visit of their own.
    let newborn = "PID|1||9^^^H^MR||Núñez^Bebé||20260601|F||||||||||AC1^^^H\r";
    all_taken(&clinic, &session, &(header("ADT^A01", "4") + newborn + &pv1("I", "", "20260601080000", "")));
    // "No visit" is none, however often it is said.
    let none = |id: &str| header("ADT^A08", id) + PID + "PV1||N\r";
    all_taken(&clinic, &session, &(none("5") + &none("6")));
    let mine =
        session.ask("find_patients", json!({ "text": "4711", "limit": 9, "offset": 0 })).expect("found");
    let input = json!({ "patient_id": mine["patients"][0]["patient_id"] });
    let seen = session.ask("open_chart", input).expect("a chart");
    assert_eq!(seen["encounters"].as_array().map(Vec::len), Some(2), "{}", seen["encounters"]);
}

#[test]
fn a_discharge_without_number_ends_the_one_open_visit_and_its_diagnoses_are_not_doubled() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let diagnosis = "DG1|1||J18.9^Pneumonia^I10||20260301|A\r";
    let admit = header("ADT^A01", "1") + "EVN|A01|20260301113000\r" + PID + "PV1|1|I\r" + diagnosis;
    all_taken(&clinic, &session, &admit);
    all_taken(&clinic, &session, &(header("ADT^A08", "2") + PID + "PV1|1|I|W9\r" + diagnosis));
    all_taken(
        &clinic,
        &session,
        &(header("ADT^A03", "3") + "EVN|A03|20260305100000\r" + PID + "PV1|1|I\r" + diagnosis),
    );
    let all = visits(&session);
    assert_eq!((all.len(), &all[0]["status"]), (1, &json!("finished")), "{all:?}");
    assert_eq!(all[0]["date_iso"], "2026-03-01T11:30:00+01:00");
    assert_eq!(chart(&session, "nunez")["problems"].as_array().map(Vec::len), Some(1));
    // A discharge from the ward ends no visit to the surgery.
    all_taken(&clinic, &session, &(header("ADT^A04", "a") + PID + &pv1("O", "", "20260306080000", "")));
    all_taken(&clinic, &session, &(header("ADT^A01", "b") + PID + &pv1("I", "", "20260307080000", "")));
    all_taken(&clinic, &session, &(header("ADT^A03", "c") + "EVN|A03|20260308100000\r" + PID + "PV1|1|I\r"));
    let open: Vec<Value> = visits(&session).into_iter().filter(|v| v["active"] == true).collect();
    assert_eq!((open.len(), &open[0]["date_iso"]), (1, &json!("2026-03-06T08:00:00+01:00")), "{open:?}");
    // With two open ones, a person says which.
    for (id, start) in [("4", "20260310080000"), ("5", "20260311080000")] {
        all_taken(&clinic, &session, &(header("ADT^A01", id) + PID + &pv1("I", "", start, "")));
    }
    bring_in(&clinic, &session, &(header("ADT^A03", "6") + PID + "PV1|1|I\r"));
    assert_eq!(reason(&waiting(&session)[0]), "hl7_visit_unclear");
}

#[test]
fn an_admission_that_comes_after_its_discharge_opens_nothing_again() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let leave =
        header_at("20260305100000+0100", "ADT^A03", "2") + PID + &pv1("I", "V-7^^^H", "", "20260305100000");
    let admit =
        header_at("20260301113000+0100", "ADT^A01", "1") + PID + &pv1("I", "V-7^^^H", "20260301113000", "");
    all_taken(&clinic, &session, &leave);
    bring_in(&clinic, &session, &admit);
    let all = visits(&session);
    assert_eq!((all.len(), &all[0]["status"]), (1, &json!("finished")), "{all:?}");
    assert_eq!(all[0]["date_iso"], "2026-03-01T11:30:00+01:00", "what was missing came");
}

fn pulses(at: &str, id: &str, of: &[(&str, &str, &str)]) -> String {
    let mut text = header_at(at, "ORU^R01", id) + PID + "OBR|1|P1|F1|8867-4^Heart rate^LN|||20260301080000\r";
    for (value, status, when) in of {
        text.push_str(&format!("OBX|1|NM|8867-4^Heart rate^LN||{value}|/min|||||{status}|||{when}\r"));
    }
    text
}

fn values(clinic: &TestClinic) -> Vec<(String, String)> {
    let all =
        clinic.vault.read(|t| rustcare_vault::table::clinical_record::of_patient(t, 1)).expect("records");
    let mut all: Vec<(String, String)> = all
        .into_iter()
        .filter_map(|r| {
            let at = r.start.as_ref()?.as_written().get(11..13)?.to_owned();
            Some((at, r.amount?.written))
        })
        .collect();
    all.sort();
    all
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn a_correction_of_one_of_several_results_finds_it_by_its_time() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let day = "20260301120000";
    let three = [("80", "F", "202603010800"), ("90", "F", "202603010900"), ("100", "F", "202603011000")];
    all_taken(&clinic, &session, &pulses(day, "1", &three));
    all_taken(&clinic, &session, &pulses(day, "2", &[("101", "C", "202603011000")]));
    assert_eq!(values(&clinic), pairs(&[("08", "80"), ("09", "90"), ("10", "101")]));
    // Another time is another measurement.
    all_taken(&clinic, &session, &pulses(day, "3", &[("70", "F", "202603011100")]));
    assert_eq!(values(&clinic).len(), 4);
    // A correction that names none of the times: a person looks.
    bring_in(&clinic, &session, &pulses(day, "4", &[("60", "C", "202603011230")]));
    assert_eq!(reason(&waiting(&session)[0]), "hl7_repeats_unclear");
    bring_in(&clinic, &session, &pulses(day, "5", &[("60", "C", "")]));
    assert_eq!(reason(&waiting(&session)[0]), "hl7_repeats_unclear");
    assert_eq!(values(&clinic), pairs(&[("08", "80"), ("09", "90"), ("10", "101"), ("11", "70")]));
}

#[test]
fn an_older_result_never_replaces_a_newer_one() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let at = "202603010800";
    all_taken(&clinic, &session, &pulses("20260302090000", "2", &[("72", "C", at)]));
    let report = bring_in(&clinic, &session, &pulses("20260301090000", "1", &[("720", "P", at)]));
    assert_eq!(report["rejections"][0]["why"]["reason"], "hl7_older_than_known");
    assert_eq!(values(&clinic), pairs(&[("08", "72")]));
    // The note is on the message for whoever looks at it later.
    let listed =
        session.ask("list_messages", json!({ "state": "taken", "limit": 1, "offset": 0 })).expect("messages");
    assert_eq!(reason(&listed["messages"][0]), "hl7_older_than_known");
}

#[test]
fn a_bare_allergy_leaves_what_a_fuller_message_said() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let with = |id: &str, allergy: &str| header("ADT^A08", id) + PID + allergy;
    all_taken(&clinic, &session, &with("1", "AL1|1|DA|70618^Penicillin^RXNORM|SV|Anaphylaxis|20100101\r"));
    all_taken(&clinic, &session, &with("2", "AL1|1||70618^Penicillin^RXNORM\r"));
    assert_eq!(chart(&session, "nunez")["allergies"][0]["detail"], "Anaphylaxis, severe");
    all_taken(&clinic, &session, &with("3", "AL1|1||70618^Penicillin^RXNORM|MO\r"));
    assert_eq!(chart(&session, "nunez")["allergies"][0]["detail"], "Anaphylaxis, moderate");
}

#[test]
fn a_document_keeps_its_text_when_a_later_message_brings_none() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let letter = |kind: &str, id: &str, text: &str| {
        header(kind, id) + PID + "TXA|1|DS^Discharge summary|TX|20260305||||||||D-1\r" + text
    };
    let detail = || chart(&session, "nunez")["documents"][0]["detail"].clone();
    all_taken(&clinic, &session, &letter("MDM^T02", "1", "OBX|1|TX|||Went home well.||||||F\r"));
    all_taken(&clinic, &session, &letter("MDM^T03", "2", ""));
    assert_eq!(detail(), "Went home well.");
    all_taken(&clinic, &session, &letter("MDM^T08", "3", "OBX|1|TX|||Went home, with fever.||||||F\r"));
    assert_eq!(detail(), "Went home, with fever.");
    all_taken(&clinic, &session, &letter("MDM^T11", "4", ""));
    let kept =
        clinic.vault.read(|t| rustcare_vault::table::clinical_record::of_patient(t, 1)).expect("records");
    assert_eq!(kept[0].detail.as_deref(), Some("Went home, with fever."), "void, and still readable");
    assert_eq!(kept[0].status.as_deref(), Some("entered-in-error"));
}

#[test]
fn what_waited_is_tried_again_when_it_comes_again() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let merge = header("ADT^A40", "1") + PID + "MRG|4712^^^NORTH&1.2.3&ISO^MR\r";
    let other = PID.replace("4711", "4712");
    all_taken(&clinic, &session, &(header("ADT^A28", "2") + &other));
    bring_in(&clinic, &session, &merge);
    assert_eq!(reason(&waiting(&session)[0]), "hl7_merge_survivor_unknown");
    all_taken(&clinic, &session, &(header("ADT^A28", "3") + PID));
    all_taken(&clinic, &session, &merge);
    assert!(waiting(&session).is_empty());
    // And is done then.
    assert_eq!(bring_in(&clinic, &session, &merge)["already_there"], 1);
}

#[test]
fn a_control_id_is_used_by_what_was_taken_and_not_for_ever() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    // Refused, and sent again as it should be under the same id.
    bring_in(&clinic, &session, &(header("ADT^A28", "7") + &PID.replace("19850412", "ayer")));
    all_taken(&clinic, &session, &(header("ADT^A28", "7") + PID));
    // The count of the next day begins anew.
    all_taken(&clinic, &session, &(header_at("20260302120000+0100", "ADT^A08", "7") + PID));
    // On the same day it is a reused one.
    let other = header_at("20260302130000+0100", "ADT^A08", "7") + PID;
    assert_eq!(
        bring_in(&clinic, &session, &other)["rejections"][0]["why"]["reason"],
        "hl7_control_id_reused"
    );
}

#[test]
fn what_takes_a_visit_back_makes_none_and_a_transfer_stays_with_its_account() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &(header("ADT^A04", "1") + PID + &pv1("O", "", "20260306080000", "")));
    // The only visit is to the surgery: what calls off one of the ward means none that is known.
    for (event, id) in [("ADT^A11", "2"), ("ADT^A13", "3")] {
        let refused = bring_in(&clinic, &session, &(header(event, id) + PID + "PV1|1|I\r"));
        assert_eq!(refused["rejections"][0]["why"]["reason"], "hl7_visit_unclear", "{event}");
    }
    assert_eq!(visits(&session).len(), 1);
    let with_account = PID.trim_end().to_owned() + &"|".repeat(18 - PID.matches('|').count()) + "A-5\r";
    let begins = header("ADT^A01", "4") + &with_account + &pv1("E", "", "20260307080000", "");
    all_taken(&clinic, &session, &begins);
    all_taken(&clinic, &session, &(header("ADT^A02", "5") + &with_account + "PV1|1|I|W9\r"));
    assert_eq!(visits(&session).len(), 2, "{:?}", visits(&session));
}

#[test]
fn a_discharge_ends_no_visit_of_another_kind_and_what_was_called_off_stays_so() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let open = || visits(&session).into_iter().filter(|v| v["active"] == true).count();
    all_taken(&clinic, &session, &(header("ADT^A04", "1") + PID + &pv1("O", "", "20260306080000", "")));
    // The one open visit is to the surgery: the ward ends its own, and an update of the ward is none of it.
    all_taken(&clinic, &session, &(header("ADT^A08", "2") + PID + "PV1|1|I|W9\r"));
    let leave = header("ADT^A03", "3") + "EVN|A03|20260308100000\r" + PID + "PV1|1|I\r";
    all_taken(&clinic, &session, &leave);
    assert_eq!((visits(&session).len(), open()), (2, 1), "{:?}", visits(&session));
    // Who goes from the surgery to the ward has one visit, whose kind the event changes.
    all_taken(&clinic, &session, &(header("ADT^A06", "4") + PID + "PV1|1|I\r"));
    assert_eq!((visits(&session).len(), open()), (2, 1));
    all_taken(&clinic, &session, &(header("ADT^A11", "5") + PID + "PV1|1|I\r"));
    assert_eq!(open(), 0);
    // The discharge of the other is called off; the one that was called off itself is not revived by it.
    all_taken(&clinic, &session, &(header("ADT^A13", "6") + PID + "PV1|1|I\r"));
    let status = |start: Option<&str>| {
        let all = visits(&session);
        let one = all.iter().find(|v| v["date_iso"].as_str() == start).cloned();
        one.map(|v| v["status"].clone())
    };
    assert_eq!(status(Some("2026-03-06T08:00:00+01:00")), Some(json!("cancelled")), "{:?}", visits(&session));
    assert_eq!(open(), 1);
    // A pending discharge that is called off was of the visit that is still open.
    all_taken(&clinic, &session, &(header("ADT^A25", "7") + PID + "PV1|1|I\r"));
    assert_eq!((visits(&session).len(), open()), (2, 1));
}

#[test]
fn a_control_id_that_comes_round_again_names_nothing_of_old() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    for day in ["20260301120000", "20260402120000"] {
        let letter = header_at(day, "MDM^T02", "7") + PID + "TXA|1|DS^Discharge summary|TX\r";
        all_taken(&clinic, &session, &(letter + &format!("OBX|1|TX|||Seen on {day}.||||||F\r")));
        let pulse = header_at(day, "ORU^R01", "8") + PID + "OBR|1|||8867-4^Heart rate^LN\r";
        all_taken(
            &clinic,
            &session,
            &(pulse + &format!("OBX|1|NM|8867-4^Heart rate^LN||{}|/min|||||F\r", &day[6..8])),
        );
        all_taken(&clinic, &session, &(header_at(day, "ADT^A04", "9") + PID + "PV1|1|O\r"));
        let pill = header_at(day, "RDE^O11", "10") + PID + "ORC|NW\rRXE||161^Paracetamol^RXNORM|1||TAB\r";
        all_taken(&clinic, &session, &pill);
    }
    let seen = chart(&session, "nunez");
    // The two reports are documents too.
    for (list, count) in [("documents", 4), ("encounters", 2), ("medicines", 2)] {
        assert_eq!(seen[list].as_array().map(Vec::len), Some(count), "{list}: {}", seen[list]);
    }
    let all =
        clinic.vault.read(|t| rustcare_vault::table::clinical_record::of_patient(t, 1)).expect("records");
    let mut pulses: Vec<String> = all.into_iter().filter_map(|r| Some(r.amount?.written)).collect();
    pulses.sort();
    assert_eq!(pulses, ["01", "02"].map(|day| day.trim_start_matches('0').to_owned()));
}

#[test]
fn two_children_who_were_not_vaccinated_have_a_record_each() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    // CDC's guide has 9999 as the number of what was not given (ORC-3).
    let mut rxa = vec![""; 21];
    (rxa[0], rxa[1], rxa[2], rxa[3]) = ("RXA", "0", "1", "20260301");
    (rxa[5], rxa[6], rxa[18], rxa[20]) = ("03^MMR^CVX", "999", "00^Parental decision^NIP002", "RE");
    let refused = "ORC|RE||9999^CLINIC\r".to_owned() + &rxa.join("|") + "\r";
    for (at, child) in ["C1^^^H^MR||Berg^Ana", "C2^^^H^MR||Vidal^Tom"].into_iter().enumerate() {
        let person = format!("PID|1||{child}||20250101|F\r");
        all_taken(&clinic, &session, &(header("VXU^V04", &at.to_string()) + &person + &refused));
    }
    for name in ["berg", "vidal"] {
        let given = chart(&session, name)["immunisations"].clone();
        assert_eq!(
            (given.as_array().map(Vec::len), &given[0]["status"]),
            (Some(1), &json!("not-done")),
            "{given}"
        );
    }
}
