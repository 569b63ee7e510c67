//! Two people, field by field: the level of agreement of each comparison.

use super::birth_date::BirthDate;
use super::fields::{EXACT, Field, NULL};
use super::people::{Person, Values};
use super::person::Text;
use super::similarity::{Shaped, distance, jaro_winkler};

/// The level of each comparison, by [`Field`].
pub type Levels = [u8; Field::COUNT];

/// "Given and family name exchanged", the fifth level of the given name.
pub const EXCHANGED: u8 = 5;
const GIVEN_DIFFERENT: u8 = 6;

/// Compares two people. It is symmetric.
pub fn compare(values: &impl Values, a: &Person, b: &Person) -> Levels {
    let mut levels = [NULL; Field::COUNT];
    let mut set = |field: Field, level: u8| levels[field as usize] = level;
    let (given, surname) = names(values, a, b);
    set(Field::GivenName, given);
    set(Field::Surname, surname);
    set(Field::MiddleName, both(a, b, Text::Middle, |x, y| middle(values, x, y)));
    set(Field::BirthDate, birth(a.birth, b.birth));
    set(
        Field::Sex,
        match (a.sex, b.sex) {
            (0, _) | (_, 0) => NULL,
            (x, y) if x == y => EXACT,
            _ => 2,
        },
    );
    let id = |field| both(a, b, field, |x, y| edits(values, field, x, y, 2));
    let legal = id(Text::LegalId);
    set(Field::LegalId, legal);
    set(Field::PlanId, id(Text::PlanId));
    if legal == NULL {
        set(Field::SsnLast4, both(a, b, Text::Ssn4, |_, _| 2));
    }
    set(Field::Phone, both(a, b, Text::Phone, |x, y| edits(values, Text::Phone, x, y, 1)));
    let like = |level: u8| (EXACT..=3).contains(&level);
    let like_names = like(given) || like(surname) || given == EXCHANGED;
    set(
        if like_names { Field::EmailLikeNames } else { Field::Email },
        both(a, b, Text::Email, |x, y| email(values, x, y)),
    );
    let street = both(a, b, Text::Street, |x, y| alike(values, Text::Street, x, y, &[0.92, 0.88]));
    set(Field::Street, street);
    let number = both(a, b, Text::StreetNumber, |x, y| house_number(values, x, y));
    set(if street == EXACT { Field::NumberSameStreet } else { Field::NumberOtherStreet }, number);
    set(Field::Building, both(a, b, Text::Building, |x, y| alike(values, Text::Building, x, y, &[0.88])));
    let postcode = both(a, b, Text::Postcode, |x, y| postcode(values, x, y));
    set(Field::Postcode, postcode);
    let place = if postcode == EXACT {
        let place = both(a, b, Text::Place, |x, y| alike(values, Text::Place, x, y, &[0.88]));
        set(Field::PlaceSamePostcode, place);
        place
    } else {
        let place = both(a, b, Text::Place, |x, y| alike(values, Text::Place, x, y, &[0.88]));
        set(Field::PlaceOtherPostcode, place);
        place
    };
    if postcode != EXACT && place != EXACT {
        set(Field::State, both(a, b, Text::State, |_, _| 2));
    }
    set(
        Field::BirthPlace,
        both(a, b, Text::BirthPlace, |x, y| alike(values, Text::BirthPlace, x, y, &[0.88])),
    );
    levels
}

/// Null, the same, or what `otherwise` says of two different values.
#[inline]
fn both(a: &Person, b: &Person, field: Text, otherwise: impl FnOnce(u32, u32) -> u8) -> u8 {
    match (a.get(field), b.get(field)) {
        (0, _) | (_, 0) => NULL,
        (x, y) if x == y => EXACT,
        (x, y) => otherwise(x, y),
    }
}

/// Level by Jaro-Winkler thresholds, falling; the level after the last is "different".
fn alike(values: &impl Values, field: Text, x: u32, y: u32, thresholds: &[f64]) -> u8 {
    let least = thresholds.last().copied().unwrap_or(1.0);
    let similarity = jaro_winkler(values.shaped(field, x), values.shaped(field, y), least);
    let passed = thresholds.iter().position(|t| similarity >= *t).unwrap_or(thresholds.len());
    passed as u8 + 2
}

/// Level by edits; the level after the last is "different".
fn edits(values: &impl Values, field: Text, x: u32, y: u32, most: u32) -> u8 {
    distance(values.shaped(field, x), values.shaped(field, y), most) as u8 + 1
}

fn names(values: &impl Values, a: &Person, b: &Person) -> (u8, u8) {
    const LEVELS: [f64; 3] = [0.92, 0.88, 0.7];
    let name = |x, y| match (x, y) {
        (0, _) | (_, 0) => NULL,
        (x, y) if x == y => EXACT,
        (x, y) => alike(values, Text::Given, x, y, &LEVELS),
    };
    let (given_a, given_b) = (a.get(Text::Given), b.get(Text::Given));
    let (surname_a, surname_b) = (a.get(Text::Surname), b.get(Text::Surname));
    let given = match name(given_a, given_b) {
        5 => GIVEN_DIFFERENT,
        other => other,
    };
    let mut surname = name(surname_a, surname_b);
    let (other_a, other_b) = (a.get(Text::OtherSurname), b.get(Text::OtherSurname));
    if (other_a | other_b) != 0 && surname != EXACT {
        for (x, y) in [(other_a, surname_b), (surname_a, other_b), (other_a, other_b)] {
            let level = name(x, y);
            if level != NULL && (surname == NULL || level < surname) {
                surname = level;
            }
        }
    }
    let apart = |level: u8| level == NULL || level >= 4;
    if apart(given) && apart(surname) && exchanged(values, [given_a, surname_a], [given_b, surname_b]) {
        return (EXCHANGED, NULL);
    }
    (given, surname)
}

/// Whether given and family name stand in each other's place, typing errors allowed. One of the four may be unknown on
/// either side, as long as the others say so.
fn exchanged(values: &impl Values, a: [u32; 2], b: [u32; 2]) -> bool {
    let name = |n| values.shaped(Text::Given, n);
    let like =
        |x: u32, y: u32| (x != 0 && y != 0).then(|| x == y || jaro_winkler(name(x), name(y), 0.88) > 0.0);
    match (like(a[0], b[1]), like(a[1], b[0])) {
        (Some(x), Some(y)) => x && y,
        (Some(x), None) | (None, Some(x)) => x,
        (None, None) => false,
    }
}

fn middle(values: &impl Values, x: u32, y: u32) -> u8 {
    let (a, b) = (values.shaped(Text::Middle, x).text, values.shaped(Text::Middle, y).text);
    let initial = a.chars().count() == 1 || b.chars().count() == 1;
    if initial && a.chars().next() == b.chars().next() {
        return 2;
    }
    alike(values, Text::Middle, x, y, &[0.88])
}

fn birth(x: u32, y: u32) -> u8 {
    if x == 0 || y == 0 {
        return NULL;
    }
    if x == y {
        return EXACT;
    }
    let (a, b) = (BirthDate::unpacked(x), BirthDate::unpacked(y));
    if !a.is_whole() || !b.is_whole() {
        let agree = |p: u16, q: u16| p == 0 || q == 0 || p == q;
        let shared = a.year != 0 && b.year != 0;
        let parts = agree(a.year, b.year)
            && agree(a.month.into(), b.month.into())
            && agree(a.day.into(), b.day.into());
        return match (shared, parts, a.year.abs_diff(b.year)) {
            (true, true, _) => 4,
            (false, true, _) => NULL,
            (true, false, 0..=1) => 6,
            (true, false, 2..=10) => 7,
            _ => 8,
        };
    }
    if a.year == b.year && a.month == b.day && a.day == b.month {
        return 2;
    }
    if one_edit(a.digits(), b.digits()) {
        return 3;
    }
    let days = match (a.day_number(), b.day_number()) {
        (Some(p), Some(q)) => p.abs_diff(q),
        // Not in the calendar: the year is all that can be relied on.
        _ => u32::from(a.year.abs_diff(b.year)) * 365 + 182,
    };
    match days {
        0..=31 => 5,
        32..=366 => 6,
        367..=3653 => 7,
        _ => 8,
    }
}

/// One digit differs, or two neighbours are exchanged.
fn one_edit(a: [u8; 8], b: [u8; 8]) -> bool {
    let first = a.iter().zip(&b).position(|(x, y)| x != y);
    let last = a.iter().zip(&b).rposition(|(x, y)| x != y);
    match (first, last) {
        (Some(p), Some(q)) if p == q => true,
        (Some(p), Some(q)) if q == p + 1 => a[p] == b[q] && a[q] == b[p],
        _ => false,
    }
}

fn house_number(values: &impl Values, x: u32, y: u32) -> u8 {
    let (a, b) = (values.shaped(Text::StreetNumber, x), values.shaped(Text::StreetNumber, y));
    // With one digit each, every pair would be one digit apart.
    if a.shape.length().max(b.shape.length()) >= 2 && distance(a, b, 1) == 1 { 2 } else { 3 }
}

fn postcode(values: &impl Values, x: u32, y: u32) -> u8 {
    let (a, b) = (values.shaped(Text::Postcode, x), values.shaped(Text::Postcode, y));
    if distance(a, b, 1) == 1 {
        return 2;
    }
    if area(a.text).is_some_and(|area| Some(area) == self::area(b.text)) { 3 } else { 4 }
}

/// The part of a postal code that names an area: the outward code of a British one (all but the last three), the first
/// three of five digits and more, the first two of four.
fn area(postcode: &str) -> Option<&str> {
    let kept = match postcode.len() {
        0..=3 => return None,
        4 => 2,
        5 => 3,
        _ if postcode.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) => postcode.len() - 3,
        _ => 3,
    };
    postcode.get(..kept)
}

fn email(values: &impl Values, x: u32, y: u32) -> u8 {
    let (whole_a, whole_b) = (values.shaped(Text::Email, x), values.shaped(Text::Email, y));
    let local = |whole: Shaped<'_>| whole.text.rsplit_once('@').map_or(0, |(local, _)| local.len());
    let (a, b) = (&whole_a.text[..local(whole_a)], &whole_b.text[..local(whole_b)]);
    if a == b {
        return 2;
    }
    if jaro_winkler(whole_a, whole_b, 0.88) > 0.0 {
        return 3;
    }
    if jaro_winkler(Shaped::new(a), Shaped::new(b), 0.88) > 0.0 { 4 } else { 5 }
}
