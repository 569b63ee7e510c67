//! Versions of the schema. A migration that was released is never edited; a new one is added at the end.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{VaultError, VaultResult};
use crate::{audit, table};

/// Each step's statements, in order; the count is the newest version.
const STEPS: [&[&str]; 8] = [
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
    &[table::clinical_record::ADD_QUALIFIER_AND_ISSUED],
];

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
        transaction.pragma_update(None, "user_version", step as i64 + 1)?;
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
