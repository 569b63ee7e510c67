//! People by sex, age at entry and year of entry.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Index;
use super::cohort::{Cohort, Stratum, stratum_of};
use crate::disclosure::Disclosure;
use crate::disclosure::list::list;
use crate::disclosure::table::{KnownTotals, table_beside};
use crate::index::{FEMALE, MALE};

/// People of a sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StrataSex {
    /// `gender_concept_id`; 0 where it is not known.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sex_concept_id: i64,
    /// People. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
}

/// People of ten years of age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StrataAge {
    /// Youngest age, by the calendar year; none where the birth is not known.
    pub age_from: Option<i32>,
    /// In the order of the sexes. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "Array<number | null>"))]
    pub by_sex: Vec<Option<u64>>,
    /// Of all sexes. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
}

/// People who entered in a calendar year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StrataYear {
    /// The year.
    pub year: i32,
    /// People. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
}

/// People of a cohort by sex, ten years of age and calendar year, at their first entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Strata {
    /// All people. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
    /// Women, men, then whoever else there is.
    pub sexes: Vec<StrataSex>,
    /// From the youngest to the oldest, those of nobody between them too; then those of unknown age, where there are any.
    pub ages: Vec<StrataAge>,
    /// From the first to the last, those of nobody between them too.
    pub years: Vec<StrataYear>,
}

/// Counts the people of a cohort. How many there are, and how many of each sex, is shown elsewhere as well: what else is shown
/// is decided on beside that.
#[must_use]
pub fn stratified(index: &Index, cohort: &Cohort, disclosure: Disclosure) -> Strata {
    let strata: Vec<Stratum> = cohort.entries().map(|entry| stratum_of(index, entry)).collect();
    if strata.is_empty() {
        return Strata { persons: Some(0), ..Strata::default() };
    }
    let sexes = sexes(&strata);
    let ages = ages(&strata);
    let mut rows = vec![vec![0_u64; sexes.len()]; ages.len()];
    for own in &strata {
        let row = ages.iter().position(|age| *age == own.age_from);
        let column = sexes.iter().position(|sex| Some(*sex) == own.sex_concept_id);
        if let Some(count) = row.zip(column).and_then(|(row, column)| rows.get_mut(row)?.get_mut(column)) {
            *count += 1;
        }
    }
    let of_column = |column: usize| rows.iter().filter_map(|row| row.get(column)).sum::<u64>();
    let totals: Vec<u64> = (0..sexes.len()).map(of_column).collect();
    let persons = strata.len() as u64;
    let is_total_shown = !disclosure.is_small(persons);
    let of_sexes = shown_beside_total(&totals, disclosure);
    let known = KnownTotals { columns: of_sexes.clone(), total: is_total_shown };
    let shown = table_beside(&rows, &known, disclosure);
    let show = |value: u64, is_shown: bool| is_shown.then_some(disclosure.rounded(value));
    let age = |at: usize| StrataAge {
        age_from: ages[at],
        by_sex: rows[at].iter().zip(&shown.cells[at]).map(|(value, shown)| show(*value, *shown)).collect(),
        persons: show(rows[at].iter().sum(), shown.row_totals[at]),
    };
    Strata {
        persons: show(persons, is_total_shown),
        sexes: sexes
            .iter()
            .zip(totals.iter().zip(&of_sexes))
            .map(|(sex, (value, shown))| StrataSex { sex_concept_id: *sex, persons: show(*value, *shown) })
            .collect(),
        ages: (0..ages.len()).map(age).collect(),
        years: years(&strata, disclosure),
    }
}

/// Groups of a list whose sum is known to everybody: where the list could only be shown without its sum, nothing is.
fn shown_beside_total(counts: &[u64], disclosure: Disclosure) -> Vec<bool> {
    let shown = list(counts, disclosure);
    shown.counts.into_iter().map(|own| own && shown.total).collect()
}

/// Women and men, and whoever else is among them.
fn sexes(strata: &[Stratum]) -> Vec<i64> {
    let others: BTreeSet<i64> = strata
        .iter()
        .filter_map(|own| own.sex_concept_id)
        .filter(|sex| ![FEMALE, MALE].contains(sex))
        .collect();
    [FEMALE, MALE].into_iter().chain(others).collect()
}

fn ages(strata: &[Stratum]) -> Vec<Option<i32>> {
    let known = || strata.iter().filter_map(|own| own.age_from);
    let bands = known().min().zip(known().max()).map(|(first, last)| (first..=last).step_by(10).map(Some));
    let is_any_unknown = strata.iter().any(|own| own.age_from.is_none());
    bands.into_iter().flatten().chain(is_any_unknown.then_some(None)).collect()
}

fn years(strata: &[Stratum], disclosure: Disclosure) -> Vec<StrataYear> {
    let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
    for year in strata.iter().filter_map(|own| own.year) {
        *counts.entry(year).or_default() += 1;
    }
    let (Some(first), Some(last)) = (counts.keys().next().copied(), counts.keys().last().copied()) else {
        return Vec::new();
    };
    let all: Vec<(i32, u64)> =
        (first..=last).map(|year| (year, counts.get(&year).copied().unwrap_or(0))).collect();
    let values: Vec<u64> = all.iter().map(|(_, count)| *count).collect();
    let shown = shown_beside_total(&values, disclosure);
    let year = |((year, count), shown): ((i32, u64), bool)| StrataYear {
        year,
        persons: shown.then_some(disclosure.rounded(count)),
    };
    all.into_iter().zip(shown).map(year).collect()
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

/// Women and men by age, as they are shown among the strata.
#[must_use]
pub fn age_and_sex(strata: &Strata) -> AgeSexCounts {
    let place = |sex: i64| strata.sexes.iter().position(|own| own.sex_concept_id == sex);
    let (female, male) = (place(FEMALE), place(MALE));
    let band = |own: &StrataAge| {
        let of = |place: Option<usize>| own.by_sex.get(place?).copied().flatten();
        Some(AgeBand { age_from: own.age_from?, female: of(female), male: of(male) })
    };
    AgeSexCounts { bands: strata.ages.iter().filter_map(band).collect() }
}
