//! Rows of one table of events, column by column.

use super::RowsOf;
use crate::omop::{MemoryTable, NO_DAY, NO_INTEGER};

/// A record as an event.
pub(super) struct Event {
    /// Number of the row in its table.
    pub row: i64,
    /// Row of the patient.
    pub patient: i64,
    /// What it is counted under.
    pub concept: i64,
    /// Its first code alone.
    pub source: i64,
    /// First day, since 1970-01-01.
    pub start: i32,
    /// Last day, where it is known.
    pub end: Option<i32>,
    /// The visit's row.
    pub visit: Option<i64>,
    /// The measured number.
    pub number: Option<f64>,
    /// Concept of the unit.
    pub unit: Option<i64>,
}

/// Events, column by column.
#[derive(Default)]
pub(super) struct Rows {
    rows: Vec<i64>,
    patients: Vec<i64>,
    concepts: Vec<i64>,
    sources: Vec<i64>,
    starts: Vec<i32>,
    ends: Vec<i32>,
    visits: Vec<i64>,
    numbers: Vec<f64>,
    units: Vec<i64>,
}

impl Rows {
    pub fn push(&mut self, event: Event) {
        self.rows.push(event.row);
        self.patients.push(event.patient);
        self.concepts.push(event.concept);
        self.sources.push(event.source);
        self.starts.push(event.start);
        self.ends.push(event.end.unwrap_or(NO_DAY));
        self.visits.push(event.visit.unwrap_or(NO_INTEGER));
        self.numbers.push(event.number.unwrap_or(f64::NAN));
        self.units.push(event.unit.unwrap_or(NO_INTEGER));
    }

    /// The table of the common data model that holds such events.
    pub fn table(self, of: RowsOf) -> MemoryTable {
        let count = self.rows.len();
        let begun = |name, id, concept, source, start| {
            MemoryTable::new(name, count)
                .integers(id, self.rows)
                .integers("person_id", self.patients)
                .integers(concept, self.concepts)
                .integers(source, self.sources)
                .days(start, self.starts)
        };
        let (visits, ends, numbers, units) = (self.visits, self.ends, self.numbers, self.units);
        match of {
            RowsOf::Visits => begun(
                "visit_occurrence",
                "visit_occurrence_id",
                "visit_concept_id",
                "visit_source_concept_id",
                "visit_start_date",
            )
            .days("visit_end_date", ends),
            RowsOf::Conditions => begun(
                "condition_occurrence",
                "condition_occurrence_id",
                "condition_concept_id",
                "condition_source_concept_id",
                "condition_start_date",
            )
            .days("condition_end_date", ends)
            .integers("visit_occurrence_id", visits),
            RowsOf::Drugs => begun(
                "drug_exposure",
                "drug_exposure_id",
                "drug_concept_id",
                "drug_source_concept_id",
                "drug_exposure_start_date",
            )
            .days("drug_exposure_end_date", ends)
            .integers("visit_occurrence_id", visits),
            RowsOf::Procedures => begun(
                "procedure_occurrence",
                "procedure_occurrence_id",
                "procedure_concept_id",
                "procedure_source_concept_id",
                "procedure_date",
            )
            .integers("visit_occurrence_id", visits),
            RowsOf::Measurements => begun(
                "measurement",
                "measurement_id",
                "measurement_concept_id",
                "measurement_source_concept_id",
                "measurement_date",
            )
            .numbers("value_as_number", numbers)
            .integers("unit_concept_id", units)
            .integers("visit_occurrence_id", visits),
            RowsOf::Observations => begun(
                "observation",
                "observation_id",
                "observation_concept_id",
                "observation_source_concept_id",
                "observation_date",
            )
            .integers("visit_occurrence_id", visits),
        }
    }
}
