//! Counts that fall from one to the next, as along an attrition: between two of them lie those who were lost.

use super::Disclosure;
use super::network::{Count, Network};

/// Which counts of a falling chain are shown, with `known` before them, which everybody knows (the population). Those who are lost
/// from one count to the next are small groups too: whoever sees both counts sees them. A count that rises loses nobody.
#[must_use]
pub fn chain(known: u64, counts: &[u64], disclosure: Disclosure) -> Vec<bool> {
    let flow = |from, to, value| Count { from, to, value, is_known: false };
    // Node 0 is where all come from and all go to; before count n lies node n + 1.
    let last = counts.len().saturating_sub(1);
    let next = |at: usize| if at == last { 0 } else { at + 2 };
    let before = std::iter::once(&known).chain(counts);
    let mut flows: Vec<Count> =
        counts.iter().enumerate().map(|(at, count)| flow(at + 1, next(at), *count)).collect();
    let lost =
        before.zip(counts).enumerate().map(|(at, (more, less))| flow(at + 1, 0, more.saturating_sub(*less)));
    flows.extend(lost);
    flows.push(Count { is_known: true, ..flow(0, 1, known) });
    let mut shown = Network::new(flows).shown(disclosure);
    shown.truncate(counts.len());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(known: u64, counts: &[u64]) -> Vec<bool> {
        chain(known, counts, Disclosure::from(11))
    }

    #[test]
    fn few_that_are_lost_hide_the_count_after_or_before_them() {
        assert_eq!(shown(1_000, &[500, 300, 200]), [true, true, true]);
        assert_eq!(shown(1_000, &[]), [] as [bool; 0]);
        // Three are lost by the second rule; without its count, somewhere among 203.
        let found = shown(1_000, &[500, 497, 297]);
        assert!(found.iter().filter(|shown| !**shown).count() == 1 && found[2], "{found:?}");
        // The population is known: who is not in the first count is a small group.
        assert!(!shown(1_000, &[995, 400])[0]);
        assert_eq!(shown(1_000, &[500, 4, 0]), [true, false, true]);
        assert_eq!(shown(5, &[3]), [false]);
    }
}
