//! Taking merges back: what goes, what stays.

use super::*;

#[test]
fn work_after_a_merge_is_shown_and_stays_when_it_is_taken_back() {
    let connection = vault();
    let (a, b) = (register_one(&connection, 1), register_one(&connection, 2));
    add_visit(&connection, b, "e2", "2025-05-05");
    let done = merge(&connection, (a, b), None, &[MergeField::GivenName], "same", BY).unwrap();

    // Somebody corrects the language, a visit is added by hand, and the retired record's source sends another one.
    let stored = patient::by_row(&connection, a).unwrap();
    let mut next = stored.patient.clone();
    next.demographics.language = Some("es".into());
    next.demographics.phones.push(rustcare_model::Phone::parse("415 555 0199", "US").unwrap());
    patient::update(&connection, &stored, &next, BY).unwrap();
    add_visit(&connection, a, "own", "2026-01-01");
    let arrived = add_visit(&connection, a, "late", "2026-02-02");
    patient_merge::note_arrival(&connection, patient_merge::Relation::Resource, arrived, b).unwrap();

    let seen = preview_unmerge(&connection, done.merge).unwrap();
    assert_eq!(seen.kept, vec![MergeField::Phone, MergeField::Language]);
    assert!(seen.restored.contains(&MergeField::GivenName) && seen.restored.contains(&MergeField::Email));
    assert_eq!(seen.moves, MovedCounts { records: 2, studies: 0, documents: 0 });
    unmerge(&connection, done.merge, Some(seen.survivor.version), "two people", true, BY).unwrap();
    assert_whole(&connection);

    let (left, right) = (patient::by_row(&connection, a).unwrap(), patient::by_row(&connection, b).unwrap());
    let own = &left.patient.demographics;
    assert_eq!((own.language.as_deref(), own.name.given.as_deref()), (Some("es"), Some("Anna")));
    assert_eq!(own.email, None);
    assert_eq!(own.phones.len(), 2, "its own and the later one");
    assert_eq!(right.merged_into, None);
    let ids = |row| -> Vec<String> {
        clinical_record::of_patient(&connection, row).unwrap().into_iter().map(|r| r.source_id).collect()
    };
    assert_eq!(ids(a), ["own"]);
    assert_eq!(ids(b), ["late", "e2"]);
    assert_eq!(right.last_visit_day, Some(patient::day_number(jiff::civil::date(2026, 2, 2))));
    assert_eq!(
        left.last_visit_day,
        Some(patient::day_number(jiff::civil::date(2026, 1, 1))),
        "its own visit"
    );
    assert!(decided_different(&connection, a, b).unwrap());
    assert!(matches!(merge(&connection, (a, b), None, &[], "again", BY), Err(MergeError::DecidedDifferent)));
    assert!(matches!(
        unmerge(&connection, done.merge, None, "again", false, BY),
        Err(MergeError::UndoneAlready)
    ));
}

#[test]
fn an_identifier_that_somebody_else_has_by_now_is_said_and_left_there() {
    let connection = vault();
    let (a, b) = (register_one(&connection, 1), register_one(&connection, 2));
    let done = merge(&connection, (a, b), None, &[], "same", BY).unwrap();
    let stored = patient::by_row(&connection, a).unwrap();
    let mut next = stored.patient.clone();
    next.demographics.identifiers.retain(|i| i.value == "H1");
    patient::update(&connection, &stored, &next, BY).unwrap();
    let mut taker = form(7);
    taker.identifiers[0].value = "H2".into();
    let block = MrnBlock { prefix: "A".into(), first: 1 };
    register::register(&connection, &taker, &rules(), &block, None, BY).unwrap();
    let undone = unmerge(&connection, done.merge, None, "two people", false, BY).unwrap();
    assert_eq!(undone.identifiers_lost, 1);
    assert_whole(&connection);
}

/// Two people were merged into one record, one after the other, and the older merge was the wrong one.
#[test]
fn an_older_merge_is_taken_back_without_its_values_coming_again_by_a_later_one() {
    let connection = vault();
    // 1 has no e-mail; 2 and 4 have one.
    let (a, b, c) =
        (register_one(&connection, 1), register_one(&connection, 2), register_one(&connection, 4));
    let whole = |row| patient::by_row(&connection, row).unwrap().patient.demographics;
    let (own, of_c) = (whole(a), whole(c));
    let first = merge(&connection, (a, b), None, &[], "same", BY).unwrap().merge;
    let second = merge(&connection, (a, c), None, &[MergeField::Email], "same", BY).unwrap().merge;
    unmerge(&connection, first, None, "two people", false, BY).unwrap();
    assert_eq!(whole(a).email, of_c.email, "what was chosen of the other one stays");
    assert!(!whole(a).identifiers.iter().any(|i| i.value == "H2"));
    unmerge(&connection, second, None, "two people", false, BY).unwrap();
    assert_eq!(whole(a), own, "nothing of either");
    assert_whole(&connection);

    // The later one would have filled the blank that the older one filled.
    let first = merge(&connection, (a, b), None, &[], "same", BY).unwrap().merge;
    merge(&connection, (a, c), None, &[], "same", BY).unwrap();
    assert_ne!(whole(a).email, of_c.email);
    unmerge(&connection, first, None, "two people", false, BY).unwrap();
    assert_eq!(whole(a).email, of_c.email, "it fills it now");
}

/// "No known allergies" is said of those who were asked, and nobody is asked by a merge.
#[test]
fn nobody_is_said_to_have_been_asked_for_allergies_by_a_merge() {
    let connection = vault();
    let [a, b, c] = [1, 2, 3].map(|n| register_one(&connection, n));
    let asked = |row| patient::by_row(&connection, row).unwrap().allergies_asked;
    // An allergy that the merged record's source sends goes back with it.
    let done = merge(&connection, (a, b), None, &[], "same", BY).unwrap().merge;
    add_allergy(&connection, a, "al", b);
    assert!(asked(a));
    unmerge(&connection, done, None, "two people", false, BY).unwrap();
    assert_eq!((asked(a), asked(b)), (false, true));
    // So does one that was there, whichever of two merges goes first.
    let first = merge(&connection, (a, b), None, &[], "same", BY).unwrap().merge;
    let second = merge(&connection, (a, c), None, &[], "same", BY).unwrap().merge;
    unmerge(&connection, first, None, "two people", false, BY).unwrap();
    assert!(!asked(a));
    unmerge(&connection, second, None, "two people", false, BY).unwrap();
    assert_eq!((asked(a), asked(b), asked(c)), (false, true, false));
}

/// The same number, written otherwise since the merge, is still the other record's.
#[test]
fn numbers_go_back_however_they_are_written_by_now() {
    let connection = vault();
    // 3 and 9 have no telephone, 2 has one.
    let (a, b) = (register_one(&connection, 3), register_one(&connection, 2));
    let done = merge(&connection, (a, b), None, &[], "same", BY).unwrap();
    let stored = patient::by_row(&connection, a).unwrap();
    let mut next = stored.patient.clone();
    next.demographics.phones[0] = rustcare_model::Phone::parse("+1 (415) 555-0102", "US").unwrap();
    for identifier in &mut next.demographics.identifiers {
        identifier.kind = "PI".into();
        identifier.period_start = Some("2020".into());
    }
    patient::update(&connection, &stored, &next, BY).unwrap();
    let undone = unmerge(&connection, done.merge, None, "two people", false, BY).unwrap();
    assert_eq!(undone.identifiers_lost, 0);
    let (left, right) = (patient::by_row(&connection, a).unwrap(), patient::by_row(&connection, b).unwrap());
    assert!(left.patient.demographics.phones.is_empty());
    let values = |of: &StoredPatient| -> Vec<String> {
        of.patient.demographics.identifiers.iter().map(|i| i.value.clone()).collect()
    };
    assert_eq!((values(&left), values(&right)), (vec!["H3".to_owned()], vec!["H2".to_owned()]));
    assert_whole(&connection);
}

/// What somebody says of the survivor after the merge stays with the survivor, whoever said it first.
#[test]
fn a_telephone_that_was_confirmed_since_the_merge_stays() {
    for is_alone in [true, false] {
        let connection = vault();
        let (a, b) = (register_one(&connection, 1), register_one(&connection, 2));
        let done = merge(&connection, (a, b), None, &[], "same", BY).unwrap();
        let stored = patient::by_row(&connection, a).unwrap();
        let mut next = stored.patient.clone();
        assert_eq!(next.demographics.phones.len(), 2);
        // A source or a person names the other record's number alone, or before the survivor's own.
        if is_alone {
            next.demographics.phones.remove(0);
        } else {
            next.demographics.phones.swap(0, 1);
        }
        patient::update(&connection, &stored, &next, BY).unwrap();
        let seen = preview_unmerge(&connection, done.merge).unwrap();
        assert_eq!(seen.kept, vec![MergeField::Phone]);
        // A later merge in between changes nothing of it.
        let c = register_one(&connection, 5);
        merge(&connection, (a, c), None, &[], "same", BY).unwrap();
        unmerge(&connection, done.merge, None, "two people", false, BY).unwrap();
        let phones = |row| -> Vec<String> {
            let of = patient::by_row(&connection, row).unwrap().patient.demographics;
            of.phones.iter().map(|p| p.as_written.clone()).collect()
        };
        let expected: &[&str] = if is_alone {
            &["415 555 0102", "415 555 0105"]
        } else {
            &["415 555 0102", "415 555 0101", "415 555 0105"]
        };
        assert_eq!(phones(a), expected);
        assert_eq!(phones(b), ["415 555 0102"]);
        assert_whole(&connection);
    }
}
