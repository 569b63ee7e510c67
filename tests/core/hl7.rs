//! HL7 v2 through the core: a stay from admission to discharge, results that are corrected, merges, refusals that are
//! corrected and replayed, and everything once.

use std::fs;

use rustcare_test_support::{Session, TestClinic};
use rustcare_workstation::Role;
use serde_json::{Value, json};

pub const STAFF: [Role; 3] = [Role::Nurse, Role::FrontDesk, Role::Administrator];

pub fn header(kind: &str, id: &str) -> String {
    format!("MSH|^~\\&|HIS|NORTH|EMR|CLINIC|20260301120000+0100||{kind}|{id}|P|2.5\r")
}

pub const PID: &str = "PID|1||4711^^^NORTH&1.2.3&ISO^MR~999111222^^^S^SS||Núñez^Inés^María^^Sra.||19850412|F|||Calle Mayor 1&Calle Mayor&1^^Madrid^^28013^ES||^PRN^PH^^34^91^5551234\r";

/// Brings messages in, as one file.
pub fn bring_in(clinic: &TestClinic, session: &Session<'_>, text: &str) -> Value {
    let name = format!("{}.hl7", jiff::Timestamp::now().as_nanosecond());
    fs::write(clinic.place().join(&name), text).expect("written");
    let entry = session.entry("Test place", &[&name]);
    let started = session.ask("import_messages", json!({ "entry_id": entry })).expect("started");
    let job = session.finish(&started);
    assert_eq!(job["state"], "done", "{job}");
    job["report"].clone()
}

pub fn all_taken(clinic: &TestClinic, session: &Session<'_>, text: &str) {
    let report = bring_in(clinic, session, text);
    assert_eq!(report["rejected"], 0, "{}", report["rejections"]);
    assert!(report["taken"].as_u64() > Some(0), "{report}");
}

pub fn patients(session: &Session<'_>, text: &str) -> Value {
    session.ask("find_patients", json!({ "text": text, "limit": 9, "offset": 0 })).expect("patients")
}

pub fn chart(session: &Session<'_>, text: &str) -> Value {
    let found = patients(session, text);
    assert_eq!(found["total"], 1, "{found}");
    let id = found["patients"][0]["patient_id"].clone();
    session.ask("open_chart", json!({ "patient_id": id })).expect("a chart")
}

pub fn waiting(session: &Session<'_>) -> Vec<Value> {
    let listed = session
        .ask("list_messages", json!({ "state": "quarantined", "limit": 50, "offset": 0 }))
        .expect("messages");
    listed["messages"].as_array().cloned().unwrap_or_default()
}

pub fn reason(row: &Value) -> &str {
    row["why"]["reason"].as_str().unwrap_or_default()
}

#[test]
fn a_stay_is_one_visit_from_admission_to_discharge() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let admit = header("ADT^A01", "1")
        + "EVN|A01|20260301113000\r"
        + PID
        + "NK1|1|Ruiz^Pablo|SPO^Spouse^HL70063|||^WPN^PH^^^91^5559999\r"
        + "PV1|1|I|W2^201^1|||||||||||||||V-77^^^NORTH|||||||||||||||||||||||||20260301113000\r"
        + "AL1|1|DA|70618^Penicillin^RXNORM|SV|Hives\rDG1|1||J18.9^Pneumonia^I10||20260301|A\r";
    // Field 19 of PV1 is the visit's number, 44 its begin.
    let admit = admit.replace("|||||||||||||||V-77", "||||||||||||||||V-77");
    all_taken(&clinic, &session, &admit);
    let seen = chart(&session, "nunez");
    assert_eq!(seen["allergies"][0]["title"], "Penicillin");
    assert_eq!(seen["allergies"][0]["detail"], "Hives, severe");
    assert_eq!(
        (&seen["problems"][0]["code"], &seen["problems"][0]["title"]),
        (&json!("J18.9"), &json!("Pneumonia"))
    );
    let visits = seen["encounters"].as_array().expect("visits");
    assert_eq!((visits.len(), &visits[0]["active"]), (1, &json!(true)), "{visits:?}");
    assert_eq!(visits[0]["date_iso"], "2026-03-01T11:30:00+01:00");
    assert!(!seen.to_string().contains("999111222"), "a social security number is sealed");
    // Discharged: the begin stays though the message does not repeat it.
    let leave = header("ADT^A03", "2")
        + PID
        + "PV1|1|I|W2^201^1||||||||||||||||V-77^^^NORTH||||||||||||||||||||||||||20260305100000\r";
    all_taken(&clinic, &session, &leave);
    let visits = chart(&session, "nunez")["encounters"].clone();
    assert_eq!(visits.as_array().map(Vec::len), Some(1), "{visits}");
    assert_eq!((&visits[0]["active"], &visits[0]["status"]), (&json!(false), &json!("finished")));
    assert_eq!(visits[0]["date_iso"], "2026-03-01T11:30:00+01:00");
    // The discharge is called off; an update of the person leaves the visit as it is.
    all_taken(&clinic, &session, &(header("ADT^A13", "3") + PID + "PV1|1|I|||||||||||||||||V-77^^^NORTH\r"));
    let moved = PID.replace("Calle Mayor 1&Calle Mayor&1^^Madrid", "Rúa Nova 3^^Vigo");
    all_taken(
        &clinic,
        &session,
        &(header("ADT^A08", "4") + &moved + "PV1|1|I|||||||||||||||||V-77^^^NORTH\r"),
    );
    let seen = chart(&session, "nunez");
    assert_eq!(seen["encounters"][0]["active"], true, "{}", seen["encounters"]);
    assert!(seen["demographics"].to_string().contains("Vigo"));
}

fn result(id: &str, status: &str, value: &str) -> String {
    header("ORU^R01", id)
        + PID
        + "OBR|1|P1|F1|24323-8^Metabolic panel^LN|||20260301080000\r"
        + &format!("OBX|1|NM|2345-7^Glucose^LN||{value}|mg/dL^^UCUM|70-99|H|||{status}|||20260301081000\r")
        + "OBX|2|TX|22637-3^Report^LN||first \\T\\ line||||||F\rOBX|3|TX|22637-3^Report^LN||second line||||||F\r"
}

#[test]
fn results_are_corrected_and_deleted_in_place() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &result("1", "P", "182.50"));
    let results = chart(&session, "nunez")["results"].clone();
    let glucose =
        |results: &Value| results.as_array().and_then(|r| r.iter().find(|r| r["code"] == "2345-7")).cloned();
    let first = glucose(&results).expect("a result");
    assert_eq!(
        (&first["value"], &first["unit"], &first["abnormal"]),
        (&json!("182.50"), &json!("mg/dL"), &json!("high"))
    );
    let report =
        results.as_array().and_then(|r| r.iter().find(|r| r["code"] == "22637-3")).cloned().expect("a text");
    assert_eq!(report["value"], "first & line\nsecond line");
    all_taken(&clinic, &session, &result("2", "C", "128.50"));
    let corrected = glucose(&chart(&session, "nunez")["results"]).expect("a result");
    assert_eq!(
        (&corrected["value"], corrected["points"].as_array().map(Vec::len)),
        (&json!("128.50"), Some(1))
    );
    all_taken(&clinic, &session, &result("3", "D", ""));
    assert_eq!(glucose(&chart(&session, "nunez")["results"]), None, "a deleted result is not shown as one");
}

#[test]
fn vaccinations_prescriptions_and_documents_are_in_the_chart() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let vaccine = header("VXU^V04", "1")
        + PID
        + "ORC|RE||V9\rRXA|0|1|20260102||03^MMR^CVX|0.5|mL||||||||LOT7||MSD^Merck^MVX|||CP\rRXR|SC^Subcutaneous^HL70162\rOBX|1|CE|64994-7^Eligibility^LN||V01^Not eligible^HL70064||||||F\r";
    let medicine = header("RDE^O11", "2")
        + PID
        + "ORC|NW|R1||||||||20260301\rRXE||197361^Amlodipine 5 MG^RXNORM|1|2|TAB^tablets\rRXR|PO\r";
    let letter = header("MDM^T02", "3")
        + PID
        + "TXA|1|DS^Discharge summary|TX|20260305||||||||D-1\rOBX|1|TX|||Went home well.||||||F\rOBX|2|TX|||Return \\.br\\if feverish.||||||F\r";
    all_taken(&clinic, &session, &(vaccine + &medicine + &letter));
    let seen = chart(&session, "nunez");
    assert_eq!(
        (&seen["immunisations"][0]["title"], &seen["immunisations"][0]["status"]),
        (&json!("MMR"), &json!("completed"))
    );
    assert_eq!(
        (&seen["medicines"][0]["title"], &seen["medicines"][0]["detail"]),
        (&json!("Amlodipine 5 MG"), &json!("1–2 tablets"))
    );
    assert_eq!(seen["documents"][0]["title"], "Discharge summary");
    assert_eq!(seen["documents"][0]["detail"], "Went home well.\nReturn \nif feverish.");
}

#[test]
fn a_merge_message_merges_and_the_lost_number_leads_to_the_survivor() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let other = PID.replace("4711", "4712").replace("Inés", "Inez").replace("|19850412|", "|19850421|");
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + PID));
    all_taken(
        &clinic,
        &session,
        &(header("ORU^R01", "2") + &other + "OBX|1|NM|8867-4^Heart rate^LN||72|/min|||||F|||20260301\r"),
    );
    assert_eq!(patients(&session, "nunez")["total"], 2);
    let merge = header("ADT^A40", "3") + PID + "MRG|4712^^^NORTH&1.2.3&ISO^MR||||||Núñez^Inez\r";
    all_taken(&clinic, &session, &merge);
    let seen = chart(&session, "4711");
    assert_eq!(seen["results"][0]["code"], "8867-4", "the result went over");
    assert_eq!(seen["merged_records"].as_array().map(Vec::len), Some(1));
    // What still comes under the lost number is the survivor's.
    all_taken(
        &clinic,
        &session,
        &(header("ORU^R01", "4") + &other + "OBX|1|NM|8867-4^Heart rate^LN||80|/min|||||F|||20260302\r"),
    );
    assert_eq!(chart(&session, "4711")["results"][0]["value"], "80");
    // A survivor that nobody knows: a person decides.
    let unknown = header("ADT^A40", "5") + &PID.replace("4711", "9999") + "MRG|4711^^^NORTH&1.2.3&ISO^MR\r";
    bring_in(&clinic, &session, &unknown);
    assert_eq!(reason(&waiting(&session)[0]), "hl7_merge_survivor_unknown");
}

#[test]
fn another_person_under_a_known_number_waits_and_a_bare_number_proves_nothing() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + PID));
    let stranger = "PID|1||4711^^^NORTH&1.2.3&ISO^MR||Berg^Tom||19600101|M\r";
    let bare = "PID|1||4711^^^NORTH&1.2.3&ISO^MR\r";
    bring_in(&clinic, &session, &(header("ADT^A08", "2") + stranger + &header("ORU^R01", "3") + bare));
    let rows = waiting(&session);
    assert_eq!(
        rows.iter().map(reason).collect::<Vec<_>>(),
        ["hl7_patient_not_confirmed", "hl7_patient_differs"]
    );
    assert_eq!((&rows[1]["place"]["segment"], &rows[1]["place"]["line"]), (&json!("PID"), &json!(2)));
    assert_eq!(patients(&session, "")["total"], 1);
    // A married name under the same number and day of birth is the same person.
    all_taken(&clinic, &session, &(header("ADT^A08", "4") + &PID.replace("Núñez^Inés", "Vidal^Inés")));
    assert_eq!(chart(&session, "vidal")["banner"]["mrn"], chart(&session, "4711")["banner"]["mrn"]);
}

#[test]
fn the_same_message_is_written_once_and_a_reused_control_id_is_refused() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let text = header("ADT^A28", "42") + PID;
    all_taken(&clinic, &session, &text);
    let again = bring_in(&clinic, &session, &text);
    assert_eq!(
        (&again["taken"], &again["already_there"], &again["rejected"]),
        (&json!(0), &json!(1), &json!(0))
    );
    let other = text.replace("19850412", "19850413");
    assert_eq!(bring_in(&clinic, &session, &other)["rejected"], 1);
    assert_eq!(reason(&waiting(&session)[0]), "hl7_control_id_reused");
    let again = bring_in(&clinic, &session, &other);
    assert_eq!((&again["already_there"], &again["rejected"]), (&json!(0), &json!(1)), "it waits, and once");
    assert_eq!(again["rejections"][0]["why"]["reason"], "hl7_control_id_reused");
    assert_eq!(waiting(&session).len(), 1);
}

#[test]
fn a_refused_message_is_corrected_and_replayed_or_dismissed() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let wrong = header("ADT^A28", "1") + &PID.replace("19850412", "12.4.1985");
    assert_eq!(bring_in(&clinic, &session, &wrong)["rejected"], 1);
    let row = waiting(&session)[0].clone();
    let id = row["message_id"].clone();
    assert_eq!((reason(&row), &row["place"]["field"]), ("hl7_no_date", &json!(7)));
    let view = session.ask("open_message", json!({ "message_id": id })).expect("opened");
    let lines = view["lines"].as_array().cloned().expect("lines");
    assert!(lines[1].as_str().is_some_and(|l| l.contains("12.4.1985") && !l.contains("999111222")));
    // A correction that does not help changes nothing.
    let same = session.ask("replay_message", json!({ "message_id": id, "lines": lines })).expect("tried");
    assert_eq!((&same["taken"], &same["why"]["reason"]), (&json!(false), &json!("hl7_no_date")));
    assert_eq!(waiting(&session).len(), 1);
    let corrected: Vec<String> =
        lines.iter().map(|l| l.as_str().unwrap_or_default().replace("12.4.1985", "19850412")).collect();
    let done = session.ask("replay_message", json!({ "message_id": id, "lines": corrected })).expect("done");
    assert_eq!(done["taken"], true, "{done}");
    assert!(waiting(&session).is_empty());
    // The veiled number came with it, and is sealed.
    let patient = done["patient"]["patient_id"].clone();
    let secret = json!({ "patient_id": patient, "secret": "ssn", "reason": "test of replay" });
    assert_eq!(session.ask("reveal_secret", secret).expect("revealed")["value"], "999111222");
    // The original is kept byte for byte, the correction beside it; neither can be replayed again.
    let number: i64 = id.as_str().and_then(|n| n.parse().ok()).expect("a number");
    let raw = clinic.vault.read(|t| rustcare_vault::table::hl7_message::raw(t, number)).expect("kept");
    assert_eq!(raw, wrong.as_bytes());
    let again = session.ask("replay_message", json!({ "message_id": id, "lines": null })).unwrap_err();
    assert_eq!(again.reason.name(), "message_not_waiting");
    // Dismissed with a reason, which stays.
    bring_in(&clinic, &session, &(header("SIU^S12", "2") + PID));
    let row = waiting(&session)[0].clone();
    assert_eq!(reason(&row), "hl7_kind_not_taken");
    let input = json!({ "message_id": row["message_id"], "reason": "entered by hand" });
    session.ask("dismiss_message", input.clone()).expect("dismissed");
    assert!(session.ask("dismiss_message", input).is_err());
    let listed =
        session.ask("list_messages", json!({ "state": null, "limit": 9, "offset": 0 })).expect("messages");
    assert_eq!(listed["messages"][0]["decision"], "entered by hand");
    assert_eq!(
        (&listed["counts"]["taken"], &listed["counts"]["replayed"], &listed["counts"]["dismissed"]),
        (&json!(1), &json!(1), &json!(1))
    );
    // What was done is in the trail, without a word of the message.
    let audit = session
        .ask("list_audit", json!({ "patient_id": null, "before_sequence": null, "limit": 100 }))
        .expect("the trail")
        .to_string();
    assert!(audit.contains("replay_message") && audit.contains("dismiss_message"));
    assert!(!audit.contains("12.4.1985") && !audit.contains("Inés"));
}

#[test]
fn a_spanish_latin_1_message_is_corrected_in_its_own_letters() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let text =
        header("ADT^A28", "1").trim_end().to_owned() + "||||||8859/1\r" + &PID.replace("19850412", "ayer");
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    fs::write(clinic.place().join("latin.hl7"), bytes).expect("written");
    let entry = session.entry("Test place", &["latin.hl7"]);
    let started = session.ask("import_messages", json!({ "entry_id": entry })).expect("started");
    assert_eq!(session.finish(&started)["report"]["rejected"], 1);
    let id = waiting(&session)[0]["message_id"].clone();
    let view = session.ask("open_message", json!({ "message_id": id })).expect("opened");
    let lines: Vec<String> = view["lines"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|l| l.as_str().unwrap_or_default().replace("ayer", "19850412"))
        .collect();
    let done = session.ask("replay_message", json!({ "message_id": id, "lines": lines })).expect("done");
    assert_eq!(done["taken"], true, "{done}");
    assert_eq!(chart(&session, "nunez")["banner"]["mrn"], done["patient"]["mrn"]);
}

#[test]
fn reading_a_message_is_in_the_trail_of_its_patient() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + PID));
    let listed =
        session.ask("list_messages", json!({ "state": "taken", "limit": 9, "offset": 0 })).expect("messages");
    session
        .ask("open_message", json!({ "message_id": listed["messages"][0]["message_id"] }))
        .expect("opened");
    let id = chart(&session, "nunez")["banner"]["patient_id"].clone();
    let history = session.ask("patient_history", json!({ "patient_id": id })).expect("history");
    assert!(history["entries"].to_string().contains("open_message"), "{history}");
}

#[test]
fn a_social_security_number_by_its_oid_is_sealed_not_registered() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let text = "PID|1||7^^^H^MR~536904399^^^&2.16.840.1.113883.4.1&ISO^PI||Ruiz^Ana||19900102|F\r";
    all_taken(&clinic, &session, &(header("ADT^A28", "1") + text));
    assert_eq!(patients(&session, "536904399")["total"], 0);
    let seen = chart(&session, "ruiz");
    assert!(!seen.to_string().contains("536904399") && seen["secrets"]["ssn"].is_string(), "{seen}");
    assert_eq!(sole_kept(&clinic).matches("536904399").count(), 0);
}

/// The one message that is kept.
fn sole_kept(clinic: &TestClinic) -> String {
    let raw = clinic.vault.read(|t| rustcare_vault::table::hl7_message::raw(t, 1)).expect("kept");
    String::from_utf8(raw).expect("text")
}

#[test]
fn a_correction_with_an_unknown_sealed_place_is_refused() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    bring_in(&clinic, &session, &(header("ADT^A28", "1") + &PID.replace("19850412", "ayer")));
    assert_eq!(reason(&waiting(&session)[0]), "hl7_no_date");
    let id = waiting(&session)[0]["message_id"].clone();
    let view = session.ask("open_message", json!({ "message_id": id })).expect("opened");
    let lines: Vec<String> = view["lines"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|l| {
            l.as_str().unwrap_or_default().replace("ayer", "19850412").replace("[sealed 1]", "[sealed 5]")
        })
        .collect();
    let refused = session.ask("replay_message", json!({ "message_id": id, "lines": lines })).unwrap_err();
    assert_eq!(refused.reason.name(), "hl7_sealed_unknown");
    assert_eq!(waiting(&session).len(), 1);
}
