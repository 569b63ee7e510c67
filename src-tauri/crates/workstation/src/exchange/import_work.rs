//! What every import of records works with, whatever it reads: whose it is, where it goes, what its entries say.

use std::sync::Arc;

use rusqlite::Transaction;
use rustcare_exchange::import::Progress;
use rustcare_exchange::{ImportContext, ImportReport};
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultResult};

use crate::choke_point::Call;
use crate::jobs::RunningJob;
use crate::problem::Problem;
use crate::session::Actor;
use crate::settings::ClinicSettings;

/// One import, from the call that starts it to the job that runs it.
pub(crate) struct ImportWork {
    vault: Arc<Vault>,
    actor: Arc<Actor>,
    role: String,
    settings: ClinicSettings,
    /// As the trail names it.
    action: &'static str,
}

impl ImportWork {
    /// Of the person who calls.
    ///
    /// # Errors
    /// `vault_locked`, `not_signed_in`.
    pub fn of(call: &Call<'_>, action: &'static str) -> Result<Self, Problem> {
        Ok(Self {
            vault: Arc::clone(call.vault()?),
            actor: Arc::clone(call.actor()?),
            role: call.role().to_owned(),
            settings: call.settings()?,
            action,
        })
    }

    /// Runs `import` as `job`: each of its transactions has its entry, and a checkpoint follows the last.
    ///
    /// # Errors
    /// Whatever `import` returns.
    pub fn run(
        &self,
        job: &RunningJob,
        import: impl FnOnce(&ImportContext<'_>) -> Result<ImportReport, Problem>,
    ) -> Result<ImportReport, Problem> {
        let on_commit = |t: &Transaction<'_>, counts: &str| -> VaultResult<()> {
            let entry = AuditEntry {
                at: rustcare_vault::vault::timestamp(),
                person: self.actor.person.clone(),
                role: self.role.clone(),
                action: self.action.into(),
                subject: Some(job.id().to_owned()),
                outcome: Outcome::Done,
                details: Some(counts.to_owned()),
            };
            self.vault.record(t, &entry)
        };
        let progress = |p: Progress| {
            job.expect(p.total_files, p.total_bytes);
            job.reached(p.files, p.bytes);
        };
        let report = import(&ImportContext {
            vault: &self.vault,
            phone_region: self.settings.phone_region.clone(),
            today: self.settings.today(),
            mrn_prefix: self.settings.mrn_prefix.clone(),
            mrn_first: self.settings.mrn_first_number,
            secrets: self.actor.secrets.clone(),
            person: self.actor.person.clone(),
            role: self.role.clone(),
            job: job.id().to_owned(),
            on_commit: &on_commit,
            watch: &|_| {},
            progress: &progress,
            cancel: job.cancel_flag(),
        })?;
        self.vault.checkpoint(true)?;
        Ok(report)
    }
}
