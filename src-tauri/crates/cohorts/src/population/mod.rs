//! Questions about the whole population of an index, answered in one pass over its columns.
//!
//! | question | function |
//! |---|---|
//! | who bears which primary diagnosis, how old | [`by_primary_diagnosis`] |
//! | who had a first event, adult and observed before it | [`FirstEvents`], [`incident`] |
//! | who of them had another event within days of it, or had not | [`with_event_between`] |
//! | whose value was beyond a bound twice, so many days apart | [`repeated_value`] |
//! | what was on record before, in cases and in others | [`prior_conditions`] |
//! | how many fell ill in how many days at risk, by sex, age and year | [`person_time`] |

mod first_events;
mod person_time;
mod scans;

pub use first_events::{FirstEvents, IncidentRule, incident, with_event_between};
pub use person_time::{PersonTime, person_time};
pub use scans::{
    Contrast, DiagnosisGroup, RepeatedValue, by_primary_diagnosis, prior_conditions, repeated_value,
};

use std::ops::Range;

use crate::index::{Domain, Index};

/// Patients handled together: four bytes for each fit into the second-level cache with room to spare.
pub(crate) const PATIENTS: usize = 32_768;
/// Patients of a range when all concepts are walked: their four bytes still fit, and there are fewer turns.
const WALKED: usize = 131_072;

/// Ranges of patients.
pub(crate) fn ranges(index: &Index, size: usize) -> Vec<Range<usize>> {
    let patients = index.patients();
    (0..patients).step_by(size).map(|from| from..(from + size).min(patients)).collect()
}

/// Part of sorted `patients` that lies within the range.
pub(crate) fn within(patients: &[u32], range: &Range<usize>) -> Range<usize> {
    let from = patients.partition_point(|patient| (*patient as usize) < range.start);
    let to = from + patients[from..].partition_point(|patient| (*patient as usize) < range.end);
    from..to
}

/// Walks the concepts of a domain so that what is looked up by patient stays in the cache: patients in ranges, and within a
/// range concept after concept. Concepts are shared out in pieces of about equal size; `visit` gets a concept's place in its
/// piece, with the rows of one range of patients.
pub(crate) fn walk<T: Send>(
    index: &Index,
    domain: &Domain,
    make: impl Fn(i64) -> T + Sync,
    visit: impl Fn(&mut T, Range<usize>) + Sync,
) -> Vec<T> {
    use rayon::prelude::*;

    let pieces = pieces(domain, rayon::current_num_threads() * 4);
    let ranges = ranges(index, WALKED);
    let walk_piece = |piece: Range<usize>| {
        let mut made: Vec<T> = domain.concepts[piece.clone()].iter().map(|concept| make(*concept)).collect();
        let mut cursors: Vec<u32> = domain.offsets[piece.clone()].to_vec();
        for range in &ranges {
            for (at, (made, cursor)) in made.iter_mut().zip(&mut cursors).enumerate() {
                let end = domain.offsets[piece.start + at + 1] as usize;
                let from = *cursor as usize;
                let own = &domain.patients[from..end];
                let count = match own.last() {
                    Some(last) if (*last as usize) < range.end => own.len(),
                    _ => before(own, range.end),
                };
                if count > 0 {
                    visit(made, from..from + count);
                    *cursor = (from + count) as u32;
                }
            }
        }
        made
    };
    pieces.into_par_iter().flat_map_iter(walk_piece).collect()
}

/// How many of sorted `patients` come before `end`: by doubling steps, for the answer is small.
fn before(patients: &[u32], end: usize) -> usize {
    let mut step = 1;
    while step < patients.len() && (patients[step] as usize) < end {
        step *= 2;
    }
    let from = step / 2;
    let to = (step + 1).min(patients.len());
    from + patients[from..to].partition_point(|patient| (*patient as usize) < end)
}

/// Concepts of a domain in at most about `count` pieces of equal size.
fn pieces(domain: &Domain, count: usize) -> Vec<Range<usize>> {
    let step = (domain.len() / count.max(1)).max(1);
    let mut pieces = Vec::new();
    let mut from = 0;
    for concept in 0..domain.concepts.len() {
        let size = domain.offsets[concept + 1] as usize - domain.offsets[from] as usize;
        if size >= step || concept + 1 == domain.concepts.len() {
            pieces.push(from..concept + 1);
            from = concept + 1;
        }
    }
    pieces
}
