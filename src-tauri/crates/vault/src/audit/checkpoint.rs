//! Signed checkpoints, kept outside the database: so many entries, ending in this hash, at this time.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::error::{VaultError, VaultResult};
use crate::header::{decode_exact, encode};

/// Name of the file in the vault's folder.
pub const FILE_NAME: &str = "checkpoints.ndjson";
/// Entries between two checkpoints while somebody works; one more is made at lock.
pub const EVERY: i64 = 64;

/// One checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Entries in the trail.
    pub entries: i64,
    /// Hash of the last one, base64.
    pub tip: String,
    /// UTC, RFC 3339.
    pub at: String,
    /// Ed25519 over `entries`, `tip` and `at`, base64.
    pub signature: String,
}

fn signed_bytes(entries: i64, tip: &str, at: &str) -> Vec<u8> {
    format!("rustcare/checkpoint/v1\n{entries}\n{tip}\n{at}").into_bytes()
}

impl Checkpoint {
    /// Signs the state of the trail.
    pub fn sign(key: &SigningKey, entries: i64, tip: &[u8; 32], at: String) -> Self {
        let tip = encode(tip);
        let signature = encode(&key.sign(&signed_bytes(entries, &tip, &at)).to_bytes());
        Self { entries, tip, at, signature }
    }

    /// Whether the signature fits.
    pub fn is_genuine(&self, key: &VerifyingKey) -> bool {
        decode_exact(&self.signature).is_ok_and(|bytes| {
            key.verify(&signed_bytes(self.entries, &self.tip, &self.at), &Signature::from_bytes(&bytes))
                .is_ok()
        })
    }

    /// Appends it to the vault's checkpoints, durable before it returns.
    ///
    /// # Errors
    /// [`VaultError::Io`], [`VaultError::Full`].
    pub fn append(&self, vault: &Path) -> VaultResult<()> {
        let mut line =
            serde_json::to_vec(self).map_err(|_| VaultError::Damaged("a checkpoint cannot be written"))?;
        line.push(b'\n');
        mend_torn_end(vault)?;
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(vault.join(FILE_NAME))
            .and_then(|mut file| file.write_all(&line).and_then(|()| file.sync_data()))
            .map_err(VaultError::io("write a checkpoint"))
    }
}

/// Cuts a line off that power loss tore, so that the next one begins on a line of its own.
fn mend_torn_end(vault: &Path) -> VaultResult<()> {
    let path = vault.join(FILE_NAME);
    let Ok(bytes) = fs::read(&path) else { return Ok(()) };
    if bytes.last().is_none_or(|b| *b == b'\n') {
        return Ok(());
    }
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let file = OpenOptions::new().write(true).open(&path).map_err(VaultError::io("mend the checkpoints"))?;
    file.set_len(whole as u64).and_then(|()| file.sync_data()).map_err(VaultError::io("mend the checkpoints"))
}

/// All checkpoints. A torn last line (power loss while appending) is passed over; any other unreadable line is damage.
///
/// # Errors
/// [`VaultError::TrailBroken`].
pub fn read_all(vault: &Path) -> VaultResult<Vec<Checkpoint>> {
    let text = fs::read_to_string(vault.join(FILE_NAME)).unwrap_or_default();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut checkpoints = Vec::with_capacity(lines.len());
    for line in &lines {
        match serde_json::from_str(line) {
            Ok(checkpoint) => checkpoints.push(checkpoint),
            Err(_) if !line.ends_with('\n') => {}
            Err(_) => return Err(VaultError::TrailBroken),
        }
    }
    Ok(checkpoints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_cut_off_and_the_next_one_stands_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::from_bytes(&[9; 32]);
        let checkpoint = |n| Checkpoint::sign(&key, n, &[n as u8; 32], "2026-11-24T10:00:00Z".into());
        checkpoint(1).append(folder.path()).unwrap();
        checkpoint(2).append(folder.path()).unwrap();
        let path = folder.path().join(FILE_NAME);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
        assert_eq!(read_all(folder.path()).unwrap().len(), 1);
        checkpoint(3).append(folder.path()).unwrap();
        let entries: Vec<i64> = read_all(folder.path()).unwrap().iter().map(|c| c.entries).collect();
        assert_eq!(entries, [1, 3]);
    }
}
