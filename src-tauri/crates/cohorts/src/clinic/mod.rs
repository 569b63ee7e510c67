//! The clinic's own records as an index for cohorts: each record under its code, in the tables of the OMOP common data model.
//!
//! What counts is what the export of OMOP tables counts too: nothing that was withdrawn, ordered not to be given or only
//! thought of, and nothing without a date. A patient is observed from the first to the last day that anything is known of,
//! within life and not beyond the day of reading.

mod carried;
mod concept;
mod coverage;
mod others;
mod rows;
mod search;
mod snapshot;
mod units;
mod update;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use rusqlite::{Connection, Row};
use rustcare_model::clinical_record::{Qualifier, RecordKind, has_happened, observed_days};
use rustcare_model::code::Code;
use rustcare_model::date_reading::PartialDate;
use rustcare_vault::table::patient::day_number;
use rustcare_vault::table::setting;
use rustcare_vault::{VaultError, VaultResult};

pub use carried::MappedCodes;
pub use concept::{ClinicConcept, icd_concept_id, is_own, other_concept_id};
pub use coverage::{Gap, GapKind, Whose, gaps, localised, own_concepts};
pub use search::{FoundConcept, patients_with, search};
pub use units::{RecordedUnit, chosen, units_of};
pub use update::Before;

use carried::Carried;
use concept::Concepts;
use rows::{Event, Rows};

use crate::athena::ImportedVocabulary;
use crate::definition::CriterionKind;
use crate::engine::UnitNames;
use crate::index::Index;
use crate::omop::{MemoryTable, NO_INTEGER};

/// OHDSI's concepts of sexes and of kinds of visit.
const MALE: i64 = 8_507;
const FEMALE: i64 = 8_532;
const INPATIENT: i64 = 9_201;
const OUTPATIENT: i64 = 9_202;
const EMERGENCY: i64 = 9_203;
/// URI of UCUM in FHIR.
pub(crate) const UCUM: &str = "http://unitsofmeasure.org";
/// Components of one observation stay below it, as in the export.
const COMPONENTS: i64 = 1_024;

/// Kinds of event that a clinic keeps.
const KINDS: [CriterionKind; 8] = [
    CriterionKind::ConditionOccurrence,
    CriterionKind::Death,
    CriterionKind::DrugExposure,
    CriterionKind::Measurement,
    CriterionKind::Observation,
    CriterionKind::ObservationPeriod,
    CriterionKind::ProcedureOccurrence,
    CriterionKind::VisitOccurrence,
];

/// The records of a vault, ready to be counted.
#[derive(Debug)]
pub struct ClinicData {
    /// The events; a person's id is the patient's row.
    pub index: Index,
    /// The concepts that the records use, and their groups.
    pub concepts: BTreeMap<i64, ClinicConcept>,
    /// UCUM codes of the units that values are recorded in, by concept.
    pub units: UnitNames,
    /// The data that it was read from.
    pub data_version: u64,
    /// The day of reading, where it cut somebody's time on record: the index is that of this day alone then.
    pub only_on: Option<Date>,
    /// How much of the records' codes the imported vocabulary knows; none without one.
    pub mapped: Option<MappedCodes>,
    /// The members of concepts that stand for several codes of one record.
    pub together: BTreeMap<i64, Vec<i64>>,
}

/// The tables while they are read.
#[derive(Default)]
struct Reading {
    concepts: Concepts,
    rows: BTreeMap<RowsOf, Rows>,
    /// Rows of the present patient's encounters, by source.
    visits: HashMap<String, i64>,
    /// First and last day of the present patient.
    days: Option<(i32, i32)>,
}

type Finished = (Index, BTreeMap<i64, ClinicConcept>, Vec<(i64, String)>);

/// The tables that records go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum RowsOf {
    Visits,
    Conditions,
    Drugs,
    Procedures,
    Measurements,
    Observations,
}

impl ClinicData {
    /// Reads the records of a vault. `today`: the day of reading, beyond which nobody is observed. With an imported vocabulary the
    /// records are found by published concepts too.
    ///
    /// # Errors
    /// Database errors, and when the vocabulary cannot be read.
    pub fn read(
        connection: &Connection,
        today: Date,
        vocabulary: Option<&ImportedVocabulary>,
    ) -> VaultResult<Self> {
        let mut reading = Reading::default();
        let mut people = People::on(today);
        let mut patients = connection.prepare_cached(&format!("{PATIENTS} ORDER BY patient"))?;
        let mut records =
            connection.prepare_cached(&format!("{RECORDS} ORDER BY patient, kind, resource, component"))?;
        let mut records = records.query([])?;
        let mut next = records.next()?;
        let mut patients = patients.query([])?;
        while let Some(patient) = patients.next()? {
            let id: i64 = patient.get(0)?;
            reading.begin();
            while let Some(record) = next {
                let of: i64 = record.get(0)?;
                if of > id {
                    break;
                }
                if of == id {
                    reading.take(id, record)?;
                }
                next = records.next()?;
            }
            people.take(patient, reading.days)?;
        }
        Self::of_reading(reading, people, vocabulary, setting::data_version(connection)?, today)
    }

    fn of_reading(
        reading: Reading,
        people: People,
        vocabulary: Option<&ImportedVocabulary>,
        data_version: u64,
        today: Date,
    ) -> VaultResult<Self> {
        let only_on = people.is_cut.then_some(today);
        let carried = vocabulary.map(|vocabulary| Carried::of(vocabulary, &reading.concepts)).transpose()?;
        let mapped = carried.as_ref().map(|carried| carried.count);
        let together =
            reading.concepts.together().map(|(members, together)| (together, members.to_vec())).collect();
        let (index, concepts, published_units) = reading.finish(people, carried.unwrap_or_default())?;
        let units = concepts.iter().filter(|(_, concept)| concept.system == UCUM);
        let units = units.map(|(id, concept)| (*id, concept.code.clone())).chain(published_units).collect();
        Ok(Self { index, concepts, units, data_version, only_on, mapped, together })
    }
}

/// Reads one patient, unless it was merged into another.
fn by_patient(
    connection: &Connection,
    id: i64,
    reading: &mut Reading,
    people: &mut People,
) -> VaultResult<()> {
    let mut patient = connection.prepare_cached(&format!("{PATIENTS} AND patient = ?1"))?;
    let mut records = connection
        .prepare_cached(&format!("{RECORDS} AND patient = ?1 ORDER BY kind, resource, component"))?;
    let mut patient = patient.query([id])?;
    let Some(patient) = patient.next()? else { return Ok(()) };
    reading.begin();
    let mut records = records.query([id])?;
    while let Some(record) = records.next()? {
        reading.take(id, record)?;
    }
    people.take(patient, reading.days)
}

/// The patients that are counted.
const PATIENTS: &str = "SELECT patient, sex, birth_day, deceased_day FROM patient WHERE merged_into IS NULL";
/// The records that can be counted.
const RECORDS: &str =
    "SELECT patient, resource, component, kind, source_id, code_system, code, title, start_day, end_written,
       status, amount_written IS NOT NULL, encounter, amount_number, ucum, detail, more_codes, qualifier
     FROM clinical_record WHERE (kind <= 7 OR kind = 13)";

impl Reading {
    /// Another patient begins.
    fn begin(&mut self) {
        self.visits.clear();
        self.days = None;
    }

    fn take(&mut self, patient: i64, record: &Row<'_>) -> VaultResult<()> {
        let kind =
            RecordKind::of_number(record.get(3)?).ok_or(VaultError::Damaged("a record of unknown kind"))?;
        let (status, qualifier): (Option<String>, Option<String>) = (record.get(10)?, record.get(17)?);
        let Some(start) = record.get::<_, Option<i32>>(8)? else { return Ok(()) };
        let number: Option<f64> = record.get(13)?;
        let Some(table) = table_of(kind, record.get(11)?) else { return Ok(()) };
        let qualifier = qualifier.as_deref().and_then(Qualifier::of_code);
        if !has_happened(status.as_deref(), qualifier) {
            return Ok(());
        }
        let resource: i64 = record.get(1)?;
        let encounter: Option<String> = record.get(12)?;
        let visit = encounter.and_then(|encounter| self.visits.get(&encounter).copied());
        let end: Option<String> = record.get(9)?;
        let end =
            end.and_then(|end| PartialDate::parse(&end).ok()).map(|end| day_number(end.first_day()) as i32);
        let end = end.filter(|end| *end >= start);
        let codes = codes(record)?;
        let title: String = record.get(7)?;
        let mut event = Event {
            row: resource * COMPONENTS + record.get::<_, i64>(2)?,
            patient,
            concept: 0,
            source: NO_INTEGER,
            start,
            end,
            visit,
            number,
            unit: None,
        };
        if table == RowsOf::Visits {
            self.visits.insert(record.get(4)?, resource);
            event.row = resource;
            event.concept = self.visit_concept(record.get(15)?, &codes, &title);
            event.end = Some(end.unwrap_or(start));
        } else {
            event.concept = self.concepts.of_record(&codes, &title);
            let source = codes.first().map(|code| self.concepts.of_code(&code.system, &code.code, &title));
            event.source = source.unwrap_or(event.concept);
            let unit: Option<String> = record.get(14)?;
            event.unit = unit.map(|unit| self.concepts.of_code(UCUM, &unit, &unit));
        }
        let last = end.unwrap_or(start);
        let (first_day, last_day) = self.days.unwrap_or((start, last));
        self.days = Some((first_day.min(start), last_day.max(last)));
        self.rows.entry(table).or_default().push(event);
        Ok(())
    }

    /// `class`: of the visit, as HL7 names it.
    fn visit_concept(&mut self, class: Option<String>, codes: &[Code], title: &str) -> i64 {
        match class.as_deref().unwrap_or_default() {
            "IMP" | "ACUTE" | "NONAC" => INPATIENT,
            "AMB" | "VR" | "HH" | "outpatient" => OUTPATIENT,
            "EMER" => EMERGENCY,
            _ => self.concepts.of_record(codes, title),
        }
    }

    /// The index, its concepts, and the published concepts of units.
    fn finish(mut self, people: People, carried: Carried) -> VaultResult<Finished> {
        let mut tables = people.tables();
        for table in [
            RowsOf::Visits,
            RowsOf::Conditions,
            RowsOf::Drugs,
            RowsOf::Procedures,
            RowsOf::Measurements,
            RowsOf::Observations,
        ] {
            tables.push(self.rows.remove(&table).unwrap_or_default().table(table));
        }
        let (mut concepts, pairs) = self.concepts.finish();
        for (id, title) in [
            (INPATIENT, "Inpatient Visit"),
            (OUTPATIENT, "Outpatient Visit"),
            (EMERGENCY, "Emergency Room Visit"),
        ] {
            let concept = ClinicConcept { system: "OHDSI".into(), code: id.to_string(), title: title.into() };
            concepts.insert(id, concept);
        }
        let mut all: BTreeSet<i64> = concepts.keys().copied().collect();
        all.extend(pairs.iter().map(|(_, member)| *member));
        all.extend([MALE, FEMALE]);
        all.extend(carried.concepts);
        tables.push(MemoryTable::new("concept", all.len()).integers("concept_id", all.into_iter().collect()));
        let pairs = pairs.into_iter().chain(carried.ancestors);
        let (above, below) = pairs.unzip::<i64, i64, Vec<_>, Vec<_>>();
        tables.push(
            MemoryTable::new("concept_ancestor", above.len())
                .integers("ancestor_concept_id", above)
                .integers("descendant_concept_id", below),
        );
        concepts.extend(carried.described);
        let index = Index::of_tables(tables).map_err(|_| VaultError::Damaged("the records make no index"))?;
        Ok((index.carrying(carried.meanings, carried.codes, carried.mapped), concepts, carried.units))
    }
}

/// The codes of a record, as they were written.
fn codes(record: &Row<'_>) -> VaultResult<Vec<Code>> {
    let more: Option<String> = record.get(16)?;
    if let Some(codes) = more.and_then(|more| serde_json::from_str::<Vec<Code>>(&more).ok())
        && !codes.is_empty()
    {
        return Ok(codes);
    }
    let (system, code): (Option<String>, Option<String>) = (record.get(5)?, record.get(6)?);
    Ok(system.zip(code).map(|(system, code)| Code { system, code, display: None }).into_iter().collect())
}

/// `has_amount`: also one that is no number, as `<5`: it is a measurement without a value to test.
const fn table_of(kind: RecordKind, has_amount: bool) -> Option<RowsOf> {
    Some(match kind {
        RecordKind::Encounter => RowsOf::Visits,
        RecordKind::Condition => RowsOf::Conditions,
        RecordKind::MedicationRequest | RecordKind::MedicationAdministration | RecordKind::Immunization => {
            RowsOf::Drugs
        }
        RecordKind::Procedure => RowsOf::Procedures,
        RecordKind::Observation if has_amount => RowsOf::Measurements,
        RecordKind::Observation | RecordKind::AllergyIntolerance => RowsOf::Observations,
        _ => return None,
    })
}

/// The persons, their observation periods and deaths.
#[derive(Default)]
struct People {
    /// The day of reading.
    today: i32,
    /// Whether anybody's time on record was cut at that day.
    is_cut: bool,
    ids: Vec<i64>,
    genders: Vec<i64>,
    years: Vec<i64>,
    observed: Vec<(i64, i32, i32)>,
    deaths: Vec<(i64, i32)>,
}

impl People {
    fn on(today: Date) -> Self {
        Self { today: day_number(today) as i32, ..Self::default() }
    }

    fn take(&mut self, patient: &Row<'_>, days: Option<(i32, i32)>) -> VaultResult<()> {
        let id: i64 = patient.get(0)?;
        let sex: String = patient.get(1)?;
        let born: Option<i64> = patient.get(2)?;
        self.ids.push(id);
        self.genders.push(match rustcare_model::Sex::from_word(&sex) {
            rustcare_model::Sex::Male => MALE,
            rustcare_model::Sex::Female => FEMALE,
            _ => 0,
        });
        let year = born.and_then(rustcare_vault::table::patient::day_of).map(|day| i64::from(day.year()));
        self.years.push(year.unwrap_or(NO_INTEGER));
        let died: Option<i32> = patient.get(3)?;
        self.is_cut |= days.is_some_and(|(_, last)| last > self.today);
        let observed =
            days.and_then(|days| observed_days(days, born.map(|day| day as i32), died, self.today));
        self.observed.extend(observed.map(|(first, last)| (id, first, last)));
        self.deaths.extend(died.map(|day| (id, day)));
        Ok(())
    }

    fn tables(self) -> Vec<MemoryTable> {
        let nothing = |count: usize| vec![0; count];
        let count = self.ids.len();
        let person = MemoryTable::new("person", count)
            .integers("person_id", self.ids)
            .integers("gender_concept_id", self.genders)
            .integers("year_of_birth", self.years)
            .integers("race_concept_id", nothing(count))
            .integers("ethnicity_concept_id", nothing(count));
        let of = |rows: &[(i64, i32, i32)]| rows.iter().map(|row| row.0).collect::<Vec<_>>();
        let periods = MemoryTable::new("observation_period", self.observed.len())
            .integers("observation_period_id", of(&self.observed))
            .integers("person_id", of(&self.observed))
            .days("observation_period_start_date", self.observed.iter().map(|row| row.1).collect())
            .days("observation_period_end_date", self.observed.iter().map(|row| row.2).collect());
        let death = MemoryTable::new("death", self.deaths.len())
            .integers("person_id", self.deaths.iter().map(|row| row.0).collect())
            .days("death_date", self.deaths.iter().map(|row| row.1).collect());
        vec![person, periods, death]
    }
}
