//! What is compared, at which levels, and with which starting values.
//!
//! The levels are those that Splink 5 uses by default (Linacre et al., International Journal of Population Data Science
//! 7(3), 2022); the starting values for given name, surname, date of birth, national identifier, house number and
//! postal code are Splink's unsupervised estimates on FEBRL 3. The others are rounded guesses in between. All of them
//! are replaced by what [`super::training`] finds in the people at hand, and count as ten pairs there.

/// A comparison. Some fields depend on each other (a house number says little when the street is the same and everybody
/// there lives in one house; a town says nothing new when the postal code agrees): these have one comparison for each
/// case, and a pair takes part in one of them only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub enum Field {
    /// Given name.
    GivenName,
    /// Middle name.
    MiddleName,
    /// Family name, the other family names included.
    Surname,
    /// Date of birth.
    BirthDate,
    /// Sex.
    Sex,
    /// National or legal identifier.
    LegalId,
    /// Last four digits of the social security number, when one side has no more.
    SsnLast4,
    /// Health plan number.
    PlanId,
    /// Telephone.
    Phone,
    /// E-mail address of people whose names are unlike.
    Email,
    /// E-mail address of people whose names are alike: addresses are made from names, so they are alike by themselves.
    EmailLikeNames,
    /// Street.
    Street,
    /// House number in the same street.
    NumberSameStreet,
    /// House number in different streets.
    NumberOtherStreet,
    /// Second address line.
    Building,
    /// Postal code.
    Postcode,
    /// Town with the same postal code.
    PlaceSamePostcode,
    /// Town with different postal codes.
    PlaceOtherPostcode,
    /// State, when neither postal code nor town agree.
    State,
    /// Place of birth.
    BirthPlace,
}

/// A level of agreement and its starting values.
#[derive(Debug, Clone, Copy)]
pub struct Level {
    /// What it means, in plain words.
    pub meaning: &'static str,
    /// Chance that two records of one person are at this level.
    pub m: f64,
    /// Chance that records of two persons are at this level.
    pub u: f64,
}

const fn level(meaning: &'static str, m: f64, u: f64) -> Level {
    Level { meaning, m, u }
}

/// How a value's frequency changes the weight of its agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Not at all.
    Ignored,
    /// A rare value weighs more, a frequent one less: log2(u / frequency), as in Splink's term-frequency adjustment.
    Rarity,
    /// Values are one person's own. One that many share (a default birthday, the clinic's e-mail) weighs less.
    Sharing,
}

/// Null on one side at least.
pub const NULL: u8 = 0;
/// Equal.
pub const EXACT: u8 = 1;
/// Most levels that a comparison has, null included.
pub const MOST_LEVELS: usize = 9;

impl Field {
    /// How many comparisons there are.
    pub const COUNT: usize = 20;
    /// All, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::GivenName,
        Self::MiddleName,
        Self::Surname,
        Self::BirthDate,
        Self::Sex,
        Self::LegalId,
        Self::SsnLast4,
        Self::PlanId,
        Self::Phone,
        Self::Email,
        Self::EmailLikeNames,
        Self::Street,
        Self::NumberSameStreet,
        Self::NumberOtherStreet,
        Self::Building,
        Self::Postcode,
        Self::PlaceSamePostcode,
        Self::PlaceOtherPostcode,
        Self::State,
        Self::BirthPlace,
    ];

    /// Name in files: snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::MiddleName => "middle_name",
            Self::Surname => "surname",
            Self::BirthDate => "date_of_birth",
            Self::Sex => "sex",
            Self::LegalId => "legal_id",
            Self::SsnLast4 => "ssn_last4",
            Self::PlanId => "plan_id",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::EmailLikeNames => "email_like_names",
            Self::Street => "street",
            Self::NumberSameStreet => "street_number_same_street",
            Self::NumberOtherStreet => "street_number_other_street",
            Self::Building => "building",
            Self::Postcode => "postcode",
            Self::PlaceSamePostcode => "place_same_postcode",
            Self::PlaceOtherPostcode => "place_other_postcode",
            Self::State => "state",
            Self::BirthPlace => "birth_place",
        }
    }

    /// Name on screens.
    pub fn label(self) -> &'static str {
        match self {
            Self::GivenName => "Given name",
            Self::MiddleName => "Middle name",
            Self::Surname => "Family name",
            Self::BirthDate => "Date of birth",
            Self::Sex => "Sex",
            Self::LegalId => "National identifier",
            Self::SsnLast4 => "Last four of SSN",
            Self::PlanId => "Health plan number",
            Self::Phone => "Telephone",
            Self::Email | Self::EmailLikeNames => "E-mail",
            Self::Street => "Street",
            Self::NumberSameStreet | Self::NumberOtherStreet => "House number",
            Self::Building => "Address line 2",
            Self::Postcode => "Postal code",
            Self::PlaceSamePostcode | Self::PlaceOtherPostcode => "Town",
            Self::State => "State",
            Self::BirthPlace => "Place of birth",
        }
    }

    /// The levels, best first, with Splink's Jaro-Winkler thresholds: 0.92 "nearly the same", 0.88 "alike", 0.70 "a little
    /// alike"; the level number is the position plus one ([`NULL`] is 0), the last is "different".
    pub fn levels(self) -> &'static [Level] {
        match self {
            Self::GivenName => {
                const {
                    &[
                        level("the same", 0.588, 0.0036),
                        level("nearly the same", 0.152, 0.0014),
                        level("alike", 0.024, 0.0011),
                        level("a little alike", 0.012, 0.023),
                        level("given and family name exchanged", 0.02, 0.000_02),
                        level("different", 0.204, 0.971),
                    ]
                }
            }
            Self::Surname => {
                const {
                    &[
                        level("the same", 0.572, 0.0030),
                        level("nearly the same", 0.213, 0.0009),
                        level("alike", 0.022, 0.0011),
                        level("a little alike", 0.012, 0.014),
                        level("different", 0.181, 0.981),
                    ]
                }
            }
            Self::MiddleName => {
                const {
                    &[
                        level("the same", 0.7, 0.01),
                        level("alike, or one is the other's initial", 0.2, 0.05),
                        level("different", 0.1, 0.94),
                    ]
                }
            }
            Self::BirthDate => {
                const {
                    &[
                        level("the same", 0.930, 0.000_05),
                        level("day and month exchanged", 0.008, 0.000_02),
                        level("one digit or one exchange apart", 0.012, 0.0010),
                        level("the known parts agree", 0.02, 0.01),
                        level("within a month", 0.002, 0.002),
                        level("within a year", 0.006, 0.02),
                        level("within ten years", 0.012, 0.19),
                        level("different", 0.01, 0.777),
                    ]
                }
            }
            Self::Sex => const { &[level("the same", 0.97, 0.5), level("different", 0.03, 0.5)] },
            Self::LegalId | Self::PlanId => {
                const {
                    &[
                        level("the same", 0.857, 0.000_005),
                        level("one character apart", 0.06, 0.000_02),
                        level("two characters apart", 0.019, 0.0003),
                        level("different", 0.064, 0.999),
                    ]
                }
            }
            Self::SsnLast4 => const { &[level("the same", 0.95, 0.0001), level("different", 0.05, 0.9999)] },
            Self::Phone => {
                const {
                    &[
                        level("the same", 0.75, 0.000_05),
                        level("one digit apart", 0.03, 0.000_05),
                        level("different", 0.22, 0.9999),
                    ]
                }
            }
            Self::Email | Self::EmailLikeNames => {
                const {
                    &[
                        level("the same", 0.7, 0.000_05),
                        level("the same before the @", 0.05, 0.0001),
                        level("alike", 0.1, 0.0005),
                        level("alike before the @", 0.03, 0.001),
                        level("different", 0.12, 0.998),
                    ]
                }
            }
            Self::Street => {
                const {
                    &[
                        level("the same", 0.7, 0.001),
                        level("nearly the same", 0.1, 0.001),
                        level("alike", 0.02, 0.002),
                        level("different", 0.18, 0.996),
                    ]
                }
            }
            Self::NumberSameStreet => {
                const {
                    &[
                        level("the same, in the same street", 0.85, 0.05),
                        level("one digit apart, in the same street", 0.08, 0.1),
                        level("different, in the same street", 0.07, 0.85),
                    ]
                }
            }
            Self::NumberOtherStreet => {
                const {
                    &[
                        level("the same", 0.808, 0.0131),
                        level("one digit apart", 0.05, 0.1),
                        level("different", 0.142, 0.887),
                    ]
                }
            }
            Self::Building => {
                const {
                    &[
                        level("the same", 0.7, 0.002),
                        level("alike", 0.1, 0.003),
                        level("different", 0.2, 0.995),
                    ]
                }
            }
            Self::Postcode => {
                const {
                    &[
                        level("the same", 0.769, 0.0015),
                        level("one character apart", 0.08, 0.01),
                        level("the same area", 0.02, 0.02),
                        level("different", 0.131, 0.9685),
                    ]
                }
            }
            Self::PlaceSamePostcode => {
                const {
                    &[
                        level("the same, with the same postal code", 0.8, 0.3),
                        level("alike, with the same postal code", 0.1, 0.01),
                        level("different, with the same postal code", 0.1, 0.69),
                    ]
                }
            }
            Self::PlaceOtherPostcode => {
                const {
                    &[
                        level("the same", 0.7, 0.005),
                        level("alike", 0.1, 0.003),
                        level("different", 0.2, 0.992),
                    ]
                }
            }
            Self::State => const { &[level("the same", 0.8, 0.25), level("different", 0.2, 0.75)] },
            Self::BirthPlace => {
                const {
                    &[
                        level("the same", 0.8, 0.02),
                        level("alike", 0.1, 0.005),
                        level("different", 0.1, 0.975),
                    ]
                }
            }
        }
    }

    /// The name of a finding, which screens translate: its words with `_` for all that is no letter.
    pub fn finding(meaning: &str) -> String {
        let words = meaning.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
    }

    /// Whether people of one household have it in common: family name, address, telephone. Their agreement is no
    /// independent evidence, so two persons of one household are a class of their own in the model.
    pub fn is_shared_by_household(self) -> bool {
        matches!(
            self,
            Self::Surname
                | Self::Phone
                | Self::Street
                | Self::NumberSameStreet
                | Self::NumberOtherStreet
                | Self::Building
                | Self::Postcode
                | Self::PlaceSamePostcode
                | Self::PlaceOtherPostcode
                | Self::State
        )
    }

    /// Whether and how the value's frequency counts when it is the same.
    pub fn frequency(self) -> Frequency {
        match self {
            Self::GivenName
            | Self::Surname
            | Self::MiddleName
            | Self::Street
            | Self::NumberOtherStreet
            | Self::Building
            | Self::Postcode
            | Self::PlaceOtherPostcode
            | Self::State
            | Self::BirthPlace => Frequency::Rarity,
            Self::BirthDate
            | Self::LegalId
            | Self::PlanId
            | Self::Phone
            | Self::Email
            | Self::EmailLikeNames => Frequency::Sharing,
            Self::Sex | Self::SsnLast4 | Self::NumberSameStreet | Self::PlaceSamePostcode => {
                Frequency::Ignored
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_values_are_distributions_over_the_levels() {
        for (n, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, n);
            assert!(field.levels().len() < MOST_LEVELS);
            for sum in
                [field.levels().iter().map(|l| l.m).sum::<f64>(), field.levels().iter().map(|l| l.u).sum()]
            {
                assert!((sum - 1.0).abs() < 0.005, "{}: {sum}", field.name());
            }
        }
    }
}
