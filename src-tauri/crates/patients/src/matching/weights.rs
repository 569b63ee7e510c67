//! What a pair weighs under a model: levels, frequencies of the shared values, the household.

use super::compare::Levels;
use super::fields::{EXACT, Field, Frequency, MOST_LEVELS, NULL};
use super::people::{Person, Values};
use super::person::Text;

/// The lowest frequency of a value that is believed.
const LOWEST_FREQUENCY: f64 = 1e-5;
/// As many records with one value are taken for one person's.
const ONE_PERSONS: u32 = 4;
/// Within these bits a field adds to or takes from the sum.
const MOST_BITS: f64 = 24.0;

/// A model's weights by field and level number, bits; null is 0.
#[derive(Debug, Clone)]
pub struct Weights {
    /// log2(m/u).
    pub bits: [[f64; MOST_LEVELS]; Field::COUNT],
    /// log2(v/u) of the fields that a household shares.
    pub(super) household_bits: [[f64; MOST_LEVELS]; Field::COUNT],
    /// u of "the same".
    pub(super) exact_u: [f64; Field::COUNT],
    /// log2(λ/(1-λ)).
    pub prior: f64,
    /// log2(h/(1-h)).
    pub(super) household_prior: f64,
}

impl Weights {
    /// The pair's weight without the prior, bits.
    pub fn evidence(
        &self,
        values: &impl Values,
        people: f64,
        a: &Person,
        b: &Person,
        levels: &Levels,
    ) -> f64 {
        let (mut sum, mut household) = (0.0, self.household_prior);
        for field in Field::ALL {
            let level = levels[field as usize];
            if level != NULL {
                let adjustment = self.adjustment(values, people, field, level, a, b);
                sum += self.bits[field as usize][level as usize] + adjustment;
                if field.is_shared_by_household() {
                    household += self.household_bits[field as usize][level as usize] + adjustment;
                }
            }
        }
        sum - household_discount(household)
    }

    /// Bits that the pair loses because it could be two persons of one household.
    pub fn household_discount(
        &self,
        values: &impl Values,
        people: f64,
        a: &Person,
        b: &Person,
        levels: &Levels,
    ) -> f64 {
        let shared =
            Field::ALL.into_iter().filter(|f| f.is_shared_by_household() && levels[*f as usize] != NULL);
        let bits: f64 = shared
            .map(|field| {
                let level = levels[field as usize];
                let adjustment = self.adjustment(values, people, field, level, a, b);
                self.household_bits[field as usize][level as usize] + adjustment
            })
            .sum();
        household_discount(self.household_prior + bits)
    }

    /// What frequency adds or takes at a level, bits.
    pub fn adjustment(
        &self,
        values: &impl Values,
        people: f64,
        field: Field,
        level: u8,
        a: &Person,
        b: &Person,
    ) -> f64 {
        match (field, level) {
            (_, EXACT) => self.frequency_bits(values, people, field, a, b),
            // A name that is nearly a frequent one is as little evidence as the frequent one itself.
            (Field::GivenName, 2 | 3) => self.near_bits(values, field, level, Text::Given, a, b),
            (Field::Surname, 2 | 3) => self.near_bits(values, field, level, Text::Surname, a, b),
            _ => 0.0,
        }
    }

    /// Never above what the more frequent of the two would be worth if it were the same on both sides.
    fn near_bits(
        &self,
        values: &impl Values,
        field: Field,
        level: u8,
        text: Text,
        a: &Person,
        b: &Person,
    ) -> f64 {
        let most = values.occurrences(text, a.get(text)).max(values.occurrences(text, b.get(text)));
        let frequency = frequency(most, values.present(text), self.exact_u[field as usize]);
        let rarity = (self.exact_u[field as usize] / frequency.max(LOWEST_FREQUENCY)).log2();
        let bits = self.bits[field as usize];
        rarity.min(0.0).min(bits[EXACT as usize] + rarity - bits[usize::from(level)])
    }

    /// What the frequency of the shared value adds or takes, bits.
    pub fn frequency_bits(
        &self,
        values: &impl Values,
        people: f64,
        field: Field,
        a: &Person,
        b: &Person,
    ) -> f64 {
        let u = self.exact_u[field as usize];
        let base = self.bits[field as usize][EXACT as usize];
        match field.frequency() {
            Frequency::Ignored => 0.0,
            Frequency::Rarity => {
                let Some((text, number)) = shared_text(field, a, b) else { return 0.0 };
                let present = f64::from(values.present(text)).max(1.0);
                let frequency = frequency(values.occurrences(text, number), values.present(text), u);
                // A value that is not in the tables is as rare as they come.
                let adjusted = (u / frequency.max(LOWEST_FREQUENCY).max(0.5 / present.max(TOO_FEW))).log2();
                adjusted.clamp(-base.max(0.0), (MOST_BITS - base).max(0.0))
            }
            Frequency::Sharing => {
                let count = match field {
                    Field::BirthDate => values.born_on(a.birth),
                    _ => shared_text(field, a, b).map_or(0, |(text, n)| values.occurrences(text, n)),
                };
                let shared = f64::from(count.saturating_sub(ONE_PERSONS)) / people.max(1.0);
                if shared <= u { 0.0 } else { (u / shared).log2().max(-base.max(0.0)) }
            }
        }
    }
}

/// Below so many values a register's own frequencies say little: among three patients every name is frequent.
const TOO_FEW: f64 = 1000.0;

/// How frequent a value is; what is missing to [`TOO_FEW`] is filled up with what the model expects.
fn frequency(count: u32, present: u32, expected: f64) -> f64 {
    let present = f64::from(present);
    let missing = (TOO_FEW - present).max(0.0);
    (f64::from(count) + missing * expected) / (present + missing)
}

/// The text that both have, for a field at level "the same".
fn shared_text(field: Field, a: &Person, b: &Person) -> Option<(Text, u32)> {
    let text = match field {
        Field::GivenName => Text::Given,
        Field::MiddleName => Text::Middle,
        Field::Surname => Text::Surname,
        Field::LegalId => Text::LegalId,
        Field::PlanId => Text::PlanId,
        Field::Phone => Text::Phone,
        Field::Email | Field::EmailLikeNames => Text::Email,
        Field::Street => Text::Street,
        Field::NumberOtherStreet => Text::StreetNumber,
        Field::Building => Text::Building,
        Field::Postcode => Text::Postcode,
        Field::PlaceOtherPostcode => Text::Place,
        Field::State => Text::State,
        Field::BirthPlace => Text::BirthPlace,
        _ => return None,
    };
    let number = a.get(text);
    // A family name may agree with another family name of the other person: then there is no one value.
    (number != 0 && number == b.get(text)).then_some((text, number))
}

fn household_discount(log_odds: f64) -> f64 {
    (1.0 + log_odds.min(1000.0).exp2()).log2()
}

/// Probability of a weight (prior included).
pub fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}
