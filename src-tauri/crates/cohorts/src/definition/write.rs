//! A definition as JSON, with the names that circe-be publishes.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::attribute::{Attribute, Test};
use super::criterion::{Criterion, DateAdjustment, EventDate};
use super::expression::{CohortExpression, EndStrategy, InclusionRule, LimitSetting};
use super::group::{CorrelatedCriterion, CriteriaGroup, Occurrence, OccurrenceKind, Window, WindowBound};
use super::values::{
    Concept, ConceptSet, ConceptSetItem, DateRange, NumericRange, Period, TextFilter, TextPlace,
};

/// An object under construction; a member that is not given is left out.
struct Members(Map<String, Value>);

impl Members {
    fn new() -> Self {
        Self(Map::new())
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    fn given(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            None => self,
            Some(value) => self.with(name, value),
        }
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn list<T>(items: &[T], write: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(write).collect())
}

fn limit(setting: &LimitSetting) -> Value {
    json!({ "Type": setting.name() })
}

pub(super) fn expression(expression: &CohortExpression) -> Value {
    let primary = &expression.primary_criteria;
    Members::new()
        .given("cdmVersionRange", expression.cdm_version_range.clone())
        .given("Title", expression.title.clone())
        .with(
            "PrimaryCriteria",
            json!({
                "CriteriaList": list(&primary.criteria, criterion_to_value),
                "ObservationWindow": {
                    "PriorDays": primary.observation_window.prior_days,
                    "PostDays": primary.observation_window.post_days,
                },
                "PrimaryCriteriaLimit": limit(&primary.limit),
            }),
        )
        .given("AdditionalCriteria", expression.additional_criteria.as_ref().map(group_to_value))
        .with("ConceptSets", list(&expression.concept_sets, concept_set))
        .with("QualifiedLimit", limit(&expression.qualified_limit))
        .with("ExpressionLimit", limit(&expression.expression_limit))
        .with("InclusionRules", list(&expression.inclusion_rules, inclusion_rule))
        .given("EndStrategy", expression.end_strategy.as_ref().map(end_strategy))
        .with("CensoringCriteria", list(&expression.censoring_criteria, criterion_to_value))
        .with("CollapseSettings", json!({ "CollapseType": "ERA", "EraPad": expression.era_pad }))
        .given("CensorWindow", expression.censor_window.as_ref().map(period))
        .done()
}

fn concept_set(set: &ConceptSet) -> Value {
    Members::new()
        .with("id", set.id)
        .given("name", set.name.clone())
        .with("expression", json!({ "items": list(&set.items, concept_set_item) }))
        .done()
}

fn concept_set_item(item: &ConceptSetItem) -> Value {
    json!({
        "concept": concept(&item.concept),
        "isExcluded": item.is_excluded,
        "includeDescendants": item.include_descendants,
        "includeMapped": item.include_mapped,
    })
}

fn concept(concept: &Concept) -> Value {
    json!({
        "CONCEPT_ID": concept.concept_id,
        "CONCEPT_NAME": concept.concept_name,
        "STANDARD_CONCEPT": concept.standard_concept,
        "STANDARD_CONCEPT_CAPTION": concept.standard_concept_caption,
        "INVALID_REASON": concept.invalid_reason,
        "INVALID_REASON_CAPTION": concept.invalid_reason_caption,
        "CONCEPT_CODE": concept.concept_code,
        "DOMAIN_ID": concept.domain_id,
        "VOCABULARY_ID": concept.vocabulary_id,
        "CONCEPT_CLASS_ID": concept.concept_class_id,
    })
}

fn inclusion_rule(rule: &InclusionRule) -> Value {
    Members::new()
        .given("name", rule.name.clone())
        .given("description", rule.description.clone())
        .with("expression", group_to_value(&rule.expression))
        .done()
}

fn end_strategy(strategy: &EndStrategy) -> Value {
    match strategy {
        EndStrategy::DateOffset { date_field, offset } => {
            let field = match date_field {
                EventDate::Start => "StartDate",
                EventDate::End => "EndDate",
            };
            json!({ "DateOffset": { "DateField": field, "Offset": offset } })
        }
        EndStrategy::CustomEra { drug_codeset_id, gap_days, offset, days_supply_override } => {
            let era = Members::new()
                .given("DrugCodesetId", *drug_codeset_id)
                .with("GapDays", *gap_days)
                .with("Offset", *offset)
                .given("DaysSupplyOverride", *days_supply_override)
                .done();
            json!({ "CustomEra": era })
        }
    }
}

/// A group as JSON.
#[must_use]
pub fn group_to_value(group: &CriteriaGroup) -> Value {
    Members::new()
        .with("Type", group.kind.name())
        .given("Count", group.count)
        .with("CriteriaList", list(&group.criteria, correlated_criterion))
        .with(
            "DemographicCriteriaList",
            list(&group.demographic_criteria, |one| attributes(Members::new(), &one.attributes).done()),
        )
        .with("Groups", list(&group.groups, group_to_value))
        .done()
}

fn correlated_criterion(correlated: &CorrelatedCriterion) -> Value {
    Members::new()
        .with("Criteria", criterion_to_value(&correlated.criterion))
        .with("StartWindow", window(&correlated.start_window))
        .given("EndWindow", correlated.end_window.as_ref().map(window))
        .with("Occurrence", occurrence(&correlated.occurrence))
        .with("RestrictVisit", correlated.restrict_visit)
        .with("IgnoreObservationPeriod", correlated.ignore_observation_period)
        .done()
}

fn window(window: &Window) -> Value {
    let bound = |bound: &WindowBound| {
        Members::new().given("Days", bound.days).with("Coeff", bound.coefficient).done()
    };
    Members::new()
        .with("Start", bound(&window.start))
        .with("End", bound(&window.end))
        .given("UseIndexEnd", window.use_index_end)
        .given("UseEventEnd", window.use_event_end)
        .done()
}

fn occurrence(occurrence: &Occurrence) -> Value {
    let kind = match occurrence.kind {
        OccurrenceKind::Exactly => 0,
        OccurrenceKind::AtMost => 1,
        OccurrenceKind::AtLeast => 2,
    };
    Members::new()
        .with("Type", kind)
        .with("Count", occurrence.count)
        .with("IsDistinct", occurrence.is_distinct)
        .given("CountColumn", occurrence.count_column.map(|column| column.name()))
        .done()
}

/// A criterion as JSON.
#[must_use]
pub fn criterion_to_value(criterion: &Criterion) -> Value {
    let members = Members::new().given("CodesetId", criterion.codeset_id).given("First", criterion.first);
    let inner = attributes(members, &criterion.attributes)
        .given("CorrelatedCriteria", criterion.correlated_criteria.as_deref().map(group_to_value))
        .given("DateAdjustment", criterion.date_adjustment.as_ref().map(date_adjustment))
        .done();
    Members::new().with(criterion.kind.name(), inner).done()
}

fn date_adjustment(adjustment: &DateAdjustment) -> Value {
    let name = |date| match date {
        EventDate::Start => "START_DATE",
        EventDate::End => "END_DATE",
    };
    json!({
        "StartWith": name(adjustment.start_with),
        "StartOffset": adjustment.start_offset,
        "EndWith": name(adjustment.end_with),
        "EndOffset": adjustment.end_offset,
    })
}

fn attributes(members: Members, attributes: &[Attribute]) -> Members {
    attributes.iter().fold(members, |members, one| members.with(one.specification.name, test(&one.test)))
}

fn test(test: &Test) -> Value {
    match test {
        Test::Concepts(concepts) => list(concepts, concept),
        Test::Selection(selection) => Members::new()
            .given("CodesetId", selection.codeset_id)
            .with("IsExclusion", selection.is_exclusion)
            .done(),
        Test::Codeset(id) => Value::from(*id),
        Test::Flag(on) => Value::from(*on),
        Test::Number(range) => numeric_range(range),
        Test::Date(range) => date_range(range),
        Test::Text(filter) => text_filter(filter),
        Test::Period(dates) => period(dates),
    }
}

fn numeric_range(range: &NumericRange) -> Value {
    Members::new()
        .with("Value", range.value.clone())
        .with("Op", range.comparison.name())
        .given("Extent", range.extent.clone())
        .done()
}

fn day(date: Date) -> String {
    date.to_string()
}

fn date_range(range: &DateRange) -> Value {
    Members::new()
        .with("Value", day(range.value))
        .with("Op", range.comparison.name())
        .given("Extent", range.extent.map(day))
        .done()
}

fn text_filter(filter: &TextFilter) -> Value {
    let place = match filter.place {
        TextPlace::Contains => "contains",
        TextPlace::StartsWith => "startsWith",
        TextPlace::EndsWith => "endsWith",
        TextPlace::Equals => "eq",
    };
    json!({ "Text": filter.text, "Op": format!("{}{place}", if filter.negated { "!" } else { "" }) })
}

fn period(period: &Period) -> Value {
    Members::new()
        .given("StartDate", period.start_date.map(day))
        .given("EndDate", period.end_date.map(day))
        .done()
}
