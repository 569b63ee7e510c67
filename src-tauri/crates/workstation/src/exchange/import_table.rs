//! Tables: looked at and tried, then brought in as a job.

use std::sync::Arc;

use rusqlite::Transaction;
use rustcare_exchange::import::Progress;
use rustcare_exchange::table::commit::{self, TableImportError};
use rustcare_exchange::table::dry_run::TableLook;
use rustcare_exchange::table::{Table, TableChoice, TableRefused};
use rustcare_exchange::{ImportContext, ImportReport};
use rustcare_model::reason::Reason;
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultResult};

use crate::choke_point::{Call, Told};
use crate::contract::exchange::{JobStarted, OneTable};
use crate::exchange::job::start_import;
use crate::jobs::{JobKind, RunningJob};
use crate::problem::{Problem, ProblemCode};
use crate::session::Actor;
use crate::settings::ClinicSettings;

impl From<TableRefused> for Problem {
    fn from(refused: TableRefused) -> Self {
        Self::new(ProblemCode::UnreadableFile, refused.0)
    }
}

/// What the table would bring in, row by row. Nothing is written.
pub fn look_at_table(call: &mut Call<'_>, input: OneTable) -> Result<TableLook, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let settings = call.settings()?;
    let table = Table::open(&place.path, &input.choice.dialect)?;
    call.read(|t, told| {
        let look = table.dry_run(t, &input.choice, settings.today(), &settings.phone_region)?;
        let counts = &look.counts;
        told.details =
            Some(format!("{} rows tried, {} refused, {} open", counts.rows, counts.refused, counts.open));
        Ok(look)
    })
}

struct Work {
    vault: Arc<Vault>,
    actor: Arc<Actor>,
    role: String,
    settings: ClinicSettings,
    path: std::path::PathBuf,
    choice: TableChoice,
}

pub fn import_table(call: &mut Call<'_>, input: OneTable) -> Result<JobStarted, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let work = Work {
        vault: Arc::clone(call.vault()?),
        actor: Arc::clone(call.actor()?),
        role: call.role().to_owned(),
        settings: call.settings()?,
        path: place.path,
        choice: input.choice.clone(),
    };
    call.tell(Outcome::Done, &Told::default())?;
    let started = start_import(
        call,
        JobKind::ImportTable,
        "Bring in a table of patients",
        input.entry_id,
        move |job| run(job, &work),
    )?;
    call.workstation.table_choices.insert(started.job_id.clone(), input.choice);
    Ok(started)
}

fn run(job: &RunningJob, work: &Work) -> Result<ImportReport, Problem> {
    let on_commit = |t: &Transaction<'_>, counts: &str| -> VaultResult<()> {
        let entry = AuditEntry {
            at: rustcare_vault::vault::timestamp(),
            person: work.actor.person.clone(),
            role: work.role.clone(),
            action: "import_table".into(),
            subject: Some(job.id().to_owned()),
            outcome: Outcome::Done,
            details: Some(counts.to_owned()),
        };
        work.vault.record(t, &entry)
    };
    let progress = |p: Progress| {
        job.expect(p.total_files, p.total_bytes);
        job.reached(p.files, p.bytes);
    };
    let context = ImportContext {
        vault: &work.vault,
        phone_region: work.settings.phone_region.clone(),
        today: work.settings.today(),
        mrn_prefix: work.settings.mrn_prefix.clone(),
        mrn_first: work.settings.mrn_first_number,
        secrets: work.actor.secrets.clone(),
        person: work.actor.person.clone(),
        role: work.role.clone(),
        job: job.id().to_owned(),
        on_commit: &on_commit,
        watch: &|_| {},
        progress: &progress,
        cancel: job.cancel_flag(),
    };
    let report = commit::import_table(&work.path, &work.choice, &context).map_err(|error| match error {
        TableImportError::Refused(refused) => refused.into(),
        TableImportError::Open(_) => Problem::new(ProblemCode::InvalidInput, Reason::TableUndecided),
        TableImportError::Vault(error) => error.into(),
    })?;
    work.vault.checkpoint(true)?;
    Ok(report)
}
