//! Versions of the schema. A migration that was released is never edited; a new one is added at the end.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{VaultError, VaultResult};
use crate::{audit, table};

/// Each step's statements, in order; the count is the newest version.
const STEPS: [&[&str]; 14] = [
    &[
        table::setting::CREATE,
        audit::chain::CREATE,
        table::patient::CREATE,
        table::resource::CREATE,
        table::clinical_record::CREATE,
        table::study::CREATE,
        table::draft::CREATE,
        table::import_job::CREATE,
    ],
    &[table::draft::ADD_KEPT_AT],
    &[table::patient_merge::CREATE, table::match_register::CREATE, table::match_register::NOTE_ALL],
    &[table::resource::ADD_BEYOND],
    &[table::hl7_message::CREATE],
    &[table::resource::ADD_SAID_AT, table::hl7_message::ADD_SAID_AT],
    &[table::document::CREATE],
    &[table::hl7_message::ADD_PATIENT_INDEX],
    &[table::clinical_record::ADD_QUALIFIER_AND_ISSUED],
    &[table::patient_history::ADD_SAID_AT],
    &[table::cohort_definition::CREATE],
    &[table::data_set::CREATE],
    &[table::database_connection::CREATE],
    &[table::record_change::CREATE],
];

/// What is written anew at the end of a step, by its number: texts that SQL cannot make.
const REWRITES: [(i64, Rewrite); 2] = [(8, table::patient::fold_again), (14, table::record_change::begin)];

type Rewrite = fn(&Connection) -> VaultResult<()>;

/// Runs the steps that are missing, each in its own transaction.
///
/// # Errors
/// [`VaultError::NewerFormat`] for a database of a newer version, [`VaultError::Database`].
pub fn bring_up_to_date(connection: &mut Connection) -> VaultResult<()> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(VaultError::NewerFormat { found, known });
    }
    for (step, statements) in STEPS.iter().enumerate().skip(found as usize) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for statement in *statements {
            transaction.execute_batch(statement)?;
        }
        let number = step as i64 + 1;
        for (_, rewrite) in REWRITES.iter().filter(|(of, _)| *of == number) {
            rewrite(&transaction)?;
        }
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::draft::{self, Draft};

    #[test]
    fn a_database_of_version_1_opens_and_keeps_its_draft() {
        let mut connection = Connection::open_in_memory().unwrap();
        for statement in STEPS[0] {
            connection.execute_batch(statement).unwrap();
        }
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection
            .execute("INSERT INTO draft (person, kind, body) VALUES ('amina', 'register_patient', '{}')", [])
            .unwrap();

        bring_up_to_date(&mut connection).unwrap();
        let version: i64 = connection.query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap();
        assert_eq!(version, STEPS.len() as i64);
        let old = draft::list(&connection, "amina").unwrap();
        assert_eq!(old.len(), 1);
        assert_eq!(
            (old[0].kind.as_str(), old[0].body.as_str(), old[0].kept_at.as_str()),
            ("register_patient", "{}", "")
        );

        let new = Draft {
            kind: "register_patient/1".into(),
            kept_at: "2026-11-24T10:00:00Z".into(),
            body: "{}".into(),
        };
        assert!(draft::keep(&connection, "amina", &new).unwrap());
        assert_eq!(draft::list(&connection, "amina").unwrap().len(), 2);
    }

    #[test]
    fn what_is_newest_is_told_by_its_moment_and_not_by_its_text() {
        let mut connection = Connection::open_in_memory().unwrap();
        bring_up_to_date(&mut connection).unwrap();
        let stamps = [
            "2026-11-24T10:00:05Z",
            "2026-11-24T10:00:05.12Z",
            "2026-11-24T10:00:05.123Z",
            "2026-11-24T10:00:06Z",
        ];
        for (at, stamp) in stamps.into_iter().enumerate() {
            let new =
                Draft { kind: format!("register_patient/{at}"), kept_at: stamp.into(), body: at.to_string() };
            assert!(draft::keep(&connection, "amina", &new).unwrap());
            table::import_job::keep(&connection, &format!("job {}", 9 - at), stamp, "amina", &at.to_string())
                .unwrap();
        }
        let drafts: Vec<String> =
            draft::list(&connection, "amina").unwrap().into_iter().map(|d| d.body).collect();
        assert_eq!(drafts, ["3", "2", "1", "0"]);
        assert_eq!(table::import_job::newest(&connection, 3).unwrap(), ["3", "2", "1"]);
        let now = crate::vault::timestamp();
        assert_eq!(now.len(), "2026-11-24T10:00:05.120Z".len(), "{now}");
        let mut moments = stamps.map(crate::vault::moment);
        moments.sort();
        assert_eq!(moments, stamps.map(crate::vault::moment));
    }

    #[test]
    fn names_of_an_earlier_version_are_found_by_all_ways_to_write_an_apostrophe() {
        use rustcare_model::birth::Birth;
        use rustcare_model::name::PersonName;
        use rustcare_model::patient::{Demographics, Patient, PatientId, Sex};
        let mut connection = Connection::open_in_memory().unwrap();
        for statement in STEPS[..7].iter().copied().flatten() {
            connection.execute_batch(statement).unwrap();
        }
        connection.pragma_update(None, "user_version", 7).unwrap();
        // Patients are written by today's code, which notes what changed.
        connection.execute_batch(table::record_change::CREATE).unwrap();
        let by =
            table::patient::ChangedBy { at: "2026-11-24T10:00:00Z", person: "amina", role: "front_desk" };
        for family in ["O´Brien", "Ruiz"] {
            let demographics = Demographics {
                name: PersonName { family: Some(family.into()), ..PersonName::default() },
                unknown_person: false,
                birth: Birth::NotRecorded,
                sex: Sex::Unknown,
                email: None,
                phones: Default::default(),
                language: None,
                interpreter_needed: false,
                address: Default::default(),
                contact: Default::default(),
                consent_to_contact: None,
                deceased: false,
                deceased_on: None,
                identifiers: Default::default(),
            };
            let mrn = table::patient::issue_mrn(&connection, "RC", 1).unwrap();
            table::patient::insert(
                &connection,
                &Patient { id: PatientId::new(), mrn, demographics },
                None,
                by,
            )
            .unwrap();
        }
        // As version 7 folded it.
        connection
            .execute_batch(
                "UPDATE patient SET family_folded = 'o brien' WHERE patient = 1;
                 DELETE FROM patient_search WHERE rowid = 1;
                 INSERT INTO patient_search (rowid, words) VALUES (1, 'o brien');
                 DELETE FROM match_change;
                 DROP TABLE record_change;",
            )
            .unwrap();

        bring_up_to_date(&mut connection).unwrap();
        let found = |words: &str| -> Vec<i64> {
            let sql = "SELECT rowid FROM patient_search WHERE patient_search MATCH ?1";
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([words], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!((found("obrien"), found("brien"), found("ruiz")), (vec![1], vec![], vec![2]));
        let folded: String = connection
            .query_row("SELECT family_folded FROM patient WHERE patient = 1", [], |r| r.get(0))
            .unwrap();
        assert_eq!(folded, "obrien");
        let changed: Vec<i64> = connection
            .prepare("SELECT patient FROM match_change")
            .unwrap()
            .query_map([], |r| r.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(changed, [1], "the match index is told of whom it must read anew");
    }

    #[test]
    fn a_draft_too_many_is_refused_and_no_other_is_touched() {
        let mut connection = Connection::open_in_memory().unwrap();
        bring_up_to_date(&mut connection).unwrap();
        let numbered = |n: usize| Draft {
            kind: format!("register_patient/{n}"),
            kept_at: String::new(),
            body: n.to_string(),
        };
        for n in 0..draft::MOST {
            assert!(draft::keep(&connection, "amina", &numbered(n)).unwrap());
        }
        assert!(!draft::keep(&connection, "amina", &numbered(draft::MOST)).unwrap());
        assert!(draft::keep(&connection, "amina", &numbered(3)).unwrap(), "its own place is kept");
        assert!(draft::keep(&connection, "ravi", &numbered(0)).unwrap(), "another person has their own");
        assert_eq!(draft::list(&connection, "amina").unwrap().len(), draft::MOST);
    }
}
