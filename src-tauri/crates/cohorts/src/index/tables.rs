//! Which table and columns of the common data model hold the events of each kind of criterion.
//!
//! Source: the queries of circe-be (`resources/cohortdefinition/sql`, `cohortdefinition/builders`).

use crate::definition::{Column, CriterionKind};

/// How an event's last day follows from its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndRule {
    /// The day after the first.
    NextDay,
    /// The column, or the day after the first.
    OrNextDay(&'static str),
    /// The column, or the first day and the days supplied, or the day after the first.
    OrSupplyOrNextDay(&'static str),
    /// The column, which must have a value.
    Stored(&'static str),
}

/// How a column is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holding {
    Integer,
    Number,
    Text,
}

/// A table of events.
pub(crate) struct EventTable {
    pub kind: CriterionKind,
    pub name: &'static str,
    /// The row's own number; none: the person's.
    pub id: Option<&'static str>,
    pub concept: &'static str,
    pub start: &'static str,
    pub end: EndRule,
    pub visit: Option<&'static str>,
    pub columns: &'static [(Column, &'static str, Holding)],
    /// Whether rows name a provider, whose specialty is looked up.
    pub provider: bool,
    /// Whether rows name a care site, whose place of service is looked up.
    pub care_site: bool,
}

use Holding::{Integer, Number, Text};

const VISIT: Option<&str> = Some("visit_occurrence_id");

/// The 14 tables of events.
pub(crate) const EVENT_TABLES: [EventTable; 14] = [
    EventTable {
        kind: CriterionKind::ConditionOccurrence,
        name: "condition_occurrence",
        id: Some("condition_occurrence_id"),
        concept: "condition_concept_id",
        start: "condition_start_date",
        end: EndRule::OrNextDay("condition_end_date"),
        visit: VISIT,
        columns: &[
            (Column::Type, "condition_type_concept_id", Integer),
            (Column::SourceConcept, "condition_source_concept_id", Integer),
            (Column::Status, "condition_status_concept_id", Integer),
            (Column::IsPrimary, "is_primary", Integer),
            (Column::StopReason, "stop_reason", Text),
        ],
        provider: true,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::DrugExposure,
        name: "drug_exposure",
        id: Some("drug_exposure_id"),
        concept: "drug_concept_id",
        start: "drug_exposure_start_date",
        end: EndRule::OrSupplyOrNextDay("drug_exposure_end_date"),
        visit: VISIT,
        columns: &[
            (Column::Type, "drug_type_concept_id", Integer),
            (Column::SourceConcept, "drug_source_concept_id", Integer),
            (Column::StopReason, "stop_reason", Text),
            (Column::Refills, "refills", Integer),
            (Column::Quantity, "quantity", Number),
            (Column::DaysSupply, "days_supply", Integer),
            (Column::Route, "route_concept_id", Integer),
            (Column::LotNumber, "lot_number", Text),
        ],
        provider: true,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::ProcedureOccurrence,
        name: "procedure_occurrence",
        id: Some("procedure_occurrence_id"),
        concept: "procedure_concept_id",
        start: "procedure_date",
        end: EndRule::NextDay,
        visit: VISIT,
        columns: &[
            (Column::Type, "procedure_type_concept_id", Integer),
            (Column::SourceConcept, "procedure_source_concept_id", Integer),
            (Column::Modifier, "modifier_concept_id", Integer),
            (Column::Quantity, "quantity", Number),
        ],
        provider: true,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::Measurement,
        name: "measurement",
        id: Some("measurement_id"),
        concept: "measurement_concept_id",
        start: "measurement_date",
        end: EndRule::NextDay,
        visit: VISIT,
        columns: &[
            (Column::Type, "measurement_type_concept_id", Integer),
            (Column::SourceConcept, "measurement_source_concept_id", Integer),
            (Column::Operator, "operator_concept_id", Integer),
            (Column::ValueAsNumber, "value_as_number", Number),
            (Column::ValueAsConcept, "value_as_concept_id", Integer),
            (Column::Unit, "unit_concept_id", Integer),
            (Column::RangeLow, "range_low", Number),
            (Column::RangeHigh, "range_high", Number),
        ],
        provider: true,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::Observation,
        name: "observation",
        id: Some("observation_id"),
        concept: "observation_concept_id",
        start: "observation_date",
        end: EndRule::NextDay,
        visit: VISIT,
        columns: &[
            (Column::Type, "observation_type_concept_id", Integer),
            (Column::SourceConcept, "observation_source_concept_id", Integer),
            (Column::ValueAsNumber, "value_as_number", Number),
            (Column::ValueAsString, "value_as_string", Text),
            (Column::ValueAsConcept, "value_as_concept_id", Integer),
            (Column::Qualifier, "qualifier_concept_id", Integer),
            (Column::Unit, "unit_concept_id", Integer),
        ],
        provider: true,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::VisitOccurrence,
        name: "visit_occurrence",
        id: Some("visit_occurrence_id"),
        concept: "visit_concept_id",
        start: "visit_start_date",
        end: EndRule::Stored("visit_end_date"),
        visit: VISIT,
        columns: &[
            (Column::Type, "visit_type_concept_id", Integer),
            (Column::SourceConcept, "visit_source_concept_id", Integer),
        ],
        provider: true,
        care_site: true,
    },
    EventTable {
        kind: CriterionKind::VisitDetail,
        name: "visit_detail",
        id: Some("visit_detail_id"),
        concept: "visit_detail_concept_id",
        start: "visit_detail_start_date",
        end: EndRule::Stored("visit_detail_end_date"),
        visit: VISIT,
        columns: &[
            (Column::Type, "visit_detail_type_concept_id", Integer),
            (Column::SourceConcept, "visit_detail_source_concept_id", Integer),
        ],
        provider: true,
        care_site: true,
    },
    EventTable {
        kind: CriterionKind::DeviceExposure,
        name: "device_exposure",
        id: Some("device_exposure_id"),
        concept: "device_concept_id",
        start: "device_exposure_start_date",
        end: EndRule::OrNextDay("device_exposure_end_date"),
        visit: VISIT,
        columns: &[
            (Column::Type, "device_type_concept_id", Integer),
            (Column::SourceConcept, "device_source_concept_id", Integer),
            (Column::UniqueDeviceId, "unique_device_id", Text),
            (Column::Quantity, "quantity", Number),
        ],
        provider: true,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::Specimen,
        name: "specimen",
        id: Some("specimen_id"),
        concept: "specimen_concept_id",
        start: "specimen_date",
        end: EndRule::NextDay,
        visit: None,
        columns: &[
            (Column::Type, "specimen_type_concept_id", Integer),
            (Column::Quantity, "quantity", Number),
            (Column::Unit, "unit_concept_id", Integer),
            (Column::AnatomicSite, "anatomic_site_concept_id", Integer),
            (Column::DiseaseStatus, "disease_status_concept_id", Integer),
            (Column::SourceId, "specimen_source_id", Text),
        ],
        provider: false,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::Death,
        name: "death",
        id: None,
        concept: "cause_concept_id",
        start: "death_date",
        end: EndRule::NextDay,
        visit: None,
        columns: &[
            (Column::Type, "death_type_concept_id", Integer),
            (Column::SourceConcept, "cause_source_concept_id", Integer),
        ],
        provider: false,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::ConditionEra,
        name: "condition_era",
        id: Some("condition_era_id"),
        concept: "condition_concept_id",
        start: "condition_era_start_date",
        end: EndRule::Stored("condition_era_end_date"),
        visit: None,
        columns: &[(Column::OccurrenceCount, "condition_occurrence_count", Integer)],
        provider: false,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::DrugEra,
        name: "drug_era",
        id: Some("drug_era_id"),
        concept: "drug_concept_id",
        start: "drug_era_start_date",
        end: EndRule::Stored("drug_era_end_date"),
        visit: None,
        columns: &[
            (Column::OccurrenceCount, "drug_exposure_count", Integer),
            (Column::GapDays, "gap_days", Integer),
        ],
        provider: false,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::DoseEra,
        name: "dose_era",
        id: Some("dose_era_id"),
        concept: "drug_concept_id",
        start: "dose_era_start_date",
        end: EndRule::Stored("dose_era_end_date"),
        visit: None,
        columns: &[(Column::Unit, "unit_concept_id", Integer), (Column::ValueAsNumber, "dose_value", Number)],
        provider: false,
        care_site: false,
    },
    EventTable {
        kind: CriterionKind::ObservationPeriod,
        name: "observation_period",
        id: Some("observation_period_id"),
        concept: "period_type_concept_id",
        start: "observation_period_start_date",
        end: EndRule::Stored("observation_period_end_date"),
        visit: None,
        columns: &[],
        provider: false,
        care_site: false,
    },
];
