//! Counting, in parallel over pieces of the register.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use rustcare_model::Sex;

use super::filter::{BreakdownFilter, CountedPatient, Days, counted, factors};
use super::grouping::{GroupIndex, Groups};
use crate::columns::{CodeIndex, Columns, PatientColumn};
use crate::risk_factor::{self, Factors};

/// One group while it is counted.
#[derive(Default)]
pub(super) struct Counting {
    /// Completed years of those whose birth is known.
    pub ages: Vec<i16>,
    pub count: u64,
    /// Female, male, other, unknown.
    pub sexes: [u64; 4],
    /// By factor, in the order of [`risk_factor::all`].
    pub factors: Vec<u64>,
}

const fn place_of(sex: Sex) -> usize {
    match sex {
        Sex::Female => 0,
        Sex::Male => 1,
        Sex::Other => 2,
        Sex::Unknown => 3,
    }
}

impl Counting {
    fn add(&mut self, patient: CountedPatient, sex: Sex, mut factors: Factors) {
        self.count += 1;
        self.sexes[place_of(sex)] += 1;
        self.ages.extend(patient.age);
        self.factors.resize(risk_factor::all().len(), 0);
        while factors != 0 {
            self.factors[factors.trailing_zeros() as usize] += 1;
            factors &= factors - 1;
        }
    }

    /// Everything but the ages.
    pub fn add_counts(&mut self, other: &Self) {
        self.count += other.count;
        for (mine, theirs) in self.sexes.iter_mut().zip(other.sexes) {
            *mine += theirs;
        }
        self.factors.resize(risk_factor::all().len(), 0);
        for (mine, theirs) in self.factors.iter_mut().zip(&other.factors) {
            *mine += theirs;
        }
    }

    fn join(&mut self, other: Self) {
        self.add_counts(&other);
        self.ages.extend(other.ages);
    }
}

/// By code; without one, those without a diagnosis.
pub(super) type CountedCodes = BTreeMap<Option<CodeIndex>, Counting>;

/// Everybody whom the filter lets in, by the code of the primary diagnosis.
pub(super) fn count(columns: &Columns, filter: &BreakdownFilter, days: Days) -> CountedCodes {
    let of_piece = |piece: &[PatientColumn]| {
        let mut counting: HashMap<Option<CodeIndex>, Counting> = HashMap::new();
        for patient in piece {
            if let Some(found) = counted(columns, patient, filter, days) {
                let factors = factors(columns, patient, days.as_of);
                counting.entry(found.primary).or_default().add(found, patient.sex, factors);
            }
        }
        counting
    };
    let pieces = columns.patients.par_chunks(4096).map(of_piece);
    let counted = pieces.reduce(HashMap::new, |mut one, other| {
        for (code, counting) in other {
            one.entry(code).or_default().join(counting);
        }
        one
    });
    counted.into_iter().collect()
}

/// The same by group.
pub(super) fn by_group(counted: CountedCodes, groups: &Groups) -> BTreeMap<Option<GroupIndex>, Counting> {
    let mut by_group: BTreeMap<Option<GroupIndex>, Counting> = BTreeMap::new();
    for (code, counting) in counted {
        by_group.entry(code.map(|code| groups.of(code))).or_default().join(counting);
    }
    by_group
}
