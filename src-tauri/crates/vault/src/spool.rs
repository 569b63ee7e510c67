//! Notes sealed to the inbox key while nobody is signed in: anybody can add, only an open vault can read.
//!
//! Refused sign-ins land here and are drained into the audit trail at the next unlock.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::audit::AuditEntry;
use crate::error::{VaultError, VaultResult};
use crate::sealing::{self, KeyPair};

const FOLDER: &str = "spool";
const MOST_NOTES: usize = 10_000;

fn folder(vault: &Path) -> PathBuf {
    vault.join(FOLDER)
}

/// Adds a sealed entry and acknowledges after fsync.
///
/// # Errors
/// [`VaultError::Io`], [`VaultError::Full`].
pub fn add(vault: &Path, inbox_key: &[u8; 32], entry: &AuditEntry) -> VaultResult<()> {
    let folder = folder(vault);
    fs::create_dir_all(&folder).map_err(VaultError::io("create the spool"))?;
    if fs::read_dir(&folder).map_err(VaultError::io("read the spool"))?.count() >= MOST_NOTES {
        return Ok(()); // a flood of refusals must not fill the disk; the first ten thousand tell the story
    }
    let clear = serde_json::to_vec(entry).map_err(|_| VaultError::Damaged("a note cannot be written"))?;
    let sealed = sealing::seal_to(inbox_key, b"spool", &clear)?;
    let name = format!("{}.note", uuid::Uuid::now_v7());
    let mut file = fs::File::create(folder.join(name)).map_err(VaultError::io("write a note"))?;
    file.write_all(&sealed).and_then(|()| file.sync_all()).map_err(VaultError::io("write a note"))
}

/// The notes that wait, oldest first, each with the file to remove once it is in the trail.
///
/// # Errors
/// [`VaultError::Io`].
pub fn waiting(vault: &Path, inbox: &KeyPair) -> VaultResult<Vec<(PathBuf, Option<AuditEntry>)>> {
    let Ok(listing) = fs::read_dir(folder(vault)) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = listing
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|x| x == "note"))
        .collect();
    paths.sort();
    Ok(paths
        .into_iter()
        .map(|path| {
            let entry = fs::read(&path)
                .ok()
                .and_then(|sealed| inbox.open(b"spool", &sealed).ok())
                .and_then(|clear| serde_json::from_slice(&clear).ok());
            (path, entry)
        })
        .collect())
}
