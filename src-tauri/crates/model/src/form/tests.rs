//! The form's rules, by example and by property.

use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn rules() -> FormRules {
    FormRules { date_order: DateOrder::DayMonthYear, phone_region: "US".into(), today: date(2026, 11, 24) }
}

fn amina() -> PatientForm {
    PatientForm {
        given_name: Some("Amina".into()),
        family_name: Some("Yusuf".into()),
        date_of_birth: Some("2.3.1987".into()),
        sex: Some(Sex::Female),
        ..PatientForm::default()
    }
}

#[test]
fn three_answers_make_a_patient() {
    let read = amina().read(&rules()).unwrap();
    assert_eq!(read.demographics.birth.shown(), "02 Mar 1987");
    assert!(read.notes.is_empty());
}

#[test]
fn an_empty_form_names_each_missing_field_once() {
    let notes = PatientForm::default().read(&rules()).unwrap_err();
    let fields: Vec<&str> = notes.iter().map(|n| n.field.as_str()).collect();
    assert_eq!(fields, ["given_name", "date_of_birth", "sex"]);
}

#[test]
fn an_unknown_person_needs_no_name_and_no_birth() {
    let form = PatientForm { unknown_person: true, sex: Some(Sex::Unknown), ..PatientForm::default() };
    assert_eq!(form.read(&rules()).unwrap().demographics.birth, Birth::NotRecorded);
}

fn imported() -> Demographics {
    let mut demographics = amina().read(&rules()).unwrap().demographics;
    demographics.name.family = Some("Ng".repeat(80));
    demographics.birth = Birth::Partial { written: crate::PartialDate::parse("1961-03").unwrap() };
    demographics
}

fn form_of_imported() -> PatientForm {
    PatientForm { family_name: imported().name.family, date_of_birth: Some("Mar 1961".into()), ..amina() }
}

#[test]
fn what_was_imported_and_stands_untouched_is_kept_as_written() {
    let before = imported();
    let form = PatientForm { city: Some("Riverside".into()), ..form_of_imported() };
    let read = form.read_over(&rules(), Some(&before)).unwrap();
    assert_eq!((read.demographics.name, read.demographics.birth), (before.name, before.birth));
    assert_eq!(read.notes.len(), 1);
    assert_eq!(read.notes[0].reason, Reason::LongNameKept);
    assert_eq!(read.notes[0].severity, crate::Severity::Information);
}

#[test]
fn a_changed_long_name_and_a_cleared_date_are_refused() {
    let before = imported();
    let mut form = form_of_imported();
    form.family_name = form.family_name.map(|n| n + "uyen");
    form.date_of_birth = None;
    let notes = form.read_over(&rules(), Some(&before)).unwrap_err();
    let reasons: Vec<Reason> = notes.iter().map(|n| n.reason).collect();
    assert_eq!(reasons, [Reason::NamePartLong, Reason::BirthMissing]);
}

#[test]
fn registration_keeps_its_limits() {
    let notes = form_of_imported().read(&rules()).unwrap_err();
    let reasons: Vec<Reason> = notes.iter().map(|n| n.reason).collect();
    assert_eq!(reasons, [Reason::NamePartLong, Reason::DateForm]);
}

#[test]
fn a_typed_date_shows_how_it_was_read() {
    let readings = amina().readings(&rules());
    assert_eq!(readings[0].text, "Monday 2 March 1987, 39 y");
}

#[test]
fn death_before_birth_is_refused() {
    let form = PatientForm { deceased_date: Some("1.1.1980".into()), ..amina() };
    assert_eq!(form.read(&rules()).unwrap_err()[0].code, "before_birth");
}

proptest! {
    #[test]
    fn no_note_repeats_what_was_typed(text in "[A-Za-z0-9@+. -]{8,60}") {
        let form = PatientForm {
            email: Some(text.clone()), phone: Some(text.clone()), ssn: Some(text.clone().into()),
            mrn: Some(text.clone()), date_of_birth: Some(text.clone()), postal_code: Some(text.clone()),
            ..amina()
        };
        for note in form.check(&rules(), &[], None) {
            prop_assert!(!note.message.contains(text.trim()));
        }
    }
}
