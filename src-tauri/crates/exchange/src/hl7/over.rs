//! What a message says of a person, over what the register knows: a newer one as the register's own word, an older one where
//! nothing is known.

use rusqlite::Transaction;
use rustcare_model::birth::Birth;
use rustcare_model::patient::{Address, ContactPerson, ForeignIdentifier, Patient, Sex};
use rustcare_vault::VaultError;
use rustcare_vault::table::patient::StoredPatient;
use rustcare_vault::table::{patient_history, resource};

use super::person::{Cleared, Person};
use crate::fhir::patient::ReadPatient;
use crate::{overlay, updated};

fn source_says_alive(t: &Transaction<'_>, id: &str) -> bool {
    let source = resource::source(t, "Patient", id).ok();
    let source = source.and_then(|json| serde_json::from_str::<serde_json::Value>(&json).ok());
    source.is_some_and(|patient| patient["deceasedBoolean"] == false)
}

/// Whether somebody says that the patient lives: the newest source, or whoever took a death back here.
pub(super) fn is_said_to_live(
    t: &Transaction<'_>,
    id: &str,
    stored: &StoredPatient,
) -> Result<bool, VaultError> {
    if source_says_alive(t, id) {
        return Ok(true);
    }
    let was_dead = || -> Result<bool, VaultError> {
        let versions = patient_history::list(t, stored.row)?;
        Ok(versions.iter().any(|(.., demographics)| demographics.deceased))
    };
    Ok(!stored.patient.demographics.deceased && was_dead()?)
}

/// What the message says, over what is known: where it is silent, nothing changes.
pub(super) fn overlaid(stored: &StoredPatient, read: &ReadPatient, person: &Person) -> Patient {
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
    next.unknown_person &= said.name.is_empty();
    next.name = overlay::name(&next.name, &said.name);
    next.birth = overlay::birth(&next.birth, &said.birth);
    if said.sex != Sex::Unknown {
        next.sex = said.sex;
    }
    next.email = said.email.clone().or(next.email);
    next.language = said.language.clone().or(next.language);
    if !said.phones.is_empty() {
        next.phones = said.phones.clone();
    }
    next.address = overlay::address(&next.address, &said.address);
    next.contact = overlay::contact(&next.contact, &said.contact);
    (next.deceased, next.deceased_on) = updated::death(&next, read);
    for identifier in &said.identifiers {
        let same =
            |i: &&mut ForeignIdentifier| i.authority == identifier.authority && i.value == identifier.value;
        match next.identifiers.iter_mut().find(same) {
            Some(known) => *known = overlay::identifier(known, identifier),
            None => next.identifiers.push(identifier.clone()),
        }
    }
    Patient { id: stored.patient.id, mrn: stored.patient.mrn.clone(), demographics: next }
}

/// What an older message says where nothing is known. It does not kill whom a newer one says to live.
pub(super) fn filled(stored: &StoredPatient, read: &ReadPatient, is_said_to_live: bool) -> Patient {
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
