//! How many events, or persons, meet each rule.

use std::collections::BTreeMap;

use smallvec::SmallVec;

/// Which rules hold for an event: rule 0 is bit 0 of the first word.
pub type RuleMask = SmallVec<[u64; 1]>;

/// What one rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// How many meet the rule.
    pub met: u64,
    /// How many meet every rule but this: what would be gained without it.
    pub all_but_this: u64,
    /// How many meet this rule and all before it.
    pub remaining: u64,
}

/// The rules' counts over events, or over the best event of each person.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Attrition {
    /// How many there are before any rule.
    pub total: u64,
    /// How many meet every rule.
    pub included: u64,
    /// By rule, in order.
    pub rules: Vec<RuleCount>,
    /// How many meet exactly these rules (circe's `cohort_inclusion_result`).
    pub by_mask: BTreeMap<RuleMask, u64>,
}

pub(super) fn words(rules: usize) -> usize {
    rules.div_ceil(64).max(1)
}

pub(super) fn has(mask: &[u64], rule: usize) -> bool {
    mask[rule / 64] >> (rule % 64) & 1 == 1
}

impl Attrition {
    /// The counts that follow from how many meet which rules.
    pub(super) fn new(by_mask: BTreeMap<RuleMask, u64>, rules: usize) -> Self {
        let mut attrition = Self {
            rules: vec![RuleCount { met: 0, all_but_this: 0, remaining: 0 }; rules],
            ..Self::default()
        };
        for (mask, count) in &by_mask {
            attrition.total += count;
            let mut missed = (0..rules).filter(|rule| !has(mask, *rule));
            let first = missed.next();
            let is_only = missed.next().is_none();
            match first {
                None => attrition.included += count,
                Some(rule) if is_only => attrition.rules[rule].all_but_this += count,
                Some(_) => {}
            }
            for (rule, counts) in attrition.rules.iter_mut().enumerate() {
                counts.met += if has(mask, rule) { *count } else { 0 };
                counts.remaining += if first.is_none_or(|first| rule < first) { *count } else { 0 };
            }
        }
        Self { by_mask, ..attrition }
    }
}

/// Counts masks of one range of patients.
pub(super) struct MaskCounter {
    rules: usize,
    /// By mask, where there are few rules.
    dense: Vec<u64>,
    sparse: BTreeMap<RuleMask, u64>,
}

/// Rules for which every mask has its own counter.
const DENSE_RULES: usize = 10;

impl MaskCounter {
    pub fn new(rules: usize) -> Self {
        let dense = if rules <= DENSE_RULES { vec![0; 1 << rules] } else { Vec::new() };
        Self { rules, dense, sparse: BTreeMap::new() }
    }

    pub fn add(&mut self, mask: &[u64]) {
        if self.dense.is_empty() {
            *self.sparse.entry(RuleMask::from_slice(mask)).or_default() += 1;
        } else {
            self.dense[mask[0] as usize] += 1;
        }
    }

    pub fn add_to(self, all: &mut BTreeMap<RuleMask, u64>) {
        debug_assert!(self.rules <= DENSE_RULES || self.dense.is_empty());
        for (mask, count) in self.dense.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            *all.entry(SmallVec::from_slice(&[mask as u64])).or_default() += count;
        }
        for (mask, count) in self.sparse {
            *all.entry(mask).or_default() += count;
        }
    }
}
