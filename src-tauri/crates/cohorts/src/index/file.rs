//! The index as a file: a heading with version and checksums, then parts that are read in parallel.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use thiserror::Error;

use super::bytes::{Bytes, Corrupt, put_i32s, put_i64s, put_u8s, put_u32s, put_u64};
use super::column::Integers;
use super::domain::Domain;
use super::{Index, Periods, Persons};
use crate::definition::CriterionKind;
use crate::vocabulary::{KnownConcept, Pairs, Vocabulary};

const MAGIC: &[u8; 16] = b"RustCare cohorts";
const VERSION: u64 = 1;
/// Persons, periods, vocabulary, then one part a kind of event.
const PARTS: usize = 3 + CriterionKind::ALL.len();

/// Why a file of an index is refused.
#[derive(Debug, Error)]
pub enum IndexFileError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another kind of file.
    #[error("{}: this is no index of cohorts", .0.display())]
    NotAnIndex(PathBuf),
    /// Another version.
    #[error("{}: the index is of version {found}, this program reads version {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
    /// Not what was written.
    #[error("{}: the index is damaged", .0.display())]
    Damaged(PathBuf),
}

fn put_pairs(out: &mut impl Write, pairs: &Pairs) -> io::Result<()> {
    put_i64s(out, &pairs.keys)?;
    put_u32s(out, &pairs.offsets)?;
    put_i64s(out, &pairs.values)
}

fn put_part(index: &Index, part: usize, out: &mut impl Write) -> io::Result<()> {
    match part {
        0 => {
            let persons = &index.persons;
            put_i64s(out, &persons.ids)?;
            for column in [
                &persons.present,
                &persons.years_of_birth,
                &persons.genders,
                &persons.races,
                &persons.ethnicities,
            ] {
                column.put(out)?;
            }
            Ok(())
        }
        1 => {
            put_u32s(out, &index.periods.offsets)?;
            put_i32s(out, &index.periods.starts)?;
            put_i32s(out, &index.periods.ends)
        }
        2 => {
            let vocabulary = &index.vocabulary;
            let ids: Vec<i64> = vocabulary.concepts.iter().map(|concept| concept.concept_id).collect();
            let valid: Vec<u8> = vocabulary.concepts.iter().map(|c| u8::from(c.is_valid)).collect();
            put_i64s(out, &ids)?;
            put_u8s(out, &valid)?;
            put_pairs(out, &vocabulary.descendants)?;
            put_pairs(out, &vocabulary.mapped)?;
            // Data whose concepts are published ones have nothing more to say, and the hash that they had before this could be said.
            if !vocabulary.meant_by.keys.is_empty() || !vocabulary.own_of_code.keys.is_empty() {
                put_pairs(out, &vocabulary.meant_by)?;
                put_pairs(out, &vocabulary.own_of_code)?;
            }
            Ok(())
        }
        _ => match index.domains.get(&CriterionKind::ALL[part - 3]) {
            Some(domain) => domain.put(out),
            None => Ok(()),
        },
    }
}

/// Hash and length of each part.
fn hashes(index: &Index) -> Vec<([u8; 32], u64)> {
    let hash = |part| {
        let mut hasher = blake3::Hasher::new();
        // Writing into a hash does not fail.
        let _ = put_part(index, part, &mut hasher);
        (*hasher.finalize().as_bytes(), hasher.count())
    };
    (0..PARTS).into_par_iter().map(hash).collect()
}

fn snapshot_of(hashes: &[([u8; 32], u64)]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for (hash, _) in hashes {
        hasher.update(hash);
    }
    *hasher.finalize().as_bytes()
}

pub(super) fn snapshot(index: &Index) -> [u8; 32] {
    snapshot_of(&hashes(index))
}

fn put(index: &Index, out: &mut impl Write) -> io::Result<()> {
    out.write_all(MAGIC)?;
    put_u64(out, VERSION)?;
    for (hash, length) in &hashes(index) {
        out.write_all(hash)?;
        put_u64(out, *length)?;
    }
    (0..PARTS).try_for_each(|part| put_part(index, part, out))
}

/// Appends the index as it stands in a file.
pub(super) fn append(index: &Index, out: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = put(index, out);
}

pub(super) fn write(index: &Index, path: &Path) -> Result<(), IndexFileError> {
    let refused = |source| IndexFileError::File { path: path.to_owned(), source };
    // Beside the target first: a half-written index never bears its name.
    let draft = path.with_extension("part");
    let written = std::fs::File::create(&draft).and_then(|file| {
        let mut out = BufWriter::with_capacity(1 << 20, file);
        put(index, &mut out)?;
        out.into_inner()?.sync_all()
    });
    written.and_then(|()| std::fs::rename(&draft, path)).map_err(refused)
}

/// A part once it is read.
enum Part {
    Persons(Persons),
    Periods(Periods),
    Vocabulary(Vocabulary),
    Domain(CriterionKind, Option<Domain>),
}

fn pairs(bytes: &mut Bytes<'_>) -> Result<Pairs, Corrupt> {
    let pairs = Pairs { keys: bytes.i64s()?, offsets: bytes.u32s()?, values: bytes.i64s()? };
    let sound = pairs.offsets.len() == pairs.keys.len() + 1
        && pairs.offsets.is_sorted()
        && pairs.offsets.last().is_some_and(|last| *last as usize == pairs.values.len());
    if sound { Ok(pairs) } else { Err(Corrupt) }
}

fn take_part(part: usize, bytes: &[u8], patients: usize) -> Result<Part, Corrupt> {
    let mut bytes = Bytes(bytes);
    Ok(match part {
        0 => {
            let ids = bytes.i64s()?;
            let mut column = || Integers::take(&mut bytes, ids.len());
            Part::Persons(Persons {
                present: column()?,
                years_of_birth: column()?,
                genders: column()?,
                races: column()?,
                ethnicities: column()?,
                ids,
            })
        }
        1 => {
            let periods = Periods { offsets: bytes.u32s()?, starts: bytes.i32s()?, ends: bytes.i32s()? };
            let sound = periods.offsets.len() == patients + 1
                && periods.offsets.is_sorted()
                && periods.offsets.last().is_some_and(|last| *last as usize == periods.starts.len())
                && periods.starts.len() == periods.ends.len();
            if !sound {
                return Err(Corrupt);
            }
            Part::Periods(periods)
        }
        2 => {
            let ids = bytes.i64s()?;
            let valid = bytes.u8s()?;
            let known = |(concept_id, valid)| KnownConcept { concept_id, is_valid: valid == 1 };
            let mut vocabulary = Vocabulary {
                concepts: ids.into_iter().zip(valid).map(known).collect(),
                descendants: pairs(&mut bytes)?,
                mapped: pairs(&mut bytes)?,
                ..Vocabulary::default()
            };
            if !bytes.0.is_empty() {
                vocabulary.meant_by = pairs(&mut bytes)?;
                vocabulary.own_of_code = pairs(&mut bytes)?;
            }
            Part::Vocabulary(vocabulary)
        }
        _ => {
            let kind = CriterionKind::ALL[part - 3];
            let domain = (!bytes.0.is_empty()).then(|| Domain::take(&mut bytes, patients)).transpose()?;
            Part::Domain(kind, domain)
        }
    })
}

pub(super) fn read(path: &Path) -> Result<Index, IndexFileError> {
    let content =
        std::fs::read(path).map_err(|source| IndexFileError::File { path: path.to_owned(), source })?;
    let damaged = |_| IndexFileError::Damaged(path.to_owned());
    let mut bytes = Bytes(&content);
    if bytes.front(MAGIC.len()) != Ok(MAGIC.as_slice()) {
        return Err(IndexFileError::NotAnIndex(path.to_owned()));
    }
    let found = bytes.u64().map_err(damaged)?;
    if found != VERSION {
        return Err(IndexFileError::Version { path: path.to_owned(), found });
    }
    parts(bytes).map_err(damaged)
}

/// Reads an index that [`append`] wrote; none of another version, or of what is not as it was written.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<Index> {
    let mut bytes = Bytes(bytes);
    let is_ours = bytes.front(MAGIC.len()) == Ok(MAGIC.as_slice()) && bytes.u64() == Ok(VERSION);
    if is_ours { parts(bytes).ok() } else { None }
}

fn parts(mut bytes: Bytes<'_>) -> Result<Index, Corrupt> {
    let mut hashes = Vec::with_capacity(PARTS);
    for _ in 0..PARTS {
        let hash: [u8; 32] = bytes.front(32)?.try_into().map_err(|_| Corrupt)?;
        hashes.push((hash, bytes.u64()?));
    }
    let mut contents = Vec::with_capacity(PARTS);
    for (_, length) in &hashes {
        contents.push(bytes.front(usize::try_from(*length).map_err(|_| Corrupt)?)?);
    }
    // The number of persons stands at the head of the first part; every patient's number is held against it.
    let patients = usize::try_from(Bytes(contents[0]).u64()?).map_err(|_| Corrupt)?;
    let read: Result<Vec<Part>, Corrupt> = contents
        .into_par_iter()
        .enumerate()
        .map(|(part, content)| {
            if *blake3::hash(content).as_bytes() != hashes[part].0 {
                return Err(Corrupt);
            }
            take_part(part, content, patients)
        })
        .collect();
    let mut persons = Persons::default();
    let mut periods = Periods::default();
    let mut vocabulary = Vocabulary::default();
    let mut domains = BTreeMap::new();
    for part in read? {
        match part {
            Part::Persons(read) => persons = read,
            Part::Periods(read) => periods = read,
            Part::Vocabulary(read) => vocabulary = read,
            Part::Domain(kind, domain) => drop(domain.map(|domain| domains.insert(kind, domain))),
        }
    }
    let index = Index::new(persons, periods, domains, vocabulary);
    let _ = index.snapshot.set(snapshot_of(&hashes));
    Ok(index)
}
