//! A register of invented people for measurements: names spread as real ones are (few frequent, most rare), households
//! that share address and telephone, and a known share of second records with typing errors.

use rustcare_patients::matching::birth_date::BirthDate;
use rustcare_patients::matching::{PatientKey, PersonFields};

/// Random numbers from a fixed seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Below `n`, evenly.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Below `n`, the first far more often than the last (density 1/x, about as names are).
    fn skewed(&mut self, n: u64) -> u64 {
        let even = self.next() as f64 / u64::MAX as f64;
        ((n as f64).powf(even) - 1.0) as u64
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A pronounceable word for a number; different numbers give different words.
fn word(mut n: u64, least: usize) -> String {
    const ONSETS: [&str; 20] = [
        "b", "br", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v", "w", "z",
        "sch",
    ];
    const RHYMES: [&str; 16] =
        ["a", "e", "i", "o", "u", "an", "en", "in", "on", "er", "ar", "el", "is", "or", "ie", "ou"];
    let mut text = String::new();
    let mut parts = 0;
    while n > 0 || parts < least {
        text.push_str(ONSETS[(n % 20) as usize]);
        n /= 20;
        text.push_str(RHYMES[(n % 16) as usize]);
        n /= 16;
        parts += 1;
    }
    text
}

/// Identity of the n-th record.
pub fn key(n: usize) -> PatientKey {
    (n as u128 + 1).to_be_bytes()
}

/// `n` records; about one in fifty is a second record of somebody before, with errors.
pub fn register(n: usize) -> Vec<PersonFields> {
    let mut dice = Dice(2026);
    let mut people: Vec<PersonFields> = Vec::with_capacity(n);
    while people.len() < n {
        if people.len() > 100 && dice.chance(2) {
            let of = dice.below(people.len() as u64) as usize;
            let again = people[of].clone();
            people.push(with_errors(again, &mut dice));
            continue;
        }
        let household = people.last().filter(|_| dice.chance(40)).cloned();
        people.push(person(people.len() as u64, household, &mut dice));
    }
    people
}

fn person(n: u64, household: Option<PersonFields>, dice: &mut Dice) -> PersonFields {
    let mut person = household.unwrap_or_else(|| {
        let place = dice.skewed(4000);
        PersonFields {
            surname: word(dice.skewed(150_000), 2),
            street_number: (1 + dice.skewed(400)).to_string(),
            street: format!("{} street", word(dice.skewed(40_000), 2)),
            place: word(place, 3),
            postcode: format!("{:05}", place * 5 + dice.below(5)),
            state: word(place % 50, 1),
            phone: format!("+1202{:07}", dice.below(10_000_000)),
            ..Default::default()
        }
    });
    person.given_name = word(dice.skewed(8000), 2);
    person.birth_date =
        BirthDate::new(1930 + dice.below(96) as u16, 1 + dice.below(12) as u8, 1 + dice.below(28) as u8);
    person.sex = if dice.chance(50) { "female" } else { "male" }.into();
    person.email = if dice.chance(60) {
        format!("{}.{}{n}@example.org", person.given_name, person.surname)
    } else {
        String::new()
    };
    person.legal_id =
        if dice.chance(80) { format!("{:09}", 100_000_000 + n * 7919 % 799_999_999) } else { String::new() };
    person
}

/// The same person as somebody else would write it down: one to three changes.
pub fn with_errors(mut person: PersonFields, dice: &mut Dice) -> PersonFields {
    for _ in 0..=dice.below(3) {
        match dice.below(7) {
            0 => misspell(&mut person.given_name, dice),
            1 => misspell(&mut person.surname, dice),
            2 => misspell(&mut person.street, dice),
            3 => person.legal_id.clear(),
            4 => person.phone = format!("+1202{:07}", dice.below(10_000_000)),
            5 => person.birth_date.day = 1 + dice.below(28) as u8,
            _ => person.email.clear(),
        }
    }
    person
}

fn misspell(text: &mut String, dice: &mut Dice) {
    if text.len() > 2 {
        let at = 1 + dice.below(text.len() as u64 - 2) as usize;
        text.replace_range(at..=at, ["a", "e", "n", "t", ""][dice.below(5) as usize]);
    }
}
