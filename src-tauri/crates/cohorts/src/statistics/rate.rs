//! Events in time under observation.

use serde::{Deserialize, Serialize};

use super::special::{Side, gamma_quantile};
use super::{Confidence, Interval};

/// Days in a year of person-time.
const DAYS_IN_YEAR: f64 = 365.25;

/// Time under observation of all persons together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct PersonTime {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    days: u64,
}

impl PersonTime {
    /// Of so many days.
    #[must_use]
    pub const fn of_days(days: u64) -> Self {
        Self { days }
    }

    /// In days.
    #[must_use]
    pub const fn days(self) -> u64 {
        self.days
    }

    /// In years of 365.25 days.
    #[must_use]
    pub fn years(self) -> f64 {
        self.days as f64 / DAYS_IN_YEAR
    }
}

/// The exact interval of the expectation of a Poisson count (Garwood 1936, "Fiducial limits for the Poisson distribution"):
/// half the chi-square quantiles with 2 n and 2 n + 2 degrees of freedom. The lower bound of nought is nought.
#[must_use]
pub fn poisson_interval(events: u64, confidence: Confidence) -> Interval {
    let (count, tail) = (events as f64, confidence.tail());
    Interval {
        estimate: count,
        lower: if events == 0 { 0.0 } else { gamma_quantile(count, tail, Side::Below) },
        upper: gamma_quantile(count + 1.0, tail, Side::Above),
    }
}

/// Events in 1 000 years of person-time, with the exact interval. `None` without time.
#[must_use]
pub fn incidence_rate(events: u64, time: PersonTime, confidence: Confidence) -> Option<Interval> {
    if time.days == 0 {
        return None;
    }
    let count = poisson_interval(events, confidence);
    let in_a_thousand = |count: f64| count * 1_000.0 / time.years();
    Some(Interval {
        estimate: in_a_thousand(count.estimate),
        lower: in_a_thousand(count.lower),
        upper: in_a_thousand(count.upper),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_those_of_garwoods_table() {
        // Garwood 1936 as printed in Pearson & Hartley, Biometrika Tables, table 40, 95 %.
        for (events, lower, upper) in [
            (0, 0.0, 3.69),
            (1, 0.0253, 5.57),
            (2, 0.242, 7.22),
            (3, 0.619, 8.77),
            (4, 1.09, 10.24),
            (5, 1.62, 11.67),
            (10, 4.80, 18.39),
            (20, 12.22, 30.89),
            (30, 20.24, 42.83),
            (50, 37.11, 65.92),
        ] {
            let found = poisson_interval(events, Confidence::NINETY_FIVE);
            let near = |found: f64, printed: f64| (found - printed).abs() <= 0.0051;
            assert!(near(found.lower, lower) && near(found.upper, upper), "{events}: {found:?}");
        }
    }

    #[test]
    fn a_rate_is_of_a_thousand_years_and_needs_time() {
        let rate = incidence_rate(10, PersonTime::of_days(365_250), Confidence::NINETY_FIVE).unwrap();
        assert!((rate.estimate - 10.0).abs() < 1e-12 && (rate.lower - 4.795).abs() < 1e-3);
        assert_eq!(incidence_rate(0, PersonTime::of_days(0), Confidence::NINETY_FIVE), None);
        let none = incidence_rate(0, PersonTime::of_days(365_250), Confidence::NINETY_FIVE).unwrap();
        assert_eq!((none.estimate, none.lower), (0.0, 0.0));
        assert!(none.upper > 3.68 && none.upper < 3.69);
    }
}
