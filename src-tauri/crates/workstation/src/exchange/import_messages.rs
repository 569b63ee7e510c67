//! Bringing in files of HL7 v2 messages, as a job; and what every way in of a message shares.

use rusqlite::Transaction;
use rustcare_exchange::hl7::files::{self, MessageImportError};
use rustcare_exchange::hl7::receive::MergeRefused;
use rustcare_model::reason::Reason;
use rustcare_patients::merge::{self, MergeError};
use rustcare_vault::Outcome;
use rustcare_vault::table::patient::ChangedBy;

use crate::choke_point::{Call, Told};
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
    let (person, role) = (call.actor()?.person.clone(), call.role().to_owned());
    call.tell(Outcome::Done, &Told::default())?;
    start_import(call, JobKind::ImportMessages, "Bring in HL7 messages", input.entry_id, move |job| {
        let merge = |t: &Transaction<'_>, stay: i64, go: i64| merge_two(t, (stay, go), &person, &role);
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

/// Merges two patients because a message says so; it can be taken back as any other merge.
pub(super) fn merge_two(
    t: &Transaction<'_>,
    rows: (i64, i64),
    person: &str,
    role: &str,
) -> Result<(), MergeRefused> {
    let at = rustcare_vault::vault::timestamp();
    let by = ChangedBy { at: &at, person, role };
    match merge::merge(t, rows, None, &[], "HL7 message", by) {
        Ok(_) => Ok(()),
        Err(MergeError::DecidedDifferent) => Err(MergeRefused::DecidedDifferent),
        Err(MergeError::Vault(error)) => Err(MergeRefused::Vault(error)),
        Err(_) => Err(MergeRefused::NotPossible),
    }
}
