//! The model: what a level of agreement is worth. Saved as JSON, versioned, printable.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::fields::{Field, MOST_LEVELS};
use super::weights::Weights;

/// Version of the comparisons and of the file; a model of another version is refused.
pub const MODEL_VERSION: u32 = 1;

/// A probabilistic model after Fellegi and Sunter (JASA 64:1183, 1969): the weight of a pair is
/// `log2(λ/(1-λ)) + Σ log2(m/u)`, its probability `2^w/(1+2^w)`.
///
/// Fields are taken to be independent, and in one place they are not: two persons of one household share family name,
/// address and telephone all at once. Non-matches are therefore of two kinds, strangers and household members (a latent class,
/// Larsen and Rubin, JASA 96:32, 2001); the chance of a pattern among non-matches is the sum over both, and the weight
/// is lowered by `log2(1 + h/(1-h) Π v/u)` over the fields that a household shares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchModel {
    /// [`MODEL_VERSION`].
    pub version: u32,
    /// Where the numbers come from.
    pub trained_on: TrainedOn,
    /// λ: chance that two people drawn at random are the same.
    pub chance_of_match: f64,
    /// h: chance that two people drawn at random are different members of one household.
    pub chance_of_household: f64,
    /// By [`Field`].
    pub comparisons: Vec<ComparisonModel>,
}

/// What a model was trained on: counts, nothing else.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainedOn {
    /// Records.
    pub records: u64,
    /// Pairs drawn at random (for u).
    pub random_pairs: u64,
    /// Pairs that share a key (for m).
    pub candidate_pairs: u64,
    /// Part of the candidate pairs that was used.
    pub candidate_share: f64,
    /// Rounds of expectation-maximisation.
    pub rounds: u32,
    /// Largest change of a parameter in the last round.
    pub last_change: f64,
    /// Matches that are expected among all pairs.
    pub expected_matches: f64,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonModel {
    /// [`Field::name`].
    pub field: String,
    /// Best first; null is not listed, it is worth 0.
    pub levels: Vec<LevelModel>,
}

/// One level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelModel {
    /// In plain words.
    pub meaning: String,
    /// Chance of the level for two records of one person.
    pub m: f64,
    /// Chance of the level for records of two persons.
    pub u: f64,
    /// log2(m/u), bits.
    pub weight: f64,
    /// Chance of the level for two persons of one household; the same as `u` where a household shares nothing.
    pub household: f64,
}

/// A model file that cannot be used.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Not a model.
    #[error("This is no model file: {0}.")]
    Unreadable(String),
    /// Made by another version.
    #[error("This model is of version {0}; version {MODEL_VERSION} is needed. Train it again.")]
    OtherVersion(u32),
    /// Fields, levels or numbers do not fit.
    #[error("This model's numbers for {0} do not fit the comparisons.")]
    Misfit(String),
}

/// Chances of one level in the three classes.
#[derive(Debug, Clone, Copy)]
pub struct Chances {
    /// Two records of one person.
    pub m: f64,
    /// Two strangers.
    pub u: f64,
    /// Two persons of one household.
    pub household: f64,
}

/// Chances by field and level number.
pub type Parameters = [[Chances; MOST_LEVELS]; Field::COUNT];

/// The published starting values.
pub fn starting() -> Parameters {
    let mut parameters = [[Chances { m: 1.0, u: 1.0, household: 1.0 }; MOST_LEVELS]; Field::COUNT];
    for field in Field::ALL {
        for (n, level) in field.levels().iter().enumerate() {
            let household = if field.is_shared_by_household() { level.m } else { level.u };
            parameters[field as usize][n + 1] = Chances { m: level.m, u: level.u, household };
        }
    }
    parameters
}

/// Chance of a household before anything is learnt, in proportion to the chance of a match.
pub const HOUSEHOLDS_PER_MATCH: f64 = 0.1;

impl MatchModel {
    /// The published starting values, for registers that are too small to learn from.
    pub fn published() -> Self {
        Self::of(&starting(), 1e-4, 1e-4 * HOUSEHOLDS_PER_MATCH, TrainedOn::default())
    }

    /// From parameters.
    pub fn of(
        parameters: &Parameters,
        chance_of_match: f64,
        chance_of_household: f64,
        trained_on: TrainedOn,
    ) -> Self {
        let comparisons = Field::ALL
            .into_iter()
            .map(|field| ComparisonModel {
                field: field.name().to_owned(),
                levels: field
                    .levels()
                    .iter()
                    .enumerate()
                    .map(|(n, level)| {
                        let Chances { m, u, household } = parameters[field as usize][n + 1];
                        LevelModel {
                            meaning: level.meaning.to_owned(),
                            m,
                            u,
                            weight: (m / u).log2(),
                            household,
                        }
                    })
                    .collect(),
            })
            .collect();
        Self { version: MODEL_VERSION, trained_on, chance_of_match, chance_of_household, comparisons }
    }

    /// Reads a saved model and checks that it fits.
    ///
    /// # Errors
    /// Not a model, another version, or numbers that are no probabilities.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|e| ModelError::Unreadable(format!("line {}, column {}", e.line(), e.column())))?;
        let version = value["version"].as_u64().unwrap_or(0) as u32;
        if version != MODEL_VERSION {
            return Err(ModelError::OtherVersion(version));
        }
        let mut model: Self =
            serde_json::from_value(value).map_err(|_| ModelError::Unreadable("a part is missing".into()))?;
        let fits = |p: f64| p > 0.0 && p <= 1.0;
        let chance = |p: f64| p > 0.0 && p < 1.0;
        if model.comparisons.len() != Field::COUNT
            || !chance(model.chance_of_match)
            || !chance(model.chance_of_household)
        {
            return Err(ModelError::Misfit("the whole".into()));
        }
        for (field, comparison) in Field::ALL.into_iter().zip(&mut model.comparisons) {
            let whole = comparison.field == field.name()
                && comparison.levels.len() == field.levels().len()
                && comparison.levels.iter().all(|l| fits(l.m) && fits(l.u) && fits(l.household));
            if !whole {
                return Err(ModelError::Misfit(field.name().into()));
            }
            // m and u are what counts; the printed weight is for people.
            comparison.levels.iter_mut().for_each(|l| l.weight = (l.m / l.u).log2());
        }
        Ok(model)
    }

    /// As a JSON file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Weights ready for scoring.
    pub fn weights(&self) -> Weights {
        let mut bits = [[0.0; MOST_LEVELS]; Field::COUNT];
        let mut household_bits = [[0.0; MOST_LEVELS]; Field::COUNT];
        let mut exact_u = [0.0; Field::COUNT];
        for (n, comparison) in self.comparisons.iter().enumerate() {
            exact_u[n] = comparison.levels[0].u;
            for (level, model) in comparison.levels.iter().enumerate() {
                bits[n][level + 1] = model.weight;
                household_bits[n][level + 1] = (model.household / model.u).log2();
            }
        }
        let log_odds = |p: f64| (p / (1.0 - p)).log2();
        Weights {
            bits,
            household_bits,
            exact_u,
            prior: log_odds(self.chance_of_match),
            household_prior: log_odds(self.chance_of_household),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::weights::probability;
    use super::*;

    #[test]
    fn the_formula_gives_the_published_probability() {
        // Splink's documentation: λ = 1/1000 (prior -9.96 bits) and a Bayes factor of 1000 make one half, nearly.
        let prior = (0.001f64 / 0.999).log2();
        assert!((prior - -9.964).abs() < 1e-3);
        assert!((probability(prior + 999f64.log2()) - 0.5).abs() < 1e-12);
        // Published weights of FEBRL 3: the same given name is worth log2(.588/.0036) = 7.34 bits or a little more.
        let weights = MatchModel::published().weights();
        assert!((weights.bits[Field::GivenName as usize][1] - 7.35).abs() < 0.01);
        assert!((weights.bits[Field::Postcode as usize][1] - 9.0).abs() < 0.01);
        assert_eq!(weights.bits[Field::GivenName as usize][0], 0.0, "null says nothing");
    }

    #[test]
    fn a_saved_model_comes_back_and_a_wrong_one_does_not() {
        let model = MatchModel::published();
        assert_eq!(MatchModel::from_json(&model.to_json()).unwrap(), model);
        let other = model.to_json().replace("\"version\": 1", "\"version\": 7");
        assert!(matches!(MatchModel::from_json(&other), Err(ModelError::OtherVersion(7))));
        assert!(matches!(MatchModel::from_json("[]"), Err(ModelError::OtherVersion(0))));
        let mut broken = model;
        broken.comparisons[0].levels[0].u = 0.0;
        assert!(matches!(MatchModel::from_json(&broken.to_json()), Err(ModelError::Misfit(_))));
    }
}
