//! What an exported trail must be.
//!
//! One JSON object a line: first `{trail_of, audit_key}`, then each entry as `{sequence, entry, hash}` in order from 1,
//! then each `{checkpoint}`. The hash of an entry is SHA-256 over the hash before it (32 zero bytes for the first), its
//! number as eight big-endian bytes, and the entry as compact JSON with its fields in the order of [`Entry`]. A
//! checkpoint is an Ed25519 signature (RFC 8032) over number and hash of its last entry and its time.

use std::io::BufRead;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest line that is read, in bytes.
const LONGEST_LINE: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    trail_of: String,
    audit_key: String,
}

/// An act, with its fields in the order that the hash covers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    at: String,
    person: String,
    role: String,
    action: String,
    subject: Option<String>,
    outcome: String,
    details: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Placed {
    sequence: u64,
    entry: Entry,
    hash: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkpoint {
    entries: u64,
    tip: String,
    at: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointLine {
    checkpoint: Checkpoint,
}

/// A trail as read, not yet believed.
pub struct Trail {
    /// The vault's id.
    pub vault: String,
    /// The key that the file says its checkpoints are signed with, base64.
    pub audit_key: String,
    entries: Vec<Placed>,
    checkpoints: Vec<Checkpoint>,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Entries in the file.
    pub entries: usize,
    /// Checkpoints whose signature fits and with which the entries agree.
    pub checkpoints: usize,
    /// How many entries the last of these covers; those after it could have been cut off or made up.
    pub covered: u64,
    /// Where it breaks first, and why.
    pub first_bad: Option<(u64, &'static str)>,
}

impl Trail {
    /// Reads a file.
    ///
    /// # Errors
    /// A sentence with the line, when something is no part of a trail.
    pub fn read(mut file: impl BufRead) -> Result<Self, String> {
        let mut line = String::new();
        let mut next = |number: usize| -> Result<Option<String>, String> {
            line.clear();
            let limit = LONGEST_LINE as u64;
            let read = std::io::Read::take(&mut file, limit)
                .read_line(&mut line)
                .map_err(|_| format!("line {number} is no text"))?;
            if read == LONGEST_LINE {
                return Err(format!("line {number} is too long"));
            }
            Ok((read > 0).then(|| line.trim_end().to_owned()))
        };
        let head = next(1)?.ok_or("the file is empty")?;
        let head: Head = serde_json::from_str(&head).map_err(|_| "the first line does not name a trail")?;
        let (mut entries, mut checkpoints) = (Vec::new(), Vec::new());
        let mut number = 2;
        while let Some(text) = next(number)? {
            if let Ok(placed) = serde_json::from_str::<Placed>(&text) {
                if !checkpoints.is_empty() {
                    return Err(format!("line {number}: an entry after a checkpoint"));
                }
                entries.push(placed);
            } else if let Ok(signed) = serde_json::from_str::<CheckpointLine>(&text) {
                checkpoints.push(signed.checkpoint);
            } else {
                return Err(format!("line {number} is neither an entry nor a checkpoint"));
            }
            number += 1;
        }
        Ok(Self { vault: head.trail_of, audit_key: head.audit_key, entries, checkpoints })
    }

    /// Times of the first and the last entry.
    pub fn span(&self) -> Option<(&str, &str)> {
        Some((&self.entries.first()?.entry.at, &self.entries.last()?.entry.at))
    }

    /// Recomputes every link and checks every signature, against `expected_key` where it is known from elsewhere.
    pub fn verify(&self, expected_key: Option<&str>) -> Verdict {
        let mut first_bad: Option<(u64, &'static str)> = None;
        let mut found = |at: u64, why: &'static str| {
            if first_bad.is_none_or(|(before, _)| at < before) {
                first_bad = Some((at, why));
            }
        };
        if expected_key.is_some_and(|key| key != self.audit_key) {
            found(0, "the trail was signed with another key than the one expected");
        }
        let mut previous = [0; 32];
        for (at, placed) in (1_u64..).zip(&self.entries) {
            if placed.sequence != at {
                found(at, "an entry is missing or was put in");
                break;
            }
            let hash = link(&previous, placed);
            if decode::<32>(&placed.hash) != Some(hash) {
                found(at, "an entry was changed");
                break;
            }
            previous = hash;
        }
        let key = decode(&self.audit_key).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        let (mut genuine, mut covered) = (0, 0);
        for checkpoint in &self.checkpoints {
            let last =
                usize::try_from(checkpoint.entries).ok().and_then(|n| self.entries.get(n.checked_sub(1)?));
            if !key.is_some_and(|key| is_genuine(checkpoint, &key)) {
                found(checkpoint.entries, "a checkpoint's signature does not fit");
            } else if checkpoint.entries == 0 {
                genuine += 1;
            } else if let Some(last) = last {
                if last.hash == checkpoint.tip {
                    genuine += 1;
                    covered = covered.max(checkpoint.entries);
                } else {
                    found(checkpoint.entries, "the trail differs from a signed checkpoint");
                }
            } else {
                found(self.entries.len() as u64 + 1, "the end of the trail was cut off");
            }
        }
        if self.checkpoints.is_empty() && !self.entries.is_empty() {
            found(self.entries.len() as u64, "no signed checkpoint: the end could have been cut off");
        }
        Verdict { entries: self.entries.len(), checkpoints: genuine, covered, first_bad }
    }
}

fn link(previous: &[u8; 32], placed: &Placed) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(placed.sequence.to_be_bytes());
    hasher.update(serde_json::to_vec(&placed.entry).unwrap_or_default());
    hasher.finalize().into()
}

fn is_genuine(checkpoint: &Checkpoint, key: &VerifyingKey) -> bool {
    let Checkpoint { entries, tip, at, signature } = checkpoint;
    let signed = format!("rustcare/checkpoint/v1\n{entries}\n{tip}\n{at}");
    decode(signature)
        .is_some_and(|bytes| key.verify(signed.as_bytes(), &Signature::from_bytes(&bytes)).is_ok())
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use serde_json::json;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    /// A trail as the vault writes it, from first principles: the JSON is spelt out here and not taken from [`Entry`].
    fn written(entries: u64) -> Vec<String> {
        let mut lines = vec![
            json!({ "trail_of": "v1", "audit_key": STANDARD.encode(key().verifying_key().to_bytes()) })
                .to_string(),
        ];
        let mut previous = [0_u8; 32];
        for sequence in 1..=entries {
            let entry = format!(
                r#"{{"at":"2026-11-24T10:00:{:02}Z","person":"amina","role":"front_desk","action":"open_chart","subject":"p{sequence}","outcome":"done","details":null}}"#,
                sequence % 60
            );
            let mut hasher = Sha256::new();
            hasher.update(previous);
            hasher.update(sequence.to_be_bytes());
            hasher.update(entry.as_bytes());
            previous = hasher.finalize().into();
            lines.push(format!(
                r#"{{"entry":{entry},"hash":"{}","sequence":{sequence}}}"#,
                STANDARD.encode(previous)
            ));
        }
        lines.push(signed(&key(), entries, &STANDARD.encode(previous)));
        lines
    }

    fn signed(key: &SigningKey, entries: u64, tip: &str) -> String {
        let at = "2026-11-24T11:00:00Z";
        let signature = key.sign(format!("rustcare/checkpoint/v1\n{entries}\n{tip}\n{at}").as_bytes());
        let signature = STANDARD.encode(signature.to_bytes());
        json!({ "checkpoint": { "entries": entries, "tip": tip, "at": at, "signature": signature } })
            .to_string()
    }

    fn verdict(lines: &[String]) -> Result<Verdict, String> {
        Trail::read(lines.join("\n").as_bytes()).map(|trail| trail.verify(None))
    }

    #[test]
    fn an_untouched_trail_is_intact() {
        let verdict = verdict(&written(20)).unwrap();
        assert_eq!(verdict, Verdict { entries: 20, checkpoints: 1, covered: 20, first_bad: None });
    }

    #[test]
    fn an_edit_a_deletion_an_insertion_a_swap_and_a_cut_are_found_where_they_are() {
        let tampered = |change: &dyn Fn(&mut Vec<String>)| {
            let mut lines = written(20);
            change(&mut lines);
            verdict(&lines).unwrap().first_bad
        };
        // Line 0 is the head, so entry n is line n.
        assert_eq!(tampered(&|l| l[7] = l[7].replace("amina", "ben")), Some((7, "an entry was changed")));
        assert_eq!(
            tampered(&|l| l[7] = l[7].replace("\"done\"", "\"refused\"")),
            Some((7, "an entry was changed"))
        );
        assert_eq!(tampered(&|l| drop(l.remove(7))), Some((7, "an entry is missing or was put in")));
        assert_eq!(tampered(&|l| l.insert(8, l[7].clone())), Some((8, "an entry is missing or was put in")));
        assert_eq!(tampered(&|l| l.swap(7, 8)), Some((7, "an entry is missing or was put in")));
        assert_eq!(tampered(&|l| drop(l.drain(18..=20))), Some((18, "the end of the trail was cut off")));
        assert_eq!(
            tampered(&|l| drop(l.pop())),
            Some((20, "no signed checkpoint: the end could have been cut off"))
        );
    }

    #[test]
    fn a_trail_made_anew_is_found_by_its_key() {
        let lines = written(3);
        let trail = Trail::read(lines.join("\n").as_bytes()).unwrap();
        assert_eq!(trail.verify(Some(&trail.audit_key.clone())).first_bad, None);
        let other = STANDARD.encode(SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
        assert!(trail.verify(Some(&other)).first_bad.is_some());
    }

    #[test]
    fn a_checkpoint_signed_by_somebody_else_is_not_believed() {
        let mut lines = written(3);
        let tip = lines[3].split("\"hash\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        *lines.last_mut().unwrap() = signed(&SigningKey::from_bytes(&[8; 32]), 3, &tip);
        assert_eq!(verdict(&lines).unwrap().first_bad, Some((3, "a checkpoint's signature does not fit")));
    }

    #[test]
    fn what_is_no_trail_is_refused_with_its_line() {
        assert!(verdict(&[]).is_err());
        assert!(verdict(&["{}".into()]).is_err());
        let mut lines = written(3);
        lines[2] = lines[2].replace("\"details\":null", "\"details\":null,\"more\":1");
        assert_eq!(verdict(&lines), Err("line 3 is neither an entry nor a checkpoint".into()));
    }
}
