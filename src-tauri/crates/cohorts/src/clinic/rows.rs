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
        let names = of.names();
        let mut table = MemoryTable::new(names.table, self.rows.len())
            .integers(names.id, self.rows)
            .integers("person_id", self.patients)
            .integers(names.concept, self.concepts)
            .integers(names.source, self.sources)
            .days(names.start, self.starts);
        if let Some(end) = names.end {
            table = table.days(end, self.ends);
        }
        if of != RowsOf::Visits {
            table = table.integers("visit_occurrence_id", self.visits);
        }
        if of == RowsOf::Measurements {
            table = table.numbers("value_as_number", self.numbers).integers("unit_concept_id", self.units);
        }
        table
    }
}

/// What a table of the common data model (5.4) and its columns are called.
struct TableNames {
    table: &'static str,
    id: &'static str,
    concept: &'static str,
    source: &'static str,
    start: &'static str,
    end: Option<&'static str>,
}

impl RowsOf {
    const fn names(self) -> TableNames {
        match self {
            Self::Visits => TableNames {
                table: "visit_occurrence",
                id: "visit_occurrence_id",
                concept: "visit_concept_id",
                source: "visit_source_concept_id",
                start: "visit_start_date",
                end: Some("visit_end_date"),
            },
            Self::Conditions => TableNames {
                table: "condition_occurrence",
                id: "condition_occurrence_id",
                concept: "condition_concept_id",
                source: "condition_source_concept_id",
                start: "condition_start_date",
                end: Some("condition_end_date"),
            },
            Self::Drugs => TableNames {
                table: "drug_exposure",
                id: "drug_exposure_id",
                concept: "drug_concept_id",
                source: "drug_source_concept_id",
                start: "drug_exposure_start_date",
                end: Some("drug_exposure_end_date"),
            },
            Self::Procedures => TableNames {
                table: "procedure_occurrence",
                id: "procedure_occurrence_id",
                concept: "procedure_concept_id",
                source: "procedure_source_concept_id",
                start: "procedure_date",
                end: None,
            },
            Self::Measurements => TableNames {
                table: "measurement",
                id: "measurement_id",
                concept: "measurement_concept_id",
                source: "measurement_source_concept_id",
                start: "measurement_date",
                end: None,
            },
            Self::Observations => TableNames {
                table: "observation",
                id: "observation_id",
                concept: "observation_concept_id",
                source: "observation_source_concept_id",
                start: "observation_date",
                end: None,
            },
        }
    }
}
