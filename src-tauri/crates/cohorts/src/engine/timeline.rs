//! Everything that is recorded of one person, kind by kind, in the order of days.

use jiff::civil::Date;

use super::Engine;
use super::trace::{TracedEvent, traced};
use crate::calendar::CALENDAR;
use crate::definition::CriterionKind;
use crate::index::Index;

/// Events of a kind that are told one by one: the newest.
pub const MOST_OF_A_KIND: usize = 2_000;

/// Kinds of events in the order in which they are told. Eras are made of other events, and are left out.
const KINDS: [CriterionKind; 9] = [
    CriterionKind::VisitOccurrence,
    CriterionKind::ConditionOccurrence,
    CriterionKind::DrugExposure,
    CriterionKind::ProcedureOccurrence,
    CriterionKind::Measurement,
    CriterionKind::Observation,
    CriterionKind::DeviceExposure,
    CriterionKind::Specimen,
    CriterionKind::Death,
];

/// Events of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineKind {
    /// The kind.
    pub kind: CriterionKind,
    /// The newest [`MOST_OF_A_KIND`], by first day and row.
    pub events: Vec<TracedEvent>,
    /// How many older ones there are.
    pub left_out: u64,
}

/// What is recorded of one person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// First and last day of each time in which the person is observed.
    pub observed: Vec<(Date, Date)>,
    /// Kinds of which there is any event.
    pub kinds: Vec<TimelineKind>,
}

impl Engine {
    /// What is recorded of a person; none of one who is not in the data.
    #[must_use]
    pub fn timeline(&self, person_id: i64) -> Option<Timeline> {
        let patient = self.index.persons.ids.binary_search(&person_id).ok()?;
        let kinds = KINDS.into_iter().filter_map(|kind| of_kind(&self.index, kind, patient));
        let observed = self.index.periods.of(u32::try_from(patient).ok()?);
        Some(Timeline {
            observed: observed.map(|(from, to)| (CALENDAR.date(from), CALENDAR.date(to))).collect(),
            kinds: kinds.collect(),
        })
    }
}

fn of_kind(index: &Index, kind: CriterionKind, patient: usize) -> Option<TimelineKind> {
    let domain = index.domain(kind)?;
    let by_patient = domain.by_patient(index.patients());
    let (from, to) = (*by_patient.offsets.get(patient)?, *by_patient.offsets.get(patient + 1)?);
    let own = by_patient.order.get(from as usize..to as usize).filter(|own| !own.is_empty())?;
    let left_out = own.len().saturating_sub(MOST_OF_A_KIND);
    let event = |position: &u32| {
        let at = *position as usize;
        traced(kind, domain, at, (domain.starts[at], domain.end(at)))
    };
    Some(TimelineKind {
        kind,
        events: own[left_out..].iter().map(event).collect(),
        left_out: left_out as u64,
    })
}
