//! The clinic's settings, backup, health.

use std::sync::Arc;

use rustcare_vault::table::{patient, setting, study};
use rustcare_vault::{Outcome, backup};

use crate::access::first_run::language_word;
use crate::access::status::{LAST_BACKUP, backup_age};
use crate::choke_point::{Call, Told};
use crate::contract::Empty;
use crate::contract::admin::{Settings, VaultHealth};
use crate::contract::exchange::{InPlace, JobStarted};
use crate::jobs::JobKind;
use crate::problem::Problem;

pub fn clinic_settings(call: &mut Call<'_>, _: Empty) -> Result<Settings, Problem> {
    Ok(Settings { settings: call.settings()? })
}

pub fn update_clinic_settings(call: &mut Call<'_>, input: Settings) -> Result<Empty, Problem> {
    input.settings.check().map_err(|(field, message)| Problem::at(field, message))?;
    let word = language_word(input.settings.language);
    call.together(&Told::default(), |vault, together| {
        Ok(vault.rename(&input.settings.clinic_name, word, &|t| {
            input.settings.store(t)?;
            together(t)
        })?)
    })?;
    Ok(Empty {})
}

pub fn back_up(call: &mut Call<'_>, input: InPlace) -> Result<JobStarted, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let vault = Arc::clone(call.vault()?);
    let by = call.actor()?.person.clone();
    call.tell(Outcome::Done, &Told::default())?;
    let workstation = Arc::clone(call.workstation);
    let job_id = call.workstation.jobs.start(
        JobKind::Backup,
        "Back up",
        &by,
        move |job| {
            let progress = |done: u64, total: u64| {
                job.expect(total, 0);
                job.reached(done, 0);
            };
            let summary = backup::make(&vault, &place.path, &progress)?;
            vault.write(|t| setting::put(t, LAST_BACKUP, &summary.made_at))?;
            Ok(None)
        },
        move |_| workstation.close_if_idle(),
    );
    Ok(JobStarted { job_id })
}

pub fn vault_health(call: &mut Call<'_>, _: Empty) -> Result<VaultHealth, Problem> {
    let vault = Arc::clone(call.vault()?);
    let versions = vault.database().versions()?;
    let backup = backup_age(&vault)?;
    let (patients, (studies, quarantined), audit_entries) = call.read(|t, _| {
        let tip = rustcare_vault::audit::chain::tip(t)?;
        Ok((patient::count(t)?, study::counts(t)?, tip.sequence))
    })?;
    Ok(VaultHealth {
        cipher_version: versions.cipher,
        sqlite_version: versions.sqlite,
        database_bytes: vault.database().bytes(),
        blob_bytes: vault.blobs().bytes(),
        free_bytes: rustcare_vault::vault::free_bytes(vault.folder()),
        backup,
        patients,
        studies,
        audit_entries,
        quarantined,
    })
}
