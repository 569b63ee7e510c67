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
            birth: birthdays(&a.birth, &b.birth),
            sex: sex(a).zip(sex(b)).map(|(a, b)| a == b),
        }
    }

    /// Beside a number that is the person's own. The family name and the date of birth say who somebody is; where only one of
    /// them agrees (a marriage, a corrected date, a message that says less), something more must: brothers and sisters share
    /// the one, twins and strangers the other.
    pub fn beside_a_number(self) -> Verdict {
        let names = (self.family, self.given);
        match (self.birth, names) {
            (Some(Birthdays::Same), (Some(true), _) | (_, Some(true))) => Verdict::Same,
            (Some(Birthdays::Same), (_, Some(false))) => Verdict::Different,
            (Some(Birthdays::Same), (family, None)) => match (self.sex, family) {
                (Some(true), _) => Verdict::Same,
                (_, Some(_)) => Verdict::Different,
                (_, None) => Verdict::NotSaid,
            },
            (Some(Birthdays::Nearly), (Some(true), Some(true))) => Verdict::Same,
            (None, (Some(true), Some(true))) => Verdict::Same,
            (None, (Some(true), None)) if self.sex == Some(true) => Verdict::Same,
            (None, (Some(true) | None, None)) => Verdict::NotSaid,
            (None, (None, Some(true))) => Verdict::NotSaid,
            _ => Verdict::Different,
        }
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

/// Given names agree when one of them says no more than the other: `Ana`, `A.`, `Ana María`.
fn given(a: &PersonName, b: &PersonName) -> Option<bool> {
    let words = |name: &PersonName| -> Vec<String> {
        let all = [name.given.as_deref(), name.middle.as_deref()].into_iter().flatten();
        all.flat_map(|part| folded(part).split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let (a, b) = (words(a), words(b));
    let (first, second) = (a.first()?, b.first()?);
    let initial = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    let within = |few: &[String], many: &[String]| few.iter().all(|word| many.contains(word));
    Some(
        first == second
            || initial(first, second)
            || initial(second, first)
            || within(&a, &b)
            || within(&b, &a),
    )
}

fn birthdays(a: &Birth, b: &Birth) -> Option<Birthdays> {
    let written = |birth: &Birth| match birth {
        Birth::Known { date } => Some(date.date().to_string()),
        Birth::Partial { written } => Some(written.as_written().chars().take(10).collect()),
        Birth::Estimated { .. } | Birth::NotRecorded => None,
    };
    if a == b && !matches!(a, Birth::NotRecorded) {
        return Some(Birthdays::Same);
    }
    let (a, b) = (written(a)?, written(b)?);
    // What registers write where they do not know it.
    if [&a, &b].into_iter().any(|day| day == "1900-01-01") && a != b {
        return None;
    }
    let shorter = a.len().min(b.len());
    if a.get(..shorter) == b.get(..shorter) {
        return Some(Birthdays::Same);
    }
    Some(if is_slip(&a, &b) { Birthdays::Nearly } else { Birthdays::Different })
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

/// Whether the validity of an identifier has ended.
pub(crate) fn has_ended(identifier: &ForeignIdentifier, today: jiff::civil::Date) -> bool {
    // A partial date compares as text with a whole one: 2025 is over in 2026.
    identifier
        .period_end
        .as_deref()
        .is_some_and(|end| end.get(..10).unwrap_or(end) < today.to_string().as_str())
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
            (person("Núñez", "Inés", "1900-01-01", "female"), Verdict::Same),
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
    fn two_silences_are_no_agreement() {
        let nobody = person("", "", "", "female");
        assert!(!agree(&nobody, &nobody) && are_silent(&nobody, &nobody));
        assert!(agree(&person("Ruiz", "", "", ""), &person("Ruiz", "", "", "")));
        assert!(!agree(&person("Ruiz", "", "", ""), &person("", "", "", "")));
    }
}
