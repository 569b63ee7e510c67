//! What the people of a cohort are like when they enter it, beside others.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Index;
use super::cohort::{Cohort, age_of, sex_of};
use crate::definition::CriterionKind;
use crate::disclosure::Disclosure;
use crate::disclosure::list::list;
use crate::disclosure::table::table;
use crate::omop::{NO_DAY, NO_INTEGER};
use crate::population::walk;
use crate::statistics::difference::{MeanAndDeviation, of_categories, of_means, of_proportions};
use crate::statistics::{Description, Proportion};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableOneOptions {
    /// Days before the day of entry in which events are looked for; the day of entry itself is not one of them.
    pub days_before: i32,
    /// Most events of a kind that are listed.
    pub most: usize,
}

impl Default for TableOneOptions {
    /// A year, the ten most frequent.
    fn default() -> Self {
        Self { days_before: 365, most: 10 }
    }
}

/// People with a quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Part {
    /// People. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub count: Option<u64>,
    /// Of all people of the cohort.
    pub percent: Option<f64>,
}

/// A quality in the cohort and beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Characteristic {
    /// Sex, race, ethnicity, or what the event was; 0 where it is not known.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub concept_id: i64,
    /// In the cohort.
    pub in_cohort: Part,
    /// In the other cohort; none without one.
    pub in_other: Option<Part>,
    /// Standardised mean difference of the shares (Austin).
    pub standardised_difference: Option<f64>,
}

/// Ages in years, by the calendar year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AgeAtEntry {
    /// Mean.
    pub mean: Option<f64>,
    /// Sample standard deviation.
    pub standard_deviation: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// A quarter is younger.
    pub lower_quartile: Option<f64>,
    /// A quarter is older.
    pub upper_quartile: Option<f64>,
}

/// A quality of which everybody has one value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Categories {
    /// By value, in order of the concepts.
    pub values: Vec<Characteristic>,
    /// Of the quality as a whole (Yang & Dalton); never negative.
    pub standardised_difference: Option<f64>,
}

/// Events of a kind before entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EventsBefore {
    /// As OHDSI names it: `ConditionOccurrence`.
    pub kind: String,
    /// The most frequent in the cohort, then by concept.
    pub concepts: Vec<Characteristic>,
}

/// The table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TableOne {
    /// People of the cohort. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub persons: Option<u64>,
    /// People of the other cohort; none without one, and where it is hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub other_persons: Option<u64>,
    /// Days before entry that events were looked for in.
    pub days_before: i32,
    /// In the cohort.
    pub age: AgeAtEntry,
    /// In the other cohort.
    pub other_age: Option<AgeAtEntry>,
    /// Standardised mean difference of the ages.
    pub age_standardised_difference: Option<f64>,
    /// By `gender_concept_id`.
    pub sex: Categories,
    /// By `race_concept_id`.
    pub race: Categories,
    /// By `ethnicity_concept_id`.
    pub ethnicity: Categories,
    /// Conditions, drugs, procedures, measurements.
    pub events: Vec<EventsBefore>,
}

/// The kinds of events that are listed.
const KINDS: [CriterionKind; 4] = [
    CriterionKind::ConditionOccurrence,
    CriterionKind::DrugExposure,
    CriterionKind::ProcedureOccurrence,
    CriterionKind::Measurement,
];

/// The people of a cohort, or of both, in one go.
struct Both<'a> {
    index: &'a Index,
    sides: Vec<&'a Cohort>,
    persons: Vec<u64>,
    disclosure: Disclosure,
}

/// Describes the people of a cohort at their first entry, beside those of another ([`Cohort::rest`] makes one of everybody else).
#[must_use]
pub fn table_one(
    index: &Index,
    cohort: &Cohort,
    other: Option<&Cohort>,
    options: TableOneOptions,
    disclosure: Disclosure,
) -> TableOne {
    let sides: Vec<&Cohort> = std::iter::once(cohort).chain(other).collect();
    let persons: Vec<u64> = sides.iter().map(|side| side.persons()).collect();
    let shown = |side: usize| {
        let count = persons.get(side).copied()?;
        (!disclosure.is_small(count)).then_some(disclosure.rounded(count))
    };
    let both = Both { index, sides, persons: persons.clone(), disclosure };
    let ages = both.ages();
    let age = |side: usize| ages.get(side).map(|described| age_at_entry(*described));
    let spread = |side: usize| {
        let described = ages.get(side).copied().flatten()?;
        let deviation =
            described.standard_deviation.filter(|_| disclosure.tells_ages_finely(described.count))?;
        Some(MeanAndDeviation { mean: described.mean, standard_deviation: deviation })
    };
    TableOne {
        persons: shown(0),
        other_persons: shown(1),
        days_before: options.days_before,
        age: age(0).unwrap_or_default(),
        other_age: age(1),
        age_standardised_difference: spread(0).zip(spread(1)).and_then(|(one, other)| of_means(one, other)),
        sex: both.categories(|patient| sex_of(index, patient)),
        race: both.categories(|patient| index.persons.races.get(patient as usize).unwrap_or(0)),
        ethnicity: both.categories(|patient| index.persons.ethnicities.get(patient as usize).unwrap_or(0)),
        events: KINDS.into_iter().map(|kind| both.events(kind, options)).collect(),
    }
}

fn age_at_entry(described: Option<Description>) -> AgeAtEntry {
    AgeAtEntry {
        mean: described.map(|ages| ages.mean),
        standard_deviation: described.and_then(|ages| ages.standard_deviation),
        median: described.map(|ages| ages.median),
        lower_quartile: described.map(|ages| ages.lower_quartile),
        upper_quartile: described.map(|ages| ages.upper_quartile),
    }
}

impl Both<'_> {
    /// By side; none where there are too few to describe.
    fn ages(&self) -> Vec<Option<Description>> {
        let of = |cohort: &&Cohort| {
            let ages = cohort.entries().filter_map(|entry| age_of(self.index, entry.patient, entry.start));
            let ages: Vec<f64> = ages.map(f64::from).collect();
            let described = Description::of(ages).filter(|ages| !self.disclosure.is_small(ages.count));
            described.map(|ages| self.disclosure.ages(ages))
        };
        self.sides.iter().map(of).collect()
    }

    /// A quality of which everybody has one value. Values are hidden on all sides or on none; where a side is small, all are.
    fn categories(&self, value: impl Fn(u32) -> i64) -> Categories {
        let of_side = |cohort: &&Cohort| {
            let mut counts = std::collections::BTreeMap::new();
            for entry in cohort.entries() {
                *counts.entry(value(entry.patient)).or_insert(0_u64) += 1;
            }
            counts
        };
        let sides: Vec<_> = self.sides.iter().map(of_side).collect();
        let mut concepts: Vec<i64> = sides.iter().flat_map(|side| side.keys().copied()).collect();
        concepts.sort_unstable();
        concepts.dedup();
        let rows: Vec<Vec<u64>> = concepts
            .iter()
            .map(|concept| sides.iter().map(|side| side.get(concept).copied().unwrap_or(0)).collect())
            .collect();
        let shown = self.shown_rows(&rows);
        let column =
            |side: usize| rows.iter().map(|row| self.disclosure.rounded(row[side])).collect::<Vec<u64>>();
        let all_shown = shown.iter().all(|shown| *shown);
        let difference =
            if self.sides.len() > 1 && all_shown { of_categories(&column(0), &column(1)) } else { None };
        let characteristic =
            |((concept, row), shown): ((i64, &Vec<u64>), bool)| self.characteristic(concept, row, shown);
        Categories {
            values: concepts.iter().copied().zip(&rows).zip(shown).map(characteristic).collect(),
            standardised_difference: difference,
        }
    }

    /// Rows of a table of values and sides, beside the sides' sums.
    fn shown_rows(&self, rows: &[Vec<u64>]) -> Vec<bool> {
        let mut shown = if self.sides.len() > 1 {
            let cells = table(rows, self.disclosure).cells;
            cells.iter().map(|row| row.iter().all(|shown| *shown)).collect()
        } else {
            vec![true; rows.len()]
        };
        for side in 0..self.sides.len() {
            let column: Vec<u64> = rows.iter().map(|row| row[side]).collect();
            let of_side = list(&column, self.disclosure);
            for (shown, here) in shown.iter_mut().zip(of_side.counts) {
                *shown &= here && of_side.total;
            }
        }
        shown
    }

    fn characteristic(&self, concept_id: i64, counts: &[u64], is_shown: bool) -> Characteristic {
        let rounded = |side: usize| {
            let total = self.disclosure.rounded(*self.persons.get(side)?);
            Proportion::new(self.disclosure.rounded(*counts.get(side)?).min(total), total)
        };
        let part = |of: Option<Proportion>| {
            let of = of.filter(|_| is_shown);
            Part { count: of.map(Proportion::count), percent: of.and_then(Proportion::percent) }
        };
        let (one, other) = (rounded(0), rounded(1));
        let both = one.zip(other).filter(|_| is_shown);
        Characteristic {
            concept_id,
            in_cohort: part(one),
            in_other: (self.sides.len() > 1).then(|| part(other)),
            standardised_difference: both.and_then(|(one, other)| of_proportions(one, other)),
        }
    }

    /// The most frequent events before entry. Whoever has one kind of event may have another, so that they do not add up: each is
    /// decided on by itself, with those who have it and those who have not, on both sides.
    fn events(&self, kind: CriterionKind, options: TableOneOptions) -> EventsBefore {
        let none = EventsBefore { kind: kind.name().to_owned(), concepts: Vec::new() };
        let Some(domain) = self.index.domain(kind) else { return none };
        let days: Vec<Vec<i32>> = self.sides.iter().map(|side| side.entry_days(self.index)).collect();
        let make = |concept: i64| (concept, vec![(0_u64, u32::MAX); days.len()]);
        let visit = |(_, counts): &mut (i64, Vec<(u64, u32)>), rows: std::ops::Range<usize>| {
            for (patient, day) in domain.patients[rows.clone()].iter().zip(&domain.starts[rows]) {
                for (entries, (count, previous)) in days.iter().zip(counts.iter_mut()) {
                    let entry = entries[*patient as usize];
                    let before = entry.saturating_sub(*day);
                    if entry != NO_DAY && before >= 1 && before <= options.days_before && previous != patient
                    {
                        *previous = *patient;
                        *count += 1;
                    }
                }
            }
        };
        let mut found: Vec<(i64, Vec<u64>)> = walk(self.index, domain, make, visit)
            .into_par_iter()
            .map(|(concept, counts)| {
                (concept, counts.into_iter().map(|(count, _)| count).collect::<Vec<u64>>())
            })
            .filter(|(concept, counts)| counts[0] > 0 && *concept != NO_INTEGER && *concept != 0)
            .collect();
        found.sort_unstable_by_key(|(concept, counts)| (std::cmp::Reverse(counts[0]), *concept));
        let is_shown = |counts: &[u64]| {
            let is_small = |(count, all): (&u64, &u64)| {
                self.disclosure.is_small(*count)
                    || self.disclosure.is_small(all - count)
                    || self.disclosure.is_small(*all)
            };
            !counts.iter().zip(&self.persons).any(is_small)
        };
        // What is hidden takes no place in the list: its rank would tell.
        found.retain(|(_, counts)| is_shown(counts));
        found.truncate(options.most);
        let concepts =
            found.into_iter().map(|(concept, counts)| self.characteristic(concept, &counts, true)).collect();
        EventsBefore { concepts, ..none }
    }
}
