//! Papers read back from what was written: PDF bytes and ZPL text, not the layout they came from.

mod documents;
mod labels;
mod scripts;
mod written;

use rustcare_model::Mrn;
use rustcare_model::birth::{Age, AgeUnit, DatePrecision, KnownDate};
use rustcare_model::name::PersonName;
use rustcare_model::patient::{Address, Demographics, Sex};
use rustcare_paper::person::{Origin, Person};

fn person(given: &str, family: &str) -> Person {
    Person {
        name: PersonName { given: Some(given.into()), family: Some(family.into()), ..PersonName::default() },
        unknown_person: false,
        mrn: Mrn::issue("RC", 123).expect("a number"),
        birth: Some(KnownDate { iso: "1987-03-02".into(), precision: DatePrecision::Day, about: false }),
        age: Some(Age { count: 39, unit: AgeUnit::Years, about: false }),
        deceased: false,
        sex: Sex::Female,
        practice: false,
    }
}

fn origin() -> Origin {
    Origin {
        clinic: "Riverside Clinic".into(),
        site: "Main building".into(),
        today: "2026-11-24".into(),
        printed_by: "Dr. Lena Berg".into(),
        country: "DE".into(),
    }
}

fn address() -> Address {
    Address {
        line: Some("Hafenstr. 12".into()),
        city: Some("Hamburg".into()),
        postal_code: Some("20359".into()),
        ..Address::default()
    }
}

fn demographics(person: &Person) -> Demographics {
    Demographics {
        name: person.name.clone(),
        unknown_person: person.unknown_person,
        birth: rustcare_model::birth::Birth::NotRecorded,
        sex: person.sex,
        email: None,
        phones: Default::default(),
        language: Some("ar".into()),
        interpreter_needed: true,
        address: address(),
        contact: Default::default(),
        consent_to_contact: None,
        deceased: false,
        deceased_on: None,
        identifiers: Default::default(),
    }
}
