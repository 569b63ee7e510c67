//! Sessions for tests, without the half second of a passphrase. Compiled only with the feature `test-entry`.

use std::sync::Arc;

use rustcare_vault::raw_key::RawKeys;
use rustcare_vault::{Role, Vault};

use crate::problem::Problem;
use crate::session::Actor;
use crate::settings::ClinicSettings;
use crate::workstation::Workstation;

/// Hands the workstation an open vault.
///
/// # Errors
/// Database errors.
pub fn open(workstation: &Workstation, vault: &Arc<Vault>, settings: &ClinicSettings) -> Result<(), Problem> {
    vault.write(|t| settings.store(t))?;
    workstation.put_open(vault);
    Ok(())
}

/// Closes the vault and waits for whatever still works with it: a process must not end while another of its threads is inside the
/// database.
pub fn close(workstation: &Workstation) {
    workstation.close_now();
}

/// Begins a session of a person with these roles, entitled as a sign-in would entitle them.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn sign_in(
    workstation: &Workstation,
    keys: &RawKeys,
    person: &str,
    roles: &[Role],
) -> Result<String, Problem> {
    let administrator = roles.contains(&Role::Administrator);
    workstation.sessions.begin(Actor {
        person: person.into(),
        display_name: person.into(),
        roles: roles.to_vec(),
        secrets: (administrator || roles.iter().any(|r| r.sees_secrets())).then(|| keys.secrets.clone()),
        directory_key: administrator.then(|| keys.directory.clone()),
    })
}

/// How often the match index was read from its snapshot rather than made anew.
pub fn indexes_read_from_snapshots(workstation: &Workstation) -> u64 {
    workstation.matches.snapshots_read()
}
