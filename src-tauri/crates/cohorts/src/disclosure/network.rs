//! Any counts that add up: each count an arc, each sum a node into which as much flows as out of it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::Disclosure;

/// A count: flows out of one sum and into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Node that it flows out of.
    pub from: usize,
    /// Node that it flows into.
    pub to: usize,
    /// The count.
    pub value: u64,
    /// Whether it is known to everybody and cannot be hidden.
    pub is_known: bool,
}

/// Counts that add up. At each node as much flows in as out.
#[derive(Clone, Debug, Default)]
pub struct Network {
    counts: Vec<Count>,
    nodes: usize,
}

/// A count that somebody who sees the others may change about, in one direction.
#[derive(Clone, Copy)]
struct Step {
    to: usize,
    /// Place of the count.
    count: usize,
    /// Whether it grows.
    grows: bool,
}

const ENDLESS: u64 = u64::MAX;

impl Network {
    /// Of these counts.
    #[must_use]
    pub fn new(counts: Vec<Count>) -> Self {
        let nodes = counts.iter().map(|count| count.from.max(count.to) + 1).max().unwrap_or(0);
        Self { counts, nodes }
    }

    /// Which counts are shown, in order. A count that cannot be protected because others are known is hidden all the same.
    #[must_use]
    pub fn shown(&self, disclosure: Disclosure) -> Vec<bool> {
        let mut shown: Vec<bool> =
            self.counts.iter().map(|count| count.is_known || !disclosure.is_small(count.value)).collect();
        let steps = self.steps();
        let mut unchecked: VecDeque<usize> = (0..self.counts.len()).filter(|at| !shown[*at]).collect();
        // Hiding one more count only widens the range of the others: each is checked once.
        while let Some(at) = unchecked.pop_front() {
            while !self.is_protected(at, &shown, &steps, disclosure.smallest()) {
                let more = self.to_hide(at, &shown, &steps, disclosure.smallest());
                if more.is_empty() {
                    break;
                }
                for count in more {
                    shown[count] = false;
                    unchecked.push_back(count);
                }
            }
        }
        shown
    }

    fn steps(&self) -> Vec<Vec<Step>> {
        let mut steps = vec![Vec::new(); self.nodes];
        for (count, of) in self.counts.iter().enumerate() {
            steps[of.from].push(Step { to: of.to, count, grows: true });
            steps[of.to].push(Step { to: of.from, count, grows: false });
        }
        steps
    }

    /// Whether the count could be any number of a range at least `smallest` wide, for all that is shown.
    fn is_protected(&self, at: usize, shown: &[bool], steps: &[Vec<Step>], smallest: u64) -> bool {
        let own = self.counts[at];
        let down = self.room(at, (own.from, own.to), shown, steps, smallest.min(own.value.saturating_sub(1)));
        let up = self.room(at, (own.to, own.from), shown, steps, smallest - down.min(smallest));
        down + up >= smallest
    }

    /// How much can flow from one node to another through hidden counts other than this one, up to `wanted`: a hidden count grows
    /// without end, and falls to one.
    fn room(
        &self,
        at: usize,
        (from, to): (usize, usize),
        shown: &[bool],
        steps: &[Vec<Step>],
        wanted: u64,
    ) -> u64 {
        let mut changes = vec![(0_u64, 0_u64); self.counts.len()];
        let mut sent = 0;
        while sent < wanted {
            let left = |step: &Step, changes: &[(u64, u64)]| -> u64 {
                if step.count == at || shown[step.count] {
                    return 0;
                }
                let (grown, fallen) = changes[step.count];
                if step.grows {
                    ENDLESS
                } else {
                    (self.counts[step.count].value.saturating_sub(1) + grown).saturating_sub(fallen)
                }
            };
            let Some(path) = shortest(steps, from, to, |step| left(step, &changes) > 0) else { break };
            let narrowest = path.iter().map(|step| left(step, &changes)).min().unwrap_or(0);
            let send = narrowest.min(wanted - sent);
            for step in &path {
                let change = &mut changes[step.count];
                if step.grows {
                    change.0 += send;
                } else {
                    change.1 += send;
                }
            }
            sent += send;
        }
        sent
    }

    /// The cheapest counts to hide so that this one gets room: those of a round trip through it.
    fn to_hide(&self, at: usize, shown: &[bool], steps: &[Vec<Step>], smallest: u64) -> Vec<usize> {
        let own = self.counts[at];
        let cost = |step: &Step| -> Option<u64> {
            let count = self.counts[step.count];
            match shown[step.count] {
                false => Some(0),
                true if count.is_known || count.value == 0 => None,
                true => Some(count.value + 1),
            }
        };
        // First a way that is wide enough by itself, then any that adds something.
        let ways = [smallest, 1]
            .into_iter()
            .flat_map(|least| [(own.to, own.from, least), (own.from, own.to, least)]);
        for (from, to, least) in ways {
            let passes = |step: &Step| {
                let falls_enough = step.grows || self.counts[step.count].value > least;
                (step.count != at && falls_enough).then(|| cost(step)).flatten()
            };
            let Some(path) = cheapest(steps, from, to, passes) else { continue };
            let more: Vec<usize> = path.iter().map(|step| step.count).filter(|count| shown[*count]).collect();
            if !more.is_empty() {
                return more;
            }
        }
        // What is left: everything that may be hidden.
        (0..self.counts.len())
            .filter(|at| shown[*at] && !self.counts[*at].is_known && self.counts[*at].value > 0)
            .collect()
    }
}

/// The steps of a way, found from its end.
fn way_back(reached: &[Option<(usize, Step)>], from: usize, to: usize) -> Option<Vec<Step>> {
    let mut path = Vec::new();
    let mut at = to;
    while at != from {
        let (before, step) = reached[at]?;
        path.push(step);
        at = before;
    }
    Some(path)
}

/// A way with the fewest steps.
fn shortest(
    steps: &[Vec<Step>],
    from: usize,
    to: usize,
    passes: impl Fn(&Step) -> bool,
) -> Option<Vec<Step>> {
    let mut reached: Vec<Option<(usize, Step)>> = vec![None; steps.len()];
    let mut next = VecDeque::from([from]);
    while let Some(at) = next.pop_front() {
        if at == to {
            return way_back(&reached, from, to);
        }
        for step in steps[at].iter().filter(|step| passes(step)) {
            if step.to != from && reached[step.to].is_none() {
                reached[step.to] = Some((at, *step));
                next.push_back(step.to);
            }
        }
    }
    None
}

/// A way that costs least (Dijkstra 1959).
fn cheapest(
    steps: &[Vec<Step>],
    from: usize,
    to: usize,
    cost: impl Fn(&Step) -> Option<u64>,
) -> Option<Vec<Step>> {
    let mut reached: Vec<Option<(usize, Step)>> = vec![None; steps.len()];
    let mut costs = vec![ENDLESS; steps.len()];
    costs[from] = 0;
    let mut next = BinaryHeap::from([Reverse((0, from))]);
    while let Some(Reverse((so_far, at))) = next.pop() {
        if so_far > costs[at] {
            continue;
        }
        if at == to {
            return way_back(&reached, from, to);
        }
        for step in &steps[at] {
            let Some(cost) = cost(step) else { continue };
            let whole = so_far.saturating_add(cost);
            if whole < costs[step.to] {
                costs[step.to] = whole;
                reached[step.to] = Some((at, *step));
                next.push(Reverse((whole, step.to)));
            }
        }
    }
    None
}
