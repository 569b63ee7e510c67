//! Source codes to OMOP concepts: a table that the clinic edits, and what is in nobody's table yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most rows of a mapping table: the standard vocabularies have some millions, a clinic uses thousands.
const MOST_ROWS: usize = 500_000;

/// Code system and code to concept id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConceptMap(HashMap<(String, String), i64>);

/// Why a mapping table is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The first line does not name the columns.
    #[error("the first line must name the columns system, code and concept_id")]
    Header,
    /// A row is not one.
    #[error("line {0} holds no system, code and whole number")]
    Row(u64),
    /// More rows than a mapping table has.
    #[error("the table has too many rows")]
    TooLong,
}

impl ConceptMap {
    /// Reads CSV with the columns `system`, `code` and `concept_id`, in any order; others are passed over, rows without a
    /// concept are not mapped.
    ///
    /// # Errors
    /// [`MappingError`].
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|_| MappingError::Header)?.clone();
        let column = |name: &str| header.iter().position(|h| h.trim().eq_ignore_ascii_case(name));
        let (Some(system), Some(code), Some(concept)) =
            (column("system"), column("code"), column("concept_id"))
        else {
            return Err(MappingError::Header);
        };
        let mut map = HashMap::new();
        for (at, row) in reader.records().enumerate() {
            let wrong = MappingError::Row(at as u64 + 2);
            let row = row.map_err(|_| wrong)?;
            let cell = |at: usize| row.get(at).map(|c| c.trim().trim_start_matches('\'')).ok_or(wrong);
            let concept = cell(concept)?;
            if concept.is_empty() || concept == "0" {
                continue;
            }
            if map.len() >= MOST_ROWS {
                return Err(MappingError::TooLong);
            }
            // The model's concept ids are 32-bit integers.
            let id: i32 = concept.parse().ok().filter(|id| *id > 0).ok_or(wrong)?;
            map.insert((cell(system)?.to_owned(), cell(code)?.to_owned()), i64::from(id));
        }
        Ok(Self(map))
    }

    /// Count of mapped codes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is mapped.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn concept(&self, system: &str, code: &str) -> Option<i64> {
        self.0.get(&(system.to_owned(), code.to_owned())).copied()
    }
}

/// Words without a code go into the table of what is not mapped only when they stand in the charts of so many patients: what many
/// have is the name of a test, what one has can be a sentence about a person.
const MOST_PRIVATE: usize = 5;

/// A code, or words, without a concept.
#[derive(Debug, Default)]
struct Uses {
    name: String,
    count: u64,
    /// The first patients that have it, no more than are needed.
    patients: BTreeSet<i64>,
}

/// Codes without a concept, with their count.
#[derive(Debug, Default)]
pub(crate) struct Unmapped(BTreeMap<(String, String), Uses>);

impl Unmapped {
    /// `name` is what the code system calls it.
    pub fn note(&mut self, system: &str, code: &str, name: &str, patient: i64) {
        let known = self.0.entry((system.to_owned(), code.to_owned())).or_default();
        if known.name.is_empty() {
            name.clone_into(&mut known.name);
        }
        known.count += 1;
        if known.patients.len() < MOST_PRIVATE {
            known.patients.insert(patient);
        }
    }

    /// A mapping table to be filled in and loaded.
    pub fn as_csv(&self) -> String {
        let mut text = String::from("system,code,concept_id,source_name,count\r\n");
        let is_open = |(system, _): &(String, String), uses: &Uses| {
            !system.is_empty() || uses.patients.len() >= MOST_PRIVATE
        };
        for ((system, code), uses) in self.0.iter().filter(|(code, uses)| is_open(code, uses)) {
            let cells =
                [system.clone(), code.clone(), String::new(), uses.name.clone(), uses.count.to_string()];
            text.push_str(&super::super::csv::line(&cells));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_its_column_names() {
        let map =
            ConceptMap::parse("\u{feff}concept_id,code,system\n320128,I10,icd\n,E11,icd\n0,X,icd\n").unwrap();
        assert_eq!(
            (map.len(), map.concept("icd", "I10"), map.concept("icd", "E11")),
            (1, Some(320_128), None)
        );
        assert_eq!(ConceptMap::parse("a,b\n1,2\n"), Err(MappingError::Header));
        for id in ["many", "99999999999", "-1", "1.5"] {
            let text = format!("system,code,concept_id\na,b,1\nx,y,{id}\n");
            assert_eq!(ConceptMap::parse(&text), Err(MappingError::Row(3)), "{id}");
        }
    }
}
