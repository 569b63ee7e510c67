//! The chart: one patient's records, sorted into the panels that a clinician reads.

use std::collections::BTreeMap;

use rustcare_model::clinical_record::{ClinicalRecord, Qualifier, RecordKind};
use rustcare_model::code::{SNOMED_CT, short_system_name};
use rustcare_model::date_reading::PartialDate;
use rustcare_model::name::folded;
use serde::{Deserialize, Serialize};

/// Points of a trend that are sent to the window.
const MOST_POINTS: usize = 60;
const MOST_TIMELINE: usize = 500;
/// Stands for the system of results that have words and no code.
const WORDS_ONLY: &str = "words only";

/// One row of a panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the column it has on screen
pub struct ChartRow {
    pub id: String,
    pub date: Option<String>,
    /// As written, ISO 8601.
    pub date_iso: Option<String>,
    pub title: String,
    pub code: Option<String>,
    pub system: Option<String>,
    pub status: Option<String>,
    /// What turns its meaning around, or leaves it open: never shown without it.
    pub qualifier: Option<Qualifier>,
    pub detail: Option<String>,
    /// It says that there is none: no known allergies.
    pub negative: bool,
    pub active: bool,
}

/// How a value stands against its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Abnormal {
    /// Above the reference.
    High,
    /// Below the reference.
    Low,
    /// Critically above.
    CriticalHigh,
    /// Critically below.
    CriticalLow,
    /// Not as it should be, where there is no above and below.
    Abnormal,
    /// Dangerously so.
    CriticalAbnormal,
}

/// A value on a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TrendPoint {
    /// ISO date.
    pub date: String,
    /// In the unit of the row.
    pub value: f64,
}

/// The newest value of one kind of result, with its trend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the column it has on screen
pub struct ResultRow {
    pub code: String,
    pub system: String,
    pub title: String,
    pub value: String,
    pub unit: Option<String>,
    pub date: String,
    /// As written, ISO 8601.
    pub date_iso: Option<String>,
    pub abnormal: Option<Abnormal>,
    /// Further interpretations by their code (HL7 v3 ObservationInterpretation: `POS`, `R` …), or in the source's words.
    pub flags: Vec<String>,
    /// FHIR status where the value is not final, or was changed since: `preliminary`, `corrected` …
    pub status: Option<String>,
    pub reference: Option<String>,
    pub points: Vec<TrendPoint>,
}

/// Something that happened on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TimelineRow {
    /// As shown.
    pub date: String,
    /// As written, ISO 8601.
    pub date_iso: String,
    /// The kind of record.
    pub kind: RecordWord,
    /// What it was.
    pub title: String,
    /// What turns its meaning around, or leaves it open.
    pub qualifier: Option<Qualifier>,
}

/// Kinds of records as the window names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names of `RecordKind`
pub enum RecordWord {
    Encounter,
    Condition,
    Observation,
    MedicationRequest,
    Procedure,
    Immunization,
    AllergyIntolerance,
    DocumentReference,
    DiagnosticReport,
    CarePlan,
    Coverage,
    Device,
    MedicationAdministration,
}

fn word(kind: RecordKind) -> RecordWord {
    match kind {
        RecordKind::Encounter => RecordWord::Encounter,
        RecordKind::Condition => RecordWord::Condition,
        RecordKind::Observation => RecordWord::Observation,
        RecordKind::MedicationRequest => RecordWord::MedicationRequest,
        RecordKind::Procedure => RecordWord::Procedure,
        RecordKind::Immunization => RecordWord::Immunization,
        RecordKind::AllergyIntolerance => RecordWord::AllergyIntolerance,
        RecordKind::DocumentReference => RecordWord::DocumentReference,
        RecordKind::DiagnosticReport => RecordWord::DiagnosticReport,
        RecordKind::CarePlan => RecordWord::CarePlan,
        RecordKind::Coverage => RecordWord::Coverage,
        RecordKind::Device => RecordWord::Device,
        RecordKind::MedicationAdministration => RecordWord::MedicationAdministration,
    }
}

/// The panels of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs)] // each field is the panel it has on screen
pub struct Panels {
    pub problems: Vec<ChartRow>,
    pub allergies: Vec<ChartRow>,
    pub medicines: Vec<ChartRow>,
    pub immunisations: Vec<ChartRow>,
    pub results: Vec<ResultRow>,
    pub encounters: Vec<ChartRow>,
    pub procedures: Vec<ChartRow>,
    /// Documents and diagnostic reports.
    pub documents: Vec<ChartRow>,
    pub given_medicines: Vec<ChartRow>,
    pub care_plans: Vec<ChartRow>,
    pub devices: Vec<ChartRow>,
    pub coverages: Vec<ChartRow>,
    pub timeline: Vec<TimelineRow>,
}

impl Panels {
    /// Sorts a patient's records (newest first) into panels. Active problems and medicines come first.
    pub fn of(records: &[ClinicalRecord]) -> Self {
        let rows =
            |kind: RecordKind| records.iter().filter(move |r| r.kind == kind).map(row).collect::<Vec<_>>();
        let active_first = |mut rows: Vec<ChartRow>| {
            rows.sort_by_key(|r| !r.active);
            rows
        };
        Self {
            problems: active_first(rows(RecordKind::Condition)),
            allergies: active_first(rows(RecordKind::AllergyIntolerance)),
            medicines: active_first(rows(RecordKind::MedicationRequest)),
            immunisations: rows(RecordKind::Immunization),
            results: results(records),
            encounters: rows(RecordKind::Encounter),
            procedures: rows(RecordKind::Procedure),
            documents: records
                .iter()
                .filter(|r| matches!(r.kind, RecordKind::DocumentReference | RecordKind::DiagnosticReport))
                .map(row)
                .collect(),
            given_medicines: rows(RecordKind::MedicationAdministration),
            care_plans: active_first(rows(RecordKind::CarePlan)),
            devices: active_first(rows(RecordKind::Device)),
            coverages: active_first(rows(RecordKind::Coverage)),
            timeline: timeline(records),
        }
    }

    /// What is known of allergies, for the banner and the papers.
    pub fn allergies_known(&self) -> KnownAllergies {
        let (none, some): (Vec<&ChartRow>, Vec<&ChartRow>) =
            self.allergies.iter().filter(|a| a.active).partition(|a| a.negative);
        KnownAllergies {
            names: some.into_iter().map(|a| a.title.clone()).collect(),
            none_known: !none.is_empty(),
            recorded: !self.allergies.is_empty(),
        }
    }
}

/// What a chart says of allergies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownAllergies {
    /// Active ones.
    pub names: Vec<String>,
    /// Somebody recorded that there are none.
    pub none_known: bool,
    /// There are records of them at all, past or withdrawn ones too.
    pub recorded: bool,
}

/// Codes of SNOMED CT by which somebody records that there are no allergies at all; those that speak of one kind alone (of
/// drugs, of food) do not say so. Source: HL7 value set "AllergyIntolerance Substance/Product, Condition and Negation
/// Codes" of FHIR R4 and, for the older code, of FHIR DSTU2.
const NO_KNOWN_ALLERGY: [&str; 2] = ["716186003", "160244002"];

fn says_no_known_allergy(record: &ClinicalRecord) -> bool {
    record.kind == RecordKind::AllergyIntolerance
        && record.qualifier.is_none()
        && record.codes.iter().any(|c| c.system == SNOMED_CT && NO_KNOWN_ALLERGY.contains(&c.code.as_str()))
}

fn row(record: &ClinicalRecord) -> ChartRow {
    let code = record.codes.first();
    ChartRow {
        id: record.source_id.clone(),
        date: record.start.as_ref().map(PartialDate::shown),
        date_iso: record.start.as_ref().map(|d| d.as_written().to_owned()),
        title: record.title.clone(),
        code: code.map(|c| c.code.clone()),
        system: code.map(|c| short_system_name(&c.system).to_owned()),
        status: record.status.clone(),
        qualifier: record.qualifier,
        detail: record.detail.clone(),
        negative: says_no_known_allergy(record),
        active: is_active(record),
    }
}

fn is_active(record: &ClinicalRecord) -> bool {
    let status = record.status.as_deref().unwrap_or_default();
    match record.kind {
        RecordKind::Condition => {
            record.end.is_none()
                && !matches!(status, "resolved" | "inactive" | "remission" | "entered-in-error" | "refuted")
        }
        RecordKind::AllergyIntolerance => {
            !matches!(status, "resolved" | "inactive" | "entered-in-error" | "refuted")
        }
        // What is suggested or planned is no order yet. An order not to give it stands with those that are followed.
        RecordKind::MedicationRequest => {
            matches!(status, "active" | "on-hold" | "")
                && matches!(record.qualifier, None | Some(Qualifier::DoNotPerform))
        }
        RecordKind::CarePlan | RecordKind::Coverage | RecordKind::Device => status == "active",
        RecordKind::Encounter => matches!(status, "in-progress" | "arrived" | "triaged" | "onleave"),
        _ => false,
    }
}

fn results(records: &[ClinicalRecord]) -> Vec<ResultRow> {
    let mut by_code: BTreeMap<(String, String, String), Vec<&ClinicalRecord>> = BTreeMap::new();
    let withdrawn =
        |r: &ClinicalRecord| matches!(r.status.as_deref(), Some("entered-in-error" | "cancelled"));
    for record in records.iter().filter(|r| {
        r.kind == RecordKind::Observation && (r.amount.is_some() || r.detail.is_some()) && !withdrawn(r)
    }) {
        // Without a code the words are what it is: two tests of one unit must never share a row.
        let (system, code) = match record.codes.first() {
            Some(code) => (code.system.clone(), code.code.clone()),
            None => (WORDS_ONLY.to_owned(), folded(&record.title)),
        };
        // A unit is part of the kind: a trend never mixes mg/dL with mmol/L.
        let unit = record.amount.as_ref().and_then(|a| a.unit.clone()).unwrap_or_default();
        by_code.entry((system, code, unit)).or_default().push(record);
    }
    let mut rows: Vec<(jiff::civil::Date, ResultRow)> = by_code
        .into_iter()
        .filter_map(|((system, code, unit), newest_first)| {
            let newest = *newest_first.first()?;
            let points = newest_first
                .iter()
                .filter_map(|r| {
                    let value = r.amount.as_ref()?.number()?;
                    let day = r.start.as_ref()?.first_day();
                    Some(TrendPoint { date: day.to_string(), value })
                })
                .take(MOST_POINTS)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect();
            let coded = system != WORDS_ONLY;
            let row = ResultRow {
                code: if coded { code } else { String::new() },
                system: if coded { short_system_name(&system).to_owned() } else { String::new() },
                title: newest.title.clone(),
                value: newest.amount.as_ref().map(|a| a.written.clone()).or_else(|| newest.detail.clone())?,
                unit: Some(unit).filter(|u| !u.is_empty()),
                date: newest.start.as_ref().map(PartialDate::shown).unwrap_or_default(),
                date_iso: newest.start.as_ref().map(|d| d.as_written().to_owned()),
                abnormal: interpretations(newest).find_map(abnormal),
                flags: interpretations(newest)
                    .filter(|code| abnormal(code).is_none() && *code != NORMAL)
                    .map(str::to_owned)
                    .collect(),
                status: newest.status.clone().filter(|s| s != "final"),
                reference: newest.reference_range.clone(),
                points,
            };
            Some((newest.start.as_ref().map_or(jiff::civil::Date::MIN, PartialDate::first_day), row))
        })
        .collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.title.cmp(&b.1.title)));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The one interpretation that goes without saying.
const NORMAL: &str = "N";

fn interpretations(record: &ClinicalRecord) -> impl Iterator<Item = &str> {
    record.interpretation.as_deref().into_iter().flat_map(|all| all.split(';'))
}

/// HL7 v3 ObservationInterpretation, as the source said it; we judge no value ourselves here.
fn abnormal(code: &str) -> Option<Abnormal> {
    match code {
        "H" => Some(Abnormal::High),
        "L" => Some(Abnormal::Low),
        "HH" | "HU" | "H>" => Some(Abnormal::CriticalHigh),
        "LL" | "LU" | "L<" => Some(Abnormal::CriticalLow),
        "A" => Some(Abnormal::Abnormal),
        "AA" => Some(Abnormal::CriticalAbnormal),
        _ => None,
    }
}

fn timeline(records: &[ClinicalRecord]) -> Vec<TimelineRow> {
    records
        .iter()
        // What was entered in error did not happen.
        .filter(|r| r.kind != RecordKind::Observation && r.status.as_deref() != Some("entered-in-error"))
        .filter_map(|r| {
            let start = r.start.as_ref()?;
            Some(TimelineRow {
                date: start.shown(),
                date_iso: start.as_written().to_owned(),
                kind: word(r.kind),
                title: r.title.clone(),
                qualifier: r.qualifier,
            })
        })
        .take(MOST_TIMELINE)
        .collect()
}
