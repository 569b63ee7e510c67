//! The rows of a table, written as the records of a bundle are: in transactions of whole patients, each with its entry in
//! the trail.

use std::path::Path;
use std::sync::atomic::Ordering;

use rustcare_model::Severity;
use rustcare_vault::VaultError;

use super::plan::{Plan, PlannedRow, RowFate};
use super::{Table, TableChoice, TableRefused};
use crate::import::{Group, ImportContext, Refused, Writer};
use crate::report::{ImportReport, Rejection};

/// Rows that are read before they are handed to the writer.
const BATCH: usize = 2_000;

/// Why a table could not be brought in; what had been committed stays.
#[derive(Debug, thiserror::Error)]
pub enum TableImportError {
    /// It is no table.
    #[error(transparent)]
    Refused(#[from] TableRefused),
    /// A person must answer first.
    #[error("{0} questions are open")]
    Open(usize),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Brings a table in.
///
/// # Errors
/// [`TableImportError`]; refused rows are no error but part of the report.
pub fn import_table(
    path: &Path,
    choice: &TableChoice,
    context: &ImportContext<'_>,
) -> Result<ImportReport, TableImportError> {
    let started = std::time::Instant::now();
    let table = Table::open(path, &choice.dialect)?;
    let plan = Plan::new(&table, choice, context.today, &context.phone_region);
    if !plan.open.is_empty() {
        return Err(TableImportError::Open(plan.open.len()));
    }
    let mut writer = Writer::new(context, 1, table.bytes());
    let mut groups = Vec::new();
    let mut refused = Vec::new();
    let mut bytes = 0;
    for row in plan.rows() {
        if context.cancel.load(Ordering::Relaxed) {
            break;
        }
        bytes += row.row.text.len() as u64;
        match row.fate {
            RowFate::Person(piece) => {
                groups.push(Group {
                    patient_id: piece.id.clone(),
                    patient: Some(*piece),
                    pieces: Vec::new(),
                });
            }
            RowFate::Refused | RowFate::Open => refused.push(refusal(&plan, &row)),
        }
        if groups.len() + refused.len() >= BATCH {
            writer.write_groups(std::mem::take(&mut groups))?;
            writer.refuse(std::mem::take(&mut refused))?;
            writer.reached(std::mem::take(&mut bytes), 0);
        }
    }
    if !context.cancel.load(Ordering::Relaxed) {
        writer.write_groups(groups)?;
        writer.refuse(refused)?;
        writer.reached(bytes, 1);
    }
    let mut report = writer.report(started.elapsed().as_secs_f64());
    report.columns = table.names.clone();
    Ok(report)
}

/// A refused row with all that refuses it.
fn refusal(plan: &Plan<'_>, row: &PlannedRow<'_>) -> Refused {
    let errors: Vec<_> = row.remarks.iter().filter(|r| r.severity == Severity::Error).collect();
    let said = |r: &&super::person::Remark| {
        let at = r.field.and_then(|f| plan.reading.fields.iter().position(|own| *own == f));
        at.map_or_else(|| r.why.sentence(), |at| format!("{}: {}", plan.table.names[at], r.why.sentence()))
    };
    let reason = errors.iter().map(said).collect::<Vec<_>>().join(" ");
    let why = errors
        .first()
        .map_or_else(|| rustcare_model::reason::Reason::TableUndecided.into(), |first| first.why.clone());
    let mut rejection = Rejection::new(&plan.table.file, Some(row.row.line), Some("Patient"), why);
    if !reason.is_empty() {
        rejection.reason = reason;
    }
    (rejection, Some(plan.handed_back(&row.row)))
}
