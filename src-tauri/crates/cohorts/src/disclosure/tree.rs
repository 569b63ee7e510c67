//! Groups within groups: codes in blocks in chapters, each with its own count, whichever level is looked at.
//!
//! Whoever sees a block and its codes, today or yesterday, sees the difference. So one decision is made for all levels at once:
//! below each shown node lie hidden leaves whose sum follows from what is shown, and that must leave each of them room.

/// A forest of sums with one root: leaves first, each node before the one that it is part of, the root last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    leaves: usize,
    /// Parts of each node; none of a leaf.
    parts: Vec<Vec<usize>>,
}

impl Tree {
    /// `leaves`: how many nodes are leaves, the first ones. `wholes`: by node, the node that it is part of, which must come after
    /// it; none of the root alone, which is the last.
    #[must_use]
    pub fn new(leaves: usize, wholes: &[Option<usize>]) -> Self {
        let mut parts = vec![Vec::new(); wholes.len()];
        for (node, whole) in wholes.iter().enumerate() {
            if let Some(whole) = whole
                && *whole > node
                && let Some(parts) = parts.get_mut(*whole)
            {
                parts.push(node);
            }
        }
        Self { leaves, parts }
    }

    /// A single whole of these leaves.
    #[must_use]
    pub fn flat(leaves: usize) -> Self {
        Self::new(leaves, &[vec![Some(leaves); leaves], vec![None]].concat())
    }

    /// How many nodes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Sums of what the leaves hold, by node.
    #[must_use]
    pub fn sums(&self, leaves: impl Fn(usize) -> u64) -> Vec<u64> {
        let mut sums: Vec<u64> = Vec::with_capacity(self.len());
        for (node, parts) in self.parts.iter().enumerate() {
            sums.push(if node < self.leaves {
                leaves(node)
            } else {
                parts.iter().map(|part| sums[*part]).sum()
            });
        }
        sums
    }

    /// Which nodes are shown.
    #[must_use]
    pub fn shown(&self, rule: &impl Rule) -> Vec<bool> {
        let mut deciding =
            Deciding { tree: self, rule, shown: vec![true; self.len()], pools: vec![Vec::new(); self.len()] };
        for node in 0..self.len() {
            if node < self.leaves {
                if rule.must_hide(node) {
                    deciding.hide(node);
                }
            } else {
                deciding.decide(node);
            }
        }
        deciding.shown
    }
}

/// What is small, and what is wide enough.
pub trait Rule {
    /// Whether a node must not be shown whatever stands beside it.
    fn must_hide(&self, node: usize) -> bool;
    /// Whether hiding a leaf hides anything: nought is nought.
    fn may_hide(&self, leaf: usize) -> bool;
    /// What is lost when a node is hidden.
    fn weight(&self, node: usize) -> u64;
    /// Whether each of these leaves could be any of enough numbers while their sum is known.
    fn is_wide(&self, hidden: &[usize]) -> bool;
}

struct Deciding<'a, R> {
    tree: &'a Tree,
    rule: &'a R,
    shown: Vec<bool>,
    /// By node the hidden leaves below it that no shown node in between is the whole of.
    pools: Vec<Vec<usize>>,
}

impl<R: Rule> Deciding<'_, R> {
    fn decide(&mut self, node: usize) {
        let parts = &self.tree.parts[node];
        let mut pool: Vec<usize> = parts
            .iter()
            .filter(|part| !self.shown[**part])
            .flat_map(|part| self.pools[*part].clone())
            .collect();
        if self.rule.must_hide(node) {
            self.shown[node] = false;
        } else if !pool.is_empty() && !self.rule.is_wide(&pool) {
            let mut next: Vec<usize> = parts.iter().copied().filter(|part| self.shown[*part]).collect();
            next.sort_by_key(|part| std::cmp::Reverse((self.rule.weight(*part), *part)));
            while !self.rule.is_wide(&pool) {
                let Some(part) = next.pop() else {
                    self.shown[node] = false;
                    break;
                };
                if self.can_hide(part) {
                    self.hide(part);
                    pool.extend(&self.pools[part]);
                }
            }
        }
        self.pools[node] = pool;
    }

    fn can_hide(&self, node: usize) -> bool {
        if node < self.tree.leaves {
            return self.rule.may_hide(node);
        }
        !self.pools[node].is_empty() || self.tree.parts[node].iter().any(|part| self.can_hide(*part))
    }

    /// Hides a node; of one below which nothing is hidden its smallest part too, or it would follow from its parts.
    fn hide(&mut self, node: usize) {
        self.shown[node] = false;
        if node < self.tree.leaves {
            self.pools[node] = vec![node];
        } else if self.pools[node].is_empty() {
            let parts = self.tree.parts[node].iter().copied().filter(|part| self.can_hide(*part));
            if let Some(smallest) = parts.min_by_key(|part| (self.rule.weight(*part), *part)) {
                self.hide(smallest);
                self.pools[node] = self.pools[smallest].clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Disclosure;
    use super::super::list::Counts;
    use super::*;

    /// Codes 0 to 2 in block 5, codes 3 and 4 in block 6, all in 7.
    fn shown(counts: [u64; 5]) -> Vec<bool> {
        let tree = Tree::new(5, &[Some(5), Some(5), Some(5), Some(6), Some(6), Some(7), Some(7), None]);
        let counts = Counts::new(tree.sums(|leaf| counts[leaf]), Disclosure::from(11));
        tree.shown(&counts)
    }

    #[test]
    fn what_is_hidden_hides_within_its_own_block_first() {
        // The smallest code of all is in the other block; there it would not help.
        assert_eq!(shown([3, 200, 300, 12, 40]), [false, false, true, true, true, true, true, true]);
    }

    #[test]
    fn a_small_block_takes_another_block_and_one_of_its_codes_with_it() {
        assert_eq!(shown([100, 200, 300, 2, 4]), [false, true, true, false, false, false, false, true]);
        assert_eq!(shown([100, 200, 300, 0, 0]), [true; 8]);
        assert_eq!(shown([1, 2, 3, 1, 1]), [false; 8]);
    }
}
