//! A disk that runs full in the middle of an import: said so, nothing acknowledged lost, and work goes on with room.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustcare_test_support::exchange::{ImportError, Moment};
use rustcare_test_support::{RawKeys, raw_key};
use rustcare_vault::VaultError;

use crate::backup::try_register;
use crate::import::{try_import_into, whole_patients, write_bundles};

const PATIENTS: usize = 1_500;
const DISK: &str = "RUSTCARE_TEST_SMALL_DISK";

/// The child, in a mount namespace of its own with a small disk. Without its variable it has nothing to do.
#[test]
fn the_child_fills_its_disk() {
    let Ok(folder) = std::env::var(DISK) else { return };
    let folder = Path::new(&folder);
    let (small, source) = (folder.join("small"), folder.join("bundles"));
    let vault = small.join("vault");
    let keys = RawKeys::random().expect("keys");
    drop(raw_key::create(&vault, &keys).expect("a vault"));
    // What a person would throw away to make room.
    std::fs::write(small.join("holiday.mp4"), vec![1; 12 << 20]).expect("room for a film");

    let acknowledged = AtomicUsize::new(0);
    let watch = |moment: Moment| {
        if let Moment::Committed(patients) = moment {
            acknowledged.fetch_add(patients, Ordering::SeqCst);
        }
    };
    let go = AtomicBool::new(false);
    let refused = try_import_into(&vault, &source, &keys, &watch, &go);
    assert!(matches!(refused, Err(ImportError::Vault(VaultError::Full))), "{:?}", refused.err());
    let before = whole_patients(&vault, &keys);
    let acknowledged = acknowledged.load(Ordering::SeqCst);
    println!("{acknowledged} acknowledged, {before} there when the disk was full");
    assert!(before >= acknowledged && before < PATIENTS);

    std::fs::remove_file(small.join("holiday.mp4")).expect("room");
    try_import_into(&vault, &source, &keys, &|_| {}, &go).expect("it goes on");
    assert_eq!(whole_patients(&vault, &keys), PATIENTS);
    println!("went on");
}

#[test]
fn a_full_disk_is_named_loses_nothing_and_the_import_goes_on_with_room() {
    let folder = tempfile::tempdir().expect("folder");
    let small = folder.path().join("small");
    std::fs::create_dir_all(&small).expect("folder");
    write_bundles(&folder.path().join("bundles"), PATIENTS);
    let program = std::env::current_exe().expect("this program");
    let script = "mount -t tmpfs -o size=18m tmpfs \"$1\" && echo mounted && exec \"$2\" full::the_child_fills_its_disk --exact --nocapture";
    // Root needs no user namespace, and inside a chroot there is none.
    let own: &[&str] =
        if rustix::process::geteuid().is_root() { &["--mount"] } else { &["--mount", "--map-root-user"] };
    let output = Command::new("unshare")
        .args(own)
        .args(["sh", "-c", script, "sh"])
        .arg(&small)
        .arg(&program)
        .env(DISK, folder.path())
        .output()
        .expect("unshare is part of every Debian");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if !said.lines().any(|line| line == "mounted") {
        // A chroot or container that may not mount gives no small disk; the test below fills the database everywhere.
        println!("no small disk here: {said}");
        return;
    }
    print!("{said}");
    assert!(output.status.success() && said.contains("went on"), "{said}");
}

#[test]
fn a_database_that_may_not_grow_refuses_whole_acts_and_goes_on_with_room() {
    let folder = tempfile::tempdir().expect("folder");
    let keys = RawKeys::random().expect("keys");
    let vault = raw_key::create(folder.path(), &keys).expect("a vault");
    let limit = |pages: i64| {
        vault
            .write(|t| -> Result<(), VaultError> {
                let now: i64 = t.query_row("PRAGMA page_count", [], |r| r.get(0))?;
                t.query_row(&format!("PRAGMA max_page_count = {}", now + pages), [], |_| Ok(()))?;
                Ok(())
            })
            .expect("a limit");
    };
    limit(20);
    let mut acknowledged = 0;
    let refused = loop {
        match try_register(&vault, acknowledged) {
            Ok(()) => acknowledged += 1,
            Err(refused) => break refused,
        }
        assert!(acknowledged < 5_000, "the limit is no limit");
    };
    assert!(matches!(refused, VaultError::Full), "{refused:?}");
    let counts = || -> (i64, i64) {
        let count = |table: &str| {
            let sql = format!("SELECT count(*) FROM {table}");
            vault.read(|t| Ok::<_, VaultError>(t.query_row(&sql, [], |r| r.get(0))?)).expect("counted")
        };
        (count("patient"), count("audit_entry"))
    };
    // No act without its entry, no entry without its act.
    assert_eq!(counts(), (acknowledged as i64, acknowledged as i64));
    limit(100_000);
    try_register(&vault, acknowledged).expect("it goes on");
    assert_eq!(counts(), (acknowledged as i64 + 1, acknowledged as i64 + 1));
    vault.database().check_pages().expect("every page is whole");
    assert_eq!(vault.verify_audit().expect("read").0.first_bad, None);
}
