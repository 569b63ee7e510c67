//! From a definition to a plan. What cannot be run is refused here, by its name and place.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::plan::{
    CohortPlan, ConceptTest, Concepts, CorrelatedPlan, EventPlan, Filter, GroupPlan, Key, Member, NumberTest,
    RulePlan,
};
use super::ranges::{date_test, day, integer_test, number_test};
use crate::definition::{
    Attribute, CohortExpression, Column, Concept, ConceptSetSelection, CountColumn, CriteriaGroup, Criterion,
    CriterionKind, DefinitionError, EndStrategy, Limit, Problem, Test, criterion_to_value, group_to_value,
};
use crate::index::{Index, PLACE_UNKNOWN};
use crate::unit::Conversion;

/// Concept sets of one definition, by id.
pub(crate) type ConceptSets = HashMap<i32, (Arc<[i64]>, Key)>;
/// UCUM codes by concept.
pub type UnitNames = HashMap<i64, String>;

pub(crate) struct Compiler<'a> {
    /// None: the plan is for another engine, and names concept sets by their ids alone.
    index: Option<&'a Index>,
    sets: &'a ConceptSets,
    /// UCUM codes by concept, where values are carried from unit to unit.
    units: Option<&'a UnitNames>,
    /// Ids of concept sets in the order of use.
    used: Vec<i32>,
}

type Compiled<T> = Result<T, DefinitionError>;

fn not_run<T>(place: &str, what: &str) -> Compiled<T> {
    Err(DefinitionError::new(place, Problem::NotRun(what.to_owned())))
}

impl<'a> Compiler<'a> {
    pub const fn new(index: Option<&'a Index>, sets: &'a ConceptSets, units: Option<&'a UnitNames>) -> Self {
        Self { index, sets, units, used: Vec::new() }
    }

    /// Ids of the concept sets that were used, each once.
    pub fn used(&self) -> BTreeSet<i32> {
        self.used.iter().copied().collect()
    }

    fn set(&mut self, id: i32) -> Concepts {
        Concepts { set: Some(id), ids: self.concepts(id) }
    }

    /// The concepts of a set. A set that the definition lacks has none, as in circe.
    fn concepts(&mut self, id: i32) -> Arc<[i64]> {
        self.used.push(id);
        self.sets.get(&id).map_or_else(|| Arc::from([]), |(set, _)| Arc::clone(set))
    }

    /// Concepts that are named one by one, with those of the data that carry them.
    fn listed(&self, concepts: &[Concept]) -> Concepts {
        let named = concepts.iter().map(|concept| concept.concept_id);
        match self.index {
            Some(index) => listed(named.flat_map(|id| index.vocabulary().carriers(id))),
            None => listed(named),
        }
    }

    /// Hash of a part: its text and the content of the concept sets that were used since `mark`.
    fn key(&self, name: &str, text: &str, mark: usize) -> Key {
        let mut used = self.used[mark..].to_vec();
        used.sort_unstable();
        used.dedup();
        let mut hasher = blake3::Hasher::new();
        hasher.update(name.as_bytes()).update(text.as_bytes());
        for id in used {
            hasher.update(&id.to_le_bytes());
            hasher.update(self.sets.get(&id).map_or(&[0; 32], |(_, key)| key));
        }
        *hasher.finalize().as_bytes()
    }

    pub fn cohort(&mut self, expression: &CohortExpression) -> Compiled<CohortPlan> {
        let place = "PrimaryCriteria.CriteriaList";
        let primary_criteria = &expression.primary_criteria;
        let primary = self.criteria(&primary_criteria.criteria, place)?;
        let additional = match &expression.additional_criteria {
            Some(group) => Some(self.group(group, "AdditionalCriteria")?),
            None => None,
        };
        let qualified_limit = match additional {
            Some(_) => expression.qualified_limit.limit(),
            None => Limit::All,
        };
        let window = primary_criteria.observation_window;
        let mut text = String::new();
        for criterion in &primary_criteria.criteria {
            text += &criterion_to_value(criterion).to_string();
        }
        if let Some(group) = &expression.additional_criteria {
            text += &group_to_value(group).to_string();
        }
        let limit = primary_criteria.limit.limit();
        text += &format!("{window:?} {limit:?} {qualified_limit:?}");
        let qualified_key = self.key("qualified", &text, 0);
        let mut rules = Vec::with_capacity(expression.inclusion_rules.len());
        for (position, rule) in expression.inclusion_rules.iter().enumerate() {
            let mark = self.used.len();
            let group = self.group(&rule.expression, &format!("InclusionRules[{position}].expression"))?;
            let text = group_to_value(&rule.expression).to_string();
            let own = self.key("rule", &text, mark);
            let key = *blake3::Hasher::new().update(&qualified_key).update(&own).finalize().as_bytes();
            rules.push(RulePlan { key, group });
        }
        let era_concepts = match expression.end_strategy {
            Some(EndStrategy::CustomEra { drug_codeset_id: Some(id), .. }) => self.concepts(id),
            Some(EndStrategy::CustomEra { drug_codeset_id: None, .. }) => {
                return Err(DefinitionError::new("EndStrategy.CustomEra", Problem::Missing("DrugCodesetId")));
            }
            _ => Arc::from([]),
        };
        Ok(CohortPlan {
            primary,
            prior_days: window.prior_days,
            post_days: window.post_days,
            primary_limit: limit,
            additional,
            qualified_limit,
            qualified_key,
            rules,
            expression_limit: expression.expression_limit.limit(),
            exit: expression.end_strategy,
            era_concepts,
            censoring: self.criteria(&expression.censoring_criteria, "CensoringCriteria")?,
            era_pad: expression.era_pad,
            censor_window: expression.censor_window,
        })
    }

    fn criteria(&mut self, criteria: &[Criterion], place: &str) -> Compiled<Vec<EventPlan>> {
        let one = |(position, criterion)| self.event(criterion, &format!("{place}[{position}]"));
        criteria.iter().enumerate().map(one).collect()
    }

    fn group(&mut self, group: &CriteriaGroup, place: &str) -> Compiled<GroupPlan> {
        let mut members = Vec::new();
        for (position, correlated) in group.criteria.iter().enumerate() {
            let place = format!("{place}.CriteriaList[{position}]");
            members.push(Member::Correlated(Box::new(self.correlated(correlated, &place)?)));
        }
        for (position, demographic) in group.demographic_criteria.iter().enumerate() {
            let place = format!("{place}.DemographicCriteriaList[{position}]");
            let mut filters = vec![Filter::KnownPerson];
            for attribute in &demographic.attributes {
                self.filter(attribute, None, &place, &mut filters)?;
            }
            members.push(Member::Demographic(filters));
        }
        for (position, inner) in group.groups.iter().enumerate() {
            members.push(Member::Group(self.group(inner, &format!("{place}.Groups[{position}]"))?));
        }
        Ok(GroupPlan { kind: group.kind, count: group.count.unwrap_or(0), members })
    }

    fn correlated(
        &mut self,
        correlated: &crate::definition::CorrelatedCriterion,
        place: &str,
    ) -> Compiled<CorrelatedPlan> {
        let distinct = correlated
            .occurrence
            .is_distinct
            .then(|| correlated.occurrence.count_column.unwrap_or(CountColumn::DomainConcept));
        let kind = correlated.criterion.kind;
        if let Some(column) = distinct
            && !counts_by(kind, column)
        {
            let what = format!("counting of distinct {} in {}", column.name(), kind.name());
            return not_run(&format!("{place}.Occurrence.CountColumn"), &what);
        }
        Ok(CorrelatedPlan {
            events: self.event(&correlated.criterion, &format!("{place}.Criteria"))?,
            start_window: correlated.start_window,
            end_window: correlated.end_window,
            occurrence: correlated.occurrence,
            distinct,
            restrict_visit: correlated.restrict_visit,
            ignore_period: correlated.ignore_observation_period,
        })
    }

    fn event(&mut self, criterion: &Criterion, place: &str) -> Compiled<EventPlan> {
        let kind = criterion.kind;
        if !kind.runs() {
            return not_run(place, kind.name());
        }
        let mark = self.used.len();
        let place = format!("{place}.{}", kind.name());
        let mut filters = Vec::new();
        if criterion.date_adjustment.is_some() {
            if kind == CriterionKind::Specimen {
                return not_run(&format!("{place}.DateAdjustment"), "DateAdjustment of a Specimen");
            }
            filters.push(Filter::Ordered);
        }
        let mut source = None;
        let mut user_period = None;
        let mut exclude_types = criterion.flag(Column::TypeExclude);
        let quantity = self.quantity(criterion);
        for attribute in &criterion.attributes {
            match (&attribute.test, attribute.specification.column, &quantity) {
                (Test::Number(range), Column::ValueAsNumber, Some(conversions)) => {
                    filters.push(Filter::Quantity(number_test(range), Arc::clone(conversions)));
                }
                (Test::Concepts(_), Column::Unit, Some(_)) => {}
                (Test::Flag(_), Column::TypeExclude, _) => {}
                (Test::Codeset(id), Column::SourceConcept, _) if kind != CriterionKind::Specimen => {
                    source = Some(ConceptTest::In(self.set(*id)));
                }
                (Test::Period(period), Column::UserDefinedPeriod, _) => {
                    user_period = Some(*period);
                    let days = [period.start_date, period.end_date];
                    filters.extend(days.into_iter().flatten().map(|date| Filter::Covers(day(date))));
                }
                (Test::Concepts(concepts), Column::Type, _) if exclude_types && !concepts.is_empty() => {
                    exclude_types = false;
                    filters.push(type_filter(kind, ConceptTest::NotIn(self.listed(concepts))));
                }
                _ => self.filter(attribute, Some(kind), &place, &mut filters)?,
            }
        }
        let postings = criterion.codeset_id.map(|id| {
            let concepts = self.concepts(id);
            let Some(domain) = self.index.and_then(|index| index.domain(kind)) else { return Vec::new() };
            let range = |concept: &i64| domain.postings(*concept);
            let narrow = |range: std::ops::Range<usize>| range.start as u32..range.end as u32;
            concepts.iter().map(range).filter(|range| !range.is_empty()).map(narrow).collect()
        });
        let group = match criterion.correlated_criteria.as_deref() {
            Some(group) if !group.is_empty() => {
                Some(Box::new(self.group(group, &format!("{place}.CorrelatedCriteria"))?))
            }
            _ => None,
        };
        Ok(EventPlan {
            key: self.key("events", &criterion_to_value(criterion).to_string(), mark),
            kind,
            codeset: criterion.codeset_id,
            postings,
            source,
            first: criterion.is_first(),
            adjustment: criterion.date_adjustment,
            user_period,
            filters,
            group,
        })
    }

    /// The units that a value is carried from, where a criterion tests a value and names its unit by UCUM code.
    fn quantity<'c>(&'c self, criterion: &'c Criterion) -> Option<Arc<HashMap<i64, Vec<Conversion>>>> {
        let names = self.units?;
        criterion.tests(Column::ValueAsNumber).next()?;
        let wanted = criterion.tests(Column::Unit).find_map(|test| match test {
            Test::Concepts(concepts) if !concepts.is_empty() => Some(concepts),
            _ => None,
        })?;
        let name = |concept: &'c Concept| match (concept.vocabulary_id.as_deref(), &concept.concept_code) {
            (Some("UCUM"), Some(code)) => Some(code.as_str()),
            _ => names.get(&concept.concept_id).map(String::as_str),
        };
        let wanted: Vec<&str> = wanted.iter().map(name).collect::<Option<_>>()?;
        let ways = |(unit, name): (&i64, &String)| {
            let ways: Vec<Conversion> =
                wanted.iter().filter_map(|wanted| Conversion::between(name, wanted)).collect();
            (!ways.is_empty()).then_some((*unit, ways))
        };
        Some(Arc::new(names.iter().filter_map(ways).collect()))
    }

    fn selection(&mut self, selection: &ConceptSetSelection) -> ConceptTest {
        match (selection.codeset_id, selection.is_exclusion) {
            (Some(id), false) => ConceptTest::In(self.set(id)),
            (Some(id), true) => ConceptTest::NotIn(self.set(id)),
            (None, false) => ConceptTest::Present,
            (None, true) => ConceptTest::Absent,
        }
    }

    /// `kind`: of the criterion; none for a demographic one.
    fn filter(
        &mut self,
        attribute: &Attribute,
        kind: Option<CriterionKind>,
        place: &str,
        filters: &mut Vec<Filter>,
    ) -> Compiled<()> {
        let column = attribute.specification.column;
        let refused = || {
            let place = format!("{place}.{}", attribute.specification.name);
            not_run(&place, attribute.specification.name)
        };
        if matches!(column, Column::EffectiveDrugDose | Column::DoseUnit | Column::PlaceOfServiceLocation) {
            return refused();
        }
        let concept = match &attribute.test {
            // Circe takes an empty list for no test.
            Test::Concepts(concepts) if concepts.is_empty() => return Ok(()),
            Test::Concepts(concepts) => Some(ConceptTest::In(self.listed(concepts))),
            Test::Selection(selection) => Some(self.selection(selection)),
            _ => None,
        };
        let filter = match (column, &attribute.test, concept) {
            (Column::Gender | Column::Race | Column::Ethnicity, _, Some(test)) => {
                Filter::Person(column, test)
            }
            (Column::Type, _, Some(test)) => kind.map_or(Filter::Abnormal, |kind| type_filter(kind, test)),
            // Visit and care site are joined inward: without one nothing holds.
            (Column::VisitType | Column::PlaceOfService, _, Some(test)) => {
                filters.push(Filter::Concept(column, ConceptTest::Present));
                Filter::Concept(column, of_joined_row(test))
            }
            (_, _, Some(test)) => Filter::Concept(column, test),
            (Column::StartDate, Test::Date(range), _) => Filter::Start(date_test(range)),
            // circe-be tests a drug exposure's first day here (DrugExposureSqlBuilder.java).
            (Column::EndDate, Test::Date(range), _) if kind == Some(CriterionKind::DrugExposure) => {
                Filter::Start(date_test(range))
            }
            (Column::EndDate, Test::Date(range), _) => Filter::End(date_test(range)),
            // A visit detail's age is that at its end (VisitDetailSqlBuilder.java).
            (Column::Age, Test::Number(range), _) if kind == Some(CriterionKind::VisitDetail) => {
                Filter::AgeAtEnd(integer_test(range))
            }
            (Column::Age, Test::Number(range), _) => Filter::AgeAtStart(integer_test(range)),
            (Column::AgeAtEnd, Test::Number(range), _) => Filter::AgeAtEnd(integer_test(range)),
            (Column::Length, Test::Number(range), _) => Filter::Length(integer_test(range)),
            (Column::Quantity, Test::Number(range), _) => match kind {
                // Devices and procedures are counted in whole numbers.
                Some(CriterionKind::DeviceExposure | CriterionKind::ProcedureOccurrence) => {
                    let test = integer_test(range);
                    let (value, extent) = (test.value as f64, test.extent as f64);
                    Filter::Number(column, NumberTest { comparison: test.comparison, value, extent })
                }
                _ => Filter::Number(column, number_test(range)),
            },
            (
                Column::Refills | Column::DaysSupply | Column::OccurrenceCount | Column::GapDays,
                Test::Number(range),
                _,
            ) => Filter::Integer(column, integer_test(range)),
            (Column::RangeLowRatio, Test::Number(range), _) => {
                Filter::Ratio(Column::RangeLow, number_test(range))
            }
            (Column::RangeHighRatio, Test::Number(range), _) => {
                Filter::Ratio(Column::RangeHigh, number_test(range))
            }
            (_, Test::Number(range), _) => Filter::Number(column, number_test(range)),
            (Column::Abnormal, Test::Flag(true), _) => Filter::Abnormal,
            (Column::Abnormal, Test::Flag(false), _) => return Ok(()),
            (_, Test::Text(filter), _) => Filter::Text(column, filter.clone()),
            _ => return refused(),
        };
        filters.push(filter);
        Ok(())
    }
}

/// The type of an observation period is the concept by which its events are indexed.
const fn type_filter(kind: CriterionKind, test: ConceptTest) -> Filter {
    match kind {
        CriterionKind::ObservationPeriod => Filter::OwnConcept(test),
        _ => Filter::Concept(Column::Type, test),
    }
}

/// The test of a value that is looked up in another table: there is a row, the value may be missing in it.
fn of_joined_row(test: ConceptTest) -> ConceptTest {
    match test {
        ConceptTest::In(concepts) => ConceptTest::In(concepts),
        ConceptTest::NotIn(concepts) => {
            let ids = sorted(concepts.ids.iter().copied().chain([PLACE_UNKNOWN]));
            ConceptTest::NotIn(Concepts { ids, ..concepts })
        }
        ConceptTest::Present => ConceptTest::NotIn(listed([PLACE_UNKNOWN].into_iter())),
        ConceptTest::Absent => ConceptTest::In(listed([PLACE_UNKNOWN].into_iter())),
    }
}

fn listed(ids: impl Iterator<Item = i64>) -> Concepts {
    Concepts { set: None, ids: sorted(ids) }
}

fn sorted(ids: impl Iterator<Item = i64>) -> Arc<[i64]> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into()
}

/// Columns by which circe-be counts distinct events of a kind (`getTableColumnForCriteriaColumn`, default columns).
const fn counts_by(kind: CriterionKind, column: CountColumn) -> bool {
    use CriterionKind as K;
    match column {
        CountColumn::DomainConcept
        | CountColumn::Duration
        | CountColumn::StartDate
        | CountColumn::EndDate => true,
        CountColumn::VisitId => !matches!(kind, K::VisitDetail | K::ConditionEra),
        CountColumn::VisitDetailId => matches!(kind, K::VisitDetail),
        CountColumn::EraOccurrences => matches!(kind, K::ConditionEra | K::DrugEra),
        CountColumn::GapDays => matches!(kind, K::DrugEra),
        CountColumn::Unit => matches!(kind, K::DoseEra),
        CountColumn::ValueAsNumber => matches!(kind, K::Measurement | K::Observation | K::DoseEra),
        CountColumn::RangeHigh | CountColumn::RangeLow => matches!(kind, K::Measurement),
        CountColumn::DaysSupply | CountColumn::Refills => matches!(kind, K::DrugExposure),
        CountColumn::Quantity => {
            matches!(kind, K::DrugExposure | K::DeviceExposure | K::ProcedureOccurrence)
        }
        CountColumn::DomainSourceConcept => false,
    }
}
