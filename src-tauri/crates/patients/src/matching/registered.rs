//! A registered patient as the matcher sees one.
//!
//! The secrets (social security and insurance number) are not in it: an index lies in memory in clear for as long as the
//! vault is open, and they are not needed to find somebody. A caller that may see them sets the fields itself.

use rustcare_model::birth::{Birth, DateOfBirth};
use rustcare_model::contact::Phone;
use rustcare_model::form::{FormRules, PatientForm};
use rustcare_model::patient::{Demographics, Patient, Sex};

use super::birth_date::{BirthDate, read_column};
use super::index::PatientKey;
use super::person::PersonFields;

/// The key of a patient in an index.
pub fn key_of(patient: &Patient) -> PatientKey {
    patient.id.0.into_bytes()
}

impl From<&Demographics> for PersonFields {
    fn from(known: &Demographics) -> Self {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        Self {
            given_name: text(&known.name.given),
            middle_name: text(&known.name.middle),
            surname: text(&known.name.family),
            suffix: text(&known.name.suffix),
            birth_date: birth_date(&known.birth),
            sex: sex_letter(known.sex),
            street: text(&known.address.line),
            place: text(&known.address.city),
            postcode: text(&known.address.postal_code),
            state: text(&known.address.state),
            phone: known
                .phones
                .first()
                .map(|p| p.national.clone().unwrap_or_else(|| p.as_written.clone()))
                .unwrap_or_default(),
            email: known.email.as_ref().map(|e| e.as_str().to_owned()).unwrap_or_default(),
            ..Self::default()
        }
    }
}

/// A form while it is filled: what can be read counts, what cannot says nothing. The secrets are left out.
pub fn of_form(form: &PatientForm, rules: &FormRules) -> PersonFields {
    let text = |part: &Option<String>| part.as_deref().map(str::trim).unwrap_or_default().to_owned();
    let phone = text(&form.phone);
    let national = Phone::parse(&phone, &rules.phone_region).ok().and_then(|p| p.national);
    let born = form
        .date_of_birth
        .as_deref()
        .and_then(|typed| DateOfBirth::parse(typed, rules.date_order, rules.today).ok())
        .map(|date| birth_date(&Birth::Known { date }));
    PersonFields {
        given_name: text(&form.given_name),
        middle_name: text(&form.middle_name),
        surname: text(&form.family_name),
        suffix: text(&form.suffix),
        birth_date: born.unwrap_or_default(),
        sex: form.sex.map(sex_letter).unwrap_or_default(),
        street: text(&form.address_line),
        place: text(&form.city),
        postcode: text(&form.postal_code),
        state: text(&form.state),
        phone: national.unwrap_or(phone),
        email: text(&form.email),
        ..PersonFields::default()
    }
}

fn sex_letter(sex: Sex) -> String {
    match sex {
        Sex::Female => "f".into(),
        Sex::Male => "m".into(),
        Sex::Other => "o".into(),
        Sex::Unknown => String::new(),
    }
}

/// An estimate is no date of birth: it says nothing here.
fn birth_date(birth: &Birth) -> BirthDate {
    match birth {
        Birth::Known { date } => {
            let date = date.date();
            BirthDate::new(date.year().unsigned_abs(), date.month().unsigned_abs(), date.day().unsigned_abs())
        }
        Birth::Partial { written } => {
            let (dates, ..) = read_column(&[written.as_written()], u16::MAX);
            dates.first().copied().unwrap_or_default()
        }
        Birth::Estimated { .. } | Birth::NotRecorded => BirthDate::default(),
    }
}
