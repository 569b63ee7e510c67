//! What is asked of the bytes of a vocabulary. They can be large (all of Athena has some six million concepts and sixty million
//! ancestors), so that each question reads the parts that it needs and keeps none but the ids.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use rustcare_vault::VaultResult;

use super::normal_code;
use super::sections::{
    Heading, MAGIC, SECTIONS, STANDARD, Section, VALID, VocabularyBytes, VocabularyName, damaged,
};

/// A concept with what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedConcept {
    /// Its id.
    pub id: i64,
    /// `vocabulary_id`.
    pub vocabulary: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Codes that were looked up.
pub(crate) struct FoundCodes {
    /// Ids by vocabulary and code, the code as [`normal_code`] writes it.
    pub by_code: HashMap<(String, String), i64>,
    /// All codes of the vocabulary that was asked for as a whole.
    pub whole: Vec<(i64, String)>,
}

/// A vocabulary that the clinic imported.
pub struct ImportedVocabulary {
    bytes: Box<dyn VocabularyBytes>,
    heading: Heading,
    starts: [u64; SECTIONS],
    ids: OnceLock<Arc<[u32]>>,
}

fn whole_numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)).collect()
}

impl ImportedVocabulary {
    /// Opens what [`read_folder`](super::read_folder) made.
    ///
    /// # Errors
    /// When the bytes cannot be read or are not its.
    pub fn open(bytes: Box<dyn VocabularyBytes>) -> VaultResult<Self> {
        let start = bytes.part(0, MAGIC.len() + 8)?;
        let length = start.strip_prefix(MAGIC).and_then(|rest| rest.try_into().ok()).map(u64::from_le_bytes);
        let length = length.filter(|length| *length < 1 << 24).ok_or_else(damaged)?;
        let first = (MAGIC.len() + 8) as u64;
        let heading: Heading =
            serde_json::from_slice(&bytes.part(first, length as usize)?).map_err(|_| damaged())?;
        if heading.lengths.len() != SECTIONS {
            return Err(damaged());
        }
        let mut at = first + length;
        let mut starts = [0; SECTIONS];
        for (start, length) in starts.iter_mut().zip(&heading.lengths) {
            *start = at;
            at = at.checked_add(*length).ok_or_else(damaged)?;
        }
        Ok(Self { bytes, heading, starts, ids: OnceLock::new() })
    }

    /// The vocabularies of it that have concepts.
    #[must_use]
    pub fn vocabularies(&self) -> Vec<VocabularyName> {
        let has = |one: &&VocabularyName| one.concepts > 0;
        self.heading.vocabularies.iter().filter(has).cloned().collect()
    }

    fn length(&self, section: Section) -> usize {
        self.heading.lengths.get(section as usize).map_or(0, |length| *length as usize)
    }

    fn range(&self, section: Section, from: usize, to: usize) -> VaultResult<Vec<u8>> {
        if from > to || to > self.length(section) {
            return Err(damaged());
        }
        if from == to {
            return Ok(Vec::new());
        }
        self.bytes.part(self.starts[section as usize] + from as u64, to - from)
    }

    fn whole(&self, section: Section) -> VaultResult<Vec<u8>> {
        self.range(section, 0, self.length(section))
    }

    /// All ids, sorted.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn ids(&self) -> VaultResult<Arc<[u32]>> {
        if let Some(ids) = self.ids.get() {
            return Ok(Arc::clone(ids));
        }
        let ids: Arc<[u32]> = whole_numbers(&self.whole(Section::Ids)?).into();
        if !ids.is_sorted() {
            return Err(damaged());
        }
        Ok(Arc::clone(self.ids.get_or_init(|| ids)))
    }

    fn position(&self, id: i64) -> VaultResult<Option<usize>> {
        let Ok(id) = u32::try_from(id) else { return Ok(None) };
        Ok(self.ids()?.binary_search(&id).ok())
    }

    /// Two ends in a list of ends: where the part of a position begins and ends.
    fn ends(&self, section: Section, position: usize) -> VaultResult<(usize, usize)> {
        let from = position.saturating_sub(1) * 4;
        let ends = whole_numbers(&self.range(section, from, (position + 1) * 4)?);
        match (position, ends.as_slice()) {
            (0, [end]) => Ok((0, *end as usize)),
            (_, [start, end]) => Ok((*start as usize, *end as usize)),
            _ => Err(damaged()),
        }
    }

    fn text(&self, ends: Section, texts: Section, position: usize) -> VaultResult<String> {
        let (from, to) = self.ends(ends, position)?;
        String::from_utf8(self.range(texts, from, to)?).map_err(|_| damaged())
    }

    /// What concepts are called; those that are not known are left out.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn described(&self, ids: impl IntoIterator<Item = i64>) -> VaultResult<Vec<DescribedConcept>> {
        let vocabularies = self.whole(Section::Vocabularies)?;
        let mut all = Vec::new();
        for id in ids {
            let Some(position) = self.position(id)? else { continue };
            let number = vocabularies.get(position * 2..position * 2 + 2).ok_or_else(damaged)?;
            let number = u16::from_le_bytes([number[0], number[1]]);
            let vocabulary = self.heading.vocabularies.get(usize::from(number)).ok_or_else(damaged)?;
            all.push(DescribedConcept {
                id,
                vocabulary: vocabulary.id.clone(),
                code: self.text(Section::CodeEnds, Section::Codes, position)?,
                name: self.text(Section::NameEnds, Section::Names, position)?,
            });
        }
        Ok(all)
    }

    /// Ids of codes, by vocabulary and code as [`normal_code`] writes it; of equal ones the valid one, then the smallest.
    /// With them all codes of the vocabulary `whole`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn find(&self, wanted: &HashSet<(&str, String)>, whole: &str) -> VaultResult<FoundCodes> {
        let ids = self.ids()?;
        let vocabularies = self.whole(Section::Vocabularies)?;
        let (ends, codes) = (whole_numbers(&self.whole(Section::CodeEnds)?), self.whole(Section::Codes)?);
        let marks = self.whole(Section::Marks)?;
        if [vocabularies.len() / 2, ends.len(), marks.len()].iter().any(|length| *length != ids.len()) {
            return Err(damaged());
        }
        let named: Vec<Option<&str>> = self
            .heading
            .vocabularies
            .iter()
            .map(|known| {
                let is_wanted = known.id == whole || wanted.iter().any(|(of, _)| *of == known.id);
                is_wanted.then_some(known.id.as_str())
            })
            .collect();
        let mut found: HashMap<(String, String), (bool, i64)> = HashMap::new();
        let mut all = Vec::new();
        let mut start = 0;
        for (position, end) in ends.iter().map(|end| *end as usize).enumerate() {
            let text = codes.get(start..end).ok_or_else(damaged)?;
            start = end;
            let number = u16::from_le_bytes([vocabularies[position * 2], vocabularies[position * 2 + 1]]);
            let Some(Some(vocabulary)) = named.get(usize::from(number)) else { continue };
            let text = std::str::from_utf8(text).map_err(|_| damaged())?;
            let id = i64::from(ids[position]);
            if *vocabulary == whole {
                all.push((id, text.to_owned()));
            }
            let key = (*vocabulary, normal_code(vocabulary, text));
            if wanted.contains(&key) {
                let is_valid = marks[position] & VALID != 0;
                let known = found.entry((key.0.to_owned(), key.1)).or_insert((is_valid, id));
                if is_valid && !known.0 {
                    *known = (true, id);
                }
            }
        }
        let by_code = found.into_iter().map(|(key, (_, id))| (key, id)).collect();
        Ok(FoundCodes { by_code, whole: all })
    }

    /// What each of these concepts is mapped to ("Maps to", valid); a standard concept is mapped to itself.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn targets(&self, sources: &HashSet<i64>) -> VaultResult<Vec<(i64, i64)>> {
        let pairs = whole_numbers(&self.whole(Section::Mappings)?);
        let marks = self.whole(Section::Marks)?;
        let mut targets = Vec::new();
        for [source, target] in pairs.as_chunks::<2>().0 {
            if sources.contains(&i64::from(*source)) {
                targets.push((i64::from(*source), i64::from(*target)));
            }
        }
        for source in sources {
            let is_standard = |at: usize| marks.get(at).is_some_and(|marks| marks & STANDARD != 0);
            if self.position(*source)?.is_some_and(is_standard) {
                targets.push((*source, *source));
            }
        }
        targets.sort_unstable();
        targets.dedup();
        Ok(targets)
    }

    /// (ancestor, descendant) of these descendants that are valid concepts.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn ancestors(&self, descendants: &BTreeSet<i64>) -> VaultResult<Vec<(i64, i64)>> {
        let marks = self.whole(Section::Marks)?;
        let mut pairs = Vec::new();
        for id in descendants {
            let Some(position) = self.position(*id)? else { continue };
            if marks.get(position).is_none_or(|marks| marks & VALID == 0) {
                continue;
            }
            let (from, to) = self.ends(Section::AncestorEnds, position)?;
            let above = whole_numbers(&self.range(Section::Ancestors, from * 4, to * 4)?);
            pairs.extend(above.into_iter().map(|above| (i64::from(above), *id)));
            // Circe's concept sets include what stands above itself; every concept does, whether a row says so or not.
            pairs.push((*id, *id));
        }
        pairs.sort_unstable();
        pairs.dedup();
        Ok(pairs)
    }
}
