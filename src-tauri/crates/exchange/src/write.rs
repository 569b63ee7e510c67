//! Writing parsed resources: a patient with all that belongs to them, or what belongs to nobody.

use rusqlite::{Connection, Transaction};
use rustcare_model::clinical_record::{ClinicalRecord, RecordKind};
use rustcare_model::patient::{Demographics, Identifiers, Patient, PatientId};
use rustcare_model::reason::Reason;
use rustcare_vault::VaultResult;
use rustcare_vault::table::patient::{ChangedBy, StoredPatient, day_number};
use rustcare_vault::table::patient_merge::{self, Relation};
use rustcare_vault::table::record_change::{self, Touched};
use rustcare_vault::table::{clinical_record, import_job, patient, resource};

use crate::fhir::patient::ReadPatient;
use crate::import::{Body, Group, ImportContext, Piece, rejected_row};
use crate::report::{Fate, Rejection, Tally};
use crate::said_at::SaidAt;
use crate::same_person::{self, Agreement, Birthdays, Verdict};
use crate::seal::{Seal, seal_secrets};
use crate::updated::{self, OtherNumbers, updated};

/// Writes one patient's group.
pub(crate) fn group(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    group: Group,
    tally: &mut Tally,
) -> VaultResult<()> {
    let row = match &group.patient {
        Some(piece) => patient_piece(t, context, piece, tally)?,
        None => resource::find(t, "Patient", &group.patient_id)?.and_then(|known| known.patient),
    };
    let owner = row;
    let row = row.map(|row| patient_merge::survivor_of(t, row)).transpose()?;
    let Some(row) = row else {
        let reason = if group.patient.is_some() { Reason::PatientRefused } else { Reason::PatientAbsent };
        for piece in &group.pieces {
            match &piece.body {
                // Nothing of the chart depends on it: kept, without a patient.
                Body::Verbatim { .. } => loose(t, context, piece, tally)?,
                _ => reject(t, context, piece, reason, tally)?,
            }
        }
        return Ok(());
    };
    let mut last_visit = None;
    let mut allergies = false;
    for piece in &group.pieces {
        if matches!(piece.body, Body::Patient(_)) {
            // The same patient twice: once is enough, and two that differ cannot both be right.
            match &group.patient {
                Some(first) if first.hash == piece.hash => tally.count("Patient", Fate::AlreadyThere),
                _ => reject(t, context, piece, Reason::PatientTwice, tally)?,
            }
            continue;
        }
        let Some(resource_row) = source(t, context, piece, Some(row), tally)? else {
            continue;
        };
        if let Some(owner) = owner.filter(|owner| *owner != row) {
            patient_merge::note_arrival(t, Relation::Resource, resource_row, owner)?;
        }
        if let Body::Records(read) = &piece.body {
            for (component, record) in read.records.iter().enumerate() {
                clinical_record::insert(t, resource_row, component, row, record)?;
                last_visit = last_visit.max(visit_day(record, context));
                allergies |= record.kind == RecordKind::AllergyIntolerance;
            }
        }
    }
    if let Some(day) = last_visit {
        patient::note_visit(t, row, day)?;
    }
    if allergies {
        patient::note_allergies_asked(t, row)?;
    }
    record_change::raise(t, Touched::Patients(&[row]))?;
    Ok(())
}

fn visit_day(record: &ClinicalRecord, context: &ImportContext<'_>) -> Option<i64> {
    let day = record.start.as_ref()?.first_day();
    (record.kind == RecordKind::Encounter && day <= context.today).then(|| day_number(day))
}

/// Writes what belongs to no patient.
pub(crate) fn loose(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    piece: &Piece,
    tally: &mut Tally,
) -> VaultResult<()> {
    source(t, context, piece, None, tally).map(|_| ())
}

/// Keeps a source. Answers with its row when the chart's rows must be written, `None` when nothing changed.
fn source(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    piece: &Piece,
    patient: Option<i64>,
    tally: &mut Tally,
) -> VaultResult<Option<i64>> {
    if matches!(piece.body, Body::Verbatim { .. }) || patient.is_none() {
        tally.kept_verbatim += 1;
    }
    match resource::find(t, &piece.resource_type, &piece.id)? {
        Some(known) if known.patient.is_some() && patient.is_some() && known.patient != patient => {
            reject(t, context, piece, Reason::RecordOfOther, tally)?;
            Ok(None)
        }
        Some(known)
            if known.content_hash == piece.hash && (known.patient == patient || patient.is_none()) =>
        {
            note_said_at(t, known.row, piece)?;
            tally.count(&piece.resource_type, Fate::AlreadyThere);
            Ok(None)
        }
        Some(known) if SaidAt::is_older_than(piece.said_at, known.said_at) => {
            reject(t, context, piece, Reason::OlderThanKnown, tally)?;
            Ok(None)
        }
        Some(known) => {
            let patient = patient.or(known.patient);
            note_said_at(t, known.row, piece)?;
            resource::replace(t, known.row, patient, &piece.hash, &piece.compressed)?;
            resource::note_beyond(t, known.row, &piece.beyond)?;
            clinical_record::remove(t, known.row)?;
            if let Some(owner) = known.patient {
                record_change::raise(t, Touched::Patients(&[owner]))?;
            }
            tally.count(&piece.resource_type, Fate::Changed);
            Ok(Some(known.row))
        }
        None => {
            let row = resource::insert(
                t,
                &piece.resource_type,
                &piece.id,
                patient,
                &piece.hash,
                &piece.compressed,
            )?;
            resource::note_beyond(t, row, &piece.beyond)?;
            note_said_at(t, row, piece)?;
            tally.count(&piece.resource_type, Fate::Taken);
            Ok(Some(row))
        }
    }
}

/// Notes when a source was said; most do not say it. The same content said again, later, still stands then.
fn note_said_at(t: &Transaction<'_>, row: i64, piece: &Piece) -> VaultResult<()> {
    match piece.said_at {
        Some(at) => resource::note_said_at(t, row, at.kept()),
        None => Ok(()),
    }
}

fn reject(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    piece: &Piece,
    reason: Reason,
    tally: &mut Tally,
) -> VaultResult<()> {
    let rejection = Rejection::new(&piece.file, piece.line, Some(&piece.resource_type), reason);
    let text =
        lz4_flex::decompress_size_prepended(&piece.compressed).ok().and_then(|b| String::from_utf8(b).ok());
    import_job::reject(t, &context.job, &rejected_row(&rejection, text))?;
    tally.reject(rejection);
    Ok(())
}

/// Writes a patient; answers with the row, or `None` when it was refused.
fn patient_piece(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    piece: &Piece,
    tally: &mut Tally,
) -> VaultResult<Option<i64>> {
    let Body::Patient(read) = &piece.body else {
        return Ok(None);
    };
    let known = resource::find(t, "Patient", &piece.id)?;
    if let Some(known) = &known
        && known.content_hash == piece.hash
    {
        note_said_at(t, known.row, piece)?;
        tally.count("Patient", Fate::AlreadyThere);
        // For whoever may seal and comes after somebody who might not. What is sealed already is not the source's news: somebody
        // here may have corrected it since.
        if let Some(row) = known.patient {
            seal_secrets(t, context, (row, Seal::Missing), piece, read, tally)?;
        }
        return Ok(known.patient);
    }
    let at = rustcare_vault::vault::timestamp();
    let by = ChangedBy { at: &at, person: &context.person, role: &context.role };
    let mut which = Seal::All;
    let row = match known {
        Some(known) => {
            let Some(row) = known.patient else { return Ok(None) };
            let stored = patient::by_row(t, row)?;
            if !is_still(t, &stored, read, context.today)? {
                reject(t, context, piece, Reason::SourceOfOther, tally)?;
                return Ok(None);
            }
            if SaidAt::is_older_than(piece.said_at, known.said_at) {
                reject(t, context, piece, Reason::OlderThanKnown, tally)?;
                return Ok(Some(row));
            }
            if stored.merged_into.is_some() {
                // Which of two sources is right about one person is not decided by who wrote last. The hash stays that of what
                // the record was made of: once it is parted again, the same source is still news to it.
                resource::replace(t, known.row, Some(row), &known.content_hash, &piece.compressed)?;
                resource::note_beyond(t, known.row, &piece.beyond)?;
                reject(t, context, piece, Reason::MergedSourceChanged, tally)?;
                seal_secrets(t, context, (row, Seal::All), piece, read, tally)?;
                return Ok(Some(row));
            }
            let others = OtherNumbers::of(t, context, row, &piece.id)?;
            let mut next = updated(&stored, read, &others);
            leave_used_identifiers_out(t, piece, &mut next.demographics, Some(row), tally)?;
            let said = (read.says_death, piece.said_at);
            if let Some(why) = updated::keep_later_death(t, &stored, &mut next.demographics, said)? {
                reject(t, context, piece, why, tally)?;
            }
            updated::write(t, &stored, &next, piece.said_at, by)?;
            resource::replace(t, known.row, Some(row), &piece.hash, &piece.compressed)?;
            resource::note_beyond(t, known.row, &piece.beyond)?;
            note_said_at(t, known.row, piece)?;
            tally.count("Patient", Fate::Changed);
            row
        }
        None => match same_person_by_identifier(t, read, context.today)? {
            Some(row) => {
                // A second source of a person lays nothing over what is known of them, its numbers neither.
                which = Seal::Missing;
                let kept =
                    resource::insert(t, "Patient", &piece.id, Some(row), &piece.hash, &piece.compressed)?;
                resource::note_beyond(t, kept, &piece.beyond)?;
                note_said_at(t, kept, piece)?;
                tally.count("Patient", Fate::Changed);
                row
            }
            None => {
                let mrn = patient::issue_mrn(t, &context.mrn_prefix, context.mrn_first)?;
                let mut demographics = read.demographics.clone();
                leave_used_identifiers_out(t, piece, &mut demographics, None, tally)?;
                let new = Patient { id: PatientId::new(), mrn, demographics };
                let row = updated::register(t, &new, piece.said_at, by)?;
                let kept =
                    resource::insert(t, "Patient", &piece.id, Some(row), &piece.hash, &piece.compressed)?;
                resource::note_beyond(t, kept, &piece.beyond)?;
                note_said_at(t, kept, piece)?;
                tally.count("Patient", Fate::Taken);
                row
            }
        },
    };
    seal_secrets(t, context, (row, which), piece, read, tally)?;
    Ok(Some(row))
}

/// The record that this one is: a number that is one person's alone and valid, confirmed by what else is said, see
/// [`Agreement::beside_a_number`]. Never an identifier alone. An identifier that came with a merged record leads to that record,
/// so that what its source says goes back with it.
pub(crate) fn same_person_by_identifier(
    t: &Connection,
    read: &ReadPatient,
    today: jiff::civil::Date,
) -> VaultResult<Option<i64>> {
    for identifier in read.demographics.identifiers.iter().filter(|i| same_person::is_own(i, today)) {
        let (authority, value) = (&identifier.authority, &identifier.value);
        let Some(survivor) = patient::row_by_identifier(t, authority, value)? else { continue };
        let record = same_person::record_with(t, survivor, authority, value)?;
        for row in [record, survivor] {
            let known = patient::by_row(t, row)?.patient.demographics;
            // One of the two may not say of which kind the number is.
            let is_shared = known
                .identifiers
                .iter()
                .any(|i| i.authority == *authority && i.value == *value && same_person::is_shared(&i.kind));
            if !is_shared && Agreement::of(&known, &read.demographics).beside_a_number() == Verdict::Same {
                return Ok(Some(record));
            }
        }
    }
    Ok(None)
}

/// Identifiers are unique per authority. One that another patient has is left out and said so; the source keeps it.
pub(crate) fn leave_used_identifiers_out(
    t: &Transaction<'_>,
    piece: &Piece,
    demographics: &mut Demographics,
    own: Option<i64>,
    tally: &mut Tally,
) -> VaultResult<()> {
    let mut kept = Identifiers::new();
    for identifier in demographics.identifiers.drain(..) {
        match patient::row_by_identifier(t, &identifier.authority, &identifier.value)? {
            Some(row) if Some(row) != own => {
                tally.reject(Rejection::new(&piece.file, piece.line, None, Reason::IdentifierLeftOut));
            }
            _ => kept.push(identifier),
        }
    }
    demographics.identifiers = kept;
    Ok(())
}

/// Whether another record here has the name and date of birth that are said.
fn is_named_elsewhere(t: &Connection, stored: &StoredPatient, said: &Demographics) -> VaultResult<bool> {
    let alike = patient::rows_alike(t, said)?;
    Ok(alike.into_iter().any(|row| row != stored.row))
}

/// Whether what comes under a known source id is still the same person: name and birth agree, or one of them does and an
/// identifier that only this patient has confirms it (a married name, a corrected date). One correction at a time: where two
/// things contradict, it is somebody else under that id. An identifier of a merged record is with its survivor.
pub(crate) fn is_still(
    t: &Connection,
    stored: &StoredPatient,
    read: &ReadPatient,
    today: jiff::civil::Date,
) -> VaultResult<bool> {
    let (a, b) = (&stored.patient.demographics, &read.demographics);
    let agreement = Agreement::of(a, b);
    if agreement.contradictions() > 1 {
        return Ok(false);
    }
    let is_born_the_same_day = agreement.birth == Some(Birthdays::Same);
    // Twins whose ids changed places: the name that is said now is that of another record of that day.
    if agreement.given == Some(false) && is_born_the_same_day && is_named_elsewhere(t, stored, b)? {
        return Ok(false);
    }
    let may_be_renamed = agreement.given != Some(false) || is_born_the_same_day;
    if may_be_renamed && (same_person::agree(a, b) || same_person::are_silent(a, b)) {
        return Ok(true);
    }
    if agreement.family != Some(true) && !is_born_the_same_day {
        return Ok(false);
    }
    let holder = patient_merge::survivor_of(t, stored.row)?;
    for identifier in b.identifiers.iter().filter(|i| same_person::is_own(i, today)) {
        let (authority, value) = (&identifier.authority, &identifier.value);
        if patient::row_by_identifier(t, authority, value)? == Some(holder)
            && (holder == stored.row
                || a.identifiers.iter().any(|i| i.authority == *authority && i.value == *value))
        {
            return Ok(true);
        }
    }
    Ok(false)
}
