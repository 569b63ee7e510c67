//! Groups that add up to a total.

use super::Disclosure;
use super::tree::{Rule, Tree};

/// Which counts of a list are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownList {
    /// By count.
    pub counts: Vec<bool>,
    /// Whether the total is shown.
    pub total: bool,
}

/// Counts by node of a [`Tree`]. With the sum of `h` hidden counts known, each lies between 1 and the sum less `h - 1`.
#[derive(Clone, Debug)]
pub struct Counts {
    counts: Vec<u64>,
    disclosure: Disclosure,
}

impl Counts {
    /// `counts`: by node.
    #[must_use]
    pub const fn new(counts: Vec<u64>, disclosure: Disclosure) -> Self {
        Self { counts, disclosure }
    }
}

impl Rule for Counts {
    fn must_hide(&self, node: usize) -> bool {
        self.disclosure.is_small(self.counts[node])
    }

    fn may_hide(&self, leaf: usize) -> bool {
        self.counts[leaf] > 0
    }

    fn weight(&self, node: usize) -> u64 {
        self.counts[node]
    }

    fn is_wide(&self, hidden: &[usize]) -> bool {
        let sum: u64 = hidden.iter().map(|leaf| self.counts[*leaf]).sum();
        sum >= self.disclosure.smallest() + hidden.len() as u64
    }
}

/// Decides on counts whose sum is shown where it can be: the next larger counts are hidden until the small ones have room, then
/// the total.
#[must_use]
pub fn list(counts: &[u64], disclosure: Disclosure) -> ShownList {
    let tree = Tree::flat(counts.len());
    let mut shown = tree.shown(&Counts::new(tree.sums(|leaf| counts[leaf]), disclosure));
    let total = shown.pop().unwrap_or(true);
    ShownList { counts: shown, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(counts: &[u64]) -> (Vec<bool>, bool) {
        let found = list(counts, Disclosure::from(11));
        (found.counts, found.total)
    }

    #[test]
    fn a_single_small_group_takes_the_next_larger_with_it() {
        assert_eq!(shown(&[500, 40, 3, 0]), (vec![true, false, false, true], true));
        assert_eq!(shown(&[500, 40, 11, 0]), (vec![true; 4], true));
        // 4 + 5 + 6 less three is twelve.
        assert_eq!(shown(&[500, 4, 5, 6]), (vec![true, false, false, false], true));
        assert_eq!(shown(&[500, 4, 5]), (vec![false, false, false], true));
    }

    #[test]
    fn where_nothing_is_left_to_hide_the_total_goes_too() {
        assert_eq!(shown(&[3]), (vec![false], false));
        assert_eq!(shown(&[3, 4, 0]), (vec![false, false, true], false));
        assert_eq!(shown(&[]), (vec![], true));
    }
}
