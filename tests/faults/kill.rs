//! `kill -9` during an import, fifty times: no acknowledged patient lost, no half patient, the vault opens, the chain
//! verifies. And the control: a child that acknowledges before its commit is caught.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustcare_test_support::exchange::Moment;
use rustcare_test_support::model::DocumentKind;
use rustcare_test_support::{RawKeys, keys_from_file, keys_to_file, raw_key};
use rustcare_vault::table::document::{self, MediaType, NewDocument};
use rustcare_vault::table::patient::ChangedBy;

use crate::import::{import_into, whole_patients, write_bundles};

const PATIENTS: usize = 2_000;
/// What a child is told: vault, source and keys.
pub const CHILD: &str = "RUSTCARE_TEST_CHILD";

/// The child: imports and says on standard output what it has acknowledged. Without its variable it has nothing to do.
#[test]
fn the_child_imports() {
    let Ok(said) = std::env::var(CHILD) else { return };
    let parts: Vec<&Path> = said.split(':').map(Path::new).collect();
    let early = std::env::var("RUSTCARE_TEST_EARLY").is_ok_and(|e| !e.is_empty());
    let acknowledged = AtomicUsize::new(0);
    let say = |word: &str, count: usize| {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{word} {count}").and_then(|()| out.flush());
    };
    let watch = |moment: Moment| match moment {
        Moment::Begun => say("begun", 0),
        // The lie: patients are promised that a kill in this moment loses.
        Moment::Written if early => say("acknowledged", acknowledged.load(Ordering::SeqCst) + 50),
        Moment::Written => {}
        Moment::Committed(patients) => {
            say("acknowledged", acknowledged.fetch_add(patients, Ordering::SeqCst) + patients)
        }
    };
    import_into(parts[0], parts[1], &keys_from_file(parts[2]), &watch, &AtomicBool::new(false));
    say("ended", 0);
}

/// Where the child was when it was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// Nothing had begun.
    BeforeTheFirst,
    /// A transaction had begun.
    InsideATransaction,
    /// What had begun was acknowledged.
    Between,
    /// It was done.
    Ended,
}

/// A killed child.
pub struct Killed {
    /// Where it was.
    pub point: Point,
    /// What it had acknowledged.
    pub acknowledged: usize,
}

fn kill_after(vault: &Path, source: &Path, keys: &Path, early: bool, after: Duration) -> Killed {
    kill_child("kill::the_child_imports", (vault, source, keys), early, after)
}

/// Starts a child, which is the test of that name, and kills it `after` its first transaction began.
///
/// # Panics
/// When it does not start.
pub fn kill_child(
    entry: &str,
    (vault, source, keys): (&Path, &Path, &Path),
    early: bool,
    after: Duration,
) -> Killed {
    // The child is this very program, told to run its one entry.
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args([entry, "--exact", "--nocapture"])
        .env(CHILD, [vault, source, keys].map(|p| p.to_string_lossy()).join(":"))
        .env("RUSTCARE_TEST_EARLY", if early { "1" } else { "" })
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("the child starts");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let (begun, first) = std::sync::mpsc::channel();
    let lines = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for line in out.lines().map_while(Result::ok) {
            if line.starts_with("begun") {
                let _ = begun.send(());
            }
            seen.push(line);
        }
        seen
    });
    let _ = first.recv_timeout(Duration::from_secs(60));
    let deadline = Instant::now() + after;
    while Instant::now() < deadline && child.try_wait().is_ok_and(|ended| ended.is_none()) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    let _ = child.wait();
    let mut killed = Killed { point: Point::BeforeTheFirst, acknowledged: 0 };
    for line in lines.join().expect("its lines") {
        let (word, count) = line.split_once(' ').unwrap_or((&line, "0"));
        match word {
            "begun" => killed.point = Point::InsideATransaction,
            "acknowledged" => {
                killed.point = Point::Between;
                killed.acknowledged = count.parse().unwrap_or(0);
            }
            "ended" => killed.point = Point::Ended,
            _ => {}
        }
    }
    killed
}

#[test]
fn fifty_kills_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("folder");
    let (source, keys_file) = (folder.path().join("bundles"), folder.path().join("keys"));
    write_bundles(&source, PATIENTS);
    let keys = RawKeys::random().expect("keys");
    keys_to_file(&keys, &keys_file);
    let unkilled =
        kill_after(&folder.path().join("whole"), &source, &keys_file, false, Duration::from_secs(60));
    assert_eq!(
        (unkilled.point, unkilled.acknowledged),
        (Point::Ended, PATIENTS),
        "the import itself must end"
    );

    let mut points = std::collections::BTreeMap::new();
    let mut duration = Duration::from_millis(700);
    for n in 0..50_u64 {
        let vault = folder.path().join(format!("vault{n}"));
        drop(raw_key::create(&vault, &keys).expect("a vault"));
        // Spread over the import's length by the golden ratio: every part of it is hit, none twice.
        let share = (n as f64 * 0.618_033_988_749_895).fract();
        let killed = kill_after(&vault, &source, &keys_file, false, duration.mul_f64(share));
        *points.entry(killed.point).or_insert(0) += 1;
        if killed.point == Point::Ended {
            duration = duration.mul_f64(0.85);
        } else if killed.point == Point::BeforeTheFirst {
            duration = duration.mul_f64(1.1);
        }
        let there = whole_patients(&vault, &keys);
        assert!(
            there >= killed.acknowledged,
            "kill {n}: {} acknowledged, {there} there",
            killed.acknowledged
        );
        std::fs::remove_dir_all(vault).expect("removed");
    }
    println!("kill points of 50: {points:?}");
    let inside = points.get(&Point::InsideATransaction).copied().unwrap_or(0);
    assert!(inside >= 15, "only {inside} of 50 kills hit a transaction: {points:?}");
}

#[test]
fn a_child_that_acknowledges_before_its_commit_is_caught() {
    let folder = tempfile::tempdir().expect("folder");
    let (source, keys_file) = (folder.path().join("bundles"), folder.path().join("keys"));
    write_bundles(&source, PATIENTS);
    let keys = RawKeys::random().expect("keys");
    keys_to_file(&keys, &keys_file);
    let mut caught = 0;
    for n in 0..60_u64 {
        let vault = folder.path().join(format!("vault{n}"));
        drop(raw_key::create(&vault, &keys).expect("a vault"));
        let killed = kill_after(&vault, &source, &keys_file, true, Duration::from_millis(n * 13));
        if whole_patients(&vault, &keys) < killed.acknowledged {
            caught += 1;
            break;
        }
        std::fs::remove_dir_all(vault).expect("removed");
    }
    assert!(caught > 0, "the kill test would not notice a lie");
}

/// A copy of an open vault is what a crash leaves: its write-ahead log was not emptied.
fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in from.read_dir().expect("listed").map(|e| e.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn a_file_without_its_row_goes_at_the_opening_after_a_crash_and_no_other_file_does() {
    let folder = tempfile::tempdir().expect("folder");
    let (live, crashed) = (folder.path().join("live"), folder.path().join("crashed"));
    let keys = RawKeys::random().expect("keys");
    let vault = raw_key::create(&live, &keys).expect("a vault");
    crate::backup::try_register(&vault, 0).expect("registered");
    let named = vault.blobs().write(b"of a row").expect("written");
    let new = NewDocument {
        patient: 1,
        kind: DocumentKind::Consent,
        title: "",
        date: None,
        media_type: MediaType::Pdf,
        bytes: 8,
        content_hash: &[7; 32],
        blob: named,
        thumbnail: None,
    };
    let by = ChangedBy { at: "2026-11-27T10:00:00Z", person: "tester", role: "front_desk" };
    vault.write(|t| document::insert(t, &new, by)).expect("a row");
    let unnamed = vault.blobs().write(b"of no row").expect("written");
    copy_folder(&live, &crashed);

    let opened = raw_key::open(&crashed, &keys).expect("opened");
    assert_eq!(opened.blobs().read(named).expect("kept"), b"of a row");
    assert!(opened.blobs().read(unnamed).is_err(), "removed");
    drop(vault);
    let closed = raw_key::open(&live, &keys).expect("opened");
    assert!(closed.blobs().read(unnamed).is_ok(), "a vault that was closed is not searched");
}
