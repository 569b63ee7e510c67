//! Groups of criteria in relation to an index event: windows, counts, nesting.

use super::attribute::Attribute;
use super::criterion::Criterion;

/// How many members of a group must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// Every one (`ALL`).
    All,
    /// One or more (`ANY`).
    Any,
    /// [`CriteriaGroup::count`] or more (`AT_LEAST`).
    AtLeast,
    /// [`CriteriaGroup::count`] or fewer (`AT_MOST`).
    AtMost,
}

impl GroupKind {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Any => "ANY",
            Self::AtLeast => "AT_LEAST",
            Self::AtMost => "AT_MOST",
        }
    }
}

/// A group of criteria. An empty group holds for every index event.
#[derive(Clone, Debug, PartialEq)]
pub struct CriteriaGroup {
    /// How many must hold.
    pub kind: GroupKind,
    /// The number for [`GroupKind::AtLeast`] and [`GroupKind::AtMost`].
    pub count: Option<i32>,
    /// Events in relation to the index event.
    pub criteria: Vec<CorrelatedCriterion>,
    /// The person at the index event.
    pub demographic_criteria: Vec<DemographicCriterion>,
    /// Nested groups.
    pub groups: Vec<CriteriaGroup>,
}

impl CriteriaGroup {
    /// Whether it has no member.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.criteria.is_empty() && self.demographic_criteria.is_empty() && self.groups.is_empty()
    }
}

/// How often an event must occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OccurrenceKind {
    /// Exactly (`0`).
    Exactly,
    /// At most (`1`).
    AtMost,
    /// At least (`2`).
    AtLeast,
}

/// A column by which distinct events are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountColumn {
    /// `DAYS_SUPPLY`.
    DaysSupply,
    /// `DOMAIN_CONCEPT`: the event's standard concept.
    DomainConcept,
    /// `DOMAIN_SOURCE_CONCEPT`.
    DomainSourceConcept,
    /// `DURATION`, in days.
    Duration,
    /// `END_DATE`.
    EndDate,
    /// `ERA_OCCURRENCES`.
    EraOccurrences,
    /// `GAP_DAYS`.
    GapDays,
    /// `QUANTITY`.
    Quantity,
    /// `RANGE_HIGH`.
    RangeHigh,
    /// `RANGE_LOW`.
    RangeLow,
    /// `REFILLS`.
    Refills,
    /// `START_DATE`.
    StartDate,
    /// `UNIT`.
    Unit,
    /// `VALUE_AS_NUMBER`.
    ValueAsNumber,
    /// `VISIT_ID`.
    VisitId,
    /// `VISIT_DETAIL_ID`.
    VisitDetailId,
}

impl CountColumn {
    /// All columns with their names in JSON.
    pub const NAMES: [(Self, &'static str); 16] = [
        (Self::DaysSupply, "DAYS_SUPPLY"),
        (Self::DomainConcept, "DOMAIN_CONCEPT"),
        (Self::DomainSourceConcept, "DOMAIN_SOURCE_CONCEPT"),
        (Self::Duration, "DURATION"),
        (Self::EndDate, "END_DATE"),
        (Self::EraOccurrences, "ERA_OCCURRENCES"),
        (Self::GapDays, "GAP_DAYS"),
        (Self::Quantity, "QUANTITY"),
        (Self::RangeHigh, "RANGE_HIGH"),
        (Self::RangeLow, "RANGE_LOW"),
        (Self::Refills, "REFILLS"),
        (Self::StartDate, "START_DATE"),
        (Self::Unit, "UNIT"),
        (Self::ValueAsNumber, "VALUE_AS_NUMBER"),
        (Self::VisitId, "VISIT_ID"),
        (Self::VisitDetailId, "VISIT_DETAIL_ID"),
    ];

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(column, _)| *column == self).map_or("", |(_, name)| name)
    }
}

/// A demanded count of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Occurrence {
    /// Exactly, at most, at least.
    pub kind: OccurrenceKind,
    /// How many.
    pub count: i32,
    /// Whether distinct values of a column are counted in place of events.
    pub is_distinct: bool,
    /// The column; none: the event's standard concept.
    pub count_column: Option<CountColumn>,
}

impl Occurrence {
    /// Whether an index event without a single matching event may pass: circe joins outward then.
    #[must_use]
    pub const fn admits_none(&self) -> bool {
        matches!(self.kind, OccurrenceKind::AtMost) || self.count == 0
    }
}

/// One bound of a window, in days from the index date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WindowBound {
    /// Days; none: as far as the observation period reaches, or without end where that is ignored.
    pub days: Option<i32>,
    /// -1 before, 1 after the index date.
    pub coefficient: i32,
}

/// A window around the index event, both bounds included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Earlier bound.
    pub start: WindowBound,
    /// Later bound.
    pub end: WindowBound,
    /// Whether days count from the index event's end. Missing: from its start.
    pub use_index_end: Option<bool>,
    /// Whether the event's end is tested. Missing: its start in a start window, its end in an end window.
    pub use_event_end: Option<bool>,
}

/// Events in relation to an index event, and how many there must be.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelatedCriterion {
    /// Which events.
    pub criterion: Criterion,
    /// When they start.
    pub start_window: Window,
    /// When they end.
    pub end_window: Option<Window>,
    /// How many.
    pub occurrence: Occurrence,
    /// Whether they must belong to the index event's visit.
    pub restrict_visit: bool,
    /// Whether they may start outside the index event's observation period.
    pub ignore_observation_period: bool,
}

/// The person at the index event: age, sex, race, ethnicity, calendar dates. All attributes must hold.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DemographicCriterion {
    /// Attributes, of [`super::DEMOGRAPHIC_ATTRIBUTES`].
    pub attributes: Vec<Attribute>,
}
