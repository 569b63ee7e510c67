//! What holds for every register: symmetry, nulls, order of rows, frequency, more agreement.

use proptest::prelude::*;

use super::birth_date::BirthDate;
use super::blocking::Blocking;
use super::compare::compare;
use super::fields::{EXACT, Field, NULL};
use super::model::MatchModel;
use super::people::{People, Tables};
use super::person::{NormalPerson, PersonFields};
use super::scoring::{FLOOR, explain, run};

fn person() -> impl Strategy<Value = PersonFields> {
    let name = || {
        prop::sample::select(vec!["", "ann", "anne", "smith", "smyth", "garcia", "nguyen", "zwickl", "田中"])
    };
    let number = || prop::sample::select(vec!["", "1", "12", "21", "120"]);
    let id = || prop::sample::select(vec!["", "123456789", "123456798", "223456789", "d77"]);
    let date = (1980u16..1983, 0u8..4, 0u8..4)
        .prop_map(|(y, m, d)| BirthDate::new(if m == 0 { 0 } else { y }, m, d));
    let mail = prop::sample::select(vec!["", "a.smith@x.org", "a.smyth@x.org", "a.smith@y.org"]);
    let phone = prop::sample::select(vec!["", "2025550143", "2025550134"]);
    ((name(), name(), name(), date), (number(), name(), name(), number()), (id(), mail, phone)).prop_map(
        |(
            (given, surname, other, birth_date),
            (street_number, street, place, postcode),
            (id, mail, phone),
        )| {
            PersonFields {
                given_name: given.into(),
                surname: surname.into(),
                other_surnames: vec![other.into()],
                birth_date,
                street_number: street_number.into(),
                street: street.into(),
                place: place.into(),
                postcode: format!("{postcode}{postcode}7"),
                legal_id: id.into(),
                email: mail.into(),
                phone: phone.into(),
                ..Default::default()
            }
        },
    )
}

fn register() -> impl Strategy<Value = Vec<NormalPerson>> {
    prop::collection::vec(person().prop_map(|p| p.normalised()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn comparing_is_symmetric_and_reasons_add_up(a in person(), b in person()) {
        let mut tables = Tables::default();
        let (x, y) = (tables.intern(&a.normalised()), tables.intern(&b.normalised()));
        [x, y].iter().for_each(|p| tables.count(p, 1));
        let levels = compare(&tables, &x, &y);
        prop_assert_eq!(levels, compare(&tables, &y, &x));
        let weights = MatchModel::published().weights();
        let there = weights.prior + weights.evidence(&tables, 2.0, &x, &y, &levels);
        let back = weights.prior + weights.evidence(&tables, 2.0, &y, &x, &levels);
        prop_assert!((there - back).abs() < 1e-9);
        let told: f64 = explain(&tables, 2.0, &weights, &x, &y).iter().map(|r| r.weight).sum();
        prop_assert!((told - there).abs() < 1e-9, "{} {}", told, there);
    }

    #[test]
    fn null_says_nothing(a in person()) {
        let mut tables = Tables::default();
        let (x, nobody) = (tables.intern(&a.normalised()), tables.intern(&NormalPerson::default()));
        prop_assert_eq!(compare(&tables, &x, &nobody), [NULL; Field::COUNT]);
    }

    #[test]
    fn shuffled_rows_give_the_same_pairs_and_the_same_model(mut people in register(), turn in 0usize..40) {
        let before = run(&People::of_one(&people), None, FLOOR);
        let pairs = |run: &super::MatchRun, people: &[NormalPerson]| {
            let mut all: Vec<_> = run
                .pairs
                .iter()
                .map(|p| {
                    let (a, b) = (&people[p.a as usize], &people[p.b as usize]);
                    (a.min(b).clone(), a.max(b).clone(), p.weight.to_bits(), p.combination)
                })
                .collect();
            all.sort();
            all
        };
        let expected = pairs(&before, &people);
        people.reverse();
        let turn = turn.min(people.len());
        people.rotate_left(turn);
        let after = run(&People::of_one(&people), None, FLOOR);
        prop_assert_eq!(&before.model, &after.model);
        prop_assert_eq!(expected, pairs(&after, &people));
    }

    #[test]
    fn a_pair_is_met_once_however_many_keys_it_shares(people in register(), limit in 1u64..50) {
        let people = People::of_one(&people);
        let blocking = Blocking::with_limit(&people, limit);
        let mut met: Vec<(u32, u32)> =
            blocking.visit(Vec::new, |own, a, b| own.push((a.min(b), a.max(b)))).concat();
        let all = met.len();
        met.sort_unstable();
        met.dedup();
        prop_assert_eq!(met.len(), all);
        prop_assert!(met.iter().all(|(a, b)| a != b));
        if limit >= 40 * 39 / 2 {
            prop_assert_eq!(blocking.report.pairs_skipped, 0);
        }
    }
}

#[test]
fn a_rare_name_weighs_more_than_a_frequent_one() {
    let mut tables = Tables::default();
    let named = |surname: &str| PersonFields { surname: surname.into(), ..Default::default() }.normalised();
    let mut people = Vec::new();
    for n in 0..2000 {
        let surname = if n < 600 { "nguyen".to_owned() } else { format!("name{n}") };
        let person = tables.intern(&named(&surname));
        tables.count(&person, 1);
        people.push(person);
    }
    let weights = MatchModel::published().weights();
    let bits = |n: usize| weights.frequency_bits(&tables, 2000.0, Field::Surname, &people[n], &people[n]);
    // log2(u / frequency): .003 against 600 in 2000, and against 1 in 2000.
    assert!((bits(0) - (0.003f64 / 0.3).log2()).abs() < 1e-9);
    assert!((bits(1500) - (0.003f64 / 0.0005).log2()).abs() < 1e-9);

    // In a register of three, one in three is no frequency: the model's expectation stands in for the rest.
    let mut few = Tables::default();
    let three: Vec<_> = ["nguyen", "keller", "okonkwo"].map(|name| few.intern(&named(name))).into();
    three.iter().for_each(|person| few.count(person, 1));
    let bits = weights.frequency_bits(&few, 3.0, Field::Surname, &three[0], &three[0]);
    assert!((bits - (0.003f64 / ((1.0 + 997.0 * 0.003) / 1000.0)).log2()).abs() < 1e-9 && bits > -0.5);
}

#[test]
fn a_value_that_many_share_weighs_nothing() {
    let mut tables = Tables::default();
    let born =
        |year| PersonFields { birth_date: BirthDate::new(year, 1, 1), ..Default::default() }.normalised();
    let many: Vec<_> =
        (0..500).map(|n| tables.intern(&born(if n < 300 { 1900 } else { 1000 + n as u16 }))).collect();
    many.iter().for_each(|p| tables.count(p, 1));
    let weights = MatchModel::published().weights();
    let bits = |n: usize| {
        weights.bits[Field::BirthDate as usize][EXACT as usize]
            + weights.frequency_bits(&tables, 500.0, Field::BirthDate, &many[n], &many[n])
    };
    assert!(bits(0) < 1.0, "the default birthday of {} bits", bits(0));
    assert!(bits(400) > 10.0);
}

#[test]
fn more_agreement_weighs_more() {
    let whole = PersonFields {
        given_name: "Jonathan".into(),
        surname: "Hathaway".into(),
        birth_date: BirthDate::new(1987, 3, 2),
        phone: "2025550143".into(),
        ..Default::default()
    };
    let mut tables = Tables::default();
    for n in 0..1000 {
        let (given_name, surname) = (format!("given {n}"), format!("name {n}"));
        let person = tables.intern(&PersonFields { given_name, surname, ..Default::default() }.normalised());
        tables.count(&person, 1);
    }
    let weights = MatchModel::published().weights();
    let mut bits = |other: &PersonFields| {
        let (a, b) = (tables.intern(&whole.normalised()), tables.intern(&other.normalised()));
        let levels = compare(&tables, &a, &b);
        weights.evidence(&tables, 1000.0, &a, &b, &levels)
    };
    let same = bits(&whole);
    let typo = bits(&PersonFields { given_name: "Jonathon".into(), ..whole.clone() });
    let other = bits(&PersonFields { given_name: "Beatrice".into(), ..whole.clone() });
    let unknown = bits(&PersonFields { given_name: String::new(), ..whole.clone() });
    assert!(same >= typo && typo > unknown && unknown > other, "{same} {typo} {unknown} {other}");
    let exchanged =
        PersonFields { given_name: "Hathaway".into(), surname: "Jonathan".into(), ..whole.clone() };
    assert!(bits(&exchanged) > unknown);
}

/// Two persons of one household are no match, and a person who moved is.
#[test]
fn a_household_is_not_one_person() {
    let mut people = Vec::new();
    for house in 0..300u32 {
        for member in 0..3u32 {
            let n = house * 3 + member;
            people.push(PersonFields {
                given_name: format!(
                    "{}{}",
                    ["ann", "bo", "carla", "dieter", "emeka", "fatima"][n as usize % 6],
                    n % 37
                ),
                surname: format!("surname{}", house % 120),
                birth_date: BirthDate::new(
                    1930 + (n * 37 % 80) as u16,
                    1 + (n * 5 % 12) as u8,
                    1 + (n * 11 % 28) as u8,
                ),
                street_number: (house % 50).to_string(),
                street: format!("street {}", house % 90),
                postcode: format!("{:05}", house % 40 + 10_000),
                phone: format!("202555{house:04}"),
                ..Default::default()
            });
        }
    }
    // Twenty people are there twice, with another address the second time.
    for n in (0..900).step_by(45) {
        let mut moved: PersonFields = people[n].clone();
        moved.street = "harbour lane".into();
        moved.street_number = "999".into();
        people.push(moved);
    }
    let normal: Vec<_> = people.iter().map(PersonFields::normalised).collect();
    let found = run(&People::of_one(&normal), None, FLOOR);
    let likely: Vec<_> = found.pairs.iter().filter(|p| p.probability >= 0.5).collect();
    let right = likely.iter().filter(|p| p.b >= 900 && p.a as usize == (p.b as usize - 900) * 45).count();
    assert_eq!((right, likely.len()), (20, 20), "λ {}", found.model.chance_of_match);
    assert!(found.model.chance_of_household > found.model.chance_of_match);
}

#[test]
fn a_runaway_block_is_subdivided_and_what_is_left_out_is_told() {
    let named = |n: u32, place: &str| PersonFields {
        surname: "smith".into(),
        given_name: format!("given{n}"),
        birth_date: BirthDate::new(1950 + (n % 50) as u16, 1, 1),
        place: place.into(),
        ..Default::default()
    };
    let people: Vec<_> = (0..200).map(|n| named(n, "").normalised()).collect();
    let people = People::of_one(&people);
    let whole = Blocking::with_limit(&people, 100_000);
    assert_eq!(whole.pairs_at_most(), whole.report.pairs_by_rule.iter().map(|r| r.1).sum::<u64>());
    assert_eq!((whole.report.blocks_subdivided, whole.report.pairs_skipped), (0, 0));
    let guarded = Blocking::with_limit(&people, 100);
    assert!(guarded.report.blocks_subdivided > 0);
    assert!(guarded.report.blocks_skipped > 0 && guarded.report.pairs_skipped > 0, "{:?}", guarded.report);
    // Four people are born in each year: their pairs are still met.
    let same_year = |a: u32, b: u32| {
        people.persons[a as usize].birth_date().year == people.persons[b as usize].birth_date().year
    };
    let met: Vec<(u32, u32)> = guarded.visit(Vec::new, |own, a, b| own.push((a, b))).concat();
    assert_eq!(met.iter().filter(|(a, b)| same_year(*a, *b)).count(), 50 * 6);
    assert!(met.len() < 200 * 199 / 2);
}
