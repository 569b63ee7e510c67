//! The population broken down by primary diagnosis: who, how old, with which risk factors more than the rest.
//!
//! | module | what it knows |
//! |---|---|
//! | `filter` | who is counted, with which diagnosis and age |
//! | `grouping` | code, block or chapter |
//! | `count` | counting, in parallel |
//! | `factors` | a risk factor in a group and in the rest |
//! | `shown` | which numbers must not be shown |
//! | `describe` | a group in figures |

mod count;
mod describe;
mod factors;
mod filter;
mod grouping;
mod shown;

use std::time::Instant;

use jiff::civil::Date;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use factors::RiskFactorCount;
pub use filter::{BreakdownFilter, NotADate};
pub use grouping::Grouping;

use count::{Counting, by_group, count};
use describe::Describing;
use factors::correct;
use filter::{Days, counted};
use grouping::Groups;
use shown::Shown;

use crate::columns::{Columns, PatientColumn};
use crate::disclosure::Disclosure;
use crate::risk_factor;

/// Patients by sex. A number that must not be shown is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // the words of the register
pub struct SexCounts {
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub female: Option<u64>,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub male: Option<u64>,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub other: Option<u64>,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub unknown: Option<u64>,
}

/// Patients with one primary diagnosis. Of a hidden group only its name is shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct BreakdownGroup {
    /// `None` in the row "No diagnosis recorded".
    pub code: Option<String>,
    /// Short name of the code system.
    pub system: Option<String>,
    /// As shown.
    pub title: String,
    /// Patients. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub count: Option<u64>,
    /// Of all counted patients.
    pub share_percent: Option<f64>,
    /// Years; over patients whose birth is known.
    pub age_mean: Option<f64>,
    /// Years; sample standard deviation, from two patients on.
    pub age_sd: Option<f64>,
    /// Years.
    pub age_median: Option<f64>,
    /// Years; a quarter is younger (quantile of type 7).
    pub age_lower_quartile: Option<f64>,
    /// Years; a quarter is older.
    pub age_upper_quartile: Option<f64>,
    /// By sex.
    pub sex: SexCounts,
    /// Of the group.
    pub female_percent: Option<f64>,
    /// Those that at least one patient of the group has, most frequent first.
    pub risk_factors: Vec<RiskFactorCount>,
}

/// The breakdown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Breakdown {
    /// ISO date of counting.
    pub as_of: String,
    /// How the primary diagnosis was chosen, in English words.
    pub rule: String,
    /// The same for the window's own wording.
    pub rule_name: BreakdownRule,
    /// What makes a group.
    pub group_by: Grouping,
    /// Patients counted. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub patients: Option<u64>,
    /// Patients in the vault.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total_patients: u64,
    /// Patients counted without a diagnosis. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub without_diagnosis: Option<u64>,
    /// By count, then code; then hidden groups, by code; "No diagnosis recorded" last.
    pub groups: Vec<BreakdownGroup>,
    /// Smallest number that is shown to whoever asks, nought aside.
    pub smallest_shown: u32,
    /// Time in the core, microseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub took_microseconds: u64,
    /// Version of the data that was counted.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub data_version: u64,
    /// Version of the risk factor file.
    pub risk_factors_version: u32,
}

/// How the primary diagnosis of a patient is chosen. Another rule gets another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BreakdownRule {
    /// As [`RULE`] says.
    LatestEncounter,
}

/// The rule, printed under every table.
pub const RULE: &str = "One diagnosis a patient: of the latest encounter that has one, up to the day of counting, the diagnosis \
with rank 1 or marked chief complaint or admission; else that encounter's earliest encounter diagnosis. Without such an encounter: \
the patient's earliest condition that is still active. Ties go to the lower code. With a date range, only patients with an encounter \
in it are counted, and only those encounters. Risk factors: any earlier condition of the Elixhauser groups (AHRQ v2026.1, ICD-10-CM), \
and the latest smoking status, body mass index, systolic pressure and HbA1c.";

/// How risk factors are compared, printed under every table that compares them.
pub const COMPARISON: &str = "Each risk factor is compared with the rest: everybody else who is counted. Prevalence ratio with 95 % \
interval (Katz), standardised mean difference (Austin), chi-square or, where fewer than five are expected in a cell, Fisher's exact \
test, and Benjamini-Hochberg q over all tests shown. A factor is unique to a group when q is below 0.05, the share is larger than in \
the rest, and no diagnosis of the group itself makes it.";

/// Counts. `today` is the day in the clinic's time zone; `disclosure` is what whoever asks may be shown. What is computed from
/// counts is computed from those that are shown.
///
/// # Errors
/// [`NotADate`].
pub fn break_down(
    columns: &Columns,
    filter: &BreakdownFilter,
    today: Date,
    disclosure: Disclosure,
) -> Result<Breakdown, NotADate> {
    let started = Instant::now();
    let days = Days::read(filter, today)?;
    let groups = Groups::new(columns, filter.group_by);
    let counted = count(columns, filter, days);
    let shown = Shown::decide(columns, &counted, &groups, disclosure);
    let mut all = Counting::default();
    for of_code in counted.values() {
        all.add_counts(of_code);
    }
    let describing = Describing { groups: &groups, all: &all, shown: &shown, disclosure };
    let mut described: Vec<BreakdownGroup> = by_group(counted, &groups)
        .into_par_iter()
        .map(|(group, own)| describing.group(group, &own))
        .collect();
    correct(described.iter_mut().flat_map(|group| &mut group.risk_factors));
    sort(&mut described);
    let without_diagnosis =
        described.iter().find(|group| group.code.is_none()).map_or(Some(0), |group| group.count);
    Ok(Breakdown {
        as_of: days.as_of_date.to_string(),
        rule: RULE.to_owned(),
        rule_name: BreakdownRule::LatestEncounter,
        group_by: filter.group_by,
        patients: shown.patients.then_some(disclosure.rounded(all.count)),
        total_patients: disclosure.rounded(columns.patients.len() as u64),
        without_diagnosis,
        groups: described,
        smallest_shown: u32::try_from(disclosure.smallest().max(1)).unwrap_or(u32::MAX),
        took_microseconds: started.elapsed().as_micros() as u64,
        data_version: columns.data_version,
        risk_factors_version: risk_factor::VERSION,
    })
}

/// Shown groups by count, hidden ones after them; among equals by code. Those without a diagnosis come last.
fn sort(groups: &mut [BreakdownGroup]) {
    groups.sort_by(|a, b| {
        let place = |group: &BreakdownGroup| (group.code.is_none(), group.count.is_none());
        place(a)
            .cmp(&place(b))
            .then_with(|| b.count.cmp(&a.count))
            .then_with(|| (&a.code, &a.system).cmp(&(&b.code, &b.system)))
    });
}

/// One group of a breakdown, named as it is shown there; without a code those without a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PrimaryDiagnosis {
    /// Short name of the code system.
    pub system: Option<String>,
    /// Code.
    pub code: Option<String>,
}

/// Rows of the patients that [`break_down`] counts, in the register's order: all of them, or those of one group.
///
/// # Errors
/// [`NotADate`].
pub fn members(
    columns: &Columns,
    filter: &BreakdownFilter,
    group: Option<&PrimaryDiagnosis>,
    today: Date,
) -> Result<Vec<i64>, NotADate> {
    let days = Days::read(filter, today)?;
    let groups = Groups::new(columns, filter.group_by);
    let is_wanted = |wanted: &PrimaryDiagnosis, named: &grouping::NamedGroup| {
        wanted.code.as_deref() == Some(named.code.as_str())
            && wanted.system.as_deref() == Some(named.short_system())
    };
    let wanted: Vec<bool> =
        groups.all.iter().map(|named| group.is_some_and(|wanted| is_wanted(wanted, named))).collect();
    let of = |patient: &PatientColumn| {
        let found = counted(columns, patient, filter, days)?;
        let is_of = match (group, found.primary) {
            (None, _) => true,
            (Some(group), None) => group.code.is_none(),
            (Some(_), Some(code)) => wanted[groups.of(code) as usize],
        };
        is_of.then_some(patient.row)
    };
    Ok(columns.patients.par_iter().filter_map(of).collect())
}

#[cfg(test)]
mod tests;
