//! Standardised mean differences: how far two groups are apart, in units of their spread.
//!
//! Source: Austin 2009, "Using the standardized difference to compare the prevalence of a binary variable between two groups
//! in observational research" (doi 10.1080/03610910902859574); Yang & Dalton 2012, "A unified approach to measuring the effect
//! size between two groups using SAS" (SAS Global Forum, paper 335). A difference of 0.1 is commonly called negligible.

use super::Proportion;
use super::special::solve;

/// A difference in units of a spread; equal values differ by nothing even without a spread.
fn standardised(difference: f64, variance: f64) -> Option<f64> {
    if difference == 0.0 {
        return Some(0.0);
    }
    (variance > 0.0).then(|| difference / variance.sqrt())
}

/// Of two shares: positive where the first is larger. `None` of nobody, and where everybody is on one side and nobody on the
/// other.
#[must_use]
pub fn of_proportions(one: Proportion, other: Proportion) -> Option<f64> {
    let (p, q) = (one.share()?, other.share()?);
    standardised(p - q, (p * (1.0 - p) + q * (1.0 - q)) / 2.0)
}

/// Mean and sample standard deviation of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanAndDeviation {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation, in the same unit.
    pub standard_deviation: f64,
}

/// Of two means: positive where the first is larger. `None` of different means without any spread.
#[must_use]
pub fn of_means(one: MeanAndDeviation, other: MeanAndDeviation) -> Option<f64> {
    let variance = f64::midpoint(one.standard_deviation.powi(2), other.standard_deviation.powi(2));
    standardised(one.mean - other.mean, variance)
}

/// Of one quality with several values: counts of each in two groups, in one order. Never negative: a Mahalanobis distance of
/// the shares of all values but the first that occurs. `None` of nobody, or where the spread has no inverse.
#[must_use]
pub fn of_categories(one: &[u64], other: &[u64]) -> Option<f64> {
    let (of_one, of_other) = (one.iter().sum::<u64>(), other.iter().sum::<u64>());
    if of_one == 0 || of_other == 0 || one.len() != other.len() {
        return None;
    }
    let occurring = one.iter().zip(other).filter(|(a, b)| **a + **b > 0);
    let shares: Vec<(f64, f64)> =
        occurring.skip(1).map(|(a, b)| (*a as f64 / of_one as f64, *b as f64 / of_other as f64)).collect();
    let difference: Vec<f64> = shares.iter().map(|(p, q)| p - q).collect();
    if difference.iter().all(|apart| *apart == 0.0) {
        return Some(0.0);
    }
    let spread = |k: usize, l: usize| {
        let ((p, q), (r, s)) = (shares[k], shares[l]);
        if k == l { (p * (1.0 - p) + q * (1.0 - q)) / 2.0 } else { -(p * r + q * s) / 2.0 }
    };
    let matrix = (0..shares.len()).map(|k| (0..shares.len()).map(|l| spread(k, l)).collect()).collect();
    let scaled = solve(matrix, difference.clone())?;
    let squared: f64 = difference.iter().zip(&scaled).map(|(a, b)| a * b).sum();
    (squared >= 0.0).then(|| squared.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quality_of_two_values_is_a_share() {
        let of = |count, total| Proportion::new(count, total).unwrap();
        let two = of_categories(&[30, 70], &[55, 45]).unwrap();
        assert!((two - of_proportions(of(70, 100), of(45, 100)).unwrap()).abs() < 1e-12);
        // The order of values does not matter.
        let (one, turned) = (
            of_categories(&[5, 10, 20], &[9, 2, 7]).unwrap(),
            of_categories(&[20, 5, 10], &[7, 9, 2]).unwrap(),
        );
        assert!((one - turned).abs() < 1e-12 && one > 0.0);
    }

    #[test]
    fn without_spread_there_is_no_number_unless_nothing_differs() {
        let of = |count, total| Proportion::new(count, total).unwrap();
        assert_eq!(of_proportions(of(3, 3), of(0, 4)), None);
        assert_eq!(of_proportions(of(3, 3), of(4, 4)), Some(0.0));
        let at = |mean| MeanAndDeviation { mean, standard_deviation: 0.0 };
        assert_eq!((of_means(at(1.0), at(2.0)), of_means(at(2.0), at(2.0))), (None, Some(0.0)));
        assert_eq!(of_categories(&[4, 0, 0], &[0, 4, 0]), None);
        assert_eq!(of_categories(&[4, 0], &[4, 0]), Some(0.0));
        assert_eq!(of_categories(&[0, 0], &[4, 0]), None);
    }
}
