//! 219 published messages (of the FHIR converters of Microsoft and LinuxForHealth, CDC's phdi, and four libraries): each is
//! taken with the right patient, or waits with the reason that the table beside this file says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustcare_test_support::exchange::hl7::receive::look;
use rustcare_test_support::{TestClinic, data_or_skip};
use rustcare_workstation::Role;
use serde_json::{Value, json};

const STAFF: [Role; 2] = [Role::Nurse, Role::FrontDesk];

/// One line a file: `file,taken` or `file,<reason>`.
const EXPECTED: &str = include_str!("hl7_expected.csv");

pub fn folder() -> Option<PathBuf> {
    Some(data_or_skip("the published messages")?.join("hl7v2"))
}

/// All messages by their path below the folder.
pub fn messages(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for set in fs::read_dir(folder).expect("the folder").flatten().filter(|e| e.path().is_dir()) {
        for file in fs::read_dir(set.path()).expect("a set").flatten() {
            if file.path().extension().is_some_and(|e| e == "hl7") {
                let name =
                    format!("{}/{}", set.file_name().to_string_lossy(), file.file_name().to_string_lossy());
                all.insert(name, fs::read(file.path()).expect("a message"));
            }
        }
    }
    all
}

/// What a plain reading of the text says of the patient: the numbers of PID-3 and the family names of PID-5.
fn plainly(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let text = String::from_utf8_lossy(bytes).replace(['\r', '\n'], "\r");
    let pid = text.split('\r').find(|l| l.starts_with("PID|")).unwrap_or_default();
    let fields: Vec<&str> = pid.split('|').collect();
    let firsts = |n: usize| {
        let field = fields.get(n).copied().unwrap_or_default();
        field.split('~').map(|r| r.split(['^', '&']).next().unwrap_or_default().trim().to_owned()).collect()
    };
    (firsts(3), firsts(5))
}

#[test]
fn each_published_message_is_taken_with_the_right_patient_or_waits_for_a_stated_reason() {
    let Some(folder) = folder() else { return };
    let all = messages(&folder);
    assert_eq!(all.len(), 219);
    let expected: BTreeMap<&str, &str> = EXPECTED.lines().filter_map(|l| l.split_once(',')).collect();
    let all: Vec<(&String, &Vec<u8>)> = all.iter().collect();
    let (mut found, mut wrong) = outcomes(&all, &expected);
    wrong.sort();
    if !wrong.is_empty() {
        // For whoever changes the rules on purpose: the table as it would be.
        let to = std::env::temp_dir().join("hl7_expected.csv");
        fs::write(&to, std::mem::take(&mut found)).expect("written");
        panic!("{} differ:\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// Brings each message into a clinic of its own: the table as it is found, and what differs.
fn outcomes(all: &[(&String, &Vec<u8>)], expected: &BTreeMap<&str, &str>) -> (String, Vec<String>) {
    let mut found = String::new();
    let mut wrong = Vec::new();
    for (name, bytes) in all {
        let clinic = TestClinic::new();
        let session = clinic.sign_in(&STAFF);
        fs::write(clinic.place().join("one.hl7"), bytes).expect("written");
        let entry = session.entry("Test place", &["one.hl7"]);
        let job = session.ask("import_messages", json!({ "entry_id": entry })).map(|j| session.finish(&j));
        let report = job.expect("a job")["report"].clone();
        let listed = session
            .ask("list_messages", json!({ "state": null, "limit": 10, "offset": 0 }))
            .expect("messages");
        let row = &listed["messages"][0];
        assert_eq!(listed["messages"].as_array().map(Vec::len), Some(1), "{name}: {report}");
        let people =
            session.ask("find_patients", json!({ "text": "", "limit": 5, "offset": 0 })).expect("patients");
        let outcome = if row["state"] == "taken" {
            let (numbers, names) = plainly(bytes);
            let patient =
                clinic.vault.read(|t| rustcare_vault::table::patient::by_row(t, 1)).expect("a patient");
            let d = &patient.patient.demographics;
            let family = d.name.family.clone().unwrap_or_default();
            let right = people["total"] == 1
                && row["patient"]["patient_id"] == people["patients"][0]["patient_id"]
                && d.identifiers
                    .iter()
                    .any(|i| numbers.contains(&i.value) || !numbers.iter().any(|n| !n.is_empty()))
                && (names.contains(&family) || family.is_empty());
            if !right {
                wrong.push(format!("{name}: another patient"));
            }
            assert_eq!((&report["taken"], &report["rejected"]), (&json!(1), &json!(0)), "{name}");
            "taken".to_owned()
        } else {
            assert_eq!(people["total"], 0, "{name}: nothing of a refused message is in the register");
            assert_eq!(row["state"], "quarantined");
            let raw = clinic.vault.read(|t| rustcare_vault::table::hl7_message::raw(t, 1)).expect("kept");
            assert!(bytes.windows(raw.len()).any(|w| w == raw), "{name}: not byte for byte");
            row["why"]["reason"].as_str().unwrap_or("none").to_owned()
        };
        if expected.get(name.as_str()) != Some(&outcome.as_str()) {
            wrong.push(format!("{name},{outcome}"));
        }
        found.push_str(&format!("{name},{outcome}\n"));
    }
    (found, wrong)
}

#[test]
fn all_of_them_in_one_vault_twice_write_nothing_the_second_time() {
    if folder().is_none() {
        return;
    }
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let entry = session.entry("Data", &["hl7v2"]);
    let bring_in = || {
        let job = session.ask("import_messages", json!({ "entry_id": entry })).expect("started");
        let job = session.finish(&job);
        assert_eq!(job["state"], "done", "{job}");
        job["report"].clone()
    };
    let contents = || {
        clinic
            .vault
            .read(|t| -> Result<Vec<i64>, rustcare_vault::VaultError> {
                ["patient", "resource", "clinical_record", "hl7_message", "patient_history"]
                    .iter()
                    .map(|table| {
                        let sql = format!("SELECT count(*) FROM {table}");
                        Ok(t.query_row(&sql, [], |r| r.get(0)).expect("a count"))
                    })
                    .collect()
            })
            .expect("counts")
    };
    let first = bring_in();
    let count = |report: &Value, key: &str| report[key].as_u64().unwrap_or(0);
    let (taken, refused) = (count(&first, "taken"), count(&first, "rejected"));
    assert!(taken > 40 && taken + refused + count(&first, "already_there") >= 219, "{first}");
    let before = contents();
    let second = bring_in();
    // What waits is said to wait, each time.
    let waiting = |report: &Value| -> usize {
        let all = report["rejections"].as_array().into_iter().flatten();
        all.filter(|r| r["why"]["reason"] != "hl7_older_than_known").count()
    };
    assert_eq!(count(&second, "taken"), 0);
    assert_eq!((waiting(&first), count(&second, "rejected")), (waiting(&second), waiting(&second) as u64));
    assert_eq!(contents(), before);
}

/// A small generator, so that every run changes the same bytes.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

#[test]
fn messages_with_changed_bytes_make_nothing_panic() {
    let Some(folder) = folder() else { return };
    let zone = jiff::tz::TimeZone::UTC;
    let mut dice = Dice(7);
    let mut taken = 0;
    for bytes in messages(&folder).values() {
        for _ in 0..20 {
            let mut changed = bytes.clone();
            for _ in 0..=dice.below(6) {
                let at = dice.below(changed.len());
                match dice.below(4) {
                    0 => changed[at] = b"|^~\\&\r\n\x0b\x1c\"0\xff"[dice.below(12)],
                    1 => drop(changed.remove(at)),
                    2 => changed.truncate(at.max(8)),
                    _ => changed.insert(at, dice.below(256) as u8),
                }
                if changed.is_empty() {
                    break;
                }
            }
            taken += usize::from(look(&changed, &zone).1.is_ok());
        }
    }
    assert!(taken > 500, "most small changes leave a message readable: {taken}");
}
