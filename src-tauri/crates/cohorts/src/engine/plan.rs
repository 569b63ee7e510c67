//! A definition made ready to be run: concept sets as sorted ids, ranges as numbers, parts named by hash.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::definition::{
    Column, Comparison, CountColumn, CriterionKind, DateAdjustment, EndStrategy, GroupKind, Limit,
    Occurrence, Period, TextFilter, Window,
};
use crate::unit::Conversion;

/// Names a part by what it means; equal parts on one index have equal results.
pub(crate) type Key = [u8; 32];

/// A test of one whole number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IntegerTest {
    pub comparison: Comparison,
    pub value: i64,
    pub extent: i64,
}

impl IntegerTest {
    pub fn holds(self, value: i64) -> bool {
        self.comparison.holds(value, self.value, self.extent)
    }
}

/// A test of one number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberTest {
    pub comparison: Comparison,
    pub value: f64,
    pub extent: f64,
}

impl NumberTest {
    pub fn holds(self, value: f64) -> bool {
        self.comparison.holds(value, self.value, self.extent)
    }
}

/// Concepts that a test names: a set of the definition, or listed one by one.
#[derive(Clone, Debug)]
pub(crate) struct Concepts {
    /// Id of the definition's set; none: listed.
    pub set: Option<i32>,
    /// The concepts, sorted; of a set those that the index's vocabulary gives.
    pub ids: Arc<[i64]>,
}

impl Concepts {
    fn contain(&self, concept: i64) -> bool {
        self.ids.binary_search(&concept).is_ok()
    }
}

/// A test of one concept.
#[derive(Clone, Debug)]
pub(crate) enum ConceptTest {
    /// One of them.
    In(Concepts),
    /// None of them; a missing concept is neither.
    NotIn(Concepts),
    /// There is one.
    Present,
    /// There is none.
    Absent,
}

impl ConceptTest {
    pub fn holds(&self, concept: Option<i64>) -> bool {
        match self {
            Self::In(concepts) => concept.is_some_and(|concept| concepts.contain(concept)),
            Self::NotIn(concepts) => concept.is_some_and(|concept| !concepts.contain(concept)),
            Self::Present => concept.is_some(),
            Self::Absent => concept.is_none(),
        }
    }
}

/// A test of an event or its person.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    Start(IntegerTest),
    End(IntegerTest),
    AgeAtStart(IntegerTest),
    AgeAtEnd(IntegerTest),
    Length(IntegerTest),
    Person(Column, ConceptTest),
    /// The concept that the event itself is of.
    OwnConcept(ConceptTest),
    Concept(Column, ConceptTest),
    Integer(Column, IntegerTest),
    Number(Column, NumberTest),
    /// The value, carried into one of the units that were asked for; by the concept of the unit that it was recorded in.
    Quantity(NumberTest, Arc<HashMap<i64, Vec<Conversion>>>),
    /// Value divided by the bound of its range.
    Ratio(Column, NumberTest),
    Abnormal,
    Text(Column, TextFilter),
    /// The day lies within the event.
    Covers(i32),
    /// Last day not before the first.
    Ordered,
    /// The person has a row in the table of persons.
    KnownPerson,
}

/// Which events.
#[derive(Clone, Debug)]
pub(crate) struct EventPlan {
    pub key: Key,
    pub kind: CriterionKind,
    /// Id of the concept set that the event's own concept must be in; none: any concept.
    pub codeset: Option<i32>,
    /// Positions in the domain, one range a concept; none: all events.
    pub postings: Option<Vec<Range<u32>>>,
    pub source: Option<ConceptTest>,
    pub first: bool,
    pub adjustment: Option<DateAdjustment>,
    pub user_period: Option<Period>,
    pub filters: Vec<Filter>,
    pub group: Option<Box<GroupPlan>>,
}

/// How many of the members must hold.
#[derive(Clone, Debug)]
pub(crate) struct GroupPlan {
    pub kind: GroupKind,
    pub count: i32,
    pub members: Vec<Member>,
}

impl GroupPlan {
    pub fn holds(&self, count: usize) -> bool {
        let wanted = i64::from(self.count);
        match self.kind {
            GroupKind::All => count == self.members.len(),
            GroupKind::Any => count > 0,
            GroupKind::AtLeast => count as i64 >= wanted,
            GroupKind::AtMost => count as i64 <= wanted,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Member {
    Correlated(Box<CorrelatedPlan>),
    Demographic(Vec<Filter>),
    Group(GroupPlan),
}

/// Events in relation to an index event.
#[derive(Clone, Debug)]
pub(crate) struct CorrelatedPlan {
    pub events: EventPlan,
    pub start_window: Window,
    pub end_window: Option<Window>,
    pub occurrence: Occurrence,
    pub distinct: Option<CountColumn>,
    pub restrict_visit: bool,
    pub ignore_period: bool,
}

/// A rule and its name for the cache.
#[derive(Clone, Debug)]
pub(crate) struct RulePlan {
    pub key: Key,
    pub group: GroupPlan,
}

/// A definition made ready.
#[derive(Clone, Debug)]
pub(crate) struct CohortPlan {
    pub primary: Vec<EventPlan>,
    pub prior_days: i32,
    pub post_days: i32,
    pub primary_limit: Limit,
    pub additional: Option<GroupPlan>,
    /// Only where there are additional criteria.
    pub qualified_limit: Limit,
    /// Names the qualified events.
    pub qualified_key: Key,
    pub rules: Vec<RulePlan>,
    pub expression_limit: Limit,
    pub exit: Option<EndStrategy>,
    /// Drugs of the exit strategy.
    pub era_concepts: Arc<[i64]>,
    pub censoring: Vec<EventPlan>,
    pub era_pad: i32,
    pub censor_window: Option<Period>,
}
