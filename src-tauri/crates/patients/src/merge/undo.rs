//! Taking a merge back.

use rusqlite::Connection;
use rustcare_model::clinical_record::RecordKind;
use rustcare_vault::VaultError;
use rustcare_vault::table::match_register::{self, Decision, TwoPatients};
use rustcare_vault::table::patient::{self, ChangedBy, StoredPatient};
use rustcare_vault::table::patient_merge::{self, Merge, Relation};
use rustcare_vault::table::record_change::{self, Touched};

use super::fields::MergeField;
use super::parting::{Parted, parted};
use super::{MergeError, MovedCounts};

/// What taking a merge back would do.
#[derive(Debug, Clone)]
pub struct UnmergePreview {
    /// The merge.
    pub merge: Merge,
    /// The patient who went on, as now.
    pub survivor: StoredPatient,
    /// The record that comes back.
    pub retired: StoredPatient,
    /// What is known of the survivor then.
    pub then: rustcare_model::patient::Demographics,
    /// Fields of the survivor that get their value of before.
    pub restored: Vec<MergeField>,
    /// Fields that were changed after the merge: they stay as they are now.
    pub kept: Vec<MergeField>,
    /// What goes back.
    pub moves: MovedCounts,
}

/// A merge that was taken back.
#[derive(Debug, Clone, Copy)]
pub struct Unmerged {
    /// What went back.
    pub moved: MovedCounts,
    /// Rows that had been given to somebody else since, and stay there.
    pub elsewhere: usize,
    /// Identifiers of the record that another patient has by now.
    pub identifiers_lost: usize,
}

fn standing(
    connection: &Connection,
    merge: i64,
) -> Result<(Merge, StoredPatient, StoredPatient), MergeError> {
    let merge = patient_merge::by_number(connection, merge)?;
    if merge.undone_at.is_some() {
        return Err(MergeError::UndoneAlready);
    }
    let survivor = patient::by_row(connection, merge.survivor)?;
    if survivor.merged_into.is_some() {
        return Err(MergeError::LaterMergeFirst);
    }
    let retired = patient::by_row(connection, merge.retired)?;
    if retired.merged_into != Some(merge.survivor) {
        return Err(VaultError::Damaged("a merge and its record do not agree").into());
    }
    Ok((merge, survivor, retired))
}

/// What taking a merge back would do.
///
/// # Errors
/// [`MergeError::UndoneAlready`], [`MergeError::LaterMergeFirst`].
pub fn preview_unmerge(connection: &Connection, merge: i64) -> Result<UnmergePreview, MergeError> {
    let (merge, survivor, retired) = standing(connection, merge)?;
    let now = &survivor.patient.demographics;
    let Parted { demographics: then, kept, .. } = parted(&merge, &later_than(connection, &merge)?, now);
    let restored = MergeField::ALL.into_iter().filter(|f| !f.is_same(&then, now)).collect();
    let count = |relation: Relation| -> Result<usize, VaultError> {
        let table = relation.table();
        let sql = format!(
            "SELECT count(*) FROM patient_merge_moved JOIN {table} ON {table} = row
             WHERE merge = ?1 AND relation = '{table}' AND patient = ?2"
        );
        Ok(connection.query_row(&sql, [merge.merge, survivor.row], |r| r.get::<_, i64>(0))? as usize)
    };
    let moves = MovedCounts {
        records: count(Relation::Resource)?,
        studies: count(Relation::Study)?,
        documents: count(Relation::Document)?,
    };
    Ok(UnmergePreview { merge, survivor, retired, then, restored, kept, moves })
}

/// Takes a merge back. `survivor_version`, where given, is the one that was shown. With `different` both are two people
/// for good, so that they are not suggested again.
///
/// # Errors
/// [`MergeError`]; nothing is changed then, when the caller's transaction is rolled back.
pub fn unmerge(
    connection: &Connection,
    merge: i64,
    survivor_version: Option<i64>,
    reason: &str,
    different: bool,
    by: ChangedBy<'_>,
) -> Result<Unmerged, MergeError> {
    let (merge, survivor, retired) = standing(connection, merge)?;
    if survivor_version.is_some_and(|shown| shown != survivor.version) {
        return Err(MergeError::Stale);
    }
    let mut next = survivor.patient.clone();
    let later = later_than(connection, &merge)?;
    let parted = parted(&merge, &later, &survivor.patient.demographics);
    next.demographics = parted.demographics;
    patient::update(connection, &survivor, &next, by)?;
    let identifiers_lost = patient::reclaim_identifiers(connection, &retired, by)?;
    let back =
        |relation| patient_merge::move_back(connection, merge.merge, relation, survivor.row, retired.row);
    let (records, records_elsewhere) = back(Relation::Resource)?;
    let (studies, studies_elsewhere) = back(Relation::Study)?;
    let (documents, documents_elsewhere) = back(Relation::Document)?;
    restore_summary(connection, &merge, (&survivor, &retired), by)?;
    let mut asked = merge.allergies_before;
    for (one, (before, after)) in later.iter().zip(&parted.later) {
        patient_merge::rewrite(connection, one.merge, before, after, asked)?;
        asked |= patient::by_row(connection, one.retired)?.allergies_asked;
    }
    patient_merge::point(connection, retired.row, None)?;
    patient_merge::mark_undone(connection, merge.merge, reason, by)?;
    match_register::note_change(connection, retired.row)?;
    if different && let Some(two) = TwoPatients::of(survivor.row, retired.row) {
        match_register::decide(connection, two, Decision::Different, reason, by)?;
    }
    record_change::raise(connection, Touched::Patients(&[survivor.row, retired.row]))?;
    Ok(Unmerged {
        moved: MovedCounts { records, studies, documents },
        elsewhere: records_elsewhere + studies_elsewhere + documents_elsewhere,
        identifiers_lost,
    })
}

/// The standing merges into the same patient after one of them, the oldest first.
fn later_than(connection: &Connection, merge: &Merge) -> Result<Vec<Merge>, VaultError> {
    let mut later = patient_merge::into_patient(connection, merge.survivor)?;
    later.retain(|other| other.merge > merge.merge);
    later.reverse();
    Ok(later)
}

/// Last visit and "allergies were asked" of both, from the charts as they are now. Whether somebody was asked is known of a
/// record by itself from before any merge; "no known allergies" must not be said of somebody who was never asked.
fn restore_summary(
    connection: &Connection,
    merge: &Merge,
    (survivor, retired): (&StoredPatient, &StoredPatient),
    by: ChangedBy<'_>,
) -> Result<(), VaultError> {
    let today = by.at.get(..10).and_then(|day| day.parse().ok()).map(patient::day_number);
    let until = survivor.last_visit_day.max(today);
    let last_visit = |row: i64| -> Result<Option<i64>, VaultError> {
        Ok(connection
            .prepare_cached(
                "SELECT max(start_day) FROM clinical_record WHERE patient = ?1 AND kind = ?2 AND start_day <= ?3",
            )?
            .query_row(rusqlite::params![row, RecordKind::Encounter.number(), until], |r| r.get(0))?)
    };
    let standing = patient_merge::into_patient(connection, survivor.row)?;
    let first = standing.iter().min_by_key(|m| m.merge);
    let mut asked = first.is_some_and(|m| m.allergies_before) || has_allergies(connection, survivor.row)?;
    for other in standing.iter().filter(|other| other.merge != merge.merge) {
        asked |= patient::by_row(connection, other.retired)?.allergies_asked;
    }
    patient::set_summary(connection, survivor.row, asked, last_visit(survivor.row)?)?;
    let asked = retired.allergies_asked || has_allergies(connection, retired.row)?;
    patient::set_summary(connection, retired.row, asked, last_visit(retired.row)?)
}

fn has_allergies(connection: &Connection, row: i64) -> Result<bool, VaultError> {
    let kind = RecordKind::AllergyIntolerance.number();
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM clinical_record WHERE patient = ?1 AND kind = ?2)")?
        .query_row([row, kind], |r| r.get(0))?)
}
