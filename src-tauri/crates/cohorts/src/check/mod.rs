//! Design-time checks: what in a definition cannot be run, contradicts itself, or probably is not what was meant.
//!
//! The checks are those of circe-be 1.12 (`org.ohdsi.circe.check.checkers`) that can be wrong in a count, and besides them units: a value
//! without one, and one bound for units of different size.

mod contradiction;
mod finding;

use std::collections::BTreeSet;

pub use finding::{Finding, FindingKind, FindingSeverity};

use crate::definition::{
    Attribute, CohortExpression, Column, Comparison, ConceptSet, CorrelatedCriterion, CriteriaGroup,
    Criterion, CriterionKind, EndStrategy, GroupKind, Limit, OccurrenceKind, Problem, Test, Window,
    WindowBound, criterion_to_value,
};
use crate::engine::Engine;
use crate::index::Index;
use crate::omop::MemoryTable;
use crate::unit::Conversion;

/// What is found in a definition, the worst first, then by place.
#[must_use]
pub fn check(expression: &CohortExpression) -> Vec<Finding> {
    let mut checking = Checking { expression, used: BTreeSet::new(), findings: Vec::new() };
    checking.can_be_run();
    checking.events();
    checking.sets();
    let mut findings = checking.findings;
    findings.extend(contradiction::find(expression));
    findings.sort_by(|a, b| {
        (a.severity, &a.place, a.kind, &a.what).cmp(&(b.severity, &b.place, b.kind, &b.what))
    });
    findings.dedup();
    findings
}

struct Checking<'a> {
    expression: &'a CohortExpression,
    /// Ids of concept sets that something names.
    used: BTreeSet<i32>,
    findings: Vec<Finding>,
}

fn name_of(set: &ConceptSet) -> String {
    set.name.clone().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| set.id.to_string())
}

impl Checking<'_> {
    fn note(&mut self, kind: FindingKind, place: &str, what: impl Into<String>) {
        self.findings.push(Finding::new(kind, place, what));
    }

    /// What the engine refuses it refuses whatever the data, so that nobody's will do.
    fn can_be_run(&mut self) {
        let nobody = MemoryTable::new("person", 0)
            .integers("person_id", Vec::new())
            .integers("gender_concept_id", Vec::new())
            .integers("year_of_birth", Vec::new())
            .integers("race_concept_id", Vec::new())
            .integers("ethnicity_concept_id", Vec::new());
        let Ok(index) = Index::of_tables(vec![nobody]) else { return };
        if let Err(error) = Engine::new(index.into()).run(self.expression) {
            let what = match &error.problem {
                Problem::NotRun(what) => what.clone(),
                problem => problem.to_string(),
            };
            self.note(FindingKind::NotRun, &error.place, what);
        }
    }

    fn events(&mut self) {
        let expression = self.expression;
        let primary = &expression.primary_criteria;
        if primary.criteria.is_empty() {
            self.note(FindingKind::NoEntry, "PrimaryCriteria.CriteriaList", "");
        }
        for (at, criterion) in primary.criteria.iter().enumerate() {
            self.criterion(criterion, &format!("PrimaryCriteria.CriteriaList[{at}]"));
        }
        if let Some(group) = &expression.additional_criteria {
            self.group(group, "AdditionalCriteria");
        }
        for (at, rule) in expression.inclusion_rules.iter().enumerate() {
            let place = format!("InclusionRules[{at}].expression");
            if rule.expression.is_empty() {
                self.note(FindingKind::EmptyRule, &place, "");
            }
            self.group(&rule.expression, &place);
        }
        for (at, criterion) in expression.censoring_criteria.iter().enumerate() {
            self.criterion(criterion, &format!("CensoringCriteria[{at}]"));
        }
        match expression.end_strategy {
            Some(EndStrategy::CustomEra { drug_codeset_id: Some(id), .. }) => {
                self.names_set(id, "EndStrategy.CustomEra");
            }
            None if expression.expression_limit.limit() == Limit::All
                && expression.censoring_criteria.is_empty() =>
            {
                self.note(FindingKind::NoExit, "EndStrategy", "");
            }
            _ => {}
        }
    }

    fn names_set(&mut self, id: i32, place: &str) {
        self.used.insert(id);
        if self.expression.concept_set(id).is_none() {
            self.note(FindingKind::MissingConceptSet, place, id.to_string());
        }
    }

    fn sets(&mut self) {
        let sets = &self.expression.concept_sets;
        for (at, set) in sets.iter().enumerate() {
            let place = format!("ConceptSets[{at}]");
            if sets[..at].iter().any(|other| other.id == set.id) {
                self.note(FindingKind::SharedNumber, &place, set.id.to_string());
            }
            let is_used = self.used.contains(&set.id);
            if !is_used {
                self.note(FindingKind::UnusedConceptSet, &place, name_of(set));
            } else if set.items.iter().all(|item| item.is_excluded) {
                self.note(FindingKind::EmptyConceptSet, &place, name_of(set));
            }
            let key = |set: &ConceptSet| {
                let items = set.items.iter();
                items
                    .map(|i| (i.concept.concept_id, i.is_excluded, i.include_descendants, i.include_mapped))
                    .collect::<BTreeSet<_>>()
            };
            let same = sets[..at].iter().find(|other| !set.items.is_empty() && key(other) == key(set));
            if let Some(other) = same {
                let what = format!("{}, {}", name_of(other), name_of(set));
                self.note(FindingKind::EqualConceptSets, &place, what);
            }
        }
    }

    fn group(&mut self, group: &CriteriaGroup, place: &str) {
        let members = group.criteria.len() + group.demographic_criteria.len() + group.groups.len();
        let wanted = group.count.unwrap_or(0);
        if group.kind == GroupKind::AtLeast && usize::try_from(wanted).is_ok_and(|wanted| wanted > members) {
            self.note(FindingKind::TooManyWanted, place, wanted.to_string());
        }
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for (at, correlated) in group.criteria.iter().enumerate() {
            let place = format!("{place}.CriteriaList[{at}]");
            let text = format!(
                "{} {:?} {:?} {:?} {}",
                criterion_to_value(&correlated.criterion),
                correlated.start_window,
                correlated.end_window,
                correlated.occurrence,
                correlated.restrict_visit
            );
            if !seen.insert(text) {
                self.note(FindingKind::Duplicate, &place, "");
            }
            self.correlated(correlated, &place);
        }
        for (at, person) in group.demographic_criteria.iter().enumerate() {
            let place = format!("{place}.DemographicCriteriaList[{at}]");
            person.attributes.iter().for_each(|attribute| self.attribute(attribute, &place));
        }
        for (at, inner) in group.groups.iter().enumerate() {
            self.group(inner, &format!("{place}.Groups[{at}]"));
        }
    }

    fn correlated(&mut self, correlated: &CorrelatedCriterion, place: &str) {
        let occurrence = correlated.occurrence;
        if occurrence.kind == OccurrenceKind::AtLeast && occurrence.count <= 0 {
            self.note(FindingKind::AlwaysTrue, place, "");
        }
        for window in std::iter::once(&correlated.start_window).chain(&correlated.end_window) {
            if is_reversed(window) {
                self.note(FindingKind::ReversedWindow, place, "");
            }
        }
        let start = correlated.start_window;
        let ends_before = last_day(&start.end).is_some_and(|day| day < 0);
        if correlated.criterion.kind == CriterionKind::Death && ends_before {
            self.note(FindingKind::DeathBefore, place, "");
        }
        // Whether somebody had none of it can be known only of time that is on record.
        let asks_for_none = occurrence.admits_none() && occurrence.kind != OccurrenceKind::AtLeast;
        let on_record = self.expression.primary_criteria.observation_window.prior_days;
        if let Some(day) = last_day(&start.start)
            && asks_for_none
            && start.use_index_end != Some(true)
            && -i64::from(day) > i64::from(on_record)
        {
            self.note(FindingKind::BeyondRecord, place, (-i64::from(day)).to_string());
        }
        self.criterion(&correlated.criterion, &format!("{place}.Criteria"));
    }

    fn criterion(&mut self, criterion: &Criterion, place: &str) {
        let place = format!("{place}.{}", criterion.kind.name());
        match criterion.codeset_id {
            Some(id) => {
                self.names_set(id, &place);
                self.domain(criterion.kind, id, &place);
            }
            None if criterion.kind.has_codeset()
                && criterion.kind != CriterionKind::Death
                && !criterion.attributes.iter().any(|a| a.specification.column == Column::SourceConcept) =>
            {
                self.note(FindingKind::AnyCode, &place, criterion.kind.name());
            }
            None => {}
        }
        criterion.attributes.iter().for_each(|attribute| self.attribute(attribute, &place));
        self.units(criterion, &place);
        if let Some(group) = criterion.correlated_criteria.as_deref() {
            self.group(group, &format!("{place}.CorrelatedCriteria"));
        }
    }

    /// Codes whose domain is written beside them, and none of which is of the criterion's.
    fn domain(&mut self, kind: CriterionKind, id: i32, place: &str) {
        let Some(wanted) = domain_of(kind) else { return };
        let Some(set) = self.expression.concept_set(id) else { return };
        let mut domains =
            set.items.iter().filter(|item| !item.is_excluded).map(|item| item.concept.domain_id.as_deref());
        let is_other = |domain: Option<&str>| {
            domain.is_some_and(|domain| !domain.contains(wanted) && !domain.is_empty())
        };
        if !set.items.is_empty() && domains.all(is_other) {
            let what = name_of(set);
            self.note(FindingKind::OtherDomain, place, what);
        }
    }

    fn attribute(&mut self, attribute: &Attribute, place: &str) {
        let is_reversed = match &attribute.test {
            Test::Codeset(id) => return self.names_set(*id, place),
            Test::Selection(selection) => {
                return selection.codeset_id.into_iter().for_each(|id| self.names_set(id, place));
            }
            Test::Number(range) => {
                range.comparison == Comparison::Between
                    && range.extent.as_ref().and_then(serde_json::Number::as_f64) < range.value.as_f64()
            }
            Test::Date(range) => {
                range.comparison == Comparison::Between
                    && range.extent.is_some_and(|extent| extent < range.value)
            }
            Test::Period(period) => {
                period.start_date.zip(period.end_date).is_some_and(|(from, to)| to < from)
            }
            _ => false,
        };
        if is_reversed {
            self.note(FindingKind::ReversedRange, place, attribute.specification.name);
        }
    }

    fn units(&mut self, criterion: &Criterion, place: &str) {
        if criterion.kind != CriterionKind::Measurement
            || criterion.tests(Column::ValueAsNumber).next().is_none()
        {
            return;
        }
        let mut is_named = false;
        for test in criterion.tests(Column::Unit) {
            let Test::Concepts(concepts) = test else {
                is_named = true;
                continue;
            };
            is_named |= !concepts.is_empty();
            let codes: Vec<&str> = concepts
                .iter()
                .filter(|concept| concept.vocabulary_id.as_deref() == Some("UCUM"))
                .filter_map(|concept| concept.concept_code.as_deref())
                .collect();
            let Some((first, others)) = codes.split_first() else { continue };
            let differs =
                |code: &&&str| Conversion::between(first, code).is_none_or(|way| way.apply(1.0) != 1.0);
            if let Some(other) = others.iter().find(differs) {
                self.note(FindingKind::SeveralUnits, place, format!("{first}, {other}"));
            }
        }
        if !is_named {
            self.note(FindingKind::NoUnit, place, "");
        }
    }
}

/// A bound in days from the anchor; none where it is open.
fn last_day(bound: &WindowBound) -> Option<i32> {
    bound.days.map(|days| days.saturating_mul(bound.coefficient))
}

fn is_reversed(window: &Window) -> bool {
    last_day(&window.start).zip(last_day(&window.end)).is_some_and(|(from, to)| to < from)
}

/// The OMOP domain whose concepts a criterion finds, where there is one alone.
const fn domain_of(kind: CriterionKind) -> Option<&'static str> {
    match kind {
        CriterionKind::ConditionEra | CriterionKind::ConditionOccurrence => Some("Condition"),
        CriterionKind::DrugEra | CriterionKind::DrugExposure | CriterionKind::DoseEra => Some("Drug"),
        CriterionKind::ProcedureOccurrence => Some("Procedure"),
        CriterionKind::Measurement => Some("Meas"),
        CriterionKind::Observation => Some("Obs"),
        CriterionKind::DeviceExposure => Some("Device"),
        CriterionKind::VisitOccurrence | CriterionKind::VisitDetail => Some("Visit"),
        CriterionKind::Specimen => Some("Specimen"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
