//! Times the six queries of the cohort benchmark and live edits of a definition on an index, one JSON document a line.
//!
//! `cohort_queries INDEX-OR-OMOP-FOLDER`: synthetic data of a million persons, conditions 100 to 139 for type 2 diabetes
//! under concept 900001, metformin under 900002, insulin under 900003, eGFR 20005 in unit 9117.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rustcare_cohorts::definition::{CohortExpression, Comparison, CriterionKind};
use rustcare_cohorts::engine::Engine;
use rustcare_cohorts::index::Index;
use rustcare_cohorts::population::{
    FirstEvents, IncidentRule, RepeatedValue, by_primary_diagnosis, incident, person_time, prior_conditions,
    repeated_value, with_event_between,
};
use serde_json::{Value, json};

const REPETITIONS: usize = 11;

fn timed<T>(name: &str, answer: impl Fn(&T) -> Value, query: impl Fn() -> T) {
    let mut times = Vec::new();
    let mut result = None;
    for _ in 0..REPETITIONS {
        let started = Instant::now();
        result = Some(black_box(query()));
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let first = times[0];
    times.sort_by(f64::total_cmp);
    println!(
        "{}",
        json!({
            "query": name, "median_ms": times[REPETITIONS / 2], "min_ms": times[0], "first_ms": first,
            "answer": result.as_ref().map(answer),
        })
    );
}

fn definition(rules: &[Value], primary: Value, prior_days: i32) -> CohortExpression {
    let set = |id: i32, concept: i64| {
        json!({ "id": id, "name": "set", "expression": { "items": [{
            "concept": { "CONCEPT_ID": concept }, "includeDescendants": true
        }] } })
    };
    let value = json!({
        "ConceptSets": [set(0, 900_001), set(1, 900_002), set(2, 900_003), set(3, 20_005)],
        "PrimaryCriteria": {
            "CriteriaList": [primary], "ObservationWindow": { "PriorDays": prior_days, "PostDays": 0 },
            "PrimaryCriteriaLimit": { "Type": "First" }
        },
        "QualifiedLimit": { "Type": "First" }, "ExpressionLimit": { "Type": "First" },
        "InclusionRules": rules, "CollapseSettings": { "CollapseType": "ERA", "EraPad": 0 }
    });
    CohortExpression::from_value(value).unwrap_or_else(|error| panic!("{error}"))
}

fn drug(set: i32, from: i32, to: i32, kind: i32, count: i32) -> Value {
    let bound = |days: i32| json!({ "Days": days.abs(), "Coeff": if days < 0 { -1 } else { 1 } });
    json!({ "name": "drug", "expression": { "Type": "ALL", "CriteriaList": [{
        "Criteria": { "DrugExposure": { "CodesetId": set } },
        "StartWindow": { "Start": bound(from), "End": bound(to) },
        "Occurrence": { "Type": kind, "Count": count }
    }] } })
}

fn adult(age: i32) -> Value {
    json!({ "name": "adult", "expression": {
        "Type": "ALL", "DemographicCriteriaList": [{ "Age": { "Value": age, "Op": "gte" } }]
    } })
}

/// The definition that is edited: every rule's threshold moves with the step.
fn edited(step: i32) -> CohortExpression {
    let diabetes = json!({ "ConditionOccurrence": { "CodesetId": 0, "First": true } });
    let rules = match step % 4 {
        0 => [adult(18 + step), drug(1, 0, 90, 2, 1), drug(2, -365, -1, 0, 0)],
        1 => [adult(18), drug(1, 0, 60 + step, 2, 1), drug(2, -365, -1, 0, 0)],
        2 => [adult(18), drug(1, 0, 90, 2, 1), drug(2, -300 - step, -1, 0, 0)],
        _ => [adult(18), drug(1, 0, 90, 2, 1 + step % 3), drug(2, -365, -1, 0, 0)],
    };
    definition(&rules, diabetes, 365)
}

fn main() {
    let path = std::env::args().nth(1).unwrap_or_else(|| panic!("name an index or a folder"));
    let path = Path::new(&path);
    let started = Instant::now();
    let index = if path.is_dir() {
        Index::from_omop(path).unwrap_or_else(|error| panic!("{error}"))
    } else {
        Index::read(path).unwrap_or_else(|error| panic!("{error}"))
    };
    let index = Arc::new(index);
    println!(
        "{}",
        json!({
            "opened_ms": started.elapsed().as_millis() as u64, "patients": index.patients(), "events": index.events(),
            "bytes_per_event": index.event_bytes() as f64 / index.events().max(1) as f64,
            "threads": rayon::current_num_threads(),
        })
    );
    let diabetes: Vec<i64> = (100..140).collect();
    let (metformin, insulin): (Vec<i64>, Vec<i64>) = ((10_060..10_066).collect(), (10_080..10_100).collect());
    let (condition, exposure) = (CriterionKind::ConditionOccurrence, CriterionKind::DrugExposure);
    let rule = IncidentRule { least_age: 18, prior_days: 365 };

    timed(
        "Q1",
        |groups: &Vec<rustcare_cohorts::population::DiagnosisGroup>| {
            // Fifty rows and the largest group, as the peers print them.
            let largest = groups.iter().max_by_key(|group| group.patients);
            let share =
                |part: f64, group: &rustcare_cohorts::population::DiagnosisGroup| part / group.events as f64;
            json!(largest.map(|group| {
                json!([
                    groups.len().min(50),
                    group.concept_id,
                    group.patients,
                    share(group.age_sum as f64, group),
                    share(group.female as f64, group)
                ])
            }))
        },
        || by_primary_diagnosis(&index),
    );
    timed("Q2", |cohort: &Vec<_>| json!(cohort.len()), || incident(&index, condition, &diabetes, rule));
    timed(
        "Q3",
        |count: &usize| json!(count),
        || {
            let cohort = incident(&index, condition, &diabetes, rule);
            let treated = with_event_between(&index, exposure, &metformin, &cohort, (0, 90));
            let prior = with_event_between(&index, exposure, &insulin, &cohort, (-365, -1));
            treated.into_iter().zip(prior).filter(|(treated, prior)| *treated && !prior).count()
        },
    );
    let low = RepeatedValue {
        concept_id: 20_005,
        unit_concept_id: 9_117,
        comparison: Comparison::Less,
        bound: 60.0,
        apart: (90, 365),
    };
    timed("Q4", |count: &u64| json!(count), || repeated_value(&index, &low));
    let reference = (jiff::civil::date(2018, 1, 1) - jiff::civil::date(1970, 1, 1)).get_days();
    timed(
        "Q5",
        |contrasts: &Vec<rustcare_cohorts::population::Contrast>| {
            let both = contrasts.iter().filter(|one| one.cases > 0 && one.others > 0);
            let largest = both.clone().map(|one| one.standardised_difference.abs()).fold(0.0, f64::max);
            json!([both.count(), largest])
        },
        || prior_conditions(&index, &FirstEvents::new(&index, condition, &diabetes), reference, 365),
    );
    timed(
        "Q6",
        |strata: &std::collections::BTreeMap<_, rustcare_cohorts::population::PersonTime>| {
            let days: i64 = strata.values().map(|one| one.days).sum();
            let events: u64 = strata.values().map(|one| one.events).sum();
            json!([strata.len(), days, events])
        },
        || person_time(&index, condition, &diabetes, 2010..2024),
    );
    definitions(&index);
}

/// The queries as definitions, each on an engine that knows nothing, then edits on one that remembers.
fn definitions(index: &Arc<Index>) {
    let diabetes = json!({ "ConditionOccurrence": { "CodesetId": 0, "First": true } });
    let low = json!({ "CodesetId": 3, "ValueAsNumber": { "Value": 60, "Op": "lt" }, "Unit": [{ "CONCEPT_ID": 9117 }] });
    let mut first = low.clone();
    first["CorrelatedCriteria"] = json!({ "Type": "ALL", "CriteriaList": [{
        "Criteria": { "Measurement": low },
        "StartWindow": { "Start": { "Days": 90, "Coeff": 1 }, "End": { "Days": 365, "Coeff": 1 } },
        "Occurrence": { "Type": 2, "Count": 1 }
    }] });
    for (name, expression) in [
        ("Q2 as a definition", definition(&[adult(18)], diabetes.clone(), 365)),
        (
            "Q3 as a definition",
            definition(&[adult(18), drug(1, 0, 90, 2, 1), drug(2, -365, -1, 0, 0)], diabetes, 365),
        ),
        ("Q4 as a definition", definition(&[], json!({ "Measurement": first }), 0)),
    ] {
        timed(
            name,
            |persons: &u64| json!(persons),
            || Engine::new(Arc::clone(index)).run(&expression).map_or(0, |result| result.persons),
        );
    }
    let engine = Engine::new(Arc::clone(index));
    let _ = engine.run(&edited(0));
    let mut times: Vec<f64> = (1..=40)
        .map(|step| {
            let expression = edited(step);
            let started = Instant::now();
            black_box(engine.run(&expression).map_or(0, |result| result.persons));
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{}",
        json!({ "query": "live edit", "median_ms": times[20], "p95_ms": times[38], "max_ms": times[39] })
    );
}
