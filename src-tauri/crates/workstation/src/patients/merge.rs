//! Merging two records, and taking it back.

use rusqlite::{Connection, Transaction};
use rustcare_model::patient::PatientId;
use rustcare_model::reason::Reason;
use rustcare_patients::find;
use rustcare_patients::matching::registered::key_of;
use rustcare_patients::merge::{self, MergeError, MergeField, decided_different};
use rustcare_vault::table::patient::{self, ChangedBy};
use rustcare_vault::table::patient_merge;
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultError, VaultResult};

use super::candidates::weight_reason;
use super::patient_id;
use crate::choke_point::Call;
use crate::contract::duplicates::{
    FieldRestored, MergePatients, MergePreviewed, OneMerge, PatientsMerged, PatientsUnmerged, PreviewMerge,
    UnmergePatients, UnmergePreviewed,
};
use crate::problem::{Problem, ProblemCode};

impl From<MergeError> for Problem {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::OneRecord => Self::new(ProblemCode::InvalidInput, Reason::MergeOneRecord),
            MergeError::MergedAlready => Self::new(ProblemCode::Conflict, Reason::MergedAlready),
            MergeError::DecidedDifferent => Self::new(ProblemCode::Conflict, Reason::DecidedDifferent),
            MergeError::Stale => VaultError::Stale.into(),
            MergeError::UndoneAlready => Self::new(ProblemCode::Conflict, Reason::UndoneAlready),
            MergeError::LaterMergeFirst => Self::new(ProblemCode::Conflict, Reason::LaterMergeFirst),
            MergeError::Vault(VaultError::NotFound("merge")) => {
                Self::new(ProblemCode::NotFound, Reason::MergeUnknown)
            }
            MergeError::Vault(error) => error.into(),
        }
    }
}

fn one_hit(
    connection: &Connection,
    row: i64,
    today: jiff::civil::Date,
) -> VaultResult<rustcare_patients::PatientHit> {
    find::hits_of_rows(connection, &[row], today)?.pop().ok_or(VaultError::NotFound("patient"))
}

pub fn preview_merge(call: &mut Call<'_>, input: PreviewMerge) -> Result<MergePreviewed, Problem> {
    let today = call.settings()?.today();
    let (survivor, retired) = (patient_id(&input.survivor_id)?, patient_id(&input.retired_id)?);
    let vault = call.vault()?.clone();
    let why = call
        .workstation
        .matches
        .look(&vault, |index| index.explain_two(survivor.0.into_bytes(), retired.0.into_bytes()))?
        .flatten();
    call.read(|t, told| {
        let (a, b) = merge::rows(t, survivor, retired)?;
        told.subject = Some(survivor.to_string());
        told.details = Some(format!("beside {retired}"));
        let seen = merge::preview(t, a, b, &input.chosen)?;
        debug_assert_eq!(key_of(&seen.survivor.patient), survivor.0.into_bytes());
        Ok(MergePreviewed {
            survivor: one_hit(t, a, today)?,
            retired: one_hit(t, b, today)?,
            survivor_version: seen.survivor.version,
            retired_version: seen.retired.version,
            fields: seen.fields,
            moves: seen.moves,
            reasons: why.iter().flat_map(|(_, reasons)| reasons).map(weight_reason).collect(),
            probability: why.as_ref().map(|(pair, _)| pair.probability),
            weight: why.as_ref().map(|(pair, _)| pair.weight),
            decided_different: decided_different(t, a, b)?,
        })
    })
}

pub fn merge_patients(call: &mut Call<'_>, input: MergePatients) -> Result<PatientsMerged, Problem> {
    let (survivor, retired) = (patient_id(&input.survivor_id)?, patient_id(&input.retired_id)?);
    let (person, role) = (call.actor()?.person.clone(), call.role());
    let at = rustcare_vault::vault::timestamp();
    let vault = call.vault()?.clone();
    let done = call.write(|t, told| {
        let (a, b) = merge::rows(t, survivor, retired)?;
        told.subject = Some(survivor.to_string());
        let by = ChangedBy { at: &at, person: &person, role };
        let versions = Some((input.survivor_version, input.retired_version));
        let done = merge::merge(t, (a, b), versions, &input.chosen, input.reason.trim(), by)?;
        told.details = Some(format!(
            "merged {retired}; merge {}; {} records, {} studies; reason: {}",
            done.merge,
            done.moved.records,
            done.moved.studies,
            input.reason.trim()
        ));
        let of_other = format!("merged into {survivor}; merge {}", done.merge);
        beside(&vault, t, ("merge_patients", &person, role), retired, of_other)?;
        Ok(done)
    })?;
    call.workstation.matches.follow_save(call.vault()?);
    Ok(PatientsMerged {
        patient_id: survivor.to_string(),
        merge_id: done.merge.to_string(),
        moved: done.moved,
    })
}

/// The act as the history of the other record shows it: each of the two has its own entry, in the same transaction.
fn beside(
    vault: &Vault,
    t: &Transaction<'_>,
    (action, person, role): (&str, &str, &str),
    subject: PatientId,
    details: String,
) -> VaultResult<()> {
    let entry = AuditEntry {
        at: rustcare_vault::vault::timestamp(),
        person: person.to_owned(),
        role: role.to_owned(),
        action: action.to_owned(),
        subject: Some(subject.to_string()),
        outcome: Outcome::Done,
        details: Some(details),
    };
    vault.record(t, &entry)
}

fn number(merge_id: &str) -> Result<i64, Problem> {
    merge_id.parse().map_err(|_| Problem::new(ProblemCode::NotFound, Reason::MergeUnknown))
}

pub fn preview_unmerge(call: &mut Call<'_>, input: OneMerge) -> Result<UnmergePreviewed, Problem> {
    let today = call.settings()?.today();
    let merge = number(&input.merge_id)?;
    call.read(|t, told| {
        let seen = merge::preview_unmerge(t, merge)?;
        told.subject = Some(seen.survivor.patient.id.to_string());
        told.details = Some(format!("merge {merge}"));
        let now = &seen.survivor.patient.demographics;
        let restored = |field: MergeField| FieldRestored {
            field,
            now: field.shown(now),
            then: field.shown(&seen.then),
            kept: seen.kept.contains(&field),
        };
        Ok(UnmergePreviewed {
            survivor: one_hit(t, seen.survivor.row, today)?,
            retired: one_hit(t, seen.retired.row, today)?,
            survivor_version: seen.survivor.version,
            merged_at: seen.merge.at.clone(),
            merged_by: seen.merge.person.clone(),
            reason: seen.merge.reason.clone(),
            fields: MergeField::ALL
                .into_iter()
                .filter(|f| seen.restored.contains(f) || seen.kept.contains(f))
                .map(restored)
                .collect(),
            moves: seen.moves,
        })
    })
}

pub fn unmerge_patients(call: &mut Call<'_>, input: UnmergePatients) -> Result<PatientsUnmerged, Problem> {
    let merge = number(&input.merge_id)?;
    let (person, role) = (call.actor()?.person.clone(), call.role());
    let at = rustcare_vault::vault::timestamp();
    let vault = call.vault()?.clone();
    let done = call.write(|t, told| {
        let by = ChangedBy { at: &at, person: &person, role };
        let kept = patient_merge::by_number(t, merge).map_err(MergeError::from)?;
        let (survivor, retired) = (patient::by_row(t, kept.survivor)?, patient::by_row(t, kept.retired)?);
        told.subject = Some(survivor.patient.id.to_string());
        let done =
            merge::unmerge(t, merge, Some(input.survivor_version), input.reason.trim(), input.different, by)?;
        told.details = Some(format!(
            "parted from {}; merge {merge}; {} records, {} studies, {} elsewhere; {} identifiers lost; reason: {}",
            retired.patient.id,
            done.moved.records,
            done.moved.studies,
            done.elsewhere,
            done.identifiers_lost,
            input.reason.trim()
        ));
        let of_other = format!("parted from {}; merge {merge}", survivor.patient.id);
        beside(&vault, t, ("unmerge_patients", &person, role), retired.patient.id, of_other)?;
        Ok(PatientsUnmerged {
            patient_id: retired.patient.id.to_string(),
            moved: done.moved,
            elsewhere: done.elsewhere,
            identifiers_lost: done.identifiers_lost,
        })
    })?;
    call.workstation.matches.follow_save(call.vault()?);
    Ok(done)
}
