//! Whom a paper is about, and who printed it.

use rustcare_model::birth::{Age, KnownDate};
use rustcare_model::mrn::Mrn;
use rustcare_model::name::PersonName;
use rustcare_model::patient::Sex;

use crate::words::{self, Language};

/// The patient.
#[derive(Debug, Clone)]
pub struct Person {
    /// The name in parts.
    pub name: PersonName,
    /// Whether the person could not be identified.
    pub unknown_person: bool,
    /// The house number.
    pub mrn: Mrn,
    /// The birth as far as it is known.
    pub birth: Option<KnownDate>,
    /// The age today; of the dead the age at death, where its day is known.
    pub age: Option<Age>,
    /// Whether the patient has died.
    pub deceased: bool,
    /// Administrative sex.
    pub sex: Sex,
    /// Whether this is an invented patient of the practice clinic, which every paper must say.
    pub practice: bool,
}

impl Person {
    /// `FAMILY NAME, Given Middle`, as lists and labels have it.
    pub fn listed_name(&self, language: Language) -> String {
        let given: Vec<&str> =
            [&self.name.given, &self.name.middle].into_iter().flatten().map(String::as_str).collect();
        let given = given.join(" ");
        let family = self.name.family.as_deref().unwrap_or_default();
        let name = match (family.is_empty(), given.is_empty()) {
            (false, false) => format!("{family}, {given}"),
            (false, true) => family.to_owned(),
            (true, false) => given,
            (true, true) => String::new(),
        };
        match (name.is_empty(), self.unknown_person) {
            (true, true) => words::UNKNOWN_PERSON.of(language).to_owned(),
            (true, false) => words::NO_NAME.of(language).to_owned(),
            (false, _) => name,
        }
    }

    /// The name as it is written on a letter: prefix, given, middle, family, suffix.
    pub fn written_name(&self, language: Language) -> String {
        let n = &self.name;
        let parts: Vec<&str> = [&n.prefix, &n.given, &n.middle, &n.family, &n.suffix]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|p| !p.is_empty())
            .collect();
        if parts.is_empty() { self.listed_name(language) } else { parts.join(" ") }
    }

    /// Date of birth with the age: `02 Mar 1987 (39 y)`.
    pub fn born(&self, language: Language) -> String {
        let birth = words::birth(self.birth.as_ref(), language);
        match self.age {
            Some(age) if self.deceased => {
                format!("{birth} ({} {})", words::DIED_AT.of(language), words::age(age, language))
            }
            Some(age) => format!("{birth} ({})", words::age(age, language)),
            None => birth,
        }
    }

    /// What stands above each page: number and birth first, so that a long name never hides them.
    pub fn running_head(&self, language: Language) -> String {
        let practice =
            if self.practice { format!("{} · ", words::PRACTICE.of(language)) } else { String::new() };
        format!(
            "{practice}{} {} · {} {} · {}",
            words::MRN.of(language),
            self.mrn.as_str(),
            words::BORN.of(language),
            words::birth(self.birth.as_ref(), language),
            self.listed_name(language),
        )
    }
}

/// Where and by whom a paper is printed.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The clinic's name.
    pub clinic: String,
    /// Its site, or empty.
    pub site: String,
    /// Today in the clinic, ISO 8601.
    pub today: String,
    /// Who prints, as shown.
    pub printed_by: String,
    /// ISO 3166 alpha-2 of the clinic.
    pub country: String,
}

impl Origin {
    /// What stands below each page.
    pub fn foot(&self, language: Language) -> String {
        format!(
            "{} · {} {} {} {}",
            self.clinic_and_site(),
            words::PRINTED.of(language),
            words::date(&self.today, language),
            words::BY.of(language),
            self.printed_by,
        )
    }

    /// `Clinic, site`.
    pub fn clinic_and_site(&self) -> String {
        if self.site.trim().is_empty() {
            self.clinic.clone()
        } else {
            format!("{}, {}", self.clinic, self.site)
        }
    }
}
