//! A patient after their source came again: what it says now, with what only this clinic and others know.

use rusqlite::Connection;
use rustcare_model::patient::{Demographics, ForeignIdentifier, Identifiers, Patient, Sex};
use rustcare_model::reason::Reason;
use rustcare_vault::VaultResult;
use rustcare_vault::table::patient::{self, ChangedBy, StoredPatient};
use rustcare_vault::table::{patient_history, patient_merge, resource};

use crate::fhir::{self, patient::ReadPatient};
use crate::import::ImportContext;
use crate::overlay;
use crate::said_at::SaidAt;

/// What the source says now, and what only this clinic knows. Where the source is silent, what is known stays.
pub(crate) fn updated(stored: &StoredPatient, read: &ReadPatient, others: &OtherNumbers) -> Patient {
    let before = &stored.patient.demographics;
    let mut demographics = read.demographics.clone();
    demographics.consent_to_contact = before.consent_to_contact;
    demographics.interpreter_needed = before.interpreter_needed;
    demographics.unknown_person = before.unknown_person && demographics.name.is_empty();
    demographics.name = overlay::name(&before.name, &read.demographics.name);
    demographics.birth = overlay::birth(&before.birth, &read.demographics.birth);
    if demographics.sex == Sex::Unknown {
        demographics.sex = before.sex;
    }
    demographics.language = demographics.language.or_else(|| before.language.clone());
    (demographics.deceased, demographics.deceased_on) = death(before, read);
    demographics.email = demographics.email.or_else(|| before.email.clone());
    if demographics.phones.is_empty() {
        demographics.phones = before.phones.clone();
    }
    demographics.address = overlay::address(&before.address, &read.demographics.address);
    demographics.contact = overlay::contact(&before.contact, &read.demographics.contact);
    for known in &before.identifiers {
        let same = |i: &&mut ForeignIdentifier| i.authority == known.authority && i.value == known.value;
        match demographics.identifiers.iter_mut().find(same) {
            Some(said) => *said = overlay::identifier(known, said),
            None if others.has(known, &read.demographics.identifiers) => {
                demographics.identifiers.push(known.clone());
            }
            None => {}
        }
    }
    Patient { id: stored.patient.id, mrn: stored.patient.mrn.clone(), demographics }
}

/// Numbers of a patient that a source does not take away by saying them no more.
pub(crate) struct OtherNumbers {
    /// Of records that were merged into the patient.
    of_merged: Vec<ForeignIdentifier>,
    /// What the source said before; `None` where that was let go or is no FHIR.
    said_before: Option<Identifiers>,
}

impl OtherNumbers {
    pub fn of(t: &Connection, context: &ImportContext<'_>, row: i64, source_id: &str) -> VaultResult<Self> {
        let mut of_merged = Vec::new();
        for merged in patient_merge::rows_of(t, row)?.into_iter().filter(|merged| *merged != row) {
            of_merged.extend(patient::by_row(t, merged)?.patient.demographics.identifiers);
        }
        let before = resource::source(t, "Patient", source_id).ok();
        let before =
            before.and_then(|json| fhir::patient::read(&json, &context.phone_region, context.today).ok());
        Ok(Self { of_merged, said_before: before.map(|read| read.demographics.identifiers) })
    }

    /// Whether a number stays: it is a merged record's, was taken out of use (A40), or is no number that this source said. Where
    /// what it said is not known any more, its authority says whose it was.
    fn has(&self, known: &ForeignIdentifier, said: &Identifiers) -> bool {
        let is_among = |list: &[ForeignIdentifier]| {
            list.iter().any(|i| i.authority == known.authority && i.value == known.value)
        };
        known.period_end.is_some()
            || is_among(&self.of_merged)
            || match &self.said_before {
                Some(before) => !is_among(before),
                None => !said.iter().any(|i| i.authority == known.authority),
            }
    }
}

/// Leaves out what a source says of a patient's life that was said otherwise, here or by another source, after it was written.
/// Answers with what a person should know of that.
pub(crate) fn keep_later_death(
    t: &Connection,
    stored: &StoredPatient,
    next: &mut Demographics,
    (says_death, said_at): (bool, Option<SaidAt>),
) -> VaultResult<Option<Reason>> {
    let known = &stored.patient.demographics;
    let is_same = next.deceased == known.deceased;
    if !is_same || next.deceased_on != known.deceased_on {
        if !SaidAt::is_older_than(said_at, patient_history::death_said_at(t, stored.row)?) {
            return Ok(None);
        }
        let why = if next.deceased { Reason::Hl7DeathTakenBack } else { Reason::DeathRecordedSince };
        // A day that nobody knew is news, however old.
        if !is_same || known.deceased_on.is_some() {
            (next.deceased, next.deceased_on) = (known.deceased, known.deceased_on);
        }
        return Ok((!is_same).then_some(why));
    }
    if says_death && let Some(at) = said_at {
        patient_history::note_death_said_again(t, stored.row, at.kept())?;
    }
    Ok(None)
}

/// Changes a patient as a source says, and keeps when it said so.
pub(crate) fn write(
    t: &Connection,
    stored: &StoredPatient,
    next: &Patient,
    said_at: Option<SaidAt>,
    by: ChangedBy<'_>,
) -> VaultResult<()> {
    let version = patient::update(t, stored, next, by)?;
    note_said_at(t, stored.row, version, said_at)
}

/// Registers a patient as a source says, and keeps when it said so.
pub(crate) fn register(
    t: &Connection,
    new: &Patient,
    said_at: Option<SaidAt>,
    by: ChangedBy<'_>,
) -> VaultResult<i64> {
    let row = patient::insert(t, new, None, by)?;
    note_said_at(t, row, patient::by_row(t, row)?.version, said_at)?;
    Ok(row)
}

fn note_said_at(t: &Connection, row: i64, version: i64, said_at: Option<SaidAt>) -> VaultResult<()> {
    said_at.map_or(Ok(()), |at| patient_history::note_said_at(t, row, version, at.kept()))
}

/// Whether the patient is dead, and since when. A source that is silent revives nobody, and one that only says so leaves the day
/// that is known.
pub(crate) fn death(before: &Demographics, read: &ReadPatient) -> (bool, Option<jiff::civil::Date>) {
    let said = &read.demographics;
    match (read.says_death, said.deceased) {
        (false, _) => (before.deceased, before.deceased_on),
        (true, true) => (true, said.deceased_on.or(before.deceased_on)),
        (true, false) => (false, None),
    }
}
