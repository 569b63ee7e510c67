//! Bringing in files of HL7 v2 messages, as a job; and what every way in of a message shares.

use std::sync::Arc;

use rusqlite::Transaction;
use rustcare_exchange::hl7::files::{self, MessageImportError};
use rustcare_exchange::hl7::receive::MergeRefused;
use rustcare_model::reason::Reason;
use rustcare_patients::merge::{self, MergeError, Merged};
use rustcare_vault::table::patient::{self, ChangedBy};
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultResult};

use crate::choke_point::{Call, Told};
use crate::contract::duplicates::RECONCILE;
use crate::contract::exchange::{BringIn, JobStarted};
use crate::exchange::import_work::ImportWork;
use crate::exchange::job::start_import;
use crate::jobs::JobKind;
use crate::problem::{Problem, ProblemCode};

pub fn import_messages(call: &mut Call<'_>, input: BringIn) -> Result<JobStarted, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let paths: Vec<_> = std::iter::once(place.path).chain(place.also).collect();
    let zone = call.settings()?.zone();
    let work = ImportWork::of(call, "import_messages")?;
    let person = call.actor()?.person.clone();
    let vault = Arc::clone(call.vault()?);
    // Who brings messages in may not merge by them what they may not merge by hand.
    let merges_as = call.actor()?.role_among(RECONCILE);
    call.tell(Outcome::Done, &Told::default())?;
    start_import(call, JobKind::ImportMessages, "Bring in HL7 messages", input.entry_id, move |job| {
        let merge = |t: &Transaction<'_>, stay: i64, go: i64| match merges_as {
            Some(role) => {
                merge_two(t, (stay, go), &MergedBy { vault: &vault, person: &person, role: role.as_str() })
            }
            None => Err(MergeRefused::NotPermitted),
        };
        work.run(job, |context| {
            files::import_messages(&paths, &zone, &merge, context).map_err(|error| match error {
                MessageImportError::NothingToRead => {
                    Problem::new(ProblemCode::UnreadableFile, Reason::NoMessageFile)
                }
                MessageImportError::Vault(error) => error.into(),
            })
        })
    })
}

/// Whose act a merge by message is, and where it is told.
pub(super) struct MergedBy<'a> {
    /// The vault with the trail.
    pub vault: &'a Vault,
    /// Sign-in name, or the interface.
    pub person: &'a str,
    /// Role acted in.
    pub role: &'a str,
}

/// Merges two patients because a message says so; it can be taken back as any other merge, and stands in the trail as one.
pub(super) fn merge_two(
    t: &Transaction<'_>,
    (survivor, retired): (i64, i64),
    by: &MergedBy<'_>,
) -> Result<(), MergeRefused> {
    let at = rustcare_vault::vault::timestamp();
    let changed_by = ChangedBy { at: &at, person: by.person, role: by.role };
    match merge::merge(t, (survivor, retired), None, &[], "HL7 message", changed_by) {
        Ok(done) => tell(t, by, (survivor, retired), &done).map_err(MergeRefused::Vault),
        Err(MergeError::DecidedDifferent) => Err(MergeRefused::DecidedDifferent),
        Err(MergeError::Vault(error)) => Err(MergeRefused::Vault(error)),
        Err(_) => Err(MergeRefused::NotPossible),
    }
}

/// The entry of a merge, as one by hand has it, in the transaction of the message.
fn tell(
    t: &Transaction<'_>,
    by: &MergedBy<'_>,
    (survivor, retired): (i64, i64),
    done: &Merged,
) -> VaultResult<()> {
    let id = |row: i64| patient::by_row(t, row).map(|stored| stored.patient.id);
    let entry = AuditEntry {
        at: rustcare_vault::vault::timestamp(),
        person: by.person.to_owned(),
        role: by.role.to_owned(),
        action: "merge_patients".into(),
        subject: Some(id(survivor)?.to_string()),
        outcome: Outcome::Done,
        details: Some(format!(
            "merged {}; merge {}; {} records, {} studies; reason: HL7 message",
            id(retired)?,
            done.merge,
            done.moved.records,
            done.moved.studies
        )),
    };
    by.vault.record(t, &entry)
}
