//! What follows in a cohort: how often an outcome comes, and how long it takes.

use super::cohort::Cohort;
use super::incidence::{Incidence, StratifyBy, incidence};
use super::survival::{CurveOf, SurvivalResult, WATCHED_ON, survival, survival_by_sex};
use super::{Index, TimeAtRisk};
use crate::disclosure::Disclosure;

/// An outcome in a cohort, with what a reader may see of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUp {
    /// What the outcome is called.
    pub outcome: String,
    /// How often it comes.
    pub incidence: Incidence,
    /// How long until it comes.
    pub survival: SurvivalResult,
}

impl FollowUp {
    /// Follows a cohort until another one. `by_sex`: women and men apart.
    #[must_use]
    pub fn new(
        index: &Index,
        cohort: &Cohort,
        (name, outcome): (&str, &Cohort),
        by_sex: bool,
        disclosure: Disclosure,
    ) -> Self {
        let by = StratifyBy { sex: by_sex, age: false, year: false };
        let survival = if by_sex {
            survival_by_sex(index, cohort, outcome, &WATCHED_ON)
        } else {
            survival(index, &[(CurveOf::All, cohort)], outcome, &WATCHED_ON)
        };
        Self {
            outcome: name.to_owned(),
            incidence: incidence(index, (cohort, outcome), TimeAtRisk::default(), by, disclosure),
            survival: survival.suppressed(disclosure),
        }
    }
}
