//! Which numbers of a breakdown may be shown, whichever grouping is looked at.
//!
//! Codes, blocks and chapters are three looks at the same people, and a block less its codes is a code. So it is decided on all
//! levels at once: groups beside their sum and beside those who are not counted, each risk factor beside the rest, sexes.

use std::collections::BTreeMap;

use super::count::{CountedCodes, Counting};
use super::grouping::{GroupIndex, Grouping, Groups};
use crate::columns::{CodeIndex, Columns};
use crate::disclosure::Disclosure;
use crate::disclosure::list::Counts;
use crate::disclosure::share::{GroupWith, Shares};
use crate::disclosure::tree::Tree;
use crate::risk_factor::{self, Factors};

/// What may be shown of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShownGroup {
    pub count: bool,
    pub sexes: bool,
    /// A bit for each factor.
    pub factors: Factors,
}

const WHOLE: ShownGroup = ShownGroup { count: true, sexes: true, factors: Factors::MAX };
const NOTHING: ShownGroup = ShownGroup { count: false, sexes: false, factors: 0 };

/// What may be shown of a breakdown.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// How many are counted.
    pub patients: bool,
    /// For each factor, everybody with it, and so the rest beside a group.
    pub rest: Factors,
    /// None: all of every group.
    groups: Option<BTreeMap<Option<GroupIndex>, ShownGroup>>,
}

impl Shown {
    /// Everything, to those who may see patients.
    pub const fn everything() -> Self {
        Self { patients: true, rest: Factors::MAX, groups: None }
    }

    pub fn group(&self, group: Option<GroupIndex>) -> ShownGroup {
        match &self.groups {
            None => WHOLE,
            Some(groups) => groups.get(&group).copied().unwrap_or(NOTHING),
        }
    }

    /// Decides for all groupings and answers for one.
    pub fn decide(
        columns: &Columns,
        counted: &CountedCodes,
        groups: &Groups,
        disclosure: Disclosure,
    ) -> Self {
        if disclosure.smallest() <= 1 {
            return Self::everything();
        }
        let levels = Levels::new(columns, counted);
        let counts = levels.sums(|of| of.count);
        let shown = levels.tree.shown(&Counts::new(counts.clone(), disclosure));
        // Of a register that is itself small, not even that nobody is counted.
        let register = levels.patients + 1;
        let patients = shown[levels.patients] && shown[register];
        let of_nodes = |with: Vec<u64>| levels.with(&with, &counts, &shown, patients);
        let mut of_factors: Vec<Factors> = vec![0; levels.tree.len()];
        for factor in 0..risk_factor::all().len() {
            let with = levels.sums(|of| of.factors.get(factor).copied().unwrap_or(0));
            let found = levels.tree.shown(&Shares::new(of_nodes(with), disclosure));
            for (mask, shown) in of_factors.iter_mut().zip(found) {
                *mask |= Factors::from(shown) << factor;
            }
        }
        let sexes = levels.sexes_shown(of_nodes, disclosure);
        let of_node = |node: usize| ShownGroup {
            count: shown[node],
            sexes: shown[node] && sexes[node],
            factors: if shown[node] { of_factors[node] } else { 0 },
        };
        let nodes = levels.nodes_of(groups);
        Self {
            patients,
            rest: if patients { of_factors[levels.patients] } else { 0 },
            groups: Some(nodes.into_iter().map(|(group, node)| (group, of_node(node))).collect()),
        }
    }
}

/// Codes in blocks in chapters, all of them in the patients counted, and those beside the others in the register.
struct Levels<'a> {
    tree: Tree,
    counted: Vec<(Option<CodeIndex>, &'a Counting)>,
    /// Patients who are not counted; their leaf is the last.
    others: u64,
    /// Nodes of block and chapter by code.
    above: Vec<(usize, usize)>,
    /// Node of all who are counted.
    patients: usize,
}

impl<'a> Levels<'a> {
    fn new(columns: &Columns, counted: &'a CountedCodes) -> Self {
        let counted: Vec<(Option<CodeIndex>, &Counting)> =
            counted.iter().map(|(code, of)| (*code, of)).collect();
        let leaves = counted.len() + 1;
        let in_groups = |grouping| {
            let groups = Groups::new(columns, grouping);
            let of = |(code, _): &(Option<CodeIndex>, &Counting)| code.map(|code| groups.of(code));
            counted.iter().map(of).collect::<Vec<_>>()
        };
        // Numbers groups as they come, from `first` on.
        let number = |of: Vec<Option<GroupIndex>>, first: usize| {
            let mut known: BTreeMap<Option<GroupIndex>, usize> = BTreeMap::new();
            let nodes: Vec<usize> = of
                .into_iter()
                .map(|group| {
                    let next = first + known.len();
                    *known.entry(group).or_insert(next)
                })
                .collect();
            (nodes, first + known.len())
        };
        let (blocks, chapters_from) = number(in_groups(Grouping::Block), leaves);
        let (chapters, patients) = number(in_groups(Grouping::Chapter), chapters_from);
        let root = patients + 1;
        let mut wholes = vec![None; root + 1];
        for (leaf, (block, chapter)) in blocks.iter().zip(&chapters).enumerate() {
            wholes[leaf] = Some(*block);
            wholes[*block] = Some(*chapter);
            wholes[*chapter] = Some(patients);
        }
        wholes[leaves - 1] = Some(root);
        wholes[patients] = Some(root);
        let counts: u64 = counted.iter().map(|(_, of)| of.count).sum();
        let others = columns.patients.len() as u64 - counts;
        Self {
            tree: Tree::new(leaves, &wholes),
            counted,
            others,
            above: blocks.into_iter().zip(chapters).collect(),
            patients,
        }
    }

    /// By node. Of those who are not counted only their number is known.
    fn sums(&self, of: impl Fn(&Counting) -> u64) -> Vec<u64> {
        let everybody = Counting { count: self.others, ..Counting::default() };
        self.tree.sums(|leaf| of(self.counted.get(leaf).map_or(&everybody, |(_, counting)| counting)))
    }

    /// Nodes with a quality. Those who are not counted have no part in it: the root is everybody who is counted, and where those
    /// are hidden, nothing is shown beside the rest.
    fn with(&self, with: &[u64], counts: &[u64], shown: &[bool], patients: bool) -> Vec<GroupWith> {
        let of = |node: usize| match node {
            node if node == self.counted.len() => GroupWith { total_is_shown: true, ..GroupWith::default() },
            node if node >= self.patients => GroupWith {
                count: with[self.patients],
                total: counts[self.patients],
                total_is_shown: patients,
            },
            node => GroupWith { count: with[node], total: counts[node], total_is_shown: shown[node] },
        };
        (0..self.tree.len()).map(of).collect()
    }

    /// Sexes are shown of a group together or not at all, so that none follows from the others.
    fn sexes_shown(
        &self,
        of_nodes: impl Fn(Vec<u64>) -> Vec<GroupWith>,
        disclosure: Disclosure,
    ) -> Vec<bool> {
        let mut hidden = vec![false; self.tree.len()];
        loop {
            let before = hidden.clone();
            for sex in 0..4 {
                let nodes = of_nodes(self.sums(|of| of.sexes[sex]));
                let shown = self.tree.shown(&Shares::new(nodes, disclosure).and_hide(before.clone()));
                for (hidden, shown) in hidden.iter_mut().zip(shown) {
                    *hidden |= !shown;
                }
            }
            if hidden == before {
                return hidden.into_iter().map(|hidden| !hidden).collect();
            }
        }
    }

    fn nodes_of(&self, groups: &Groups) -> BTreeMap<Option<GroupIndex>, usize> {
        let mut nodes = BTreeMap::new();
        for (leaf, ((code, _), (block, chapter))) in self.counted.iter().zip(&self.above).enumerate() {
            let node = match groups.grouping {
                Grouping::Code => leaf,
                Grouping::Block => *block,
                Grouping::Chapter => *chapter,
            };
            nodes.insert(code.map(|code| groups.of(code)), node);
        }
        nodes
    }
}
