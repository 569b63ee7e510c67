//! The index as a whole: everybody compared with everybody, one patient's pairs, and why a pair has its weight.

use super::certain;
use super::compare::compare;
use super::index::{MatchIndex, NOBODY, PatientKey};
use super::people::People;
use super::scoring::{Reason, explain};
use super::weights::probability;

/// Two patients of the register who could be one person.
#[derive(Debug, Clone, PartialEq)]
pub struct AlikePatients {
    /// The one asked about, where one was.
    pub a: PatientKey,
    /// The other.
    pub b: PatientKey,
    /// Bits.
    pub weight: f64,
    /// 0 to 1, for a pair drawn from this register.
    pub probability: f64,
    /// Combination of the certain layer, 1 to 27.
    pub combination: Option<u8>,
}

impl MatchIndex {
    /// The register as people to be compared with each other, and who each of them is, by row.
    pub fn as_people(&self) -> (People, Vec<PatientKey>) {
        let mut people = People { tables: self.tables.clone(), ..People::default() };
        let mut keys = Vec::with_capacity(self.len());
        for (person, key) in self.people.iter().zip(&self.patients) {
            if *key == NOBODY {
                continue;
            }
            people.rows.push(keys.len() as u32);
            people.persons.push(*person);
            people.second.push(false);
            keys.push(*key);
        }
        (people, keys)
    }

    /// Who of the register could be the same person as this patient, at or above a probability, or certain.
    pub fn alike(&self, patient: PatientKey, floor: f64) -> Vec<AlikePatients> {
        let Some(place) = self.places.get(&patient) else { return Vec::new() };
        let person = &self.people[*place as usize];
        let places = self.sharing_a_key(&self.tables, person, Some(patient), &mut Vec::new());
        let mut found: Vec<AlikePatients> = places
            .into_iter()
            .map(|other| self.weighed(*place, other))
            .filter(|pair| pair.probability >= floor || pair.combination.is_some())
            .collect();
        found.sort_by(|x, y| y.weight.total_cmp(&x.weight).then(x.b.cmp(&y.b)));
        found
    }

    /// Two patients of the register, if they could be one person by the same measure.
    pub fn alike_two(&self, a: PatientKey, b: PatientKey, floor: f64) -> Option<AlikePatients> {
        let pair = self.weighed(*self.places.get(&a)?, *self.places.get(&b)?);
        (pair.probability >= floor || pair.combination.is_some()).then_some(pair)
    }

    fn weighed(&self, a: u32, b: u32) -> AlikePatients {
        let (one, other) = (&self.people[a as usize], &self.people[b as usize]);
        let levels = compare(&self.tables, one, other);
        let weight =
            self.weights.prior + self.weights.evidence(&self.tables, self.len() as f64, one, other, &levels);
        AlikePatients {
            a: self.patients[a as usize],
            b: self.patients[b as usize],
            weight,
            probability: probability(weight),
            combination: certain::combination(&self.tables, one, other),
        }
    }

    /// Why two patients of the register have their weight; `None` when one of them is not in it.
    pub fn explain_two(&self, a: PatientKey, b: PatientKey) -> Option<(AlikePatients, Vec<Reason>)> {
        let (a, b) = (*self.places.get(&a)?, *self.places.get(&b)?);
        let (one, other) = (&self.people[a as usize], &self.people[b as usize]);
        let reasons = explain(&self.tables, self.len() as f64, &self.weights, one, other);
        Some((self.weighed(a, b), reasons))
    }
}

#[cfg(test)]
mod tests {
    use super::super::PersonFields;
    use super::super::birth_date::BirthDate;
    use super::super::model::MatchModel;
    use super::super::scoring;
    use super::*;

    fn person(given: &str, surname: &str, day: u8, email: &str) -> PersonFields {
        PersonFields {
            given_name: given.into(),
            surname: surname.into(),
            birth_date: BirthDate::new(1980, 4, day),
            email: email.into(),
            ..PersonFields::default()
        }
    }

    #[test]
    fn one_patients_pairs_are_those_of_the_whole_register() {
        let names = ["ann", "bo", "carla", "dieter", "emeka", "fatima", "goran"];
        let surnames = ["okafor", "lindqvist", "hathaway", "keller", "moreau", "tanaka"];
        let mut index = MatchIndex::new(MatchModel::published());
        for n in 0_u8..40 {
            let (given, surname) = (names[n as usize % 7], surnames[n as usize / 7]);
            index.put([n + 1; 16], &person(given, surname, n % 28 + 1, &format!("{n}@example.org")));
        }
        index.put([100; 16], &person("carla", "okafor", 3, "2@example.org"));
        index.put([101; 16], &person("nobody", "here", 3, ""));
        index.remove([101; 16]);
        let (people, keys) = index.as_people();
        assert_eq!((people.len(), keys.len()), (41, 41));
        let run = scoring::run(&people, Some(MatchModel::published()), 0.2);
        assert!(!run.pairs.is_empty());
        for pair in &run.pairs {
            let (a, b) = (keys[pair.a as usize], keys[pair.b as usize]);
            let own = index.alike(a, 0.2);
            let same = own.iter().find(|p| p.b == b).expect("found from its own side");
            assert!((same.weight - pair.weight).abs() < 1e-9);
            let (told, reasons) = index.explain_two(a, b).unwrap();
            let sum: f64 = reasons.iter().map(|r| r.weight).sum();
            assert!((sum - told.weight).abs() < 1e-9, "the waterfall adds up");
        }
    }
}
