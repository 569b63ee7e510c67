//! Two records of one person become one, and apart again.
//!
//! A merge is one transaction. The survivor's chart then holds both charts; the retired record keeps its demographics,
//! versions and secrets, is found as before and leads to the survivor. What moved is noted row by row, and what both
//! were before is kept, so that it can be taken back also after later work: that work stays, and is shown.

mod fields;
mod parting;
#[cfg(test)]
mod tests;
mod undo;

use rusqlite::Connection;
use rustcare_model::patient::PatientId;
use rustcare_vault::VaultError;
use rustcare_vault::table::match_register::{self, Decision, TwoPatients};
use rustcare_vault::table::patient::{self, ChangedBy, StoredPatient};
use rustcare_vault::table::patient_merge::{self, NewMerge, Relation};
use rustcare_vault::table::record_change::{self, Touched};
use serde::Serialize;

pub use fields::{MergeField, ShownValue, joined_demographics};
pub use undo::{UnmergePreview, Unmerged, preview_unmerge, unmerge};

/// Why two records were not merged, or not parted.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Both are one record.
    #[error("a record cannot be merged with itself")]
    OneRecord,
    /// One of them was merged already.
    #[error("one of the records was merged already")]
    MergedAlready,
    /// Somebody decided that they are two people.
    #[error("it was decided that these are two people")]
    DecidedDifferent,
    /// One of them was changed since it was shown.
    #[error("one of the records was changed meanwhile")]
    Stale,
    /// The merge was taken back already.
    #[error("the merge was taken back already")]
    UndoneAlready,
    /// The survivor was merged on: that merge must be taken back first.
    #[error("the survivor was itself merged; take that back first")]
    LaterMergeFirst,
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Where a field's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ValueOf {
    /// Both say the same.
    Same,
    /// The record that goes on.
    Survivor,
    /// The record that is merged.
    Retired,
    /// Both values are kept.
    Both,
}

/// One field, side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct FieldSideBySide {
    pub field: MergeField,
    pub survivor: ShownValue,
    pub retired: ShownValue,
    pub result: ShownValue,
    pub value_of: ValueOf,
    /// Whether a person may choose the other value.
    pub choosable: bool,
}

/// How much goes from one chart to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MovedCounts {
    /// Sources with their chart entries.
    pub records: usize,
    /// Imaging studies.
    pub studies: usize,
    /// Photos and papers from files.
    pub documents: usize,
}

/// What a merge would do.
#[derive(Debug, Clone)]
pub struct MergePreview {
    /// The record that goes on.
    pub survivor: StoredPatient,
    /// The record that is merged into it.
    pub retired: StoredPatient,
    /// Every field that at least one of them knows.
    pub fields: Vec<FieldSideBySide>,
    /// What the retired record's chart brings.
    pub moves: MovedCounts,
}

/// A merge that was done.
#[derive(Debug, Clone, Copy)]
pub struct Merged {
    /// Its number.
    pub merge: i64,
    /// What went over.
    pub moved: MovedCounts,
}

/// Two records to be merged; a row each.
fn both(
    connection: &Connection,
    survivor: i64,
    retired: i64,
) -> Result<(StoredPatient, StoredPatient), MergeError> {
    if survivor == retired {
        return Err(MergeError::OneRecord);
    }
    let (survivor, retired) = (patient::by_row(connection, survivor)?, patient::by_row(connection, retired)?);
    if survivor.merged_into.is_some() || retired.merged_into.is_some() {
        return Err(MergeError::MergedAlready);
    }
    Ok((survivor, retired))
}

/// Rows of the records of two identities themselves.
///
/// # Errors
/// [`VaultError::NotFound`].
pub fn rows(connection: &Connection, a: PatientId, b: PatientId) -> Result<(i64, i64), VaultError> {
    Ok((patient::record_by_id(connection, a)?.row, patient::record_by_id(connection, b)?.row))
}

/// Whether somebody decided that two patients, or any records that were merged into them, are different people.
///
/// # Errors
/// Database errors.
pub fn decided_different(connection: &Connection, a: i64, b: i64) -> Result<bool, VaultError> {
    let others = patient_merge::rows_of(connection, b)?;
    for row in patient_merge::rows_of(connection, a)? {
        for other in &others {
            if let Some(two) = TwoPatients::of(row, *other)
                && match_register::decision(connection, two)? == Some(Decision::Different)
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What merging `retired` into `survivor` would do; `chosen` are fields whose value shall be the retired record's.
///
/// # Errors
/// [`MergeError::OneRecord`], [`MergeError::MergedAlready`].
pub fn preview(
    connection: &Connection,
    survivor: i64,
    retired: i64,
    chosen: &[MergeField],
) -> Result<MergePreview, MergeError> {
    let (survivor, retired) = both(connection, survivor, retired)?;
    let (a, b) = (&survivor.patient.demographics, &retired.patient.demographics);
    let result = joined_demographics(a, b, chosen);
    let fields = MergeField::ALL
        .into_iter()
        .filter(|f| !f.shown(a).text.is_empty() || !f.shown(b).text.is_empty())
        .map(|field| FieldSideBySide {
            field,
            survivor: field.shown(a),
            retired: field.shown(b),
            result: field.shown(&result),
            value_of: if field.is_same(a, b) {
                ValueOf::Same
            } else if field.is_same(&result, a) {
                ValueOf::Survivor
            } else if field.is_same(&result, b) {
                ValueOf::Retired
            } else {
                ValueOf::Both
            },
            choosable: field.is_chosen() && !field.is_same(a, b) && !field.is_blank(a) && !field.is_blank(b),
        })
        .collect();
    let moves = MovedCounts {
        records: patient_merge::count_rows(connection, Relation::Resource, retired.row)?,
        studies: patient_merge::count_rows(connection, Relation::Study, retired.row)?,
        documents: patient_merge::count_rows(connection, Relation::Document, retired.row)?,
    };
    Ok(MergePreview { survivor, retired, fields, moves })
}

/// Merges `retired` into `survivor`, both row numbers. Versions, where given, are those that were shown.
///
/// # Errors
/// [`MergeError`]; nothing is changed then, when the caller's transaction is rolled back.
pub fn merge(
    connection: &Connection,
    (survivor, retired): (i64, i64),
    versions: Option<(i64, i64)>,
    chosen: &[MergeField],
    reason: &str,
    by: ChangedBy<'_>,
) -> Result<Merged, MergeError> {
    let (survivor, retired) = both(connection, survivor, retired)?;
    if versions.is_some_and(|shown| shown != (survivor.version, retired.version)) {
        return Err(MergeError::Stale);
    }
    if decided_different(connection, survivor.row, retired.row)? {
        return Err(MergeError::DecidedDifferent);
    }
    let before = &survivor.patient.demographics;
    let after = joined_demographics(before, &retired.patient.demographics, chosen);
    let new = NewMerge {
        survivor: survivor.row,
        retired: retired.row,
        reason,
        survivor_before: before,
        survivor_after: &after,
        retired_before: &retired.patient.demographics,
        allergies_before: survivor.allergies_asked,
    };
    let merge = patient_merge::insert(connection, &new, by)?;
    patient::release_identifiers(connection, retired.row)?;
    let mut next = survivor.patient.clone();
    next.demographics = after;
    patient::update(connection, &survivor, &next, by)?;
    let moved = MovedCounts {
        records: patient_merge::move_rows(connection, merge, Relation::Resource, retired.row, survivor.row)?,
        studies: patient_merge::move_rows(connection, merge, Relation::Study, retired.row, survivor.row)?,
        documents: patient_merge::move_rows(
            connection,
            merge,
            Relation::Document,
            retired.row,
            survivor.row,
        )?,
    };
    let last_visit = survivor.last_visit_day.max(retired.last_visit_day);
    patient::set_summary(
        connection,
        survivor.row,
        survivor.allergies_asked || retired.allergies_asked,
        last_visit,
    )?;
    patient_merge::point(connection, retired.row, Some(survivor.row))?;
    match_register::remove_pairs_of(connection, retired.row)?;
    match_register::note_change(connection, retired.row)?;
    record_change::raise(connection, Touched::Patients(&[survivor.row, retired.row]))?;
    Ok(Merged { merge, moved })
}
