//! The sign-in card and the status bar.

use jiff::Timestamp;
use rustcare_vault::header::VaultHeader;
use rustcare_vault::table::setting;
use rustcare_vault::{Vault, VaultError, throttle};

use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::access::{
    BackupAge, BackupState, SessionStatus, SignInPerson, VaultState, WorkstationStatus,
};
use crate::problem::Problem;
use crate::workstation::Workstation;

/// Key under which the time of the last backup is kept.
pub const LAST_BACKUP: &str = "last_backup_at";

pub fn workstation_status(call: &mut Call<'_>, _: Empty) -> Result<WorkstationStatus, Problem> {
    Ok(status_of(call.workstation))
}

/// What stands on the sign-in card: nothing that is not in the clear header.
pub fn status_of(workstation: &Workstation) -> WorkstationStatus {
    let mut status = WorkstationStatus {
        state: VaultState::Absent,
        detail: None,
        problem: None,
        clinic_name: None,
        practice: *workstation.practising.read(),
        people: Vec::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        language: None,
        wait_seconds: 0,
        running_jobs: workstation.jobs.running(),
    };
    let folder = workstation.vault_folder();
    match VaultHeader::read(folder) {
        Err(VaultError::Absent) => {}
        Err(error) => {
            status.state = VaultState::Damaged;
            let problem = Problem::from(error);
            status.detail = Some(problem.message.to_string());
            status.problem = Some(problem);
        }
        Ok(header) => {
            status.state =
                if workstation.open_vault().is_some() { VaultState::Open } else { VaultState::Locked };
            let now = Timestamp::now();
            let active = header.directory.staff.iter().filter(|s| s.active);
            status.wait_seconds =
                active.clone().map(|s| throttle::seconds_left(folder, &s.person, now)).max().unwrap_or(0);
            status.people = active
                .map(|s| SignInPerson { person: s.person.clone(), display_name: s.display_name.clone() })
                .collect();
            status.practice = header.practice;
            status.clinic_name = Some(header.clinic_name);
            status.language = Some(header.language);
        }
    }
    status
}

pub fn session_status(call: &mut Call<'_>, _: Empty) -> Result<SessionStatus, Problem> {
    let left = call.time_left.ok_or_else(Problem::not_signed_in)?;
    Ok(SessionStatus {
        idle_seconds_left: left.idle.as_secs(),
        absolute_seconds_left: left.absolute.as_secs(),
        backup: backup_age(call.vault()?)?,
        jobs_running: call.workstation.jobs.running(),
        practice: call.vault()?.header().practice,
    })
}

/// Amber after two days, red after seven.
pub fn backup_age(vault: &Vault) -> Result<BackupAge, Problem> {
    let last_at = vault.read(|t| setting::get(t, LAST_BACKUP))?;
    let age_hours = last_at
        .as_deref()
        .and_then(|at| at.parse::<Timestamp>().ok())
        .map(|at| (Timestamp::now().as_second() - at.as_second()).max(0) / 3600);
    let state = match age_hours {
        None => BackupState::Never,
        Some(hours) if hours < 48 => BackupState::Fresh,
        Some(hours) if hours < 168 => BackupState::Due,
        Some(_) => BackupState::Overdue,
    };
    Ok(BackupAge { last_at, state, age_hours })
}
