//! The open vault's trail: entries appended, checkpoints signed, the whole verified and written out.

use std::fs;

use rusqlite::Transaction;

use crate::audit::{AuditEntry, Verdict, chain, checkpoint};
use crate::error::{VaultError, VaultResult};
use crate::header::decode_exact;
use crate::sealing::KeyPair;
use crate::spool;
use crate::table::setting;
use crate::vault::{Vault, timestamp};

/// Entries at the last checkpoint, so that checkpoints that were taken away are noticed.
const LAST_CHECKPOINT: &str = "last_checkpoint";

impl Vault {
    /// Appends to the trail inside the caller's transaction, so that act and entry commit together.
    ///
    /// # Errors
    /// Database errors.
    pub fn record(&self, transaction: &Transaction<'_>, entry: &AuditEntry) -> VaultResult<()> {
        chain::append(transaction, entry).map(|_| ())
    }

    /// Signs a checkpoint when enough entries came since the last one, or in any case when `now`.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn checkpoint(&self, now: bool) -> VaultResult<()> {
        let mut last = self.last_checkpoint.lock();
        let tip = self.read(|t| chain::tip(t))?;
        if tip.sequence - *last < if now { 1 } else { checkpoint::EVERY } {
            return Ok(());
        }
        checkpoint::Checkpoint::sign(&self.records.audit_signing(), tip.sequence, &tip.hash, timestamp())
            .append(self.folder())?;
        // After the file: a crash in between leaves more checkpoints than the pin knows, which is allowed.
        self.write(|t| setting::put(t, LAST_CHECKPOINT, &tip.sequence.to_string()))?;
        *last = tip.sequence;
        Ok(())
    }

    pub(crate) fn check_last_checkpoint(&self) -> VaultResult<()> {
        let checkpoints = checkpoint::read_all(self.folder())?;
        let pinned = self.read(|t| setting::get(t, LAST_CHECKPOINT))?.and_then(|v| v.parse::<i64>().ok());
        if checkpoints.last().map_or(0, |c| c.entries) < pinned.unwrap_or(0) {
            return Err(VaultError::TrailBroken);
        }
        let Some(last) = checkpoints.last() else {
            return Ok(());
        };
        let key = self.records.audit_signing().verifying_key();
        let there = self.read(|t| chain::range(t, last.entries, last.entries))?;
        let fits = last.is_genuine(&key)
            && (last.entries == 0
                || there.first().is_some_and(|p| decode_exact::<32>(&last.tip).ok() == Some(p.hash)));
        *self.last_checkpoint.lock() = last.entries;
        if fits { Ok(()) } else { Err(VaultError::TrailBroken) }
    }

    /// Verifies the whole trail against every checkpoint.
    ///
    /// # Errors
    /// Database errors; a broken trail is a verdict, not an error.
    pub fn verify_audit(&self) -> VaultResult<(Verdict, Option<String>)> {
        let entries = self.read(|t| chain::range(t, 1, i64::MAX))?;
        let checkpoints = checkpoint::read_all(self.folder())?;
        let key = self.records.audit_signing().verifying_key();
        let last = checkpoints.last().map(|c| c.at.clone());
        let mut verdict = chain::verify(&entries, &checkpoints, &key);
        if checkpoints.last().map_or(0, |c| c.entries) < *self.last_checkpoint.lock() {
            verdict.first_bad.get_or_insert((verdict.entries, "signed checkpoints were taken away"));
        }
        Ok((verdict, last))
    }

    /// Writes trail, checkpoints and public key as NDJSON, for `rustcare-verify`.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn export_audit(&self, to: &mut impl std::io::Write) -> VaultResult<usize> {
        let entries = self.read(|t| chain::range(t, 1, i64::MAX))?;
        self.checkpoint(true)?;
        let checkpoints = checkpoint::read_all(self.folder())?;
        let header = self.header();
        let mut say = |line: String| writeln!(to, "{line}").map_err(VaultError::io("write the trail"));
        say(serde_json::json!({ "trail_of": header.vault_id, "audit_key": header.audit_key }).to_string())?;
        for placed in &entries {
            say(chain::export_line(placed))?;
        }
        for checkpoint in &checkpoints {
            say(serde_json::json!({ "checkpoint": checkpoint }).to_string())?;
        }
        Ok(entries.len())
    }

    pub(crate) fn drain_spool(&self) -> VaultResult<()> {
        let waiting = spool::waiting(self.folder(), &KeyPair::from_seed(&self.records.inbox()))?;
        if waiting.is_empty() {
            return Ok(());
        }
        self.write(|t| -> VaultResult<()> {
            for (_, entry) in &waiting {
                if let Some(entry) = entry {
                    // Anybody who can write to the folder can seal a note: it can tell of a refusal and of nothing else.
                    let details = entry.details.as_deref().unwrap_or("refused");
                    let refused = AuditEntry {
                        outcome: crate::audit::Outcome::Refused,
                        person: "-".into(),
                        role: "-".into(),
                        details: Some(format!("while locked: {details}")),
                        ..entry.clone()
                    };
                    self.record(t, &refused)?;
                }
            }
            Ok(())
        })?;
        for (path, entry) in waiting {
            // A note that does not open is kept: it may be evidence.
            if entry.is_some() {
                fs::remove_file(path).map_err(VaultError::io("remove a drained note"))?;
            }
        }
        Ok(())
    }
}
