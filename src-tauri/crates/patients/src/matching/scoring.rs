//! Weights of all candidate pairs, and why a pair has its weight.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::blocking::{Blocking, BlockingReport};
use super::certain;
use super::compare::compare;
use super::fields::{Field, NULL};
use super::model::MatchModel;
use super::people::{People, Person, Values};
use super::training::train;
use super::weights::{Weights, probability};

/// A pair of people, by row of what was given (rows of a second file follow those of the first), smaller row first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoredPair {
    /// Row.
    pub a: u32,
    /// Row.
    pub b: u32,
    /// Weight in bits, prior included.
    pub weight: f64,
    /// `2^weight / (1 + 2^weight)`.
    pub probability: f64,
    /// The combination of the certain layer that it fits, 1 to 27.
    pub combination: Option<u8>,
}

/// All pairs above a floor, and what it took.
#[derive(Debug, Clone)]
pub struct MatchRun {
    /// Highest weight first, then by row.
    pub pairs: Vec<ScoredPair>,
    /// The model that was used.
    pub model: MatchModel,
    /// Pairs that were scored.
    pub pairs_scored: u64,
    /// What blocking did.
    pub blocking: BlockingReport,
    /// Making the blocks.
    pub blocking_time: Duration,
    /// Training; zero with a given model.
    pub training_time: Duration,
    /// Scoring.
    pub scoring_time: Duration,
}

/// Pairs below this probability are not kept, unless they are certain.
pub const FLOOR: f64 = 1e-6;

/// Finds, trains and scores. A `model` that is given is used as it is.
pub fn run(people: &People, model: Option<MatchModel>, floor: f64) -> MatchRun {
    run_unless(people, model, floor, &AtomicBool::new(false))
}

/// The same, until `cancelled`: then it ends soon, and what it answers with is not whole.
pub fn run_unless(
    people: &People,
    model: Option<MatchModel>,
    floor: f64,
    cancelled: &AtomicBool,
) -> MatchRun {
    let started = Instant::now();
    let blocking = Blocking::new(people);
    let blocked = Instant::now();
    let model = model.unwrap_or_else(|| train(people, &blocking));
    let trained = Instant::now();
    let (pairs, pairs_scored) = score(people, &blocking, &model.weights(), floor, cancelled);
    MatchRun {
        pairs,
        model,
        pairs_scored,
        blocking: blocking.report.clone(),
        blocking_time: blocked - started,
        training_time: trained - blocked,
        scoring_time: trained.elapsed(),
    }
}

/// Scores every pair that blocking makes; the pairs at or above `floor` or certain, and how many were scored.
pub fn score(
    people: &People,
    blocking: &Blocking<'_>,
    weights: &Weights,
    floor: f64,
    cancelled: &AtomicBool,
) -> (Vec<ScoredPair>, u64) {
    let lowest = (floor / (1.0 - floor).max(f64::MIN_POSITIVE)).log2();
    let n = people.len() as f64;
    let parts = blocking.visit(
        || (Vec::new(), 0u64),
        |(kept, scored), i, j| {
            if cancelled.load(Ordering::Relaxed) {
                return;
            }
            let (a, b) = (&people.persons[i as usize], &people.persons[j as usize]);
            *scored += 1;
            let levels = compare(&people.tables, a, b);
            let weight = weights.prior + weights.evidence(&people.tables, n, a, b, &levels);
            let combination = certain::combination(&people.tables, a, b);
            if weight >= lowest || combination.is_some() {
                let (x, y) = (people.rows[i as usize], people.rows[j as usize]);
                kept.push(ScoredPair {
                    a: x.min(y),
                    b: x.max(y),
                    weight,
                    probability: probability(weight),
                    combination,
                });
            }
        },
    );
    let scored = parts.iter().map(|p| p.1).sum();
    let mut pairs: Vec<ScoredPair> = parts.into_iter().flat_map(|p| p.0).collect();
    pairs.sort_unstable_by(|x, y| y.weight.total_cmp(&x.weight).then((x.a, x.b).cmp(&(y.a, y.b))));
    (pairs, scored)
}

/// One bar of the waterfall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Which comparison; `None` is the starting weight or the household.
    pub field: Option<String>,
    /// The level that was found, from 1, the best; 0 without a comparison.
    pub level: u8,
    /// Name on screens.
    pub label: String,
    /// What was found, in plain words.
    pub meaning: String,
    /// Bits that it adds or takes.
    pub weight: f64,
    /// Part of them that comes from the value's frequency.
    pub frequency_adjustment: f64,
}

impl Reason {
    /// Whether it is what the chance of a household takes.
    pub fn is_household(&self) -> bool {
        self.field.is_none() && self.label == HOUSEHOLD
    }
}

const HOUSEHOLD: &str = "Household";

/// Why a pair has its weight: the starting weight first, then each field that says something, then what
/// the chance of a household takes. The sum of all weights is
/// the pair's weight.
pub fn explain(values: &impl Values, people: f64, weights: &Weights, a: &Person, b: &Person) -> Vec<Reason> {
    let levels = compare(values, a, b);
    let mut reasons = vec![Reason {
        field: None,
        level: 0,
        label: "Before anything is compared".into(),
        meaning: "the chance that any two records are of one person".into(),
        weight: weights.prior,
        frequency_adjustment: 0.0,
    }];
    for field in Field::ALL {
        let level = levels[field as usize];
        if level == NULL {
            continue;
        }
        let adjustment = weights.adjustment(values, people, field, level, a, b);
        let mut meaning = field.levels()[usize::from(level) - 1].meaning.to_owned();
        if adjustment >= 1.0 {
            meaning.push_str(", and rare");
        } else if adjustment <= -1.0 {
            meaning.push_str(", but frequent");
        }
        reasons.push(Reason {
            field: Some(field.name().to_owned()),
            level,
            label: field.label().to_owned(),
            meaning,
            weight: weights.bits[field as usize][usize::from(level)] + adjustment,
            frequency_adjustment: adjustment,
        });
    }
    let discount = weights.household_discount(values, people, a, b, &levels);
    if discount >= 0.01 {
        reasons.push(Reason {
            field: None,
            level: 0,
            label: HOUSEHOLD.into(),
            meaning: "could be two persons of one household".into(),
            weight: -discount,
            frequency_adjustment: 0.0,
        });
    } else {
        // Too small for a bar of its own; the sum stays exact.
        reasons[0].weight -= discount;
    }
    reasons
}
