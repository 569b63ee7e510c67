//! The register, ready to be asked while somebody types: who could this be?
//!
//! People are numbers into tables of texts ([`super::people`]); keys are sorted lists of (hash, person). A query looks at
//! those who share a key with what is typed so far, weighs them and says why. It changes nothing.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::blocking::{Rule, key};
use super::certain;
use super::compare::compare;
use super::interned::{mixed, sound_of};
use super::model::MatchModel;
use super::people::{Person, Tables, Values};
use super::person::{NormalPerson, PersonFields, Text};
use super::scoring::{Reason, explain};
use super::similarity::{Shape, Shaped};
use super::weights::{Weights, probability};

/// A patient's identity, as 16 bytes.
pub type PatientKey = [u8; 16];

/// The rules of the index. Some of the file rules are parts of these: a date of birth is found under its day and month in
/// either order, both names under their sounds, an e-mail under its local part.
pub(super) const RULES: [Rule; 10] = [
    Rule::LegalId,
    Rule::PlanId,
    Rule::Phone,
    Rule::EmailLocalPart,
    Rule::DayMonthExchanged,
    Rule::BothSounds,
    Rule::SoundAndYear,
    Rule::GivenSoundAndMonth,
    Rule::StreetAndNumber,
    Rule::Surname,
];

/// Lowest probability that is called probable, as in Medplum's `Patient/$match`.
pub const PROBABLE: f64 = 0.65;
/// Lowest probability that is shown.
pub const POSSIBLE: f64 = 0.20;
/// A key that more people share than this is passed over, and said to be.
const MOST_PER_KEY: usize = 5_000;
/// New keys are kept apart until there are as many.
const MOST_NEW: usize = 4096;
/// Chance that somebody who is being registered is there already, at least.
const LEAST_CHANCE: f64 = 0.5;

/// How sure a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// A combination of the certain layer fits.
    Certain,
    /// [`PROBABLE`] or more.
    Probable,
    /// [`POSSIBLE`] or more.
    Possible,
}

/// Somebody it could be.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Who.
    pub patient: PatientKey,
    /// How sure.
    pub grade: Grade,
    /// The certain combination, 1 to 27.
    pub combination: Option<u8>,
    /// 0 to 1.
    pub probability: f64,
    /// Bits, the starting weight included.
    pub weight: f64,
    /// The waterfall; its weights add up to `weight`.
    pub reasons: Vec<Reason>,
}

/// The answer to a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidates {
    /// Best first.
    pub candidates: Vec<Candidate>,
    /// Two or more are certain: nobody can be taken for the one.
    pub ambiguous: bool,
    /// People who were weighed.
    pub weighed: usize,
    /// Rules whose key too many people share; those people were not looked at for it.
    pub passed_over: Vec<Rule>,
}

/// The index.
#[derive(Debug)]
pub struct MatchIndex {
    pub(super) tables: Tables,
    pub(super) people: Vec<Person>,
    /// All zero where nobody is any more.
    pub(super) patients: Vec<PatientKey>,
    pub(super) places: HashMap<PatientKey, u32>,
    keys: [KeyList; RULES.len()],
    model: MatchModel,
    pub(super) weights: Weights,
}

/// Keys of one rule: sorted ones, and a few new ones.
#[derive(Debug, Default)]
struct KeyList {
    sorted: Vec<(u32, u32)>,
    new: Vec<(u32, u32)>,
}

pub(super) const NOBODY: PatientKey = [0; 16];

fn short(key: u64) -> u32 {
    (mixed(key) >> 32) as u32
}

impl KeyList {
    fn add(&mut self, key: u32, place: u32) {
        self.new.push((key, place));
        if self.new.len() >= MOST_NEW {
            self.sorted.append(&mut self.new);
            // Two runs, one of them short: the stable sort merges them.
            self.sorted[..].sort();
        }
    }

    fn at(&self, key: u32) -> (&[(u32, u32)], impl Iterator<Item = u32>) {
        let from = self.sorted.partition_point(|k| k.0 < key);
        let to = from + self.sorted[from..].partition_point(|k| k.0 == key);
        (&self.sorted[from..to], self.new.iter().filter(move |k| k.0 == key).map(|k| k.1))
    }
}

impl MatchIndex {
    /// An empty index with a model.
    pub fn new(model: MatchModel) -> Self {
        let weights = model.weights();
        Self {
            tables: Tables::default(),
            people: Vec::new(),
            patients: Vec::new(),
            places: HashMap::new(),
            keys: Default::default(),
            model,
            weights,
        }
    }

    /// Of a whole register.
    pub fn build(register: impl IntoIterator<Item = (PatientKey, PersonFields)>, model: MatchModel) -> Self {
        let mut index = Self::new(model);
        register.into_iter().for_each(|(patient, fields)| index.gather(patient, &fields));
        index.finish();
        index
    }

    /// Adds a patient of many; nobody is found before [`Self::finish`].
    pub fn gather(&mut self, patient: PatientKey, fields: &PersonFields) {
        let person = self.tables.intern(&fields.normalised());
        self.people.push(person);
        self.patients.push(patient);
    }

    /// Counts, places and keys of people that are in their columns already. Of several records of one patient the last
    /// one stands.
    pub fn finish(&mut self) {
        self.places = HashMap::with_capacity(self.people.len());
        for place in 0..self.people.len() {
            let patient = self.patients[place];
            if patient == NOBODY {
                continue;
            }
            if let Some(before) = self.places.insert(patient, place as u32) {
                self.tables.count(&self.people[before as usize], -1);
                self.patients[before as usize] = NOBODY;
            }
            self.tables.count(&self.people[place], 1);
        }
        self.tables.shrink();
        self.people.shrink_to_fit();
        self.patients.shrink_to_fit();
        let (tables, people, patients) = (&self.tables, &self.people, &self.patients);
        let lists: Vec<KeyList> = RULES
            .par_iter()
            .map(|rule| {
                let keyed =
                    people.iter().zip(patients).enumerate().filter(|(_, (_, patient))| **patient != NOBODY);
                let mut sorted: Vec<(u32, u32)> = keyed
                    .filter_map(|(n, (p, _))| {
                        Some(key(tables, p, *rule)).filter(|k| *k != 0).map(|k| (short(k), n as u32))
                    })
                    .collect();
                sorted.sort_unstable();
                sorted.shrink_to_fit();
                KeyList { sorted, new: Vec::new() }
            })
            .collect();
        for (own, list) in self.keys.iter_mut().zip(lists) {
            *own = list;
        }
    }

    /// Puts a patient in, or in place of what was known before.
    pub fn put(&mut self, patient: PatientKey, fields: &PersonFields) {
        self.remove(patient);
        let person = self.tables.intern(&fields.normalised());
        self.tables.count(&person, 1);
        let place = self.people.len() as u32;
        self.people.push(person);
        self.patients.push(patient);
        self.places.insert(patient, place);
        for (rule, list) in RULES.into_iter().zip(&mut self.keys) {
            let key = key(&self.tables, &person, rule);
            if key != 0 {
                list.add(short(key), place);
            }
        }
    }

    /// Takes a patient out; false when nobody was there. Texts that nobody has any more go when the index is next saved
    /// and loaded.
    pub fn remove(&mut self, patient: PatientKey) -> bool {
        let Some(place) = self.places.remove(&patient) else { return false };
        self.tables.count(&self.people[place as usize], -1);
        self.patients[place as usize] = NOBODY;
        true
    }

    /// Who could this be? At most `most` candidates, best first; `except` is the patient being edited.
    pub fn find(&self, fields: &PersonFields, except: Option<PatientKey>, most: usize) -> Candidates {
        let asked = Asked::new(&self.tables, &fields.normalised());
        let person = asked.person;
        let mut found = Candidates::default();
        let places = self.sharing_a_key(&asked, &person, except, &mut found.passed_over);
        found.weighed = places.len();
        let n = self.len() as f64;
        let weights = self.weights_of_query();
        let mut weighed: Vec<(Grade, f64, u32, Option<u8>)> = places
            .into_iter()
            .filter_map(|place| {
                let other = &self.people[place as usize];
                let levels = compare(&asked, &person, other);
                let weight = weights.prior + weights.evidence(&asked, n, &person, other, &levels);
                let combination = certain::combination(&asked, &person, other);
                let grade = match (combination, probability(weight)) {
                    (Some(_), _) => Grade::Certain,
                    (None, p) if p >= PROBABLE => Grade::Probable,
                    (None, p) if p >= POSSIBLE => Grade::Possible,
                    _ => return None,
                };
                Some((grade, weight, place, combination))
            })
            .collect();
        weighed.sort_by(|a, b| {
            let id = |place: u32| self.patients[place as usize];
            a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then_with(|| id(a.2).cmp(&id(b.2)))
        });
        found.ambiguous = weighed.iter().filter(|w| w.0 == Grade::Certain).count() > 1;
        found.candidates = weighed
            .into_iter()
            .take(most)
            .map(|(grade, weight, place, combination)| Candidate {
                patient: self.patients[place as usize],
                grade,
                combination,
                probability: probability(weight),
                weight,
                reasons: explain(&asked, n, &weights, &person, &self.people[place as usize]),
            })
            .collect();
        found
    }

    /// Places of those who share a key with a person; keys that too many share are passed over, and said to be.
    pub(super) fn sharing_a_key(
        &self,
        values: &impl Values,
        person: &Person,
        except: Option<PatientKey>,
        passed_over: &mut Vec<Rule>,
    ) -> Vec<u32> {
        let mut places: Vec<u32> = Vec::new();
        for (rule, list) in RULES.into_iter().zip(&self.keys) {
            let key = key(values, person, rule);
            if key == 0 {
                continue;
            }
            let (sorted, new) = list.at(short(key));
            if sorted.len() > MOST_PER_KEY {
                passed_over.push(rule);
            } else {
                places.extend(sorted.iter().map(|k| k.1));
            }
            places.extend(new);
        }
        places.sort_unstable();
        places.dedup();
        places.retain(|p| {
            let patient = self.patients[*p as usize];
            patient != NOBODY && Some(patient) != except
        });
        places
    }

    /// A pair drawn from the register is a match by λ; somebody who is being registered is there already by
    /// [`LEAST_CHANCE`] at least, and is each of `n` people alike.
    fn weights_of_query(&self) -> Weights {
        let n = (self.len() as f64).max(2.0);
        let chance = (self.model.chance_of_match * n).clamp(LEAST_CHANCE, 1.0) / n;
        let mut weights = self.weights.clone();
        weights.prior = (chance / (1.0 - chance)).log2();
        weights
    }

    /// How many patients.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether a patient is in it.
    pub fn contains(&self, patient: PatientKey) -> bool {
        self.places.contains_key(&patient)
    }

    /// Its model.
    pub fn model(&self) -> &MatchModel {
        &self.model
    }

    /// Weighs by another model from now on.
    pub fn set_model(&mut self, model: MatchModel) {
        self.weights = model.weights();
        self.model = model;
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        let keys: usize = self.keys.iter().map(|k| (k.sorted.capacity() + k.new.capacity()) * 8).sum();
        // A hash map of the standard library holds seven eighths, and one byte of control with each slot.
        let places = self.places.capacity() * 8 / 7 * (size_of::<(PatientKey, u32)>() + 1);
        self.tables.heap_bytes()
            + self.people.capacity() * size_of::<Person>()
            + self.patients.capacity() * 16
            + keys
            + places
    }
}

/// What is asked: texts that the register knows by their numbers, others by numbers of their own.
struct Asked<'a> {
    tables: &'a Tables,
    person: Person,
    own: SmallVec<[(String, Shape, u32); 8]>,
}

/// Numbers from here on are of [`Asked::own`].
const OWN: u32 = 1 << 31;

impl<'a> Asked<'a> {
    fn new(tables: &'a Tables, asked: &NormalPerson) -> Self {
        let mut own: SmallVec<[(String, Shape, u32); 8]> = SmallVec::new();
        let text = std::array::from_fn(|n| {
            let text = &asked.text[n];
            tables.texts(Text::ALL[n]).find(text).unwrap_or_else(|| {
                // The same unknown name in two fields is one name.
                let at = own.iter().position(|o| o.0 == *text).unwrap_or_else(|| {
                    own.push((text.clone(), Shape::of(text), sound_of(text)));
                    own.len() - 1
                });
                OWN + at as u32
            })
        });
        let person =
            Person { text, birth: asked.birth_date.packed(), sex: asked.sex, generation: asked.generation };
        Self { tables, person, own }
    }
}

impl Values for Asked<'_> {
    fn shaped(&self, field: Text, number: u32) -> Shaped<'_> {
        if number < OWN {
            return self.tables.shaped(field, number);
        }
        let own = &self.own[(number - OWN) as usize];
        Shaped { text: &own.0, shape: own.1 }
    }

    fn sound(&self, field: Text, number: u32) -> u32 {
        if number < OWN { self.tables.sound(field, number) } else { self.own[(number - OWN) as usize].2 }
    }

    fn occurrences(&self, field: Text, number: u32) -> u32 {
        if number < OWN { self.tables.occurrences(field, number) } else { 0 }
    }

    fn present(&self, field: Text) -> u32 {
        self.tables.present(field)
    }

    fn born_on(&self, birth: u32) -> u32 {
        self.tables.born_on(birth)
    }
}
