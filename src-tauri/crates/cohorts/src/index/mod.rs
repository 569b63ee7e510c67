//! The index: every event of every patient in columns, concept by concept, in memory.
//!
//! Patients are numbered from 0 in the order of their ids. Days are counted from 1970-01-01. The index of a folder does not
//! depend on the order of its rows, so that [`Index::snapshot`] names the data and not the file.

mod build;
mod bytes;
mod column;
mod domain;
mod file;
pub(crate) mod tables;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use rayon::prelude::*;
use zeroize::Zeroize;

pub use column::{Integers, Texts};
pub use domain::Domain;
pub use file::IndexFileError;

use crate::definition::CriterionKind;
use crate::omop::{MemoryTable, OmopError, OmopFolder};
use crate::vocabulary::Vocabulary;

/// Stands for the place of service of a care site that is known and has none: circe joins the site inward, then tests it.
pub(crate) const PLACE_UNKNOWN: i64 = -1;
/// `gender_concept_id` of women.
pub(crate) const FEMALE: i64 = 8532;
/// `gender_concept_id` of men.
pub(crate) const MALE: i64 = 8507;

/// The persons, by number.
#[derive(Debug, Default)]
pub struct Persons {
    /// Ids, sorted.
    pub(crate) ids: Vec<i64>,
    /// Whether the person has a row in the table of persons. Circe joins that table to test age or sex.
    pub(crate) present: Integers,
    pub(crate) years_of_birth: Integers,
    pub(crate) genders: Integers,
    pub(crate) races: Integers,
    pub(crate) ethnicities: Integers,
}

/// Observation periods, patient by patient, by first day.
#[derive(Debug, Default)]
pub struct Periods {
    /// Where the periods of a patient begin.
    pub(crate) offsets: Vec<u32>,
    pub(crate) starts: Vec<i32>,
    pub(crate) ends: Vec<i32>,
}

impl Periods {
    fn new(domain: Option<&Domain>, patients: usize) -> Self {
        let Some(domain) = domain.filter(|domain| !domain.is_empty()) else {
            return Self { offsets: vec![0; patients + 1], ..Self::default() };
        };
        let by_patient = domain.by_patient(patients);
        let order = || by_patient.order.iter().map(|at| *at as usize);
        Self {
            offsets: by_patient.offsets.clone(),
            starts: order().map(|at| domain.starts[at]).collect(),
            ends: order().map(|at| domain.end(at)).collect(),
        }
    }

    /// First and last day of each period of a patient.
    pub(crate) fn of(&self, patient: u32) -> impl Iterator<Item = (i32, i32)> {
        let range = self.offsets[patient as usize] as usize..self.offsets[patient as usize + 1] as usize;
        self.starts[range.clone()].iter().copied().zip(self.ends[range].iter().copied())
    }
}

/// The data that cohorts are counted on.
#[derive(Debug)]
pub struct Index {
    pub(crate) persons: Persons,
    pub(crate) periods: Periods,
    pub(crate) domains: BTreeMap<CriterionKind, Domain>,
    pub(crate) vocabulary: Vocabulary,
    snapshot: OnceLock<[u8; 32]>,
    births: OnceLock<Vec<i16>>,
    births_and_women: OnceLock<Vec<i32>>,
    sexes: OnceLock<(Vec<i64>, Vec<u8>)>,
    repeated_visits: OnceLock<Vec<RepeatedVisit>>,
}

/// Patient, number and concept of a visit whose number several rows of the patient bear.
pub(crate) type RepeatedVisit = (u32, i64, i64);

/// What an index holds of patients does not stay in memory after it.
impl Drop for Index {
    fn drop(&mut self) {
        self.domains.values_mut().for_each(Domain::wipe);
        self.persons.ids.zeroize();
        let persons = &mut self.persons;
        let columns =
            [&mut persons.years_of_birth, &mut persons.genders, &mut persons.races, &mut persons.ethnicities];
        columns.into_iter().for_each(Integers::wipe);
        self.periods.starts.zeroize();
        self.periods.ends.zeroize();
        self.births.take().zeroize();
        self.births_and_women.take().zeroize();
        self.repeated_visits.take().zeroize();
        if let Some((_, mut sexes)) = self.sexes.take() {
            sexes.zeroize();
        }
    }
}

impl Index {
    fn new(
        persons: Persons,
        periods: Periods,
        domains: BTreeMap<CriterionKind, Domain>,
        vocabulary: Vocabulary,
    ) -> Self {
        Self {
            persons,
            periods,
            domains,
            vocabulary,
            snapshot: OnceLock::new(),
            births: OnceLock::new(),
            births_and_women: OnceLock::new(),
            sexes: OnceLock::new(),
            repeated_visits: OnceLock::new(),
        }
    }

    /// Visits whose numbers are not unique, sorted: circe joins every one of them to an event, and any will do.
    pub(crate) fn repeated_visits(&self) -> &[RepeatedVisit] {
        self.repeated_visits.get_or_init(|| {
            let Some(visits) = self.domain(CriterionKind::VisitOccurrence) else { return Vec::new() };
            let by_patient = visits.by_patient(self.patients());
            let of = |patient: u32| {
                let from = by_patient.offsets[patient as usize] as usize;
                let to = by_patient.offsets[patient as usize + 1] as usize;
                let row =
                    |at: &u32| (visits.row(*at as usize), visits.concept(*at as usize).unwrap_or_default());
                let mut own: Vec<(i64, i64)> = by_patient.order[from..to].iter().map(row).collect();
                own.sort_unstable();
                let repeated =
                    own.chunk_by(|one, next| one.0 == next.0).filter(|rows| rows.len() > 1).flatten();
                repeated.map(|(row, concept)| (patient, *row, *concept)).collect::<Vec<RepeatedVisit>>()
            };
            (0..self.patients() as u32).into_par_iter().flat_map_iter(of).collect()
        })
    }

    /// Builds the index of a folder in the OMOP common data model.
    ///
    /// # Errors
    /// When a table cannot be read or a value in it.
    pub fn from_omop(folder: &Path) -> Result<Self, OmopError> {
        Self::of_folder(&OmopFolder::open(folder)?)
    }

    /// Builds the index of a folder that is open, which then knows what it lacked.
    ///
    /// # Errors
    /// As [`Index::from_omop`].
    pub fn of_folder(folder: &OmopFolder) -> Result<Self, OmopError> {
        build::build(folder)
    }

    /// Builds the index of tables in the OMOP common data model.
    ///
    /// # Errors
    /// As [`Index::from_omop`].
    pub fn of_tables(tables: Vec<MemoryTable>) -> Result<Self, OmopError> {
        build::build(&OmopFolder::of_tables(tables))
    }

    /// Reads an index that [`Index::write`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read, is of another version, or is not as it was written.
    pub fn read(path: &Path) -> Result<Self, IndexFileError> {
        file::read(path)
    }

    /// Writes the index to a file. The file is not encrypted.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), IndexFileError> {
        file::write(self, path)
    }

    /// Appends the index, as it stands in a file, to bytes that are to be encrypted.
    pub fn append_to(&self, bytes: &mut Vec<u8>) {
        file::append(self, bytes);
    }

    /// Reads an index that [`Index::append_to`] wrote; none where the bytes are of another version or not as they were written.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        file::of_bytes(bytes)
    }

    /// How many patients there are.
    #[must_use]
    pub const fn patients(&self) -> usize {
        self.persons.ids.len()
    }

    /// Patients of whom neither sex nor year of birth is known: they have records, and no row in `person` (both are required there).
    #[must_use]
    pub fn patients_without_a_person(&self) -> usize {
        let is_known = |patient: &usize| {
            self.persons.genders.get(*patient).is_some()
                || self.persons.years_of_birth.get(*patient).is_some()
        };
        self.patients() - (0..self.patients()).filter(is_known).count()
    }

    /// How many events there are, observation periods not counted.
    #[must_use]
    pub fn events(&self) -> usize {
        let counted = |(kind, domain): (&CriterionKind, &Domain)| match kind {
            CriterionKind::ObservationPeriod => 0,
            _ => domain.len(),
        };
        self.domains.iter().map(counted).sum()
    }

    /// The events of a kind.
    #[must_use]
    pub fn domain(&self, kind: CriterionKind) -> Option<&Domain> {
        self.domains.get(&kind)
    }

    /// The index, with all ids that a vocabulary knows, sorted. They tell what has no record here from what nobody knows.
    #[must_use]
    pub fn knowing(mut self, published: std::sync::Arc<[u32]>) -> Self {
        self.vocabulary.published = Some(published);
        self
    }

    /// The index, its records standing for published concepts: (standard concept, own), (concept of a code, own), (standard concept,
    /// concept of a code).
    #[must_use]
    pub(crate) fn carrying(
        mut self,
        meanings: Vec<(i64, i64)>,
        codes: Vec<(i64, i64)>,
        mapped: Vec<(i64, i64)>,
    ) -> Self {
        self.vocabulary.carry(meanings, codes, mapped);
        self
    }

    /// The vocabulary that came with the data.
    #[must_use]
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Year of birth by patient, the smallest number where it is not known.
    pub(crate) fn birth_years(&self) -> &[i16] {
        self.births.get_or_init(|| {
            let year = |patient| self.persons.years_of_birth.get(patient);
            let narrow = |year: i64| i16::try_from(year).unwrap_or(i16::MIN);
            (0..self.patients()).map(|patient| year(patient).map_or(i16::MIN, narrow)).collect()
        })
    }

    /// By patient twice the year of birth, and one more for a woman: one look-up for both.
    pub(crate) fn births_and_women(&self) -> &[i32] {
        self.births_and_women.get_or_init(|| {
            let is_woman = |patient| self.persons.genders.get(patient) == Some(FEMALE);
            let pack = |(patient, born): (usize, &i16)| i32::from(*born) << 1 | i32::from(is_woman(patient));
            self.birth_years().iter().enumerate().map(pack).collect()
        })
    }

    /// The gender concepts that there are, and by patient the place of the person's. Unknown is 0, as in the data model.
    pub(crate) fn sexes(&self) -> (&[i64], &[u8]) {
        let (sexes, codes) = self.sexes.get_or_init(|| {
            let mut sexes = Vec::new();
            let mut code = |sex: i64| {
                let at = sexes.iter().position(|known| *known == sex).unwrap_or_else(|| {
                    sexes.push(sex);
                    sexes.len() - 1
                });
                u8::try_from(at).unwrap_or(u8::MAX)
            };
            let codes = (0..self.patients())
                .map(|patient| code(self.persons.genders.get(patient).unwrap_or(0)))
                .collect();
            (sexes, codes)
        });
        (sexes, codes)
    }

    /// The person's id by a patient's number.
    #[must_use]
    pub fn person_id(&self, patient: u32) -> Option<i64> {
        self.persons.ids.get(patient as usize).copied()
    }

    /// Bytes in memory: events with their concept lists. Persons and vocabulary not counted.
    #[must_use]
    pub fn event_bytes(&self) -> usize {
        self.domains.values().map(Domain::bytes).sum()
    }

    /// BLAKE3 of the whole content: the same data give the same value, whatever the order of rows and the kind of file.
    #[must_use]
    pub fn snapshot(&self) -> [u8; 32] {
        *self.snapshot.get_or_init(|| file::snapshot(self))
    }
}
