//! FHIR R4 `Patient` → what the register keeps. Names, dates and numbers that our own rules would refuse are kept as
//! written: a register that loses a patient over a long name is worse than one with a long name.

use jiff::civil::Date;
use rustcare_model::birth::{Birth, DateOfBirth};
use rustcare_model::contact::{Email, Phone};
use rustcare_model::date_reading::PartialDate;
use rustcare_model::name::PersonName;
use rustcare_model::patient::{
    Address, ContactPerson, Demographics, ForeignIdentifier, Identifiers, PatientSecrets, Sex,
};
use rustcare_model::secret::Ssn;
use serde::Deserialize;

use super::FhirError;
use super::resource::{CodeableConcept, Period, Text};
use crate::social_security::is_social_security;

/// Identifiers of one patient beyond this are refused: no real patient has them.
const MOST_IDENTIFIERS: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FhirPatient<'a> {
    #[serde(borrow, default)]
    identifier: Vec<Identifier<'a>>,
    #[serde(borrow, default)]
    name: Vec<HumanName<'a>>,
    #[serde(borrow, default)]
    telecom: Vec<ContactPoint<'a>>,
    #[serde(borrow)]
    gender: Option<Text<'a>>,
    #[serde(borrow)]
    birth_date: Option<Text<'a>>,
    deceased_boolean: Option<bool>,
    #[serde(borrow)]
    deceased_date_time: Option<Text<'a>>,
    #[serde(borrow, default)]
    address: Vec<FhirAddress<'a>>,
    #[serde(borrow, default)]
    contact: Vec<Contact<'a>>,
    #[serde(borrow, default)]
    communication: Vec<Communication<'a>>,
}

#[derive(Debug, Deserialize)]
struct Identifier<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<CodeableConcept<'a>>,
    #[serde(borrow)]
    system: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
    #[serde(borrow)]
    period: Option<Period<'a>>,
}

#[derive(Debug, Deserialize)]
struct HumanName<'a> {
    #[serde(rename = "use", borrow)]
    role: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    family: Option<Text<'a>>,
    #[serde(borrow, default)]
    given: Vec<Text<'a>>,
    #[serde(borrow, default)]
    prefix: Vec<Text<'a>>,
    #[serde(borrow, default)]
    suffix: Vec<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct ContactPoint<'a> {
    #[serde(borrow)]
    system: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FhirAddress<'a> {
    #[serde(borrow, default)]
    line: Vec<Text<'a>>,
    #[serde(borrow)]
    city: Option<Text<'a>>,
    #[serde(borrow)]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    postal_code: Option<Text<'a>>,
    #[serde(borrow)]
    country: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct Contact<'a> {
    #[serde(borrow, default)]
    relationship: Vec<CodeableConcept<'a>>,
    #[serde(borrow)]
    name: Option<HumanName<'a>>,
    #[serde(borrow, default)]
    telecom: Vec<ContactPoint<'a>>,
}

#[derive(Debug, Deserialize)]
struct Communication<'a> {
    #[serde(borrow)]
    language: Option<CodeableConcept<'a>>,
    preferred: Option<bool>,
}

/// What a `Patient` resource says.
#[derive(Debug)]
pub struct ReadPatient {
    /// All but the secrets.
    pub demographics: Demographics,
    /// Whether the source says that the patient is dead, or that they are not.
    pub says_death: bool,
    /// A social security number, if the resource carries one.
    pub secrets: PatientSecrets,
    /// The secret text as it stands in the source, to be taken out of what is kept.
    pub secret_texts: Vec<zeroize::Zeroizing<String>>,
}

fn own(text: &Option<Text<'_>>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// Reads a `Patient`.
///
/// # Errors
/// [`FhirError`] for what is not JSON, or a birth date that is no date.
pub fn read(json: &str, phone_region: &str, today: Date) -> Result<ReadPatient, FhirError> {
    let patient: FhirPatient<'_> = serde_json::from_str(json)?;
    let (identifiers, secrets, secret_texts) = read_identifiers(&patient.identifier)?;
    let deceased_on = match own(&patient.deceased_date_time) {
        Some(text) => {
            Some(PartialDate::parse(&text).map_err(|_| FhirError::Value("Patient.deceasedDateTime"))?)
        }
        None => None,
    };
    let phones = patient.telecom.iter().filter(|t| !matches!(t.system.as_deref(), Some("email" | "url")));
    let email = patient.telecom.iter().filter(|t| t.system.as_deref() == Some("email"));
    Ok(ReadPatient {
        says_death: patient.deceased_boolean.is_some() || deceased_on.is_some(),
        demographics: Demographics {
            name: read_name(&patient.name),
            unknown_person: false,
            birth: read_birth(&patient.birth_date, today)?,
            sex: patient.gender.as_deref().map_or(Sex::Unknown, Sex::from_word),
            email: email.filter_map(|t| Email::parse(t.value.as_deref()?).ok()).next(),
            phones: phones
                .filter_map(|t| Some(Phone::imported(t.value.as_deref()?, phone_region)))
                .take(10)
                .collect(),
            language: read_language(&patient.communication),
            interpreter_needed: false,
            address: patient.address.first().map(read_address).unwrap_or_default(),
            contact: patient.contact.first().map(read_contact).unwrap_or_default(),
            consent_to_contact: None,
            deceased: patient.deceased_boolean.unwrap_or(false) || deceased_on.is_some(),
            deceased_on: deceased_on.filter(PartialDate::is_complete).map(|d| d.first_day()),
            identifiers,
        },
        secrets,
        secret_texts,
    })
}

type Split = (Identifiers, PatientSecrets, Vec<zeroize::Zeroizing<String>>);

fn read_identifiers(list: &[Identifier<'_>]) -> Result<Split, FhirError> {
    if list.len() > MOST_IDENTIFIERS {
        return Err(FhirError::Value("Patient.identifier"));
    }
    let mut identifiers = Identifiers::new();
    let mut secrets = PatientSecrets::default();
    let mut secret_texts = Vec::new();
    for identifier in list {
        let Some(value) = own(&identifier.value) else {
            continue;
        };
        let kind = identifier.kind.as_ref().and_then(CodeableConcept::first_code);
        let authority = own(&identifier.system);
        let codings = identifier.kind.iter().flat_map(|kind| &kind.coding);
        if is_social_security(authority.as_deref(), codings.filter_map(|c| c.code.as_deref())) {
            // A number that is no number is a secret all the same: it is taken out, and not kept.
            secrets.ssn = secrets.ssn.or_else(|| Ssn::imported(&value).ok());
            secret_texts.push(value.into());
            continue;
        }
        let (Some(authority), false) = (authority, identifiers.len() >= MOST_IDENTIFIERS) else {
            continue;
        };
        let known = identifiers.iter().any(|i| i.authority == authority && i.value == value);
        if !known {
            identifiers.push(ForeignIdentifier {
                kind: kind.unwrap_or_default(),
                authority,
                value,
                period_start: identifier.period.as_ref().and_then(|p| own(&p.start)),
                period_end: identifier.period.as_ref().and_then(|p| own(&p.end)),
            });
        }
    }
    Ok((identifiers, secrets, secret_texts))
}

fn read_name(names: &[HumanName<'_>]) -> PersonName {
    let role = |name: &HumanName<'_>, role: &str| name.role.as_deref() == Some(role);
    let official = names
        .iter()
        .find(|n| role(n, "official"))
        .or_else(|| names.iter().find(|n| !role(n, "nickname") && !role(n, "maiden")));
    let Some(name) = official.or(names.first()) else {
        return PersonName::default();
    };
    let join = |parts: &[Text<'_>]| {
        let text = parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    };
    let nickname = names.iter().find(|n| role(n, "nickname"));
    let mut read = PersonName {
        given: join(name.given.get(..1).unwrap_or_default()),
        middle: join(name.given.get(1..).unwrap_or_default()),
        family: own(&name.family),
        prefix: join(&name.prefix),
        suffix: join(&name.suffix),
        preferred: nickname.and_then(|n| join(&n.given).or_else(|| own(&n.text))),
    };
    if read.is_empty() {
        read.family = own(&name.text);
    }
    read
}

fn read_birth(text: &Option<Text<'_>>, today: Date) -> Result<Birth, FhirError> {
    let Some(text) = own(text) else {
        return Ok(Birth::NotRecorded);
    };
    let written = PartialDate::parse(&text).map_err(|_| FhirError::Value("Patient.birthDate"))?;
    if written.is_complete() {
        let date = DateOfBirth::new(written.first_day(), today)
            .map_err(|_| FhirError::Value("Patient.birthDate"))?;
        return Ok(Birth::Known { date });
    }
    Ok(Birth::Partial { written })
}

fn read_language(list: &[Communication<'_>]) -> Option<String> {
    let preferred = list.iter().find(|c| c.preferred == Some(true)).or(list.first())?;
    preferred.language.as_ref().and_then(|l| l.first_code().or_else(|| l.title()))
}

fn read_address(address: &FhirAddress<'_>) -> Address {
    let line = address.line.iter().map(|l| l.trim()).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(", ");
    Address {
        line: (!line.is_empty()).then_some(line),
        city: own(&address.city),
        state: own(&address.state),
        postal_code: own(&address.postal_code),
        country: own(&address.country),
    }
}

fn read_contact(contact: &Contact<'_>) -> ContactPerson {
    let name = contact.name.as_ref().map(|n| read_name(std::slice::from_ref(n)));
    ContactPerson {
        name: name
            .map(|n| [n.given, n.family].into_iter().flatten().collect::<Vec<_>>().join(" "))
            .filter(|n| !n.is_empty()),
        relationship: contact.relationship.first().and_then(CodeableConcept::title),
        phone: contact.telecom.iter().find_map(|t| own(&t.value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        jiff::civil::date(2026, 11, 24)
    }

    #[test]
    fn a_social_security_number_is_a_secret_and_never_an_identifier() {
        let json = r#"{"resourceType":"Patient","id":"a","identifier":[
            {"type":{"coding":[{"code":"SS"}]},"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-68-6630"},
            {"type":{"coding":[{"code":"MR"}]},"system":"http://hospital.smarthealthit.org","value":"x-1"}],
            "name":[{"use":"official","family":"Yusuf","given":["Amina","B"]},{"use":"maiden","family":"Ali"}],
            "gender":"female","birthDate":"1987-03-02"}"#;
        let read = read(json, "US", today()).unwrap();
        assert_eq!(read.demographics.identifiers.len(), 1);
        assert_eq!(read.secrets.ssn.unwrap().reveal(), "999686630");
        assert_eq!(read.secret_texts[0].as_str(), "999-68-6630");
        assert_eq!(read.demographics.name.family.as_deref(), Some("Yusuf"));
        assert_eq!(read.demographics.name.middle.as_deref(), Some("B"));
    }

    #[test]
    fn a_social_security_number_by_its_oid_or_second_coding_is_a_secret_too() {
        for identifier in [
            r#"{"system":"urn:oid:2.16.840.1.113883.4.1","value":"536-90-4399"}"#,
            r#"{"type":{"coding":[{"code":"PI"},{"code":"SS"}]},"system":"x","value":"536-90-4399"}"#,
            r#"{"type":{"coding":[{"code":"SB"}]},"system":"x","value":"536-90-4399"}"#,
        ] {
            let json = format!(r#"{{"resourceType":"Patient","id":"a","identifier":[{identifier}]}}"#);
            let read = read(&json, "US", today()).unwrap();
            assert!(read.demographics.identifiers.is_empty(), "{identifier}");
            assert_eq!(read.secrets.ssn.unwrap().reveal(), "536904399");
        }
    }

    #[test]
    fn a_year_of_birth_stays_a_year() {
        let read = read(r#"{"resourceType":"Patient","birthDate":"1987"}"#, "US", today()).unwrap();
        assert_eq!(read.demographics.birth.shown(), "1987");
    }

    #[test]
    fn no_error_repeats_a_value() {
        let error =
            super::read(r#"{"resourceType":"Patient","birthDate":"sometime in 1987"}"#, "US", today())
                .unwrap_err();
        assert_eq!(error.to_string(), "Patient.birthDate has a value that FHIR R4 does not allow");
        let error =
            super::read(r#"{"resourceType":"Patient","birthDate":19870302}"#, "US", today()).unwrap_err();
        assert!(!error.to_string().contains("1987"));
    }
}
