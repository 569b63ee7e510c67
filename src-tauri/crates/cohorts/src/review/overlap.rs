//! Who is in several cohorts.

use serde::{Deserialize, Serialize};

use super::cohort::Cohort;
use crate::disclosure::Disclosure;
use crate::disclosure::network::{Count, Network};

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
    let is_shown = shown(&counts, &totals, in_any, disclosure);
    let show = |value: u64, shown: bool| shown.then_some(disclosure.rounded(value));
    let of_any = show(in_any, is_shown.in_any);
    let intersection = |mask: usize| {
        let persons = show(counts[mask], is_shown.intersections[mask]);
        Intersection {
            cohorts: (0..MOST_COHORTS as u32).filter(|at| mask >> at & 1 == 1).collect(),
            persons,
            percent_of_all: percent(persons, of_any),
        }
    };
    let persons: Vec<Option<u64>> =
        totals.iter().zip(&is_shown.totals).map(|(value, shown)| show(*value, *shown)).collect();
    // The sum of combinations that are all shown says nothing new.
    let with_first = |at: usize| {
        let is_both = |mask: &usize| mask & 1 == 1 && mask >> at & 1 == 1;
        let is_whole = (1..counts.len()).filter(is_both).all(|mask| is_shown.intersections[mask]);
        let both: u64 = (1..counts.len()).filter(is_both).map(|mask| counts[mask]).sum();
        let both = show(both, is_whole && !disclosure.is_small(both));
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

struct Shown {
    intersections: Vec<bool>,
    totals: Vec<bool>,
    in_any: bool,
}

/// A combination is part of the sums of several cohorts, so that they are no flow. The combinations are decided on beside the sum
/// of all, and a cohort's own sum is shown only where none of its combinations is hidden: then it says nothing new.
fn shown(counts: &[u64], totals: &[u64], in_any: u64, disclosure: Disclosure) -> Shown {
    let mut parts: Vec<Count> =
        counts.iter().map(|value| Count { from: 0, to: 1, value: *value, is_known: false }).collect();
    parts.push(Count { from: 1, to: 0, value: in_any, is_known: false });
    let mut intersections = Network::new(parts).shown(disclosure);
    let in_any = intersections.pop().unwrap_or(true);
    let is_whole =
        |at: usize| intersections.iter().enumerate().all(|(mask, shown)| *shown || mask >> at & 1 == 0);
    let totals = (0..totals.len()).map(|at| is_whole(at) && !disclosure.is_small(totals[at])).collect();
    Shown { intersections, totals, in_any }
}
