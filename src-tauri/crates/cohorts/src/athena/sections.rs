//! The bytes of a vocabulary: their sections, and how these are written.

use std::sync::Arc;

use rustcare_vault::{VaultError, VaultResult};
use serde::{Deserialize, Serialize};

pub(super) const MAGIC: &[u8; 16] = b"RustCare vocab 1";
pub(super) const VALID: u8 = 1;
pub(super) const STANDARD: u8 = 2;

/// Where the bytes lie: in memory, or encrypted in a vault.
pub trait VocabularyBytes: Send + Sync {
    /// `length` bytes from `offset`.
    ///
    /// # Errors
    /// When they cannot be read.
    fn part(&self, offset: u64, length: usize) -> VaultResult<Vec<u8>>;
}

impl VocabularyBytes for Arc<Vec<u8>> {
    fn part(&self, offset: u64, length: usize) -> VaultResult<Vec<u8>> {
        self.as_ref().part(offset, length)
    }
}

impl VocabularyBytes for Vec<u8> {
    fn part(&self, offset: u64, length: usize) -> VaultResult<Vec<u8>> {
        let start = usize::try_from(offset).map_err(|_| damaged())?;
        let end = start.checked_add(length).ok_or_else(damaged)?;
        self.get(start..end).map(<[u8]>::to_vec).ok_or_else(damaged)
    }
}

pub(super) const fn damaged() -> VaultError {
    VaultError::Damaged("an imported vocabulary is not as it was written")
}

/// A vocabulary that the import brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct VocabularyName {
    /// `vocabulary_id`, for example `SNOMED`.
    pub id: String,
    /// Its full name.
    pub name: String,
    /// Its release.
    pub version: String,
    /// How many concepts of it there are.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub concepts: u64,
}

impl VocabularyName {
    pub(super) fn of_id(id: &str) -> Self {
        Self { id: id.to_owned(), name: id.to_owned(), ..Self::default() }
    }
}

/// The parts of the bytes, in their order.
#[derive(Clone, Copy)]
pub(super) enum Section {
    Ids,
    Marks,
    Vocabularies,
    CodeEnds,
    Codes,
    NameEnds,
    Names,
    AncestorEnds,
    Ancestors,
    Mappings,
}
pub(super) const SECTIONS: usize = 10;

/// What stands before the sections.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Heading {
    pub vocabularies: Vec<VocabularyName>,
    /// Bytes of each section.
    pub(super) lengths: Vec<u64>,
}

/// The sections while they are made.
#[derive(Default)]
pub(super) struct Columns {
    ids: Vec<u32>,
    marks: Vec<u8>,
    vocabularies: Vec<u16>,
    code_ends: Vec<u32>,
    codes: Vec<u8>,
    name_ends: Vec<u32>,
    names: Vec<u8>,
    ancestor_ends: Vec<u32>,
    ancestors: Vec<u32>,
    mappings: Vec<(u32, u32)>,
}

fn end(of: &[u8]) -> Option<u32> {
    u32::try_from(of.len()).ok()
}

impl Columns {
    /// Adds a concept; concepts come in the order of their ids. Whether it fits.
    pub fn push(&mut self, id: u32, marks: u8, vocabulary: u16, (code, name): (&[u8], &[u8])) -> bool {
        self.ids.push(id);
        self.marks.push(marks);
        self.vocabularies.push(vocabulary);
        self.codes.extend_from_slice(code);
        self.names.extend_from_slice(name);
        let (Some(code), Some(name)) = (end(&self.codes), end(&self.names)) else { return false };
        self.code_ends.push(code);
        self.name_ends.push(name);
        true
    }

    /// `pairs`: (descendant, ancestor), sorted. Those of unknown descendants are left out. Whether they fit.
    pub fn set_ancestors(&mut self, pairs: &[(u32, u32)]) -> bool {
        let mut at = 0;
        for id in &self.ids {
            at += pairs[at..].partition_point(|(below, _)| below < id);
            while let Some((_, above)) = pairs.get(at).filter(|(below, _)| below == id) {
                self.ancestors.push(*above);
                at += 1;
            }
            let Ok(end) = u32::try_from(self.ancestors.len()) else { return false };
            self.ancestor_ends.push(end);
        }
        true
    }

    /// `pairs`: (source, target), sorted.
    pub fn set_mappings(&mut self, pairs: Vec<(u32, u32)>) {
        self.mappings = pairs;
    }

    pub fn into_bytes(self, mut heading: Heading) -> Vec<u8> {
        fn plain(values: &[u32]) -> Vec<u8> {
            values.iter().flat_map(|value| value.to_le_bytes()).collect()
        }
        let vocabularies: Vec<u8> = self.vocabularies.iter().flat_map(|value| value.to_le_bytes()).collect();
        let mappings: Vec<u32> = self.mappings.iter().flat_map(|(from, to)| [*from, *to]).collect();
        let sections: [Vec<u8>; SECTIONS] = [
            plain(&self.ids),
            self.marks,
            vocabularies,
            plain(&self.code_ends),
            self.codes,
            plain(&self.name_ends),
            self.names,
            plain(&self.ancestor_ends),
            plain(&self.ancestors),
            plain(&mappings),
        ];
        heading.lengths = sections.iter().map(|section| section.len() as u64).collect();
        let heading = serde_json::to_vec(&heading).unwrap_or_default();
        let total: usize = sections.iter().map(Vec::len).sum();
        let mut bytes = Vec::with_capacity(MAGIC.len() + 8 + heading.len() + total);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&(heading.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&heading);
        for section in sections {
            bytes.extend_from_slice(&section);
        }
        bytes
    }
}
