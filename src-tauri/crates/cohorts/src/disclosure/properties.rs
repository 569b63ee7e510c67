//! The rule, audited by going through every table that somebody who sees the shown numbers must think possible.

use proptest::prelude::*;

use super::chain::chain;
use super::list::{Counts, list};
use super::share::{GroupWith, shares};
use super::table::table;
use super::tree::Tree;
use super::*;

/// Largest value that is tried for a count whose sums are hidden.
const MOST: u64 = 14;

/// Goes through all values of the unknown counts from `least` to `most` that fit, and widens the range of each.
struct Audit<'a> {
    /// Least and most by unknown count.
    bounds: Vec<(u64, u64)>,
    /// Whether values of the first unknown counts may still become a whole that fits.
    fits: &'a dyn Fn(&[u64]) -> bool,
    found: Vec<(u64, u64)>,
}

impl<'a> Audit<'a> {
    fn ranges(bounds: Vec<(u64, u64)>, fits: &'a dyn Fn(&[u64]) -> bool) -> Vec<(u64, u64)> {
        let found = vec![(u64::MAX, 0); bounds.len()];
        let mut audit = Audit { bounds, fits, found };
        audit.go(&mut Vec::new());
        audit.found
    }

    fn go(&mut self, values: &mut Vec<u64>) {
        if !(self.fits)(values) {
            return;
        }
        let Some((least, most)) = self.bounds.get(values.len()).copied() else {
            for (range, value) in self.found.iter_mut().zip(values) {
                *range = (range.0.min(*value), range.1.max(*value));
            }
            return;
        };
        for value in least..=most {
            values.push(value);
            self.go(values);
            values.pop();
        }
    }
}

/// Values with the unknown ones, in order, put in; `None` where one is still to come.
fn filled(values: &[u64], shown: &[bool], unknown: &[u64]) -> Vec<Option<u64>> {
    let mut unknown = unknown.iter();
    values
        .iter()
        .zip(shown)
        .map(|(value, shown)| if *shown { Some(*value) } else { unknown.next().copied() })
        .collect()
}

/// Whether a sum may be reached: exactly when all parts are there, from below while some are to come.
fn may_be(parts: &[Option<u64>], sum: u64) -> bool {
    let known: u64 = parts.iter().flatten().sum();
    let missing = parts.iter().filter(|part| part.is_none()).count() as u64;
    if missing == 0 { known == sum } else { known + missing <= sum }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_hidden_count_of_a_list_could_be_any_of_enough_numbers(
        counts in prop::collection::vec(prop_oneof![Just(0_u64), 1_u64..5, 1_u64..10], 1..6), smallest in 2_u64..5,
    ) {
        let disclosure = Disclosure::from(smallest);
        let shown = list(&counts, disclosure);
        for (count, shown) in counts.iter().zip(&shown.counts) {
            prop_assert!(!(*shown && disclosure.is_small(*count)) && (*shown || *count > 0));
        }
        let sum: u64 = counts.iter().sum();
        let hidden = shown.counts.iter().filter(|shown| !**shown).count();
        prop_assert!(hidden == 0 || shown.total || shown.counts.iter().zip(&counts).all(|(shown, count)| !shown || *count == 0));
        if shown.total && hidden > 0 {
            let fits = |unknown: &[u64]| may_be(&filled(&counts, &shown.counts, unknown), sum);
            for (least, most) in Audit::ranges(vec![(1, sum); hidden], &fits) {
                prop_assert!(most >= least + smallest, "{counts:?} {shown:?}: {least} to {most}");
            }
        }
    }

    #[test]
    fn a_hidden_code_could_be_any_of_enough_numbers_whichever_level_is_looked_at(
        counts in prop::collection::vec(prop_oneof![Just(0_u64), 1_u64..4, 1_u64..9], 5), cut in 1_usize..5, smallest in 2_u64..5,
    ) {
        let disclosure = Disclosure::from(smallest);
        // Codes 0 to 4 in blocks 5 and 6, these in 7.
        let wholes: Vec<Option<usize>> = (0..5).map(|leaf| Some(if leaf < cut { 5 } else { 6 })).collect();
        let tree = Tree::new(5, &[wholes, vec![Some(7), Some(7), None]].concat());
        let sums = tree.sums(|leaf| counts[leaf]);
        let shown = tree.shown(&Counts::new(sums.clone(), disclosure));
        for (sum, shown) in sums.iter().zip(&shown) {
            prop_assert!(!(*shown && disclosure.is_small(*sum)));
        }
        let within = |node: usize| match node {
            5 => 0..cut,
            6 => cut..5,
            _ => 0..5,
        };
        let hidden = shown[..5].iter().filter(|shown| !**shown).count();
        let fits = |unknown: &[u64]| {
            let all = filled(&counts, &shown[..5], unknown);
            (5..8).filter(|node| shown[*node]).all(|node| may_be(&all[within(node)], sums[node]))
        };
        for (least, most) in Audit::ranges(vec![(1, MOST); hidden], &fits) {
            prop_assert!(most >= least + smallest, "{counts:?} {shown:?}: {least} to {most}");
        }
    }

    #[test]
    fn a_hidden_cell_of_a_table_could_be_any_of_enough_numbers(
        (columns, cells) in (2_usize..4).prop_flat_map(|columns| {
            let cell = prop_oneof![Just(0_u64), 1_u64..4, 1_u64..8];
            (Just(columns), prop::collection::vec(cell, columns * 2))
        }),
        smallest in 2_u64..4,
    ) {
        let disclosure = Disclosure::from(smallest);
        let rows: Vec<Vec<u64>> = cells.chunks(columns).map(<[u64]>::to_vec).collect();
        let found = table(&rows, disclosure);
        let flat: Vec<bool> = found.cells.iter().flatten().copied().collect();
        for (value, shown) in cells.iter().zip(&flat) {
            prop_assert!(!(*shown && disclosure.is_small(*value)));
        }
        let total: u64 = cells.iter().sum();
        prop_assert!(!(found.total && disclosure.is_small(total)));
        // The sums that an onlooker checks: those that are shown, each with the cells that it is of.
        let mut sums: Vec<(Vec<usize>, u64)> = Vec::new();
        let places = |row: usize| (row * columns..(row + 1) * columns).collect::<Vec<_>>();
        let down = |column: usize| (0..2).map(|row| row * columns + column).collect::<Vec<_>>();
        let sum_of = |places: &[usize]| places.iter().map(|at| cells[*at]).sum::<u64>();
        let rows_shown = (0..2).filter(|row| found.row_totals[*row]).map(places);
        let columns_shown = (0..columns).filter(|column| found.column_totals[*column]).map(down);
        sums.extend(rows_shown.chain(columns_shown).map(|places| { let sum = sum_of(&places); (places, sum) }));
        if found.total {
            sums.push(((0..cells.len()).collect(), total));
        }
        // What is derived from shown totals must not give a hidden total away either.
        for shown in found.row_totals.iter().zip(&rows) {
            prop_assert!(!(*shown.0 && disclosure.is_small(shown.1.iter().sum())));
        }
        let hidden = flat.iter().filter(|shown| !**shown).count();
        let fits = |unknown: &[u64]| {
            let all = filled(&cells, &flat, unknown);
            sums.iter().all(|(places, sum)| {
                let parts: Vec<Option<u64>> = places.iter().map(|at| all[*at]).collect();
                may_be(&parts, *sum)
            })
        };
        for (least, most) in Audit::ranges(vec![(1, MOST); hidden], &fits) {
            prop_assert!(most >= least + smallest, "{rows:?} {found:?}: {least} to {most}");
        }
    }

    #[test]
    fn a_hidden_share_could_be_any_of_enough_numbers(
        groups in prop::collection::vec((0_u64..9, 0_u64..9), 1..5), smallest in 2_u64..4,
    ) {
        let disclosure = Disclosure::from(smallest);
        let totals: Vec<u64> = groups.iter().map(|(with, without)| with + without).collect();
        let of_totals = list(&totals, disclosure);
        let of = |((with, without), shown): (&(u64, u64), &bool)| {
            GroupWith { count: *with, total: with + without, total_is_shown: *shown }
        };
        let all: Vec<GroupWith> = groups.iter().zip(&of_totals.counts).map(of).collect();
        let found = shares(&all, disclosure);
        for (group, shown) in all.iter().zip(&found.groups) {
            let is_small = disclosure.is_small(group.count) || disclosure.is_small(group.total - group.count);
            prop_assert!(!(*shown && (is_small || !group.total_is_shown)));
        }
        let with: u64 = all.iter().map(|group| group.count).sum();
        let everybody: u64 = totals.iter().sum();
        prop_assert!(!(found.total && (disclosure.is_small(with) || disclosure.is_small(everybody - with))));
        if !found.total || !of_totals.total || with == 0 {
            return Ok(());
        }
        // An onlooker knows of a hidden group with a shown size that some have it and some have not. Of one with a hidden size he
        // knows the sum of such sizes. Unknown: with and without, by hidden group.
        let hidden: Vec<GroupWith> =
            all.iter().zip(&found.groups).filter(|(_, shown)| !**shown).map(|(group, _)| *group).collect();
        let sum: u64 = hidden.iter().map(|group| group.count).sum();
        if sum == 0 {
            return Ok(());
        }
        let unsized_total: u64 = hidden.iter().filter(|group| !group.total_is_shown).map(|group| group.total).sum();
        let mut bounds = Vec::new();
        for group in &hidden {
            let (least, most) = if group.total_is_shown { (1, group.total - 1) } else { (0, unsized_total) };
            bounds.push((least, most));
        }
        let unsized_groups = hidden.iter().filter(|group| !group.total_is_shown).count() as u64;
        let fits = |unknown: &[u64]| {
            let so_far: u64 = unknown.iter().sum();
            let in_unsized = |(with, group): &(&u64, &GroupWith)| (!group.total_is_shown).then_some(**with);
            let parts: Vec<u64> = unknown.iter().zip(&hidden).filter_map(|pair| in_unsized(&pair)).collect();
            // Each hidden group has a size of one at least, and at least as many as have the quality.
            let sizes: u64 = parts.iter().map(|with| (*with).max(1)).sum();
            let to_come = unsized_groups - parts.len() as u64;
            so_far <= sum && (unknown.len() < hidden.len() || so_far == sum) && sizes + to_come <= unsized_total
        };
        for ((least, most), group) in Audit::ranges(bounds, &fits).into_iter().zip(&hidden) {
            let wanted = if group.total_is_shown { smallest.min(group.total - 2) } else { smallest };
            prop_assert!(most >= least + wanted, "{all:?} {found:?}: {least} to {most}");
        }
    }

    #[test]
    fn who_was_lost_along_a_chain_could_be_any_of_enough_numbers(
        first in 8_u64..20, falls in prop::collection::vec(0_u64..7, 1..5), smallest in 2_u64..4,
    ) {
        let disclosure = Disclosure::from(smallest);
        let mut counts = Vec::new();
        let mut left = first;
        for fall in falls {
            left = left.saturating_sub(fall);
            counts.push(left);
        }
        let shown = chain(first, &counts, disclosure);
        for (count, shown) in counts.iter().zip(&shown) {
            prop_assert!(!(*shown && disclosure.is_small(*count)));
        }
        // Unknown: the hidden counts; those who were lost follow from two of them.
        let hidden = shown.iter().filter(|shown| !**shown).count();
        let falls = |unknown: &[u64]| -> Option<Vec<u64>> {
            let all = filled(&counts, &shown, unknown);
            let mut before = Some(first);
            let mut lost = Vec::new();
            for count in all {
                if let (Some(more), Some(less)) = (before, count) {
                    lost.push(more.checked_sub(less)?);
                }
                before = count;
            }
            Some(lost)
        };
        let found = std::cell::RefCell::new(vec![(u64::MAX, 0_u64); counts.len()]);
        let fits = |unknown: &[u64]| {
            let Some(lost) = falls(unknown) else { return false };
            if unknown.len() == hidden {
                for (range, lost) in found.borrow_mut().iter_mut().zip(lost) {
                    *range = (range.0.min(lost), range.1.max(lost));
                }
            }
            true
        };
        let ranges = Audit::ranges(vec![(1, first); hidden], &fits);
        let hides = |(least, most): (u64, u64)| most >= least + smallest;
        prop_assert!(ranges.into_iter().all(hides), "{first} {counts:?} {shown:?}");
        let before = std::iter::once(&first).chain(&counts);
        for ((more, less), range) in before.zip(&counts).zip(found.into_inner()) {
            prop_assert!(!disclosure.is_small(more - less) || hides(range), "{first} {counts:?} {shown:?} {range:?}");
        }
    }
}
