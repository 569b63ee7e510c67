//! Who is in several cohorts.

use serde::{Deserialize, Serialize};

use super::cohort::Cohort;
use crate::disclosure::Disclosure;

/// Cohorts that can be laid over each other.
pub const MOST_COHORTS: usize = 5;

/// There are none or one, or more than [`MOST_COHORTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two to five cohorts are laid over each other, not {0}")]
pub struct TooManyCohorts(pub usize);

/// People who are in exactly these cohorts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Intersection {
    /// Places of the cohorts that they are in, from 0; of all others they are in none.
    pub cohorts: Vec<u32>,
    /// People. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
    /// Percentage of the people in any of the cohorts; none where either is hidden.
    pub percent_of_all: Option<f64>,
}

/// People of the first cohort who are in another one too, whatever else they are in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct WithFirst {
    /// People. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
    /// Percentage of the first cohort; none where either is hidden, and of nobody.
    pub percent_of_first: Option<f64>,
}

/// Two to five cohorts over each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Overlap {
    /// People by cohort. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "Array<number | null>"))]
    pub persons: Vec<Option<u64>>,
    /// People in any of them. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub in_any: Option<u64>,
    /// Every combination, also those of nobody: by the number whose bits are the cohorts.
    pub intersections: Vec<Intersection>,
    /// The first cohort beside each of the others, in order.
    pub with_first: Vec<WithFirst>,
}

/// Lays cohorts over each other, by person.
///
/// # Errors
/// [`TooManyCohorts`].
pub fn overlap(cohorts: &[&Cohort], disclosure: Disclosure) -> Result<Overlap, TooManyCohorts> {
    if !(2..=MOST_COHORTS).contains(&cohorts.len()) {
        return Err(TooManyCohorts(cohorts.len()));
    }
    let mut of_persons: Vec<(u32, usize)> = Vec::new();
    for (at, cohort) in cohorts.iter().enumerate() {
        of_persons.extend(cohort.entries().map(|span| (span.patient, 1 << at)));
    }
    of_persons.sort_unstable();
    let mut counts = vec![0_u64; 1 << cohorts.len()];
    for own in of_persons.chunk_by(|a, b| a.0 == b.0) {
        counts[own.iter().fold(0, |mask, (_, bit)| mask | bit)] += 1;
    }
    let total = |at: usize| -> u64 {
        counts.iter().enumerate().filter(|(mask, _)| mask >> at & 1 == 1).map(|(_, count)| count).sum()
    };
    let totals: Vec<u64> = (0..cohorts.len()).map(total).collect();
    let in_any: u64 = counts.iter().sum();
    // How many are in each cohort is known, and a combination beside it tells another: one that is small hides them all.
    let all_shown = !counts.iter().any(|count| disclosure.is_small(*count));
    let show = |value: u64, shown: bool| shown.then_some(disclosure.rounded(value));
    let of_any = show(in_any, all_shown);
    let intersection = |mask: usize| {
        let persons = show(counts[mask], all_shown);
        Intersection {
            cohorts: (0..MOST_COHORTS as u32).filter(|at| mask >> at & 1 == 1).collect(),
            persons,
            percent_of_all: percent(persons, of_any),
        }
    };
    let persons: Vec<Option<u64>> =
        totals.iter().map(|value| show(*value, !disclosure.is_small(*value))).collect();
    let with_first = |at: usize| {
        let is_both = |mask: &usize| mask & 1 == 1 && mask >> at & 1 == 1;
        let both: u64 = (1..counts.len()).filter(is_both).map(|mask| counts[mask]).sum();
        let both = show(both, all_shown);
        WithFirst { persons: both, percent_of_first: percent(both, persons.first().copied().flatten()) }
    };
    let with_first = (1..cohorts.len()).map(with_first).collect();
    Ok(Overlap {
        in_any: of_any,
        intersections: (1..counts.len()).map(intersection).collect(),
        with_first,
        persons,
    })
}

fn percent(part: Option<u64>, whole: Option<u64>) -> Option<f64> {
    let whole = whole.filter(|whole| *whole > 0)?;
    Some(100.0 * part? as f64 / whole as f64)
}
