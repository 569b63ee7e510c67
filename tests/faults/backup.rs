//! A backup gives back the same content, row for row and file for file; one changed byte of it is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustcare_test_support::{RawKeys, model, raw_key};
use rustcare_vault::table::patient::ChangedBy;
use rustcare_vault::{Vault, VaultError, backup};

use crate::import::{import_into, write_bundles};

/// Every row of every table, as text, and every blob.
fn content(vault: &Vault) -> BTreeMap<String, Vec<String>> {
    vault
        .read(|t| {
            let mut tables = BTreeMap::new();
            let mut names = t.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
            let names: Vec<String> = names.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
            for name in names {
                let mut rows = t.prepare(&format!("SELECT * FROM \"{name}\""))?;
                let columns = rows.column_count();
                let mut found = Vec::new();
                let mut rows = rows.query([])?;
                while let Some(row) = rows.next()? {
                    let cells: Vec<String> = (0..columns)
                        .map(|c| row.get_ref(c).map(|v| format!("{v:?}")))
                        .collect::<Result<_, _>>()?;
                    found.push(cells.join("|"));
                }
                tables.insert(name, found);
            }
            Ok::<_, VaultError>(tables)
        })
        .expect("the tables are read")
}

#[test]
fn a_restored_backup_is_the_same_and_a_changed_one_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    let keys = RawKeys::random().expect("keys");
    write_bundles(&path("bundles"), 40);
    import_into(&path("vault"), &path("bundles"), &keys, &|_| {}, &AtomicBool::new(false));
    let vault = raw_key::open(&path("vault"), &keys).expect("opened");
    let blob = vault.blobs().write(&vec![7; 200_000]).expect("a blob");
    std::fs::create_dir_all(path("stick")).expect("folder");
    let made = backup::make(&vault, &path("stick"), &|_, _| {}).expect("a backup");
    let before = content(&vault);
    assert!(before["patient"].len() == 40 && !before["audit_entry"].is_empty());
    drop(vault);

    backup::restore(&made.file, &path("restored")).expect("restored");
    let restored = raw_key::open(&path("restored"), &keys).expect("opened");
    assert_eq!(content(&restored), before);
    assert_eq!(restored.blobs().read(blob).expect("the blob"), vec![7; 200_000]);
    assert_eq!(restored.verify_audit().expect("read").0.first_bad, None);

    let whole = std::fs::read(&made.file).expect("read");
    let refused = |bytes: &[u8], what: &str| {
        let bad = path("bad.rcbackup");
        std::fs::write(&bad, bytes).expect("written");
        let target = path("never");
        assert!(backup::restore(&bad, &target).is_err(), "{what}");
        assert!(is_empty(&target), "{what} left something");
    };
    for at in (0..whole.len()).step_by(whole.len() / 61) {
        let mut bad = whole.clone();
        bad[at] ^= 4;
        refused(&bad, &format!("byte {at}"));
    }
    refused(&whole[..whole.len() - 1], "a cut tail");
    refused(&whole[..whole.len() / 2], "half of it");
    refused(b"", "an empty file");
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().map_or(true, |mut d| d.next().is_none())
}

/// Writes one patient and acknowledges it with a number that only rises.
fn register(vault: &Vault, n: usize) {
    try_register(vault, n).expect("registered");
    vault.checkpoint(false).expect("a checkpoint");
}

/// One patient with its entry, in one transaction.
///
/// # Errors
/// The vault's own.
pub fn try_register(vault: &Vault, n: usize) -> Result<(), VaultError> {
    let mrn = model::Mrn::issue("RC", n as u64 + 1).expect("a number");
    let patient = model::patient_named(mrn, "Given", "Family", n);
    vault.write(|t| {
        let at = rustcare_vault::vault::timestamp();
        let by = ChangedBy { at: &at, person: "tester", role: "front_desk" };
        rustcare_vault::table::patient::insert(t, &patient, None, by)?;
        let entry = rustcare_vault::AuditEntry {
            at: at.clone(),
            person: "tester".into(),
            role: "front_desk".into(),
            action: "register_patient".into(),
            subject: None,
            outcome: rustcare_vault::Outcome::Done,
            details: None,
        };
        vault.record(t, &entry)
    })
}

#[test]
fn a_backup_that_is_made_while_people_work_is_of_one_moment() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    let keys = RawKeys::random().expect("keys");
    let vault = raw_key::create(&path("vault"), &keys).expect("a vault");
    std::fs::create_dir_all(path("stick")).expect("folder");
    let stop = AtomicBool::new(false);
    let done = AtomicUsize::new(0);
    let moments = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                register(&vault, done.load(Ordering::SeqCst));
                done.fetch_add(1, Ordering::SeqCst);
            }
        });
        let mut moments = Vec::new();
        for n in 1..=6 {
            while done.load(Ordering::SeqCst) < n * 60 {
                std::thread::yield_now();
            }
            let before = done.load(Ordering::SeqCst);
            let made = backup::make(&vault, &path("stick"), &|_, _| {}).expect("a backup");
            moments.push((before, made.file, done.load(Ordering::SeqCst)));
        }
        stop.store(true, Ordering::SeqCst);
        moments
    });
    drop(vault);
    assert!(moments.iter().any(|(before, _, after)| after > before), "nobody worked meanwhile");
    for (n, (before, file, after)) in moments.into_iter().enumerate() {
        let target = path(&format!("restored{n}"));
        backup::restore(&file, &target).expect("restored");
        // It opens, so its header, checkpoints and database fit together; one entry belongs to each patient.
        let restored = raw_key::open(&target, &keys).expect("opened");
        assert_eq!(restored.verify_audit().expect("read").0.first_bad, None);
        let content = content(&restored);
        assert_eq!(content["patient"].len(), content["audit_entry"].len());
        let there = content["patient"].len();
        assert!((before..=after + 1).contains(&there), "{before} before, {there} in it, {after} after");
    }
}

const RESTORING: &str = "RUSTCARE_TEST_RESTORING";

/// The child: restores. Without its variable it has nothing to do.
#[test]
fn the_child_restores() {
    let Ok(said) = std::env::var(RESTORING) else { return };
    let (file, target) = said.split_once(':').expect("two paths");
    backup::restore(Path::new(file), Path::new(target)).expect("restored");
}

#[test]
fn a_restore_that_is_killed_leaves_no_half_vault_and_can_be_done_again() {
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str| folder.path().join(name);
    let keys = RawKeys::random().expect("keys");
    let vault = raw_key::create(&path("vault"), &keys).expect("a vault");
    for n in 0..40 {
        vault.blobs().write(&vec![n; 1 << 20]).expect("a blob");
    }
    register(&vault, 0);
    std::fs::create_dir_all(path("stick")).expect("folder");
    let made = backup::make(&vault, &path("stick"), &|_, _| {}).expect("a backup");
    drop(vault);
    let target = path("restored");
    let (mut cut, mut wait) = (0, std::time::Duration::from_millis(40));
    for _ in 0..25 {
        let mut child = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args(["backup::the_child_restores", "--exact"])
            .env(RESTORING, format!("{}:{}", made.file.display(), target.display()))
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the child starts");
        std::thread::sleep(wait);
        let _ = child.kill();
        let _ = child.wait();
        if target.exists() {
            // It came to its end: then it is whole, and the next one is killed earlier.
            assert!(raw_key::open(&target, &keys).is_ok(), "half a vault");
            std::fs::remove_dir_all(&target).expect("removed");
            wait = wait.mul_f64(0.7);
        } else {
            cut += usize::from(path("restored.restoring").exists());
            wait = wait.mul_f64(1.25);
        }
    }
    println!("{cut} of 25 restores were cut off half way");
    assert!(cut >= 3, "no restore was cut off half way");
    backup::restore(&made.file, &target).expect("restored over what a killed one left");
    assert!(!path("restored.restoring").exists());
    assert_eq!(content(&raw_key::open(&target, &keys).expect("opened"))["patient"].len(), 1);
}
