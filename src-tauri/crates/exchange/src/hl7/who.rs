//! Whose message it is: the record that the numbers of PID lead to, confirmed by what else PID says, and brought up to date.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::Transaction;
use rustcare_model::birth::Birth;
use rustcare_model::patient::{
    Address, ContactPerson, Demographics, ForeignIdentifier, Patient, PatientId, Sex,
};
use rustcare_model::reason::Reason;
use rustcare_model::secret::InsuranceNumber;
use rustcare_vault::VaultError;
use rustcare_vault::table::patient::{ChangedBy, StoredPatient};
use rustcare_vault::table::{patient, patient_merge, patient_secret, resource};

use super::map::Act;
use super::person::{Cleared, Number, Person};
use super::refusal::{Place, Refusal};
use super::write::{Stop, pid};
use crate::fhir::patient::ReadPatient;
use crate::import::{Body, ImportContext, Piece};
use crate::report::Tally;
use crate::said_at::SaidAt;
use crate::same_person::{self, Agreement, Verdict};
use crate::{parse, write};

/// A patient as a message tells of them.
pub(super) struct Told<'a> {
    pub act: Act,
    pub person: &'a Person,
    /// `PID` as the reader of FHIR gives it.
    pub piece: Piece,
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
    let is_older = SaidAt::is_older_than(told.said_at, known.as_ref().and_then(|k| k.said_at));
    let at = rustcare_vault::vault::timestamp();
    let by = ChangedBy { at: &at, person: &context.person, role: &context.role };
    let (record, is_new) = match rows.first() {
        Some(&row) => {
            let record = match by_source {
                Some(record) => record,
                None => record_by_number(t, row, person)?,
            };
            known_patient(t, context, told, (row, record), is_older, (by, tally))?;
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
            (patient::insert(t, &Patient { id: PatientId::new(), mrn, demographics }, None, by)?, true)
        }
    };
    keep_source(t, told, known, record, is_older)?;
    let has_sealed = || -> Result<bool, VaultError> {
        let sealed = |field| patient_secret::masked(t, record, field);
        Ok(sealed("ssn")?.is_some() || sealed("insurance_number")?.is_some())
    };
    if !is_older || !has_sealed()? {
        write::seal_secrets(t, context, record, piece, read, tally)?;
    }
    Ok(Found { is_new, is_older: is_older && told.act != Act::Chart })
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

/// Confirms that a record is who the message means, and writes what the message says over it.
fn known_patient(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    told: &Told<'_>,
    (row, record): (i64, i64),
    is_older: bool,
    (by, tally): (ChangedBy<'_>, &mut Tally),
) -> Result<(), Stop> {
    let read = read_of(&told.piece)?;
    let stored = patient::by_row(t, row)?;
    let own = if record == row { None } else { Some(patient::by_row(t, record)?) };
    let agreement = confirmed(std::iter::once(&stored).chain(&own), read)?;
    let known = &stored.patient.demographics;
    if has_other_number(known, told.person, context.today) && !agreement.is_full() {
        return Err(Refusal::content(Reason::Hl7NumberDiffers, 205).at(pid(3)).into());
    }
    // What comes under a number that was merged away, here or by its sender, does not overrule the survivor's own.
    let is_current = record == row && !is_under_ended_number(known, told.person, context.today);
    let mut next = match (told.act, is_older) {
        (Act::Chart, _) => stored.patient.clone(),
        _ if !is_current => stored.patient.clone(),
        (_, false) => overlaid(&stored, read, told.person),
        (_, true) => filled(&stored, read, says_alive(t, &told.piece.id)),
    };
    add_retired(t, &mut next.demographics, &told.retired)?;
    if next.demographics != stored.patient.demographics {
        write::leave_used_identifiers_out(t, &told.piece, &mut next.demographics, Some(row), tally)?;
    }
    if next.demographics != stored.patient.demographics {
        patient::update(t, &stored, &next, by)?;
    }
    Ok(())
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
            resource::note_said_at(t, row, said_at)?;
        }
        Some(known) if told.act != Act::Chart && !is_older => {
            if known.content_hash != piece.hash {
                let patient = known.patient.or(Some(record));
                resource::replace(t, known.row, patient, &piece.hash, &piece.compressed)?;
            }
            resource::note_said_at(t, known.row, said_at.or(known.said_at))?;
        }
        Some(_) => {}
    }
    Ok(())
}

/// Whether the newest source says that the patient lives.
fn says_alive(t: &Transaction<'_>, id: &str) -> bool {
    let source = resource::source(t, "Patient", id).ok();
    let source = source.and_then(|json| serde_json::from_str::<serde_json::Value>(&json).ok());
    source.is_some_and(|patient| patient["deceasedBoolean"] == false)
}

/// What the message says, over what is known: where it is silent, nothing changes.
fn overlaid(stored: &StoredPatient, read: &ReadPatient, person: &Person) -> Patient {
    let mut next = stored.patient.demographics.clone();
    let said = &read.demographics;
    for cleared in &person.cleared {
        match cleared {
            Cleared::Address => next.address = Address::default(),
            Cleared::Phones => next.phones = Default::default(),
            Cleared::Death => (next.deceased, next.deceased_on) = (false, None),
            Cleared::DayOfDeath => next.deceased_on = None,
        }
    }
    if !said.name.is_empty() {
        let preferred = next.name.preferred.take();
        next.name = said.name.clone();
        next.name.preferred = next.name.preferred.or(preferred);
        next.unknown_person = false;
    }
    if !matches!(said.birth, Birth::NotRecorded) {
        next.birth = said.birth.clone();
    }
    if said.sex != Sex::Unknown {
        next.sex = said.sex;
    }
    next.email = said.email.clone().or(next.email);
    next.language = said.language.clone().or(next.language);
    if !said.phones.is_empty() {
        next.phones = said.phones.clone();
    }
    if said.address != Address::default() {
        next.address = said.address.clone();
    }
    if said.contact != ContactPerson::default() {
        next.contact = said.contact.clone();
    }
    (next.deceased, next.deceased_on) = write::death(&next, read);
    for identifier in &said.identifiers {
        let same =
            |i: &&mut ForeignIdentifier| i.authority == identifier.authority && i.value == identifier.value;
        match next.identifiers.iter_mut().find(same) {
            Some(known) => *known = identifier.clone(),
            None => next.identifiers.push(identifier.clone()),
        }
    }
    Patient { id: stored.patient.id, mrn: stored.patient.mrn.clone(), demographics: next }
}

/// What an older message says where nothing is known. It does not kill whom a newer one says to live.
fn filled(stored: &StoredPatient, read: &ReadPatient, is_said_to_live: bool) -> Patient {
    let mut next = stored.patient.demographics.clone();
    let said = &read.demographics;
    if next.name.is_empty() && !said.name.is_empty() {
        next.name = said.name.clone();
        next.unknown_person = false;
    }
    if matches!(next.birth, Birth::NotRecorded) {
        next.birth = said.birth.clone();
    }
    if next.sex == Sex::Unknown {
        next.sex = said.sex;
    }
    next.email = next.email.or_else(|| said.email.clone());
    next.language = next.language.or_else(|| said.language.clone());
    if next.phones.is_empty() {
        next.phones = said.phones.clone();
    }
    if next.address == Address::default() {
        next.address = said.address.clone();
    }
    if next.contact == ContactPerson::default() {
        next.contact = said.contact.clone();
    }
    if said.deceased && !is_said_to_live {
        (next.deceased, next.deceased_on) = (true, next.deceased_on.or(said.deceased_on));
    }
    for identifier in &said.identifiers {
        let known =
            |i: &ForeignIdentifier| i.authority == identifier.authority && i.value == identifier.value;
        if !next.identifiers.iter().any(known) {
            next.identifiers.push(identifier.clone());
        }
    }
    Patient { id: stored.patient.id, mrn: stored.patient.mrn.clone(), demographics: next }
}

/// Where the number is that disappears.
pub(super) fn mrg() -> Place {
    Place::field("MRG", 0, 1)
}
