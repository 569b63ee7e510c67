//! The population broken down by primary diagnosis.

use std::collections::HashMap;
use std::time::Instant;

use jiff::civil::Date;
use rayon::prelude::*;
use rustcare_model::Sex;
use rustcare_model::birth::whole_years;
use rustcare_model::code::short_system_name;
use rustcare_vault::table::patient::{day_number, day_of};
use serde::{Deserialize, Serialize};

use crate::ages::{mean, median, standard_deviation};
use crate::columns::{CodeIndex, Columns, PatientColumn};
use crate::risk_factor::{self, Factors};

/// Which patients are counted. Every part is shown on screen; there is no hidden filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct BreakdownFilter {
    /// Youngest age in years, on the day of counting.
    pub age_min: Option<i16>,
    /// Oldest age in years.
    pub age_max: Option<i16>,
    /// Empty: all.
    pub sex: Vec<Sex>,
    /// ISO date: only patients with an encounter from this day on.
    pub from: Option<String>,
    /// ISO date: … up to this day.
    pub to: Option<String>,
    /// Leave the dead out.
    pub alive_only: bool,
    /// ISO date of counting; today when empty.
    pub as_of: Option<String>,
}

impl Default for BreakdownFilter {
    /// Adults, of either sex, alive or dead, today.
    fn default() -> Self {
        Self {
            age_min: Some(18),
            age_max: None,
            sex: Vec::new(),
            from: None,
            to: None,
            alive_only: false,
            as_of: None,
        }
    }
}

/// How often a risk factor is found in a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the column it has on screen
pub struct RiskFactorCount {
    pub key: String,
    pub title: String,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub count: u64,
    pub percent: f64,
}

/// Patients with one primary diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct BreakdownGroup {
    /// `None` in the row "No diagnosis recorded".
    pub code: Option<String>,
    /// Short name of the code system.
    pub system: Option<String>,
    /// As shown.
    pub title: String,
    /// Patients.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub count: u64,
    /// Of all counted patients.
    pub share_percent: f64,
    /// Years; over patients whose birth is known.
    pub age_mean: Option<f64>,
    /// Years; sample standard deviation, from two patients on.
    pub age_sd: Option<f64>,
    /// Years.
    pub age_median: Option<f64>,
    /// Of the group.
    pub female_percent: f64,
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
    /// Patients counted.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub patients: u64,
    /// Patients in the vault.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total_patients: u64,
    /// Patients counted without a diagnosis.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub without_diagnosis: u64,
    /// By count, then code; "No diagnosis recorded" last.
    pub groups: Vec<BreakdownGroup>,
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

/// A filter that says what it cannot: a date that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a date; write it as 2026-11-24")]
pub struct NotADate(pub &'static str);

#[derive(Debug, Clone, Copy)]
struct Days {
    as_of: i32,
    as_of_date: Date,
    from: i32,
    to: i32,
    ranged: bool,
}

fn days(filter: &BreakdownFilter, today: Date) -> Result<Days, NotADate> {
    let read = |text: &Option<String>, field| match text.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse::<Date>().map(Some).map_err(|_| NotADate(field)),
    };
    let as_of_date = read(&filter.as_of, "as_of")?.unwrap_or(today);
    let (from, to) = (read(&filter.from, "from")?, read(&filter.to, "to")?);
    Ok(Days {
        as_of: day_number(as_of_date) as i32,
        as_of_date,
        from: from.map_or(i32::MIN, |d| day_number(d) as i32),
        to: to.map_or(i32::MAX, |d| day_number(d) as i32),
        ranged: from.is_some() || to.is_some(),
    })
}

/// One group while it is counted.
#[derive(Default)]
struct Counting {
    ages: Vec<i16>,
    count: u64,
    female: u64,
    factors: Vec<u64>,
}

impl Counting {
    fn add(&mut self, age: Option<i16>, sex: Sex, mut factors: Factors) {
        self.count += 1;
        self.female += u64::from(sex == Sex::Female);
        self.ages.extend(age);
        self.factors.resize(risk_factor::all().len(), 0);
        while factors != 0 {
            self.factors[factors.trailing_zeros() as usize] += 1;
            factors &= factors - 1;
        }
    }

    fn join(&mut self, other: Self) {
        self.ages.extend(other.ages);
        self.count += other.count;
        self.female += other.female;
        self.factors.resize(risk_factor::all().len(), 0);
        for (mine, theirs) in self.factors.iter_mut().zip(other.factors) {
            *mine += theirs;
        }
    }
}

type Groups = HashMap<Option<CodeIndex>, Counting>;

/// Counts. `today` is the day in the clinic's time zone.
///
/// # Errors
/// [`NotADate`].
pub fn break_down(columns: &Columns, filter: &BreakdownFilter, today: Date) -> Result<Breakdown, NotADate> {
    let started = Instant::now();
    let days = days(filter, today)?;
    let groups: Groups = columns
        .patients
        .par_chunks(4096)
        .map(|chunk| {
            let mut groups = Groups::new();
            for patient in chunk {
                if let Some((primary, age)) = counted(columns, patient, filter, days) {
                    let factors = factors(columns, patient, days.as_of);
                    groups.entry(primary).or_default().add(age, patient.sex, factors);
                }
            }
            groups
        })
        .reduce(Groups::new, |mut a, b| {
            for (primary, counting) in b {
                a.entry(primary).or_default().join(counting);
            }
            a
        });
    let patients: u64 = groups.values().map(|g| g.count).sum();
    let without_diagnosis = groups.get(&None).map_or(0, |g| g.count);
    let mut described: Vec<(Option<CodeIndex>, BreakdownGroup)> =
        groups.into_iter().map(|(primary, g)| (primary, describe(columns, primary, g, patients))).collect();
    described.sort_by(|(a, x), (b, y)| {
        let order = |p: &Option<CodeIndex>| p.map(|c| columns.code_order(c));
        a.is_none()
            .cmp(&b.is_none())
            .then_with(|| y.count.cmp(&x.count))
            .then_with(|| order(a).cmp(&order(b)))
    });
    Ok(Breakdown {
        as_of: days.as_of_date.to_string(),
        rule: RULE.to_owned(),
        rule_name: BreakdownRule::LatestEncounter,
        patients,
        total_patients: columns.patients.len() as u64,
        without_diagnosis,
        groups: described.into_iter().map(|(_, group)| group).collect(),
        took_microseconds: started.elapsed().as_micros() as u64,
        data_version: columns.data_version,
        risk_factors_version: risk_factor::VERSION,
    })
}

/// The primary diagnosis and age of a patient who is counted, `None` for one who is not.
fn counted(
    columns: &Columns,
    patient: &PatientColumn,
    filter: &BreakdownFilter,
    days: Days,
) -> Option<(Option<CodeIndex>, Option<i16>)> {
    if !filter.sex.is_empty() && !filter.sex.contains(&patient.sex) {
        return None;
    }
    if patient.birth_day.is_some_and(|born| born > days.as_of) {
        return None;
    }
    let dead = patient.deceased && patient.deceased_day.is_none_or(|d| d <= days.as_of);
    if filter.alive_only && dead {
        return None;
    }
    // The dead stay as old as they became.
    let on = patient
        .deceased_day
        .filter(|d| *d < days.as_of)
        .and_then(|d| day_of(i64::from(d)))
        .unwrap_or(days.as_of_date);
    let age = patient.birth_day.and_then(|d| day_of(i64::from(d))).map(|born| whole_years(born, on));
    if filter.age_min.is_some_and(|min| age.is_none_or(|a| a < min))
        || filter.age_max.is_some_and(|max| age.is_none_or(|a| a > max))
    {
        return None;
    }
    let encounters = columns.encounters[patient.encounters.clone()]
        .iter()
        .filter(|e| e.day <= days.as_of && e.day >= days.from && e.day <= days.to);
    if days.ranged && encounters.clone().next().is_none() {
        return None;
    }
    let of_encounter = encounters.clone().find_map(|e| e.primary);
    let active = || {
        columns.conditions[patient.conditions.clone()]
            .iter()
            .find(|c| c.day <= days.as_of && c.over > days.as_of)
            .map(|c| c.code)
    };
    Some((of_encounter.or_else(active), age))
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
    let days = days(filter, today)?;
    let is_of = |primary: Option<CodeIndex>| match (group, primary.map(|c| &columns.codes[c as usize])) {
        (None, _) => true,
        (Some(group), None) => group.code.is_none(),
        (Some(group), Some(named)) => {
            group.code.as_deref() == Some(named.code.as_str())
                && group.system.as_deref() == Some(short_system_name(&named.system))
        }
    };
    let of = |patient: &PatientColumn| {
        counted(columns, patient, filter, days).filter(|(primary, _)| is_of(*primary)).map(|_| patient.row)
    };
    Ok(columns.patients.par_iter().filter_map(of).collect())
}

fn factors(columns: &Columns, patient: &PatientColumn, as_of: i32) -> Factors {
    let mut factors = columns.conditions[patient.conditions.clone()]
        .iter()
        .filter(|c| c.day <= as_of)
        .fold(0, |all, c| all | c.factors);
    let mut seen = 0;
    // Latest first: the first of each measure decides.
    for measure in columns.measures[patient.measures.clone()].iter().filter(|m| m.day <= as_of) {
        let bit = measure.measure.bit();
        if seen & bit == 0 {
            seen |= bit;
            factors |= if measure.met { bit } else { 0 };
        }
    }
    factors
}

fn describe(columns: &Columns, primary: Option<CodeIndex>, mut g: Counting, patients: u64) -> BreakdownGroup {
    g.ages.sort_unstable();
    let percent = |part: u64, whole: u64| {
        if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
    };
    let mut risk_factors: Vec<RiskFactorCount> = risk_factor::all()
        .iter()
        .zip(&g.factors)
        .filter(|(_, count)| **count > 0)
        .map(|(f, count)| RiskFactorCount {
            key: f.key.to_owned(),
            title: f.title.to_owned(),
            count: *count,
            percent: percent(*count, g.count),
        })
        .collect();
    risk_factors.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
    let named = primary.map(|c| &columns.codes[c as usize]);
    BreakdownGroup {
        code: named.map(|n| n.code.clone()),
        system: named.map(|n| short_system_name(&n.system).to_owned()),
        title: named.map_or_else(|| "No diagnosis recorded".to_owned(), |n| n.title.clone()),
        count: g.count,
        share_percent: percent(g.count, patients),
        age_mean: mean(&g.ages),
        age_sd: standard_deviation(&g.ages),
        age_median: median(&g.ages),
        female_percent: percent(g.female, g.count),
        risk_factors,
    }
}

#[cfg(test)]
mod tests;
