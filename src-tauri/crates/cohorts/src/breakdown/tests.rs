//! The primary diagnosis, the filter and the figures of invented people.

use super::*;
use crate::columns::{ConditionColumn, EncounterColumn, NamedCode};
use jiff::civil::date;
use proptest::prelude::*;

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
    let breakdown = break_down(&columns, &BreakdownFilter::default(), date(2026, 11, 24)).unwrap();
    let counts: Vec<(Option<&str>, u64)> =
        breakdown.groups.iter().map(|g| (g.code.as_deref(), g.count)).collect();
    assert_eq!(counts, [(Some("c2"), 1), (Some("c4"), 1), (None, 1)]);
    assert_eq!((breakdown.patients, breakdown.total_patients, breakdown.without_diagnosis), (3, 4, 1));
}

#[test]
fn a_wrong_date_is_named() {
    let filter = BreakdownFilter { from: Some("soon".into()), ..BreakdownFilter::default() };
    assert_eq!(break_down(&Columns::default(), &filter, date(2026, 11, 24)).unwrap_err(), NotADate("from"));
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
        let b = break_down(&columns, &filter, day).unwrap();
        prop_assert_eq!(b.groups.iter().map(|g| g.count).sum::<u64>(), b.patients);
        prop_assert!(b.patients <= b.total_patients);
        prop_assert!(b.patients == 0 || (b.groups.iter().map(|g| g.share_percent).sum::<f64>() - 100.0).abs() < 1e-6);
        prop_assert!(b.groups.iter().all(|g| (0.0..=100.0).contains(&g.female_percent)));
    }
}
