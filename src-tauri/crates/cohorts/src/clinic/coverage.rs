//! What a definition asks for that the clinic's records cannot answer. Where there is any of it, nothing is counted: a nought would
//! be a wrong number, and "without" would let everybody in.

use std::collections::BTreeSet;

use rustcare_model::code::LOINC;
use serde::Serialize;
use serde_json::Value;

use super::{UCUM, icd_concept_id, is_own, other_concept_id, units_of};
use crate::definition::{
    Attribute, CohortExpression, Column, Concept, ConceptSet, ConceptSetItem, CriteriaGroup, Criterion,
    CriterionKind, EndStrategy, Test,
};
use crate::engine::UnitNames;
use crate::index::Index;

/// Why a part of a definition cannot be answered here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// A concept that neither the records nor an imported vocabulary know.
    UnknownConcept,
    /// A set of codes that the definition names and does not hold.
    MissingConceptSet,
    /// A kind of record that the clinic does not keep.
    KindNotKept,
    /// Something that the clinic's records of the kind do not say.
    NotRecorded,
    /// A number is tested that is recorded in several units here, and the definition names none.
    UnitNotNamed,
}

/// A part of a definition that cannot be answered here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Gap {
    /// Why.
    pub kind: GapKind,
    /// The concept, set, kind or attribute by its name or number.
    pub what: String,
}

/// A definition with the ids that its codes have in a clinic, for the codes that a clinic's records carry themselves.
///
/// Definitions from elsewhere name concepts by published numbers, and beside each number its code. A unit is its UCUM code; a code of
/// ICD-10-CM brings its tree along; another code stands for itself alone, and only where nothing below it is asked for.
#[must_use]
pub fn localised(expression: &CohortExpression) -> CohortExpression {
    let mut own = expression.clone();
    for item in own.concept_sets.iter_mut().flat_map(|set: &mut ConceptSet| &mut set.items) {
        localise_item(item);
    }
    let primary = own.primary_criteria.criteria.iter_mut().chain(&mut own.censoring_criteria);
    primary.for_each(localise_criterion);
    let groups = own.inclusion_rules.iter_mut().map(|rule| &mut rule.expression);
    groups.chain(&mut own.additional_criteria).for_each(localise_group);
    own
}

fn localise_item(item: &mut ConceptSetItem) {
    let Concept { concept_id, vocabulary_id: Some(vocabulary), concept_code: Some(code), .. } = &item.concept
    else {
        return;
    };
    if is_own(*concept_id) {
        return;
    }
    let own = match vocabulary.as_str() {
        "ICD10CM" => Some(icd_concept_id(code)),
        "LOINC" if !item.include_descendants => Some(other_concept_id(LOINC, code)),
        _ => None,
    };
    if let Some(own) = own {
        item.concept.concept_id = own;
    }
}

fn localise_criterion(criterion: &mut Criterion) {
    for attribute in &mut criterion.attributes {
        if let (Column::Unit, Test::Concepts(concepts)) =
            (attribute.specification.column, &mut attribute.test)
        {
            concepts.iter_mut().for_each(localise_unit);
        }
    }
    if let Some(group) = criterion.correlated_criteria.as_deref_mut() {
        localise_group(group);
    }
}

fn localise_unit(unit: &mut Concept) {
    if let (Some("UCUM"), Some(code)) = (unit.vocabulary_id.as_deref(), &unit.concept_code) {
        unit.concept_id = other_concept_id(UCUM, code);
    }
}

fn localise_group(group: &mut CriteriaGroup) {
    group.criteria.iter_mut().for_each(|correlated| localise_criterion(&mut correlated.criterion));
    group.groups.iter_mut().for_each(localise_group);
}

/// Whose data are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The clinic's own records: any code of its may be asked for, whether a record has it or not.
    Clinic,
    /// Data of others in the common data model: only published concepts can be in them.
    Others,
}

/// The clinic's own codes that a definition names by their ids, each once, in order. No other database knows these ids, so that the
/// definition means nothing there.
#[must_use]
pub fn own_concepts(expression: &CohortExpression) -> Vec<i64> {
    fn collect(value: &Value, found: &mut BTreeSet<i64>) {
        match value {
            Value::Object(members) => {
                let id = members.get("CONCEPT_ID").and_then(Value::as_i64);
                found.extend(id.filter(|id| is_own(*id)));
                members.values().for_each(|member| collect(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    // A concept stands in many places of a definition, and looks alike in all of them.
    collect(&expression.to_value(), &mut found);
    found.into_iter().collect()
}

/// What the definition asks for that cannot be answered, each thing once. `expression`: for the clinic's records as [`localised`] made
/// it, for others' data as it was written.
#[must_use]
pub fn gaps(index: &Index, expression: &CohortExpression, whose: Whose) -> Vec<Gap> {
    let mut looking = Looking { index, expression, whose, found: BTreeSet::new() };
    for concept in expression.concept_sets.iter().flat_map(|set| &set.items).map(|item| &item.concept) {
        looking.concept(concept);
    }
    let primary = &expression.primary_criteria.criteria;
    primary.iter().chain(&expression.censoring_criteria).for_each(|criterion| looking.criterion(criterion));
    let groups = expression.inclusion_rules.iter().map(|rule| &rule.expression);
    groups.chain(&expression.additional_criteria).for_each(|group| looking.group(group));
    if let Some(EndStrategy::CustomEra { drug_codeset_id: Some(id), .. }) = expression.end_strategy {
        looking.concept_set(id);
    }
    looking.found.into_iter().collect()
}

struct Looking<'a> {
    index: &'a Index,
    expression: &'a CohortExpression,
    whose: Whose,
    found: BTreeSet<Gap>,
}

impl Looking<'_> {
    fn note(&mut self, kind: GapKind, what: impl Into<String>) {
        self.found.insert(Gap { kind, what: what.into() });
    }

    fn concept(&mut self, concept: &Concept) {
        let id = concept.concept_id;
        // A unit is compared by its code.
        let is_unit = concept.vocabulary_id.as_deref() == Some("UCUM") && concept.concept_code.is_some();
        let may_be_own = is_own(id) && (self.whose == Whose::Clinic || is_unit);
        if may_be_own || self.index.vocabulary().knows(id) {
            return;
        }
        let name = concept.concept_name.as_deref().filter(|name| !name.trim().is_empty());
        self.note(
            GapKind::UnknownConcept,
            name.map_or_else(|| id.to_string(), |name| format!("{name} ({id})")),
        );
    }

    fn concept_set(&mut self, id: i32) {
        if self.expression.concept_set(id).is_none() {
            self.note(GapKind::MissingConceptSet, id.to_string());
        }
    }

    fn group(&mut self, group: &CriteriaGroup) {
        group.criteria.iter().for_each(|correlated| self.criterion(&correlated.criterion));
        for attribute in group.demographic_criteria.iter().flat_map(|one| &one.attributes) {
            self.attribute(attribute, None);
        }
        group.groups.iter().for_each(|group| self.group(group));
    }

    fn criterion(&mut self, criterion: &Criterion) {
        if let Some(id) = criterion.codeset_id {
            self.concept_set(id);
        }
        if !self.keeps(criterion.kind) {
            self.note(GapKind::KindNotKept, criterion.kind.name());
        } else {
            for attribute in &criterion.attributes {
                self.attribute(attribute, Some(criterion.kind));
            }
            self.unit(criterion);
        }
        if let Some(group) = criterion.correlated_criteria.as_deref() {
            self.group(group);
        }
    }

    /// Whether there can be records of the kind. A table that others' data lack, or have nothing in, is no nought.
    fn keeps(&self, kind: CriterionKind) -> bool {
        match self.whose {
            Whose::Clinic => super::KINDS.contains(&kind),
            Whose::Others => self.index.domain(kind).is_some_and(|domain| !domain.is_empty()),
        }
    }

    fn unit(&mut self, criterion: &Criterion) {
        // Others' definitions on others' data mean what their authors meant: numbers as they were recorded.
        if self.whose == Whose::Others {
            return;
        }
        let tests_value = criterion.tests(Column::ValueAsNumber).next().is_some();
        let names_unit = criterion
            .tests(Column::Unit)
            .any(|test| !matches!(test, Test::Concepts(concepts) if concepts.is_empty()));
        if criterion.kind != CriterionKind::Measurement || !tests_value || names_unit {
            return;
        }
        let set = criterion.codeset_id.and_then(|id| self.expression.concept_set(id));
        let domain = self.index.domain(criterion.kind);
        let concepts = match set {
            Some(set) => self.index.vocabulary().resolve(set),
            None => domain.map_or_else(Vec::new, |domain| domain.concepts.clone()),
        };
        if units_of(self.index, &UnitNames::new(), &concepts, None).len() > 1 {
            let name = set.and_then(|set| set.name.clone());
            self.note(GapKind::UnitNotNamed, name.unwrap_or_else(|| criterion.kind.name().to_owned()));
        }
    }

    fn attribute(&mut self, attribute: &Attribute, kind: Option<CriterionKind>) {
        match &attribute.test {
            Test::Concepts(concepts) if concepts.is_empty() => return,
            Test::Concepts(concepts) => concepts.iter().for_each(|concept| self.concept(concept)),
            Test::Codeset(id) => self.concept_set(*id),
            Test::Selection(selection) => {
                selection.codeset_id.into_iter().for_each(|id| self.concept_set(id))
            }
            // A switch that is off asks for nothing.
            Test::Flag(false) => return,
            _ => {}
        }
        let column = attribute.specification.column;
        let is_said = match kind {
            None => self.says_of_person(column),
            Some(kind) => self.says_of_person(column) || self.says(kind, column),
        };
        if !is_said {
            self.note(GapKind::NotRecorded, attribute.specification.name);
        }
    }

    /// Whether any record of the kind says it. Where there is no record of the kind at all, nought is the right answer.
    fn says(&self, kind: CriterionKind, column: Column) -> bool {
        let Some(domain) = self.index.domain(kind).filter(|domain| !domain.is_empty()) else { return true };
        let has = |column: Column| {
            let number = domain.integers.get(&column).is_some_and(|values| !values.is_empty());
            number || domain.texts.contains_key(&column)
        };
        match column {
            Column::StartDate | Column::EndDate | Column::Length | Column::UserDefinedPeriod => true,
            Column::TypeExclude => has(Column::Type),
            Column::RangeLowRatio => has(Column::RangeLow),
            Column::RangeHighRatio => has(Column::RangeHigh),
            Column::Abnormal => has(Column::RangeLow) || has(Column::RangeHigh),
            column => has(column),
        }
    }

    /// Whether it is said of the person, not of a record. The clinic keeps no race and no ethnicity.
    const fn says_of_person(&self, column: Column) -> bool {
        match column {
            Column::Age | Column::AgeAtEnd | Column::Gender | Column::StartDate | Column::EndDate => true,
            Column::Race | Column::Ethnicity => matches!(self.whose, Whose::Others),
            _ => false,
        }
    }
}
