//! What a message says, into the vault: the right patient first, then all of the message or nothing of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::Transaction;
use rustcare_model::birth::Birth;
use rustcare_model::name::folded;
use rustcare_model::patient::{Address, ContactPerson, Demographics, Patient, PatientId, Sex};
use rustcare_model::reason::Reason;
use rustcare_model::secret::InsuranceNumber;
use rustcare_vault::VaultError;
use rustcare_vault::table::patient::{ChangedBy, StoredPatient};
use rustcare_vault::table::{patient, patient_merge, resource};
use serde_json::value::RawValue;

use super::map::{Act, Made, Mapped};
use super::orders::json_text;
use super::person::{Cleared, Number, Person};
use super::receive::{Inbox, MergeRefused};
use super::refusal::{Place, Refusal};
use crate::fhir::patient::ReadPatient;
use crate::import::{Body, Group, ImportContext, Piece};
use crate::report::Tally;
use crate::{parse, write};

/// Why a transaction ends without a commit.
pub(super) enum Stop {
    /// The message is refused.
    Refused(Box<Refusal>),
    /// The vault failed.
    Vault(VaultError),
}

impl From<VaultError> for Stop {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

fn pid(field: usize) -> Place {
    // PID is found by its name: which line it is matters only to who looks at the message.
    Place::field("PID", 0, field)
}

/// Writes a message. Answers with the id of its `Patient` resource and whether the patient is new.
pub(super) fn message(
    t: &Transaction<'_>,
    inbox: &Inbox<'_>,
    act: Act,
    mapped: Mapped,
    tally: &mut Tally,
) -> Result<(String, bool), Stop> {
    let (context, origin) = (inbox.context, &inbox.origin);
    let Mapped { person, made, merged_away, .. } = mapped;
    if act == Act::Merge {
        merge(t, inbox, &person, &merged_away)?;
    }
    let (row, is_new) = the_patient(t, context, act, &person, origin, tally)?;
    let mut pieces = Vec::with_capacity(made.len());
    for one in made {
        pieces.push(piece(t, context, one, origin)?);
    }
    let mut written = Tally::default();
    let group = Group { patient_id: person.id.clone(), patient: None, pieces };
    write::group(t, context, group, &mut written)?;
    if let Some(rejection) = written.first_rejection() {
        return Err(Refusal::content(*rejection.why.clone(), 205).into());
    }
    let _ = row;
    tally.add(written);
    Ok((person.id, is_new))
}

/// Everybody here who has one of the numbers.
fn rows_of<'n>(
    t: &Transaction<'_>,
    numbers: impl IntoIterator<Item = &'n Number>,
) -> Result<BTreeSet<i64>, VaultError> {
    let mut rows = BTreeSet::new();
    for number in numbers {
        rows.extend(patient::row_by_identifier(t, &number.authority, &number.value)?);
    }
    Ok(rows)
}

/// The patient's row, found or registered, brought up to date where the message is the register's.
fn the_patient(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    act: Act,
    person: &Person,
    origin: &Arc<str>,
    tally: &mut Tally,
) -> Result<(i64, bool), Stop> {
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
    let Body::Patient(read) = &piece.body else {
        return Err(Refusal::content(Reason::Hl7PatientMissing, 100).into());
    };
    let known = resource::find(t, "Patient", &piece.id)?;
    let mut rows = rows_of(t, &person.numbers)?;
    // A source stays with the record that it made, also when that was merged into another.
    let owner = known.as_ref().and_then(|k| k.patient);
    let survivor = owner.map(|row| patient_merge::survivor_of(t, row)).transpose()?;
    rows.extend(survivor);
    if rows.len() > 1 {
        return Err(Refusal::content(Reason::Hl7NumbersDisagree, 205).at(pid(3)).into());
    }
    let at = rustcare_vault::vault::timestamp();
    let by = ChangedBy { at: &at, person: &context.person, role: &context.role };
    let (row, is_new) = match rows.first() {
        Some(&row) => {
            let stored = patient::by_row(t, row)?;
            confirm(&stored, read)?;
            // What comes under a number that was merged away does not overrule the survivor's own.
            if act != Act::Chart && owner == survivor {
                let mut next = overlaid(&stored, read, person);
                write::leave_used_identifiers_out(t, &piece, &mut next.demographics, Some(row), tally)?;
                if next.demographics != stored.patient.demographics {
                    patient::update(t, &stored, &next, by)?;
                }
            }
            (row, false)
        }
        None => {
            if read.demographics.name.is_empty() {
                return Err(Refusal::missing(Reason::Hl7PatientUnnamed, pid(5)).into());
            }
            let mrn = patient::issue_mrn(t, &context.mrn_prefix, context.mrn_first)?;
            let mut demographics = read.demographics.clone();
            write::leave_used_identifiers_out(t, &piece, &mut demographics, None, tally)?;
            (patient::insert(t, &Patient { id: PatientId::new(), mrn, demographics }, None, by)?, true)
        }
    };
    match known {
        None => {
            resource::insert(t, "Patient", &piece.id, Some(row), &piece.hash, &piece.compressed)?;
        }
        Some(known) if act != Act::Chart && known.content_hash != piece.hash => {
            resource::replace(t, known.row, known.patient.or(Some(row)), &piece.hash, &piece.compressed)?;
        }
        Some(_) => {}
    }
    write::seal_secrets(t, context, row, &piece, read, tally)?;
    Ok((row, is_new))
}

/// A number alone never says who somebody is: the family name or the date of birth must agree, and where both are said and
/// neither does, it is another person.
fn confirm(stored: &StoredPatient, read: &ReadPatient) -> Result<(), Refusal> {
    let (a, b) = (&stored.patient.demographics, &read.demographics);
    let family = |d: &Demographics| d.name.family.as_deref().map(folded).filter(|f| !f.is_empty());
    let name = family(a).zip(family(b)).map(|(a, b)| a == b);
    let birth = a.birth.reference_day().zip(b.birth.reference_day()).map(|(a, b)| a == b);
    match (name, birth) {
        (Some(true), _) | (_, Some(true)) => Ok(()),
        (None, None) => Err(Refusal::missing(Reason::Hl7PatientNotConfirmed, pid(5))),
        _ => Err(Refusal::content(Reason::Hl7PatientDiffers, 204).at(pid(5))),
    }
}

/// What the message says, over what is known: where it is silent, nothing changes.
fn overlaid(stored: &StoredPatient, read: &ReadPatient, person: &Person) -> Patient {
    let mut next = stored.patient.demographics.clone();
    let said = &read.demographics;
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
    if person.says_death {
        (next.deceased, next.deceased_on) = (said.deceased, said.deceased_on);
    }
    for cleared in &person.cleared {
        match cleared {
            Cleared::Address => next.address = Address::default(),
            Cleared::Phones => next.phones = Default::default(),
            Cleared::Death => (next.deceased, next.deceased_on) = (false, None),
        }
    }
    for identifier in &said.identifiers {
        let same = |i: &&mut rustcare_model::patient::ForeignIdentifier| {
            i.authority == identifier.authority && i.value == identifier.value
        };
        match next.identifiers.iter_mut().find(same) {
            Some(known) => *known = identifier.clone(),
            None => next.identifiers.push(identifier.clone()),
        }
    }
    Patient { id: stored.patient.id, mrn: stored.patient.mrn.clone(), demographics: next }
}

/// A resource as the writer takes it, over what an earlier message said of it where it asks for that.
fn piece(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    mut made: Made,
    origin: &Arc<str>,
) -> Result<Piece, Stop> {
    if let Some(text) = &made.text {
        use base64::Engine;
        let data = base64::engine::general_purpose::STANDARD.encode(text);
        let content =
            serde_json::json!({ "attachment": { "contentType": "text/plain; charset=utf-8", "data": data } });
        match made.resource["content"].as_array_mut() {
            Some(list) => list.insert(0, content),
            None => made.resource["content"] = serde_json::json!([content]),
        }
    }
    let mut members = raw_members(&json_text(&made.resource))?;
    if made.is_kept_where_silent {
        let kind = made.resource["resourceType"].as_str().unwrap_or_default();
        let id = made.resource["id"].as_str().unwrap_or_default();
        if resource::find(t, kind, id)?.is_some() {
            let mut before = raw_members(&resource::source(t, kind, id)?)?;
            if made.status_is_guess && before.contains_key("status") {
                members.remove("status");
            }
            if let (Some(old), Some(new)) = (before.get("period"), members.get("period")) {
                let mut period = raw_members(old.get())?;
                period.extend(raw_members(new.get())?);
                members.insert("period".into(), written(&period)?);
            }
            before.extend(std::mem::take(&mut members));
            members = before;
        }
        if made.forgets_end
            && let Some(period) = members.get("period")
        {
            let mut period = raw_members(period.get())?;
            period.remove("end");
            members.insert("period".into(), written(&period)?);
        }
    }
    let json = written(&members)?;
    let refused =
        |rejection: crate::report::Rejection| Refusal::content(*rejection.why, 102).at(made.place.clone());
    let mut piece =
        parse::resource(json.get(), origin, context).map_err(|(rejection, _)| refused(rejection))?;
    if let (Body::Records(read), Some(text)) = (&mut piece.body, made.text) {
        for record in &mut read.records {
            record.detail = Some(text.clone());
        }
    }
    Ok(piece)
}

/// The members of an object, each as it is written: a decimal keeps its digits.
type Members = BTreeMap<String, Box<RawValue>>;

fn raw_members(json: &str) -> Result<Members, VaultError> {
    serde_json::from_str(json).map_err(|_| VaultError::Damaged("a source is not JSON"))
}

fn written(members: &Members) -> Result<Box<RawValue>, VaultError> {
    serde_json::value::to_raw_value(members).map_err(|_| VaultError::Damaged("a source cannot be written"))
}

/// A40, A34, A18: the numbers of MRG belong to the patient of PID from now on.
fn merge(t: &Transaction<'_>, inbox: &Inbox<'_>, person: &Person, away: &[Number]) -> Result<(), Stop> {
    if away.is_empty() {
        return Err(Refusal::missing(Reason::Hl7MergeNumberMissing, Place::missing("MRG")).into());
    }
    let mrg = || Place::field("MRG", 0, 1);
    let (stay, go) = (rows_of(t, &person.numbers)?, rows_of(t, away)?);
    if stay.len() > 1 || go.len() > 1 {
        return Err(Refusal::content(Reason::Hl7NumbersDisagree, 205).at(mrg()).into());
    }
    match (stay.first(), go.first()) {
        // Nobody here has the number that disappears, or both are one already.
        (_, None) => Ok(()),
        (Some(stay), Some(go)) if stay == go => Ok(()),
        (None, Some(_)) => Err(Refusal::content(Reason::Hl7MergeSurvivorUnknown, 204).at(pid(3)).into()),
        (Some(&stay), Some(&go)) => (inbox.merge)(t, stay, go).map_err(|refused| match refused {
            MergeRefused::DecidedDifferent => {
                Refusal::content(Reason::Hl7MergeDecidedDifferent, 207).at(mrg()).into()
            }
            MergeRefused::NotPossible => Refusal::content(Reason::Hl7MergeNotPossible, 207).at(mrg()).into(),
            MergeRefused::Vault(error) => Stop::Vault(error),
        }),
    }
}
