//! Whose message it is: the record that the numbers of PID lead to, confirmed by what else PID says, and brought up to date.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::Transaction;
use rustcare_model::patient::{Demographics, ForeignIdentifier, Patient, PatientId};
use rustcare_model::reason::Reason;
use rustcare_model::secret::InsuranceNumber;
use rustcare_vault::VaultError;
use rustcare_vault::table::patient::{ChangedBy, StoredPatient};
use rustcare_vault::table::{patient, patient_merge, resource};

use super::map::Act;
use super::over::{filled, is_said_to_live, overlaid};
use super::person::{Number, Person};
use super::refusal::{Place, Refusal};
use super::write::{Stop, pid};
use crate::fhir::patient::ReadPatient;
use crate::import::{Body, ImportContext, Piece};
use crate::report::Tally;
use crate::said_at::SaidAt;
use crate::same_person::{self, Agreement, Verdict};
use crate::seal::{Seal, seal_secrets};
use crate::{parse, updated, write};

/// A patient as a message tells of them.
pub(super) struct Told<'a> {
    pub act: Act,
    pub person: &'a Person,
    /// `PID` as the reader of FHIR gives it.
    pub piece: Piece,
    /// Who says so.
    pub sender: Option<String>,
    pub said_at: Option<SaidAt>,
    /// Numbers that are this patient's from now on, and are no longer given (MRG).
    pub retired: Vec<ForeignIdentifier>,
}

/// The record of a message.
pub(super) struct Found {
    /// Whether the patient was registered by it.
    pub is_new: bool,
    /// Whether the register knows something newer from the same source.
    pub is_older: bool,
    /// What a person should know of it.
    pub note: Option<Reason>,
}

/// Reads PID as a FHIR `Patient` is read.
pub(super) fn piece(
    context: &ImportContext<'_>,
    person: &Person,
    origin: &Arc<str>,
) -> Result<Piece, Refusal> {
    let mut piece =
        parse::resource(&person.resource.to_string(), origin, context).map_err(|(rejection, _)| {
            // FHIR's own words for what the mapping let through: a birth in the future, a death before time.
            let field = if rejection.reason.contains("deceased") { 29 } else { 7 };
            Refusal::content(Reason::Hl7NoDate.with("field", format!("PID-{field}")), 102).at(pid(field))
        })?;
    if let Body::Patient(read) = &mut piece.body {
        read.secrets.insurance_number =
            person.insurance.as_ref().and_then(|text| InsuranceNumber::parse(text).ok());
    }
    Ok(piece)
}

/// What a piece says of a patient.
pub(super) fn read_of(piece: &Piece) -> Result<&ReadPatient, Refusal> {
    match &piece.body {
        Body::Patient(read) => Ok(read),
        _ => Err(Refusal::content(Reason::Hl7PatientMissing, 100)),
    }
}

/// Everybody here who has one of the numbers.
pub(super) fn rows_of<'n>(
    t: &Transaction<'_>,
    numbers: impl IntoIterator<Item = &'n Number>,
) -> Result<BTreeSet<i64>, VaultError> {
    let mut rows = BTreeSet::new();
    for number in numbers {
        rows.extend(patient::row_by_identifier(t, &number.authority, &number.value)?);
    }
    Ok(rows)
}

/// The patient's record, found or registered, brought up to date where the message is the register's.
pub(super) fn the_patient(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    told: &Told<'_>,
    tally: &mut Tally,
) -> Result<Found, Stop> {
    let (piece, person) = (&told.piece, told.person);
    let read = read_of(piece)?;
    let known = resource::find(t, "Patient", &piece.id)?;
    let mut rows = rows_of(t, person.own_numbers())?;
    // A source stays with the record that it made, also when that was merged into another.
    let by_source = known.as_ref().and_then(|k| k.patient);
    rows.extend(by_source.map(|row| patient_merge::survivor_of(t, row)).transpose()?);
    if rows.len() > 1 {
        return Err(Refusal::content(Reason::Hl7NumbersDisagree, 205).at(pid(3)).into());
    }
    let at = rustcare_vault::vault::timestamp();
    let by = ChangedBy { at: &at, person: &context.person, role: &context.role };
    let (mut newest, mut note, mut which) = (known.as_ref().and_then(|k| k.said_at), None, Seal::All);
    let (record, is_new) = match rows.first() {
        Some(&row) => {
            let record = match by_source {
                Some(record) => record,
                None => record_by_number(t, row, person)?,
            };
            if let Some(sender) = &told.sender {
                newest = newest.max(resource::newest_said_by(t, record, sender)?);
            }
            let is_older = SaidAt::is_older_than(told.said_at, newest);
            let standing = known_patient(t, context, told, (row, record), is_older, (by, tally))?;
            note = standing.note;
            if is_older || !standing.is_registers {
                which = Seal::Missing;
            }
            (record, false)
        }
        None => {
            if read.demographics.name.is_empty() {
                return Err(Refusal::missing(Reason::Hl7PatientUnnamed, pid(5)).into());
            }
            let mrn = patient::issue_mrn(t, &context.mrn_prefix, context.mrn_first)?;
            let mut demographics = read.demographics.clone();
            add_retired(t, &mut demographics, &told.retired)?;
            write::leave_used_identifiers_out(t, piece, &mut demographics, None, tally)?;
            let new = Patient { id: PatientId::new(), mrn, demographics };
            (updated::register(t, &new, told.said_at, by)?, true)
        }
    };
    let is_older = SaidAt::is_older_than(told.said_at, newest);
    keep_source(t, told, known, record, is_older)?;
    seal_secrets(t, context, (record, which), piece, read, tally)?;
    Ok(Found { is_new, is_older: is_older && told.act != Act::Chart, note })
}

/// The record that the sender's own number of the patient came with; of several records that became one, the one that had it.
fn record_by_number(t: &Transaction<'_>, row: i64, person: &Person) -> Result<i64, VaultError> {
    let is_key = |n: &&Number| person.key == format!("{}|{}", n.authority, n.value);
    let numbers = person.own_numbers().filter(is_key).chain(person.own_numbers());
    for number in numbers {
        if patient::row_by_identifier(t, &number.authority, &number.value)?.is_some() {
            return same_person::record_with(t, row, &number.authority, &number.value);
        }
    }
    Ok(row)
}

/// What a message is for the record that it found.
struct Standing {
    /// Whether it is the register's word on that record: no result, and not under a number that was given up.
    is_registers: bool,
    /// What a person should know, where it is not.
    note: Option<Reason>,
}

/// Confirms that a record is who the message means, and writes what the message says over it.
fn known_patient(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    told: &Told<'_>,
    (row, record): (i64, i64),
    is_older: bool,
    (by, tally): (ChangedBy<'_>, &mut Tally),
) -> Result<Standing, Stop> {
    let read = read_of(&told.piece)?;
    let stored = patient::by_row(t, row)?;
    let own = if record == row { None } else { Some(patient::by_row(t, record)?) };
    let agreement = confirmed(std::iter::once(&stored).chain(&own), read)?;
    let known = &stored.patient.demographics;
    if has_other_number(known, told.person, context.today) && !agreement.is_full() {
        return Err(Refusal::content(Reason::Hl7NumberDiffers, 205).at(pid(3)).into());
    }
    // What comes under a number that was merged away, here or by its sender, does not overrule the survivor's own.
    let is_current = is_under_current_number(t, &stored, told.person, context.today)?
        || (record == row && !is_under_ended_number(known, told.person, context.today));
    let mut next = match (told.act, is_older) {
        (Act::Chart, _) => stored.patient.clone(),
        _ if !is_current => stored.patient.clone(),
        (_, false) => overlaid(&stored, read, told.person),
        (_, true) => filled(&stored, read, is_said_to_live(t, &told.piece.id, &stored)?),
    };
    let says_death = read.says_death && is_current && told.act != Act::Chart;
    let said_since =
        updated::keep_later_death(t, &stored, &mut next.demographics, (says_death, told.said_at))?;
    add_retired(t, &mut next.demographics, &told.retired)?;
    if next.demographics != stored.patient.demographics {
        write::leave_used_identifiers_out(t, &told.piece, &mut next.demographics, Some(row), tally)?;
    }
    if next.demographics != stored.patient.demographics {
        updated::write(t, &stored, &next, told.said_at, by)?;
    }
    // Nothing is left unwritten in silence: a death under a number that was given up is a death.
    let is_left =
        |of: &StoredPatient| overlaid(of, read, told.person).demographics != of.patient.demographics;
    let note = match &own {
        _ if said_since.is_some() => said_since,
        _ if is_current || is_older || told.act == Act::Chart => None,
        Some(own) => is_left(own).then_some(Reason::MergedSourceChanged),
        None => is_left(&stored).then_some(Reason::Hl7NumberRetired),
    };
    Ok(Standing { is_registers: told.act != Act::Chart && (is_current || own.is_some()), note })
}

/// A number alone never says who somebody is, see [`Agreement::beside_a_number`]; of a patient who was merged, the record that
/// had the number or the survivor may be meant.
pub(super) fn confirmed<'s>(
    records: impl IntoIterator<Item = &'s StoredPatient>,
    read: &ReadPatient,
) -> Result<Agreement, Refusal> {
    let mut differs = false;
    for record in records {
        let agreement = Agreement::of(&record.patient.demographics, &read.demographics);
        match agreement.beside_a_number() {
            Verdict::Same => return Ok(agreement),
            Verdict::Different => differs = true,
            Verdict::NotSaid => {}
        }
    }
    Err(if differs {
        Refusal::content(Reason::Hl7PatientDiffers, 204).at(pid(5))
    } else {
        Refusal::missing(Reason::Hl7PatientNotConfirmed, pid(5))
    })
}

/// Whether the register has, of a kind and from an authority that the message names, only other numbers than the message says.
fn has_other_number(known: &Demographics, person: &Person, today: jiff::civil::Date) -> bool {
    let said = |i: &&ForeignIdentifier| {
        person.numbers.iter().any(|n| n.authority == i.authority && n.value == i.value)
    };
    person.own_numbers().filter(|n| !n.kind.is_empty()).any(|n| {
        let of_kind = |i: &&ForeignIdentifier| {
            i.authority == n.authority
                && i.kind.eq_ignore_ascii_case(&n.kind)
                && !same_person::has_ended(i, today)
        };
        let mut others = known.identifiers.iter().filter(of_kind).peekable();
        others.peek().is_some() && !others.any(|i| said(&i))
    })
}

/// Whether the message names a number that is the record's own now, beside whichever it begins with.
fn is_under_current_number(
    t: &Transaction<'_>,
    stored: &StoredPatient,
    person: &Person,
    today: jiff::civil::Date,
) -> Result<bool, VaultError> {
    let known = &stored.patient.demographics.identifiers;
    for number in person.own_numbers() {
        let is_named = |i: &&ForeignIdentifier| i.authority == number.authority && i.value == number.value;
        if known.iter().find(is_named).is_some_and(|i| !same_person::has_ended(i, today))
            && same_person::record_with(t, stored.row, &number.authority, &number.value)? == stored.row
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_under_ended_number(known: &Demographics, person: &Person, today: jiff::civil::Date) -> bool {
    known
        .identifiers
        .iter()
        .any(|i| person.key == format!("{}|{}", i.authority, i.value) && same_person::has_ended(i, today))
}

/// Numbers that nobody here has yet are remembered with the patient that they belonged to.
fn add_retired(
    t: &Transaction<'_>,
    demographics: &mut Demographics,
    retired: &[ForeignIdentifier],
) -> Result<(), VaultError> {
    for number in retired {
        let named = |i: &ForeignIdentifier| i.authority == number.authority && i.value == number.value;
        let is_known = patient::row_by_identifier(t, &number.authority, &number.value)?.is_some();
        if !is_known && !demographics.identifiers.iter().any(named) {
            demographics.identifiers.push(number.clone());
        }
    }
    Ok(())
}

fn keep_source(
    t: &Transaction<'_>,
    told: &Told<'_>,
    known: Option<resource::Known>,
    record: i64,
    is_older: bool,
) -> Result<(), VaultError> {
    let piece = &told.piece;
    // Only the register's own messages have an order: what a result says of its patient is no state of the register.
    let said_at = told.said_at.filter(|_| told.act != Act::Chart).map(SaidAt::kept);
    match known {
        None => {
            let row =
                resource::insert(t, "Patient", &piece.id, Some(record), &piece.hash, &piece.compressed)?;
            if let Some(at) = said_at {
                resource::note_said_at(t, row, at)?;
            }
        }
        Some(known) if told.act != Act::Chart && !is_older => {
            if known.content_hash != piece.hash {
                let patient = known.patient.or(Some(record));
                resource::replace(t, known.row, patient, &piece.hash, &piece.compressed)?;
            }
            if let Some(at) = said_at {
                resource::note_said_at(t, known.row, at)?;
            }
        }
        Some(_) => {}
    }
    Ok(())
}

/// Where the number is that disappears.
pub(super) fn mrg() -> Place {
    Place::field("MRG", 0, 1)
}
