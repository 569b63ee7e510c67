//! Definitions that say everything: each attribute of each kind, each way of counting, and invented ones that mix them.

use std::collections::BTreeSet;

use rustcare_cohorts::definition::{
    AttributeSpecification, CohortExpression, Column, CountColumn, CriterionKind, DEMOGRAPHIC_ATTRIBUTES,
    Shape, attributes_of,
};
use rustcare_cohorts::index::Index;
use rustcare_cohorts::sql::{Dialect, Target, render};
use serde_json::{Value, json};

use crate::data::{DataSet, cases};
use crate::made_up::{Dice, write};

/// The members of a definition by name, and the words of those that choose, wherever they stand.
pub fn constructs(definition: &Value) -> BTreeSet<String> {
    fn collect(within: &str, value: &Value, all: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members.iter().filter(|(_, member)| !member.is_null()) {
                    // What a set is made of is data; its switches are not.
                    let chooses = ["Op", "Type", "Coeff", "DateField", "CountColumn", "StartWith", "EndWith"];
                    match member {
                        Value::Bool(switch) => drop(all.insert(format!("{within}.{name}={switch}"))),
                        _ if chooses.contains(&name.as_str()) => {
                            all.insert(format!("{within}.{name}={member}"));
                        }
                        _ if name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_') => {}
                        _ => drop(all.insert(format!("{within}.{name}"))),
                    }
                    collect(name, member, all);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(within, item, all)),
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    collect("", definition, &mut all);
    all
}

fn concept(id: i64) -> Value {
    json!({ "CONCEPT_ID": id })
}

fn item(id: i64, excluded: bool, descendants: bool, mapped: bool) -> Value {
    json!({
        "concept": concept(id), "isExcluded": excluded, "includeDescendants": descendants, "includeMapped": mapped
    })
}

fn concept_sets() -> Value {
    let set =
        |id: i32, items: Vec<Value>| json!({ "id": id, "name": "set", "expression": { "items": items } });
    json!([
        set(0, vec![item(1, false, true, false), item(3, false, true, false)]),
        set(1, vec![item(2, false, false, false), item(4, false, false, false)]),
        set(2, vec![item(1, false, true, true), item(2, true, false, false)]),
        set(3, vec![item(99, false, true, true)]),
        set(4, vec![]),
        // Two sets of one id are united, each with its own exclusions.
        set(5, vec![item(1, false, true, false), item(1, true, false, false)]),
        set(5, vec![item(3, false, true, false), item(2, true, false, false)]),
    ])
}

const COMPARISONS: [&str; 8] = ["lt", "lte", "eq", "!eq", "gt", "gte", "bt", "!bt"];

/// What an attribute may demand, in several ways.
fn tests(attribute: AttributeSpecification) -> Vec<Value> {
    let number = |value: Value, extent: Value| -> Vec<Value> {
        COMPARISONS.map(|op| json!({ "Value": value, "Extent": extent, "Op": op })).to_vec()
    };
    match attribute.shape {
        Shape::Concepts => vec![json!([concept(1), concept(3)]), json!([])],
        Shape::Selection => [(Some(0), false), (Some(0), true), (None, false), (None, true), (Some(4), true)]
            .map(|(set, excluded)| json!({ "CodesetId": set, "IsExclusion": excluded }))
            .to_vec(),
        Shape::Codeset => vec![json!(0), json!(77)],
        Shape::Number => match attribute.column {
            Column::Age | Column::AgeAtEnd => number(json!(40), json!(70)),
            Column::Length => number(json!(5), json!(20.9)),
            Column::RangeLowRatio | Column::RangeHighRatio => number(json!(1.0), json!(2.60001)),
            Column::ValueAsNumber | Column::RangeLow | Column::RangeHigh | Column::Quantity => {
                number(json!(2), json!(6.49991))
            }
            _ => number(json!(12), json!(25)),
        },
        Shape::Date => {
            COMPARISONS.map(|op| json!({ "Value": "2019-06-15", "Extent": "2020-03-01", "Op": op })).to_vec()
        }
        Shape::Text => {
            ["contains", "!contains", "startsWith", "!startsWith", "endsWith", "!endsWith", "eq", "!eq"]
                .iter()
                .flat_map(|op| {
                    ["bc", "%", "a_c", "\\c", "it's"].map(|text| json!({ "Text": text, "Op": op }))
                })
                .collect()
        }
        Shape::Flag => vec![json!(true), json!(false)],
        Shape::Period => vec![
            json!({ "StartDate": "2019-08-01", "EndDate": "2019-09-01" }),
            json!({ "StartDate": "2019-08-01" }),
            json!({ "EndDate": "2019-11-01" }),
        ],
    }
}

fn window(from: Value, to: Value, index_end: Value, event_end: Value) -> Value {
    let bound = |days: &Value, side: i64| match days.as_i64() {
        Some(days) => json!({ "Days": days.abs(), "Coeff": if days == 0 { side } else { days.signum() } }),
        None => json!({ "Days": null, "Coeff": side }),
    };
    json!({ "Start": bound(&from, -1), "End": bound(&to, 1), "UseIndexEnd": index_end, "UseEventEnd": event_end })
}

fn correlated(criterion: Value, kind: i64, count: i64, distinct: Option<&str>) -> Value {
    json!({
        "Criteria": criterion, "StartWindow": window(json!(-120), json!(200), Value::Null, Value::Null),
        "Occurrence": { "Type": kind, "Count": count, "IsDistinct": distinct.is_some(), "CountColumn": distinct },
    })
}

fn group(kind: &str, criteria: Vec<Value>) -> Value {
    json!({ "Type": kind, "Count": 1, "CriteriaList": criteria, "DemographicCriteriaList": [], "Groups": [] })
}

fn definition(primary: Vec<Value>, rules: Vec<Value>) -> Value {
    let rules: Vec<Value> =
        rules.into_iter().map(|rule| json!({ "name": "rule", "expression": rule })).collect();
    json!({
        "ConceptSets": concept_sets(),
        "PrimaryCriteria": {
            "CriteriaList": primary, "ObservationWindow": { "PriorDays": 0, "PostDays": 0 },
            "PrimaryCriteriaLimit": { "Type": "All" }
        },
        "QualifiedLimit": { "Type": "All" }, "ExpressionLimit": { "Type": "All" }, "InclusionRules": rules,
        "CensoringCriteria": [], "CollapseSettings": { "CollapseType": "ERA", "EraPad": 0 }, "CensorWindow": {}
    })
}

fn criterion(kind: CriterionKind, members: Vec<(&str, Value)>) -> Value {
    let members: serde_json::Map<String, Value> =
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    json!({ kind.name(): members })
}

/// Names of kinds, attributes and ways of counting, each with definitions that use it.
fn all_definitions() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for kind in CriterionKind::ALL {
        let any_condition = criterion(CriterionKind::ConditionOccurrence, vec![("CodesetId", json!(0))]);
        for (set, first) in [(0, false), (0, true), (1, true), (2, false), (3, false), (5, false)] {
            let mut members = Vec::new();
            if kind.has_codeset() {
                members.push(("CodesetId", json!(set)));
            }
            if kind.has_first() {
                members.push(("First", json!(first)));
            }
            let one = criterion(kind, members);
            let rule = group("ALL", vec![correlated(one.clone(), 2, 1, None)]);
            all.push((format!("{} of set {set}, first {first}", kind.name()), definition(vec![one], vec![])));
            all.push((
                format!("{} beside, set {set}", kind.name()),
                definition(vec![any_condition.clone()], vec![rule]),
            ));
        }
        for attribute in attributes_of(kind) {
            for test in tests(*attribute) {
                let mut members = vec![(attribute.name, test.clone())];
                if attribute.column == Column::Type {
                    // The switch that turns the list around.
                    if let Some(exclude) =
                        attributes_of(kind).iter().find(|a| a.column == Column::TypeExclude)
                    {
                        let turned = vec![(attribute.name, test.clone()), (exclude.name, json!(true))];
                        let name = format!("{}.{} turned around", kind.name(), attribute.name);
                        all.push((name, definition(vec![criterion(kind, turned)], vec![])));
                    }
                }
                let name = format!("{}.{} {test}", kind.name(), attribute.name);
                all.push((name.clone(), definition(vec![criterion(kind, members.clone())], vec![])));
                if kind.has_first() && test.is_object() {
                    members.push(("First", json!(true)));
                    all.push((format!("{name}, first"), definition(vec![criterion(kind, members)], vec![])));
                }
            }
        }
        for (_, column) in CountColumn::NAMES {
            let rules = [(2, 2), (0, 1), (1, 1)].map(|(occurs, count)| {
                group("ALL", vec![correlated(criterion(kind, vec![]), occurs, count, Some(column))])
            });
            let name = format!("{} counted by {column}", kind.name());
            all.push((name, definition(vec![any_condition.clone()], rules.to_vec())));
        }
        for (with, from, to) in [("END_DATE", -3, 10), ("START_DATE", 0, -4)] {
            let moved =
                json!({ "StartWith": "START_DATE", "StartOffset": from, "EndWith": with, "EndOffset": to });
            let one = criterion(kind, vec![("DateAdjustment", moved)]);
            let rule = group("ALL", vec![correlated(one.clone(), 2, 2, None)]);
            all.push((
                format!("{} moved to {with}", kind.name()),
                definition(vec![one, any_condition.clone()], vec![rule]),
            ));
        }
    }
    for attribute in DEMOGRAPHIC_ATTRIBUTES {
        for test in tests(*attribute) {
            let mut rule = group("ALL", vec![]);
            rule["DemographicCriteriaList"] = json!([{ attribute.name: test }]);
            let mut nested = rule.clone();
            nested["Type"] = json!("ANY");
            let primary = criterion(CriterionKind::DrugExposure, vec![("CorrelatedCriteria", nested)]);
            let visit = criterion(CriterionKind::VisitOccurrence, vec![]);
            let name = format!("demographic {} {test}", attribute.name);
            all.push((name, definition(vec![primary, visit], vec![rule])));
        }
    }
    all
}

fn data_set(definitions: Vec<(String, Value)>) -> DataSet {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let index = Index::from_omop(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let numbered = (1_u32..).zip(definitions).map(|(id, (name, value))| {
        let expression =
            CohortExpression::from_value(value).unwrap_or_else(|error| panic!("{name}: {error}"));
        (format!("{id} {name}"), id, expression)
    });
    let cases = cases(index, numbered.collect());
    DataSet { folder, cases }
}

/// Each attribute of each kind that runs. What the engine refuses, the script refuses in the same words.
pub fn every_attribute() -> DataSet {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let index = Index::from_omop(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let engine = rustcare_cohorts::engine::Engine::new(std::sync::Arc::new(index));
    let mut refused = 0;
    let run = all_definitions().into_iter().filter(|(name, value)| {
        let expression =
            CohortExpression::from_value(value.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let ours = engine.run(&expression).map(drop).map_err(|error| error.to_string());
        let theirs = render(&expression, Dialect::PostgreSql, &Target::default()).map(drop);
        assert_eq!(ours, theirs.map_err(|error| error.to_string()), "{name}");
        refused += usize::from(ours.is_err());
        ours.is_ok()
    });
    let run: Vec<(String, Value)> = run.collect();
    assert!(refused > 50, "{refused} are refused");
    data_set(run)
}

/// A criterion with a few attributes, and now and then a nested group.
fn invented_criterion(dice: &mut Dice, depth: u8) -> Value {
    let kinds: Vec<CriterionKind> = CriterionKind::ALL.into_iter().filter(|kind| kind.runs()).collect();
    let kind = *dice.of(&kinds);
    let mut members = Vec::new();
    if kind.has_codeset() && dice.one_in(2) {
        members.push(("CodesetId", json!(dice.below(6))));
    }
    if kind.has_first() && dice.one_in(4) {
        members.push(("First", json!(true)));
    }
    if dice.one_in(3) {
        let attribute = dice.of(attributes_of(kind));
        let left = [Column::EffectiveDrugDose, Column::DoseUnit, Column::PlaceOfServiceLocation];
        let is_specimen_source = kind == CriterionKind::Specimen && attribute.column == Column::SourceConcept;
        if !left.contains(&attribute.column) && !is_specimen_source {
            members.push((attribute.name, dice.of(&tests(*attribute)).clone()));
        }
    }
    if kind != CriterionKind::Specimen && dice.one_in(6) {
        let moved = json!({ "StartWith": "END_DATE", "StartOffset": -5, "EndWith": "END_DATE", "EndOffset": dice.below(9) });
        members.push(("DateAdjustment", moved));
    }
    if depth > 0 && dice.one_in(3) {
        members.push(("CorrelatedCriteria", invented_group(dice, depth - 1)));
    }
    criterion(kind, members)
}

fn invented_window(dice: &mut Dice) -> Value {
    let mut days = |low: i64, high: i64| {
        if dice.one_in(5) { Value::Null } else { json!(low + dice.below(high - low)) }
    };
    let (from, to) = (days(-200, 20), days(-20, 200));
    let switches = [Value::Null, json!(true), json!(false)];
    window(from, to, dice.of(&switches).clone(), dice.of(&switches).clone())
}

fn invented_correlated(dice: &mut Dice, depth: u8) -> Value {
    let distinct =
        *dice.of(&[None, None, None, Some("DOMAIN_CONCEPT"), Some("START_DATE"), Some("DURATION")]);
    let mut one = correlated(invented_criterion(dice, depth), dice.below(3), dice.below(4), distinct);
    one["StartWindow"] = invented_window(dice);
    if dice.one_in(4) {
        one["EndWindow"] = invented_window(dice);
    }
    one["RestrictVisit"] = json!(dice.one_in(5));
    one["IgnoreObservationPeriod"] = json!(dice.one_in(4));
    one
}

fn invented_group(dice: &mut Dice, depth: u8) -> Value {
    let kind = *dice.of(&["ALL", "ANY", "AT_LEAST", "AT_MOST"]);
    let criteria = (0..dice.below(4)).map(|_| invented_correlated(dice, depth)).collect();
    let mut made = group(kind, criteria);
    made["Count"] = json!(dice.below(4));
    if dice.one_in(3) {
        let attribute = dice.of(DEMOGRAPHIC_ATTRIBUTES);
        made["DemographicCriteriaList"] = json!([{ attribute.name: dice.of(&tests(*attribute)) }]);
    }
    if depth > 0 && dice.one_in(3) {
        made["Groups"] = json!([invented_group(dice, depth - 1)]);
    }
    made
}

fn invented_definition(seed: u64) -> Value {
    let mut dice = Dice::new(seed);
    let dice = &mut dice;
    let primary = (0..1 + dice.below(3)).map(|_| invented_criterion(dice, 1)).collect();
    let rules = (0..dice.below(4)).map(|_| invented_group(dice, 2)).collect();
    let mut made = definition(primary, rules);
    let limits = ["All", "All", "First", "Last"];
    made["PrimaryCriteria"]["PrimaryCriteriaLimit"]["Type"] = json!(dice.of(&limits));
    made["PrimaryCriteria"]["ObservationWindow"] =
        json!({ "PriorDays": dice.below(60), "PostDays": dice.below(30) });
    made["QualifiedLimit"]["Type"] = json!(dice.of(&limits));
    made["ExpressionLimit"]["Type"] = json!(dice.of(&limits));
    if dice.one_in(3) {
        made["AdditionalCriteria"] = invented_group(dice, 1);
    }
    let strategies = [
        Value::Null,
        json!({ "DateOffset": { "DateField": "StartDate", "Offset": 30 } }),
        json!({ "DateOffset": { "DateField": "EndDate", "Offset": -4 } }),
        json!({ "CustomEra": { "DrugCodesetId": 0, "GapDays": 20, "Offset": 3 } }),
        json!({ "CustomEra": { "DrugCodesetId": 2, "GapDays": 0, "Offset": -2, "DaysSupplyOverride": 15 } }),
    ];
    made["EndStrategy"] = dice.of(&strategies).clone();
    if dice.one_in(3) {
        made["CensoringCriteria"] = json!([invented_criterion(dice, 1), invented_criterion(dice, 0)]);
    }
    made["CollapseSettings"]["EraPad"] = json!(dice.of(&[0, 0, 5, 90]));
    let calendars = [
        json!({}),
        json!({ "StartDate": "2019-09-01", "EndDate": "2020-02-01" }),
        json!({ "EndDate": "2019-12-31" }),
        json!({ "StartDate": "2020-06-01" }),
    ];
    made["CensorWindow"] = dice.of(&calendars).clone();
    made
}

/// Invented definitions on made-up tables.
pub fn invented(count: u64) -> DataSet {
    data_set((0..count).map(|seed| (format!("seed {seed}"), invented_definition(seed))).collect())
}

/// At most two definitions of each attribute, kind and way of counting.
pub fn two_of_each(mut set: DataSet) -> DataSet {
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    set.cases.retain(|case| {
        let subject = case.name.split_once(' ').map_or("", |(_, subject)| subject);
        let subject = subject.split(['{', '[']).next().unwrap_or_default();
        let count = seen.entry(subject.to_owned()).or_default();
        *count += 1;
        *count <= 2
    });
    set
}
