//! The registration summary: what the front desk knows of a patient. Secrets only masked, as the window shows them.

use rustcare_model::patient::Demographics;

use crate::flow::{Flow, Paper};
use crate::font::FontBook;
use crate::page::Laid;
use crate::person::{Origin, Person};
use crate::words::{self, Language, Word};

/// A sealed number, as far as the person who prints may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sealed {
    /// The role sees nothing of it.
    NotShown,
    /// None is on file.
    Absent,
    /// Its mask: the last digits.
    Masked(String),
}

/// What is printed.
#[derive(Debug, Clone)]
pub struct Registration<'a> {
    /// Who it is.
    pub person: &'a Person,
    /// All but the secrets.
    pub demographics: &'a Demographics,
    /// Social security number.
    pub ssn: Sealed,
    /// Insurance number.
    pub insurance_number: Sealed,
}

/// Lays it out.
pub fn lay(
    registration: &Registration<'_>,
    origin: &Origin,
    paper: Paper,
    language: Language,
    book: &FontBook,
) -> Laid {
    let title = words::REGISTRATION.of(language);
    let mut flow = Flow::new(book, paper, language, title);
    flow.title(title);
    flow.remark(&origin.clinic_and_site());
    let facts = Facts { language };
    flow.heading(words::IDENTITY.of(language));
    flow.facts(&facts.identity(registration));
    flow.heading(words::CONTACT.of(language));
    flow.facts(&facts.contact(registration.demographics));
    flow.heading(words::NUMBERS.of(language));
    flow.facts(&facts.numbers(registration));
    flow.finish(&registration.person.running_head(language), 0, &origin.foot(language))
}

struct Facts {
    language: Language,
}

impl Facts {
    fn of(&self, word: &Word, value: Option<String>) -> (String, String) {
        let value = value.filter(|v| !v.trim().is_empty());
        let shown = value.unwrap_or_else(|| words::NOT_RECORDED.of(self.language).to_owned());
        (word.of(self.language).to_owned(), shown)
    }

    fn yes(&self, yes: bool) -> String {
        if yes { words::YES } else { words::NO }.of(self.language).to_owned()
    }

    fn identity(&self, r: &Registration<'_>) -> Vec<(String, String)> {
        let (name, person) = (&r.demographics.name, r.person);
        let mut facts = vec![self.of(&words::MRN, Some(person.mrn.as_str().to_owned()))];
        if person.unknown_person {
            facts.push(self.of(&words::UNKNOWN_PERSON, Some(self.yes(true))));
        }
        facts.push(self.of(&words::FAMILY_NAME, name.family.clone()));
        facts.push(self.of(&words::GIVEN_NAME, name.given.clone()));
        for (word, part) in [
            (words::MIDDLE_NAME, &name.middle),
            (words::PREFIX, &name.prefix),
            (words::SUFFIX, &name.suffix),
            (words::PREFERRED_NAME, &name.preferred),
        ] {
            facts.extend(part.as_ref().map(|part| self.of(&word, Some(part.clone()))));
        }
        facts.push(self.of(&words::DATE_OF_BIRTH, Some(words::birth(person.birth.as_ref(), self.language))));
        let age = if person.deceased { words::AGE_AT_DEATH } else { words::AGE };
        facts.push(self.of(&age, person.age.map(|a| words::age(a, self.language))));
        facts.push(self.of(&words::SEX, Some(words::sex(person.sex, self.language).to_owned())));
        if r.demographics.deceased {
            let day = r.demographics.deceased_on.map(|d| words::date(&d.to_string(), self.language));
            facts.push(self.of(&words::DECEASED, Some(self.yes(true))));
            facts.push(self.of(&words::DATE_OF_DEATH, day));
        }
        facts
    }

    fn contact(&self, d: &Demographics) -> Vec<(String, String)> {
        let mut facts: Vec<_> = d.phones.iter().map(|p| self.of(&words::PHONE, Some(p.shown()))).collect();
        if facts.is_empty() {
            facts.push(self.of(&words::PHONE, None));
        }
        facts.push(self.of(&words::EMAIL, d.email.as_ref().map(|e| e.as_str().to_owned())));
        facts.push(self.of(&words::ADDRESS, Some(d.address.shown())));
        let spoken = d.language.as_deref().map(|tag| words::language_name(tag, self.language));
        facts.push(self.of(&words::LANGUAGE, spoken));
        facts.push(self.of(&words::INTERPRETER, Some(self.yes(d.interpreter_needed))));
        let contact: Vec<&str> = [&d.contact.name, &d.contact.relationship, &d.contact.phone]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        facts.push(self.of(&words::CONTACT_PERSON, Some(contact.join(", "))));
        let consent = d.consent_to_contact.map(|c| self.yes(c));
        let not_asked = || words::NOT_ASKED.of(self.language).to_owned();
        facts.push(self.of(&words::CONSENT, Some(consent.unwrap_or_else(not_asked))));
        facts
    }

    fn numbers(&self, r: &Registration<'_>) -> Vec<(String, String)> {
        let sealed = |sealed: &Sealed| match sealed {
            Sealed::NotShown => Some(words::NOT_SHOWN.of(self.language).to_owned()),
            Sealed::Absent => None,
            Sealed::Masked(mask) => Some(mask.clone()),
        };
        let mut facts = vec![
            self.of(&words::SSN, sealed(&r.ssn)),
            self.of(&words::INSURANCE, sealed(&r.insurance_number)),
        ];
        for identifier in &r.demographics.identifiers {
            let shown = format!("{} · {}", identifier.value, identifier.authority);
            facts.push(self.of(&words::IDENTIFIERS, Some(shown)));
        }
        facts
    }
}
