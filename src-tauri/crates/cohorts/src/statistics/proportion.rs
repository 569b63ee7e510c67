//! Shares of a whole, and the ratio of two.

use serde::{Deserialize, Serialize};

use super::{Confidence, Interval};

/// Some of a whole, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proportion {
    count: u64,
    total: u64,
}

impl Proportion {
    /// `count` of `total`; `None` where there are more than all.
    #[must_use]
    pub fn new(count: u64, total: u64) -> Option<Self> {
        (count <= total).then_some(Self { count, total })
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.count
    }

    /// Of how many.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.total
    }

    /// Between 0 and 1; `None` of nobody.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.total > 0).then(|| self.count as f64 / self.total as f64)
    }

    /// In percent; `None` of nobody.
    #[must_use]
    pub fn percent(self) -> Option<f64> {
        (self.total > 0).then(|| self.count as f64 * 100.0 / self.total as f64)
    }
}

/// The score interval of a share, between 0 and 1 (Wilson 1927, "Probable inference, the law of succession, and statistical
/// inference"; method 3 of Newcombe 1998, "Two-sided confidence intervals for the single proportion"). `None` of nobody.
#[must_use]
pub fn wilson(of: Proportion, confidence: Confidence) -> Option<Interval> {
    let share = of.share()?;
    let (total, z) = (of.total as f64, confidence.deviate());
    let squared = z * z;
    let middle = 2.0 * total * share + squared;
    let width = z * (squared + 4.0 * total * share * (1.0 - share)).sqrt();
    let whole = 2.0 * (total + squared);
    Some(Interval {
        estimate: share,
        // Nought and all are their own bounds; rounding must not move them.
        lower: if of.count == 0 { 0.0 } else { (middle - width) / whole },
        upper: if of.count == of.total { 1.0 } else { (middle + width) / whole },
    })
}

/// Share in a group divided by the share in the rest, with the interval on the logarithm's scale (Katz, Baptista, Azen & Pike
/// 1978, "Obtaining confidence intervals for the risk ratio in cohort studies").
///
/// `None` where the logarithm or its variance says nothing: nobody counted on one side or nobody there at all, or everybody on
/// both sides. No half is added to a cell.
#[must_use]
pub fn prevalence_ratio(group: Proportion, rest: Proportion, confidence: Confidence) -> Option<Interval> {
    let (p, q) = (group.share()?, rest.share()?);
    if group.count == 0 || rest.count == 0 || (group.count == group.total && rest.count == rest.total) {
        return None;
    }
    let of = |side: Proportion| (side.total - side.count) as f64 / (side.count as f64 * side.total as f64);
    let width = confidence.deviate() * (of(group) + of(rest)).sqrt();
    let estimate = p / q;
    Some(Interval { estimate, lower: estimate * (-width).exp(), upper: estimate * width.exp() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: u64, total: u64) -> Proportion {
        Proportion::new(count, total).unwrap()
    }

    #[test]
    fn the_score_interval_is_newcombes_method_3() {
        // Newcombe 1998, table I.
        for (count, total, lower, upper) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = wilson(of(count, total), Confidence::NINETY_FIVE).unwrap();
            assert!((found.lower - lower).abs() < 5e-5 && (found.upper - upper).abs() < 5e-5, "{found:?}");
        }
        assert_eq!(wilson(of(0, 0), Confidence::NINETY_FIVE), None);
        assert_eq!(Proportion::new(2, 1), None);
    }

    #[test]
    fn the_ratio_of_aspirin_and_heart_attacks_is_the_published_one() {
        // Physicians' Health Study: 189 of 11 034 with placebo, 104 of 11 037 with aspirin; risk ratio 1.82, 95 % interval 1.43
        // to 2.30 (Agresti 2002, Categorical Data Analysis, table 2.3 and section 3.1.1).
        let found = prevalence_ratio(of(189, 11_034), of(104, 11_037), Confidence::NINETY_FIVE).unwrap();
        for (value, printed) in [(found.estimate, 1.82), (found.lower, 1.43), (found.upper, 2.30)] {
            assert!((value - printed).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn a_ratio_that_says_nothing_is_none() {
        for (group, rest) in [
            (of(0, 10), of(3, 10)),
            (of(3, 10), of(0, 10)),
            (of(10, 10), of(7, 7)),
            (of(0, 0), of(1, 2)),
            (of(1, 2), of(0, 0)),
        ] {
            assert_eq!(prevalence_ratio(group, rest, Confidence::NINETY_FIVE), None);
        }
        assert!(prevalence_ratio(of(10, 10), of(7, 8), Confidence::NINETY_FIVE).is_some());
    }
}
