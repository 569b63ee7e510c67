//! Ages of a group in one figure each. Ages are completed years.

/// Arithmetic mean in years, `None` of nobody.
pub(crate) fn mean(ages: &[i16]) -> Option<f64> {
    (!ages.is_empty()).then(|| ages.iter().map(|a| f64::from(*a)).sum::<f64>() / ages.len() as f64)
}

/// Standard deviation of a sample (divided by n - 1) in years, `None` of fewer than two.
pub(crate) fn standard_deviation(ages: &[i16]) -> Option<f64> {
    let mean = mean(ages).filter(|_| ages.len() > 1)?;
    let squares: f64 = ages.iter().map(|a| (f64::from(*a) - mean).powi(2)).sum();
    Some((squares / (ages.len() - 1) as f64).sqrt())
}

/// Median in years of ages that are sorted, the mean of the middle two of an even count; `None` of nobody.
pub(crate) fn median(sorted: &[i16]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(f64::from(sorted[middle])),
        _ => Some((f64::from(sorted[middle - 1]) + f64::from(sorted[middle])) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_deviation_and_median_are_the_textbook_ones() {
        let ages = [2, 4, 4, 4, 5, 5, 7, 9];
        assert_eq!(mean(&ages), Some(5.0));
        assert!((standard_deviation(&ages).unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(median(&ages), Some(4.5));
        assert_eq!(standard_deviation(&[40]), None);
    }
}
