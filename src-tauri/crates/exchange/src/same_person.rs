//! Whether two descriptions are of one person. A number alone never says so: numbers are mistyped, given twice and shared by
//! families, and what is written under the wrong one is another person's chart.

use rusqlite::Connection;
use rustcare_model::birth::Birth;
use rustcare_model::name::{PersonName, folded};
use rustcare_model::patient::{Demographics, ForeignIdentifier, Sex};
use rustcare_vault::VaultResult;
use rustcare_vault::table::patient_merge;

/// What two descriptions say to each other; `None` where one of them is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreement {
    pub family: Option<bool>,
    pub given: Option<bool>,
    /// Whether the first given names are the same word, not one a part or an initial of the other.
    pub is_first_name_equal: bool,
    pub birth: Option<Birthdays>,
    pub sex: Option<bool>,
}

/// How two dates of birth compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Birthdays {
    Same,
    /// One slip of the pen apart.
    Nearly,
    Different,
}

/// What follows from an agreement, where a number agrees too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// One person.
    Same,
    /// Too little is said.
    NotSaid,
    /// It may be somebody else: a person looks.
    Different,
}

impl Agreement {
    pub fn of(a: &Demographics, b: &Demographics) -> Self {
        let sex = |d: &Demographics| (d.sex != Sex::Unknown).then_some(d.sex);
        Self {
            family: family(&a.name).zip(family(&b.name)).map(|(a, b)| a == b),
            given: given(&a.name, &b.name),
            is_first_name_equal: given_words(&a.name).first() == given_words(&b.name).first(),
            birth: birthdays(&a.birth, &b.birth),
            sex: sex(a).zip(sex(b)).map(|(a, b)| a == b),
        }
    }

    /// Beside a number that is the person's own. The family name and the date of birth say who somebody is; where only one of
    /// them agrees (a marriage, a corrected date, a message that says less), something more must: brothers and sisters share
    /// the one, twins and strangers the other.
    ///
    /// Another given name is another person, whatever else agrees: twins share all but that.
    pub fn beside_a_number(self) -> Verdict {
        let names = (self.family, self.given);
        let other_sex = self.sex == Some(false);
        match (self.birth, names) {
            (_, (_, Some(false))) => Verdict::Different,
            // María and José María of one day are twins.
            (_, (_, Some(true))) if other_sex && !self.is_first_name_equal => Verdict::Different,
            (Some(Birthdays::Same), (_, Some(true))) => Verdict::Same,
            (Some(Birthdays::Same), (family, None)) => match (self.sex, family) {
                (Some(true), _) | (None, Some(true)) => Verdict::Same,
                (Some(false), _) | (_, Some(_)) => Verdict::Different,
                (None, None) => Verdict::NotSaid,
            },
            (Some(Birthdays::Nearly), (Some(true), Some(true))) => Verdict::Same,
            (None, (Some(true), Some(true))) if !other_sex => Verdict::Same,
            (None, (Some(true), None)) if self.sex == Some(true) => Verdict::Same,
            (None, _) if other_sex => Verdict::Different,
            (None, (Some(true) | None, None)) => Verdict::NotSaid,
            (None, (None, Some(true))) => Verdict::NotSaid,
            _ => Verdict::Different,
        }
    }

    /// How many of the four contradict; a slip of the pen in the date is none.
    pub fn contradictions(self) -> usize {
        let other = [self.family, self.given, self.sex].iter().filter(|said| **said == Some(false)).count();
        other + usize::from(self.birth == Some(Birthdays::Different))
    }

    /// Whether all four are said and agree.
    pub fn is_full(self) -> bool {
        (self.family, self.given, self.birth, self.sex)
            == (Some(true), Some(true), Some(Birthdays::Same), Some(true))
    }
}

fn family(name: &PersonName) -> Option<String> {
    name.family.as_deref().map(folded).filter(|f| !f.is_empty())
}

/// Given names agree when one of them says no more than the other: `Ana`, `A.`, `Ana María`. What stands for a newborn's name
/// says nothing beside a name; two of them (`Baby A`, `Baby B`) are compared as names are.
fn given(a: &PersonName, b: &PersonName) -> Option<bool> {
    let (a, b) = (given_words(a), given_words(b));
    let (first, second) = (a.first()?, b.first()?);
    let are_names = !stands_for_a_name(&a) && !stands_for_a_name(&b);
    if stands_for_a_name(&a) != stands_for_a_name(&b) {
        return None;
    }
    let initial = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    let within = |few: &[String], many: &[String]| few.iter().all(|word| many.contains(word));
    Some(
        (first == second && are_names)
            || initial(first, second)
            || initial(second, first)
            || within(&a, &b)
            || within(&b, &a),
    )
}

/// The words of given and middle names, folded.
pub(crate) fn given_words(name: &PersonName) -> Vec<String> {
    let all = [name.given.as_deref(), name.middle.as_deref()].into_iter().flatten();
    all.flat_map(|part| folded(part).split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Whether words are what hospitals write while a newborn has no name: `Baby`, `Babygirl A`, `Judysboy` (the Joint Commission's
/// NPSG.01.01.01 asks for the mother's name in it), `RN` (recién nacido).
pub(crate) fn stands_for_a_name(words: &[String]) -> bool {
    const WORDS: [&str; 17] = [
        "baby", "babe", "boy", "girl", "infant", "newborn", "male", "female", "twin", "nb", "bb", "bg",
        "bebe", "nacido", "nacida", "rn", "neonato",
    ];
    let is_one = |word: &String| {
        let word = word.strip_suffix(['a', 'b', 'c', 'd', '1', '2', '3', '4']).unwrap_or(word);
        WORDS.contains(&word) || word.ends_with("boy") || word.ends_with("girl")
    };
    let is_beside_it =
        |word: &String| word.chars().count() == 1 || ["of", "de", "recien"].contains(&word.as_str());
    words.iter().any(|word| is_one(word) || WORDS.contains(&word.as_str()))
        && words.iter().all(|word| is_one(word) || WORDS.contains(&word.as_str()) || is_beside_it(word))
}

/// Years by which an estimated age may be wrong: beyond that it is another person's.
const ESTIMATE_YEARS: i16 = 20;

/// Whether a date is what registers write where they do not know it: the first of January 1900.
pub(crate) fn is_placeholder(birth: &Birth) -> bool {
    matches!(birth, Birth::Known { date } if date.date() == jiff::civil::date(1900, 1, 1))
}

/// How two dates of birth compare. Only whole days say that two people were born on the same one: a year that many share, an
/// estimate and a placeholder are silent, as long as they do not contradict.
pub(crate) fn birthdays(a: &Birth, b: &Birth) -> Option<Birthdays> {
    let written = |birth: &Birth| match birth {
        Birth::Known { .. } if is_placeholder(birth) => None,
        Birth::Known { date } => Some(date.date().to_string()),
        Birth::Partial { written } => Some(written.as_written().chars().take(10).collect()),
        Birth::Estimated { .. } | Birth::NotRecorded => None,
    };
    if let (Birth::Estimated { .. }, other) | (other, Birth::Estimated { .. }) = (a, b) {
        let estimate = if matches!(a, Birth::Estimated { .. }) { a } else { b };
        // The placeholder is no year either.
        written(other).filter(|_| !matches!(other, Birth::Estimated { .. }))?;
        let years = estimate.reference_day()?.year() - other.reference_day()?.year();
        return (years.abs() > ESTIMATE_YEARS).then_some(Birthdays::Different);
    }
    let (a, b) = (written(a)?, written(b)?);
    let shorter = a.len().min(b.len());
    match (a.get(..shorter) == b.get(..shorter), shorter) {
        (true, 10) => Some(Birthdays::Same),
        (true, _) => None,
        (false, _) if is_slip(&a, &b) => Some(Birthdays::Nearly),
        (false, _) => Some(Birthdays::Different),
    }
}

/// Whether two written dates are one slip apart: at most two digits, day and month in each other's place, or the century.
fn is_slip(a: &str, b: &str) -> bool {
    if a.len() != 10 || b.len() != 10 {
        return false;
    }
    let wrong = a.bytes().zip(b.bytes()).filter(|(a, b)| a != b).count();
    wrong <= 2 || (a[..4] == b[..4] && a[5..7] == b[8..] && a[8..] == b[5..7])
}

/// Whether two descriptions have the same family name and date of birth, and at least one of the two is said: nobody is
/// recognised by a number together with two silences.
pub(crate) fn agree(a: &Demographics, b: &Demographics) -> bool {
    let (name_a, name_b) = (family(&a.name), family(&b.name));
    let (birth_a, birth_b) = (a.birth.reference_day(), b.birth.reference_day());
    name_a == name_b && birth_a == birth_b && (name_a.is_some() || birth_a.is_some())
}

/// Whether neither says who it is about.
pub(crate) fn are_silent(a: &Demographics, b: &Demographics) -> bool {
    [a, b].iter().all(|d| family(&d.name).is_none() && d.birth.reference_day().is_none())
}

/// HL7 table 0203: numbers that a family, a stay or an employer shares (accounts, guarantors, subscribers and members of
/// insurances, visits, a sponsor's military number, bank cards). They are kept, but nobody is recognised by them.
const SHARED: [&str; 26] = [
    "AM", "AN", "ANC", "AND", "ANT", "BA", "BC", "DI", "DS", "EN", "FI", "GI", "GN", "INS", "MA", "MB", "MC",
    "MCD", "MCN", "MCR", "MI", "NE", "PNT", "SN", "VN", "WC",
];

/// Whether numbers of a kind (HL7 table 0203) are not one person's alone.
pub(crate) fn is_shared(kind: &str) -> bool {
    SHARED.iter().any(|shared| shared.eq_ignore_ascii_case(kind))
}

/// Whether a patient can be recognised by an identifier: it is one person's alone, and valid.
pub(crate) fn is_own(identifier: &ForeignIdentifier, today: jiff::civil::Date) -> bool {
    !is_shared(&identifier.kind) && !has_ended(identifier, today)
}

/// Whether the validity of an identifier has ended. Only a part of a date is over when the whole one can be nothing else: 2025 is
/// over in 2026, 2026 is not.
pub(crate) fn has_ended(identifier: &ForeignIdentifier, today: jiff::civil::Date) -> bool {
    let today = today.to_string();
    identifier.period_end.as_deref().is_some_and(|end| {
        let end = end.get(..10).unwrap_or(end);
        end < today.get(..end.len()).unwrap_or(&today)
    })
}

/// The record that a number of `survivor` came from: of those that were merged into it, the one that had it first. What still
/// comes under that number is told under the merge, and goes back with it.
pub(crate) fn record_with(
    connection: &Connection,
    survivor: i64,
    authority: &str,
    value: &str,
) -> VaultResult<i64> {
    patient_merge::record_naming(connection, survivor, Some(authority), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(family: &str, given: &str, birth: &str, sex: &str) -> Demographics {
        let json = format!(
            r#"{{"resourceType":"Patient","name":[{{"family":"{family}","given":["{given}"]}}],"birthDate":"{birth}","gender":"{sex}"}}"#
        );
        let json = json.replace(r#","birthDate":"""#, "");
        crate::fhir::patient::read(&json, "US", jiff::civil::date(2026, 11, 27)).unwrap().demographics
    }

    #[test]
    fn small_corrections_are_the_same_person_and_relatives_are_not() {
        let known = person("Núñez", "Inés María", "1985-04-12", "female");
        for (other, verdict) in [
            (person("Nunez", "Ines", "1985-04-12", "female"), Verdict::Same),
            (person("Vidal", "Inés", "1985-04-12", "female"), Verdict::Same),
            (person("Núñez", "I", "1985-12-04", ""), Verdict::Same),
            (person("Núñez", "Inés", "1985-04-21", "female"), Verdict::Same),
            (person("Núñez", "Inés", "1985", ""), Verdict::Same),
            (person("Núñez", "Inés", "", ""), Verdict::Same),
            (person("Núñez", "", "1985-04-12", ""), Verdict::Same),
            (person("", "", "1985-04-12", "female"), Verdict::Same),
            (person("Núñez", "Bebé", "1985-04-12", "female"), Verdict::Same),
            (person("Núñez", "Baby Girl A", "1985-04-12", "female"), Verdict::Same),
            (person("Núñez", "Judysgirl", "1985-04-12", ""), Verdict::Same),
            (person("Núñez", "Inés", "1900-01-01", "female"), Verdict::Same),
            // A twin, also one who has no name yet.
            (person("Núñez", "Eva", "1985-04-12", "female"), Verdict::Different),
            (person("Núñez", "Babyboy", "1985-04-12", "male"), Verdict::Different),
            // A twin brother whose name holds hers, or begins as hers; a sex that was entered wrongly.
            (person("Núñez", "José Inés", "1985-04-12", "male"), Verdict::Different),
            (person("Núñez", "I", "1985-04-12", "male"), Verdict::Different),
            (person("Núñez", "Inés", "1985-04-12", "male"), Verdict::Same),
            (person("Núñez", "Eva", "1985", "female"), Verdict::Different),
            (person("Núñez", "", "1985", "male"), Verdict::Different),
            (person("Núñez", "Inés", "1958", "female"), Verdict::Different),
            // A sister, a mother of the same name, a stranger of the same day.
            (person("Núñez", "Ana", "1988-11-02", "female"), Verdict::Different),
            (person("Núñez", "Inés", "1958-01-30", "female"), Verdict::Different),
            (person("Núñez", "Ana", "", "female"), Verdict::Different),
            (person("Berg", "Tom", "1985-04-12", "male"), Verdict::Different),
            (person("Berg", "Eva", "1985-04-12", "female"), Verdict::Different),
            (person("Berg", "Inés", "", "female"), Verdict::Different),
            (person("", "", "", "female"), Verdict::NotSaid),
            (person("", "", "1985-04-12", ""), Verdict::NotSaid),
            (person("Núñez", "", "", ""), Verdict::NotSaid),
        ] {
            assert_eq!(Agreement::of(&known, &other).beside_a_number(), verdict, "{other:?}");
        }
    }

    #[test]
    fn a_date_that_many_share_is_no_agreement() {
        let of = |a: &Demographics, b: &Demographics| Agreement::of(a, b).beside_a_number();
        for day in ["1900-01-01", "1985"] {
            let (a, b) = (person("Berg", "", day, ""), person("Ruiz", "Ana", day, ""));
            assert_eq!(Agreement::of(&a, &b).birth, None, "{day}");
            assert_eq!(
                of(&person("", "", day, "female"), &person("", "", day, "female")),
                Verdict::NotSaid,
                "{day}"
            );
        }
        let estimated = |age_years| {
            let mut of = person("Ruiz", "Ana", "", "female");
            of.birth = Birth::Estimated { age_years, on: jiff::civil::date(2026, 11, 27) };
            of
        };
        assert_eq!(Agreement::of(&estimated(40), &estimated(40)).birth, None);
        assert_eq!(Agreement::of(&estimated(40), &person("Ruiz", "Ana", "1979-02-03", "")).birth, None);
        assert_eq!(Agreement::of(&estimated(40), &person("Ruiz", "Ana", "1900-01-01", "")).birth, None);
        let child = person("Ruiz", "Ana", "2019-02-03", "");
        assert_eq!(Agreement::of(&child, &estimated(40)).birth, Some(Birthdays::Different));
        let twins = (
            person("Ruiz", "Baby A", "2026-11-20", "female"),
            person("Ruiz", "Baby B", "2026-11-20", "female"),
        );
        assert_eq!(of(&twins.0, &twins.1), Verdict::Different);
    }

    #[test]
    fn a_part_of_a_date_is_over_when_all_of_it_is() {
        let today = jiff::civil::date(2026, 11, 27);
        for (end, over) in [
            ("2025", true),
            ("2026", false),
            ("2026-10", true),
            ("2026-11", false),
            ("2026-11-26", true),
            ("2026-11-27", false),
            ("2026-11-26T23:00:00+01:00", true),
            ("2027", false),
        ] {
            let number = |kind: &str| ForeignIdentifier {
                kind: kind.into(),
                authority: "urn:h".into(),
                value: "7".into(),
                period_start: None,
                period_end: Some(end.into()),
            };
            assert_eq!(has_ended(&number("MR"), today), over, "{end}");
            assert_eq!(is_own(&number("MR"), today), !over, "{end}");
            assert!(!is_own(&number("mb"), today));
        }
    }

    #[test]
    fn two_silences_are_no_agreement() {
        let nobody = person("", "", "", "female");
        assert!(!agree(&nobody, &nobody) && are_silent(&nobody, &nobody));
        assert!(agree(&person("Ruiz", "", "", ""), &person("Ruiz", "", "", "")));
        assert!(!agree(&person("Ruiz", "", "", ""), &person("", "", "", "")));
    }
}
