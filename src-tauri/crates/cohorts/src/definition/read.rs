//! A definition out of JSON: the whole, groups, windows, concept sets.

use serde_json::Value;

use super::attribute::DEMOGRAPHIC_ATTRIBUTES;
use super::criterion::EventDate;
use super::error::{DefinitionError, Problem};
use super::expression::{
    CohortExpression, EndStrategy, InclusionRule, Limit, LimitSetting, ObservationWindow, PrimaryCriteria,
    WrittenLimit,
};
use super::group::{
    CorrelatedCriterion, CountColumn, CriteriaGroup, DemographicCriterion, GroupKind, Occurrence,
    OccurrenceKind, Window, WindowBound,
};
use super::object::{Object, Read};
use super::read_criterion::{attributes, concept, criterion, period};
use super::values::{ConceptSet, ConceptSetItem};

pub(super) fn expression(value: Value) -> Read<CohortExpression> {
    let mut object = Object::new(String::new(), value)?;
    let primary_criteria = primary_criteria(object.needed_object("PrimaryCriteria")?)?;
    let expression = CohortExpression {
        cdm_version_range: object.text("cdmVersionRange")?,
        title: object.text("Title")?,
        concept_sets: objects(&mut object, "ConceptSets", concept_set)?,
        primary_criteria,
        additional_criteria: object.object("AdditionalCriteria")?.map(group).transpose()?,
        qualified_limit: limit(&mut object, "QualifiedLimit")?,
        expression_limit: limit(&mut object, "ExpressionLimit")?,
        inclusion_rules: objects(&mut object, "InclusionRules", inclusion_rule)?,
        end_strategy: object.object("EndStrategy")?.map(end_strategy).transpose()?,
        censoring_criteria: criteria(&mut object, "CensoringCriteria")?,
        era_pad: match object.object("CollapseSettings")? {
            None => 0,
            Some(settings) => era_pad(settings)?,
        },
        censor_window: object.object("CensorWindow")?.map(period).transpose()?,
    };
    object.finish()?;
    Ok(expression)
}

/// The objects of a list.
fn objects<T>(object: &mut Object, name: &str, read: impl Fn(Object) -> Read<T>) -> Read<Vec<T>> {
    object.list(name)?.into_iter().map(|(place, value)| read(Object::new(place, value)?)).collect()
}

fn criteria(object: &mut Object, name: &str) -> Read<Vec<super::Criterion>> {
    object.list(name)?.into_iter().map(|(place, value)| criterion(place, value)).collect()
}

fn concept_set(mut object: Object) -> Read<ConceptSet> {
    let id = object.needed_integer("id")?;
    let name = object.text("name")?;
    let mut expression = object.needed_object("expression")?;
    let items = objects(&mut expression, "items", concept_set_item)?;
    expression.finish()?;
    object.finish()?;
    Ok(ConceptSet { id, name, items })
}

fn concept_set_item(mut object: Object) -> Read<ConceptSetItem> {
    let item = ConceptSetItem {
        concept: concept(object.needed_object("concept")?)?,
        is_excluded: object.switch("isExcluded")?.unwrap_or(false),
        include_descendants: object.switch("includeDescendants")?.unwrap_or(false),
        include_mapped: object.switch("includeMapped")?.unwrap_or(false),
    };
    object.finish()?;
    Ok(item)
}

fn limit(object: &mut Object, name: &str) -> Read<LimitSetting> {
    let Some(mut inner) = object.object(name)? else { return Ok(Limit::First.into()) };
    let known = |text: &str| match text.to_ascii_lowercase().as_str() {
        "all" => Some(Limit::All),
        "first" => Some(Limit::First),
        "last" => Some(Limit::Last),
        _ => None,
    };
    let setting = match inner.word("Type", "All, First, Last", known)? {
        None => Limit::First.into(),
        Some((limit, name)) => LimitSetting(WrittenLimit { limit, name }),
    };
    inner.finish()?;
    Ok(setting)
}

fn primary_criteria(mut object: Object) -> Read<PrimaryCriteria> {
    let criteria = criteria(&mut object, "CriteriaList")?;
    let observation_window = match object.object("ObservationWindow")? {
        None => ObservationWindow::default(),
        Some(mut window) => {
            let days = ObservationWindow {
                prior_days: window.integer("PriorDays")?.unwrap_or(0),
                post_days: window.integer("PostDays")?.unwrap_or(0),
            };
            window.finish()?;
            days
        }
    };
    let limit = limit(&mut object, "PrimaryCriteriaLimit")?;
    object.finish()?;
    Ok(PrimaryCriteria { criteria, observation_window, limit })
}

fn inclusion_rule(mut object: Object) -> Read<InclusionRule> {
    let rule = InclusionRule {
        name: object.text("name")?,
        description: object.text("description")?,
        expression: group(object.needed_object("expression")?)?,
    };
    object.finish()?;
    Ok(rule)
}

/// The strategy is an object with one member, its kind.
fn end_strategy(object: Object) -> Read<EndStrategy> {
    let (name, value, place) = object.only()?;
    let mut object = Object::new(format!("{place}.{name}"), value)?;
    let known = |text: &str| match text {
        "StartDate" => Some(EventDate::Start),
        "EndDate" => Some(EventDate::End),
        _ => None,
    };
    let strategy = match name.as_str() {
        "DateOffset" => EndStrategy::DateOffset {
            date_field: object
                .word("DateField", "StartDate, EndDate", known)?
                .map_or(EventDate::Start, |(word, _)| word),
            offset: object.integer("Offset")?.unwrap_or(0),
        },
        "CustomEra" => EndStrategy::CustomEra {
            drug_codeset_id: object.integer("DrugCodesetId")?,
            gap_days: object.integer("GapDays")?.unwrap_or(0),
            offset: object.integer("Offset")?.unwrap_or(0),
            days_supply_override: object.integer("DaysSupplyOverride")?,
        },
        _ => {
            let problem = Problem::UnknownWord { found: name, allowed: "DateOffset, CustomEra" };
            return Err(DefinitionError::new(place, problem));
        }
    };
    object.finish()?;
    Ok(strategy)
}

fn era_pad(mut object: Object) -> Read<i32> {
    object.word("CollapseType", "ERA", |text| (text == "ERA").then_some(()))?;
    let pad = object.integer("EraPad")?.unwrap_or(0);
    object.finish()?;
    Ok(pad)
}

pub(super) fn group(mut object: Object) -> Read<CriteriaGroup> {
    let known = |text: &str| match text.to_ascii_uppercase().as_str() {
        "ALL" => Some(GroupKind::All),
        "ANY" => Some(GroupKind::Any),
        "AT_LEAST" => Some(GroupKind::AtLeast),
        "AT_MOST" => Some(GroupKind::AtMost),
        _ => None,
    };
    let kind = object.word("Type", "ALL, ANY, AT_LEAST, AT_MOST", known)?;
    let (kind, _) = object.needed("Type", kind)?;
    let count = object.integer("Count")?;
    if matches!(kind, GroupKind::AtLeast | GroupKind::AtMost) {
        object.needed("Count", count)?;
    }
    let group = CriteriaGroup {
        kind,
        count,
        criteria: objects(&mut object, "CriteriaList", correlated_criterion)?,
        demographic_criteria: objects(&mut object, "DemographicCriteriaList", demographic_criterion)?,
        groups: objects(&mut object, "Groups", group)?,
    };
    object.finish()?;
    Ok(group)
}

fn demographic_criterion(mut object: Object) -> Read<DemographicCriterion> {
    let attributes = attributes(&mut object, DEMOGRAPHIC_ATTRIBUTES)?;
    object.finish()?;
    Ok(DemographicCriterion { attributes })
}

fn correlated_criterion(mut object: Object) -> Read<CorrelatedCriterion> {
    let place = object.place_of("Criteria");
    let inner = object.take("Criteria");
    let inner = object.needed("Criteria", inner)?;
    let correlated = CorrelatedCriterion {
        criterion: criterion(place, inner)?,
        start_window: window(object.needed_object("StartWindow")?)?,
        end_window: object.object("EndWindow")?.map(window).transpose()?,
        occurrence: occurrence(object.needed_object("Occurrence")?)?,
        restrict_visit: object.switch("RestrictVisit")?.unwrap_or(false),
        ignore_observation_period: object.switch("IgnoreObservationPeriod")?.unwrap_or(false),
    };
    object.finish()?;
    Ok(correlated)
}

fn window(mut object: Object) -> Read<Window> {
    let window = Window {
        start: window_bound(object.needed_object("Start")?)?,
        end: window_bound(object.needed_object("End")?)?,
        use_index_end: object.switch("UseIndexEnd")?,
        use_event_end: object.switch("UseEventEnd")?,
    };
    object.finish()?;
    Ok(window)
}

fn window_bound(mut object: Object) -> Read<WindowBound> {
    let bound = WindowBound { days: object.integer("Days")?, coefficient: object.needed_integer("Coeff")? };
    object.finish()?;
    Ok(bound)
}

fn occurrence(mut object: Object) -> Read<Occurrence> {
    let kind = match object.needed_integer("Type")? {
        0 => OccurrenceKind::Exactly,
        1 => OccurrenceKind::AtMost,
        2 => OccurrenceKind::AtLeast,
        other => {
            let problem = Problem::UnknownWord {
                found: other.to_string(),
                allowed: "0 (exactly), 1 (at most), 2 (at least)",
            };
            return Err(DefinitionError::new(object.place_of("Type"), problem));
        }
    };
    let known = |text: &str| CountColumn::NAMES.iter().find(|(_, name)| *name == text).map(|(one, _)| *one);
    let occurrence = Occurrence {
        kind,
        count: object.needed_integer("Count")?,
        is_distinct: object.switch("IsDistinct")?.unwrap_or(false),
        count_column: object.word("CountColumn", "the published columns", known)?.map(|(word, _)| word),
    };
    object.finish()?;
    Ok(occurrence)
}
