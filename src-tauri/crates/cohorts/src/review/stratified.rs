//! People by sex, age at entry and year of entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Index;
use super::cohort::{Cohort, Stratum, sex_of, stratum_of};
use crate::disclosure::Disclosure;
use crate::disclosure::list::list;
use crate::disclosure::table::table;
use crate::index::{FEMALE, MALE};

/// People of a stratum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StratumCount {
    /// The stratum.
    pub stratum: Stratum,
    /// People. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
}

/// People by stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Stratified {
    /// All people. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
    /// Strata that anybody is in, in order.
    pub strata: Vec<StratumCount>,
}

/// Counts the people of a cohort by sex, ten years of age and calendar year, at their first entry.
#[must_use]
pub fn stratified(index: &Index, cohort: &Cohort, disclosure: Disclosure) -> Stratified {
    let mut counts: BTreeMap<Stratum, u64> = BTreeMap::new();
    for entry in cohort.entries() {
        *counts.entry(stratum_of(index, entry)).or_default() += 1;
    }
    let values: Vec<u64> = counts.values().copied().collect();
    let shown = list(&values, disclosure);
    let persons = Some(disclosure.rounded(cohort.persons())).filter(|_| shown.total);
    let strata = counts.into_iter().zip(shown.counts).map(|((stratum, count), shown)| StratumCount {
        stratum,
        persons: shown.then_some(disclosure.rounded(count)),
    });
    Stratified { persons, strata: strata.collect() }
}

/// Women and men of ten years of age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AgeBand {
    /// Youngest age, by the calendar year.
    pub age_from: i32,
    /// None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub female: Option<u64>,
    /// None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub male: Option<u64>,
}

/// Women and men by age at their first entry. People of no other known sex, or of unknown age, are in no band.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AgeSexCounts {
    /// From the youngest band with anybody in it to the oldest, those of nobody between them too.
    pub bands: Vec<AgeBand>,
}

/// Counts women and men by ten years of age.
#[must_use]
pub fn age_and_sex(index: &Index, cohort: &Cohort, disclosure: Disclosure) -> AgeSexCounts {
    let mut counts: BTreeMap<i32, [u64; 2]> = BTreeMap::new();
    for entry in cohort.entries() {
        let Some(age_from) = stratum_of(index, entry).age_from else { continue };
        match sex_of(index, entry.patient) {
            FEMALE => counts.entry(age_from).or_default()[0] += 1,
            MALE => counts.entry(age_from).or_default()[1] += 1,
            _ => {}
        }
    }
    let (Some(first), Some(last)) = (counts.keys().next().copied(), counts.keys().last().copied()) else {
        return AgeSexCounts::default();
    };
    let bands: Vec<i32> = (first..=last).step_by(10).collect();
    let rows: Vec<Vec<u64>> =
        bands.iter().map(|band| counts.get(band).copied().unwrap_or_default().to_vec()).collect();
    let shown = table(&rows, disclosure).cells;
    let bands = bands.into_iter().zip(rows).zip(shown).map(|((age_from, counts), shown)| {
        let of = |at: usize| shown[at].then_some(disclosure.rounded(counts[at]));
        AgeBand { age_from, female: of(0), male: of(1) }
    });
    AgeSexCounts { bands: bands.collect() }
}
