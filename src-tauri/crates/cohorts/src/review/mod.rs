//! A cohort looked at: who is in it, beside whom, how often and when something happens to them.
//!
//! | question | function |
//! |---|---|
//! | what the people are like, beside others | [`table_one()`] |
//! | how many by sex, age and year of entry | [`stratified()`] |
//! | how old women and men are | [`age_and_sex()`] |
//! | how often an outcome comes, in how much time | [`incidence()`] |
//! | how many are in the cohort on a day or in a period, year by year | [`prevalence()`], [`prevalence_by_year()`] |
//! | how long until an outcome comes | [`survival()`]; with how often, [`FollowUp`] |
//! | who is in several cohorts | [`overlap()`] |
//! | which events people entered with | [`index_events()`] |
//!
//! Everything works on the rows of a [`crate::engine::CohortResult`] and the [`Index`] that it was run on. Results hold counts;
//! each has a way to hide the small ones ([`crate::disclosure`]).

mod at_risk;
mod cohort;
mod follow_up;
mod incidence;
mod index_events;
mod overlap;
mod prevalence;
mod stratified;
mod survival;
mod table_one;

pub use at_risk::{AtRisk, FollowedUp, RiskEnd, TimeAtRisk};
pub use cohort::{Cohort, Span, Stratum};
pub use follow_up::FollowUp;
pub use incidence::{Incidence, IncidenceStratum, StratifyBy, incidence};
pub use index_events::{IndexEventCount, IndexEvents, index_events};
pub use overlap::{Intersection, MOST_COHORTS, Overlap, TooManyCohorts, WithFirst, overlap};
pub use prevalence::{Prevalence, prevalence, prevalence_by_year};
pub use stratified::{
    AgeBand, AgeSexCounts, Strata, StrataAge, StrataSex, StrataYear, age_and_sex, stratified,
};
pub use survival::{CurveOf, SurvivalCurve, SurvivalResult, WATCHED_ON, survival, survival_by_sex};
pub use table_one::{
    AgeAtEntry, Categories, Characteristic, EventsBefore, Part, TableOne, TableOneOptions, table_one,
};

use crate::disclosure::Disclosure;
use crate::disclosure::chain::chain;
use crate::engine::CohortResult;
use crate::index::Index;

/// What may be shown of the people of a cohort: nothing where how many they are is hidden among the steps that lead to it, since
/// what is told of them adds up to it. `population`: people in the data, which everybody knows.
#[must_use]
pub fn shown_of_people(result: &CohortResult, population: u64, disclosure: Disclosure) -> Disclosure {
    let shown = chain(population, &result.remaining(), disclosure);
    if shown.last() == Some(&false) { Disclosure::NOTHING } else { disclosure }
}
