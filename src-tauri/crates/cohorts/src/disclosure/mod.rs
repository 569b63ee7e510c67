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
//! That is kept within one answer. Between two answers rounding keeps it ([`Disclosure::FOR_OTHERS`]): two groups, one within the
//! other, could differ by a single patient, and their exact counts would say so. Each count becomes the middle of a band as wide as
//! the threshold, so that for any two counts the people between them could be any number of a range at least `smallest` wide. It
//! needs no memory of what left before and refuses nobody: the same group has the same number everywhere and at all times. What many
//! answers tell together is not covered (Denning, Denning & Schwartz 1979, "The tracker: a threat to statistical database
//! security"): no rule on numbers can, which leaves them of any use.
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

use crate::statistics::Description;

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

    /// Nothing, not even noughts: of people whose number is hidden they would say what all of them are not.
    pub const NOTHING: Self = Self { smallest: 1 << 60, round_to: None };

    /// What leaves, whoever hands it out, and what those see who may not see patients.
    pub const FOR_OTHERS: Self = Self::for_others(SMALLEST_SHOWN);

    /// Counts from `smallest` on, in bands so wide: no small group follows from one answer, nor from two.
    #[must_use]
    pub const fn for_others(smallest: u64) -> Self {
        match NonZeroU64::new(smallest) {
            Some(width) if smallest > 1 => Self::from(smallest).rounded_to(width),
            _ => Self::EVERYTHING,
        }
    }

    /// Counts from `smallest` on.
    #[must_use]
    pub const fn from(smallest: u64) -> Self {
        Self { smallest, round_to: None }
    }

    /// Counts are rounded as well, to the middles of bands so wide: from nought, from `width`, from twice `width` and so on. The
    /// middle, because sums of many lower ends would be too low (midpoint rounding, as OpenSAFELY does).
    #[must_use]
    pub const fn rounded_to(self, width: NonZeroU64) -> Self {
        Self { round_to: Some(width), ..self }
    }

    /// Whether nothing is shown.
    const fn shows_nothing(self) -> bool {
        self.smallest == Self::NOTHING.smallest
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

    /// Whether counts are rounded.
    #[must_use]
    pub const fn rounds(self) -> bool {
        self.round_to.is_some()
    }

    /// Whether a count must not be shown whatever stands beside it.
    #[must_use]
    pub const fn is_small(self, count: u64) -> bool {
        (count > 0 || self.shows_nothing()) && count < self.smallest
    }

    /// A count as it is shown. Percentages are computed from shown counts.
    #[must_use]
    pub fn rounded(self, count: u64) -> u64 {
        match self.round_to {
            Some(width) if count > 0 => count / width * width.get() + (width.get() - 1) / 2,
            _ => count,
        }
    }

    /// A figure that is computed from counts of people, as it is shown: to one decimal where counts are rounded.
    #[must_use]
    pub fn figure(self, figure: f64) -> f64 {
        if self.rounds() { (figure * 10.0).round() / 10.0 } else { figure }
    }

    /// Ages in figures, each as it is shown: in steps that widen as groups shrink ([`Disclosure::step_of_years`]).
    #[must_use]
    pub fn ages(self, ages: Description) -> Description {
        let count = self.rounded(ages.count);
        let step = self.step_of_years(count);
        let figure = |one: f64| step.map_or(one, |step| (one / step).round() * step);
        Description {
            count,
            mean: figure(ages.mean),
            standard_deviation: ages.standard_deviation.map(figure),
            minimum: figure(ages.minimum),
            lower_quartile: figure(ages.lower_quartile),
            median: figure(ages.median),
            upper_quartile: figure(ages.upper_quartile),
            maximum: figure(ages.maximum),
        }
    }

    /// Whether ages of so many people are told finely enough to compute with what is told.
    #[must_use]
    pub fn tells_ages_finely(self, people: u64) -> bool {
        self.step_of_years(self.rounded(people)).is_none_or(|step| step <= 0.5)
    }

    /// In which steps figures of the ages of so many people (as their number is shown) are given, in years; none: exactly.
    ///
    /// The means of two groups that differ by one patient give this patient's age away: `n` times the one less `n - 1` times the
    /// other. Each mean is off by up to half a step, so the age could be any of `n` steps each way; a step is chosen so that those
    /// are as many years as people live.
    fn step_of_years(self, people: u64) -> Option<f64> {
        const LONGEST_LIFE: f64 = 110.0;
        const STEPS: [f64; 5] = [0.1, 0.2, 0.5, 1.0, 2.0];
        let wanted = LONGEST_LIFE / 2.0 / people.max(1) as f64;
        self.rounds().then(|| STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(5.0))
    }

    /// A sum over people (days at risk), as it is shown: as many people as are shown, times the mean to a whole unit. The sum itself
    /// would tell of how many it is, where each has about the same.
    #[must_use]
    pub fn sum(self, sum: u64, people: u64) -> u64 {
        match self.round_to {
            Some(_) if people > 0 => (sum + people / 2) / people * self.rounded(people),
            _ => sum,
        }
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn nought_is_shown_and_rounding_goes_to_the_middle_of_a_band() {
        let disclosure = Disclosure::from(SMALLEST_SHOWN);
        assert_eq!([0, 1, 10, 11].map(|count| disclosure.is_small(count)), [false, true, true, false]);
        let rounded = disclosure.rounded_to(NonZeroU64::new(5).unwrap());
        assert_eq!([0, 11, 14, 15, 19].map(|count| rounded.rounded(count)), [0, 12, 12, 17, 17]);
        let others = [0, 11, 21, 22, 371].map(|count| Disclosure::FOR_OTHERS.rounded(count));
        assert_eq!(others, [0, 16, 16, 27, 368]);
        assert_eq!(Disclosure::for_others(1), Disclosure::EVERYTHING);
        assert_eq!(disclosure.rounded(12), 12);
        assert!(Disclosure::EVERYTHING.shows_everything() && !Disclosure::EVERYTHING.is_small(1));
    }

    /// What somebody sees of a count.
    fn seen(disclosure: Disclosure, count: u64) -> Option<u64> {
        (!disclosure.is_small(count)).then(|| disclosure.rounded(count))
    }

    #[test]
    fn no_two_counts_tell_how_many_are_between_them() {
        for smallest in [2, 3, 5, 10, 11, 20] {
            let disclosure = Disclosure::for_others(smallest);
            // For each pair of answers, every number of people that can be between the two groups.
            let mut between: BTreeMap<_, BTreeSet<u64>> = BTreeMap::new();
            for more in 0..12 * smallest {
                for less in 0..=more {
                    let pair = (seen(disclosure, less), seen(disclosure, more));
                    between.entry(pair).or_default().insert(more - less);
                }
            }
            for ((less, more), found) in between {
                let (first, last) = (*found.first().unwrap(), *found.last().unwrap());
                let width = last - first + 1;
                assert_eq!(found.len() as u64, width, "{less:?} {more:?}: every number of the range");
                // Beside nought, which is shown, a group is the difference itself: it is hidden or rounded as any group is.
                let wanted = match (less, more) {
                    (Some(0), Some(0)) => 1,
                    (Some(0) | None, None) => smallest - 1,
                    _ => smallest,
                };
                assert!(width >= wanted, "{smallest}: {less:?} {more:?} leave {first} to {last}");
                // Exact counts would fail here: each pair would leave one number.
            }
        }
    }

    #[test]
    fn sums_and_means_do_not_tell_of_how_many_they_are() {
        let disclosure = Disclosure::FOR_OTHERS;
        // All were watched for a year: the days would be as many years as there are people.
        let days: BTreeSet<u64> = (22..33).map(|people| disclosure.sum(people * 365, people)).collect();
        assert_eq!(days, BTreeSet::from([27 * 365]));
        assert_eq!((disclosure.sum(0, 0), Disclosure::EVERYTHING.sum(7_300, 20)), (0, 7_300));
        let ages = Description::of((0..37).map(|age| f64::from(age % 11)).collect()).unwrap();
        assert!((ages.mean - 4.6216).abs() < 1e-4);
        let shown = disclosure.ages(ages);
        assert_eq!((shown.count, shown.mean), (38, 4.0));
        assert_eq!(Disclosure::EVERYTHING.ages(ages), ages);
        assert!(Disclosure::NOTHING.is_small(0), "nought would say of hidden people what they all are not");
    }

    #[test]
    fn the_means_of_two_groups_do_not_tell_the_age_of_the_one_patient_between_them() {
        let disclosure = Disclosure::FOR_OTHERS;
        for people in [11_u64, 12, 21, 22, 27, 54, 55, 120, 549, 550, 3_000] {
            for own in [0.0, 90.0] {
                let others = (1..people).map(|one| (one * 37 % 90) as f64);
                let Some(fewer) = Description::of(others.clone().collect()) else { continue };
                let Some(all) = Description::of(others.chain([own]).collect()) else { continue };
                let step = |people| disclosure.step_of_years(disclosure.rounded(people)).unwrap();
                // How far the age that follows from what is shown can be from the true one, by the steps alone.
                let (all_step, fewer_step) = (step(people), step(people - 1));
                let off = (people as f64 * all_step + (people - 1) as f64 * fewer_step) / 2.0;
                assert!(off >= 50.0, "{people}: {off}");
                assert!((disclosure.ages(all).mean - all.mean).abs() <= all_step / 2.0 + 1e-9);
                assert!((disclosure.ages(fewer).mean - fewer.mean).abs() <= fewer_step / 2.0 + 1e-9);
            }
        }
    }
}
