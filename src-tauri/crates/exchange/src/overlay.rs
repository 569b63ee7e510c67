//! What a source says now, over what is known: part by part, and never something less precise over something more precise that
//! it agrees with. A message that knows a year or an initial is no correction of a day or a name.

use rustcare_model::birth::Birth;
use rustcare_model::name::{PersonName, folded};
use rustcare_model::patient::{Address, ContactPerson, ForeignIdentifier};

use crate::same_person::{self, birthdays};

/// The birth that stands.
pub(crate) fn birth(known: &Birth, said: &Birth) -> Birth {
    if birthdays(known, said).is_none() && precision(known) > precision(said) {
        return known.clone();
    }
    said.clone()
}

/// How many characters of `1987-03-02` are known, an estimate and what stands for no date less than a year.
fn precision(birth: &Birth) -> usize {
    match birth {
        Birth::Known { .. } if same_person::is_placeholder(birth) => 1,
        Birth::Known { .. } => 10,
        Birth::Partial { written } => written.as_written().len().min(10),
        Birth::Estimated { .. } => 2,
        Birth::NotRecorded => 0,
    }
}

/// The name that stands.
pub(crate) fn name(known: &PersonName, said: &PersonName) -> PersonName {
    let (given, middle) = given(known, said);
    PersonName {
        given,
        middle,
        family: part(&known.family, &said.family),
        prefix: said.prefix.clone().or_else(|| known.prefix.clone()),
        suffix: said.suffix.clone().or_else(|| known.suffix.clone()),
        preferred: said.preferred.clone().or_else(|| known.preferred.clone()),
    }
}

/// Given and middle names: one system writes in one field what another has in two.
fn given(known: &PersonName, said: &PersonName) -> (Option<String>, Option<String>) {
    let both = |name: &PersonName| (name.given.clone(), name.middle.clone());
    let (old, new) = (same_person::given_words(known), same_person::given_words(said));
    let (is_old_a_name, is_new_a_name) =
        (!same_person::stands_for_a_name(&old), !same_person::stands_for_a_name(&new));
    if new.is_empty() || (says_less(&new, &old)) || (!old.is_empty() && is_old_a_name && !is_new_a_name) {
        return both(known);
    }
    // What stood for a newborn's name goes as a whole.
    if says_less(&old, &new) || (is_new_a_name && !is_old_a_name) {
        return both(said);
    }
    (part(&known.given, &said.given), part(&known.middle, &said.middle))
}

/// Whether words are fewer, or initials, of other words.
fn says_less(few: &[String], many: &[String]) -> bool {
    let is_within = |word: &String| {
        many.contains(word)
            || (word.chars().count() == 1 && many.iter().any(|m| m.starts_with(word.as_str())))
    };
    let length = |words: &[String]| words.iter().map(String::len).sum::<usize>();
    few.iter().all(is_within) && length(few) < length(many)
}

/// A part of a name: what is not said stays, and so does what begins with an initial that is.
fn part(known: &Option<String>, said: &Option<String>) -> Option<String> {
    let (Some(old), Some(new)) = (known, said) else { return said.clone().or_else(|| known.clone()) };
    let (o, n) = (folded(old), folded(new));
    let is_initial = n.chars().count() == 1 && o.chars().count() > 1 && o.starts_with(&n);
    Some(if is_initial { old.clone() } else { new.clone() })
}

/// The address that stands: another one as a whole, as two halves would be nobody's.
pub(crate) fn address(known: &Address, said: &Address) -> Address {
    let parts = |a: &Address| {
        [&a.line, &a.city, &a.state, &a.postal_code, &a.country].map(|part| part.as_deref().map(folded))
    };
    let says_nothing_else =
        parts(said).into_iter().zip(parts(known)).all(|(said, known)| said.is_none() || said == known);
    // Equal as a whole, the newer way to write it counts.
    if says_nothing_else && parts(said) != parts(known) { known.clone() } else { said.clone() }
}

/// The person to call that stands: of the same name what is not said stays, another one comes as a whole. A telephone without a
/// name is that person's where nobody else's is known, and no reason to forget whose it is.
pub(crate) fn contact(known: &ContactPerson, said: &ContactPerson) -> ContactPerson {
    let name = |c: &ContactPerson| c.name.as_deref().map(folded);
    if *said == ContactPerson::default() {
        return known.clone();
    }
    if name(said).is_none() && name(known).is_some() {
        let phone = known.phone.clone().or_else(|| said.phone.clone());
        return ContactPerson { phone, ..known.clone() };
    }
    if name(said) != name(known) {
        return said.clone();
    }
    ContactPerson {
        name: said.name.clone(),
        relationship: said.relationship.clone().or_else(|| known.relationship.clone()),
        phone: said.phone.clone().or_else(|| known.phone.clone()),
    }
}

/// A number that is known already: that it was taken out of use stays, until a source says otherwise.
pub(crate) fn identifier(known: &ForeignIdentifier, said: &ForeignIdentifier) -> ForeignIdentifier {
    ForeignIdentifier {
        kind: if said.kind.is_empty() { known.kind.clone() } else { said.kind.clone() },
        authority: said.authority.clone(),
        value: said.value.clone(),
        period_start: said.period_start.clone().or_else(|| known.period_start.clone()),
        period_end: said.period_end.clone().or_else(|| known.period_end.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(given: &str, middle: &str, family: &str) -> PersonName {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        PersonName { given: part(given), middle: part(middle), family: part(family), ..PersonName::default() }
    }

    #[test]
    fn a_name_is_laid_over_part_by_part() {
        for (known, said, stands) in [
            (("Inés", "María", "Núñez"), ("", "", "Vidal"), ("Inés", "María", "Vidal")),
            (("Inés", "María", "Núñez"), ("I", "", "N"), ("Inés", "María", "Núñez")),
            (("Inés", "María", "Núñez"), ("Inés", "M.", "Núñez"), ("Inés", "María", "Núñez")),
            (("Inés", "María", "Núñez"), ("Inés", "Sofía", "Núñez"), ("Inés", "Sofía", "Núñez")),
            (("Ines Maria", "", "Nunez"), ("Inés", "María", "Núñez"), ("Inés", "María", "Núñez")),
            (("Inés María", "", "Núñez"), ("Inés", "", ""), ("Inés María", "", "Núñez")),
            (("Inés", "", "Núñez"), ("I", "María", "Núñez"), ("Inés", "María", "Núñez")),
            (("Baby", "Girl", "Berg"), ("Mia", "", "Berg"), ("Mia", "", "Berg")),
            (("Mia", "", "Berg"), ("Babygirl", "", "Berg"), ("Mia", "", "Berg")),
            (("", "", "Berg"), ("Babygirl", "", "Berg"), ("Babygirl", "", "Berg")),
            (("Tom", "", ""), ("Tim", "", ""), ("Tim", "", "")),
        ] {
            let of = |(given, middle, family)| person(given, middle, family);
            assert_eq!(name(&of(known), &of(said)), of(stands), "{known:?} {said:?}");
        }
    }

    #[test]
    fn a_date_is_not_laid_over_by_less_of_it() {
        let read = |text: &str| {
            let json = format!(r#"{{"resourceType":"Patient","birthDate":"{text}"}}"#);
            crate::fhir::patient::read(&json, "US", jiff::civil::date(2026, 11, 27))
                .unwrap()
                .demographics
                .birth
        };
        let estimated = Birth::Estimated { age_years: 41, on: jiff::civil::date(2026, 11, 27) };
        for (known, said, stands) in [
            (read("1985-04-12"), read("1985"), read("1985-04-12")),
            (read("1985-04-12"), read("1900-01-01"), read("1985-04-12")),
            (read("1985-04-12"), estimated.clone(), read("1985-04-12")),
            (read("1985"), read("1985-04"), read("1985-04")),
            (read("1985-04"), read("1900-01-01"), read("1985-04")),
            (read("1900-01-01"), read("1985"), read("1985")),
            (estimated.clone(), read("1900-01-01"), estimated.clone()),
            (read("1900-01-01"), estimated.clone(), estimated.clone()),
            (read("1900-01-01"), Birth::NotRecorded, read("1900-01-01")),
            (estimated, read("1985"), read("1985")),
            (read("1985-04-12"), read("1985-04-21"), read("1985-04-21")),
            (read("1985-04-12"), Birth::NotRecorded, read("1985-04-12")),
            (Birth::NotRecorded, read("1900-01-01"), read("1900-01-01")),
            (read("1985-04-12"), read("1958"), read("1958")),
        ] {
            assert_eq!(birth(&known, &said), stands, "{known:?} {said:?}");
        }
    }

    #[test]
    fn whom_to_call_keeps_their_name() {
        let of = |name: &str, phone: &str| {
            let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            ContactPerson { name: part(name), relationship: None, phone: part(phone) }
        };
        for (known, said, stands) in [
            (("Luis", "1"), ("", "2"), ("Luis", "1")),
            (("Luis", ""), ("", "2"), ("Luis", "2")),
            (("", "1"), ("", "2"), ("", "2")),
            (("Luis", "1"), ("Luis", "2"), ("Luis", "2")),
            (("Luis", "1"), ("Eva", ""), ("Eva", "")),
            (("Luis", "1"), ("", ""), ("Luis", "1")),
        ] {
            let contact_of = |(name, phone)| of(name, phone);
            assert_eq!(
                contact(&contact_of(known), &contact_of(said)),
                contact_of(stands),
                "{known:?} {said:?}"
            );
        }
    }
}
