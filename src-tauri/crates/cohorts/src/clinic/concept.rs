//! Concepts of the clinic's own codes. Without an imported vocabulary a code has no published concept id: it gets one that
//! follows from its system and code alone, so that a definition means the same on every machine and after every import.
//!
//! The ids begin above all published ones, which are whole numbers of 32 bits, and stay below 2^53, up to which a number
//! keeps its value in JSON.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rustcare_model::code::{Code, ICD_10, ICD_10_CM};
use serde::{Deserialize, Serialize};

use crate::icd_10_cm::{self, Node};

/// Codes of ICD-10-CM: their characters, as a number.
const ICD: i64 = 1 << 40;
/// Anything else: the beginning of a hash.
const OTHER: i64 = 1 << 51;
/// Published ids are smaller.
const FIRST: i64 = ICD;

/// A concept that the clinic's data use, or a group that one of them is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClinicConcept {
    /// System URI; empty for records that have words only.
    pub system: String,
    /// Code; of a record that has words only, the words.
    pub code: String,
    /// Title in its system, or what the first record with it was called.
    pub title: String,
}

/// The id of a chapter, block or code of ICD-10-CM: at most seven letters and digits, a range of two codes, or a number. What holds
/// other characters is no code of the release and gets an id as any other code does.
#[must_use]
pub fn icd_concept_id(code: &str) -> i64 {
    let mut number = 0_i64;
    for character in code.trim().bytes().filter(|character| *character != b'.') {
        let digit = match character.to_ascii_uppercase() {
            digit @ b'0'..=b'9' => i64::from(digit - b'0') + 1,
            letter @ b'A'..=b'Z' => i64::from(letter - b'A') + 11,
            b'-' => 37,
            _ => return other_concept_id(ICD_10_CM, code),
        };
        match number.checked_mul(38).and_then(|number| number.checked_add(digit)) {
            Some(next) if next < OTHER - ICD => number = next,
            _ => return other_concept_id(ICD_10_CM, code),
        }
    }
    ICD + number
}

/// The id of any other code.
#[must_use]
pub fn other_concept_id(system: &str, code: &str) -> i64 {
    let hash = blake3::hash(format!("{system}\n{code}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    OTHER + (i64::from_le_bytes(first) & (OTHER - 1))
}

/// Whether an id is one of the clinic's own codes, and no published one.
#[must_use]
pub const fn is_own(concept_id: i64) -> bool {
    concept_id >= FIRST
}

/// The three-character category above a code of the WHO's ICD-10: E11 above E11.9 (ICD-10 volume 2, 2.4.4). Its blocks and chapters do
/// not ship with the program.
fn other_above<'c>(system: &str, code: &'c str) -> Option<&'c str> {
    let category = code.trim().get(..3).filter(|_| system == ICD_10)?;
    let mut letters = category.chars();
    let is_category =
        letters.next().is_some_and(|c| c.is_ascii_alphabetic()) && letters.all(|c| c.is_ascii_digit());
    (is_category && category.len() < code.len()).then_some(category)
}

/// Gives codes their concepts while records are read, and remembers what stands above what.
#[derive(Default)]
pub(super) struct Concepts {
    known: BTreeMap<i64, ClinicConcept>,
    above: BTreeSet<(i64, i64)>,
    by_code: HashMap<(String, String), i64>,
    by_codes: HashMap<Vec<i64>, i64>,
}

impl Concepts {
    /// The concept of a record. One with several codes has a concept that is below each of them, so that it is found by any and
    /// counted once.
    pub fn of_record(&mut self, codes: &[Code], title: &str) -> i64 {
        match codes {
            [] => self.of_code("", title, title),
            [code] => self.of_code(&code.system, &code.code, title),
            codes => {
                let mut ids: Vec<i64> =
                    codes.iter().map(|code| self.of_code(&code.system, &code.code, title)).collect();
                ids.sort_unstable();
                ids.dedup();
                if let [one] = ids[..] {
                    return one;
                }
                if let Some(known) = self.by_codes.get(&ids) {
                    return *known;
                }
                let all: Vec<String> = ids.iter().map(i64::to_string).collect();
                let id = other_concept_id("codes of one record", &all.join(" "));
                for one in &ids {
                    let above: Vec<i64> = self.above_of(*one);
                    self.above.extend(above.into_iter().map(|group| (group, id)));
                }
                self.above.insert((id, id));
                self.by_codes.insert(ids, id);
                id
            }
        }
    }

    /// The concept of a code.
    pub fn of_code(&mut self, system: &str, code: &str, title: &str) -> i64 {
        if let Some(id) = self.by_code.get(&(system.to_owned(), code.to_owned())) {
            return *id;
        }
        let id = match (system == ICD_10_CM).then(|| icd_10_cm::tree().nearest(code)).flatten() {
            Some(node) => self.of_icd(node, code, title),
            None => {
                let id = other_concept_id(system, code);
                self.note(id, system, code, title);
                if let Some(above) = other_above(system, code) {
                    let group = other_concept_id(system, above);
                    self.note(group, system, above, above);
                    self.above.extend([(group, id), (group, group)]);
                }
                self.above.insert((id, id));
                id
            }
        };
        self.by_code.insert((system.to_owned(), code.to_owned()), id);
        id
    }

    /// `node`: the code itself, or what it begins with.
    fn of_icd(&mut self, node: Node, code: &str, title: &str) -> i64 {
        let tree = icd_10_cm::tree();
        let id = icd_concept_id(code);
        self.note(id, ICD_10_CM, code, title);
        self.above.insert((id, id));
        for group in std::iter::once(node).chain(tree.above(node)) {
            let Some(entry) = tree.entry(group) else { continue };
            let above = icd_concept_id(&entry.code);
            self.known.insert(
                above,
                ClinicConcept {
                    system: ICD_10_CM.into(),
                    code: entry.code.to_string(),
                    title: entry.title.to_string(),
                },
            );
            self.above.insert((above, id));
            self.above.insert((above, above));
        }
        id
    }

    fn note(&mut self, id: i64, system: &str, code: &str, title: &str) {
        self.known.entry(id).or_insert_with(|| ClinicConcept {
            system: system.into(),
            code: code.into(),
            title: title.into(),
        });
    }

    fn above_of(&self, id: i64) -> Vec<i64> {
        // Few: a concept has at most eight groups above it. Pairs are by group, so all of a code's are asked for one by one.
        match self.known.get(&id) {
            Some(concept) if concept.system == ICD_10_CM => {
                let tree = icd_10_cm::tree();
                let groups = tree.nearest(&concept.code);
                let above = groups.into_iter().flat_map(|n| std::iter::once(n).chain(tree.above(n)));
                let ids = above.filter_map(|n| tree.entry(n)).map(|entry| icd_concept_id(&entry.code));
                std::iter::once(id).chain(ids).collect()
            }
            Some(concept) => {
                let above = other_above(&concept.system, &concept.code);
                above.map(|code| other_concept_id(&concept.system, code)).into_iter().chain([id]).collect()
            }
            None => vec![id],
        }
    }

    /// Takes over a concept that records used before, by its id: a code's, or that of several codes together. `concepts`: what was
    /// known; `together`: the members of those that stand for several. Those of visits are nobody's code.
    pub fn take_over(
        &mut self,
        id: i64,
        concepts: &BTreeMap<i64, ClinicConcept>,
        together: &BTreeMap<i64, Vec<i64>>,
    ) {
        if let Some(members) = together.get(&id) {
            let codes: Vec<Code> = members
                .iter()
                .filter_map(|member| concepts.get(member))
                .map(|concept| Code {
                    system: concept.system.clone(),
                    code: concept.code.clone(),
                    display: None,
                })
                .collect();
            for member in members {
                self.take_over(*member, concepts, together);
            }
            self.of_record(&codes, "");
        } else if let Some(concept) = concepts.get(&id).filter(|_| is_own(id)) {
            self.of_code(&concept.system, &concept.code, &concept.title);
        }
    }

    /// All concepts by id: those of codes and those of groups above them.
    pub const fn known(&self) -> &BTreeMap<i64, ClinicConcept> {
        &self.known
    }

    /// The concepts of the codes that records use, each once.
    pub fn of_records(&self) -> BTreeSet<i64> {
        self.by_code.values().copied().collect()
    }

    /// The concepts of records with several codes: those of the codes, and the one below all of them.
    pub fn together(&self) -> impl Iterator<Item = (&[i64], i64)> {
        self.by_codes.iter().map(|(members, together)| (members.as_slice(), *together))
    }

    /// Concepts, and (group, member).
    pub fn finish(self) -> (BTreeMap<i64, ClinicConcept>, Vec<(i64, i64)>) {
        (self.known, self.above.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_release_has_an_id_of_its_own_that_json_keeps() {
        let tree = icd_10_cm::tree();
        let ids: BTreeSet<i64> =
            (0..tree.len() as Node).map(|n| icd_concept_id(&tree.entry(n).unwrap().code)).collect();
        assert_eq!(ids.len(), tree.len());
        assert!(ids.iter().all(|id| is_own(*id) && *id < OTHER));
        assert_eq!(icd_concept_id("E11.9"), icd_concept_id(" e119 "));
        let odd = ["E11*9", "E119", "E11A9", "E11.9 type 2", "", "Ä11"].map(icd_concept_id);
        assert_eq!(odd.iter().collect::<BTreeSet<_>>().len(), odd.len(), "no two of them are one");
        let other = other_concept_id("http://loinc.org", "4548-4");
        assert!((OTHER..1 << 53).contains(&other));
        assert_eq!(other, other_concept_id("http://loinc.org", "4548-4"));
    }

    #[test]
    fn a_code_of_the_whos_icd_10_is_below_its_category() {
        let mut concepts = Concepts::default();
        let code = concepts.of_code(ICD_10, "E11.9", "Type 2 diabetes");
        concepts.of_code(ICD_10, "E12", "Malnutrition-related diabetes");
        let (known, pairs) = concepts.finish();
        let category = other_concept_id(ICD_10, "E11");
        assert!(pairs.contains(&(category, code)) && pairs.contains(&(category, category)));
        assert_eq!(known[&category].title, "E11");
        assert_eq!(known.len(), 3, "a category has none above it");
    }

    #[test]
    fn a_record_with_two_codes_is_below_both() {
        let code =
            |system: &str, code: &str| Code { system: system.into(), code: code.into(), display: None };
        let codes = [code("http://snomed.info/sct", "44054006"), code(ICD_10_CM, "E11.9")];
        let mut concepts = Concepts::default();
        let both = concepts.of_record(&codes, "Type 2 diabetes");
        assert_eq!(both, concepts.of_record(&codes, "the same"));
        let mut turned = codes.clone();
        turned.reverse();
        assert_eq!(both, concepts.of_record(&turned, "the same"));
        let single = concepts.of_record(&codes[1..], "Diabetes");
        let (known, pairs) = concepts.finish();
        for group in
            [icd_concept_id("E11.9"), icd_concept_id("E11"), icd_concept_id("E08-E13"), icd_concept_id("4")]
        {
            assert!(pairs.contains(&(group, both)) && pairs.contains(&(group, single)), "{group}");
        }
        let snomed = other_concept_id("http://snomed.info/sct", "44054006");
        assert!(pairs.contains(&(snomed, both)) && !pairs.contains(&(snomed, single)));
        assert_eq!(known[&icd_concept_id("E08-E13")].code, "E08-E13");
        assert!(!known.contains_key(&both), "it is not shown");
    }
}
