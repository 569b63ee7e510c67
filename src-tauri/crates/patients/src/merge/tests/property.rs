//! Any merges taken back in any order leave no trace.

use proptest::prelude::*;

use super::*;

/// Somebody corrects one thing of a patient, to what nobody else has.
fn edit(connection: &Connection, row: i64, what: u8, n: usize) {
    let stored = patient::by_row(connection, row).unwrap();
    let mut next = stored.patient.clone();
    let known = &mut next.demographics;
    match what {
        0 => known.language = Some(format!("x-{n}")),
        1 => known.address.city = Some(format!("Town {n}")),
        2 => known.email = rustcare_model::Email::parse(&format!("edit{n}@example.org")).ok(),
        _ => known.phones.push(rustcare_model::Phone::parse(&format!("212 555 01{n:02}"), "US").unwrap()),
    }
    patient::update(connection, &stored, &next, BY).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Any tree of merges, with more arriving for each record and people correcting survivors meanwhile, taken back in any order
    /// that is possible, leaves every row as it would be had there been no merge.
    #[test]
    fn merges_taken_back_leave_everything_as_it_was(
        people in 2_u32..6,
        visits in prop::collection::vec((0_u32..6, 2000_i16..2026), 0..12),
        allergies in prop::collection::vec(0_u32..6, 0..3),
        studies in prop::collection::vec(0_u32..6, 0..6),
        steps in prop::collection::vec((0_u32..6, 0_u32..6, any::<u8>()), 1..8),
        arrivals in prop::collection::vec((0_usize..8, 0_u32..6, 2000_i16..2026, any::<bool>()), 0..6),
        edits in prop::collection::vec((0_usize..8, 0_u32..6, 0_u8..4), 0..8),
        order in prop::collection::vec(any::<prop::sample::Index>(), 8),
    ) {
        let (merged, plain) = (vault(), vault());
        let mut rows = Vec::new();
        for connection in [&merged, &plain] {
            rows = (0..people).map(|n| register_one(connection, n)).collect();
            let row = |n: u32| rows[n as usize % rows.len()];
            for (n, (who, year)) in visits.iter().enumerate() {
                add_visit(connection, row(*who), &format!("e{n}"), &format!("{year}-06-01"));
            }
            for (n, who) in allergies.iter().enumerate() {
                add_allergy(connection, row(*who), &format!("a{n}"), row(*who));
            }
            for (n, who) in studies.iter().enumerate() {
                add_study(connection, row(*who), &format!("1.2.{n}"));
                add_document(connection, row(*who + 1), &format!("letter {n}"));
            }
        }
        let row = |n: u32| rows[n as usize % rows.len()];
        let mut merges = Vec::new();
        let edited = |at: usize| {
            for (n, (_, who, what)) in edits.iter().enumerate().filter(|(_, edit)| edit.0 == at) {
                let living = patient_merge::survivor_of(&merged, row(*who)).unwrap();
                [&merged, &plain].into_iter().for_each(|connection| edit(connection, living, *what, n));
            }
        };
        for (at, (a, b, choice)) in steps.into_iter().enumerate() {
            let chosen: Vec<MergeField> =
                MergeField::ALL.into_iter().enumerate().filter(|(n, _)| choice >> (n % 8) & 1 == 1).map(|(_, f)| f).collect();
            match merge(&merged, (row(a), row(b)), None, &chosen, "same", BY) {
                Ok(done) => merges.push(done.merge),
                Err(MergeError::OneRecord | MergeError::MergedAlready) => {}
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
            edited(at);
            assert_whole(&merged);
            for (n, (_, who, year, is_visit)) in arrivals.iter().enumerate().filter(|(_, arrival)| arrival.0 == at) {
                let (owner, id) = (row(*who), format!("later{n}"));
                let holder = patient_merge::survivor_of(&merged, owner).unwrap();
                if *is_visit {
                    let day = format!("{year}-07-01");
                    let number = add_visit(&merged, holder, &id, &day);
                    patient_merge::note_arrival(&merged, patient_merge::Relation::Resource, number, owner).unwrap();
                    add_visit(&plain, owner, &id, &day);
                } else {
                    add_allergy(&merged, holder, &id, owner);
                    add_allergy(&plain, owner, &id, owner);
                }
            }
        }
        let living: i64 = patient::count(&merged).unwrap();
        prop_assert_eq!(living as usize, rows.len() - merges.len());
        let mut turns = order.iter().cycle();
        while !merges.is_empty() {
            let at = turns.next().unwrap().index(merges.len());
            match unmerge(&merged, merges[at], None, "back", false, BY) {
                Ok(undone) => {
                    prop_assert_eq!((undone.elsewhere, undone.identifiers_lost), (0, 0));
                    merges.remove(at);
                }
                Err(MergeError::LaterMergeFirst) => {
                    // The newest of all can always go.
                    unmerge(&merged, merges.pop().unwrap(), None, "back", false, BY).unwrap();
                }
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
            assert_whole(&merged);
        }
        let (left, right) = (dump(&merged), dump(&plain));
        let only = |a: &[String], b: &[String]| a.iter().filter(|l| !b.contains(l)).cloned().collect::<Vec<_>>();
        prop_assert_eq!(only(&left, &right), only(&right, &left), "rows that differ");
        prop_assert_eq!(left.len(), right.len());
        for n in 0..people {
            let found = |connection: &Connection| -> Vec<i64> {
                let mut statement =
                    connection.prepare("SELECT rowid FROM patient_search WHERE patient_search MATCH ?1").unwrap();
                statement.query_map([format!("\"h{n}\"*")], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
            };
            prop_assert_eq!(found(&merged), found(&plain), "found by the same words");
        }
    }
}
