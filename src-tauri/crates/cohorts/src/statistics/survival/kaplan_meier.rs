//! The product-limit estimate.

use serde::{Deserialize, Serialize};

use super::{Day, Survived, days};
use crate::statistics::Confidence;

/// What the estimate is after the events of a day. Between two points it does not change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SurvivalPoint {
    /// Days since the start.
    pub days: u32,
    /// Watched up to this day.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub at_risk: u64,
    /// Events on this day.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: u64,
    /// Last watched on this day, without the event.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub censored: u64,
    /// Share without the event, between 0 and 1.
    pub survival: f64,
    /// Lower bound of the share; none where it is 0 or 1, whose logarithm of a logarithm does not exist.
    pub lower: Option<f64>,
    /// Upper bound; none as the lower one.
    pub upper: Option<f64>,
}

/// Days after which half have had the event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Median {
    /// The first day on which at most half are without it; none where more than half stay without.
    pub days: Option<u32>,
    /// Lower bound; none where it is not reached.
    pub lower: Option<u32>,
    /// Upper bound; none where it is not reached.
    pub upper: Option<u32>,
}

impl Median {
    /// The same with only those days that these points have.
    #[must_use]
    pub fn within(self, points: &[SurvivalPoint]) -> Self {
        let known = |day: &u32| points.iter().any(|point| point.days == *day);
        Self {
            days: self.days.filter(known),
            lower: self.lower.filter(known),
            upper: self.upper.filter(known),
        }
    }
}

/// The estimate of Kaplan & Meier (1958, "Nonparametric estimation from incomplete observations"), with Greenwood's variance and
/// intervals on the scale log(-log S) (Kalbfleisch & Prentice 2002, The Statistical Analysis of Failure Time Data, 1.4).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct KaplanMeier {
    /// People.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub people: u64,
    /// Events.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub events: u64,
    /// A point for each day on which anybody had the event or was watched last.
    pub points: Vec<SurvivalPoint>,
    /// See [`Median`].
    pub median: Median,
}

/// Room for rounding when a share is held against a half.
const ROUNDING: f64 = 1e-12;

impl KaplanMeier {
    /// The estimate of these people, in any order.
    #[must_use]
    pub fn new(people: &[Survived], confidence: Confidence) -> Self {
        Self::of_days(people.len() as u64, days(people), confidence)
    }

    /// The estimate that follows from the counts of these points alone. `people`: how many there are. More events than people at
    /// risk, as rounding makes them, are all who are at risk.
    #[must_use]
    pub fn of_points(people: u64, points: &[SurvivalPoint], confidence: Confidence) -> Self {
        let day = |point: &SurvivalPoint| Day {
            days: point.days,
            at_risk: point.at_risk,
            events: point.events.min(point.at_risk),
            censored: point.censored,
        };
        Self::of_days(people, points.iter().map(day).collect(), confidence)
    }

    fn of_days(people: u64, days: Vec<Day>, confidence: Confidence) -> Self {
        let z = confidence.deviate();
        let (mut survival, mut sum) = (1.0_f64, 0.0_f64);
        let mut points = Vec::new();
        for day in days {
            if day.events > 0 {
                let left = day.at_risk - day.events;
                survival *= left as f64 / day.at_risk as f64;
                sum += day.events as f64 / (day.at_risk as f64 * left as f64);
            }
            // Greenwood's sum over the square of ln S is the variance of log(-log S).
            let bounds = (survival > 0.0 && survival < 1.0).then(|| {
                let width = z * sum.sqrt() / survival.ln().abs();
                (survival.powf(width.exp()), survival.powf((-width).exp()))
            });
            points.push(SurvivalPoint {
                days: day.days,
                at_risk: day.at_risk,
                events: day.events,
                censored: day.censored,
                survival,
                lower: bounds.map(|(lower, _)| lower),
                upper: bounds.map(|(_, upper)| upper),
            });
        }
        let median = median(&points);
        let events = points.iter().map(|point| point.events).sum();
        Self { people, events, points, median }
    }

    /// How many are still watched at the beginning of each of these days.
    #[must_use]
    pub fn at_risk(&self, days: &[u32]) -> Vec<u64> {
        let of = |day: &u32| {
            let next = self.points.partition_point(|point| point.days < *day);
            self.points.get(next).map_or(0, |point| point.at_risk)
        };
        days.iter().map(of).collect()
    }

    /// Share without the event after a day.
    #[must_use]
    pub fn survival(&self, day: u32) -> f64 {
        let after = self.points.partition_point(|point| point.days <= day);
        after.checked_sub(1).map_or(1.0, |at| self.points[at].survival)
    }
}

/// The median with the interval of Brookmeyer & Crowley (1982, "A confidence interval for the median survival time"): the days on
/// which the interval of the share holds a half. Where nobody is left, no interval holds it.
fn median(points: &[SurvivalPoint]) -> Median {
    let half = 0.5 + ROUNDING;
    let first = |below: &dyn Fn(&SurvivalPoint) -> bool| points.iter().find(|p| below(p)).map(|p| p.days);
    let is_below = |point: &SurvivalPoint, bound: Option<f64>| {
        point.survival == 0.0 || bound.is_some_and(|bound| bound <= half)
    };
    Median {
        days: first(&|point| point.survival <= half),
        lower: first(&|point| is_below(point, point.lower)),
        upper: first(&|point| is_below(point, point.upper)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::freireich;
    use super::*;

    #[test]
    fn the_children_with_mercaptopurine_survive_as_published() {
        let (treated, placebo) = freireich();
        let estimate = KaplanMeier::new(&treated, Confidence::NINETY_FIVE);
        // Kleinbaum & Klein 2012, Survival Analysis, table 2.3; Lawless 2003, example 3.2.1.
        for (week, share) in
            [(6, 0.8571), (7, 0.8067), (10, 0.7529), (13, 0.6902), (16, 0.6275), (22, 0.5378), (23, 0.4482)]
        {
            assert!((estimate.survival(week) - share).abs() < 5e-5, "{week}: {}", estimate.survival(week));
        }
        assert_eq!((estimate.people, estimate.events, estimate.survival(0)), (21, 9, 1.0));
        assert_eq!((estimate.median.days, estimate.median.upper), (Some(23), None));
        assert_eq!(estimate.at_risk(&[0, 6, 7, 10, 13, 16, 22, 23, 36]), [21, 21, 17, 15, 12, 11, 7, 6, 0]);
        let without = KaplanMeier::new(&placebo, Confidence::NINETY_FIVE);
        assert_eq!(without.median.days, Some(8));
        assert_eq!((without.median.lower, without.median.upper), (Some(4), Some(11)));
        assert_eq!(without.survival(23), 0.0);
    }

    #[test]
    fn the_points_of_an_estimate_give_the_estimate_again() {
        let (treated, placebo) = freireich();
        for people in [treated, placebo] {
            let estimate = KaplanMeier::new(&people, Confidence::NINETY_FIVE);
            let again = KaplanMeier::of_points(estimate.people, &estimate.points, Confidence::NINETY_FIVE);
            assert_eq!(again, estimate);
        }
    }

    #[test]
    fn without_events_everybody_survives_and_there_is_no_median() {
        let people = [3, 3, 9].map(|days| Survived { days, is_event: false });
        let estimate = KaplanMeier::new(&people, Confidence::NINETY_FIVE);
        assert_eq!((estimate.survival(9), estimate.median), (1.0, Median::default()));
        assert!(estimate.points.iter().all(|point| point.lower.is_none()));
        assert_eq!(KaplanMeier::new(&[], Confidence::NINETY_FIVE), KaplanMeier::default());
    }
}
