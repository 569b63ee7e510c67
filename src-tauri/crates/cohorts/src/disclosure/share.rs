//! One quality in each of several groups, beside the groups' own counts and the total with the quality.
//!
//! A group with the quality and the same group without it are two counts of one row. Hiding one hides the other, and small is
//! either: three of a hundred who do *not* have something are as few as three who do.

use super::Disclosure;
use super::tree::{Rule, Tree};

/// One group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupWith {
    /// How many have the quality.
    pub count: u64,
    /// How many there are.
    pub total: u64,
    /// Whether that is shown.
    pub total_is_shown: bool,
}

impl GroupWith {
    const fn without(self) -> u64 {
        self.total - self.count
    }
}

/// Which counts with the quality are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownShares {
    /// By group; also whether those without it may be shown.
    pub groups: Vec<bool>,
    /// Whether the total with the quality is shown, and so the rest beside any group.
    pub total: bool,
}

/// Groups with a quality, by node of a [`Tree`]. A node whose own total is hidden is hidden here too.
#[derive(Clone, Debug)]
pub struct Shares {
    nodes: Vec<GroupWith>,
    /// Hidden for another reason, whether or not the quality is mixed; empty where there is none.
    also_hidden: Vec<bool>,
    disclosure: Disclosure,
}

impl Shares {
    /// `nodes`: by node.
    #[must_use]
    pub const fn new(nodes: Vec<GroupWith>, disclosure: Disclosure) -> Self {
        Self { nodes, also_hidden: Vec::new(), disclosure }
    }

    /// Hides these nodes as well, by node.
    #[must_use]
    pub fn and_hide(self, also_hidden: Vec<bool>) -> Self {
        Self { also_hidden, ..self }
    }

    fn is_also_hidden(&self, node: usize) -> bool {
        self.also_hidden.get(node).copied().unwrap_or(false)
    }

    /// Between what an onlooker knows a hidden leaf of known size to lie: some have the quality and some have not, if it is hidden
    /// for that.
    fn bounds(&self, leaf: usize) -> (u64, u64) {
        let total = self.nodes[leaf].total;
        if self.is_also_hidden(leaf) { (0, total) } else { (1, total.saturating_sub(1).max(1)) }
    }
}

impl Rule for Shares {
    fn must_hide(&self, node: usize) -> bool {
        let own = self.nodes[node];
        let is_small = self.disclosure.is_small(own.count) || self.disclosure.is_small(own.without());
        !own.total_is_shown || is_small || self.is_also_hidden(node)
    }

    /// Only where some have the quality and some have not does hiding tell nothing.
    fn may_hide(&self, leaf: usize) -> bool {
        self.nodes[leaf].count > 0 && self.nodes[leaf].without() > 0
    }

    fn weight(&self, node: usize) -> u64 {
        self.nodes[node].count.min(self.nodes[node].without())
    }

    fn is_wide(&self, hidden: &[usize]) -> bool {
        let known = self.known(hidden);
        // Nobody has it, and there is nothing to hide.
        known.sum == 0 || hidden.iter().all(|leaf| self.leaves_room(known, *leaf))
    }
}

/// What an onlooker knows of hidden groups together.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// With the quality, of all hidden groups.
    sum: u64,
    /// Least and most that groups of known size can have together.
    least: u64,
    most: u64,
    /// Groups of unknown size, and how many they are together.
    unsized_groups: u64,
    unsized_total: u64,
}

impl Shares {
    fn known(&self, hidden: &[usize]) -> Known {
        let mut known = Known::default();
        for leaf in hidden {
            let own = self.nodes[*leaf];
            known.sum += own.count;
            if own.total_is_shown {
                let (least, most) = self.bounds(*leaf);
                known.least += least;
                known.most += most;
            } else {
                known.unsized_groups += 1;
                known.unsized_total += own.total;
            }
        }
        known
    }

    /// Whether a hidden leaf could have any of enough numbers.
    fn leaves_room(&self, known: Known, leaf: usize) -> bool {
        let smallest = self.disclosure.smallest();
        let (least, most, wanted) = if self.nodes[leaf].total_is_shown {
            let (own_least, own_most) = self.bounds(leaf);
            let others_most = known.most - own_most + known.unsized_total;
            let others_least = known.least - own_least;
            let least = known.sum.saturating_sub(others_most).max(own_least);
            let most = known.sum.saturating_sub(others_least).min(own_most);
            (least, most, smallest.min(own_most - own_least))
        } else {
            let others_most = known.most + known.unsized_total.saturating_sub(1);
            let largest = known.unsized_total.saturating_sub(known.unsized_groups - 1);
            let most = known.sum.saturating_sub(known.least).min(largest);
            (known.sum.saturating_sub(others_most), most, smallest)
        };
        most >= least && most - least >= wanted
    }
}

/// Decides on the counts with one quality.
#[must_use]
pub fn shares(groups: &[GroupWith], disclosure: Disclosure) -> ShownShares {
    let tree = Tree::flat(groups.len());
    let all = GroupWith {
        count: groups.iter().map(|group| group.count).sum(),
        total: groups.iter().map(|group| group.total).sum(),
        total_is_shown: true,
    };
    let mut shown = tree.shown(&Shares::new([groups, &[all]].concat(), disclosure));
    let total = shown.pop().unwrap_or(true);
    ShownShares { groups: shown, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(groups: &[(u64, u64)]) -> (Vec<bool>, bool) {
        let of = |(count, total): &(u64, u64)| GroupWith {
            count: *count,
            total: *total,
            total_is_shown: *total >= 11,
        };
        let groups: Vec<GroupWith> = groups.iter().map(of).collect();
        let found = shares(&groups, Disclosure::from(11));
        (found.groups, found.total)
    }

    #[test]
    fn few_with_and_few_without_are_both_small() {
        assert_eq!(shown(&[(50, 100), (60, 90)]), (vec![true, true], true));
        assert_eq!(shown(&[(3, 100), (60, 90), (40, 400)]), (vec![false, false, true], true));
        assert_eq!(shown(&[(97, 100), (60, 90), (80, 400)]), (vec![false, false, true], true));
        // Everybody, or nobody, is no small number.
        assert_eq!(shown(&[(100, 100), (0, 90), (40, 400)]), (vec![true; 3], true));
    }

    #[test]
    fn without_another_group_to_hide_the_total_goes() {
        assert_eq!(shown(&[(3, 100)]), (vec![false], false));
        assert_eq!(shown(&[(3, 100), (0, 50), (40, 40)]), (vec![false, true, true], false));
        // The hidden group of seven: nobody in it, nothing to hide; three in it, and another must hide with it.
        assert_eq!(shown(&[(40, 100), (0, 7)]), (vec![true, false], true));
        assert_eq!(shown(&[(40, 100), (3, 7), (5, 9)]), (vec![false, false, false], true));
    }
}
