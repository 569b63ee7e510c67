//! Statistics against SciPy, statsmodels and lifelines: `tests/oracle/statistics_oracle.py` wrote what they compute.
//!
//! Numbers agree to a billionth of themselves, if nothing else is said. What is a difference of nearly equal numbers in one of
//! the two computations has more room, with the reason beside it.

use rustcare_cohorts::statistics::description::quantile;
use rustcare_cohorts::statistics::rate::poisson_interval;
use rustcare_cohorts::statistics::{
    Confidence, Description, KaplanMeier, Proportion, ProportionTest, Survived, benjamini_hochberg,
    compare_proportions, difference, log_rank, prevalence_ratio, wilson,
};
use serde_json::Value;

const ORACLE: &str = include_str!("../data/statistics_oracle.json");
const CLOSE: f64 = 1e-9;

/// The cases of one method.
fn cases(name: &str, least: usize) -> Vec<Value> {
    let oracle: Value = serde_json::from_str(ORACLE).expect("JSON");
    let cases = oracle["cases"][name].as_array().expect("cases").clone();
    assert!(cases.len() >= least, "{name} would prove nothing");
    cases
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

fn counts(value: &Value) -> Vec<u64> {
    value.as_array().expect("a list").iter().map(count).collect()
}

/// `relative`: of the larger number; two numbers below 1e-300 are the same.
#[track_caller]
fn assert_close(ours: f64, theirs: f64, relative: f64, case: &Value) {
    let largest = ours.abs().max(theirs.abs());
    assert!((ours - theirs).abs() <= relative * largest || largest < 1e-300, "{ours} and {theirs}: {case}");
}

fn confidence(case: &Value) -> Confidence {
    Confidence::new(number(&case["level"])).expect("a level")
}

fn proportion(value: &Value) -> Proportion {
    let [count, total] = counts(value)[..] else { panic!("{value} is no proportion") };
    Proportion::new(count, total).expect("a proportion")
}

fn survived(days: &Value, events: &Value) -> Vec<Survived> {
    let events = events.as_array().expect("events").iter().map(|event| event.as_bool().expect("yes or no"));
    let person = |(days, is_event)| Survived { days: u32::try_from(days).expect("days"), is_event };
    counts(days).into_iter().zip(events).map(person).collect()
}

#[test]
fn wilson_intervals_are_those_of_statsmodels() {
    for case in cases("wilson", 80) {
        let of = Proportion::new(count(&case["count"]), count(&case["total"])).expect("a proportion");
        let ours = wilson(of, confidence(&case)).expect("an interval");
        assert_close(ours.lower, number(&case["lower"]), CLOSE, &case);
        assert_close(ours.upper, number(&case["upper"]), CLOSE, &case);
    }
}

#[test]
fn poisson_intervals_are_those_of_scipy() {
    for case in cases("poisson", 70) {
        let ours = poisson_interval(count(&case["count"]), confidence(&case));
        assert_close(ours.lower, number(&case["lower"]), CLOSE, &case);
        assert_close(ours.upper, number(&case["upper"]), CLOSE, &case);
    }
}

#[test]
fn tests_ratios_and_differences_of_two_shares_are_those_of_scipy_and_statsmodels() {
    let mut exact = 0;
    for case in cases("two_by_two", 140) {
        let (one, other) = (proportion(&case["one"]), proportion(&case["other"]));
        let found = compare_proportions(one, other).expect("a test");
        let is_exact = case["is_exact"].as_bool().expect("yes or no");
        assert_eq!(found.test == ProportionTest::FisherExact, is_exact, "{case}");
        exact += u32::from(is_exact);
        // Logarithms of factorials of a million lose some digits on both sides.
        assert_close(found.p_value, number(&case["p"]), if is_exact { 1e-7 } else { CLOSE }, &case);
        let ratio = prevalence_ratio(one, other, Confidence::NINETY_FIVE);
        assert_eq!(ratio.is_some(), case["ratio"].is_array(), "{case}");
        if let Some(ratio) = ratio {
            let theirs = numbers(&case["ratio"]);
            for (ours, theirs) in [ratio.estimate, ratio.lower, ratio.upper].into_iter().zip(theirs) {
                assert_close(ours, theirs, CLOSE, &case);
            }
        }
        if let Some(theirs) = case["difference"].as_f64() {
            let ours = difference::of_proportions(one, other).expect("a difference");
            assert_close(ours, theirs, CLOSE, &case);
        }
    }
    assert!(exact > 30, "exact tests would prove nothing");
}

#[test]
fn differences_of_several_categories_are_those_of_an_inverted_matrix() {
    for case in cases("categories", 24) {
        let ours = difference::of_categories(&counts(&case["one"]), &counts(&case["other"]));
        assert_close(ours.expect("a difference"), number(&case["difference"]), CLOSE, &case);
    }
}

#[test]
fn means_deviations_and_quantiles_are_those_of_numpy() {
    for case in cases("descriptions", 24) {
        let values = numbers(&case["values"]);
        let ours = Description::of(values.clone()).expect("values");
        assert_close(ours.mean, number(&case["mean"]), CLOSE, &case);
        assert_eq!(ours.standard_deviation.is_some(), case["deviation"].is_number(), "{case}");
        if let Some(deviation) = ours.standard_deviation {
            assert_close(deviation, number(&case["deviation"]), CLOSE, &case);
        }
        let own = [ours.minimum, ours.lower_quartile, ours.median, ours.upper_quartile, ours.maximum];
        for (ours, theirs) in own.into_iter().zip(numbers(&case["quantiles"])) {
            assert_close(ours, theirs, CLOSE, &case);
        }
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        assert_eq!(quantile(&sorted, 0.5), Some(ours.median));
    }
}

#[test]
fn false_discovery_rates_are_those_of_statsmodels() {
    for case in cases("multiplicity", 20) {
        let ours = benjamini_hochberg(&numbers(&case["p"]));
        for (ours, theirs) in ours.into_iter().zip(numbers(&case["q"])) {
            assert_close(ours, theirs, CLOSE, &case);
        }
    }
}

#[test]
fn survival_its_bounds_and_medians_are_those_of_lifelines() {
    for case in cases("kaplan_meier", 27) {
        let ours = KaplanMeier::new(&survived(&case["days"], &case["events"]), confidence(&case));
        let theirs = case["points"].as_array().expect("points");
        assert_eq!(ours.points.len(), theirs.len(), "{case}");
        for (ours, theirs) in ours.points.iter().zip(theirs) {
            let found = [u64::from(ours.days), ours.at_risk, ours.events, ours.censored];
            assert_eq!(found, ["days", "at_risk", "events", "censored"].map(|name| count(&theirs[name])));
            assert_close(ours.survival, number(&theirs["survival"]), CLOSE, &case);
            for (ours, theirs) in [(ours.lower, &theirs["lower"]), (ours.upper, &theirs["upper"])] {
                assert_eq!(ours.is_some(), theirs.is_number(), "{case}");
                if let Some(ours) = ours {
                    assert_close(ours, number(theirs), CLOSE, &case);
                }
            }
        }
        let days = |value: &Value| value.as_f64().map(|days| days as u32);
        assert_eq!(ours.median.days, days(&case["median"]), "{case}");
        assert_eq!(ours.median.lower, days(&case["median_lower"]), "{case}");
        assert_eq!(ours.median.upper, days(&case["median_upper"]), "{case}");
    }
}

#[test]
fn log_rank_tests_are_those_of_lifelines() {
    for case in cases("log_rank", 25) {
        let all = survived(&case["days"], &case["events"]);
        let of = counts(&case["groups"]);
        let groups: Vec<Vec<Survived>> = (0..=*of.iter().max().expect("a group"))
            .map(|group| all.iter().zip(&of).filter(|(_, own)| **own == group).map(|(one, _)| *one).collect())
            .collect();
        let ours = log_rank(&groups).expect("a test");
        assert_close(ours.chi_square, number(&case["chi_square"]), CLOSE, &case);
        assert_eq!(u64::from(ours.degrees_of_freedom), count(&case["degrees"]));
        // The tail of a large statistic multiplies its error.
        assert_close(ours.p_value, number(&case["p"]), 1e-8, &case);
    }
}
