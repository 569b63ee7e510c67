//! A sketch as a definition in Circe's language.

use serde_json::{Map, Value, json};

use super::{
    ChosenConcept, CohortSketch, Comparison, EventKind, EventSketch, NumberTest, Occurs, PersonSex,
    PersonTest, RuleItem, RuleSketch, Stay, WhichEvent,
};
use crate::clinic::{UCUM, other_concept_id};
use crate::definition::{CohortExpression, DefinitionError};

/// The concept sets, each once.
#[derive(Default)]
struct ConceptSets(Vec<(Vec<ChosenConcept>, String)>);

impl ConceptSets {
    fn id(&mut self, concepts: &[ChosenConcept]) -> usize {
        if let Some(known) = self.0.iter().position(|(set, _)| set == concepts) {
            return known;
        }
        let named = concepts.iter().find(|concept| !concept.is_excluded);
        let name = named.map_or_else(String::new, |concept| concept.title.clone());
        self.0.push((concepts.to_vec(), name));
        self.0.len() - 1
    }

    fn json(&self) -> Value {
        let item = |concept: &ChosenConcept| {
            json!({
                "concept": {
                    "CONCEPT_ID": concept.concept_id, "CONCEPT_NAME": concept.title,
                    "CONCEPT_CODE": concept.code, "VOCABULARY_ID": concept.system,
                },
                "isExcluded": concept.is_excluded, "includeDescendants": true, "includeMapped": false,
            })
        };
        let set = |(id, (concepts, name)): (usize, &(Vec<ChosenConcept>, String))| {
            let items: Vec<Value> = concepts.iter().map(item).collect();
            json!({ "id": id, "name": name, "expression": { "items": items } })
        };
        self.0.iter().enumerate().map(set).collect()
    }
}

const fn kind_name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Condition => "ConditionOccurrence",
        EventKind::Drug => "DrugExposure",
        EventKind::Procedure => "ProcedureOccurrence",
        EventKind::Measurement => "Measurement",
        EventKind::Observation => "Observation",
        EventKind::Visit => "VisitOccurrence",
        EventKind::Death => "Death",
    }
}

fn range<T: serde::Serialize>(from: Option<T>, to: Option<T>) -> Option<Value> {
    Some(match (from, to) {
        (Some(from), Some(to)) => json!({ "Value": from, "Op": "bt", "Extent": to }),
        (Some(from), None) => json!({ "Value": from, "Op": "gte" }),
        (None, Some(to)) => json!({ "Value": to, "Op": "lte" }),
        (None, None) => return None,
    })
}

fn number(test: &NumberTest) -> Value {
    let op = match test.comparison {
        Comparison::AtLeast => "gte",
        Comparison::AtMost => "lte",
        Comparison::MoreThan => "gt",
        Comparison::LessThan => "lt",
        Comparison::Between => {
            return json!({ "Value": test.value, "Op": "bt", "Extent": test.to.unwrap_or(test.value) });
        }
    };
    json!({ "Value": test.value, "Op": op })
}

fn person_members(person: &PersonTest) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some(age) = range(person.age_min, person.age_max) {
        members.insert("Age".into(), age);
    }
    if let Some(sex) = person.sex {
        let (id, name, code) = match sex {
            PersonSex::Female => (8_532, "FEMALE", "F"),
            PersonSex::Male => (8_507, "MALE", "M"),
        };
        let concept = json!({ "CONCEPT_ID": id, "CONCEPT_NAME": name, "CONCEPT_CODE": code, "VOCABULARY_ID": "Gender" });
        members.insert("Gender".into(), json!([concept]));
    }
    members
}

fn criterion(event: &EventSketch, sets: &mut ConceptSets) -> Value {
    let mut members = person_members(&event.person);
    if !event.concepts.is_empty() {
        members.insert("CodesetId".into(), sets.id(&event.concepts).into());
    }
    // A person dies once: the kind has no "first".
    if event.is_first && event.kind != EventKind::Death {
        members.insert("First".into(), true.into());
    }
    if let Some(dates) = range(event.from.as_ref(), event.to.as_ref()) {
        members.insert("OccurrenceStartDate".into(), dates);
    }
    if let Some(test) = event.number.as_ref().filter(|_| event.kind == EventKind::Measurement) {
        members.insert("ValueAsNumber".into(), number(test));
        if let Some(unit) = &test.unit {
            let concept = json!({
                "CONCEPT_ID": other_concept_id(UCUM, unit), "CONCEPT_NAME": unit,
                "CONCEPT_CODE": unit, "VOCABULARY_ID": "UCUM",
            });
            members.insert("Unit".into(), json!([concept]));
        }
    }
    json!({ kind_name(event.kind): members })
}

/// `open`: the direction of a bound without a day.
fn bound(day: Option<i32>, open: i32) -> Value {
    match day {
        None => json!({ "Coeff": open }),
        Some(day) => json!({ "Days": day.unsigned_abs(), "Coeff": if day < 0 { -1 } else { 1 } }),
    }
}

fn item(item: &RuleItem, sets: &mut ConceptSets) -> Value {
    let kind = match item.occurs {
        Occurs::Exactly => 0,
        Occurs::AtMost => 1,
        Occurs::AtLeast => 2,
    };
    json!({
        "Criteria": criterion(&item.event, sets),
        "StartWindow": {
            "Start": bound(item.from_day, -1), "End": bound(item.to_day, 1),
            "UseIndexEnd": false, "UseEventEnd": false,
        },
        "Occurrence": { "Type": kind, "Count": item.times, "IsDistinct": false },
    })
}

fn rule(rule: &RuleSketch, sets: &mut ConceptSets) -> Value {
    let items: Vec<Value> = rule.items.iter().map(|one| item(one, sets)).collect();
    let person = person_members(&rule.person);
    let people: Vec<Value> = if person.is_empty() { Vec::new() } else { vec![person.into()] };
    // Who the person must be holds besides, also where one of the items is enough.
    let group = if rule.is_any && items.len() > 1 && !people.is_empty() {
        json!({ "Type": "ALL", "CriteriaList": [], "DemographicCriteriaList": people, "Groups": [
            { "Type": "ANY", "CriteriaList": items, "DemographicCriteriaList": [], "Groups": [] }] })
    } else {
        let kind = if rule.is_any && items.len() > 1 { "ANY" } else { "ALL" };
        json!({ "Type": kind, "CriteriaList": items, "DemographicCriteriaList": people, "Groups": [] })
    };
    json!({ "name": rule.name, "expression": group })
}

impl CohortSketch {
    /// The definition.
    ///
    /// # Errors
    /// When a date is none; named with its place.
    pub fn expression(&self) -> Result<CohortExpression, DefinitionError> {
        let mut sets = ConceptSets::default();
        let entry: Vec<Value> = self.entry.iter().map(|event| criterion(event, &mut sets)).collect();
        let rules: Vec<Value> = self.rules.iter().map(|one| rule(one, &mut sets)).collect();
        let which = match self.which {
            WhichEvent::Earliest => "First",
            WhichEvent::Latest => "Last",
            WhichEvent::Every => "All",
        };
        let mut definition = json!({
            "ConceptSets": sets.json(),
            "PrimaryCriteria": {
                "CriteriaList": entry,
                "ObservationWindow": { "PriorDays": self.days_before, "PostDays": self.days_after },
                "PrimaryCriteriaLimit": { "Type": "All" },
            },
            "QualifiedLimit": { "Type": "All" },
            "ExpressionLimit": { "Type": which },
            "InclusionRules": rules,
            "CensoringCriteria": [],
            "CollapseSettings": { "CollapseType": "ERA", "EraPad": 0 },
            "CensorWindow": {},
        });
        let offset = |field: &str, days: u16| json!({ "DateOffset": { "DateField": field, "Offset": days } });
        match self.stay {
            Stay::Observed => {}
            Stay::FromStart { days } => definition["EndStrategy"] = offset("StartDate", days),
            Stay::FromEnd { days } => definition["EndStrategy"] = offset("EndDate", days),
        }
        CohortExpression::from_json(&definition.to_string())
    }
}
