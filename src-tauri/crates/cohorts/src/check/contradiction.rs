//! Demands that cannot both hold: ages, sexes, and counts of the same events.

use super::{Finding, FindingKind};
use crate::definition::{
    Attribute, CohortExpression, Column, Comparison, CorrelatedCriterion, CriteriaGroup, GroupKind,
    NumericRange, OccurrenceKind, Test, criterion_to_value,
};

/// Whole numbers that a demand leaves, both included.
#[derive(Clone, Copy)]
struct Left {
    least: i64,
    most: i64,
}

/// A demand that every member of the cohort meets, and where it stands.
struct Demand {
    place: String,
    /// What people call the rule that it stands in.
    rule: String,
    what: Demanded,
}

enum Demanded {
    /// Age at the entry event, in calendar years.
    Age(Left),
    /// One of these sexes.
    Sex(Vec<i64>),
    /// How often events of the same text may occur.
    Count(String, Left),
}

/// Pairs of demands that no entry event can meet together.
pub(super) fn find(expression: &CohortExpression) -> Vec<Finding> {
    let mut demands = Vec::new();
    // Of several entry events any may be met: an age binds only where there is one alone.
    if let [criterion] = &expression.primary_criteria.criteria[..] {
        let place = format!("PrimaryCriteria.CriteriaList[0].{}", criterion.kind.name());
        attributes(&criterion.attributes, &place, "PrimaryCriteria", &mut demands);
    }
    for (at, rule) in expression.inclusion_rules.iter().enumerate() {
        let name = rule.name.clone().filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| format!("InclusionRules[{at}]"));
        collect(&rule.expression, &format!("InclusionRules[{at}].expression"), &name, &mut demands);
    }
    if let Some(group) = &expression.additional_criteria {
        collect(group, "AdditionalCriteria", "AdditionalCriteria", &mut demands);
    }
    let mut findings = Vec::new();
    for (at, demand) in demands.iter().enumerate() {
        if let Some(other) = demands[..at].iter().find(|other| contradict(&demand.what, &other.what)) {
            findings.push(Finding::new(FindingKind::Contradiction, &demand.place, &other.rule));
        }
    }
    findings
}

/// The demands of a group that all must hold, and of the groups in it that must.
fn collect(group: &CriteriaGroup, place: &str, rule: &str, demands: &mut Vec<Demand>) {
    let members = group.criteria.len() + group.demographic_criteria.len() + group.groups.len();
    if group.kind != GroupKind::All && !(group.kind == GroupKind::Any && members == 1) {
        return;
    }
    for (at, person) in group.demographic_criteria.iter().enumerate() {
        attributes(&person.attributes, &format!("{place}.DemographicCriteriaList[{at}]"), rule, demands);
    }
    for (at, correlated) in group.criteria.iter().enumerate() {
        // Distinct values are another count than events.
        let events = format!(
            "{} {:?} {:?} {} {} {}",
            criterion_to_value(&correlated.criterion),
            correlated.start_window,
            correlated.end_window,
            correlated.restrict_visit,
            correlated.ignore_observation_period,
            correlated.occurrence.is_distinct,
        );
        demands.push(Demand {
            place: format!("{place}.CriteriaList[{at}]"),
            rule: rule.to_owned(),
            what: Demanded::Count(events, counts(correlated)),
        });
    }
    for (at, inner) in group.groups.iter().enumerate() {
        collect(inner, &format!("{place}.Groups[{at}]"), rule, demands);
    }
}

fn attributes(attributes: &[Attribute], place: &str, rule: &str, demands: &mut Vec<Demand>) {
    for attribute in attributes {
        let what = match (attribute.specification.column, &attribute.test) {
            (Column::Age, Test::Number(range)) => ages(range).map(Demanded::Age),
            (Column::Gender, Test::Concepts(concepts)) if !concepts.is_empty() => {
                Some(Demanded::Sex(concepts.iter().map(|concept| concept.concept_id).collect()))
            }
            _ => None,
        };
        if let Some(what) = what {
            demands.push(Demand { place: place.to_owned(), rule: rule.to_owned(), what });
        }
    }
}

fn counts(correlated: &CorrelatedCriterion) -> Left {
    let count = i64::from(correlated.occurrence.count);
    match correlated.occurrence.kind {
        OccurrenceKind::Exactly => Left { least: count, most: count },
        OccurrenceKind::AtMost => Left { least: 0, most: count },
        OccurrenceKind::AtLeast => Left { least: count, most: i64::MAX },
    }
}

/// The ages that a range leaves; none of one that leaves out a part in the middle.
fn ages(range: &NumericRange) -> Option<Left> {
    let value = range.value.as_f64()? as i64;
    let extent = range.extent.as_ref().and_then(serde_json::Number::as_f64).unwrap_or_default() as i64;
    let (least, most) = match range.comparison {
        Comparison::Less => (0, value - 1),
        Comparison::LessOrEqual => (0, value),
        Comparison::Equal => (value, value),
        Comparison::Greater => (value + 1, i64::MAX),
        Comparison::GreaterOrEqual => (value, i64::MAX),
        Comparison::Between => (value, extent),
        Comparison::NotEqual | Comparison::NotBetween => return None,
    };
    Some(Left { least, most })
}

fn contradict(one: &Demanded, other: &Demanded) -> bool {
    let apart = |a: Left, b: Left| a.most < b.least || b.most < a.least;
    match (one, other) {
        (Demanded::Age(a), Demanded::Age(b)) => apart(*a, *b),
        (Demanded::Sex(a), Demanded::Sex(b)) => !a.iter().any(|sex| b.contains(sex)),
        (Demanded::Count(a, left_a), Demanded::Count(b, left_b)) => a == b && apart(*left_a, *left_b),
        _ => false,
    }
}
