//! Exports whose program died: what they left on the disk is taken away when the vault is next opened, and told in the trail.
//!
//! The places are kept in the encrypted database from before the first byte until the export has ended, however it ends.

use std::fs;
use std::path::{Path, PathBuf};

use rustcare_vault::table::setting;
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultResult};
use serde::{Deserialize, Serialize};

/// The setting's key.
const KEY: &str = "unfinished_exports";

/// Where an export writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Unfinished {
    job_id: String,
    folder: PathBuf,
    /// The names that its files will have.
    files: Vec<String>,
}

fn change(vault: &Vault, change: impl FnOnce(&mut Vec<Unfinished>)) -> VaultResult<()> {
    vault.write(|t| {
        let mut all: Vec<Unfinished> =
            setting::get(t, KEY)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        change(&mut all);
        match serde_json::to_string(&all) {
            Ok(text) if !all.is_empty() => setting::put(t, KEY, &text),
            _ => setting::remove(t, KEY),
        }
    })
}

/// Notes where an export is about to write.
///
/// # Errors
/// Database errors.
pub(crate) fn note(vault: &Vault, job_id: &str, folder: &Path, files: Vec<String>) -> VaultResult<()> {
    let one = Unfinished { job_id: job_id.to_owned(), folder: folder.to_owned(), files };
    change(vault, |all| all.push(one))
}

/// Forgets an export that has ended.
///
/// # Errors
/// Database errors.
pub(crate) fn forget(vault: &Vault, job_id: &str) -> VaultResult<()> {
    change(vault, |all| all.retain(|one| one.job_id != job_id))
}

/// Takes away what exports left whose program died. A file that had its name already is whole and stays; the entry says so. A
/// disc that is not there now is looked at the next time.
///
/// # Errors
/// Database errors.
pub(crate) fn take_away(vault: &Vault) -> VaultResult<()> {
    let kept = vault.read(|t| setting::get(t, KEY))?;
    let all: Vec<Unfinished> = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    for one in all.iter().filter(|one| one.folder.is_dir()) {
        let mut whole = 0;
        for file in &one.files {
            let path = one.folder.join(file);
            let _ = fs::remove_file(one.folder.join(format!("{file}.part")));
            match fs::metadata(&path) {
                // Only the empty file that holds the name.
                Ok(there) if there.len() == 0 => {
                    let _ = fs::remove_file(&path);
                }
                Ok(_) => whole += 1,
                Err(_) => {}
            }
        }
        let details = match whole {
            0 => "cut off: its unfinished files were removed".to_owned(),
            n => format!("cut off: {n} of its files were whole and are still there"),
        };
        let entry = AuditEntry {
            at: rustcare_vault::vault::timestamp(),
            person: "-".to_owned(),
            role: "-".to_owned(),
            action: "export_records".to_owned(),
            subject: Some(one.job_id.clone()),
            outcome: Outcome::Failed,
            details: Some(details),
        };
        vault.write(|t| vault.record(t, &entry))?;
        forget(vault, &one.job_id)?;
    }
    Ok(())
}
