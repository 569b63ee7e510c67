//! What a definition is made of, for a person to look through: its entry events, rules and concept sets by their names. What
//! each rule asks for in detail stands in the definition alone.

use serde::Serialize;

use crate::definition::{CohortExpression, ConceptSet, Criterion, EndStrategy, EventDate, Limit};

/// Events that a definition speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EventSummary {
    /// Kind of criterion, as OHDSI names it: `ConditionOccurrence`.
    pub kind: String,
    /// Name of the concept set; none: any event of the kind.
    pub concept_set: Option<String>,
    /// Whether only a person's first counts.
    pub is_first: bool,
    /// How many further tests it has: age, value, dates, events around it.
    pub tests: u32,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct RuleSummary {
    pub name: String,
    pub description: String,
}

/// A set of codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ConceptSetSummary {
    pub name: String,
    /// Its members, with what is taken out.
    pub concepts: u32,
}

/// How a person leaves the cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExitSummary {
    /// When observation ends.
    Observed,
    /// Days after the entry event began.
    AfterStart {
        /// Days.
        days: i32,
    },
    /// Days after the entry event ended.
    AfterEnd {
        /// Days.
        days: i32,
    },
    /// When an exposure to medicines ends.
    Exposure {
        /// Days without the medicine that still belong to it.
        gap_days: i32,
    },
}

/// A definition in its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DefinitionSummary {
    /// Any of these lets a person in.
    pub entry: Vec<EventSummary>,
    /// Days on record before.
    pub days_before: i32,
    /// Days on record after.
    pub days_after: i32,
    /// Whether a person can be in it more than once.
    pub is_every: bool,
    /// Whether an entry event must meet more before any rule.
    pub has_additional: bool,
    /// In order.
    pub rules: Vec<RuleSummary>,
    /// How a person leaves.
    pub exit: ExitSummary,
    /// Events that end a person's time in it.
    pub censoring: Vec<EventSummary>,
    /// Days by which two stays may be apart and are still one.
    pub era_pad: i32,
    /// Its concept sets.
    pub concept_sets: Vec<ConceptSetSummary>,
}

fn name_of(set: &ConceptSet) -> String {
    set.name.clone().unwrap_or_else(|| set.id.to_string())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl DefinitionSummary {
    /// Of a definition.
    #[must_use]
    pub fn of(definition: &CohortExpression) -> Self {
        let event = |criterion: &Criterion| EventSummary {
            kind: criterion.kind.name().to_owned(),
            concept_set: criterion
                .codeset_id
                .map(|id| definition.concept_set(id).map_or_else(|| id.to_string(), name_of)),
            is_first: criterion.first == Some(true),
            tests: count(
                criterion.attributes.iter().filter(|attribute| attribute.test.asks_something()).count(),
            ) + u32::from(criterion.correlated_criteria.is_some()),
        };
        let primary = &definition.primary_criteria;
        Self {
            entry: primary.criteria.iter().map(event).collect(),
            days_before: primary.observation_window.prior_days,
            days_after: primary.observation_window.post_days,
            is_every: definition.expression_limit.limit() == Limit::All
                && primary.limit.limit() == Limit::All,
            has_additional: definition.additional_criteria.as_ref().is_some_and(|group| !group.is_empty()),
            rules: definition
                .inclusion_rules
                .iter()
                .map(|rule| RuleSummary {
                    name: rule.name.clone().unwrap_or_default(),
                    description: rule.description.clone().unwrap_or_default(),
                })
                .collect(),
            exit: match definition.end_strategy {
                None => ExitSummary::Observed,
                Some(EndStrategy::DateOffset { date_field: EventDate::Start, offset }) => {
                    ExitSummary::AfterStart { days: offset }
                }
                Some(EndStrategy::DateOffset { offset, .. }) => ExitSummary::AfterEnd { days: offset },
                Some(EndStrategy::CustomEra { gap_days, .. }) => ExitSummary::Exposure { gap_days },
            },
            censoring: definition.censoring_criteria.iter().map(event).collect(),
            era_pad: definition.era_pad,
            concept_sets: definition
                .concept_sets
                .iter()
                .map(|set| ConceptSetSummary { name: name_of(set), concepts: count(set.items.len()) })
                .collect(),
        }
    }
}
