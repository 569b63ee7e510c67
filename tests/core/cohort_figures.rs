//! Figures and the report, byte by byte. What differs is left in `target/figures`, to be looked at.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::engine::Engine;
use rustcare_cohorts::figure::attrition::{AttritionStep, AttritionSteps, StepKind};
use rustcare_cohorts::figure::drawing::Drawing;
use rustcare_cohorts::figure::forest::ForestRow;
use rustcare_cohorts::figure::{attrition, forest, kaplan_meier, overlap, prevalence, pyramid, strata};
use rustcare_cohorts::index::Index;
use rustcare_cohorts::report::{Report, ReportInput, html};
use rustcare_cohorts::review::{
    AgeBand, AgeSexCounts, Cohort, CurveOf, FollowUp, Intersection, Overlap, Prevalence, Strata, StrataAge,
    StrataSex, StrataYear, SurvivalCurve, SurvivalResult, WithFirst,
};
use rustcare_cohorts::statistics::{Confidence, Interval, KaplanMeier, Survived, log_rank};
use rustcare_cohorts::text::Language;

use crate::cohort_support::{definitions, omop};

#[track_caller]
fn is_golden(name: &str, found: &str) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let golden = project.join("tests/data/figures").join(name);
    let known = fs::read_to_string(&golden).unwrap_or_default();
    if known != found {
        let folder = project.join("target/figures");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(name), found).expect("written");
        panic!("{name} is another: compare {} with target/figures/{name}", golden.display());
    }
}

/// A figure in both languages; the words of the one in Spanish are others.
#[track_caller]
fn is_golden_figure(name: &str, of: impl Fn(Language) -> Drawing) {
    is_golden(&format!("{name}.svg"), &of(Language::En).svg());
    is_golden(&format!("{name}.es.svg"), &of(Language::Es).svg());
}

/// Weeks of remission with 6-mercaptopurine and with placebo (Freireich et al. 1963), `+` where censored.
const TREATED: &str = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+";
const PLACEBO: &str = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23";

fn survived(text: &str) -> Vec<Survived> {
    let person = |word: &str| Survived {
        days: word.trim_end_matches('+').parse().expect("a number"),
        is_event: !word.ends_with('+'),
    };
    text.split(' ').map(person).collect()
}

#[test]
fn survival_curves_are_drawn_the_same_each_time() {
    let days = vec![0, 10, 20, 30];
    let curve = |name: &str, text: &str| {
        let estimate = KaplanMeier::new(&survived(text), Confidence::NINETY_FIVE);
        let at_risk = estimate.at_risk(&days).into_iter().map(Some).collect();
        SurvivalCurve { of: CurveOf::Cohort { name: name.to_owned() }, estimate, at_risk }
    };
    let curves = vec![curve("6-mercaptopurine", TREATED), curve("placebo", PLACEBO)];
    let log_rank = log_rank(&[survived(TREATED), survived(PLACEBO)]);
    let result = SurvivalResult { days: days.clone(), curves, log_rank };
    is_golden_figure("kaplan_meier", |language| kaplan_meier::drawing(&result, language));
    is_golden("kaplan_meier.csv", &kaplan_meier::csv(&result));
}

#[test]
fn the_attrition_is_drawn_the_same_each_time() {
    let step = |kind, remaining| AttritionStep { kind, remaining };
    let named = |name: &str| StepKind::Named(name.to_owned());
    let steps = AttritionSteps {
        population: 20_000,
        steps: vec![
            step(StepKind::Entry, Some(5_400)),
            step(named("Adult & observed for a year"), Some(3_100)),
            step(named("No insulin before, \"ever\", in any of the records that there are"), None),
            step(StepKind::Cohort, Some(1_205)),
        ],
    };
    is_golden_figure("attrition", |language| attrition::drawing(&steps, language));
    is_golden("attrition.csv", &attrition::csv(&steps));
}

#[test]
fn ratios_and_ages_are_drawn_the_same_each_time() {
    let row = |name: &str, estimate: f64, lower, upper, q_value| ForestRow {
        name: name.to_owned(),
        ratio: Interval { estimate, lower, upper },
        q_value,
    };
    let rows = [
        row("Obesity", 3.4, 2.1, 5.5, Some(0.000_2)),
        row("Hypertension, complicated", 1.2, 0.9, 1.6, Some(0.31)),
        row("Smokes now", 0.45, 0.04, 0.9, None),
    ];
    is_golden_figure("forest", |language| forest::drawing("Type 2 diabetes: risk factors", &rows, language));
    is_golden("forest.csv", &forest::csv(&rows));
    let band = |age_from, female, male| AgeBand { age_from, female, male };
    let counts = AgeSexCounts {
        bands: vec![band(30, Some(40), Some(55)), band(40, Some(120), Some(90)), band(50, None, Some(14))],
    };
    is_golden_figure("pyramid", |language| pyramid::drawing(&counts, language));
    is_golden("pyramid.csv", &pyramid::csv(&counts));
}

#[test]
fn groups_years_and_overlaps_are_drawn_the_same_each_time() {
    let of = Strata {
        persons: Some(120),
        sexes: [(8_532, Some(70)), (8_507, Some(50))]
            .map(|(sex_concept_id, persons)| StrataSex { sex_concept_id, persons })
            .to_vec(),
        ages: vec![
            StrataAge { age_from: Some(30), by_sex: vec![None, None], persons: Some(30) },
            StrataAge { age_from: Some(40), by_sex: vec![None, None], persons: Some(80) },
            StrataAge { age_from: None, by_sex: vec![Some(0), None], persons: None },
        ],
        years: [(2022, Some(40)), (2023, None), (2024, Some(66))]
            .map(|(year, persons)| StrataYear { year, persons })
            .to_vec(),
    };
    is_golden_figure("strata", |language| strata::drawing(&of, language));
    is_golden("strata.csv", &strata::csv(&of));
    let year = |year: u16, observed, in_cohort, share: Option<(f64, f64, f64)>| Prevalence {
        from: format!("{year}-01-01"),
        to: format!("{year}-12-31"),
        observed,
        in_cohort,
        share: share.map(|(estimate, lower, upper)| Interval { estimate, lower, upper }),
    };
    let periods = [
        year(2022, Some(2_000), Some(40), Some((0.02, 0.014_72, 0.027_12))),
        year(2023, Some(2_100), None, None),
        year(2024, Some(2_050), Some(106), Some((0.051_71, 0.042_94, 0.062_16))),
    ];
    is_golden_figure("prevalence", |language| prevalence::drawing(&periods, language));
    is_golden("prevalence.csv", &prevalence::csv(&periods));
    let part = |cohorts: &[u32], persons: Option<u64>| Intersection {
        cohorts: cohorts.to_vec(),
        persons,
        percent_of_all: persons.map(|persons| persons as f64 / 3.0),
    };
    let of = Overlap {
        persons: vec![Some(200), Some(140)],
        in_any: Some(300),
        intersections: vec![part(&[0], Some(160)), part(&[1], Some(100)), part(&[0, 1], Some(40))],
        with_first: vec![WithFirst { persons: Some(40), percent_of_first: Some(20.0) }],
    };
    let names = [String::new(), "Kidney disease, \"any\"".to_owned()];
    is_golden_figure("overlap", |language| overlap::drawing(&of, &names, language));
    is_golden("overlap.csv", &overlap::csv(&of, &names));
}

#[test]
fn a_report_is_one_file_that_hides_small_numbers_and_is_the_same_each_time() {
    let test = "a_report_is_one_file_that_hides_small_numbers_and_is_the_same_each_time";
    let (Some(data), Some(folder)) = (omop(test, "oracle20k"), omop(test, "phenotypes")) else { return };
    let index = Index::from_omop(&data).unwrap_or_else(|e| panic!("{e}"));
    let engine = Engine::new(Arc::new(index));
    let ruled = definitions(&folder)
        .into_iter()
        .find(|(_, value)| value["InclusionRules"].as_array().is_some_and(|rules| rules.len() > 2));
    let (id, value) = ruled.expect("a definition with rules");
    let definition = CohortExpression::from_value(value).unwrap_or_else(|e| panic!("{id}: {e}"));
    let result = engine.run(&definition).unwrap_or_else(|e| panic!("{id}: {e}"));
    let outcome = definitions(&folder).into_iter().nth(20).expect("another definition").1;
    let outcome = CohortExpression::from_value(outcome).expect("a definition");
    let outcome = engine.run(&outcome).expect("an outcome");
    let cohort_of = |rows| Cohort::new(engine.index(), rows);
    let (cohort, outcome) = (cohort_of(&result.rows), cohort_of(&outcome.rows));
    let follow_up = |smallest: u64| {
        let disclosure = Disclosure::from(smallest);
        FollowUp::new(engine.index(), &cohort, ("Outcome", &outcome), true, disclosure)
    };
    let write_in = |smallest: u64, language: Language| {
        html(&Report::new(&ReportInput {
            index: engine.index(),
            definition: &definition,
            result: &result,
            name: "Phenotype <script>",
            concepts: &BTreeMap::new(),
            follow_up: Some(follow_up(smallest)),
            made_on: date(2026, 11, 28),
            disclosure: Disclosure::from(smallest),
            language,
        }))
    };
    let write = |smallest: u64| write_in(smallest, Language::En);
    let text = write(11);
    assert_eq!(text, write(11));
    assert!(!text.contains("<script") && text.contains("Phenotype &lt;script&gt;"));
    for foreign in ["http://", "https://", "src=", "@import", "<link"] {
        let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!elsewhere.contains(foreign), "{foreign}: the file needs nothing else");
    }
    let hash: String = result.definition_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(
        text.contains(&hash) && text.contains("2026-11-28") && text.contains("hidden: a number below 11")
    );
    for heading in [
        "Definition",
        "Attrition",
        "People at entry",
        "What sets them apart",
        "Age and sex",
        "Year by year",
        "Entry events",
        "What follows: Outcome",
        "Where this comes from",
    ] {
        assert!(text.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    // No cell of a table holds a number from 1 to 10.
    let cells = text.split("<td class=\"n\">").skip(1).filter_map(|cell| cell.split("</td>").next());
    let counts = cells.filter_map(|cell| cell.split(' ').next()?.parse::<u64>().ok());
    let counts: Vec<u64> = counts.collect();
    assert!(counts.len() > 20 && !counts.iter().any(|count| (1..11).contains(count)), "{counts:?}");
    assert!(write(1) != text);
    is_said_otherwise(&text, &write_in(11, Language::Es), &definition);
}

/// What stands between the marks of a page.
fn texts(page: &str) -> Vec<&str> {
    let body = page.split_once("<body>").map_or("", |(_, body)| body);
    let pieces = body.split('<').filter_map(|piece| Some(piece.split_once('>')?.1.trim()));
    pieces.filter(|piece| !piece.is_empty()).collect()
}

/// Two reports of the same cohort have the same pieces, and none with a word that is not a name is the same in both.
fn is_said_otherwise(english: &str, spanish: &str, definition: &CohortExpression) {
    assert!(spanish.starts_with("<!doctype html>\n<html lang=\"es\">"));
    let (english, spanish) = (texts(english), texts(spanish));
    assert_eq!(english.len(), spanish.len());
    let rules = definition.inclusion_rules.iter().filter_map(|rule| rule.name.as_deref());
    let items = definition.concept_sets.iter().flat_map(|set| &set.items);
    let concepts = items.filter_map(|item| item.concept.concept_name.as_deref());
    let names: Vec<String> = rules.chain(concepts).map(|name| name.replace('&', "&amp;")).collect();
    let is_name = |piece: &str| {
        let begin = piece.split('…').next().unwrap_or_default();
        let is_hash = piece.len() == 64 && piece.bytes().all(|c| c.is_ascii_hexdigit());
        is_hash || piece.starts_with("Phenotype ") || names.iter().any(|name| name.starts_with(begin))
    };
    let has_word = |piece: &str| piece.chars().filter(|c| c.is_alphabetic()).count() > 1;
    let same = english.iter().zip(&spanish).filter(|(one, other)| one == other).map(|(one, _)| *one);
    let unsaid: Vec<&str> = same.filter(|piece| has_word(piece) && !is_name(piece)).collect();
    assert!(unsaid.is_empty(), "{unsaid:?} is the same in both languages");
}
