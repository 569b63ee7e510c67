//! PID, NK1, MRG, IN1: who the message is about.

use rustcare_model::reason::Reason;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::coding::{address, authority, human_name, telecom};
use super::map::resource_id;
use super::message::{Message, Part, Segment};
use super::refusal::{Place, Refusal};
use super::time::Clock;
use crate::{same_person, social_security};

/// A number of the patient with who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Who gave it.
    pub authority: String,
    /// The number.
    pub value: String,
    /// HL7 table 0203; empty where the sender does not say.
    pub kind: String,
    /// Whether its validity (CX-8) was over when the message was written.
    pub has_expired: bool,
}

impl Number {
    /// Whether the patient can be recognised by it: it is one person's alone, and valid.
    pub fn is_own(&self) -> bool {
        !same_person::is_shared(&self.kind) && !self.has_expired
    }
}

/// What the null `""` takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleared {
    /// PID-11.
    Address,
    /// PID-13 and PID-14.
    Phones,
    /// PID-29 and PID-30.
    Death,
    /// PID-29, while PID-30 says that the patient is dead.
    DayOfDeath,
}

/// Who a message is about.
#[derive(Debug)]
pub struct Person {
    /// As a FHIR `Patient`.
    pub resource: Value,
    /// Its id: the first number's.
    pub id: String,
    /// The first number, by which the sender knows the patient.
    pub key: String,
    /// All numbers.
    pub numbers: Vec<Number>,
    /// What is to be forgotten.
    pub cleared: Vec<Cleared>,
    /// An insurance number, which is a secret.
    pub insurance: Option<Zeroizing<String>>,
}

impl Person {
    /// The numbers that the patient can be recognised by.
    pub fn own_numbers(&self) -> impl Iterator<Item = &Number> {
        self.numbers.iter().filter(|n| n.is_own())
    }
}

/// The numbers of a CX field, one for each repetition that has one.
fn numbers(field: Part<'_>, sender: &str) -> Vec<Number> {
    let read = |cx: Part<'_>| {
        Some(Number {
            value: cx.component(1).whole()?,
            authority: authority(cx.component(4), sender),
            kind: cx.component(5).whole().unwrap_or_default().to_ascii_uppercase(),
            has_expired: false,
        })
    };
    field.repetitions().filter_map(read).collect()
}

fn is_social_security(number: &Number) -> bool {
    social_security::is_social_security(Some(&number.authority), [number.kind.as_str()])
}

/// The numbers in MRG-1: whom a merge makes disappear.
pub fn merged_away(mrg: Segment<'_>, sender: &str) -> Vec<Number> {
    let mut all = numbers(mrg.field(1), sender);
    all.extend(numbers(mrg.field(4), sender));
    all.retain(|n| !is_social_security(n) && n.is_own());
    all
}

/// Reads PID and what belongs to it.
///
/// # Errors
/// No number of the patient, or a date that is none.
pub fn read(message: &Message, pid: Segment<'_>, clock: &Clock, sender: &str) -> Result<Person, Refusal> {
    let mut identifier = Vec::new();
    let mut all: Vec<Number> = Vec::new();
    for field in [3, 2, 4] {
        for cx in pid.field(field).repetitions() {
            let Some(mut number) = numbers(cx, sender).into_iter().next() else { continue };
            if is_social_security(&number) {
                identifier.push(social_security_number(&number.value));
            } else if !all.iter().any(|n| n.authority == number.authority && n.value == number.value) {
                let mut period = Map::new();
                for (key, at) in [("start", 7), ("end", 8)] {
                    if let Some(day) = cx.component(at).whole().and_then(|d| clock.date(&d)) {
                        number.has_expired |= key == "end" && clock.is_past(&day);
                        period.insert(key.into(), day.into());
                    }
                }
                identifier.push(json!({
                    "type": { "coding": [{ "code": number.kind }] },
                    "system": number.authority, "value": number.value, "period": period,
                }));
                all.push(number);
            }
        }
    }
    let own = |kind: &str| all.iter().find(|n| n.is_own() && (kind.is_empty() || n.kind == kind));
    let none = if all.is_empty() { Reason::Hl7PatientIdMissing } else { Reason::Hl7PatientIdShared };
    let first = own("MR")
        .or_else(|| own("PI"))
        .or_else(|| own(""))
        .ok_or_else(|| Refusal::missing(none, pid.place(3)))?;
    let key = format!("{}|{}", first.authority, first.value);
    let id = resource_id(&["Patient", &key]);
    if let Some(number) = pid.field(19).value() {
        identifier.push(social_security_number(&number));
    }
    if let Some(licence) = pid.value(20) {
        let state = pid.field(20).component(2).whole().unwrap_or_default();
        let system =
            if state.is_empty() { "driver licence".into() } else { format!("driver licence, {state}") };
        identifier
            .push(json!({ "type": { "coding": [{ "code": "DL" }] }, "system": system, "value": licence }));
    }
    let mut patient = Map::new();
    patient.insert("resourceType".into(), "Patient".into());
    patient.insert("id".into(), id.clone().into());
    patient.insert("identifier".into(), identifier.into());
    let names: Vec<Value> = pid.field(5).repetitions().filter_map(|n| human_name(n, 1)).collect();
    patient.insert("name".into(), names.into());
    if let Some(written) = pid.value(7) {
        let day = clock.date(&written).ok_or_else(|| wrong_date(pid.place(7)))?;
        patient.insert("birthDate".into(), day.into());
    }
    let sex = match pid.value(8).unwrap_or_default().to_ascii_uppercase().as_str() {
        "F" | "FEMALE" => Some("female"),
        "M" | "MALE" => Some("male"),
        "O" | "A" | "N" | "OTHER" => Some("other"),
        _ => None,
    };
    if let Some(sex) = sex {
        patient.insert("gender".into(), sex.into());
    }
    let addresses: Vec<Value> = pid.field(11).repetitions().filter_map(address).collect();
    patient.insert("address".into(), addresses.into());
    let points: Vec<Value> =
        [13, 14, 40].into_iter().flat_map(|n| pid.field(n).repetitions()).filter_map(telecom).collect();
    patient.insert("telecom".into(), points.into());
    if let Some(language) = pid.field(15).component(1).whole() {
        let name = pid.field(15).component(2).whole();
        patient.insert(
            "communication".into(),
            json!([{ "language": { "coding": [{ "code": language, "display": name }] } }]),
        );
    }
    death(&mut patient, pid, clock)?;
    if let Some(contact) = message.named("NK1").find_map(next_of_kin) {
        patient.insert("contact".into(), json!([contact]));
    }
    let mut cleared = Vec::new();
    // Who is dead on an unknown day is dead.
    let forgets = if pid.value(30).as_deref() == Some("Y") { Cleared::DayOfDeath } else { Cleared::Death };
    for (field, what) in [(11, Cleared::Address), (13, Cleared::Phones), (29, forgets)] {
        if pid.field(field).is_null() {
            cleared.push(what);
        }
    }
    // A death that is taken back is a word of its own: an older message knows nothing of it.
    if cleared.contains(&Cleared::Death) {
        patient.insert("deceasedBoolean".into(), false.into());
    }
    let insurance =
        message.named("IN1").find_map(|s| s.value(36).or_else(|| s.value(49))).map(Zeroizing::new);
    Ok(Person { resource: Value::Object(patient), id, key, numbers: all, cleared, insurance })
}

pub(super) fn wrong_date(place: Place) -> Refusal {
    let field = place.field.unwrap_or_default();
    Refusal::content(Reason::Hl7NoDate.with("field", format!("{}-{field}", place.segment)), 102).at(place)
}

fn social_security_number(number: &str) -> Value {
    json!({ "type": { "coding": [{ "code": "SS" }] }, "system": social_security::SSN_SYSTEM, "value": number })
}

/// PID-29 and PID-30. A date of death says that there is one.
fn death(patient: &mut Map<String, Value>, pid: Segment<'_>, clock: &Clock) -> Result<(), Refusal> {
    if let Some(written) = pid.value(29) {
        let at = clock.date_time(&written).ok_or_else(|| wrong_date(pid.place(29)))?;
        patient.insert("deceasedDateTime".into(), at.into());
        return Ok(());
    }
    let said = match pid.value(30).as_deref() {
        Some("Y") => true,
        Some("N") => false,
        _ => return Ok(()),
    };
    patient.insert("deceasedBoolean".into(), said.into());
    Ok(())
}

fn next_of_kin(nk1: Segment<'_>) -> Option<Value> {
    let name = human_name(nk1.field(2), 1)?;
    let points: Vec<Value> =
        [5, 6].into_iter().flat_map(|n| nk1.field(n).repetitions()).filter_map(telecom).collect();
    let relationship: Vec<Value> = super::coding::concept(nk1.field(3)).into_iter().collect();
    Some(json!({ "name": name, "relationship": relationship, "telecom": points }))
}
