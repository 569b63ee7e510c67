//! The clinic's index brought up to date: the records of the patients that changed are read, everybody else's are taken over.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::Date;
use rusqlite::Connection;
use rustcare_vault::VaultResult;
use rustcare_vault::table::setting;

use super::rows::{Event, Rows};
use super::{ClinicConcept, ClinicData, People, Reading, RowsOf, by_patient};
use crate::athena::ImportedVocabulary;
use crate::definition::{Column, CriterionKind};
use crate::index::Index;
use crate::omop::NO_INTEGER;

/// The tables with the kinds of event that they become.
const KINDS: [(RowsOf, CriterionKind); 6] = [
    (RowsOf::Visits, CriterionKind::VisitOccurrence),
    (RowsOf::Conditions, CriterionKind::ConditionOccurrence),
    (RowsOf::Drugs, CriterionKind::DrugExposure),
    (RowsOf::Procedures, CriterionKind::ProcedureOccurrence),
    (RowsOf::Measurements, CriterionKind::Measurement),
    (RowsOf::Observations, CriterionKind::Observation),
];

/// The data as they were read before.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    /// The events.
    pub index: &'a Index,
    /// What the concepts were called.
    pub concepts: &'a BTreeMap<i64, ClinicConcept>,
    /// The members of concepts that stand for several codes of one record.
    pub together: &'a BTreeMap<i64, Vec<i64>>,
    /// Whether somebody's time on record was cut at the day of reading, which must be today then.
    pub is_cut: bool,
}

impl<'a> Before<'a> {
    /// Of data that were read.
    #[must_use]
    pub const fn of(data: &'a ClinicData) -> Self {
        let is_cut = data.only_on.is_some();
        Self { index: &data.index, concepts: &data.concepts, together: &data.together, is_cut }
    }
}

impl ClinicData {
    /// The data as reading all of them would give, where only the records of `changed` are other than they were before. What a code is
    /// called is what the first record with it said when it was read.
    ///
    /// # Errors
    /// As [`ClinicData::read`].
    pub fn updated(
        before: Before<'_>,
        connection: &Connection,
        today: Date,
        vocabulary: Option<&ImportedVocabulary>,
        changed: &[i64],
    ) -> VaultResult<Self> {
        let changed: HashSet<i64> = changed.iter().copied().collect();
        let mut reading = Reading::default();
        let mut people = People::on(today);
        people.is_cut = before.is_cut;
        let used = taken_over(before.index, &changed, &mut reading, &mut people);
        for id in used {
            reading.concepts.take_over(id, before.concepts, before.together);
        }
        let mut ids: Vec<i64> = changed.into_iter().collect();
        ids.sort_unstable();
        for id in ids {
            by_patient(connection, id, &mut reading, &mut people)?;
        }
        Self::of_reading(reading, people, vocabulary, setting::data_version(connection)?, today)
    }
}

/// Takes over everybody whose records did not change; answers with the concepts that their records use.
fn taken_over(
    index: &Index,
    changed: &HashSet<i64>,
    reading: &mut Reading,
    people: &mut People,
) -> BTreeSet<i64> {
    let persons = &index.persons;
    let mut deaths: BTreeMap<u32, i32> = BTreeMap::new();
    if let Some(domain) = index.domain(CriterionKind::Death) {
        deaths.extend(domain.patients.iter().copied().zip(domain.starts.iter().copied()));
    }
    for (patient, id) in persons.ids.iter().enumerate().filter(|(_, id)| !changed.contains(id)) {
        let number = patient as u32;
        people.ids.push(*id);
        people.genders.push(persons.genders.get(patient).unwrap_or(0));
        people.years.push(persons.years_of_birth.get(patient).unwrap_or(NO_INTEGER));
        people.observed.extend(index.periods.of(number).map(|(first, last)| (*id, first, last)));
        people.deaths.extend(deaths.get(&number).map(|day| (*id, *day)));
    }
    let mut used = BTreeSet::new();
    for (table, kind) in KINDS {
        let rows = reading.rows.entry(table).or_default();
        events(index, kind, changed, rows, &mut used);
    }
    used
}

/// The events of a kind as they were before they were put in order.
fn events(
    index: &Index,
    kind: CriterionKind,
    changed: &HashSet<i64>,
    rows: &mut Rows,
    used: &mut BTreeSet<i64>,
) {
    let Some(domain) = index.domain(kind) else { return };
    let (sources, units) = (domain.integers.get(&Column::SourceConcept), domain.integers.get(&Column::Unit));
    let numbers = domain.integers.get(&Column::ValueAsNumber);
    for (at, concept) in domain.concepts.iter().enumerate() {
        for position in domain.offsets[at] as usize..domain.offsets[at + 1] as usize {
            let patient = index.persons.ids[domain.patients[position] as usize];
            if changed.contains(&patient) {
                continue;
            }
            let source = sources.and_then(|sources| sources.get(position));
            let unit = units.and_then(|units| units.get(position));
            used.extend([Some(*concept), source, unit].into_iter().flatten());
            rows.push(Event {
                row: domain.row(position),
                patient,
                concept: *concept,
                source: source.unwrap_or(NO_INTEGER),
                start: domain.starts[position],
                end: Some(domain.end(position)),
                visit: domain.visits.get(position),
                number: numbers.and_then(|numbers| numbers.number(position)),
                unit,
            });
        }
    }
}
