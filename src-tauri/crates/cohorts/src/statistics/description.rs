//! Many values in a few figures.

use serde::{Deserialize, Serialize};

/// Mean, spread and quantiles of values, in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Description {
    /// How many values there are, at least one.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub count: u64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation of a sample (divided by n - 1); none of one value.
    pub standard_deviation: Option<f64>,
    /// Smallest value.
    pub minimum: f64,
    /// A quarter of the values is below it.
    pub lower_quartile: f64,
    /// Half of the values is below it.
    pub median: f64,
    /// Three quarters of the values are below it.
    pub upper_quartile: f64,
    /// Largest value.
    pub maximum: f64,
}

impl Description {
    /// Describes values in any order; `None` of none, or when one of them is not a number.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        if values.iter().any(|value| value.is_nan()) {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let quantile = |share| quantile(&values, share);
        Some(Self {
            count: values.len() as u64,
            mean: mean(&values)?,
            standard_deviation: standard_deviation(&values),
            minimum: quantile(0.0)?,
            lower_quartile: quantile(0.25)?,
            median: quantile(0.5)?,
            upper_quartile: quantile(0.75)?,
            maximum: quantile(1.0)?,
        })
    }
}

/// Arithmetic mean; `None` of no value.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard deviation of a sample (divided by n - 1); `None` of fewer than two values.
#[must_use]
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// The quantile of type 7 (Hyndman & Fan 1996, "Sample quantiles in statistical packages"): on the line between the order
/// statistics about `1 + (n - 1) · share`. `share` is between 0 and 1; the values are sorted; `None` of no value.
#[must_use]
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    Some(below + (place - place.floor()) * (above - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_deviation_and_median_are_the_textbook_ones() {
        let described = Description::of(vec![9.0, 2.0, 4.0, 5.0, 4.0, 4.0, 5.0, 7.0]).unwrap();
        assert_eq!((described.mean, described.median), (5.0, 4.5));
        assert!((described.standard_deviation.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        let one = Description::of(vec![40.0]).unwrap();
        assert_eq!((one.standard_deviation, one.lower_quartile, one.maximum), (None, 40.0, 40.0));
        assert_eq!((Description::of(Vec::new()), Description::of(vec![f64::NAN])), (None, None));
    }

    #[test]
    fn a_quartile_of_type_7_lies_between_its_neighbours() {
        // R: quantile(c(1, 2, 4, 8), type = 7).
        let values = [1.0, 2.0, 4.0, 8.0];
        let found = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(&values, share).unwrap());
        assert_eq!(found, [1.0, 1.75, 3.0, 5.0, 8.0]);
    }
}
