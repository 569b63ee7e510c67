//! Versions of the schema. A migration that was released is never edited; a new one is added at the end.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{VaultError, VaultResult};
use crate::{audit, table};

/// Each step's statements, in order; the count is the newest version.
const STEPS: [&[&str]; 1] = [&[
    table::setting::CREATE,
    audit::chain::CREATE,
    table::patient::CREATE,
    table::resource::CREATE,
    table::clinical_record::CREATE,
    table::study::CREATE,
    table::draft::CREATE,
    table::import_job::CREATE,
]];

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
