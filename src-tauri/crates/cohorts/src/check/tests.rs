use serde_json::{Value, json};

use super::*;
use crate::text::Language;

fn concept_set(id: i32, name: &str, concept: i64) -> Value {
    json!({ "id": id, "name": name, "expression": { "items": [
        { "concept": { "CONCEPT_ID": concept, "DOMAIN_ID": "Condition" }, "includeDescendants": true }] } })
}

fn within(from: i32, to: i32) -> Value {
    let bound = |day: i32| json!({ "Days": day.abs(), "Coeff": if day < 0 { -1 } else { 1 } });
    json!({ "Start": bound(from), "End": bound(to) })
}

fn item(criterion: Value, window: Value, kind: i32, count: i32) -> Value {
    json!({ "Criteria": criterion, "StartWindow": window, "Occurrence": { "Type": kind, "Count": count } })
}

fn rule(name: &str, items: Value, people: Value) -> Value {
    json!({ "name": name, "expression": {
        "Type": "ALL", "CriteriaList": items, "DemographicCriteriaList": people, "Groups": [] } })
}

fn found(entry: Value, rules: Value, sets: Value) -> Vec<Finding> {
    let text = json!({
        "ConceptSets": sets,
        "PrimaryCriteria": { "CriteriaList": [entry], "ObservationWindow": { "PriorDays": 0, "PostDays": 0 },
                             "PrimaryCriteriaLimit": { "Type": "First" } },
        "QualifiedLimit": { "Type": "First" }, "ExpressionLimit": { "Type": "First" }, "InclusionRules": rules,
        "CensoringCriteria": [], "CollapseSettings": { "CollapseType": "ERA", "EraPad": 0 }, "CensorWindow": {},
    });
    check(&CohortExpression::from_json(&text.to_string()).expect("a definition"))
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|finding| finding.kind).collect()
}

fn diabetes() -> Value {
    json!({ "ConditionOccurrence": { "CodesetId": 0 } })
}

#[test]
fn what_is_right_is_left_alone() {
    let item = item(diabetes(), within(-30, 30), 2, 1);
    let findings =
        found(diabetes(), json!([rule("again", json!([item]), json!([]))]), json!([concept_set(0, "d", 1)]));
    assert_eq!(findings, []);
}

#[test]
fn sets_that_are_missing_empty_equal_or_unused_are_named() {
    let empty = json!({ "id": 3, "name": "nothing", "expression": { "items": [] } });
    let sets = json!([concept_set(0, "d", 1), concept_set(1, "the same", 1), empty]);
    let items = json!([item(json!({ "ConditionOccurrence": { "CodesetId": 3 } }), within(-1, 1), 2, 1)]);
    let entry = json!({ "ConditionOccurrence": { "CodesetId": 7 } });
    let findings = found(entry, json!([rule("r", items, json!([]))]), sets);
    let is = |kind, what: &str| findings.iter().any(|f| f.kind == kind && f.what == what);
    assert!(is(FindingKind::MissingConceptSet, "7"));
    assert!(is(FindingKind::EmptyConceptSet, "nothing"));
    assert!(is(FindingKind::EqualConceptSets, "d, the same"));
    assert!(is(FindingKind::UnusedConceptSet, "d"));
    assert_eq!(findings[0].severity, FindingSeverity::Error, "the worst first");
}

#[test]
fn a_definition_without_entry_events_and_sets_of_one_number_are_named() {
    let text = json!({
        "ConceptSets": [concept_set(0, "a", 1), concept_set(0, "b", 2)], "PrimaryCriteria": { "CriteriaList": [] },
    });
    let found = check(&CohortExpression::from_value(text).expect("a definition"));
    let is = |kind, what: &str| found.iter().any(|one| one.kind == kind && one.what == what);
    assert!(is(FindingKind::NoEntry, "") && is(FindingKind::SharedNumber, "0"), "{found:?}");
    let error = found.first().map(|one| (one.kind, one.severity));
    assert_eq!(error, Some((FindingKind::NoEntry, FindingSeverity::Error)));
}

#[test]
fn ages_sexes_and_counts_that_cannot_meet_contradict() {
    let sets = || json!([concept_set(0, "d", 1)]);
    let age = |op: &str, value: i32| json!({ "Age": { "Value": value, "Op": op } });
    let adults = rule("adults", json!([]), json!([age("gte", 18)]));
    let children = rule("children", json!([]), json!([age("lt", 18)]));
    let findings = found(diabetes(), json!([adults, children]), sets());
    assert_eq!(kinds(&findings), [FindingKind::Contradiction]);
    assert_eq!(
        (findings[0].what.as_str(), findings[0].place.starts_with("InclusionRules[1]")),
        ("adults", true)
    );

    let teens = rule("teens", json!([]), json!([{ "Age": { "Value": 12, "Op": "bt", "Extent": 18 } }]));
    assert_eq!(kinds(&found(diabetes(), json!([adults, teens]), sets())), [], "eighteen meets both");

    let sex = |id: i64| rule("sex", json!([]), json!([{ "Gender": [{ "CONCEPT_ID": id }] }]));
    assert_eq!(
        kinds(&found(diabetes(), json!([sex(8_507), sex(8_532)]), sets())),
        [FindingKind::Contradiction]
    );

    let once = rule("once", json!([item(diabetes(), within(-9, 9), 2, 2)]), json!([]));
    let never = rule("never", json!([item(diabetes(), within(-9, 9), 1, 1)]), json!([]));
    let findings = found(diabetes(), json!([once, never]), sets());
    assert!(kinds(&findings).contains(&FindingKind::Contradiction), "{findings:?}");
    let elsewhere = rule("never", json!([item(diabetes(), within(-99, 9), 1, 1)]), json!([]));
    assert!(
        !kinds(&found(diabetes(), json!([once, elsewhere]), sets())).contains(&FindingKind::Contradiction)
    );
}

#[test]
fn windows_ranges_and_numbers_of_times_are_looked_at() {
    let items = json!([
        item(diabetes(), within(30, -30), 2, 1),
        item(diabetes(), within(-30, 30), 2, 0),
        item(json!({ "Death": {} }), within(-30, -1), 2, 1),
        item(diabetes(), within(-365, -1), 0, 0),
        item(diabetes(), within(-365, -1), 0, 0),
    ]);
    let entry = json!({ "ConditionOccurrence": { "CodesetId": 0, "Age": { "Value": 40, "Op": "bt", "Extent": 20 } } });
    let findings = found(entry, json!([rule("r", items, json!([]))]), json!([concept_set(0, "d", 1)]));
    for kind in [
        FindingKind::ReversedWindow,
        FindingKind::AlwaysTrue,
        FindingKind::DeathBefore,
        FindingKind::BeyondRecord,
        FindingKind::Duplicate,
        FindingKind::ReversedRange,
    ] {
        assert!(kinds(&findings).contains(&kind), "{kind:?} in {findings:?}");
    }
}

#[test]
fn units_codes_of_another_kind_and_what_cannot_be_run_are_found() {
    let unit = |code: &str| json!({ "CONCEPT_ID": 1, "CONCEPT_CODE": code, "VOCABULARY_ID": "UCUM" });
    let value = json!({ "Value": 7, "Op": "gte" });
    let items = json!([
        item(json!({ "Measurement": { "CodesetId": 1, "ValueAsNumber": value } }), within(0, 1), 2, 1),
        item(
            json!({ "Measurement": { "CodesetId": 1, "ValueAsNumber": value, "Unit": [unit("mg/dL"), unit("g/L")] } }),
            within(0, 1),
            2,
            1
        ),
        item(
            json!({ "Measurement": { "CodesetId": 1, "ValueAsNumber": value, "Unit": [unit("mg/dL"), unit("mg/dL")] } }),
            within(0, 2),
            2,
            1
        ),
        item(json!({ "VisitOccurrence": {} }), within(0, 1), 2, 1),
        item(json!({ "PayerPlanPeriod": {} }), within(0, 1), 2, 1),
    ]);
    let findings = found(
        diabetes(),
        json!([rule("r", items, json!([]))]),
        json!([concept_set(0, "d", 1), concept_set(1, "labs", 2)]),
    );
    let count = |kind| findings.iter().filter(|finding| finding.kind == kind).count();
    assert_eq!(count(FindingKind::NoUnit), 1);
    assert_eq!(count(FindingKind::SeveralUnits), 1);
    assert_eq!(count(FindingKind::OtherDomain), 3, "codes of conditions among measurements");
    assert_eq!(count(FindingKind::AnyCode), 1);
    assert_eq!(count(FindingKind::NotRun), 1);
    let run = findings.iter().find(|finding| finding.kind == FindingKind::NotRun).expect("found");
    assert_eq!(run.sentence(Language::En), "PayerPlanPeriod cannot be counted here.");
    assert_eq!(run.sentence(Language::Es), "PayerPlanPeriod no se puede contar aquí.");
}
