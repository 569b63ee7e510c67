//! `clinical_record`: encounters, conditions, observations and the rest of the chart, one row each.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use rustcare_model::clinical_record::{Amount, ClinicalRecord, Qualifier, RecordKind};
use rustcare_model::code::{Code, Codes};
use rustcare_model::date_reading::PartialDate;

use super::patient::day_number;
use crate::error::{VaultError, VaultResult};

/// The table. `resource` is the source's row; an observation with components has a row for each (component 1, 2 …).
/// Further codes and an encounter's diagnoses are JSON.
pub const CREATE: &str = "
CREATE TABLE clinical_record (
  resource        INTEGER NOT NULL REFERENCES resource,
  component       INTEGER NOT NULL,
  patient         INTEGER NOT NULL REFERENCES patient,
  kind            INTEGER NOT NULL,
  source_id       TEXT NOT NULL,
  code_system     TEXT,
  code            TEXT,
  title           TEXT NOT NULL,
  start_written   TEXT,
  end_written     TEXT,
  start_day       INTEGER,
  status          TEXT,
  category        TEXT,
  encounter       TEXT,
  amount_written  TEXT,
  amount_number   REAL,
  unit            TEXT,
  ucum            TEXT,
  detail          TEXT,
  reference_range TEXT,
  interpretation  TEXT,
  more_codes      TEXT,
  diagnoses       TEXT,
  PRIMARY KEY (resource, component)
) STRICT, WITHOUT ROWID;
CREATE INDEX clinical_record_patient ON clinical_record (patient, kind, start_day);";

/// What turns a record around or leaves it open, when a result was issued, and whether its detail is no free text, since
/// format 8.
pub const ADD_QUALIFIER_AND_ISSUED: &str = "
ALTER TABLE clinical_record ADD COLUMN qualifier TEXT;
ALTER TABLE clinical_record ADD COLUMN issued TEXT;
ALTER TABLE clinical_record ADD COLUMN detail_is_closed INTEGER NOT NULL DEFAULT 0;";

const COLUMNS: &str =
    "kind, source_id, code_system, code, title, start_written, end_written, status, category, encounter,
  amount_written, unit, ucum, detail, reference_range, interpretation, more_codes, diagnoses, qualifier, issued,
  detail_is_closed";

/// Removes what a source said before, because it came again with other content.
///
/// # Errors
/// Database errors.
pub fn remove(connection: &Connection, resource: i64) -> VaultResult<()> {
    connection.prepare_cached("DELETE FROM clinical_record WHERE resource = ?1")?.execute([resource])?;
    Ok(())
}

/// The text of what a source says, where it has one.
///
/// # Errors
/// Database errors.
pub fn detail(connection: &Connection, resource: i64) -> VaultResult<Option<String>> {
    Ok(connection
        .prepare_cached("SELECT detail FROM clinical_record WHERE resource = ?1 AND component = 0")?
        .query_row([resource], |r| r.get(0))
        .optional()?
        .flatten())
}

/// Inserts a record; component 0 is the source itself.
///
/// # Errors
/// Database errors.
pub fn insert(
    connection: &Connection,
    resource: i64,
    component: usize,
    patient: i64,
    record: &ClinicalRecord,
) -> VaultResult<()> {
    let first = record.codes.first();
    let json = |e: serde_json::Error| {
        let _ = e;
        VaultError::Damaged("a record cannot be written")
    };
    let more_codes = (record.codes.len() > 1 || first.is_some_and(|c| c.display.is_some()))
        .then(|| serde_json::to_string(&record.codes))
        .transpose()
        .map_err(json)?;
    let diagnoses = (!record.diagnoses.is_empty())
        .then(|| serde_json::to_string(&record.diagnoses))
        .transpose()
        .map_err(json)?;
    let amount = record.amount.as_ref();
    connection
        .prepare_cached(
            "INSERT INTO clinical_record (resource, component, patient, kind, source_id, code_system, code, title,
               start_written, end_written, start_day, status, category, encounter, amount_written, amount_number, unit,
               ucum, detail, reference_range, interpretation, more_codes, diagnoses, qualifier, issued,
               detail_is_closed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
               ?24, ?25, ?26)",
        )?
        .execute(params![
            resource,
            component as i64,
            patient,
            record.kind.number(),
            record.source_id,
            first.map(|c| &c.system),
            first.map(|c| &c.code),
            record.title,
            record.start.as_ref().map(PartialDate::as_written),
            record.end.as_ref().map(PartialDate::as_written),
            record.start.as_ref().map(|d| day_number(d.first_day())),
            record.status,
            record.category,
            record.encounter,
            amount.map(|a| &a.written),
            amount.and_then(Amount::number),
            amount.and_then(|a| a.unit.as_ref()),
            amount.and_then(|a| a.ucum.as_ref()),
            record.detail,
            record.reference_range,
            record.interpretation,
            more_codes,
            diagnoses,
            record.qualifier.map(Qualifier::as_str),
            record.issued.as_ref().map(PartialDate::as_written),
            record.detail_is_closed
        ])?;
    Ok(())
}

/// Puts in what a later reading of the same source finds beyond the first, and nothing of what was settled when it came in: a
/// text that is there stays, and of the states only those that verification turns around are read anew.
///
/// # Errors
/// Database errors.
pub fn read_again(
    connection: &Connection,
    resource: i64,
    component: usize,
    record: &ClinicalRecord,
) -> VaultResult<()> {
    connection
        .prepare_cached(
            "UPDATE clinical_record SET status = CASE WHEN kind IN (?10, ?11) THEN ?3 ELSE status END,
               detail = coalesce(detail, ?4),
               detail_is_closed = ?5 AND (detail IS NULL OR detail = ?4), reference_range = ?6, interpretation = ?7,
               qualifier = ?8, issued = ?9
             WHERE resource = ?1 AND component = ?2",
        )?
        .execute(params![
            resource,
            component as i64,
            record.status,
            record.detail,
            record.detail_is_closed,
            record.reference_range,
            record.interpretation,
            record.qualifier.map(Qualifier::as_str),
            record.issued.as_ref().map(PartialDate::as_written),
            RecordKind::Condition.number(),
            RecordKind::AllergyIntolerance.number()
        ])?;
    Ok(())
}

fn record(row: &Row<'_>) -> rusqlite::Result<ClinicalRecord> {
    let bad = |at| rusqlite::Error::InvalidColumnType(at, String::new(), rusqlite::types::Type::Text);
    let kind = RecordKind::of_number(row.get(0)?).ok_or_else(|| bad(0))?;
    let date = |at: usize| -> rusqlite::Result<Option<PartialDate>> {
        let text: Option<String> = row.get(at)?;
        text.map(|t| PartialDate::parse(&t).map_err(|_| bad(at))).transpose()
    };
    let more: Option<String> = row.get(16)?;
    let codes: Codes = match more {
        Some(json) => serde_json::from_str(&json).map_err(|_| bad(16))?,
        None => {
            let (system, code): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
            system.zip(code).map(|(system, code)| Code { system, code, display: None }).into_iter().collect()
        }
    };
    let written: Option<String> = row.get(10)?;
    let diagnoses: Option<String> = row.get(17)?;
    let qualifier: Option<String> = row.get(18)?;
    let qualifier = qualifier.map(|q| Qualifier::of_code(&q).ok_or_else(|| bad(18))).transpose()?;
    Ok(ClinicalRecord {
        kind,
        source_id: row.get(1)?,
        codes,
        title: row.get(4)?,
        start: date(5)?,
        end: date(6)?,
        status: row.get(7)?,
        qualifier,
        issued: date(19)?,
        category: row.get(8)?,
        encounter: row.get(9)?,
        amount: match written {
            Some(written) => Some(Amount { written, unit: row.get(11)?, ucum: row.get(12)? }),
            None => None,
        },
        detail: row.get(13)?,
        detail_is_closed: row.get(20)?,
        reference_range: row.get(14)?,
        interpretation: row.get(15)?,
        diagnoses: match diagnoses {
            Some(json) => serde_json::from_str(&json).map_err(|_| bad(17))?,
            None => Vec::new(),
        },
    })
}

/// When a record was true, as exactly as it says: its moment; of a day without a time the moment it was issued, where that is
/// on or after the day, else the day's beginning. Texts of times are never compared: zones differ and zeros are left out.
fn moment(record: &ClinicalRecord) -> Option<Timestamp> {
    let start = record.start.as_ref()?;
    let day = TimeZone::UTC.to_timestamp(start.first_day().to_datetime(Time::midnight())).ok()?;
    start
        .instant()
        .or_else(|| {
            let issued = record.issued.as_ref()?.instant()?;
            let day_after = day.checked_add(SignedDuration::from_hours(24)).ok()?;
            (issued >= day).then(|| issued.min(day_after))
        })
        .or(Some(day))
}

/// All records of a patient, newest first: by moment, then by when they were issued, then by the order in which they came.
///
/// # Errors
/// Database errors.
pub fn of_patient(connection: &Connection, patient: i64) -> VaultResult<Vec<ClinicalRecord>> {
    let sql =
        format!("SELECT {COLUMNS} FROM clinical_record WHERE patient = ?1 ORDER BY resource DESC, component");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([patient], record)?.collect::<Result<Vec<_>, _>>()?;
    let mut placed: Vec<_> =
        rows.into_iter().map(|r| (moment(&r), r.issued.as_ref().and_then(PartialDate::instant), r)).collect();
    // Stable: among equals the last to come stays first, and the parts of one observation stay in order.
    placed.sort_by_key(|(moment, issued, _)| std::cmp::Reverse((*moment, *issued)));
    Ok(placed.into_iter().map(|(.., record)| record).collect())
}

/// A record with the source that it shares a row number with.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The source's row.
    pub resource: i64,
    /// The record.
    pub record: ClinicalRecord,
}

/// All records of a patient by source and component; of one kind only where one is named.
///
/// # Errors
/// Database errors.
pub fn placed_of_patient(
    connection: &Connection,
    patient: i64,
    kind: Option<RecordKind>,
) -> VaultResult<Vec<Placed>> {
    let sql = format!(
        "SELECT {COLUMNS}, resource FROM clinical_record WHERE patient = ?1 AND (?2 IS NULL OR kind = ?2)
         ORDER BY resource, component"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![patient, kind.map(RecordKind::number)], |r| {
        Ok(Placed { resource: r.get(21)?, record: record(r)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
