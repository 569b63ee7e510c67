//! Records that wait for their patient: NDJSON and split bundles name a patient that another text holds.
//!
//! They wait in memory up to [`HELD_BYTES`]; beyond it they go, encrypted under a key that is never kept, into scratch
//! files beside the vault, parted by patient, so that at the end one part after the other is brought back. An export that is
//! larger than this machine's memory comes in the same way as a small one.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use rayon::prelude::*;
use rustcare_model::clinical_record::ClinicalRecord;
use rustcare_vault::blob::{BlobId, Scratch};
use rustcare_vault::{Vault, VaultError, VaultResult};
use serde::{Deserialize, Serialize};

use crate::fhir::record::ReadRecords;
use crate::import::{Body, Group, Piece};
use crate::said_at::SaidAt;

/// What may wait in memory, estimated.
const HELD_BYTES: usize = 256 << 20;
/// Into so many parts what does not fit is split.
const PARTS: usize = 64;
/// A parsed record takes about so many bytes beside its compressed source.
const RECORD_BYTES: usize = 700;

/// The records that wait.
pub(crate) struct Waiting<'a> {
    vault: &'a Vault,
    most_bytes: usize,
    held: Vec<Piece>,
    held_bytes: usize,
    /// Patients stay in memory: they are few, and their secrets are written nowhere but to their field.
    patients: Vec<Piece>,
    scratch: Option<Scratch>,
    parts: Vec<Vec<BlobId>>,
    hasher: RandomState,
}

/// A record as it lies in a scratch file.
#[derive(Serialize, Deserialize)]
struct Laid {
    resource_type: String,
    id: String,
    file: String,
    line: Option<u64>,
    hash: [u8; 16],
    #[serde(skip)]
    compressed: Vec<u8>,
    beyond: String,
    said_at: Option<SaidAt>,
    patient: Option<String>,
    /// `None` for a resource that is kept word for word.
    records: Option<Vec<ClinicalRecord>>,
}

impl<'a> Waiting<'a> {
    pub(crate) fn new(vault: &'a Vault) -> Self {
        Self::with_room(vault, HELD_BYTES)
    }

    fn with_room(vault: &'a Vault, most_bytes: usize) -> Self {
        Self {
            vault,
            most_bytes,
            held: Vec::new(),
            held_bytes: 0,
            patients: Vec::new(),
            scratch: None,
            parts: vec![Vec::new(); PARTS],
            hasher: RandomState::new(),
        }
    }

    /// Takes what waits.
    ///
    /// # Errors
    /// A full disk, when it has to go there.
    pub(crate) fn extend(&mut self, pieces: Vec<Piece>) -> VaultResult<()> {
        for piece in pieces {
            if matches!(piece.body, Body::Patient(_)) {
                self.patients.push(piece);
                continue;
            }
            let records = match &piece.body {
                Body::Records(read) => read.records.len(),
                _ => 0,
            };
            self.held_bytes += piece.compressed.len() + piece.id.len() + (records + 1) * RECORD_BYTES;
            self.held.push(piece);
            if self.held_bytes > self.most_bytes {
                self.lay_down()?;
            }
        }
        Ok(())
    }

    fn part_of(&self, patient: &str) -> usize {
        (self.hasher.hash_one(patient) % PARTS as u64) as usize
    }

    fn lay_down(&mut self) -> VaultResult<()> {
        let mut parts: Vec<Vec<Laid>> = (0..PARTS).map(|_| Vec::new()).collect();
        for piece in std::mem::take(&mut self.held) {
            let part = self.part_of(piece.patient().unwrap_or_default());
            parts[part].push(laid(piece));
        }
        self.held_bytes = 0;
        if self.scratch.is_none() {
            self.scratch = Some(self.vault.scratch()?);
        }
        let Some(scratch) = &self.scratch else { return Ok(()) };
        for (kept, part) in self.parts.iter_mut().zip(parts).filter(|(_, part)| !part.is_empty()) {
            kept.push(scratch.files().write(&to_bytes(&part)?)?);
        }
        Ok(())
    }

    /// Gives back all that waits, whole patients at a time, part after part.
    ///
    /// # Errors
    /// What `take` returns, or a scratch file that does not come back.
    pub(crate) fn drain(mut self, mut take: impl FnMut(Vec<Group>) -> VaultResult<()>) -> VaultResult<()> {
        if self.scratch.is_none() {
            let mut all = std::mem::take(&mut self.patients);
            all.append(&mut self.held);
            return take(group_by_patient(all));
        }
        self.lay_down()?;
        let mut patients: Vec<Vec<Piece>> = (0..PARTS).map(|_| Vec::new()).collect();
        for piece in std::mem::take(&mut self.patients) {
            let part = self.part_of(&piece.id);
            patients[part].push(piece);
        }
        let Some(scratch) = &self.scratch else { return Ok(()) };
        for (ids, mut all) in self.parts.iter().zip(patients) {
            let read = |id: &BlobId| -> VaultResult<Vec<Piece>> {
                Ok(from_bytes(&scratch.files().read(*id)?)?.into_iter().map(piece).collect())
            };
            for pieces in ids.par_iter().map(read).collect::<VaultResult<Vec<_>>>()? {
                all.extend(pieces);
            }
            take(group_by_patient(all))?;
        }
        Ok(())
    }
}

/// For each: length and JSON, then length and compressed source.
fn to_bytes(part: &[Laid]) -> VaultResult<Vec<u8>> {
    let mut bytes = Vec::new();
    for laid in part {
        let json = serde_json::to_vec(laid)
            .map_err(|_| VaultError::Damaged("a record that waits cannot be written"))?;
        for text in [&json, &laid.compressed] {
            bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
            bytes.extend_from_slice(text);
        }
    }
    Ok(bytes)
}

fn from_bytes(mut bytes: &[u8]) -> VaultResult<Vec<Laid>> {
    let lost = || VaultError::Damaged("a record that waited did not come back");
    let mut next = || -> Option<&[u8]> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        bytes = rest;
        Some(text)
    };
    let mut all = Vec::new();
    while let Some(json) = next() {
        let mut laid: Laid = serde_json::from_slice(json).map_err(|_| lost())?;
        laid.compressed = next().ok_or_else(lost)?.to_vec();
        all.push(laid);
    }
    Ok(all)
}

fn laid(piece: Piece) -> Laid {
    let patient = piece.patient().map(str::to_owned);
    let records = match piece.body {
        Body::Records(read) => Some(read.records),
        _ => None,
    };
    let Piece { resource_type, id, file, line, hash, compressed, beyond, said_at, .. } = piece;
    Laid {
        resource_type,
        id,
        file: file.to_string(),
        line,
        hash,
        compressed,
        beyond,
        said_at,
        patient,
        records,
    }
}

fn piece(laid: Laid) -> Piece {
    let Laid { resource_type, id, file, line, hash, compressed, beyond, said_at, patient, records } = laid;
    let body = match records {
        Some(records) => Body::Records(ReadRecords { patient, records }),
        None => Body::Verbatim { patient },
    };
    Piece { resource_type, id, file: Arc::from(file), line, hash, compressed, beyond, said_at, body }
}

fn group_by_patient(pieces: Vec<Piece>) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for piece in pieces {
        let Some(id) = piece.patient().map(str::to_owned) else {
            continue;
        };
        let group = groups.entry(id.clone()).or_insert_with(|| Group { patient_id: id, ..Group::default() });
        if matches!(piece.body, Body::Patient(_)) && group.patient.is_none() {
            group.patient = Some(piece);
        } else {
            group.pieces.push(piece);
        }
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use rustcare_vault::raw_key::{self, RawKeys};

    use super::*;

    fn observation(n: usize) -> Piece {
        let body = Body::Verbatim { patient: Some(format!("p{}", n % 200)) };
        Piece {
            resource_type: "Observation".into(),
            id: format!("o{n}"),
            file: Arc::from("a.ndjson"),
            line: Some(n as u64),
            hash: [n as u8; 16],
            compressed: format!("CANARY-{n}").into_bytes(),
            beyond: String::new(),
            said_at: None,
            body,
        }
    }

    type Plain = (String, Option<u64>, Vec<u8>);

    fn drained(waiting: Waiting<'_>) -> BTreeMap<String, Vec<Plain>> {
        let mut all = BTreeMap::new();
        let take = |groups: Vec<Group>| {
            for group in groups {
                let mut pieces: Vec<_> =
                    group.pieces.into_iter().map(|p| (p.id, p.line, p.compressed)).collect();
                pieces.sort();
                assert!(all.insert(group.patient_id, pieces).is_none(), "a patient came in two parts");
            }
            Ok(())
        };
        waiting.drain(take).unwrap();
        all
    }

    #[test]
    fn what_does_not_fit_goes_to_encrypted_scratch_files_and_comes_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let vault = raw_key::create(folder.path(), &RawKeys::random().unwrap()).unwrap();
        let filled = |room| {
            let mut waiting = Waiting::with_room(&vault, room);
            for n in 0..5_000 {
                waiting.extend(vec![observation(n)]).unwrap();
            }
            waiting
        };
        let small = filled(300_000);
        let scratch = folder.path().join("scratch");
        let files: Vec<_> = rustcare_vault::blob::files_below(&scratch);
        assert!(files.len() > 64, "nothing was laid down");
        for file in files {
            let bytes = std::fs::read(file).unwrap();
            assert!(!bytes.windows(7).any(|w| w == b"CANARY-"));
        }
        let (small, large) = (drained(small), drained(filled(usize::MAX)));
        assert_eq!(small, large);
        assert_eq!(small.values().map(Vec::len).sum::<usize>(), 5_000);
        assert!(rustcare_vault::blob::files_below(&scratch).is_empty(), "scratch files were left");
    }
}
