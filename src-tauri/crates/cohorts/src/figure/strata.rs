//! People of a cohort by sex, age and calendar year of their entry.

use super::drawing::{Anchor, COLOURS, Drawing, INK};
use super::words::{Word, shown};
use super::{count, push_row};
use crate::index::{FEMALE, MALE};
use crate::language::Language;
use crate::review::Strata;

/// What a band of ages is called: `20-29`.
pub(crate) fn band(age_from: Option<i32>, language: Language) -> String {
    match age_from {
        None => Word::NotKnown.of(language),
        // By the calendar year an event can lie before the birth.
        Some(from) if from < 0 => Word::BeforeBirth.of(language),
        Some(from) => format!("{from}-{}", from + 9),
    }
}

/// What a sex is called.
pub(crate) fn sex(concept_id: i64, language: Language) -> String {
    match concept_id {
        FEMALE => Word::Female.of(language),
        MALE => Word::Male.of(language),
        0 => Word::NotKnown.of(language),
        other => Word::Concept.with(language, &[("number", &other.to_string())]),
    }
}

/// One row a group: all, each sex, each age, each age and sex, each year.
#[must_use]
pub fn csv(strata: &Strata) -> String {
    const ALL: &str = "all";
    let mut out = String::from("sex,age,year,people\r\n");
    let mut row = |sex: &str, age: &str, year: &str, people: Option<u64>| {
        push_row(&mut out, &[sex.to_owned(), age.to_owned(), year.to_owned(), count(people)]);
    };
    row(ALL, ALL, ALL, strata.persons);
    for own in &strata.sexes {
        row(&sex(own.sex_concept_id, Language::En), ALL, ALL, own.persons);
    }
    for own in &strata.ages {
        let age = band(own.age_from, Language::En);
        row(ALL, &age, ALL, own.persons);
        for (of_sex, people) in strata.sexes.iter().zip(&own.by_sex) {
            row(&sex(of_sex.sex_concept_id, Language::En), &age, ALL, *people);
        }
    }
    for own in &strata.years {
        row(ALL, ALL, &own.year.to_string(), own.persons);
    }
    out
}

/// A bar a calendar year.
#[must_use]
pub fn drawing(strata: &Strata, language: Language) -> Drawing {
    const ROW: f64 = 24.0;
    const LEFT: f64 = 80.0;
    const ROOM: f64 = 760.0;
    let most = strata.years.iter().filter_map(|own| own.persons).max().unwrap_or(1).max(1) as f64;
    let height = 60.0 + ROW * strata.years.len() as f64;
    let mut drawing = Drawing::new(960, height as u32, Word::Years.wording(language));
    for (at, own) in strata.years.iter().enumerate() {
        let y = 46.0 + ROW * at as f64;
        let length = own.persons.map_or(0.0, |people| people as f64 * ROOM / most);
        drawing.text((LEFT - 10.0, y + 14.0), Anchor::End, INK, &own.year.to_string());
        drawing.rectangle((LEFT, y), (length.max(1.0), 18.0), COLOURS[0]);
        drawing.text((LEFT + length + 8.0, y + 14.0), Anchor::Start, INK, &shown(own.persons, language));
    }
    drawing
}
