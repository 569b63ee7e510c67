//! The index as bytes, for a snapshot that loads faster than the register is read.
//!
//! Little-endian: a magic number with the version, then parts, each with its length. Whoever keeps the bytes encrypts and
//! authenticates them; what is read here is still checked, so that a wrong file gives an error and not a wrong index.

use rayon::prelude::*;
use thiserror::Error;

use super::index::{MatchIndex, NOBODY};
use super::interned::{SavedTexts, TextTable};
use super::model::{MatchModel, ModelError};
use super::people::{Person, Tables};
use super::person::Text;

const MAGIC: &[u8; 8] = b"RCMATCH1";

/// Bytes that are no index of this version.
#[derive(Debug, Error)]
pub enum IndexError {
    /// Another kind of file, or another version.
    #[error("this is no match index of this version")]
    OtherKind,
    /// It ends too early, or its parts do not fit together.
    #[error("the match index is damaged")]
    Damaged,
    /// Its model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl MatchIndex {
    /// As bytes. Patients who were taken out are not among them; their texts may be until the index is built anew.
    pub fn to_bytes(&self) -> Vec<u8> {
        let live: Vec<usize> = (0..self.people.len()).filter(|n| self.patients[*n] != NOBODY).collect();
        let mut out = MAGIC.to_vec();
        let mut part = |bytes: &[u8]| {
            out.extend((bytes.len() as u64).to_le_bytes());
            out.extend(bytes);
        };
        part(self.model().to_json().as_bytes());
        for texts in self.tables.all_texts() {
            let saved = texts.saved();
            part(saved.arena.as_bytes());
            part(&saved.lengths);
            let has_sounds = saved.sounds.iter().any(|s| *s != 0);
            part(&numbers(saved.sounds.iter().copied().filter(|_| has_sounds)));
        }
        part(&live.iter().flat_map(|n| self.patients[*n]).collect::<Vec<u8>>());
        for field in Text::ALL {
            // A field that nobody has takes no room.
            let has_any = live.iter().any(|n| self.people[*n].get(field) != 0);
            part(&numbers(live.iter().filter(|_| has_any).map(|n| self.people[*n].get(field))));
        }
        part(&numbers(live.iter().map(|n| self.people[*n].birth)));
        part(
            &live.iter().flat_map(|n| [self.people[*n].sex, self.people[*n].generation]).collect::<Vec<u8>>(),
        );
        out
    }

    /// From bytes.
    ///
    /// # Errors
    /// Another version, or damage.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IndexError> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(IndexError::OtherKind)?;
        let mut part = || -> Result<&[u8], IndexError> {
            let (length, after) = rest.split_first_chunk::<8>().ok_or(IndexError::Damaged)?;
            let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| IndexError::Damaged)?;
            let (own, after) = after.split_at_checked(length).ok_or(IndexError::Damaged)?;
            rest = after;
            Ok(own)
        };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| IndexError::Damaged);
        let model = MatchModel::from_json(&text(part()?)?)?;
        let mut saved = Vec::with_capacity(Text::COUNT);
        for _ in 0..Text::COUNT {
            let (arena, lengths) = (text(part()?)?, part()?.to_vec());
            let sounds = read_numbers(part()?, lengths.len())?;
            saved.push(SavedTexts { arena, lengths, sounds });
        }
        let tables: Option<Vec<TextTable>> = saved.into_par_iter().map(TextTable::restored).collect();
        let mut index = Self::new(model);
        index.tables = tables.and_then(Tables::from_texts).ok_or(IndexError::Damaged)?;
        index.patients = part()?.as_chunks::<16>().0.to_vec();
        let n = index.patients.len();
        index.people = vec![Person::default(); n];
        for field in Text::ALL {
            let most = index.tables.texts(field).len() as u32;
            for (person, number) in index.people.iter_mut().zip(read_numbers(part()?, n)?) {
                if number >= most {
                    return Err(IndexError::Damaged);
                }
                person.text[field as usize] = number;
            }
        }
        for (person, birth) in index.people.iter_mut().zip(read_numbers(part()?, n)?) {
            person.birth = birth;
        }
        let letters = part()?;
        if letters.len() != n * 2 {
            return Err(IndexError::Damaged);
        }
        for (person, two) in index.people.iter_mut().zip(letters.as_chunks::<2>().0) {
            [person.sex, person.generation] = *two;
        }
        index.finish();
        Ok(index)
    }
}

fn numbers(values: impl Iterator<Item = u32>) -> Vec<u8> {
    values.flat_map(u32::to_le_bytes).collect()
}

/// `n` numbers; none at all stand for `n` zeros.
fn read_numbers(bytes: &[u8], n: usize) -> Result<Vec<u32>, IndexError> {
    if bytes.is_empty() {
        return Ok(vec![0; n]);
    }
    let (own, rest) = bytes.as_chunks::<4>();
    if own.len() != n || !rest.is_empty() {
        return Err(IndexError::Damaged);
    }
    Ok(own.iter().map(|b| u32::from_le_bytes(*b)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::PersonFields;
    use super::super::birth_date::BirthDate;
    use super::super::index::Grade;
    use super::*;

    fn person(n: u32) -> PersonFields {
        let names = ["ann", "bo", "carla", "dieter", "emeka", "fatima", "goran"];
        let surnames = [
            "okafor",
            "lindqvist",
            "hathaway",
            "nguyen",
            "zwickl",
            "garcia",
            "ivanova",
            "smith",
            "brown",
            "osei",
            "tanaka",
        ];
        PersonFields {
            given_name: format!("{}{}", names[n as usize % 7], n / 77),
            surname: surnames[n as usize % 11].into(),
            birth_date: BirthDate::new(1940 + (n * 7 % 70) as u16, 1 + (n % 12) as u8, 1 + (n % 28) as u8),
            phone: format!("+1202555{:04}", n),
            postcode: format!("{:05}", n * 13 % 900),
            ..Default::default()
        }
    }

    fn key(n: u32) -> [u8; 16] {
        u128::from(n + 1).to_be_bytes()
    }

    fn index() -> MatchIndex {
        MatchIndex::build((0..500).map(|n| (key(n), person(n))), MatchModel::published())
    }

    #[test]
    fn somebody_is_found_with_reasons_that_add_up() {
        let index = index();
        let mut typed = person(123);
        typed.given_name.push('x');
        let found = index.find(&typed, None, 5);
        let best = &found.candidates[0];
        assert_eq!((best.patient, best.grade), (key(123), Grade::Probable), "given name changed");
        let exact = index.find(&person(123), None, 5);
        assert_eq!((exact.candidates[0].grade, exact.candidates[0].combination), (Grade::Certain, Some(2)));
        let sum: f64 = best.reasons.iter().map(|r| r.weight).sum();
        assert!((sum - best.weight).abs() < 1e-9, "{sum} is not {}", best.weight);
        assert!(index.find(&typed, Some(key(123)), 5).candidates.iter().all(|c| c.patient != key(123)));
        assert!(
            index.find(&PersonFields::default(), None, 5).candidates.is_empty(),
            "nothing typed, nobody meant"
        );
    }

    #[test]
    fn two_certain_candidates_are_ambiguous() {
        let mut index = index();
        assert!(!index.find(&person(9), None, 5).ambiguous);
        index.put(key(900), &person(9));
        let found = index.find(&person(9), None, 5);
        assert!(found.ambiguous);
        assert_eq!(found.candidates.iter().filter(|c| c.grade == Grade::Certain).count(), 2);
    }

    #[test]
    fn changes_are_seen_at_once_and_give_what_building_gives() {
        let mut index = index();
        for n in 0..500 {
            index.put(key(n), &person(n + 1000));
        }
        assert!(index.remove(key(7)) && !index.remove(key(7)));
        assert_eq!(index.len(), 499);
        let built = MatchIndex::build(
            (0..500).filter(|n| *n != 7).map(|n| (key(n), person(n + 1000))),
            MatchModel::published(),
        );
        for n in [0, 7, 44, 499] {
            assert_eq!(index.find(&person(n + 1000), None, 9), built.find(&person(n + 1000), None, 9));
            assert!(index.find(&person(n), None, 9).candidates.iter().all(|c| c.grade != Grade::Certain));
        }
    }

    #[test]
    fn saved_and_loaded_it_answers_the_same() {
        let mut index = index();
        index.remove(key(3));
        let bytes = index.to_bytes();
        let back = MatchIndex::from_bytes(&bytes).unwrap();
        assert_eq!(back.len(), 499);
        for n in 0..50 {
            assert_eq!(index.find(&person(n * 9), None, 9), back.find(&person(n * 9), None, 9));
        }
        assert!(matches!(MatchIndex::from_bytes(b"RCMATCH9"), Err(IndexError::OtherKind)));
        for cut in [8, 20, bytes.len() / 2, bytes.len() - 1] {
            assert!(MatchIndex::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }
}
