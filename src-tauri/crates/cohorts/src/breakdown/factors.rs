//! Risk factors of a group beside those of everybody else who is counted.

use serde::{Deserialize, Serialize};

use crate::risk_factor::RiskFactor;
use crate::statistics::difference::of_proportions;
use crate::statistics::{
    Confidence, Interval, Proportion, ProportionTest, benjamini_hochberg, compare_proportions,
    prevalence_ratio,
};

/// False discovery rate below which a factor counts as unique to a group.
const UNIQUE_BELOW: f64 = 0.05;

/// How often a risk factor is found in a group and in the rest: everybody else who is counted.
///
/// A number that must not be shown is none, and so is one that does not exist: see [`crate::statistics`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RiskFactorCount {
    /// Stable key.
    pub key: String,
    /// As shown.
    pub title: String,
    /// Patients of the group who have it. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub count: Option<u64>,
    /// Of the group.
    pub percent: Option<f64>,
    /// Patients of the rest who have it.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub rest_count: Option<u64>,
    /// Of the rest.
    pub rest_percent: Option<f64>,
    /// Share in the group divided by the share in the rest, with its 95 % interval (Katz).
    pub prevalence_ratio: Option<Interval>,
    /// Standardised mean difference (Austin).
    pub standardised_difference: Option<f64>,
    /// Two-sided.
    pub p_value: Option<f64>,
    /// Which test the p-value is of.
    pub test: Option<ProportionTest>,
    /// Benjamini–Hochberg over all tests of the whole breakdown that are shown: one a group and factor.
    pub q_value: Option<f64>,
    /// Whether a diagnosis of the group itself makes the factor, as diabetes does in the group of diabetes: that is no finding.
    pub is_own_diagnosis: bool,
    /// Whether the factor marks the group: q below 0.05, a larger share than in the rest, and not by the group's own diagnosis.
    pub is_unique: bool,
}

/// A group's part in a factor, and the rest's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contrast {
    /// Of the group.
    pub group: Proportion,
    /// Of everybody else.
    pub rest: Option<Proportion>,
}

impl RiskFactorCount {
    /// All numbers but the q-value, which needs all tests; no number where there is no contrast to be shown.
    pub(super) fn new(factor: &RiskFactor, contrast: Option<Contrast>, is_own_diagnosis: bool) -> Self {
        let group = contrast.map(|contrast| contrast.group);
        let rest = contrast.and_then(|contrast| contrast.rest);
        let both = group.zip(rest);
        let compared = both.and_then(|(group, rest)| compare_proportions(group, rest));
        Self {
            key: factor.key.to_owned(),
            title: factor.title.to_owned(),
            count: group.map(Proportion::count),
            percent: group.and_then(Proportion::percent),
            rest_count: rest.map(Proportion::count),
            rest_percent: rest.and_then(Proportion::percent),
            prevalence_ratio: both
                .and_then(|(group, rest)| prevalence_ratio(group, rest, Confidence::NINETY_FIVE)),
            standardised_difference: both.and_then(|(group, rest)| of_proportions(group, rest)),
            p_value: compared.map(|found| found.p_value),
            test: compared.map(|found| found.test),
            q_value: None,
            is_own_diagnosis,
            is_unique: false,
        }
    }
}

/// Gives every test its q-value, over all that have a p-value.
pub(super) fn correct<'a>(factors: impl Iterator<Item = &'a mut RiskFactorCount>) {
    let mut tested: Vec<&mut RiskFactorCount> = factors.filter(|factor| factor.p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|factor| factor.p_value).collect();
    for (factor, q) in tested.iter_mut().zip(benjamini_hochberg(&p_values)) {
        let is_larger = factor.percent > factor.rest_percent;
        factor.q_value = Some(q);
        factor.is_unique = q < UNIQUE_BELOW && is_larger && !factor.is_own_diagnosis;
    }
}

/// The most frequent first, then by key; hidden ones last and by key alone.
pub(super) fn sort(factors: &mut [RiskFactorCount]) {
    factors.sort_by(|a, b| {
        let hidden = (a.count.is_none(), b.count.is_none());
        hidden.0.cmp(&hidden.1).then_with(|| b.count.cmp(&a.count)).then_with(|| a.key.cmp(&b.key))
    });
}
