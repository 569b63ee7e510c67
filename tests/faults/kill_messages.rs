//! `kill -9` while HL7 messages are taken: each message is wholly there with its answer and its entry in the trail, or not at all,
//! and sending all of them again ends in the register that no kill would have left.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use rustcare_test_support::exchange::ImportContext;
use rustcare_test_support::exchange::hl7::files::import_messages;
use rustcare_test_support::exchange::hl7::receive::MergeRefused;
use rustcare_test_support::{RawKeys, keys_from_file, keys_to_file, raw_key};
use rustcare_vault::{Vault, VaultError};

use crate::kill::{CHILD, Point, kill_child};

/// Patients of the file, each with an admission, results and a change of address.
const PATIENTS: usize = 40;
/// Results of one message; one less is half a message.
const RESULTS: usize = 6;
/// Every so many patients one message is refused: what waits is kept whole too.
const EVERY_REFUSED: usize = 8;

fn message(kind: &str, id: usize, patient: usize, birth: &str, rest: &str) -> String {
    format!(
        "MSH|^~\\&|HIS|NORTH|EMR|CLINIC|20260301120000+0000||{kind}|{id}|P|2.5\r\
         PID|1||P{patient}^^^NORTH^MR||Family{patient}^Given||{birth}|F|||{rest}\r"
    )
}

/// One file of messages, in their order.
fn write_messages(folder: &Path) {
    let mut text = String::new();
    let mut next = 0;
    let mut id = || {
        next += 1;
        next
    };
    for patient in 0..PATIENTS {
        let birth = "19800101";
        text += &message("ADT^A01", id(), patient, birth, "^^Old Town");
        text += &format!("PV1|1|I|W1|||||||||||||||||{}\r", format_args!("V{patient}^^^NORTH"));
        text += &message("ORU^R01", id(), patient, birth, "");
        text += &format!("OBR|1|O{patient}|F{patient}|8867-4^Heart rate^LN|||20260301080000\r");
        for n in 0..RESULTS {
            text += &format!("OBX|{n}|NM|8867-4^Heart rate^LN||{}|/min|||||F|||2026030108{n:02}00\r", 60 + n);
        }
        text += &message("ADT^A08", id(), patient, birth, "^^New Town");
        if patient % EVERY_REFUSED == 0 {
            text += &message("ADT^A08", id(), patient, "ayer", "");
        }
    }
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("messages.hl7"), text).expect("the messages");
}

/// Takes the messages in; `written` is told inside each transaction, `taken` when a message is done with.
fn take(vault: &Arc<Vault>, source: &Path, written: &(dyn Fn() + Sync), taken: &(dyn Fn() + Sync)) {
    let record = |t: &rusqlite::Transaction<'_>, said: &str| {
        let entry = rustcare_vault::AuditEntry {
            at: rustcare_vault::vault::timestamp(),
            person: "tester".into(),
            role: "front_desk".into(),
            action: "import_messages".into(),
            subject: None,
            outcome: rustcare_vault::Outcome::Done,
            details: Some(said.to_owned()),
        };
        vault.record(t, &entry)?;
        written();
        Ok(())
    };
    let context = ImportContext {
        vault,
        phone_region: "US".into(),
        today: jiff::civil::date(2026, 11, 24),
        mrn_prefix: "RC".into(),
        mrn_first: 1,
        secrets: None,
        person: "tester".into(),
        role: "front_desk".into(),
        job: "kill".into(),
        on_commit: &record,
        watch: &|_| {},
        progress: &|done| {
            // The end of the file is told too, and is no message.
            if done.bytes > 0 && done.files == 0 {
                taken();
            }
        },
        cancel: &AtomicBool::new(false),
    };
    let no_merge = |_: &rusqlite::Transaction<'_>, _: i64, _: i64| Err(MergeRefused::NotPermitted);
    import_messages(&[source.to_owned()], &TimeZone::UTC, &no_merge, &context).expect("taken");
}

/// The child. Without its variable it has nothing to do.
#[test]
fn the_child_takes_messages() {
    let Ok(said) = std::env::var(CHILD) else { return };
    let parts: Vec<&Path> = said.split(':').map(Path::new).collect();
    let vault = raw_key::open(parts[0], &keys_from_file(parts[2])).expect("a vault");
    let early = std::env::var("RUSTCARE_TEST_EARLY").is_ok_and(|e| !e.is_empty());
    let acknowledged = AtomicUsize::new(0);
    let say = |word: &str, count: usize| {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{word} {count}").and_then(|()| out.flush());
    };
    let written = || {
        say("begun", 0);
        if early {
            // The lie: a message is promised that a kill in this moment loses.
            say("acknowledged", acknowledged.load(Ordering::SeqCst) + 1);
        }
    };
    let taken = || say("acknowledged", acknowledged.fetch_add(1, Ordering::SeqCst) + 1);
    take(&vault, parts[1], &written, &taken);
    say("ended", 0);
}

fn rows<T: std::fmt::Debug>(
    vault: &Vault,
    sql: &str,
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    vault
        .read(|t| {
            let mut statement = t.prepare(sql)?;
            let rows = statement.query_map([], |r| read(r))?;
            Ok::<_, VaultError>(rows.collect::<Result<_, _>>()?)
        })
        .expect("read")
}

/// Messages that are there, after checking that each is whole.
fn whole_messages(folder: &Path, keys: &RawKeys) -> usize {
    let vault = raw_key::open(folder, keys).expect("the vault opens");
    vault.database().check_pages().expect("every page is whole");
    let (verdict, _) = vault.verify_audit().expect("the trail is read");
    assert_eq!(verdict.first_bad, None, "the chain verifies");
    let messages: Vec<(String, String, bool)> =
        rows(&vault, "SELECT kind, state, ack IS NOT NULL FROM hl7_message ORDER BY message", |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        });
    assert!(messages.iter().all(|(.., has_answer)| *has_answer), "a message without its answer");
    let entries = rows(&vault, "SELECT count(*) FROM audit_entry WHERE action = 'import_messages'", |r| {
        r.get::<_, i64>(0).map(|n| n as usize)
    });
    assert_eq!(entries, [messages.len()], "each has its entry");
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, state, _) in &messages {
        if state == "taken" {
            *kinds.entry(kind).or_insert(0) += 1;
        }
    }
    let of = |kind: &str| kinds.get(kind).copied().unwrap_or(0);
    // What each kind of message made is there as often as the message is: nothing of one that is not.
    let count = |sql: &str| rows(&vault, sql, |r| r.get::<_, i64>(0).map(|n| n as usize))[0];
    assert_eq!(count("SELECT count(*) FROM patient"), of("ADT^A01"));
    assert_eq!(count("SELECT count(*) FROM resource WHERE resource_type = 'Encounter'"), of("ADT^A01"));
    assert_eq!(
        count("SELECT count(*) FROM resource WHERE resource_type = 'DiagnosticReport'"),
        of("ORU^R01")
    );
    let results = count("SELECT count(*) FROM resource WHERE resource_type = 'Observation'");
    assert_eq!(results, of("ORU^R01") * RESULTS, "half a message");
    assert_eq!(count("SELECT count(*) FROM patient WHERE demographics LIKE '%New Town%'"), of("ADT^A08"));
    messages.len()
}

/// What a register holds, without what differs from one making to the next.
fn register(folder: &Path, keys: &RawKeys) -> Vec<String> {
    let vault = raw_key::open(folder, keys).expect("the vault opens");
    let mut all =
        rows(&vault, "SELECT mrn || demographics || version FROM patient", |r| r.get::<_, String>(0));
    all.extend(rows(
        &vault,
        "SELECT resource_type || ' ' || resource_id || ' ' || p.mrn || hex(content_hash) FROM resource JOIN patient p USING (patient)",
        |r| r.get::<_, String>(0),
    ));
    all.extend(rows(
        &vault,
        "SELECT 'record ' || kind || ' ' || source_id || ' ' || patient FROM clinical_record",
        |r| r.get::<_, String>(0),
    ));
    all.extend(rows(
        &vault,
        "SELECT 'message ' || control_id || ' ' || state || ' ' || coalesce(ack_code, '') || coalesce(patient_id, '') FROM hl7_message",
        |r| r.get::<_, String>(0),
    ));
    all.sort();
    all
}

#[test]
fn a_kill_leaves_each_message_whole_and_sending_again_ends_as_if_there_had_been_none() {
    let folder = tempfile::tempdir().expect("folder");
    let (source, keys_file) = (folder.path().join("source"), folder.path().join("keys"));
    write_messages(&source);
    let keys = RawKeys::random().expect("keys");
    keys_to_file(&keys, &keys_file);
    let entry = "kill_messages::the_child_takes_messages";
    let unkilled = folder.path().join("whole");
    drop(raw_key::create(&unkilled, &keys).expect("a vault"));
    let begun = Instant::now();
    let ended = kill_child(entry, (&unkilled, &source, &keys_file), false, Duration::from_secs(120));
    let mut duration = begun.elapsed();
    assert_eq!(ended.point, Point::Ended, "taking them must end");
    let all = PATIENTS * 3 + PATIENTS.div_ceil(EVERY_REFUSED);
    assert_eq!(whole_messages(&unkilled, &keys), all);
    let expected = register(&unkilled, &keys);

    let mut points = BTreeMap::new();
    for n in 0..12_u64 {
        let vault = folder.path().join(format!("vault{n}"));
        drop(raw_key::create(&vault, &keys).expect("a vault"));
        let share = (n as f64 * 0.618_033_988_749_895).fract();
        let killed = kill_child(entry, (&vault, &source, &keys_file), false, duration.mul_f64(share));
        *points.entry(killed.point).or_insert(0) += 1;
        if killed.point == Point::Ended {
            duration = duration.mul_f64(0.8);
        }
        let there = whole_messages(&vault, &keys);
        assert!(
            there >= killed.acknowledged,
            "kill {n}: {} acknowledged, {there} there",
            killed.acknowledged
        );
        // Whoever got no answer sends again; what has one is answered as before.
        let open = raw_key::open(&vault, &keys).expect("the vault opens");
        take(&open, &source, &|| {}, &|| {});
        drop(open);
        assert_eq!(register(&vault, &keys), expected, "kill {n}, {there} of {all} messages were there");
        std::fs::remove_dir_all(vault).expect("removed");
    }
    println!("kill points of 12: {points:?}");
    let hit: i32 = points.iter().filter(|(point, _)| **point != Point::Ended).map(|(_, count)| count).sum();
    assert!(hit >= 6, "only {hit} of 12 kills came before the end: {points:?}");
}

#[test]
fn a_child_that_promises_a_message_before_its_commit_is_caught() {
    let folder = tempfile::tempdir().expect("folder");
    let (source, keys_file) = (folder.path().join("source"), folder.path().join("keys"));
    write_messages(&source);
    let keys = RawKeys::random().expect("keys");
    keys_to_file(&keys, &keys_file);
    let caught = (0..80_u64).any(|n| {
        let vault = folder.path().join(format!("vault{n}"));
        drop(raw_key::create(&vault, &keys).expect("a vault"));
        let entry = "kill_messages::the_child_takes_messages";
        let killed = kill_child(entry, (&vault, &source, &keys_file), true, Duration::from_millis(n * 7));
        let is_caught = whole_messages(&vault, &keys) < killed.acknowledged;
        std::fs::remove_dir_all(vault).expect("removed");
        is_caught
    });
    assert!(caught, "the kill test would not notice a lie");
}
