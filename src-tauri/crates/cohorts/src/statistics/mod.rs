//! Statistics of counts, ages and times, as published. Pure functions: no data, no clock, no random number.
//!
//! | module | what it computes |
//! |---|---|
//! | [`description`] | mean, sample standard deviation, quantiles of type 7 |
//! | [`proportion`] | Wilson interval, prevalence ratio with its interval |
//! | [`comparison`] | two-sided p of two proportions: chi-square or Fisher's exact test |
//! | [`difference`] | standardised mean differences: binary, continuous, of several categories |
//! | [`multiplicity`] | Benjamini–Hochberg q |
//! | [`rate`] | incidence rates with exact Poisson intervals |
//! | [`survival`] | Kaplan–Meier, median, number at risk, log-rank |
//!
//! Where a method has no answer (a ratio to nothing, a spread of one), there is `None`: no number rather than a wrong one.
//! `tests/core/statistics.rs` holds all of it against SciPy, statsmodels and lifelines.

pub mod comparison;
pub mod description;
pub mod difference;
pub mod multiplicity;
pub mod proportion;
pub mod rate;
mod special;
pub mod survival;

use serde::{Deserialize, Serialize};

pub use comparison::{ProportionTest, TestOfProportions, compare_proportions};
pub use description::Description;
pub use multiplicity::benjamini_hochberg;
pub use proportion::{Proportion, prevalence_ratio, wilson};
pub use rate::{PersonTime, incidence_rate};
pub use survival::{KaplanMeier, LogRank, SurvivalPoint, Survived, log_rank};

/// How sure an interval is: more than 0, less than 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Confidence {
    /// 95 %.
    pub const NINETY_FIVE: Self = Self(0.95);

    /// A level between 0 and 1, both excluded.
    #[must_use]
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self(level))
    }

    /// The level.
    #[must_use]
    pub const fn level(self) -> f64 {
        self.0
    }

    /// Probability that is left on each side.
    fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }

    /// The standard normal deviate that leaves [`Self::tail`] above it: 1.96 of 95 %.
    fn deviate(self) -> f64 {
        special::normal_upper_quantile(self.tail())
    }
}

/// An estimate and the interval about it, in the unit of the estimate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

#[cfg(test)]
mod properties;
