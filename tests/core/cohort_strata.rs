//! People by sex, age and year, prevalence and overlap, against counts made here person by person; and what others see of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use proptest::prelude::*;
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::review::{Cohort, age_and_sex, overlap, prevalence, prevalence_by_year, stratified};

use crate::cohort_properties::{PERSONS, tables};
use crate::cohort_review::{
    Row, age_band, check, cohort_rows, day, entries, index_of, last_day, rows, sex, spans,
};

#[test]
fn strata_prevalence_and_overlap_are_those_counted_by_hand() {
    let strategy = (tables(), rows(), rows(), rows(), 0..250_i32, 0..60_i32);
    check(strategy, |(tables, one, other, third, from, length)| {
        let index = index_of(&tables, |_| true, false);
        let cohort = |rows: &[Row]| Cohort::new(&index, &cohort_rows(rows, |_| true));
        let (first, second, last) = (cohort(&one), cohort(&other), cohort(&third));

        let found = stratified(&index, &first, Disclosure::EVERYTHING);
        let mut expected: BTreeMap<(i64, i32), u64> = BTreeMap::new();
        for (person, (start, _)) in entries(&one) {
            *expected.entry((sex(person), age_band(person, start))).or_default() += 1;
        }
        prop_assert_eq!(found.persons, Some(expected.values().sum()));
        for (at, of_sex) in found.sexes.iter().enumerate() {
            let own = expected.iter().filter(|((sex, _), _)| *sex == of_sex.sex_concept_id);
            prop_assert_eq!(of_sex.persons, Some(own.map(|(_, count)| count).sum()));
            for age in &found.ages {
                let key = (of_sex.sex_concept_id, age.age_from.expect("an age"));
                prop_assert_eq!(age.by_sex[at], Some(expected.get(&key).copied().unwrap_or(0)));
            }
        }
        let of_ages: u64 = found.ages.iter().map(|age| age.persons.expect("shown")).sum();
        prop_assert_eq!(Some(of_ages), found.persons);
        for own in &found.years {
            let in_year = |start: i32| if start < 366 { 2020 } else { 2021 };
            let count = entries(&one).values().filter(|(start, _)| in_year(*start) == own.year).count();
            prop_assert_eq!(own.persons, Some(count as u64));
        }
        let bands = age_and_sex(&found).bands;
        for band in &bands {
            prop_assert_eq!(band.female, Some(expected.get(&(8532, band.age_from)).copied().unwrap_or(0)));
            prop_assert_eq!(band.male, Some(expected.get(&(8507, band.age_from)).copied().unwrap_or(0)));
        }

        let to = from + length;
        let found = prevalence(&index, &first, day(from), day(to), Disclosure::EVERYTHING);
        let is_observed = |person: i64| from <= last_day(person);
        let observed = (1..=PERSONS).filter(|person| is_observed(*person)).count() as u64;
        let here: BTreeSet<i64> = spans(&one)
            .into_iter()
            .filter(|(person, start, end)| *start <= to.min(last_day(*person)) && from <= *end)
            .map(|span| span.0)
            .collect();
        prop_assert_eq!((found.observed, found.in_cohort), (Some(observed), Some(here.len() as u64)));
        if let Some(share) = found.share {
            prop_assert!((share.estimate - here.len() as f64 / observed as f64).abs() < 1e-12);
        }

        // The years in which anybody is in the cohort, each as a period of its own.
        let by_year = prevalence_by_year(&index, &first, Disclosure::EVERYTHING);
        let years: BTreeSet<i16> =
            spans(&one).iter().flat_map(|span| [day(span.1).year(), day(span.2).year()]).collect();
        prop_assert_eq!(by_year.len(), years.len());
        for (found, year) in by_year.iter().zip(years) {
            let whole =
                prevalence(&index, &first, date(year, 1, 1), date(year, 12, 31), Disclosure::EVERYTHING);
            prop_assert_eq!(found, &whole);
        }

        let found = overlap(&[&first, &second, &last], Disclosure::EVERYTHING).expect("three cohorts");
        let people = [&one, &other, &third].map(|rows| entries(rows).into_keys().collect::<BTreeSet<i64>>());
        prop_assert_eq!(found.intersections.len(), 7);
        for part in &found.intersections {
            let is_in = |person: &i64| {
                (0..3).all(|at| people[at as usize].contains(person) == part.cohorts.contains(&at))
            };
            prop_assert_eq!(part.persons, Some((1..=PERSONS).filter(is_in).count() as u64));
        }
        let all: BTreeSet<i64> = people.iter().flatten().copied().collect();
        prop_assert_eq!(found.in_any, Some(all.len() as u64));
        for (with, other) in found.with_first.iter().zip(&people[1..]) {
            prop_assert_eq!(with.persons, Some(people[0].intersection(other).count() as u64));
        }
        prop_assert_eq!(found.persons, people.map(|own| Some(own.len() as u64)).to_vec());
        prop_assert!(overlap(&[&first], Disclosure::EVERYTHING).is_err());
        Ok(())
    });
}

#[test]
fn others_see_no_few_people_of_a_stratum_and_none_that_follow_from_what_they_see() {
    check((tables(), rows(), rows()), |(tables, one, other)| {
        let index = index_of(&tables, |_| true, false);
        let of = |rows: &[Row]| Cohort::new(&index, &cohort_rows(rows, |_| true));
        let (first, second) = (of(&one), of(&other));
        let disclosure = Disclosure::from(3);
        let found = stratified(&index, &first, disclosure);
        let is_large = |count: Option<u64>| count.is_none_or(|count| !disclosure.is_small(count));
        prop_assert!(is_large(found.persons));
        // What is missing from a sum that is shown is nobody, or could be enough people.
        let holds = |sum: Option<u64>, parts: &[Option<u64>]| {
            let Some(sum) = sum else { return parts.iter().all(|part| is_large(*part)) };
            let hidden = parts.iter().filter(|part| part.is_none()).count() as u64;
            let rest = sum - parts.iter().flatten().sum::<u64>();
            let is_told = hidden == 1 && disclosure.is_small(rest);
            !is_told && parts.iter().all(|part| is_large(*part))
        };
        let sexes: Vec<Option<u64>> = found.sexes.iter().map(|own| own.persons).collect();
        prop_assert!(holds(found.persons, &sexes), "{found:?}");
        let ages: Vec<Option<u64>> = found.ages.iter().map(|own| own.persons).collect();
        prop_assert!(holds(found.persons, &ages), "{found:?}");
        let years: Vec<Option<u64>> = found.years.iter().map(|own| own.persons).collect();
        prop_assert!(holds(found.persons, &years), "{found:?}");
        for own in &found.ages {
            prop_assert!(holds(own.persons, &own.by_sex), "{found:?}");
        }
        for (at, own) in found.sexes.iter().enumerate() {
            let column: Vec<Option<u64>> = found.ages.iter().map(|age| age.by_sex[at]).collect();
            prop_assert!(holds(own.persons, &column), "{found:?}");
        }
        // The ages of women and men are those of the same table, hidden where they are hidden there.
        for (band, own) in age_and_sex(&found).bands.iter().zip(&found.ages) {
            prop_assert_eq!((band.female, band.male), (own.by_sex[0], own.by_sex[1]));
        }
        let laid = overlap(&[&first, &second], disclosure).expect("two cohorts");
        let parts: Vec<Option<u64>> = laid.intersections.iter().map(|part| part.persons).collect();
        prop_assert!(holds(laid.in_any, &parts), "{laid:?}");
        let (own, both) = ([parts[0], parts[2]], laid.with_first[0].persons);
        prop_assert!(holds(laid.persons[0], &own) && is_large(both), "{laid:?}");
        for period in prevalence_by_year(&index, &first, disclosure) {
            let without = period.observed.zip(period.in_cohort).map(|(all, with)| all - with);
            prop_assert!(is_large(period.in_cohort) && is_large(period.observed) && is_large(without));
            prop_assert_eq!(period.share.is_some(), period.in_cohort.is_some() && period.observed != Some(0));
        }
        Ok(())
    });
}
