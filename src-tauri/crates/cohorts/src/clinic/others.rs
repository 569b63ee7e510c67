//! Data of others in the OMOP common data model, in the form of the clinic's own: an index, what its concepts are called, its units.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{ClinicConcept, ClinicData};
use crate::index::Index;
use crate::omop::{OmopError, OmopFolder, Table};

impl ClinicData {
    /// Reads a folder in the common data model. Persons keep the ids that they have there; nothing of them is in the clinic's register.
    ///
    /// # Errors
    /// When a table cannot be read or a value in it.
    pub fn of_omop(folder: &Path) -> Result<Self, OmopError> {
        let index = Index::from_omop(folder)?;
        let mut concepts = BTreeMap::new();
        let mut units = BTreeMap::new();
        if let Some(table) = OmopFolder::open(folder)?.table("concept")? {
            let used = used(&index);
            let ids = table.needed_integers("concept_id")?;
            let column = |name: &str| texts(&table, name, ids.len());
            let (names, codes) = (column("concept_name")?, column("concept_code")?);
            let vocabularies = column("vocabulary_id")?;
            for (((id, title), code), system) in ids.iter().zip(names).zip(codes).zip(vocabularies) {
                if &*system == "UCUM" {
                    units.insert(*id, code.to_string());
                }
                if used.contains(id) && !title.is_empty() {
                    let concept =
                        ClinicConcept { system: system.into(), code: code.into(), title: title.into() };
                    concepts.insert(*id, concept);
                }
            }
        }
        Ok(Self {
            index,
            concepts,
            units: units.into_iter().collect(),
            data_version: 0,
            only_on: None,
            mapped: None,
            together: BTreeMap::new(),
        })
    }
}

fn texts(table: &Table, column: &str, rows: usize) -> Result<Vec<Box<str>>, OmopError> {
    Ok(table.texts(column)?.unwrap_or_else(|| vec!["".into(); rows]))
}

/// The concepts that events have, and those above them.
fn used(index: &Index) -> BTreeSet<i64> {
    let mut used: BTreeSet<i64> =
        index.domains.values().flat_map(|domain| domain.concepts.iter().copied()).collect();
    let above = index.vocabulary().above(&used);
    used.extend(above);
    used
}
