//! The registration form as it is typed, and the one set of rules that turns it into a patient.
//!
//! The same rules answer while somebody types ([`PatientForm::check`]), at save ([`PatientForm::read`]) and for each
//! imported row: there is no second list of rules anywhere.

mod postal_code;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use zeroize::Zeroizing;

use crate::birth::{self, Age, Birth, DateOfBirth};
use crate::contact::{Email, Phone};
use crate::date_reading::{self, DateOrder};
use crate::mrn::Mrn;
use crate::name::{self, PersonName};
use crate::note::{FieldNote, Refusal};
use crate::patient::{Address, ContactPerson, Demographics, ForeignIdentifier, PatientSecrets, Sex};
use crate::reason::Reason;
use crate::secret::{InsuranceNumber, Ssn};

/// The form. Every field is text as typed; blank and absent are the same.
///
/// It holds secrets in clear for as long as the form is open, so it has no `Debug`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default)]
#[allow(missing_docs)] // the fields are the form's labels
pub struct PatientForm {
    /// A UUID made by the form, so that a double click saves once.
    pub form_id: String,
    pub given_name: Option<String>,
    pub middle_name: Option<String>,
    pub family_name: Option<String>,
    pub prefix: Option<String>,
    pub suffix: Option<String>,
    pub preferred_name: Option<String>,
    pub unknown_person: bool,
    pub date_of_birth: Option<String>,
    pub estimated_age_years: Option<String>,
    pub sex: Option<Sex>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// Blank: a number is issued.
    pub mrn: Option<String>,
    pub language: Option<String>,
    pub interpreter_needed: bool,
    pub address_line: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    /// Wiped when the form is dropped.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub ssn: Option<Zeroizing<String>>,
    /// Wiped when the form is dropped.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub insurance_number: Option<Zeroizing<String>>,
    pub contact_name: Option<String>,
    pub contact_relationship: Option<String>,
    pub contact_phone: Option<String>,
    pub consent_to_contact: Option<bool>,
    pub deceased: bool,
    pub deceased_date: Option<String>,
    pub identifiers: Vec<ForeignIdentifier>,
}

/// What the rules need to know of the clinic and the day.
#[derive(Debug, Clone)]
pub struct FormRules {
    /// Order in which dates are typed.
    pub date_order: DateOrder,
    /// ISO 3166 alpha-2 region of numbers without a country code.
    pub phone_region: String,
    /// The day in the clinic's time zone.
    pub today: Date,
}

/// A form that was read without an error.
#[derive(Debug, Clone)]
pub struct ReadForm {
    /// All but the secrets.
    pub demographics: Demographics,
    /// The secrets typed in.
    pub secrets: PatientSecrets,
    /// A record number that the clinic brought with it.
    pub mrn: Option<Mrn>,
    /// Warnings that do not stop the save.
    pub notes: Vec<FieldNote>,
}

/// How a typed field was understood, shown below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FieldReading {
    /// The field.
    pub field: String,
    /// In English, for example `Monday 2 March 1987, 39 y`.
    pub text: String,
    /// What was read.
    pub kind: ReadingKind,
    /// ISO date, of a date.
    pub date: Option<String>,
    /// The age today, of a date of birth.
    pub age: Option<Age>,
}

/// What a reading says, for the window's own wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ReadingKind {
    /// A day and the age on it.
    Date,
    /// A telephone number as it is dialled from anywhere; the text is the same in all languages.
    Phone,
    /// A record number whose check character fits.
    CheckFits,
    /// A record number without a check character.
    NoCheck,
}

/// Collects notes while fields are read one after the other.
struct Reader<'a> {
    rules: &'a FormRules,
    /// What the form was filled from, when a patient is corrected.
    before: Option<&'a Demographics>,
    notes: Vec<FieldNote>,
}

fn filled<T: std::ops::Deref<Target: AsRef<str>>>(text: &Option<T>) -> Option<&str> {
    text.as_deref().map(|t| t.as_ref().trim()).filter(|t| !t.is_empty())
}

impl Reader<'_> {
    fn read<T, S: std::ops::Deref<Target: AsRef<str>>>(
        &mut self,
        field: &str,
        text: &Option<S>,
        parse: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Option<T> {
        match parse(filled(text)?) {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.notes.push(refusal.at(field));
                None
            }
        }
    }

    /// A part that stands as it was imported is kept, however long; only what is typed keeps the limits.
    fn name_part(
        &mut self,
        field: &str,
        text: &Option<String>,
        part: impl Fn(&Demographics) -> &Option<String>,
    ) -> Option<String> {
        if let Some(kept) = self.before.and_then(|b| part(b).as_ref())
            && filled(text) == Some(kept.trim())
        {
            self.notes.extend(long_part(field, kept));
            return Some(kept.clone());
        }
        self.read(field, text, name::parse_part).flatten()
    }

    fn free_text(&mut self, field: &str, text: &Option<String>, longest: usize) -> Option<String> {
        self.read(field, text, |t| {
            if t.chars().count() > longest {
                return Err(Refusal::new("too_long", Reason::TextLong.with("longest", longest)));
            }
            if t.chars().any(char::is_control) {
                return Err(Refusal::new("wrong_character", Reason::TextCharacters));
            }
            Ok(t.to_owned())
        })
    }

    fn birth(&mut self, form: &PatientForm) -> Birth {
        let rules = self.rules;
        // Another system knew only the year or the month: untouched, it stays as precise as it was.
        if let Some(before) = self.before
            && matches!(before.birth, Birth::Partial { .. })
            && filled(&form.date_of_birth) == Some(before.birth.shown().as_str())
        {
            return before.birth.clone();
        }
        let date = self.read("date_of_birth", &form.date_of_birth, |t| {
            DateOfBirth::parse(t, rules.date_order, rules.today)
        });
        let age = self.read("estimated_age_years", &form.estimated_age_years, birth::parse_age_years);
        match (date, age) {
            (Some(date), _) => Birth::Known { date },
            (None, Some(age_years)) => Birth::Estimated { age_years, on: rules.today },
            (None, None) => Birth::NotRecorded,
        }
    }

    fn phone(&mut self, form: &PatientForm) -> Option<Phone> {
        let phone = self.read("phone", &form.phone, |t| Phone::parse(t, &self.rules.phone_region.clone()))?;
        if !phone.assigned {
            self.notes.push(FieldNote::warning("phone", "not_assigned", Reason::PhoneNotAssigned));
        }
        Some(phone)
    }

    fn postal_code(&mut self, form: &PatientForm) -> Option<String> {
        let country = filled(&form.country).unwrap_or(&self.rules.phone_region).to_uppercase();
        self.read("postal_code", &form.postal_code, |t| {
            if t.chars().count() <= 12 && postal_code::fits(t, &country) {
                Ok(t.to_uppercase())
            } else {
                Err(Refusal::new("wrong_form", postal_code::help(&country)))
            }
        })
    }

    fn deceased_on(&mut self, form: &PatientForm, birth: &Birth) -> Option<Date> {
        let rules = self.rules;
        let date = self.read("deceased_date", &form.deceased_date, |t| {
            let date = date_reading::read_typed(t, rules.date_order, rules.today)?;
            if date > rules.today {
                return Err(Refusal::new("in_the_future", Reason::DeathInFuture));
            }
            Ok(date)
        })?;
        if let Birth::Known { date: born } = birth
            && date < born.date()
        {
            self.notes.push(FieldNote::error("deceased_date", "before_birth", Reason::DeathBeforeBirth));
        }
        Some(date)
    }

    fn require(&mut self, missing: bool, field: &str, reason: Reason) {
        let said = self.notes.iter().any(|n| n.field == field);
        if missing && !said {
            self.notes.push(FieldNote::error(field, "required", reason));
        }
    }
}

fn long_part(field: &str, text: &str) -> Option<FieldNote> {
    (text.chars().count() > name::LONGEST_PART)
        .then(|| FieldNote::information(field, "long_kept", Reason::LongNameKept))
}

/// The parts of an imported name that are longer than what is typed, for a chart to flag.
pub fn long_parts(of: &PersonName) -> Vec<FieldNote> {
    let parts = [
        ("given_name", &of.given),
        ("middle_name", &of.middle),
        ("family_name", &of.family),
        ("prefix", &of.prefix),
        ("suffix", &of.suffix),
        ("preferred_name", &of.preferred),
    ];
    parts.into_iter().filter_map(|(field, part)| long_part(field, part.as_deref()?)).collect()
}

impl PatientForm {
    /// Reads the whole form.
    ///
    /// # Errors
    /// All notes, when at least one is an error. Nothing of the form is lost or changed.
    pub fn read(&self, rules: &FormRules) -> Result<ReadForm, Vec<FieldNote>> {
        self.read_over(rules, None)
    }

    /// Reads the form of a patient who is corrected: what was imported and stands untouched is kept as written, and
    /// what was never known of them does not stop a correction of something else.
    ///
    /// # Errors
    /// As [`PatientForm::read`].
    pub fn read_over(
        &self,
        rules: &FormRules,
        before: Option<&Demographics>,
    ) -> Result<ReadForm, Vec<FieldNote>> {
        let mut reader = Reader { rules, before, notes: Vec::new() };
        let name = PersonName {
            given: reader.name_part("given_name", &self.given_name, |b| &b.name.given),
            middle: reader.name_part("middle_name", &self.middle_name, |b| &b.name.middle),
            family: reader.name_part("family_name", &self.family_name, |b| &b.name.family),
            prefix: reader.name_part("prefix", &self.prefix, |b| &b.name.prefix),
            suffix: reader.name_part("suffix", &self.suffix, |b| &b.name.suffix),
            preferred: reader.name_part("preferred_name", &self.preferred_name, |b| &b.name.preferred),
        };
        if name.length() > name::LONGEST_NAME && before.is_none_or(|b| b.name != name) {
            reader.notes.push(FieldNote::error("family_name", "too_long", Reason::NameLong));
        }
        let nameless = filled(&self.given_name).is_none() && filled(&self.family_name).is_none();
        reader.require(
            nameless && !self.unknown_person && before.is_none_or(|b| !b.name.is_empty()),
            "given_name",
            Reason::NameMissing,
        );
        let birth = reader.birth(self);
        let no_birth = filled(&self.date_of_birth).is_none() && filled(&self.estimated_age_years).is_none();
        reader.require(
            no_birth && !self.unknown_person && before.is_none_or(|b| b.birth != Birth::NotRecorded),
            "date_of_birth",
            Reason::BirthMissing,
        );
        reader.require(self.sex.is_none(), "sex", Reason::SexMissing);
        let deceased_on = reader.deceased_on(self, &birth);
        let mrn = reader.read("mrn", &self.mrn, Mrn::parse);
        let demographics = Demographics {
            name,
            unknown_person: self.unknown_person,
            deceased: self.deceased || deceased_on.is_some(),
            deceased_on,
            birth,
            sex: self.sex.unwrap_or(Sex::Unknown),
            email: reader.read("email", &self.email, Email::parse),
            phones: reader.phone(self).into_iter().collect(),
            language: reader.free_text("language", &self.language, 35),
            interpreter_needed: self.interpreter_needed,
            address: Address {
                line: reader.free_text("address_line", &self.address_line, 200),
                city: reader.free_text("city", &self.city, 100),
                state: reader.free_text("state", &self.state, 100),
                postal_code: reader.postal_code(self),
                country: reader.free_text("country", &self.country, 60),
            },
            contact: ContactPerson {
                name: reader.name_part("contact_name", &self.contact_name, |b| &b.contact.name),
                relationship: reader.free_text("contact_relationship", &self.contact_relationship, 60),
                phone: reader
                    .read("contact_phone", &self.contact_phone, |t| Phone::parse(t, &rules.phone_region))
                    .map(|p| p.as_written),
            },
            consent_to_contact: self.consent_to_contact,
            identifiers: self.read_identifiers(&mut reader.notes),
        };
        let secrets = PatientSecrets {
            ssn: reader.read("ssn", &self.ssn, Ssn::parse),
            insurance_number: reader.read("insurance_number", &self.insurance_number, InsuranceNumber::parse),
        };
        let notes = reader.notes;
        if notes.iter().any(|n| n.severity == crate::Severity::Error) {
            return Err(notes);
        }
        Ok(ReadForm { demographics, secrets, mrn, notes })
    }

    fn read_identifiers(&self, notes: &mut Vec<FieldNote>) -> SmallVec<[ForeignIdentifier; 4]> {
        let mut kept = SmallVec::new();
        for identifier in &self.identifiers {
            if identifier.value.trim().is_empty() || identifier.authority.trim().is_empty() {
                notes.push(FieldNote::error("identifiers", "required", Reason::IdentifierIncomplete));
            } else {
                kept.push(identifier.clone());
            }
        }
        kept
    }

    /// The notes on `fields` only (all when empty), for answering while somebody types.
    pub fn check(
        &self,
        rules: &FormRules,
        fields: &[String],
        before: Option<&Demographics>,
    ) -> Vec<FieldNote> {
        let notes = match self.read_over(rules, before) {
            Ok(read) => read.notes,
            Err(notes) => notes,
        };
        notes.into_iter().filter(|n| fields.is_empty() || fields.contains(&n.field)).collect()
    }

    fn birth_reading(&self, rules: &FormRules) -> Option<FieldReading> {
        let typed = filled(&self.date_of_birth)?;
        let born = DateOfBirth::parse(typed, rules.date_order, rules.today).ok()?.date();
        let age = Age::of(born, rules.today);
        Some(FieldReading {
            field: "date_of_birth".into(),
            text: format!("{}, {}", born.strftime("%A %-d %B %Y"), age.shown()),
            kind: ReadingKind::Date,
            date: Some(born.to_string()),
            age: Some(age),
        })
    }

    /// How the typed dates and numbers were understood.
    pub fn readings(&self, rules: &FormRules) -> Vec<FieldReading> {
        let mut readings = Vec::new();
        if let Some(reading) = self.birth_reading(rules) {
            readings.push(reading);
        }
        let mut say = |field: &str, kind, text: String| {
            readings.push(FieldReading { field: field.into(), text, kind, date: None, age: None });
        };
        if let Some(Ok(phone)) = filled(&self.phone).map(|t| Phone::parse(t, &rules.phone_region))
            && let Some(e164) = phone.e164
        {
            say("phone", ReadingKind::Phone, e164);
        }
        if let Some(Ok(mrn)) = filled(&self.mrn).map(Mrn::parse) {
            if mrn.has_valid_check() {
                say("mrn", ReadingKind::CheckFits, "check character fits".into());
            } else {
                say("mrn", ReadingKind::NoCheck, "no check character".into());
            }
        }
        readings
    }
}

#[cfg(test)]
mod tests;
