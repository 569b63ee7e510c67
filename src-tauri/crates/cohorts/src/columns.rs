//! The columnar copy: what a breakdown needs of each patient, flat and in order.
//!
//! The primary diagnosis of an encounter is settled here, once: the rule does not depend on any filter.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row};
use rustcare_model::clinical_record::{EncounterDiagnosis, Qualifier, RecordKind, has_happened};
use rustcare_model::code::ICD_10_CM;
use rustcare_vault::table::setting;
use rustcare_vault::{VaultError, VaultResult};

use crate::risk_factor::{self, Factors, Measure};

/// Index of a code in [`Columns::codes`].
pub type CodeIndex = u32;

/// A code as it is grouped by and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCode {
    /// System URI.
    pub system: String,
    /// Code.
    pub code: String,
    /// What the first record with it was called.
    pub title: String,
}

/// An encounter and its primary diagnosis.
#[derive(Debug, Clone, Copy)]
pub struct EncounterColumn {
    /// Start, seconds since 1970.
    pub instant: i64,
    /// Start, days since 1970.
    pub day: i32,
    /// By the rule; `None` when it names none.
    pub primary: Option<CodeIndex>,
}

/// A condition.
#[derive(Debug, Clone, Copy)]
pub struct ConditionColumn {
    /// Onset, seconds since 1970; the far past when unknown.
    pub instant: i64,
    /// Onset, days since 1970.
    pub day: i32,
    /// First day on which it is over; `i32::MAX` while it is active, `i32::MIN` when it never counts.
    pub over: i32,
    /// What it is.
    pub code: CodeIndex,
    /// Its risk factors.
    pub factors: Factors,
}

/// A measurement that can make a risk factor.
#[derive(Debug, Clone, Copy)]
pub struct MeasureColumn {
    /// Seconds since 1970.
    pub instant: i64,
    /// Days since 1970.
    pub day: i32,
    /// Which.
    pub measure: Measure,
    /// Whether it makes the factor.
    pub met: bool,
}

/// A patient: facts, and where their rows are.
#[derive(Debug, Clone)]
pub struct PatientColumn {
    /// Row of the patient.
    pub row: i64,
    /// `female`, `male`, `other`, `unknown`.
    pub sex: rustcare_model::Sex,
    /// Reference day of birth, days since 1970.
    pub birth_day: Option<i32>,
    /// Whether dead.
    pub deceased: bool,
    /// Day of death, where known.
    pub deceased_day: Option<i32>,
    /// In [`Columns::encounters`], latest first, ties by code.
    pub encounters: std::ops::Range<usize>,
    /// In [`Columns::conditions`], earliest first, ties by code.
    pub conditions: std::ops::Range<usize>,
    /// In [`Columns::measures`], latest first.
    pub measures: std::ops::Range<usize>,
}

/// The whole population.
#[derive(Debug, Default)]
pub struct Columns {
    /// The data that it was read from.
    pub data_version: u64,
    /// Every patient.
    pub patients: Vec<PatientColumn>,
    /// All encounters.
    pub encounters: Vec<EncounterColumn>,
    /// All conditions.
    pub conditions: Vec<ConditionColumn>,
    /// All measurements of use.
    pub measures: Vec<MeasureColumn>,
    /// All codes.
    pub codes: Vec<NamedCode>,
}

#[derive(Default)]
struct Interned {
    indexes: HashMap<(String, String), CodeIndex>,
}

impl Interned {
    fn index(
        &mut self,
        codes: &mut Vec<NamedCode>,
        system: Option<String>,
        code: Option<String>,
        title: String,
    ) -> CodeIndex {
        // A record with words only is grouped by its words.
        let (system, code) = match (system, code) {
            (Some(system), Some(code)) => (system, code),
            _ => (String::new(), title.clone()),
        };
        *self.indexes.entry((system.clone(), code.clone())).or_insert_with(|| {
            codes.push(NamedCode { system, code, title });
            codes.len() as CodeIndex - 1
        })
    }
}

/// One patient's rows while they are being read.
#[derive(Default)]
struct OnePatient {
    encounters: Vec<(String, i64, i32, Vec<EncounterDiagnosis>)>,
    conditions: Vec<(ConditionColumn, String, Option<String>, bool)>,
    measures: Vec<MeasureColumn>,
}

fn instant(written: Option<&str>, day: Option<i64>) -> i64 {
    let exact = written.filter(|w| w.contains('T')).and_then(|w| w.parse::<Timestamp>().ok());
    exact.map_or_else(|| day.map_or(i64::MIN, |d| d * 86_400), Timestamp::as_second)
}

impl Columns {
    /// Reads the population from the vault.
    ///
    /// # Errors
    /// Database errors.
    pub fn read(connection: &Connection) -> VaultResult<Self> {
        let mut columns = Self { data_version: setting::data_version(connection)?, ..Self::default() };
        let mut interned = Interned::default();
        let mut people = connection.prepare_cached(
            "SELECT patient, sex, birth_day, deceased, deceased_day FROM patient WHERE merged_into IS NULL ORDER BY patient",
        )?;
        let mut records = connection.prepare_cached(
            "SELECT patient, kind, source_id, code_system, code, title, start_written, start_day, end_written, status,
               category, encounter, amount_number, ucum, detail, more_codes, diagnoses, qualifier
             FROM clinical_record
             WHERE kind IN (1, 2) OR (kind = 3 AND code IN ('72166-2', '39156-5', '8480-6', '4548-4'))
             ORDER BY patient",
        )?;
        let mut records = records.query([])?;
        let mut next = records.next()?;
        let mut people = people.query([])?;
        while let Some(person) = people.next()? {
            let row: i64 = person.get(0)?;
            let mut one = OnePatient::default();
            while let Some(record) = next {
                let of: i64 = record.get(0)?;
                if of > row {
                    break;
                }
                if of == row {
                    columns.take(&mut interned, &mut one, record)?;
                }
                next = records.next()?;
            }
            let sex: String = person.get(1)?;
            columns.push(
                PatientColumn {
                    row,
                    sex: rustcare_model::Sex::from_word(&sex),
                    birth_day: person.get::<_, Option<i64>>(2)?.map(|d| d as i32),
                    deceased: person.get(3)?,
                    deceased_day: person.get::<_, Option<i64>>(4)?.map(|d| d as i32),
                    encounters: 0..0,
                    conditions: 0..0,
                    measures: 0..0,
                },
                one,
            );
        }
        Ok(columns)
    }

    fn take(&mut self, interned: &mut Interned, one: &mut OnePatient, r: &Row<'_>) -> VaultResult<()> {
        let kind = RecordKind::of_number(r.get(1)?).ok_or(VaultError::Damaged("a record of unknown kind"))?;
        let source_id: String = r.get(2)?;
        let start_day: Option<i64> = r.get(7)?;
        let written: Option<String> = r.get(6)?;
        let at = instant(written.as_deref(), start_day);
        let day = start_day.map_or(i32::MIN, |d| d as i32);
        let status: Option<String> = r.get(9)?;
        let status = status.as_deref().unwrap_or_default();
        let qualifier: Option<String> = r.get(17)?;
        let qualifier = qualifier.as_deref().and_then(Qualifier::of_code);
        if !has_happened(Some(status), qualifier) {
            return Ok(());
        }
        match kind {
            RecordKind::Encounter => {
                let diagnoses: Option<String> = r.get(16)?;
                let diagnoses = diagnoses.and_then(|d| serde_json::from_str(&d).ok()).unwrap_or_default();
                one.encounters.push((source_id, at, day, diagnoses));
            }
            RecordKind::Condition => {
                let (system, code): (Option<String>, Option<String>) = (r.get(3)?, r.get(4)?);
                let factors = factors_of(system.as_deref(), code.as_deref(), r.get(15)?);
                let ended: Option<String> = r.get(8)?;
                let over = over_day(status, ended.as_deref());
                let category: Option<String> = r.get(10)?;
                let code = interned.index(&mut self.codes, system, code, r.get(5)?);
                let column = ConditionColumn { instant: at, day, over, code, factors };
                one.conditions.push((
                    column,
                    source_id,
                    r.get(11)?,
                    category.as_deref() == Some("encounter-diagnosis"),
                ));
            }
            RecordKind::Observation => {
                let code: Option<String> = r.get(4)?;
                let ucum: Option<String> = r.get(13)?;
                let detail: Option<String> = r.get(14)?;
                if let Some(measure) = code.as_deref().and_then(Measure::of_loinc)
                    && let Some(met) = measure.is_met(r.get(12)?, ucum.as_deref(), detail.as_deref())
                {
                    one.measures.push(MeasureColumn { instant: at, day, measure, met });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, mut patient: PatientColumn, mut one: OnePatient) {
        one.conditions.sort_by(|a, b| {
            a.0.instant
                .cmp(&b.0.instant)
                .then_with(|| self.code_order(a.0.code).cmp(&self.code_order(b.0.code)))
        });
        let mut encounters: Vec<EncounterColumn> = one
            .encounters
            .iter()
            .map(|(id, instant, day, diagnoses)| EncounterColumn {
                instant: *instant,
                day: *day,
                primary: primary_of(id, diagnoses, &one.conditions),
            })
            .collect();
        encounters.sort_by(|a, b| {
            let code = |e: &EncounterColumn| e.primary.map(|c| self.code_order(c));
            b.instant.cmp(&a.instant).then_with(|| code(a).cmp(&code(b)))
        });
        one.measures.sort_by_key(|m| std::cmp::Reverse(m.instant));
        let place = |from: usize, added: usize| from..from + added;
        patient.encounters = place(self.encounters.len(), encounters.len());
        patient.conditions = place(self.conditions.len(), one.conditions.len());
        patient.measures = place(self.measures.len(), one.measures.len());
        self.encounters.extend(encounters);
        self.conditions.extend(one.conditions.into_iter().map(|c| c.0));
        self.measures.extend(one.measures);
        self.patients.push(patient);
    }

    /// What ties are settled by.
    pub fn code_order(&self, code: CodeIndex) -> (&str, &str) {
        let code = &self.codes[code as usize];
        (&code.code, &code.system)
    }
}

/// Encounter.diagnosis with rank 1, or use CC (chief complaint) or AD (admission); else the encounter's earliest
/// condition of category encounter-diagnosis.
fn primary_of(
    id: &str,
    diagnoses: &[EncounterDiagnosis],
    conditions: &[(ConditionColumn, String, Option<String>, bool)],
) -> Option<CodeIndex> {
    let named = |d: &EncounterDiagnosis| conditions.iter().find(|c| c.1 == d.condition).map(|c| c.0.code);
    let first = diagnoses.iter().filter(|d| d.rank == Some(1)).find_map(named);
    let by_role =
        || diagnoses.iter().filter(|d| matches!(d.role.as_deref(), Some("CC" | "AD"))).find_map(named);
    let own = || conditions.iter().find(|c| c.3 && c.2.as_deref() == Some(id)).map(|c| c.0.code);
    first.or_else(by_role).or_else(own)
}

fn over_day(status: &str, ended: Option<&str>) -> i32 {
    let ended = ended.and_then(|e| rustcare_model::PartialDate::parse(e).ok());
    match (status, ended) {
        (_, Some(end)) => rustcare_vault::table::patient::day_number(end.first_day()) as i32,
        ("resolved" | "inactive" | "remission", None) => i32::MIN,
        (_, None) => i32::MAX,
    }
}

fn factors_of(system: Option<&str>, code: Option<&str>, more: Option<String>) -> Factors {
    let mut factors = match (system, code) {
        (Some(ICD_10_CM), Some(code)) => risk_factor::of_icd_10_cm(code),
        _ => 0,
    };
    let more: Vec<rustcare_model::Code> =
        more.and_then(|m| serde_json::from_str(&m).ok()).unwrap_or_default();
    for code in more.iter().filter(|c| c.system == ICD_10_CM) {
        factors |= risk_factor::of_icd_10_cm(&code.code);
    }
    factors
}
