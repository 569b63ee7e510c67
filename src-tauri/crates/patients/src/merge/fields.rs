//! What of a patient can come from either of two records, and what becomes of it.

use rustcare_model::Phone;
use rustcare_model::birth::Birth;
use rustcare_model::patient::{Demographics, ForeignIdentifier, Sex};
use serde::{Deserialize, Serialize};

/// A part of the demographics that is decided as one, named as in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names of the form
pub enum MergeField {
    GivenName,
    MiddleName,
    FamilyName,
    Prefix,
    Suffix,
    PreferredName,
    UnknownPerson,
    DateOfBirth,
    Sex,
    Phone,
    Email,
    Address,
    Language,
    InterpreterNeeded,
    Contact,
    ConsentToContact,
    Deceased,
    Identifiers,
}

/// A value as shown, with the ISO date where it is one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ShownValue {
    pub text: String,
    pub iso: Option<String>,
}

impl MergeField {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 18] = [
        Self::GivenName,
        Self::MiddleName,
        Self::FamilyName,
        Self::Prefix,
        Self::Suffix,
        Self::PreferredName,
        Self::UnknownPerson,
        Self::DateOfBirth,
        Self::Sex,
        Self::Phone,
        Self::Email,
        Self::Address,
        Self::Language,
        Self::InterpreterNeeded,
        Self::Contact,
        Self::ConsentToContact,
        Self::Deceased,
        Self::Identifiers,
    ];

    /// Whether both records' values are kept, one after the other, rather than one of them.
    pub const fn joins(self) -> bool {
        matches!(self, Self::Phone | Self::Identifiers)
    }

    /// Whether a person may choose whose value it is.
    pub const fn is_chosen(self) -> bool {
        !self.joins() && !matches!(self, Self::UnknownPerson)
    }

    /// Whether nothing is known.
    pub fn is_blank(self, of: &Demographics) -> bool {
        match self {
            Self::GivenName => of.name.given.is_none(),
            Self::MiddleName => of.name.middle.is_none(),
            Self::FamilyName => of.name.family.is_none(),
            Self::Prefix => of.name.prefix.is_none(),
            Self::Suffix => of.name.suffix.is_none(),
            Self::PreferredName => of.name.preferred.is_none(),
            Self::UnknownPerson => of.unknown_person,
            Self::DateOfBirth => of.birth == Birth::NotRecorded,
            Self::Sex => of.sex == Sex::Unknown,
            Self::Phone => of.phones.is_empty(),
            Self::Email => of.email.is_none(),
            Self::Address => of.address == Default::default(),
            Self::Language => of.language.is_none(),
            Self::InterpreterNeeded => !of.interpreter_needed,
            Self::Contact => of.contact == Default::default(),
            Self::ConsentToContact => of.consent_to_contact.is_none(),
            Self::Deceased => !of.deceased && of.deceased_on.is_none(),
            Self::Identifiers => of.identifiers.is_empty(),
        }
    }

    /// Whether two records say the same.
    pub fn is_same(self, a: &Demographics, b: &Demographics) -> bool {
        match self {
            Self::GivenName => a.name.given == b.name.given,
            Self::MiddleName => a.name.middle == b.name.middle,
            Self::FamilyName => a.name.family == b.name.family,
            Self::Prefix => a.name.prefix == b.name.prefix,
            Self::Suffix => a.name.suffix == b.name.suffix,
            Self::PreferredName => a.name.preferred == b.name.preferred,
            Self::UnknownPerson => a.unknown_person == b.unknown_person,
            Self::DateOfBirth => a.birth == b.birth,
            Self::Sex => a.sex == b.sex,
            Self::Phone => same_each(&a.phones, &b.phones, same_phone),
            Self::Email => a.email == b.email,
            Self::Address => a.address == b.address,
            Self::Language => a.language == b.language,
            Self::InterpreterNeeded => a.interpreter_needed == b.interpreter_needed,
            Self::Contact => a.contact == b.contact,
            Self::ConsentToContact => a.consent_to_contact == b.consent_to_contact,
            Self::Deceased => (a.deceased, a.deceased_on) == (b.deceased, b.deceased_on),
            Self::Identifiers => same_each(&a.identifiers, &b.identifiers, same_identifier),
        }
    }

    /// Puts the value of `from` in place of that of `to`.
    pub fn copy(self, from: &Demographics, to: &mut Demographics) {
        match self {
            Self::GivenName => to.name.given.clone_from(&from.name.given),
            Self::MiddleName => to.name.middle.clone_from(&from.name.middle),
            Self::FamilyName => to.name.family.clone_from(&from.name.family),
            Self::Prefix => to.name.prefix.clone_from(&from.name.prefix),
            Self::Suffix => to.name.suffix.clone_from(&from.name.suffix),
            Self::PreferredName => to.name.preferred.clone_from(&from.name.preferred),
            Self::UnknownPerson => to.unknown_person = from.unknown_person,
            Self::DateOfBirth => to.birth = from.birth.clone(),
            Self::Sex => to.sex = from.sex,
            Self::Phone => to.phones.clone_from(&from.phones),
            Self::Email => to.email.clone_from(&from.email),
            Self::Address => to.address.clone_from(&from.address),
            Self::Language => to.language.clone_from(&from.language),
            Self::InterpreterNeeded => to.interpreter_needed = from.interpreter_needed,
            Self::Contact => to.contact.clone_from(&from.contact),
            Self::ConsentToContact => to.consent_to_contact = from.consent_to_contact,
            Self::Deceased => (to.deceased, to.deceased_on) = (from.deceased, from.deceased_on),
            Self::Identifiers => to.identifiers.clone_from(&from.identifiers),
        }
    }

    /// The value as shown; empty when nothing is known.
    pub fn shown(self, of: &Demographics) -> ShownValue {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let yes = |is: bool| if is { "yes".to_owned() } else { String::new() };
        let shown = match self {
            Self::GivenName => text(&of.name.given),
            Self::MiddleName => text(&of.name.middle),
            Self::FamilyName => text(&of.name.family),
            Self::Prefix => text(&of.name.prefix),
            Self::Suffix => text(&of.name.suffix),
            Self::PreferredName => text(&of.name.preferred),
            Self::UnknownPerson => yes(of.unknown_person),
            Self::DateOfBirth if of.birth == Birth::NotRecorded => String::new(),
            Self::DateOfBirth => of.birth.shown(),
            Self::Sex => of.sex.as_str().to_owned(),
            Self::Phone => joined(of.phones.iter().map(Phone::shown)),
            Self::Email => of.email.as_ref().map(|e| e.as_str().to_owned()).unwrap_or_default(),
            Self::Address => of.address.shown(),
            Self::Language => text(&of.language),
            Self::InterpreterNeeded => yes(of.interpreter_needed),
            Self::Contact => joined(
                [&of.contact.name, &of.contact.relationship, &of.contact.phone]
                    .into_iter()
                    .flatten()
                    .cloned(),
            ),
            Self::ConsentToContact => {
                of.consent_to_contact.map(|c| if c { "yes" } else { "no" }.to_owned()).unwrap_or_default()
            }
            Self::Deceased => match of.deceased_on {
                Some(day) => rustcare_model::date_reading::shown(day),
                None => yes(of.deceased),
            },
            Self::Identifiers => {
                joined(of.identifiers.iter().map(|i| format!("{} · {}", i.value, i.authority)))
            }
        };
        let iso = match self {
            Self::DateOfBirth => match &of.birth {
                Birth::Known { date } => Some(date.date().to_string()),
                Birth::Partial { written } => Some(written.as_written().to_owned()),
                _ => None,
            },
            Self::Deceased => of.deceased_on.map(|day| day.to_string()),
            _ => None,
        };
        ShownValue { text: shown, iso }
    }
}

/// Whether two telephones are one number, however they are written.
pub(super) fn same_phone(a: &Phone, b: &Phone) -> bool {
    match (&a.e164, &b.e164) {
        (Some(a), Some(b)) => a == b,
        _ => a.as_written == b.as_written,
    }
}

/// Whether two identifiers are one number of one authority, whatever is said of its kind and validity.
pub(super) fn same_identifier(a: &ForeignIdentifier, b: &ForeignIdentifier) -> bool {
    (&a.authority, &a.value) == (&b.authority, &b.value)
}

fn same_each<T>(a: &[T], b: &[T], same: fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// The survivor's demographics after a merge: what it has stands, what it lacks comes from the other, what a person chose
/// of the other is taken; telephones and identifiers of both are kept.
pub fn joined_demographics(
    survivor: &Demographics,
    retired: &Demographics,
    chosen: &[MergeField],
) -> Demographics {
    let mut all = survivor.clone();
    for field in MergeField::ALL {
        let wanted = chosen.contains(&field) && field.is_chosen() && !field.is_blank(retired);
        if !field.joins() && (wanted || (field.is_blank(survivor) && !field.is_blank(retired))) {
            field.copy(retired, &mut all);
        }
    }
    for phone in &retired.phones {
        if !all.phones.iter().any(|known| same_phone(known, phone)) {
            all.phones.push(phone.clone());
        }
    }
    all.identifiers.extend(retired.identifiers.iter().cloned());
    all
}
