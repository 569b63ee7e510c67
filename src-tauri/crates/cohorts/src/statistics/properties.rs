//! What holds for any data.

use proptest::prelude::*;

use super::rate::poisson_interval;
use super::*;

fn proportions() -> impl Strategy<Value = Proportion> {
    (0_u64..400, 0_u64..400).prop_map(|(count, more)| Proportion::new(count, count + more).unwrap())
}

fn people() -> impl Strategy<Value = Vec<Survived>> {
    let one = (0_u32..40, any::<bool>()).prop_map(|(days, is_event)| Survived { days, is_event });
    prop::collection::vec(one, 0..60)
}

fn levels() -> impl Strategy<Value = Confidence> {
    (0.5_f64..0.999).prop_map(|level| Confidence::new(level).unwrap())
}

/// Whether an estimate lies within its interval, with room for rounding.
fn holds(interval: Interval) -> bool {
    let room = 1e-12 * interval.estimate.abs();
    interval.lower <= interval.estimate + room && interval.estimate <= interval.upper + room
}

proptest! {
    #[test]
    fn an_interval_holds_its_estimate_and_grows_with_confidence(
        of in proportions(), other in proportions(), events in 0_u64..3_000, days in 1_u64..1_000_000, level in levels(),
    ) {
        let wider = Confidence::new(f64::midpoint(level.level(), 1.0)).unwrap();
        let all = |level| {
            let time = PersonTime::of_days(days);
            let some = [wilson(of, level), prevalence_ratio(of, other, level), incidence_rate(events, time, level)];
            some.into_iter().flatten().chain([poisson_interval(events, level)]).collect::<Vec<_>>()
        };
        for (narrow, wide) in all(level).into_iter().zip(all(wider)) {
            prop_assert!(holds(narrow) && holds(wide), "{narrow:?} {wide:?}");
            prop_assert!(wide.lower <= narrow.lower && narrow.upper <= wide.upper, "{narrow:?} {wide:?}");
        }
        if let Some(share) = wilson(of, level) {
            prop_assert!(share.lower >= 0.0 && share.upper <= 1.0);
        }
    }

    #[test]
    fn comparing_one_with_other_is_comparing_other_with_one(one in proportions(), other in proportions()) {
        let (there, back) = (compare_proportions(one, other), compare_proportions(other, one));
        prop_assert_eq!(there.map(|found| found.test), back.map(|found| found.test));
        if let (Some(there), Some(back)) = (there, back) {
            prop_assert!((0.0..=1.0).contains(&there.p_value));
            prop_assert!((there.p_value - back.p_value).abs() <= 1e-9);
        }
        let (there, back) = (difference::of_proportions(one, other), difference::of_proportions(other, one));
        prop_assert_eq!(there.map(|found| -found), back);
        if let (Some(there), Some(back)) =
            (prevalence_ratio(one, other, Confidence::NINETY_FIVE), prevalence_ratio(other, one, Confidence::NINETY_FIVE))
        {
            prop_assert!((there.lower * back.upper - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn q_rises_with_p_is_never_below_it_and_knows_no_order(p in prop::collection::vec(0.0_f64..=1.0, 1..50), turn in 0_usize..50) {
        let q = benjamini_hochberg(&p);
        for (p, q) in p.iter().zip(&q) {
            prop_assert!(q >= p && *q <= 1.0);
        }
        for (one, other) in p.iter().zip(&q).flat_map(|one| p.iter().zip(&q).map(move |other| (one, other))) {
            prop_assert!(one.0 > other.0 || one.1 <= other.1);
        }
        let by = turn % p.len();
        let (mut turned, mut expected) = (p.clone(), q);
        turned.rotate_left(by);
        expected.rotate_left(by);
        prop_assert_eq!(benjamini_hochberg(&turned), expected);
    }

    #[test]
    fn survival_never_rises_adds_up_and_knows_no_order(people in people(), turn in 0_usize..60, level in levels()) {
        let estimate = KaplanMeier::new(&people, level);
        prop_assert!(estimate.points.is_sorted_by(|a, b| a.survival >= b.survival && a.days < b.days));
        let left: u64 = estimate.points.iter().map(|point| point.events + point.censored).sum();
        prop_assert_eq!(left, people.len() as u64);
        for point in &estimate.points {
            let holds = |bound: Option<f64>, is_lower: bool| bound.is_none_or(|bound| {
                (0.0..=1.0).contains(&bound) && (if is_lower { bound <= point.survival } else { bound >= point.survival })
            });
            prop_assert!(holds(point.lower, true) && holds(point.upper, false), "{point:?}");
            prop_assert_eq!(point.at_risk, people.iter().filter(|person| person.days >= point.days).count() as u64);
        }
        let mut turned = people.clone();
        turned.rotate_left(turn % people.len().max(1));
        prop_assert_eq!(KaplanMeier::new(&turned, level), estimate);
    }

    #[test]
    fn without_censoring_survival_is_the_share_that_is_left(days in prop::collection::vec(0_u32..30, 1..50)) {
        let people: Vec<Survived> = days.iter().map(|days| Survived { days: *days, is_event: true }).collect();
        let estimate = KaplanMeier::new(&people, Confidence::NINETY_FIVE);
        for point in estimate.points {
            let left = days.iter().filter(|days| **days > point.days).count() as f64 / days.len() as f64;
            prop_assert!((point.survival - left).abs() < 1e-12);
        }
    }

    #[test]
    fn expected_events_add_up_to_those_that_came(one in people(), other in people(), third in people()) {
        let groups = [one, other, third];
        if let Some(found) = log_rank(&groups) {
            let came: u64 = found.groups.iter().map(|group| group.observed).sum();
            let expected: f64 = found.groups.iter().map(|group| group.expected).sum();
            prop_assert!((came as f64 - expected).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&found.p_value));
            let [a, b, c] = groups;
            let turned = log_rank(&[c, a, b]).unwrap();
            prop_assert!((turned.chi_square - found.chi_square).abs() <= 1e-6 * (1.0 + found.chi_square));
        }
    }

    #[test]
    fn a_description_knows_no_order_and_lies_within_its_values(
        values in prop::collection::vec(-1e6_f64..1e6, 1..60), turn in 0_usize..60,
    ) {
        let found = Description::of(values.clone()).unwrap();
        prop_assert!(found.minimum <= found.lower_quartile && found.lower_quartile <= found.median);
        prop_assert!(found.median <= found.upper_quartile && found.upper_quartile <= found.maximum);
        prop_assert!(found.mean >= found.minimum - 1e-6 && found.mean <= found.maximum + 1e-6);
        let mut turned = values.clone();
        turned.rotate_left(turn % values.len());
        prop_assert_eq!(Description::of(turned), Some(found));
    }
}
