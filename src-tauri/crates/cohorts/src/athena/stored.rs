//! The bytes of a vocabulary, and what is asked of them. They can be large (all of Athena has some six million concepts and sixty
//! million ancestors), so that each question reads the parts that it needs and keeps none but the ids.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use rustcare_vault::{VaultError, VaultResult};
use serde::{Deserialize, Serialize};

use super::normal_code;

const MAGIC: &[u8; 16] = b"RustCare vocab 1";
pub(super) const VALID: u8 = 1;
pub(super) const STANDARD: u8 = 2;
pub(super) const CLASSIFICATION: u8 = 4;

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

const fn damaged() -> VaultError {
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
enum Section {
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
const SECTIONS: usize = 10;

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
    /// Whether it is one that records are coded by, or a group of such.
    pub is_standard: bool,
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
        let (marks, vocabularies) = (self.whole(Section::Marks)?, self.whole(Section::Vocabularies)?);
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
                is_standard: marks
                    .get(position)
                    .is_some_and(|marks| marks & (STANDARD | CLASSIFICATION) != 0),
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::athena::read_folder;

    const CONCEPTS: &str = "concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\tconcept_code\tvalid_start_date\tvalid_end_date\tinvalid_reason\n\
        201826\tType 2 diabetes \"mellitus\tCondition\tSNOMED\tDisorder\tS\t44054006\t20020131\t20991231\t\n\
        35206882\tType 2 diabetes without complications\tCondition\tICD10CM\t5-char\t\tE11.9\t20070101\t20991231\t\n\
        201820\tDiabetes mellitus\tCondition\tSNOMED\tDisorder\tS\t73211009\t20020131\t20991231\t\n\
        7\tOld\tCondition\tSNOMED\tDisorder\t\t44054006\t20020131\t20100101\tU\n\
        8840\tmilligram per deciliter\tUnit\tUCUM\tUnit\tS\tmg/dL\t19700101\t20991231\t\n";

    fn folder(concepts: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        put("CONCEPT.csv", concepts);
        put(
            "CONCEPT_ANCESTOR.csv",
            "ancestor_concept_id\tdescendant_concept_id\tmin_levels_of_separation\tmax_levels_of_separation\n\
             201820\t201826\t1\t1\n201826\t201826\t0\t0\n201820\t99\t1\t1\n",
        );
        put(
            "CONCEPT_RELATIONSHIP.csv",
            "concept_id_1\tconcept_id_2\trelationship_id\tvalid_start_date\tvalid_end_date\tinvalid_reason\n\
             35206882\t201826\tMaps to\t20070101\t20991231\t\n35206882\t201820\tMaps to\t20070101\t20991231\tD\n\
             35206882\t201820\tIs a\t20070101\t20991231\t\n",
        );
        put(
            "VOCABULARY.csv",
            "vocabulary_id\tvocabulary_name\tvocabulary_reference\tvocabulary_version\tvocabulary_concept_id\n\
             SNOMED\tSystematic Nomenclature of Medicine\thttp://snomed.info\t2026-02\t44819097\n",
        );
        folder
    }

    fn opened(concepts: &str) -> ImportedVocabulary {
        let folder = folder(concepts);
        let bytes = read_folder(folder.path(), &|_| {}, &|| false).unwrap();
        ImportedVocabulary::open(Box::new(bytes)).unwrap()
    }

    #[test]
    fn codes_are_found_with_what_they_mean_and_all_above_it() {
        let vocabulary = opened(CONCEPTS);
        assert_eq!(*vocabulary.ids().unwrap(), [7, 8_840, 201_820, 201_826, 35_206_882]);
        let wanted = [("ICD10CM", "E119".to_owned()), ("SNOMED", "44054006".into()), ("SNOMED", "1".into())];
        let found = vocabulary.find(&wanted.into_iter().collect(), "UCUM").unwrap();
        let of = |vocabulary: &str, code: &str| {
            found.by_code.get(&(vocabulary.to_owned(), code.to_owned())).copied()
        };
        assert_eq!(of("ICD10CM", "E119"), Some(35_206_882));
        assert_eq!(of("SNOMED", "44054006"), Some(201_826), "the valid one of two");
        assert_eq!((found.by_code.len(), found.whole), (2, vec![(8_840, "mg/dL".to_owned())]));
        let sources = [35_206_882, 201_820].into_iter().collect();
        assert_eq!(vocabulary.targets(&sources).unwrap(), [(201_820, 201_820), (35_206_882, 201_826)]);
        let above = vocabulary.ancestors(&[201_826, 7].into_iter().collect()).unwrap();
        assert_eq!(above, [(201_820, 201_826), (201_826, 201_826)], "an invalid concept is below nothing");
        let named = vocabulary.described([201_826, 5]).unwrap();
        assert_eq!(named.len(), 1);
        assert_eq!((named[0].name.as_str(), named[0].is_standard), ("Type 2 diabetes \"mellitus", true));
        let names = vocabulary.vocabularies();
        assert_eq!(
            (names[0].id.as_str(), names[0].version.as_str(), names[0].concepts),
            ("SNOMED", "2026-02", 3)
        );
    }

    #[test]
    fn what_is_no_download_of_athena_is_refused_with_file_line_and_reason() {
        let read =
            |folder: &std::path::Path| read_folder(folder, &|_| {}, &|| false).unwrap_err().to_string();
        assert!(read(tempfile::tempdir().unwrap().path()).contains("no file CONCEPT.csv"));
        let commas = folder(&CONCEPTS.replace('\t', ","));
        assert!(read(commas.path()).contains("separated by tabs"), "{}", read(commas.path()));
        let letters = folder(&CONCEPTS.replace("201820", "2O1820"));
        assert!(read(letters.path()).contains("CONCEPT.csv, line 4"), "{}", read(letters.path()));
        let twice = folder(&CONCEPTS.replace("201820", "201826"));
        assert!(read(twice.path()).contains("201826 stands there twice"));
        let short = folder(&CONCEPTS.replace("\tDisorder\tS\t73211009", ""));
        assert!(read(short.path()).contains("line 4") || read(short.path()).contains("CONCEPT.csv"));
        let stopped = read_folder(folder(CONCEPTS).path(), &|_| {}, &|| true);
        assert!(stopped.is_ok(), "few rows are read without a look at whether to stop");
    }

    #[test]
    fn bytes_that_were_changed_or_cut_are_refused_and_never_read_beyond() {
        let folder = folder(CONCEPTS);
        let bytes = read_folder(folder.path(), &|_| {}, &|| false).unwrap();
        for length in 0..bytes.len() {
            let Ok(cut) = ImportedVocabulary::open(Box::new(bytes[..length].to_vec())) else { continue };
            let _ = cut.ids();
            let _ = cut.described([201_826, 8_840]);
            let _ = cut.targets(&[35_206_882].into_iter().collect());
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            let Ok(other) = ImportedVocabulary::open(Box::new(changed)) else { continue };
            let _ = other.find(&[("SNOMED", "44054006".to_owned())].into_iter().collect(), "UCUM");
            let _ = other.described([201_826]);
            let _ = other.ancestors(&[201_826].into_iter().collect());
        }
    }
}
