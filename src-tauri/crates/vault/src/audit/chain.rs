//! The chain in the database: appending, reading, verifying in parallel.

use ed25519_dalek::VerifyingKey;
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::checkpoint::Checkpoint;
use super::entry::{AuditEntry, Outcome, link};
use crate::error::VaultResult;
use crate::header::{decode_exact, encode};

/// The table. Triggers refuse what an honest program never does; a dishonest one is caught by the chain.
pub const CREATE: &str = "
CREATE TABLE audit_entry (
  sequence INTEGER PRIMARY KEY,
  at       TEXT NOT NULL,
  person   TEXT NOT NULL,
  role     TEXT NOT NULL,
  action   TEXT NOT NULL,
  subject  TEXT,
  outcome  TEXT NOT NULL,
  details  TEXT,
  hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_entry_subject ON audit_entry (subject) WHERE subject IS NOT NULL;
CREATE TRIGGER audit_entry_never_changes BEFORE UPDATE ON audit_entry
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_entry_never_goes BEFORE DELETE ON audit_entry
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
";

/// Where the chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Number of the last entry; 0 for an empty trail.
    pub sequence: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Entries in the trail.
    pub entries: i64,
    /// Number of the first entry that does not fit, and why.
    pub first_bad: Option<(i64, &'static str)>,
    /// Genuine checkpoints that the trail agrees with.
    pub checkpoints: usize,
}

/// The end of the chain.
///
/// # Errors
/// Database errors.
pub fn tip(connection: &Connection) -> VaultResult<Tip> {
    let found = connection
        .prepare_cached("SELECT sequence, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1")?
        .query_row([], |r| Ok(Tip { sequence: r.get(0)?, hash: r.get(1)? }))
        .optional()?;
    Ok(found.unwrap_or(Tip { sequence: 0, hash: [0; 32] }))
}

/// Appends an entry inside the caller's transaction.
///
/// # Errors
/// Database errors.
pub fn append(transaction: &Transaction<'_>, entry: &AuditEntry) -> VaultResult<Tip> {
    let before = tip(transaction)?;
    let sequence = before.sequence + 1;
    let hash = link(&before.hash, sequence, entry);
    transaction
        .prepare_cached(
            "INSERT INTO audit_entry (sequence, at, person, role, action, subject, outcome, details, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            sequence,
            entry.at,
            entry.person,
            entry.role,
            entry.action,
            entry.subject,
            entry.outcome.as_str(),
            entry.details,
            hash
        ])?;
    Ok(Tip { sequence, hash })
}

/// An entry with its place and hash, as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its number.
    pub sequence: i64,
    /// What happened.
    pub entry: AuditEntry,
    /// Its hash as stored.
    pub hash: [u8; 32],
}

fn placed(row: &Row<'_>) -> rusqlite::Result<Placed> {
    let outcome: String = row.get(6)?;
    Ok(Placed {
        sequence: row.get(0)?,
        entry: AuditEntry {
            at: row.get(1)?,
            person: row.get(2)?,
            role: row.get(3)?,
            action: row.get(4)?,
            subject: row.get(5)?,
            outcome: match outcome.as_str() {
                "done" => Outcome::Done,
                "refused" => Outcome::Refused,
                "invalid" => Outcome::Invalid,
                _ => Outcome::Failed,
            },
            details: row.get(7)?,
        },
        hash: row.get(8)?,
    })
}

const COLUMNS: &str = "sequence, at, person, role, action, subject, outcome, details, hash";

/// Entries before `before`, newest first, all or those of one subject.
///
/// # Errors
/// Database errors.
pub fn list(
    connection: &Connection,
    subject: Option<&str>,
    before: Option<i64>,
    limit: usize,
) -> VaultResult<Vec<Placed>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_entry
         WHERE (?1 IS NULL OR subject = ?1) AND sequence < ?2 ORDER BY sequence DESC LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![subject, before.unwrap_or(i64::MAX), limit as i64], placed)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Entries `from..=to` in order, for verification and export.
///
/// # Errors
/// Database errors.
pub fn range(connection: &Connection, from: i64, to: i64) -> VaultResult<Vec<Placed>> {
    let sql = format!("SELECT {COLUMNS} FROM audit_entry WHERE sequence BETWEEN ?1 AND ?2 ORDER BY sequence");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![from, to], placed)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Recomputes every link (in parallel: each stored hash stands on the stored one before it) and compares with the
/// checkpoints.
pub fn verify(entries: &[Placed], checkpoints: &[Checkpoint], key: &VerifyingKey) -> Verdict {
    let broken = entries
        .par_iter()
        .enumerate()
        .filter_map(|(at, placed)| {
            let previous = if at == 0 { [0; 32] } else { entries[at - 1].hash };
            let expected = at as i64 + 1;
            if placed.sequence != expected {
                Some((expected, "an entry is missing or was put in"))
            } else if link(&previous, placed.sequence, &placed.entry) != placed.hash {
                Some((expected, "an entry was changed"))
            } else {
                None
            }
        })
        .min_by_key(|(sequence, _)| *sequence);
    let mut genuine = 0;
    let mut cut = None;
    for checkpoint in checkpoints {
        if !checkpoint.is_genuine(key) {
            cut.get_or_insert((checkpoint.entries, "a checkpoint's signature does not fit"));
        } else if entries.len() < checkpoint.entries as usize {
            cut.get_or_insert((entries.len() as i64 + 1, "the end of the trail was cut off"));
        } else if checkpoint.entries > 0
            && decode_exact::<32>(&checkpoint.tip).ok() != Some(entries[checkpoint.entries as usize - 1].hash)
        {
            cut.get_or_insert((checkpoint.entries, "the trail differs from a signed checkpoint"));
        } else {
            genuine += 1;
        }
    }
    let first_bad = match (broken, cut) {
        (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
        (a, b) => a.or(b),
    };
    Verdict { entries: entries.len() as i64, first_bad, checkpoints: genuine }
}

/// One line of an exported trail, which `rustcare-verify` reads without vault or keys.
pub fn export_line(placed: &Placed) -> String {
    serde_json::json!({ "sequence": placed.sequence, "entry": placed.entry, "hash": encode(&placed.hash) })
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;

    fn chain(n: i64) -> Vec<Placed> {
        let mut previous = [0; 32];
        (1..=n)
            .map(|sequence| {
                let entry = AuditEntry {
                    at: format!("2026-11-24T10:00:{:02}Z", sequence % 60),
                    person: "amina".into(),
                    role: "front_desk".into(),
                    action: "open_chart".into(),
                    subject: Some(format!("p{sequence}")),
                    outcome: Outcome::Done,
                    details: None,
                };
                previous = link(&previous, sequence, &entry);
                Placed { sequence, entry, hash: previous }
            })
            .collect()
    }

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[9; 32])
    }

    fn checkpoint(entries: &[Placed]) -> Checkpoint {
        let last = entries.last().unwrap();
        Checkpoint::sign(&key(), last.sequence, &last.hash, "2026-11-24T10:00:00Z".into())
    }

    /// Makes the tail after `from` consistent again, as somebody who knows the hash but not the signing key would.
    fn forge_tail(entries: &mut [Placed], from: usize) {
        for at in from..entries.len() {
            let previous = if at == 0 { [0; 32] } else { entries[at - 1].hash };
            entries[at].sequence = at as i64 + 1;
            entries[at].hash = link(&previous, entries[at].sequence, &entries[at].entry);
        }
    }

    proptest! {
        #[test]
        fn every_kind_of_tampering_is_found(n in 3usize..80, at in 0usize..80, kind in 0..5, forged: bool) {
            // A copy put behind the last entry is an honest append as long as no later checkpoint was signed.
            let at = at % (n - 1);
            let mut entries = chain(n as i64);
            let checkpoints = [checkpoint(&entries)];
            prop_assert_eq!(verify(&entries, &checkpoints, &key().verifying_key()).first_bad, None);
            match kind {
                0 => entries[at].entry.person = "nobody".into(),
                1 => { entries.remove(at); }
                2 => { let copy = entries[at].clone(); entries.insert(at, copy); }
                3 => entries.swap(at, (at + 1) % n),
                _ => entries.truncate(n - 1 - at % (n - 1)),
            }
            if forged {
                forge_tail(&mut entries, 0);
            }
            let verdict = verify(&entries, &checkpoints, &key().verifying_key());
            prop_assert!(verdict.first_bad.is_some());
        }
    }

    #[test]
    fn the_first_bad_entry_is_named() {
        let mut entries = chain(50);
        entries[19].entry.action = "nothing".into();
        assert_eq!(
            verify(&entries, &[], &key().verifying_key()).first_bad,
            Some((20, "an entry was changed"))
        );
    }

    #[test]
    fn a_checkpoint_of_another_key_is_not_believed() {
        let entries = chain(5);
        let mut forged = checkpoint(&entries);
        forged.entries = 4;
        assert!(verify(&entries, &[forged], &key().verifying_key()).first_bad.is_some());
    }
}
