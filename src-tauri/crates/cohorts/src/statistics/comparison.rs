//! Whether two shares differ by chance.

use serde::{Deserialize, Serialize};

use super::Proportion;
use super::special::chi_square_tail_of_one;

/// Smallest expected count of a cell for which chi-square is used (Cochran 1954, "Some methods for strengthening the common
/// chi-square tests").
const LEAST_EXPECTED: f64 = 5.0;
/// Two tables whose probabilities differ by less, relatively, are equally probable; R's `fisher.test` takes the same.
const SAME: f64 = 1e-7;

/// By which test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ProportionTest {
    /// Pearson's chi-square with one degree of freedom, without a correction for continuity.
    ChiSquare,
    /// Fisher's exact test, two-sided: all tables that are at most as probable.
    FisherExact,
}

/// A two-sided p-value and the test that it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestOfProportions {
    /// Between 0 and 1.
    pub p_value: f64,
    /// The test.
    pub test: ProportionTest,
}

/// Compares two shares: by chi-square, or exactly where a cell is expected to hold fewer than five. `None` of nobody on one
/// side.
#[must_use]
pub fn compare_proportions(one: Proportion, other: Proportion) -> Option<TestOfProportions> {
    if one.total() == 0 || other.total() == 0 {
        return None;
    }
    let all = one.total() as f64 + other.total() as f64;
    let with = one.count() as f64 + other.count() as f64;
    let without = all - with;
    let smaller = one.total().min(other.total()) as f64;
    if smaller * with.min(without) / all < LEAST_EXPECTED {
        return Some(TestOfProportions { p_value: fisher(one, other), test: ProportionTest::FisherExact });
    }
    let apart = one.count() as f64 * (other.total() - other.count()) as f64
        - other.count() as f64 * (one.total() - one.count()) as f64;
    let statistic = apart * apart / (one.total() as f64 * other.total() as f64) * (all / (with * without));
    Some(TestOfProportions { p_value: chi_square_tail_of_one(statistic), test: ProportionTest::ChiSquare })
}

/// Sum over all tables with the same margins that are at most as probable as this one (Fisher 1935). Probabilities are taken
/// relative to the most probable table, each from its neighbour, until what is left cannot change the sum.
fn fisher(one: Proportion, other: Proportion) -> f64 {
    let (rows, others) = (one.total(), other.total());
    let with = one.count() + other.count();
    let (least, most) = (with.saturating_sub(others), rows.min(with));
    let mode = ((rows as f64 + 1.0) * (with as f64 + 1.0) / ((rows + others) as f64 + 2.0)) as u64;
    let mode = mode.clamp(least, most);
    // How many times as probable a table is as the one with one fewer.
    let rises =
        |at: u64| (rows - at + 1) as f64 * (with - at + 1) as f64 / (at as f64 * (others + at - with) as f64);
    let observed: f64 = if one.count() > mode {
        (mode + 1..=one.count()).map(rises).product()
    } else {
        (one.count() + 1..=mode).map(|at| rises(at).recip()).product()
    };
    let bound = observed * (1.0 + SAME);
    let (mut whole, mut as_rare) = (0.0, 0.0);
    let mut add = |weight: f64| {
        whole += weight;
        as_rare += if weight <= bound { weight } else { 0.0 };
        weight > observed * 1e-18
    };
    add(1.0);
    let mut weight = 1.0;
    for at in mode + 1..=most {
        weight *= rises(at);
        if !add(weight) {
            break;
        }
    }
    weight = 1.0;
    for at in (least + 1..=mode).rev() {
        weight /= rises(at);
        if !add(weight) {
            break;
        }
    }
    (as_rare / whole).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(one: (u64, u64), other: (u64, u64)) -> TestOfProportions {
        let of = |(count, total)| Proportion::new(count, total).unwrap();
        compare_proportions(of(one), of(other)).unwrap()
    }

    #[test]
    fn the_lady_tasting_tea_is_tested_exactly() {
        // Fisher 1935, The Design of Experiments, chapter II: three of four cups right.
        let found = compare((3, 4), (1, 4));
        assert_eq!(found.test, ProportionTest::FisherExact);
        assert!((found.p_value - 34.0 / 70.0).abs() < 1e-12);
    }

    #[test]
    fn large_cells_are_compared_by_chi_square() {
        // Agresti 2002, table 2.3, aspirin and myocardial infarction: X2 = 25.01.
        let found = compare((189, 11_034), (104, 11_037));
        assert_eq!(found.test, ProportionTest::ChiSquare);
        assert!((found.p_value / 5.692e-7 - 1.0).abs() < 1e-3, "{}", found.p_value);
    }

    #[test]
    fn what_everybody_has_does_not_differ() {
        assert_eq!(compare((5, 5), (900, 900)).p_value, 1.0);
        assert_eq!(compare((0, 5), (0, 900)).p_value, 1.0);
        let nobody = Proportion::new(0, 0).unwrap();
        assert_eq!(compare_proportions(nobody, Proportion::new(1, 2).unwrap()), None);
    }
}
