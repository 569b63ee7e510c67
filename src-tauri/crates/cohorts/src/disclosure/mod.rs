//! Which counts may be shown to whom must not see a patient, so that no small group is given away.
//!
//! The threshold is that of the Centers for Medicare & Medicaid Services (cell size suppression policy: no cell from 1 to 10, and
//! no number from which one follows). Nought is shown. The rule that everything here keeps:
//!
//! > A count from 1 to `smallest - 1` is hidden. From everything that is shown, and from knowing that a hidden count is at least
//! > one, each hidden count could be any number of a range at least `smallest` wide. Where a hidden count is part of a
//! > shown group too small for that (a group of twelve leaves one to eleven), it could be any number that the group allows.
//!
//! Counts that must be hidden to keep it (complementary suppression) look like those that are small: which is which would be a
//! hint. What is computed from a hidden count is hidden with it, and lists are not sorted by what is hidden.
//!
//! Numbers that add up are a flow: each count an arc, each sum a node (Gusfield 1988, "A graph theoretic approach to statistical
//! data security"; Cox 1995, "Network models for complementary cell suppression"). The range of a hidden count is what can be
//! sent about it through other hidden counts. For lists and for shares of groups there is a closed form.
//!
//! | module | what it decides on |
//! |---|---|
//! | [`list`] | groups with a total |
//! | [`share`] | one quality in each of several groups, beside the groups' own counts and the total |
//! | [`table`] | a table with the totals of its rows and columns |
//! | [`chain`] | counts that fall from one to the next |
//! | [`tree`] | groups within groups, whichever level is looked at |
//! | [`network`] | any counts that add up |

pub mod chain;
pub mod list;
pub mod network;
pub mod share;
pub mod table;
pub mod tree;

use std::num::NonZeroU64;

/// The threshold of the Centers for Medicare & Medicaid Services.
pub const SMALLEST_SHOWN: u64 = 11;

/// What somebody may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disclosure {
    smallest: u64,
    round_to: Option<NonZeroU64>,
}

impl Disclosure {
    /// For those who may see patients: everything.
    pub const EVERYTHING: Self = Self { smallest: 1, round_to: None };

    /// Nothing but noughts.
    pub const NOTHING: Self = Self { smallest: 1 << 60, round_to: None };

    /// Counts from `smallest` on.
    #[must_use]
    pub const fn from(smallest: u64) -> Self {
        Self { smallest, round_to: None }
    }

    /// Counts are rounded as well, to the nearest multiple: two results that differ in a few patients mostly look alike.
    #[must_use]
    pub const fn rounded_to(self, multiple: NonZeroU64) -> Self {
        Self { round_to: Some(multiple), ..self }
    }

    /// Smallest count that is shown, nought aside.
    #[must_use]
    pub const fn smallest(self) -> u64 {
        self.smallest
    }

    /// Whether everything is shown as it is.
    #[must_use]
    pub const fn shows_everything(self) -> bool {
        self.smallest <= 1 && self.round_to.is_none()
    }

    /// Whether a count must not be shown whatever stands beside it.
    #[must_use]
    pub const fn is_small(self, count: u64) -> bool {
        count > 0 && count < self.smallest
    }

    /// A count as it is shown. Percentages are computed from shown counts.
    #[must_use]
    pub fn rounded(self, count: u64) -> u64 {
        match self.round_to {
            None => count,
            Some(multiple) => (count + multiple.get() / 2) / multiple * multiple.get(),
        }
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nought_is_shown_and_rounding_goes_to_the_nearest() {
        let disclosure = Disclosure::from(SMALLEST_SHOWN);
        assert_eq!([0, 1, 10, 11].map(|count| disclosure.is_small(count)), [false, true, true, false]);
        let rounded = disclosure.rounded_to(NonZeroU64::new(5).unwrap());
        assert_eq!([11, 12, 13, 17, 18].map(|count| rounded.rounded(count)), [10, 10, 15, 15, 20]);
        assert_eq!(disclosure.rounded(12), 12);
        assert!(Disclosure::EVERYTHING.shows_everything() && !Disclosure::EVERYTHING.is_small(1));
    }
}
