//! Cohort definitions: the cohort expression of OHDSI Circe as types, read strictly and written as published.
//!
//! Source: circe-be 1.12 (`org.ohdsi.circe.cohortdefinition`). Circe passes over what it does not know; here an unknown
//! kind, attribute or value is refused by its name and its place in the JSON, because a definition of which a part was
//! ignored counts other people. An attribute that is `null` in JSON is one that is not given. What is written carries the
//! same attributes as circe-be writes: switches and concepts whole, the rest where given.
//!
//! ```
//! use rustcare_cohorts::definition::CohortExpression;
//!
//! let error = CohortExpression::from_json(r#"{"PrimaryCriteria": {"CriteriaList": [{"Conditon": {}}]}}"#).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "PrimaryCriteria.CriteriaList[0]: there is no kind of criterion named \"Conditon\""
//! );
//! ```

mod attribute;
mod criterion;
mod error;
mod expression;
mod group;
mod json;
mod object;
mod read;
mod read_criterion;
mod values;
mod write;

pub use attribute::{
    Attribute, AttributeSpecification, Column, DEMOGRAPHIC_ATTRIBUTES, Shape, Test, attributes_of,
};
pub use criterion::{Criterion, CriterionKind, DateAdjustment, EventDate};
pub use error::{DefinitionError, Problem};
pub use expression::{
    CohortExpression, EndStrategy, InclusionRule, Limit, LimitSetting, ObservationWindow, PrimaryCriteria,
};
pub use group::{
    CorrelatedCriterion, CountColumn, CriteriaGroup, DemographicCriterion, GroupKind, Occurrence,
    OccurrenceKind, Window, WindowBound,
};
pub use json::file_text;
pub use values::{
    Comparison, Concept, ConceptSet, ConceptSetItem, ConceptSetSelection, DateRange, NumericRange, Period,
    TextFilter, TextPlace,
};
pub use write::{criterion_to_value, group_to_value};
