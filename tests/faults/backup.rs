//! A backup gives back the same content, row for row and file for file; one changed byte of it is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use rustcare_test_support::{RawKeys, raw_key};
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
