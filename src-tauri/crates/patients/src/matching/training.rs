//! Learning m, u and λ from unlabelled people by expectation-maximisation (Winkler 1988; Dempster, Laird and Rubin 1977).
//!
//! Two kinds of pairs are counted by their pattern of levels. *Candidates* share a blocking key; nearly all matches are
//! among them, each found by several rules, so every field is seen where it did not select the pair. *Random* pairs show
//! what two persons have in common by chance. In each round a pair's probability comes from the present parameters;
//! m is taken from the candidates in proportion to it, u from the random pairs in proportion to its complement (so that the matches
//! among them do not count as chance), and λ is the expected number of matches over all pairs.
//!
//! Everything is counted in a fixed order and drawn from a fixed seed: the same people give the same model to the last bit.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rayon::prelude::*;

use super::blocking::Blocking;
use super::certain;
use super::compare::{Levels, compare};
use super::fields::{Field, MOST_LEVELS, NULL};
use super::interned::mixed;
use super::model::{MatchModel, Parameters, TrainedOn, probability};
use super::people::People;

/// Pairs drawn at random at most; when there are fewer in all, all are taken.
const RANDOM_PAIRS: u64 = 1_000_000;
/// Candidate pairs used at most; above it a fixed share is used.
const CANDIDATE_PAIRS: u64 = 4_000_000;
/// Rounds at most.
const ROUNDS: u32 = 60;
/// A round that changes no parameter by more than this is the last.
const SETTLED: f64 = 1e-5;
/// The starting values count as this many pairs.
const PRIOR_PAIRS: f64 = 10.0;
/// No level is rarer than this among non-matches: no agreement is worth more than some 20 bits.
const LOWEST_U: f64 = 1e-6;
/// No level is rarer than this among matches.
const LOWEST_M: f64 = 1e-4;

/// Patterns of levels with how many pairs have them, in the order of the patterns.
type Patterns = Vec<(Levels, f64)>;

#[derive(Default)]
struct PatternHasher(u64);

impl Hasher for PatternHasher {
    fn finish(&self) -> u64 {
        mixed(self.0)
    }
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
}

type Counts = HashMap<Levels, u64, BuildHasherDefault<PatternHasher>>;

fn sorted(parts: Vec<Counts>) -> Patterns {
    let mut all = Counts::default();
    for part in parts {
        for (levels, count) in part {
            *all.entry(levels).or_default() += count;
        }
    }
    let mut sorted: Vec<(Levels, u64)> = all.into_iter().collect();
    sorted.sort_unstable();
    sorted.into_iter().map(|(levels, count)| (levels, count as f64)).collect()
}

/// Trains a model on people.
pub fn train(people: &People, blocking: &Blocking<'_>) -> MatchModel {
    let possible = people.possible_pairs() as f64;
    if possible < 1.0 {
        return MatchModel::published();
    }
    let random = random_pairs(people);
    let most = blocking.pairs_at_most();
    let share = if most > CANDIDATE_PAIRS { CANDIDATE_PAIRS as f64 / most as f64 } else { 1.0 };
    let (candidates, certain) = candidate_pairs(people, blocking, share);
    let mut training = Training {
        parameters: starting(),
        // The certain layer finds at least some of the matches; nine tenths is Splink's usual guess.
        chance: ((certain as f64 / share).max(1.0) / 0.9 / possible).min(0.5),
        possible,
        share,
        random,
        candidates,
    };
    let (mut rounds, mut change) = (0, f64::INFINITY);
    while rounds < ROUNDS && change > SETTLED {
        change = training.round();
        rounds += 1;
    }
    let trained_on = TrainedOn {
        records: people.len() as u64,
        random_pairs: training.random.iter().map(|p| p.1).sum::<f64>() as u64,
        candidate_pairs: training.candidates.iter().map(|p| p.1).sum::<f64>() as u64,
        candidate_share: share,
        rounds,
        last_change: change,
        expected_matches: training.chance * possible,
    };
    MatchModel::of(&training.parameters, training.chance, trained_on)
}

fn starting() -> Parameters {
    let mut parameters = [[(1.0, 1.0); MOST_LEVELS]; Field::COUNT];
    for field in Field::ALL {
        for (n, level) in field.levels().iter().enumerate() {
            parameters[field as usize][n + 1] = (level.m, level.u);
        }
    }
    parameters
}

fn random_pairs(people: &People) -> Patterns {
    let n = people.len() as u64;
    let (tables, persons) = (&people.tables, &people.persons);
    let count = |own: &mut Counts, a: u64, b: u64| {
        *own.entry(compare(tables, &persons[a as usize], &persons[b as usize])).or_default() += 1;
    };
    let crosses = |a: u64, b: u64| !people.linking || people.second[a as usize] != people.second[b as usize];
    let parts: Vec<Counts> = if n * n.saturating_sub(1) / 2 <= RANDOM_PAIRS {
        (0..n)
            .into_par_iter()
            .fold(Counts::default, |mut own, a| {
                (a + 1..n).filter(|b| crosses(a, *b)).for_each(|b| count(&mut own, a, b));
                own
            })
            .collect()
    } else {
        const SEED: u64 = 0x5275_7374_4361_7265;
        let below = |random: u64, most: u64| ((u128::from(random) * u128::from(most)) >> 64) as u64;
        (0..RANDOM_PAIRS)
            .into_par_iter()
            .fold(Counts::default, |mut own, draw| {
                let a = below(mixed(SEED.wrapping_add(draw.wrapping_mul(0x9e37_79b9_7f4a_7c15))), n);
                let b = below(mixed(SEED.wrapping_sub(draw.wrapping_mul(0xd1b5_4a32_d192_ed03))), n);
                if a != b && crosses(a, b) {
                    count(&mut own, a, b);
                }
                own
            })
            .collect()
    };
    sorted(parts)
}

fn candidate_pairs(people: &People, blocking: &Blocking<'_>, share: f64) -> (Patterns, u64) {
    let below = (share * u64::MAX as f64) as u64;
    let parts = blocking.visit(
        || (Counts::default(), 0u64),
        |(counts, certain), a, b| {
            if share < 1.0 && mixed(u64::from(a) << 32 | u64::from(b)) > below {
                return;
            }
            let (a, b) = (&people.persons[a as usize], &people.persons[b as usize]);
            *counts.entry(compare(&people.tables, a, b)).or_default() += 1;
            *certain += u64::from(certain::combination(&people.tables, a, b).is_some());
        },
    );
    let certain = parts.iter().map(|p| p.1).sum();
    (sorted(parts.into_iter().map(|p| p.0).collect()), certain)
}

struct Training {
    parameters: Parameters,
    chance: f64,
    possible: f64,
    share: f64,
    random: Patterns,
    candidates: Patterns,
}

type Sums = [[f64; MOST_LEVELS]; Field::COUNT];

impl Training {
    /// One round; the largest change of a parameter.
    fn round(&mut self) -> f64 {
        let bits = self.parameters.map(|levels| levels.map(|(m, u)| (m / u).log2()));
        let prior = (self.chance / (1.0 - self.chance)).log2();
        let probability_of = |levels: &Levels| {
            let weight: f64 =
                levels.iter().zip(&bits).filter(|(l, _)| **l != NULL).map(|(l, b)| b[usize::from(*l)]).sum();
            probability(prior + weight)
        };
        let mut matches = 0.0;
        let mut m: Sums = [[0.0; MOST_LEVELS]; Field::COUNT];
        for (levels, count) in &self.candidates {
            let expected = count / self.share * probability_of(levels);
            matches += expected;
            levels.iter().zip(&mut m).for_each(|(l, sums)| sums[usize::from(*l)] += expected);
        }
        let mut u: Sums = [[0.0; MOST_LEVELS]; Field::COUNT];
        for (levels, count) in &self.random {
            let expected = count * (1.0 - probability_of(levels));
            levels.iter().zip(&mut u).for_each(|(l, sums)| sums[usize::from(*l)] += expected);
        }
        let mut change = 0f64;
        for field in Field::ALL {
            let n = field as usize;
            let new_m = distribution(field, &m[n], |l| l.m, LOWEST_M);
            let new_u = distribution(field, &u[n], |l| l.u, LOWEST_U);
            for level in 0..field.levels().len() {
                let old = &mut self.parameters[n][level + 1];
                change = change.max((old.0 - new_m[level]).abs()).max((old.1 - new_u[level]).abs());
                *old = (new_m[level], new_u[level]);
            }
        }
        self.chance = (matches / self.possible).clamp(1e-12, 0.5);
        change
    }
}

/// Chances of the levels from expected counts, the starting values counting as [`PRIOR_PAIRS`]. Null takes no part.
fn distribution(
    field: Field,
    counts: &[f64; MOST_LEVELS],
    start: impl Fn(&super::fields::Level) -> f64,
    lowest: f64,
) -> [f64; MOST_LEVELS] {
    let levels = field.levels();
    let total: f64 = counts[1..=levels.len()].iter().sum::<f64>() + PRIOR_PAIRS;
    let mut chances = [0.0; MOST_LEVELS];
    for (n, level) in levels.iter().enumerate() {
        chances[n] = ((counts[n + 1] + PRIOR_PAIRS * start(level)) / total).max(lowest);
    }
    chances
}
