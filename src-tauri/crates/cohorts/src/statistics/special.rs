//! Quantiles and tails of the normal, gamma and chi-square distributions, over the special functions of `statrs`.

use statrs::function::erf::{erfc, erfc_inv};
use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur, ln_gamma};

/// The standard normal deviate that leaves `tail` above it; `tail` between 0 and 1.
pub(super) fn normal_upper_quantile(tail: f64) -> f64 {
    std::f64::consts::SQRT_2 * erfc_inv(2.0 * tail)
}

/// Probability that chi-square with one degree of freedom is at least `value`.
pub(super) fn chi_square_tail_of_one(value: f64) -> f64 {
    erfc((value.max(0.0) / 2.0).sqrt())
}

/// Probability that chi-square with `degrees` of freedom is at least `value`.
pub(super) fn chi_square_tail(value: f64, degrees: usize) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    match degrees {
        0 => 0.0,
        1 => chi_square_tail_of_one(value),
        degrees => checked_gamma_ur(degrees as f64 / 2.0, value / 2.0).unwrap_or(0.0),
    }
}

/// Which side of a quantile a probability lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Below,
    Above,
}

/// The value that leaves `tail` on one side of it, of a gamma distribution of this shape and scale 1; `tail` at most a half.
///
/// Newton's steps from the approximation of Wilson and Hilferty (1931), kept between bounds that close in.
pub(super) fn gamma_quantile(shape: f64, tail: f64, side: Side) -> f64 {
    let deviate = match side {
        Side::Below => -normal_upper_quantile(tail),
        Side::Above => normal_upper_quantile(tail),
    };
    let ninth = 1.0 / (9.0 * shape);
    let cube = 1.0 - ninth + deviate * ninth.sqrt();
    let approximation = shape * cube.powi(3);
    let (mut lower, mut upper) = (0.0_f64, f64::INFINITY);
    let mut value =
        if approximation > 0.0 { approximation } else { (tail.ln() + ln_gamma(shape + 1.0)) / shape };
    if value <= 0.0 {
        value = value.exp().max(f64::MIN_POSITIVE);
    }
    let ln_gamma_of_shape = ln_gamma(shape);
    for _ in 0..200 {
        // Positive where the value is too large.
        let excess = match side {
            Side::Below => checked_gamma_lr(shape, value).unwrap_or(0.0) - tail,
            Side::Above => tail - checked_gamma_ur(shape, value).unwrap_or(1.0),
        };
        if excess > 0.0 {
            upper = value;
        } else {
            lower = value;
        }
        let density = ((shape - 1.0) * value.ln() - value - ln_gamma_of_shape).exp();
        let newton = value - excess / density;
        let next = if newton.is_finite() && newton > lower && newton < upper {
            newton
        } else if upper.is_finite() {
            f64::midpoint(lower, upper)
        } else {
            value * 2.0
        };
        let moved = (next - value).abs();
        value = next;
        if moved <= value * 1e-15 {
            break;
        }
    }
    value
}

/// Solves `matrix · x = right`, with the largest pivots; `None` where the matrix has no inverse.
pub(super) fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    let largest = matrix.iter().flatten().fold(0.0_f64, |most, value| most.max(value.abs()));
    for column in 0..size {
        let pivot =
            (column..size).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        if matrix[pivot][column].abs() <= largest * 1e-12 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let row_of_pivot = matrix[column].clone();
        for row in column + 1..size {
            let factor = matrix[row][column] / row_of_pivot[column];
            for (value, above) in matrix[row].iter_mut().zip(&row_of_pivot).skip(column) {
                *value -= factor * above;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    Some(right)
}
