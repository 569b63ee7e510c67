//! The certain layer: combinations of fields that settle the matter by themselves.
//!
//! The 27 combinations of the CMS patient matching draft, as published with Medplum's `Patient/$match`. At most one field
//! of a combination may be fuzzy (one edit, in values of five characters and more). Sex is not a factor; different
//! generations (Jr, Sr) block. Combinations 11 and 12 also fit twins with like names who share a telephone: what is
//! certain here is shown first, and never merged by itself.

use super::people::{Person, Tables, Values};
use super::person::{NormalPerson, Text};
use super::similarity::distance;

/// A part of a combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The field is the same.
    Same(Text),
    /// The field is the same, or one edit apart where no other field is.
    Fuzzy(Text),
    /// The whole date of birth is the same.
    BirthDate,
    /// House number and street are the same; the street may be one edit apart where no other field is.
    FuzzyStreet,
}

use Part::{BirthDate, Fuzzy, FuzzyStreet, Same};
use Text::{CredentialId, Email, EnterpriseId, Given, Itin4, LegalId, Phone, PlanId, Ssn4, Surname};

/// The combinations, numbered from 1 as published.
pub const COMBINATIONS: [&[Part]; 27] = [
    &[Fuzzy(Given), Fuzzy(Surname), BirthDate, FuzzyStreet],
    &[Same(Given), Fuzzy(Surname), BirthDate, Same(Phone)],
    &[Fuzzy(Given), Fuzzy(Surname), BirthDate, Same(Email)],
    &[Fuzzy(Given), Same(Surname), BirthDate, Same(Ssn4)],
    &[Same(Given), Fuzzy(Surname), BirthDate, Same(Ssn4)],
    &[Fuzzy(Given), Same(Surname), BirthDate, Same(Itin4)],
    &[Same(Given), Fuzzy(Surname), BirthDate, Same(Itin4)],
    &[Same(Given), BirthDate, Same(PlanId)],
    &[Same(Given), BirthDate, Same(LegalId)],
    &[Fuzzy(Surname), BirthDate, Same(LegalId)],
    &[Same(Given), BirthDate, Same(Phone)],
    &[Same(Given), BirthDate, Same(Email)],
    &[Same(Surname), Same(Phone), Same(Ssn4)],
    &[Same(Surname), Same(Phone), Same(Itin4)],
    &[Fuzzy(Surname), Same(Email), Same(Ssn4)],
    &[Fuzzy(Surname), Same(Email), Same(Itin4)],
    &[Same(Given), Same(Phone), Same(Ssn4)],
    &[Same(Given), Same(Phone), Same(Itin4)],
    &[Same(Given), Same(Email), Same(Ssn4)],
    &[Same(Given), Same(Email), Same(Itin4)],
    &[Same(Phone), Same(PlanId)],
    &[Same(Phone), Same(LegalId)],
    &[Same(Email), Same(PlanId)],
    &[Same(Email), Same(LegalId)],
    &[Same(LegalId), Same(PlanId)],
    &[Same(CredentialId)],
    &[Same(EnterpriseId)],
];

/// Shortest value that may be fuzzy, characters.
const SHORTEST_FUZZY: u32 = 5;

/// The first combination that two people fit, 1 to 27.
pub fn combination(values: &impl Values, a: &Person, b: &Person) -> Option<u8> {
    if a.generation != 0 && b.generation != 0 && a.generation != b.generation {
        return None;
    }
    // Each of them needs one of these; almost no pair of a register has any.
    let same = |field: Text| a.get(field) != 0 && a.get(field) == b.get(field);
    if a.birth != b.birth && ![Phone, Email, LegalId, CredentialId, EnterpriseId].into_iter().any(same) {
        return None;
    }
    COMBINATIONS.iter().position(|parts| fits(values, a, b, parts)).map(|n| n as u8 + 1)
}

/// The first combination that two normalised people fit, without tables.
pub fn combination_of(a: &NormalPerson, b: &NormalPerson) -> Option<u8> {
    let mut tables = Tables::default();
    let (a, b) = (tables.intern(a), tables.intern(b));
    combination(&tables, &a, &b)
}

fn fits(values: &impl Values, a: &Person, b: &Person, parts: &[Part]) -> bool {
    let mut fuzzy = 0;
    for part in parts {
        let apart = match part {
            BirthDate => u32::from(a.birth != b.birth || !a.birth_date().is_whole()) * 2,
            Same(field) => apart(values, *field, a, b, false),
            Fuzzy(field) => apart(values, *field, a, b, true),
            FuzzyStreet => {
                apart(values, Text::StreetNumber, a, b, false).max(apart(values, Text::Street, a, b, true))
            }
        };
        match apart {
            0 => {}
            1 if fuzzy == 0 => fuzzy = 1,
            _ => return false,
        }
    }
    true
}

/// 0 the same, 1 one edit apart (where allowed), 2 different or unknown.
fn apart(values: &impl Values, field: Text, a: &Person, b: &Person, may_be_fuzzy: bool) -> u32 {
    let (x, y) = (a.get(field), b.get(field));
    if x == 0 || y == 0 {
        return 2;
    }
    if x == y {
        return 0;
    }
    // A previous name is a family name of the person.
    if field == Surname
        && [a.get(Surname), a.get(Text::OtherSurname)]
            .iter()
            .any(|n| *n != 0 && (*n == y || *n == b.get(Text::OtherSurname)))
    {
        return 0;
    }
    if !may_be_fuzzy {
        return 2;
    }
    let (p, q) = (values.shaped(field, x), values.shaped(field, y));
    if p.shape.length().min(q.shape.length()) < SHORTEST_FUZZY {
        return 2;
    }
    distance(p, q, 1)
}

#[cfg(test)]
mod tests {
    use super::super::birth_date::BirthDate as Date;
    use super::super::person::PersonFields;
    use super::*;

    /// Only the fields of a combination, with values that are long enough to be fuzzy.
    fn person(parts: &[Part]) -> PersonFields {
        let mut person = PersonFields::default();
        for part in parts {
            match part {
                Part::BirthDate => person.birth_date = Date::new(1987, 3, 2),
                FuzzyStreet => (person.street_number, person.street) = ("12".into(), "harbour street".into()),
                Same(field) | Fuzzy(field) => *field_of(&mut person, *field) = value(*field).into(),
            }
        }
        person
    }

    fn value(field: Text) -> &'static str {
        match field {
            Given => "Jonathan",
            Surname => "Hathaway",
            Phone => "2025550143",
            Email => "j.hathaway@example.org",
            Ssn4 => "4399",
            Itin4 => "7011",
            PlanId => "1EG4TE5MK73",
            LegalId => "D1234567",
            CredentialId => "018f7c3e-0000-7000-8000-00000000000a",
            EnterpriseId => "E-100200",
            _ => unreachable!(),
        }
    }

    fn field_of(person: &mut PersonFields, field: Text) -> &mut String {
        match field {
            Given => &mut person.given_name,
            Surname => &mut person.surname,
            Phone => &mut person.phone,
            Email => &mut person.email,
            Ssn4 => &mut person.ssn_last4,
            Itin4 => &mut person.itin_last4,
            PlanId => &mut person.plan_id,
            LegalId => &mut person.legal_id,
            CredentialId => &mut person.credential_id,
            EnterpriseId => &mut person.enterprise_id,
            _ => unreachable!(),
        }
    }

    /// The same person with one edit in (or without) the part.
    fn changed(person: &PersonFields, part: Part, erase: bool) -> PersonFields {
        let mut other = person.clone();
        let text = match part {
            Part::BirthDate => {
                other.birth_date = if erase { Date::default() } else { Date::new(1987, 3, 3) };
                return other;
            }
            FuzzyStreet => &mut other.street,
            Same(field) | Fuzzy(field) => field_of(&mut other, field),
        };
        if erase {
            text.clear();
        } else {
            // The third character: an edit that normalisation keeps, in a telephone's last nine digits too.
            let kept: String = text
                .chars()
                .enumerate()
                .map(|(n, c)| if n == 2 { if c == '7' { '8' } else { '7' } } else { c })
                .collect();
            *text = kept;
        }
        other
    }

    fn found(a: &PersonFields, b: &PersonFields) -> Option<u8> {
        let there = combination_of(&a.normalised(), &b.normalised());
        assert_eq!(there, combination_of(&b.normalised(), &a.normalised()), "symmetric");
        there
    }

    #[test]
    fn each_of_the_27_fits_with_its_fields_and_with_no_part_missing() {
        for (n, parts) in COMBINATIONS.iter().enumerate() {
            let number = n as u8 + 1;
            let a = person(parts);
            let fit = found(&a, &a).unwrap_or_else(|| panic!("combination {number} does not fit"));
            // Combinations 5 and 7 ask for no more than 4 and 6 do, when nothing is fuzzy.
            assert!(
                fit == number || (number, fit) == (5, 4) || (number, fit) == (7, 6),
                "{number} gave {fit}"
            );
            for part in *parts {
                let without = changed(&a, *part, true);
                // 11 and 12 are 2 and 3 without the family name.
                let rest = match (number, part) {
                    (2, Fuzzy(Surname)) => Some(11),
                    (3, Fuzzy(Surname)) => Some(12),
                    _ => None,
                };
                assert_eq!(found(&a, &without), rest, "combination {number} without {part:?}");
            }
        }
    }

    #[test]
    fn in_each_of_the_27_only_the_marked_fields_may_be_fuzzy_and_only_one() {
        for (n, parts) in COMBINATIONS.iter().enumerate() {
            let (number, a) = (n as u8 + 1, person(parts));
            let fuzzy: Vec<Part> =
                parts.iter().copied().filter(|p| matches!(p, Fuzzy(_) | FuzzyStreet)).collect();
            for part in *parts {
                let other = changed(&a, *part, false);
                let fit = fuzzy.contains(part);
                // 4 and 5 (6 and 7) are mirror images: what one forbids the other allows.
                let mirrored = matches!((number, part), (4 | 6, Same(Surname)) | (5 | 7, Same(Given)));
                assert_eq!(
                    found(&a, &other).is_some(),
                    fit || mirrored,
                    "combination {number}, {part:?} one edit apart"
                );
            }
            if let [first, second, ..] = fuzzy.as_slice() {
                let other = changed(&changed(&a, *first, false), *second, false);
                assert_eq!(found(&a, &other), None, "combination {number} with two fuzzy fields");
            }
        }
    }

    #[test]
    fn sex_is_no_factor_and_generations_block() {
        let mut a = person(COMBINATIONS[8]);
        let mut b = a.clone();
        (a.sex, b.sex) = ("female".into(), "male".into());
        assert_eq!(found(&a, &b), Some(9));
        (a.suffix, b.suffix) = ("Jr".into(), "Sr".into());
        assert_eq!(found(&a, &b), None);
        b.suffix.clear();
        assert_eq!(found(&a, &b), Some(9), "one suffix alone is no conflict");
    }

    #[test]
    fn short_values_are_never_fuzzy() {
        let mut a = person(COMBINATIONS[2]);
        let mut b = a.clone();
        (a.surname, b.surname) = ("Ng".into(), "Ngo".into());
        (a.given_name, b.given_name) = ("Anna".into(), "Anne".into());
        assert_eq!(found(&a, &b), None);
        b.given_name = "Anna".into();
        assert_eq!(found(&a, &b), Some(12), "the surname is not asked there");
    }

    #[test]
    fn a_previous_name_is_the_persons_name() {
        let mut a = person(COMBINATIONS[12]);
        let mut b = a.clone();
        b.surname = "Lindqvist".into();
        assert_eq!(found(&a, &b), None);
        b.other_surnames = vec!["Hathaway".into()];
        assert_eq!(found(&a, &b), Some(13));
        a.surname = "Berg".into();
        assert_eq!(found(&a, &b), None);
    }
}
