//! Criteria: which events of a person are meant, alone or in relation to another event.

use super::attribute::{Attribute, Column, Test};
use super::group::CriteriaGroup;

/// The 16 kinds of criterion that circe-be knows. All are read and written; see [`CriterionKind::runs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CriterionKind {
    /// Span in which a condition is taken to last.
    ConditionEra,
    /// A diagnosis or symptom on record.
    ConditionOccurrence,
    /// Death.
    Death,
    /// Use of a device.
    DeviceExposure,
    /// Span of a constant dose of an ingredient.
    DoseEra,
    /// Span of exposure to an ingredient.
    DrugEra,
    /// A prescription, dispensing or administration.
    DrugExposure,
    /// Where the person lived. Read and written, not run.
    LocationRegion,
    /// A laboratory result or other measurement.
    Measurement,
    /// Any other fact.
    Observation,
    /// Span in which events of the person would be on record.
    ObservationPeriod,
    /// Span of an insurance plan. Read and written, not run.
    PayerPlanPeriod,
    /// A procedure.
    ProcedureOccurrence,
    /// A specimen.
    Specimen,
    /// A part of a visit.
    VisitDetail,
    /// A visit.
    VisitOccurrence,
}

impl CriterionKind {
    /// All kinds, by name.
    pub const ALL: [Self; 16] = [
        Self::ConditionEra,
        Self::ConditionOccurrence,
        Self::Death,
        Self::DeviceExposure,
        Self::DoseEra,
        Self::DrugEra,
        Self::DrugExposure,
        Self::LocationRegion,
        Self::Measurement,
        Self::Observation,
        Self::ObservationPeriod,
        Self::PayerPlanPeriod,
        Self::ProcedureOccurrence,
        Self::Specimen,
        Self::VisitDetail,
        Self::VisitOccurrence,
    ];

    /// The name in JSON, as published.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConditionEra => "ConditionEra",
            Self::ConditionOccurrence => "ConditionOccurrence",
            Self::Death => "Death",
            Self::DeviceExposure => "DeviceExposure",
            Self::DoseEra => "DoseEra",
            Self::DrugEra => "DrugEra",
            Self::DrugExposure => "DrugExposure",
            Self::LocationRegion => "LocationRegion",
            Self::Measurement => "Measurement",
            Self::Observation => "Observation",
            Self::ObservationPeriod => "ObservationPeriod",
            Self::PayerPlanPeriod => "PayerPlanPeriod",
            Self::ProcedureOccurrence => "ProcedureOccurrence",
            Self::Specimen => "Specimen",
            Self::VisitDetail => "VisitDetail",
            Self::VisitOccurrence => "VisitOccurrence",
        }
    }

    /// The kind of this published name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the engine runs it. Two kinds rest on tables that no published definition uses.
    #[must_use]
    pub const fn runs(self) -> bool {
        !matches!(self, Self::LocationRegion | Self::PayerPlanPeriod)
    }

    /// Whether it may name a concept set (`CodesetId`).
    #[must_use]
    pub const fn has_codeset(self) -> bool {
        !matches!(self, Self::ObservationPeriod | Self::PayerPlanPeriod)
    }

    /// Whether it may ask for the first event only (`First`).
    #[must_use]
    pub const fn has_first(self) -> bool {
        !matches!(self, Self::Death | Self::LocationRegion)
    }
}

/// Which events are meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// Kind of event.
    pub kind: CriterionKind,
    /// Id of the concept set that the event's concept must be in; none: any concept.
    pub codeset_id: Option<i32>,
    /// Only the person's first event of the concept set, chosen before any attribute is tested.
    pub first: Option<bool>,
    /// Attributes, all of which must hold; each at most once.
    pub attributes: Vec<Attribute>,
    /// What must hold in relation to the event itself.
    pub correlated_criteria: Option<Box<CriteriaGroup>>,
    /// Dates to use in place of the event's own.
    pub date_adjustment: Option<DateAdjustment>,
}

impl Criterion {
    /// Any event of this kind.
    #[must_use]
    pub const fn any(kind: CriterionKind) -> Self {
        Self {
            kind,
            codeset_id: None,
            first: None,
            attributes: Vec::new(),
            correlated_criteria: None,
            date_adjustment: None,
        }
    }

    /// The tests of one column: none, one, or one as a list and one as a concept set.
    pub fn tests(&self, column: Column) -> impl Iterator<Item = &Test> {
        self.attributes.iter().filter(move |a| a.specification.column == column).map(|a| &a.test)
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn flag(&self, column: Column) -> bool {
        self.tests(column).any(|test| matches!(test, Test::Flag(true)))
    }

    /// Whether only the first event counts.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        matches!(self.first, Some(true))
    }
}

/// Which of an event's two dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventDate {
    /// `START_DATE`.
    Start,
    /// `END_DATE`.
    End,
}

/// Dates to use in place of an event's own: one of the two, moved by days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateAdjustment {
    /// From which date the start is made.
    pub start_with: EventDate,
    /// Days added to it.
    pub start_offset: i32,
    /// From which date the end is made.
    pub end_with: EventDate,
    /// Days added to it.
    pub end_offset: i32,
}
