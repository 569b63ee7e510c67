//! The whole definition: entry events, rules, exit.

use serde_json::Value;

use super::criterion::{Criterion, EventDate};
use super::error::DefinitionError;
use super::group::CriteriaGroup;
use super::json::OnceEach;
use super::values::{ConceptSet, Period};

/// Which of a person's events are kept. Read whatever the case of its letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Every one.
    All,
    /// The earliest.
    First,
    /// The latest.
    Last,
}

/// A limit with its name as the file writes it (`First` and `first` are both published).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WrittenLimit {
    pub limit: Limit,
    pub name: String,
}

/// Days of observation that an entry event needs around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct ObservationWindow {
    /// Days before.
    pub prior_days: i32,
    /// Days after.
    pub post_days: i32,
}

/// The entry events.
#[derive(Clone, Debug, PartialEq)]
pub struct PrimaryCriteria {
    /// Kinds of entry event; an event of any of them will do.
    pub criteria: Vec<Criterion>,
    /// Observation around them.
    pub observation_window: ObservationWindow,
    /// Which of a person's entry events are kept.
    pub limit: LimitSetting,
}

/// A limit and the letters it was written in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LimitSetting(pub(super) WrittenLimit);

impl LimitSetting {
    /// The limit.
    #[must_use]
    pub const fn limit(&self) -> Limit {
        self.0.limit
    }

    pub(super) fn name(&self) -> &str {
        &self.0.name
    }
}

impl From<Limit> for LimitSetting {
    fn from(limit: Limit) -> Self {
        let name = match limit {
            Limit::All => "All",
            Limit::First => "First",
            Limit::Last => "Last",
        };
        Self(WrittenLimit { limit, name: name.to_owned() })
    }
}

/// A rule that a qualified event must meet.
#[derive(Clone, Debug, PartialEq)]
pub struct InclusionRule {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What must hold.
    pub expression: CriteriaGroup,
}

/// When a person leaves the cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndStrategy {
    /// Days after the index event's start or end, at the latest with the observation period.
    DateOffset {
        /// From which date.
        date_field: EventDate,
        /// Days added.
        offset: i32,
    },
    /// With the era of exposure to a set of drugs.
    CustomEra {
        /// Id of the concept set of drugs. Circe refuses to run without one.
        drug_codeset_id: Option<i32>,
        /// Days between exposures that still belong to one era.
        gap_days: i32,
        /// Days added to an exposure's end.
        offset: i32,
        /// Days that every exposure is taken to last.
        days_supply_override: Option<i32>,
    },
}

/// A cohort definition.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortExpression {
    /// `cdmVersionRange`: versions of the data model that it is meant for.
    pub cdm_version_range: Option<String>,
    /// `Title`.
    pub title: Option<String>,
    /// Concept sets that criteria name by id.
    pub concept_sets: Vec<ConceptSet>,
    /// Entry events.
    pub primary_criteria: PrimaryCriteria,
    /// What an entry event must meet besides, before the qualified limit. An empty group is not the same as none: only with
    /// a group does the qualified limit apply.
    pub additional_criteria: Option<CriteriaGroup>,
    /// Which of a person's qualified events are kept, if there are additional criteria.
    pub qualified_limit: LimitSetting,
    /// Which of a person's events that meet every rule are kept.
    pub expression_limit: LimitSetting,
    /// Rules, in order.
    pub inclusion_rules: Vec<InclusionRule>,
    /// Exit; none: with the observation period.
    pub end_strategy: Option<EndStrategy>,
    /// Events that end the person's time in the cohort.
    pub censoring_criteria: Vec<Criterion>,
    /// Days by which two spans of a person may be apart and still become one.
    pub era_pad: i32,
    /// Calendar dates that spans are cut to.
    pub censor_window: Option<Period>,
}

impl CohortExpression {
    /// Reads a definition. A mark of the encoding before it and zero bytes after it, which some published files have, are no part of it.
    ///
    /// # Errors
    /// When the text is no JSON; when a part is unknown, missing, there twice or of the wrong type: named with its place.
    pub fn from_json(text: &str) -> Result<Self, DefinitionError> {
        let text = text.trim_start_matches('\u{feff}').trim_end_matches('\0');
        let OnceEach(value) =
            serde_json::from_str(text).map_err(|error| DefinitionError::not_json(&error))?;
        Self::from_value(value)
    }

    /// Reads a definition from parsed JSON.
    ///
    /// # Errors
    /// As [`CohortExpression::from_json`].
    pub fn from_value(value: Value) -> Result<Self, DefinitionError> {
        super::read::expression(value)
    }

    /// The definition as JSON, with the names that circe-be publishes.
    #[must_use]
    pub fn to_value(&self) -> Value {
        super::write::expression(self)
    }

    /// The concept set of this id. Where two share it, the first.
    #[must_use]
    pub fn concept_set(&self, id: i32) -> Option<&ConceptSet> {
        self.concept_sets.iter().find(|set| set.id == id)
    }
}
