//! The primary diagnosis, the filter and the figures of invented people.

use super::*;
use crate::columns::{ConditionColumn, EncounterColumn, NamedCode};
use jiff::civil::date;
use proptest::prelude::*;
use rustcare_model::Sex;
use rustcare_model::code::ICD_10_CM;
use rustcare_vault::table::patient::{day_number, day_of};

/// `people`: birth year, sex, encounters (day, code), conditions (day, over, code).
type Person = (i16, Sex, Vec<(i32, Option<u32>)>, Vec<(i32, i32, u32)>);

fn population(people: Vec<Person>) -> Columns {
    let mut columns = Columns {
        codes: (0..6)
            .map(|i| NamedCode { system: "s".into(), code: format!("c{i}"), title: format!("Code {i}") })
            .collect(),
        ..Columns::default()
    };
    for (year, sex, encounters, conditions) in people {
        let (e, c) = (columns.encounters.len(), columns.conditions.len());
        let mut encounters: Vec<EncounterColumn> = encounters
            .into_iter()
            .map(|(day, primary)| EncounterColumn { instant: i64::from(day) * 86_400, day, primary })
            .collect();
        encounters.sort_by(|a, b| b.instant.cmp(&a.instant).then(a.primary.cmp(&b.primary)));
        columns.encounters.extend(encounters);
        columns.conditions.extend(conditions.into_iter().map(|(day, over, code)| ConditionColumn {
            instant: i64::from(day) * 86_400,
            day,
            over,
            code,
            factors: 0,
        }));
        columns.patients.push(PatientColumn {
            row: columns.patients.len() as i64 + 1,
            sex,
            birth_day: Some(day_number(date(year, 1, 1)) as i32),
            deceased: false,
            deceased_day: None,
            encounters: e..columns.encounters.len(),
            conditions: c..columns.conditions.len(),
            measures: 0..0,
        });
    }
    columns
}

#[test]
fn the_latest_encounter_with_a_diagnosis_decides_then_the_earliest_active_condition() {
    let columns = population(vec![
        (1980, Sex::Female, vec![(100, Some(1)), (200, Some(2)), (300, None)], vec![]),
        (1990, Sex::Male, vec![(100, None)], vec![(10, 50, 3), (20, i32::MAX, 4)]),
        (1960, Sex::Female, vec![], vec![]),
        (2020, Sex::Female, vec![(100, Some(1))], vec![]),
    ]);
    let breakdown =
        break_down(&columns, &BreakdownFilter::default(), date(2026, 11, 24), Disclosure::EVERYTHING)
            .unwrap();
    let counts: Vec<(Option<&str>, u64)> =
        breakdown.groups.iter().map(|g| (g.code.as_deref(), g.count.unwrap())).collect();
    assert_eq!(counts, [(Some("c2"), 1), (Some("c4"), 1), (None, 1)]);
    assert_eq!(
        (breakdown.patients, breakdown.total_patients, breakdown.without_diagnosis),
        (Some(3), 4, Some(1))
    );
}

#[test]
fn a_wrong_date_is_named() {
    let filter = BreakdownFilter { from: Some("soon".into()), ..BreakdownFilter::default() };
    assert_eq!(
        break_down(&Columns::default(), &filter, date(2026, 11, 24), Disclosure::EVERYTHING).unwrap_err(),
        NotADate("from")
    );
}

proptest! {
    #[test]
    fn every_counted_patient_is_in_exactly_one_group(
        people in prop::collection::vec(
            (1900i16..2026, any::<bool>(), prop::collection::vec((0i32..20_000, prop::option::of(0u32..6)), 0..5)), 0..60),
        min in prop::option::of(0i16..100), as_of in 0i64..25_000,
    ) {
        let columns = population(people.into_iter()
            .map(|(y, f, e)| (y, if f { Sex::Female } else { Sex::Male }, e, vec![])).collect());
        let day = day_of(as_of).unwrap();
        let filter = BreakdownFilter { age_min: min, as_of: Some(day.to_string()), ..BreakdownFilter::default() };
        let b = break_down(&columns, &filter, day, Disclosure::EVERYTHING).unwrap();
        let patients = b.patients.unwrap();
        prop_assert_eq!(b.groups.iter().map(|g| g.count.unwrap()).sum::<u64>(), patients);
        prop_assert!(patients <= b.total_patients);
        let shares: f64 = b.groups.iter().map(|g| g.share_percent.unwrap()).sum();
        prop_assert!(patients == 0 || (shares - 100.0).abs() < 1e-6);
        prop_assert!(b.groups.iter().all(|g| (0.0..=100.0).contains(&g.female_percent.unwrap())));
    }
}

/// One patient in small: year of birth, sex, code of the only encounter, factors.
#[derive(Debug, Clone)]
struct Small {
    code: Option<u32>,
    sex: Sex,
    factors: u64,
}

/// Codes of two chapters, three blocks, and one of another system.
const CODES: [(&str, &str); 6] = [
    (ICD_10_CM, "E11.9"),
    (ICD_10_CM, "E10.9"),
    (ICD_10_CM, "E78.5"),
    (ICD_10_CM, "I10"),
    (ICD_10_CM, "I50.9"),
    ("http://snomed.info/sct", "44054006"),
];

fn small_population(people: &[Small]) -> Columns {
    let mut columns = population(
        people.iter().map(|one| (1980, one.sex, vec![(100, one.code)], vec![(90, 95, 0)])).collect(),
    );
    columns.codes = CODES
        .map(|(system, code)| NamedCode { system: system.into(), code: code.into(), title: code.into() })
        .into();
    for (condition, one) in columns.conditions.iter_mut().zip(people) {
        condition.factors = one.factors;
    }
    columns
}

fn people(most: usize) -> impl Strategy<Value = Vec<Small>> {
    let sex = prop_oneof![4 => Just(Sex::Female), 4 => Just(Sex::Male), 1 => Just(Sex::Other)];
    let code = prop_oneof![1 => Just(None), 9 => (0_u32..6).prop_map(Some)];
    let one = (code, sex, 0_u64..16).prop_map(|(code, sex, factors)| Small { code, sex, factors });
    prop::collection::vec(one, 0..most)
}

fn by(columns: &Columns, group_by: Grouping, disclosure: Disclosure) -> Breakdown {
    let filter = BreakdownFilter { group_by, ..BreakdownFilter::default() };
    break_down(columns, &filter, date(2026, 11, 24), disclosure).unwrap()
}

/// The group that a code is in, by hand.
fn group_of(code: Option<u32>, group_by: Grouping) -> Option<&'static str> {
    let code = CODES[code? as usize].1;
    Some(match (group_by, code) {
        (Grouping::Block, "E11.9" | "E10.9") => "E08-E13",
        (Grouping::Block, "E78.5") => "E70-E88",
        (Grouping::Block, "I10") => "I10-I1A",
        (Grouping::Block, "I50.9") => "I30-I5A",
        (Grouping::Chapter, "E11.9" | "E10.9" | "E78.5") => "4",
        (Grouping::Chapter, "I10" | "I50.9") => "9",
        _ => code,
    })
}

const GROUPINGS: [Grouping; 3] = [Grouping::Code, Grouping::Block, Grouping::Chapter];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_number_is_that_of_counting_one_by_one(people in people(80)) {
        let columns = small_population(&people);
        for group_by in GROUPINGS {
            let found = by(&columns, group_by, Disclosure::EVERYTHING);
            let mut tests = Vec::new();
            for group in &found.groups {
                let is_own = |one: &&Small| group_of(one.code, group_by) == group.code.as_deref();
                let own: Vec<&Small> = people.iter().filter(is_own).collect();
                prop_assert_eq!(group.count, Some(own.len() as u64));
                let of = |sex| Some(own.iter().filter(|one| one.sex == sex).count() as u64);
                let expected = SexCounts {
                    female: of(Sex::Female), male: of(Sex::Male), other: of(Sex::Other), unknown: Some(0),
                };
                prop_assert_eq!(group.sex, expected);
                prop_assert_eq!((group.age_mean, group.age_median, group.age_upper_quartile), (Some(46.0), Some(46.0), Some(46.0)));
                for (bit, factor) in risk_factor::all().iter().enumerate() {
                    let has = |one: &&Small| one.factors >> bit & 1 == 1;
                    let with = own.iter().copied().filter(has).count() as u64;
                    let rest = people.iter().filter(has).count() as u64 - with;
                    let shown = group.risk_factors.iter().find(|one| one.key == factor.key);
                    prop_assert_eq!(shown.is_some(), with > 0);
                    let Some(shown) = shown else { continue };
                    prop_assert_eq!((shown.count, shown.rest_count), (Some(with), Some(rest)));
                    let (total, others) = (own.len() as f64, (people.len() - own.len()) as f64);
                    let share = rest as f64 / others;
                    prop_assert_eq!(shown.rest_percent.is_some(), others > 0.0);
                    if let Some(ratio) = shown.prevalence_ratio {
                        prop_assert!((ratio.estimate - with as f64 / total / share).abs() < 1e-9);
                    }
                    tests.extend(shown.p_value.map(|p| (p, shown)));
                }
            }
            for (p, shown) in &tests {
                // The definition, by hand: the least p · m / rank among tests that are no smaller.
                let rank = |p: f64| tests.iter().filter(|(other, _)| *other <= p).count() as f64;
                let larger = tests.iter().map(|(other, _)| *other).filter(|other| other >= p);
                let q = larger.map(|other| other * tests.len() as f64 / rank(other)).fold(1.0, f64::min);
                prop_assert!((shown.q_value.unwrap() - q).abs() < 1e-9);
                let is_more = shown.percent > shown.rest_percent;
                prop_assert_eq!(shown.is_unique, shown.q_value.unwrap() < 0.05 && is_more && !shown.is_own_diagnosis);
            }
        }
    }

    #[test]
    fn no_look_and_no_two_looks_give_a_small_group_away(people in people(90), smallest in 3_u64..8, others in 0_usize..12) {
        let mut everybody = people.clone();
        everybody.extend(vec![Small { code: Some(0), sex: Sex::Female, factors: 1 }; others]);
        let mut columns = small_population(&everybody);
        // Children, who are not counted.
        for child in columns.patients.iter_mut().skip(people.len()) {
            child.birth_day = Some(day_number(date(2020, 1, 1)) as i32);
        }
        let disclosure = Disclosure::from(smallest);
        let looks = GROUPINGS.map(|group_by| (group_by, by(&columns, group_by, disclosure)));
        let count = |of: &dyn Fn(&Small) -> bool| people.iter().filter(|one| of(one)).count() as u64;
        for (group_by, look) in &looks {
            for group in &look.groups {
                let is_own = |one: &Small| group_of(one.code, *group_by) == group.code.as_deref();
                prop_assert!(group.count.is_none() || !disclosure.is_small(count(&is_own)));
                let shown = group.sex;
                for count in [shown.female, shown.male, shown.other, shown.unknown].into_iter().flatten() {
                    prop_assert!(!disclosure.is_small(count));
                }
                for factor in &group.risk_factors {
                    let Some(with) = factor.count else { continue };
                    let total = group.count.unwrap();
                    prop_assert!(!disclosure.is_small(with) && !disclosure.is_small(total - with));
                    prop_assert!(factor.rest_count.is_none_or(|rest| !disclosure.is_small(rest + with)));
                }
            }
            let small = |patients: u64| {
                disclosure.is_small(patients) || disclosure.is_small(look.total_patients - patients)
            };
            prop_assert!(!look.patients.is_some_and(small));
        }
        // What is left when from a shown group the shown groups within it are taken away: nothing, or no few people.
        let groups = |level: usize| {
            let of = |one: &BreakdownGroup| Some((one.code.clone(), one.count?));
            looks[level].1.groups.iter().filter_map(of).collect::<Vec<_>>()
        };
        for (outer, inner) in [(1, 0), (2, 0), (2, 1)] {
            for (code, whole) in groups(outer) {
                let is_within = |part: &Option<String>| {
                    let member = people.iter().find(|one| group_of(one.code, GROUPINGS[inner]) == part.as_deref());
                    member.is_some_and(|one| group_of(one.code, GROUPINGS[outer]) == code.as_deref())
                };
                let parts: u64 = groups(inner).iter().filter(|(part, _)| is_within(part)).map(|(_, count)| count).sum();
                prop_assert!(!disclosure.is_small(whole - parts), "{code:?}: {whole} less {parts}");
            }
        }
        for (level, (_, look)) in looks.iter().enumerate() {
            let parts: u64 = groups(level).iter().map(|(_, count)| count).sum();
            let total = everybody.len() as u64;
            let left = [look.patients.map(|patients| patients - parts), Some(total - parts)];
            prop_assert!(left.into_iter().flatten().all(|left| !disclosure.is_small(left)) || disclosure.is_small(total));
        }
    }
}

#[test]
fn what_is_rounded_is_the_ground_of_what_is_computed() {
    let one = |code, factors| Small { code: Some(code), sex: Sex::Female, factors };
    let people =
        [vec![one(0, 1); 23], vec![one(0, 0); 20], vec![one(3, 0); 38], vec![one(3, 1); 14]].concat();
    let disclosure = Disclosure::from(11).rounded_to(std::num::NonZeroU64::new(5).unwrap());
    let found = by(&small_population(&people), Grouping::Code, disclosure);
    assert_eq!(
        (found.patients, found.groups[0].count, found.groups[1].count),
        (Some(97), Some(52), Some(42))
    );
    let factor = &found.groups[1].risk_factors[0];
    assert_eq!((factor.count, factor.rest_count), (Some(22), Some(12)));
    assert!((factor.percent.unwrap() - 22.0 / 42.0 * 100.0).abs() < 1e-9);
}
