//! Many tests at once.

/// The smallest false discovery rate at which each hypothesis would be rejected, in the order of the p-values (Benjamini &
/// Hochberg 1995, "Controlling the false discovery rate"; as adjusted p-values in Yekutieli & Benjamini 1999). The p-values lie
/// between 0 and 1; what is not a number stays so and is not counted as a test.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|at| !p_values[*at].is_nan()).collect();
    order.sort_unstable_by(|a, b| p_values[*b].total_cmp(&p_values[*a]));
    let tests = order.len() as f64;
    let mut q_values = vec![f64::NAN; p_values.len()];
    let mut smallest = 1.0_f64;
    for (after, at) in order.iter().enumerate() {
        let rank = tests - after as f64;
        // The ratio first: at the largest p it is exactly one.
        smallest = smallest.min(p_values[*at] * (tests / rank));
        q_values[*at] = smallest;
    }
    q_values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_of_the_fifteen_published_hypotheses_are_rejected() {
        // Benjamini & Hochberg 1995, section 4.2: thrombolysis in myocardial infarction.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0000,
        ];
        let q = benjamini_hochberg(&p);
        assert_eq!(q.iter().filter(|q| **q <= 0.05).count(), 4);
        assert!((q[3] - 0.0095 * 15.0 / 4.0).abs() < 1e-15);
        assert_eq!(q[14], 1.0);
    }

    #[test]
    fn what_is_not_a_number_is_no_test() {
        let q = benjamini_hochberg(&[0.01, f64::NAN, 0.04]);
        assert_eq!((q[0], q[2]), (0.02, 0.04));
        assert!(q[1].is_nan() && benjamini_hochberg(&[]).is_empty());
    }
}
