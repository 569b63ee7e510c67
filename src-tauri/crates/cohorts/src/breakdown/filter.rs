//! Who is counted, with which primary diagnosis and age.

use jiff::civil::Date;
use rustcare_model::Sex;
use rustcare_model::birth::whole_years;
use rustcare_vault::table::patient::{day_number, day_of};
use serde::{Deserialize, Serialize};

use super::grouping::Grouping;
use crate::columns::{CodeIndex, Columns, PatientColumn};
use crate::risk_factor::Factors;

/// Which patients are counted, and how they are grouped. Every part is shown on screen; there is no hidden filter.
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
    /// What makes a group.
    pub group_by: Grouping,
}

impl Default for BreakdownFilter {
    /// Adults, of either sex, alive or dead, today, by code.
    fn default() -> Self {
        Self {
            age_min: Some(18),
            age_max: None,
            sex: Vec::new(),
            from: None,
            to: None,
            alive_only: false,
            as_of: None,
            group_by: Grouping::Code,
        }
    }
}

impl BreakdownFilter {
    /// Names the question: BLAKE3 of the filter as JSON, its first 16 bytes in hexadecimal. Two results with one name asked the same.
    #[must_use]
    pub fn hash(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&text).as_bytes().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A filter that says what it cannot: a date that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a date; write it as 2026-11-24")]
pub struct NotADate(pub &'static str);

/// The days of a filter, since 1970-01-01.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub as_of: i32,
    pub as_of_date: Date,
    from: i32,
    to: i32,
    ranged: bool,
}

impl Days {
    /// `today`: counted on when the filter names no day.
    pub fn read(filter: &BreakdownFilter, today: Date) -> Result<Self, NotADate> {
        let read =
            |text: &Option<String>, field| match text.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
                None => Ok(None),
                Some(text) => text.parse::<Date>().map(Some).map_err(|_| NotADate(field)),
            };
        let as_of_date = read(&filter.as_of, "as_of")?.unwrap_or(today);
        let (from, to) = (read(&filter.from, "from")?, read(&filter.to, "to")?);
        Ok(Self {
            as_of: day_number(as_of_date) as i32,
            as_of_date,
            from: from.map_or(i32::MIN, |d| day_number(d) as i32),
            to: to.map_or(i32::MAX, |d| day_number(d) as i32),
            ranged: from.is_some() || to.is_some(),
        })
    }
}

/// A patient who is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct CountedPatient {
    pub primary: Option<CodeIndex>,
    /// Completed years, where the birth is known.
    pub age: Option<i16>,
}

/// The patient as counted, `None` for one who is not.
pub(super) fn counted(
    columns: &Columns,
    patient: &PatientColumn,
    filter: &BreakdownFilter,
    days: Days,
) -> Option<CountedPatient> {
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
    Some(CountedPatient { primary: of_encounter.or_else(active), age })
}

/// The patient's risk factors on the day of counting.
pub(super) fn factors(columns: &Columns, patient: &PatientColumn, as_of: i32) -> Factors {
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
