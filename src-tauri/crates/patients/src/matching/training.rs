//! Learning m, u and λ from unlabelled people by expectation-maximisation (Winkler 1988; Dempster, Laird and Rubin 1977).
//!
//! Two kinds of pairs are counted by their pattern of levels. *Candidates* share a blocking key; nearly all matches are
//! among them, each found by several rules, so every field is seen where it did not select the pair. *Random* pairs show
//! what two persons have in common by chance. In each round a pair's probability comes from the present parameters;
//! m is taken from the candidates in proportion to it, u from the random pairs in proportion to its complement (so that the matches
//! among them do not count as chance), and λ is the expected number of matches over all pairs.
//!
//! A third class takes the pairs that share family name, address and telephone and nothing personal: two persons of one
//! household. In a real register they outnumber the duplicates, and would pass for the matches without it.
//!
//! Everything is counted in a fixed order and drawn from a fixed seed: the same people give the same model to the last bit.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rayon::prelude::*;

use super::blocking::Blocking;
use super::certain;
use super::compare::{Levels, compare};
use super::fields::{EXACT, Field, MOST_LEVELS, NULL};
use super::interned::mixed;
use super::model::{Chances, HOUSEHOLDS_PER_MATCH, MatchModel, Parameters, TrainedOn, starting};
use super::people::{People, Values};
use super::person::Text;

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
        household: 0.0,
        coverage: coverage(people),
        possible,
        share,
        random,
        candidates,
    };
    training.household = training.chance * HOUSEHOLDS_PER_MATCH;
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
    MatchModel::of(&training.parameters, training.chance, training.household, trained_on)
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
    household: f64,
    /// Share of the records that have each of [`OWN`].
    coverage: [f64; OWN.len()],
    possible: f64,
    share: f64,
    random: Patterns,
    candidates: Patterns,
}

type Sums = [[f64; MOST_LEVELS]; Field::COUNT];

impl Training {
    /// λ is counted where a match is hard to mistake, at pairs with a personal value in common; their share of all matches
    /// is known from m and from how many records have the field.
    fn counts_for_chance(&self, levels: &Levels, teaches: u32) -> bool {
        if self.has_own() {
            levels[Field::Email as usize] == EXACT || OWN.iter().any(|f| levels[*f as usize] == EXACT)
        } else {
            teaches != 0
        }
    }

    /// Whether enough records have a personal value.
    fn has_own(&self) -> bool {
        self.coverage.iter().any(|c| *c >= 0.05)
    }

    /// Share of the matches that have a personal value in common.
    fn recall(&self) -> f64 {
        if !self.has_own() {
            return 0.9;
        }
        let missed: f64 = OWN
            .iter()
            .zip(&self.coverage)
            .map(|(field, coverage)| {
                1.0 - self.parameters[*field as usize][EXACT as usize].m * coverage * coverage
            })
            .product();
        (1.0 - missed).max(0.05)
    }

    /// One round; the largest change of a parameter.
    fn round(&mut self) -> f64 {
        let bits =
            self.parameters.map(|levels| levels.map(|c| ((c.m / c.u).log2(), (c.household / c.u).log2())));
        let strangers = 1.0 - self.chance - self.household;
        let (prior, household_prior) =
            ((self.chance / strangers).log2(), (self.household / strangers).log2());
        // Chances that a pair is a match, and that it is two persons of one household.
        let classes = |levels: &Levels| -> (f64, f64) {
            let (mut same, mut household) = (prior, household_prior);
            for (level, bits) in levels.iter().zip(&bits) {
                if *level != NULL {
                    same += bits[usize::from(*level)].0;
                    household += bits[usize::from(*level)].1;
                }
            }
            let (same, household) = (same.min(900.0).exp2(), household.min(900.0).exp2());
            let all = 1.0 + same + household;
            (same / all, household / all)
        };
        let (mut matches, mut households) = (0.0, 0.0);
        let mut m: Sums = [[0.0; MOST_LEVELS]; Field::COUNT];
        let mut v: Sums = [[0.0; MOST_LEVELS]; Field::COUNT];
        for (levels, count) in &self.candidates {
            let (same, household) = classes(levels);
            let (same, household) = (count / self.share * same, count / self.share * household);
            let (teaches, home) = (teaches(levels), at_one_address(levels));
            if self.counts_for_chance(levels, teaches) {
                matches += same;
            }
            if home {
                households += household;
            }
            for (n, level) in levels.iter().enumerate() {
                if teaches >> n & 1 == 1 {
                    m[n][usize::from(*level)] += same;
                }
                if home {
                    v[n][usize::from(*level)] += household;
                }
            }
        }
        let mut u: Sums = [[0.0; MOST_LEVELS]; Field::COUNT];
        for (levels, count) in &self.random {
            let (same, household) = classes(levels);
            let expected = count * (1.0 - same - household);
            levels.iter().zip(&mut u).for_each(|(l, sums)| sums[usize::from(*l)] += expected);
        }
        let mut change = 0f64;
        for field in Field::ALL {
            let n = field as usize;
            let new_m = distribution(field, &m[n], |l| l.m, LOWEST_M);
            let new_u = distribution(field, &u[n], |l| l.u, LOWEST_U);
            let new_v = distribution(field, &v[n], |l| l.m, LOWEST_M);
            for level in 0..field.levels().len() {
                let old = &mut self.parameters[n][level + 1];
                change = change.max((old.m - new_m[level]).abs()).max((old.u - new_u[level]).abs());
                let household = if field.is_shared_by_household() { new_v[level] } else { new_u[level] };
                *old = Chances { m: new_m[level], u: new_u[level], household };
            }
        }
        self.chance = (matches / self.recall() / self.possible).clamp(1e-12, 0.4);
        self.household = (households / self.possible).clamp(1e-12, 0.4);
        change
    }
}

/// Agreements that few pairs of strangers reach. Left to itself among all candidates, expectation-maximisation describes
/// whatever group of pairs is largest, and duplicates are not; so a field's m is learnt from pairs that agree in one
/// of these without it (as Splink does with one training pass for each blocking rule).
const LESSONS: [&[Field]; 9] = [
    &[Field::BirthDate],
    &[Field::LegalId],
    &[Field::PlanId],
    &[Field::Email],
    &[Field::EmailLikeNames],
    &[Field::GivenName, Field::Surname],
    &[Field::GivenName, Field::Postcode],
    &[Field::GivenName, Field::Phone],
    &[Field::GivenName, Field::Street],
];

/// Values that are one person's own.
const OWN: [Field; 4] = [Field::BirthDate, Field::LegalId, Field::PlanId, Field::EmailLikeNames];

fn coverage(people: &People) -> [f64; OWN.len()] {
    let n = people.len().max(1) as f64;
    let with_birth = people.persons.iter().filter(|p| p.birth_date().is_whole()).count() as f64;
    let with = |text| f64::from(people.tables.present(text));
    [with_birth, with(Text::LegalId), with(Text::PlanId), with(Text::Email)].map(|count| count / n)
}

/// The fields whose m a pair may teach, one bit each.
fn teaches(levels: &Levels) -> u32 {
    let agree = |lesson: &&&[Field]| lesson.iter().all(|f| levels[*f as usize] == EXACT);
    LESSONS
        .iter()
        .filter(agree)
        .map(|lesson| !lesson.iter().fold(0u32, |bits, f| bits | 1 << *f as usize))
        .fold(0, |all, one| all | one)
}

/// The same telephone, or the same house: where two persons of one household are found.
fn at_one_address(levels: &Levels) -> bool {
    levels[Field::Phone as usize] == EXACT || levels[Field::NumberSameStreet as usize] == EXACT
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
