//! Bringing in FHIR records, as a job.

use std::sync::Arc;

use rusqlite::Transaction;
use rustcare_exchange::import::Progress;
use rustcare_exchange::{ImportContext, ImportError, ImportReport, import};
use rustcare_model::reason::Reason;
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultResult};

use crate::choke_point::{Call, Told};
use crate::contract::exchange::{BringIn, JobStarted};
use crate::exchange::job::start_import;
use crate::jobs::{JobKind, RunningJob};
use crate::problem::{Problem, ProblemCode};
use crate::session::Actor;
use crate::settings::ClinicSettings;

struct Work {
    vault: Arc<Vault>,
    actor: Arc<Actor>,
    role: String,
    settings: ClinicSettings,
    paths: Vec<std::path::PathBuf>,
}

pub fn import_fhir(call: &mut Call<'_>, input: BringIn) -> Result<JobStarted, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let work = Work {
        vault: Arc::clone(call.vault()?),
        actor: Arc::clone(call.actor()?),
        role: call.role().to_owned(),
        settings: call.settings()?,
        paths: std::iter::once(place.path).chain(place.also).collect(),
    };
    call.tell(Outcome::Done, &Told::default())?;
    start_import(call, JobKind::ImportFhir, "Bring in FHIR records", input.entry_id, move |job| {
        run(job, &work)
    })
}

fn run(job: &RunningJob, work: &Work) -> Result<ImportReport, Problem> {
    let on_commit = |t: &Transaction<'_>, counts: &str| -> VaultResult<()> {
        let entry = AuditEntry {
            at: rustcare_vault::vault::timestamp(),
            person: work.actor.person.clone(),
            role: work.role.clone(),
            action: "import_fhir".into(),
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
    let report = import(&work.paths, &context).map_err(|error| match error {
        ImportError::NothingToRead => Problem::new(ProblemCode::UnreadableFile, Reason::NoFhirFile),
        ImportError::Vault(error) => error.into(),
    })?;
    work.vault.checkpoint(true)?;
    Ok(report)
}
