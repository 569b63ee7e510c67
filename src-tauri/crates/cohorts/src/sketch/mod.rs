//! A cohort definition as the clinic's builder shows it: whose records count as entry, what must be true besides, how long a
//! person stays. Every sketch is a definition in Circe's language; not every definition is a sketch.

mod expression;

use serde::{Deserialize, Serialize};

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A diagnosis or problem.
    Condition,
    /// A medicine prescribed or given, a vaccination.
    Drug,
    /// Something done.
    Procedure,
    /// A result with a number.
    Measurement,
    /// Any other finding.
    Observation,
    /// A visit or stay.
    Visit,
    /// Death.
    Death,
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Not below.
    AtLeast,
    /// Not above.
    AtMost,
    /// Above.
    MoreThan,
    /// Below.
    LessThan,
    /// Not below one and not above another.
    Between,
}

/// Whether counted events must be many enough or few enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Occurs {
    /// That often or more.
    AtLeast,
    /// That often or less.
    AtMost,
    /// That often.
    Exactly,
}

/// Which of a person's events counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum WhichEvent {
    /// The first.
    Earliest,
    /// The last.
    Latest,
    /// Each of them.
    Every,
}

/// A code that is chosen, with all that is below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ChosenConcept {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub concept_id: i64,
    pub system: String,
    pub code: String,
    pub title: String,
    /// Taken out of what the others put in.
    #[serde(default)]
    pub is_excluded: bool,
}

/// A test of a measured number. Values in other units are carried into the one that is named; where none is named, the number counts
/// as it was recorded, which is possible only where all values of the codes are in one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct NumberTest {
    pub comparison: Comparison,
    pub value: f64,
    /// Only with `between`.
    #[serde(default)]
    pub to: Option<f64>,
    /// UCUM code.
    #[serde(default)]
    pub unit: Option<String>,
}

/// Who a person is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct PersonTest {
    /// Youngest age in years at the event: its year less the year of birth.
    pub age_min: Option<u16>,
    /// Oldest age in years.
    pub age_max: Option<u16>,
    /// Of which sex; of either where it is empty.
    pub sex: Option<PersonSex>,
}

/// A sex that the common data model knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum PersonSex {
    Female,
    Male,
}

/// Which events are meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct EventSketch {
    /// What they are.
    pub kind: EventKind,
    /// Under which codes.
    pub concepts: Vec<ChosenConcept>,
    /// Whether any event of the kind is meant where no code is named: said on purpose, and not left empty.
    #[serde(default)]
    pub is_any_code: bool,
    /// Only a person's first ever under these codes.
    #[serde(default)]
    pub is_first: bool,
    /// Who the person is at the event.
    #[serde(default)]
    pub person: PersonTest,
    /// ISO date: from this day on.
    #[serde(default)]
    pub from: Option<String>,
    /// ISO date: up to this day.
    #[serde(default)]
    pub to: Option<String>,
    /// Only measurements.
    #[serde(default)]
    pub number: Option<NumberTest>,
}

/// What must have happened, around the entry event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct RuleItem {
    pub event: EventSketch,
    pub occurs: Occurs,
    pub times: u32,
    /// First day of the window, counted from the entry event; negative before it. None: as far back as the record goes.
    pub from_day: Option<i32>,
    /// Last day of the window. None: as far on as the record goes.
    pub to_day: Option<i32>,
}

/// A rule that an entry event must meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RuleSketch {
    /// What people call it.
    pub name: String,
    /// Whether one of the items is enough.
    #[serde(default)]
    pub is_any: bool,
    /// What must have happened.
    pub items: Vec<RuleItem>,
    /// Who the person must be.
    #[serde(default)]
    pub person: PersonTest,
}

/// How long a person stays in the cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Stay {
    /// As long as the person is observed.
    Observed,
    /// So many days from the entry event's first day.
    FromStart {
        /// Days.
        days: u16,
    },
    /// So many days from the entry event's last day.
    FromEnd {
        /// Days.
        days: u16,
    },
}

/// A definition as the builder shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct CohortSketch {
    /// Any of these is an entry event.
    pub entry: Vec<EventSketch>,
    /// Days for which a person must have been observed before the entry event.
    pub days_before: u16,
    /// Days for which a person must be observed after it.
    pub days_after: u16,
    /// Which of a person's entry events counts.
    pub which: WhichEvent,
    /// All must be met.
    pub rules: Vec<RuleSketch>,
    /// How long a person stays.
    pub stay: Stay,
}
