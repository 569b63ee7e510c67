//! All findings of all rows, and what the import would do, before anything is written.

use jiff::civil::Date;
use rusqlite::Connection;
use rustcare_model::Severity;
use rustcare_model::reason::Why;
use rustcare_vault::VaultResult;
use rustcare_vault::table::{patient, resource};
use serde::Serialize;

use super::columns::{Field, suggested};
use super::dates::ColumnOrder;
use super::dialect::Dialect;
use super::plan::{Plan, PlannedRow, RowFate};
use super::{Table, TableChoice};
use crate::import::{Body, Piece};
use crate::write;

/// Findings that are kept in memory; more of them are counted. A file with more needs another eye than a list.
pub const MOST_FINDINGS: usize = 100_000;
/// Values of a column that are shown beside its name.
const SAMPLES: usize = 3;

/// A column and what it is taken for.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TableColumn {
    /// Its name, each its own.
    pub name: String,
    /// What it is taken for now.
    pub field: Field,
    /// What its name suggests.
    pub suggested: Field,
    /// Its first values; none of a column of secrets.
    pub samples: Vec<String>,
    /// Of a column of dates.
    pub date_order: Option<ColumnOrder>,
}

/// What a person must say before anything can be brought in.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TableQuestion {
    /// The column it is about.
    pub column: Option<String>,
    /// What is asked, for the window's own wording.
    pub why: Why,
    /// The same in English.
    pub message: String,
}

/// Something about a row.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TableFinding {
    /// First line of the row in the file, from 1.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub line: u64,
    /// The column it is about; `None` when it is about the row.
    pub column: Option<String>,
    /// An error refuses the row.
    pub severity: Severity,
    /// Why, for the window's own wording.
    pub why: Why,
    /// The same in English.
    pub message: String,
    /// The row as it stands in the file, secrets left out.
    pub text: String,
}

/// A row that may be somebody who is there already.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TableTwin {
    /// Line of the row.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub line: u64,
    /// Line of the earlier row of this file with the same name, date of birth and sex.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub earlier_line: Option<u64>,
    /// Record number of the patient here with the same name, date of birth and sex.
    pub mrn: Option<String>,
}

/// Rows counted by what becomes of them: their sum is `rows`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each name says it
pub struct TableCounts {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub rows: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub new: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub already_there: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub changed: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub refused: u64,
    /// Rows that wait for an answer.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub open: u64,
    /// Rows that hold nothing; they are not among `rows`.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub blank: u64,
}

/// A table as it would be brought in.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TableLook {
    /// The file's name.
    pub file: String,
    /// Who gave the numbers of the table.
    pub system: String,
    /// How it is written.
    pub dialect: Dialect,
    /// Rows above the names of the columns, as they stand.
    pub preamble: Vec<String>,
    /// Its columns.
    pub columns: Vec<TableColumn>,
    /// While one is open nothing is brought in.
    pub questions: Vec<TableQuestion>,
    /// What becomes of the rows.
    pub counts: TableCounts,
    /// All findings of all rows, in the order of the file.
    pub findings: Vec<TableFinding>,
    /// Findings beyond those listed.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub more_findings: u64,
    /// Rows that may be somebody who is there already.
    pub twins: Vec<TableTwin>,
}

impl Table {
    /// Tries the whole table against the rules and the register; writes nothing.
    ///
    /// # Errors
    /// Database errors.
    pub fn dry_run(
        &self,
        register: &Connection,
        choice: &TableChoice,
        today: Date,
        phone_region: &str,
    ) -> VaultResult<TableLook> {
        let plan = Plan::new(self, choice, today, phone_region);
        let mut look = TableLook {
            file: self.file.clone(),
            system: plan.reading.system.clone(),
            dialect: self.dialect.clone(),
            preamble: self.preamble.clone(),
            columns: columns(&plan),
            questions: plan
                .open
                .iter()
                .map(|o| TableQuestion {
                    column: o.column.clone(),
                    why: o.why.clone(),
                    message: o.why.sentence(),
                })
                .collect(),
            counts: TableCounts::default(),
            findings: Vec::new(),
            more_findings: 0,
            twins: Vec::new(),
        };
        let mut rows = plan.rows();
        for row in rows.by_ref() {
            look.counts.rows += 1;
            add(&mut look, &plan, row, register)?;
        }
        look.counts.blank = rows.rows.blank;
        Ok(look)
    }
}

fn columns(plan: &Plan<'_>) -> Vec<TableColumn> {
    let table = plan.table;
    let mut columns: Vec<TableColumn> = table
        .names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let field = plan.reading.fields[at];
            let date_order = field.is_date().then_some(plan.reading.orders[at]);
            TableColumn {
                name: name.clone(),
                field,
                suggested: suggested(name),
                samples: Vec::new(),
                date_order,
            }
        })
        .collect();
    for row in table.rows().take(50) {
        for (cell, column) in row.cells.iter().flatten().zip(&mut columns) {
            let secret = column.field.is_secret() || column.suggested.is_secret();
            if !secret && column.samples.len() < SAMPLES && !cell.trim().is_empty() {
                column.samples.push(cell.trim().chars().take(60).collect());
            }
        }
    }
    columns
}

fn add(look: &mut TableLook, plan: &Plan<'_>, row: PlannedRow<'_>, register: &Connection) -> VaultResult<()> {
    let mut remarks: Vec<(Option<Field>, Severity, Why)> =
        row.remarks.into_iter().map(|r| (r.field, r.severity, r.why)).collect();
    match &row.fate {
        RowFate::Refused => look.counts.refused += 1,
        RowFate::Open => look.counts.open += 1,
        RowFate::Person(piece) => match against(register, piece, plan.reading.today)? {
            Against::New(mrn) => {
                let again =
                    remarks.iter().any(|r| r.2.reason == rustcare_model::reason::Reason::TableRowTwice);
                if again {
                    look.counts.already_there += 1;
                } else {
                    look.counts.new += 1;
                }
                if row.twin.is_some() || mrn.is_some() {
                    look.twins.push(TableTwin { line: row.row.line, earlier_line: row.twin, mrn });
                }
            }
            Against::Same => look.counts.already_there += 1,
            Against::Changed => look.counts.changed += 1,
            Against::Refused(why) => {
                look.counts.refused += 1;
                remarks.push((Some(Field::SourceId), Severity::Error, why));
            }
        },
    }
    for (field, severity, why) in remarks {
        if look.findings.len() >= MOST_FINDINGS {
            look.more_findings += 1;
            continue;
        }
        let at = field.and_then(|f| plan.reading.fields.iter().position(|own| *own == f));
        look.findings.push(TableFinding {
            line: row.row.line,
            column: at.map(|at| plan.table.names[at].clone()),
            severity,
            message: why.sentence(),
            why,
            text: plan.shown(&row.row),
        });
    }
    Ok(())
}

enum Against {
    New(Option<String>),
    Same,
    Changed,
    Refused(Why),
}

/// What the writer would do with it, without doing it.
fn against(register: &Connection, piece: &Piece, today: Date) -> VaultResult<Against> {
    let Body::Patient(read) = &piece.body else { return Ok(Against::Same) };
    match resource::find(register, "Patient", &piece.id)? {
        Some(known) if known.content_hash == piece.hash => Ok(Against::Same),
        Some(known) => {
            let Some(row) = known.patient else { return Ok(Against::Same) };
            let stored = patient::by_row(register, row)?;
            Ok(if write::is_still(register, &stored, read, today)? {
                Against::Changed
            } else {
                Against::Refused(rustcare_model::reason::Reason::SourceOfOther.into())
            })
        }
        None if write::same_person_by_identifier(register, read, today)?.is_some() => Ok(Against::Changed),
        None => Ok(Against::New(patient::alike(register, &read.demographics)?)),
    }
}
