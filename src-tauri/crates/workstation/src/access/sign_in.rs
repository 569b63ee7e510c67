//! Signing in, locking, passphrases.

use std::sync::Arc;

use rustcare_model::reason::Reason;
use rustcare_vault::table::setting;
use rustcare_vault::{AuditEntry, Outcome, Unlocked, Vault, VaultError};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::choke_point::{Call, Told};
use crate::contract::access::{ChangePassphrase, RecoverAccess, SignIn, SignedIn};
use crate::contract::{self, Empty};
use crate::problem::{Problem, ProblemCode};
use crate::session::Actor;
use crate::settings::ClinicSettings;

/// Key under which it is kept that the recovery words were typed back.
pub const SHEET_CONFIRMED: &str = "recovery_sheet_confirmed";

pub(crate) fn secret(text: &Zeroizing<String>) -> SecretString {
    SecretString::from(text.as_str())
}

/// Begins a session for somebody who proved who they are.
pub(crate) fn begin(call: &mut Call<'_>, unlocked: Unlocked) -> Result<SignedIn, Problem> {
    let vault = Arc::clone(&unlocked.vault);
    let custodian = unlocked.staff.custodian;
    let actor = Actor::of(unlocked);
    let (person, display_name, roles) =
        (actor.person.clone(), actor.display_name.clone(), actor.roles.clone());
    let permitted = contract::all()
        .filter(|c| roles.iter().any(|r| contract::allows(c, *r)))
        .map(|c| c.name.to_owned())
        .collect();
    let token = call.workstation.sessions.begin(actor)?;
    let (actor, left) = call.workstation.sessions.enter(&token, true)?;
    call.adopt(Arc::clone(&vault), actor);
    let (settings, confirmed) = vault.read(|t| {
        Ok::<_, VaultError>((ClinicSettings::load(t)?, setting::get(t, SHEET_CONFIRMED)?.is_some()))
    })?;
    vault.write(|t| {
        setting::put(t, &format!("last_signed_in/{person}"), &rustcare_vault::vault::timestamp())
    })?;
    call.workstation.matches.start(&vault);
    Ok(SignedIn {
        token,
        person,
        display_name,
        roles,
        permitted,
        settings,
        idle_seconds: left.idle.as_secs(),
        absolute_seconds: left.absolute.as_secs(),
        // Only a custodian was ever shown the words.
        recovery_sheet_confirmed: confirmed || !custodian,
    })
}

pub fn sign_in(call: &mut Call<'_>, input: SignIn) -> Result<SignedIn, Problem> {
    let workstation = Arc::clone(call.workstation);
    let _door = workstation.door.lock();
    let passphrase = secret(&input.passphrase);
    let person = input.person.trim().to_lowercase();
    // Only a name that is one of the staff's: people type passphrases into the wrong field.
    let known = rustcare_vault::header::VaultHeader::read(workstation.vault_folder());
    if known.is_ok_and(|header| header.active(&person).is_some()) {
        call.is_about(format!("staff/{person}"));
    }
    let open = workstation.open_vault();
    let unlocked = match &open {
        Some(vault) => vault.authenticate(&person, &passphrase)?,
        None => Vault::unlock(workstation.vault_folder(), &person, &passphrase)?,
    };
    workstation.put_open(&unlocked.vault);
    begin(call, unlocked)
}

pub fn recover_access(call: &mut Call<'_>, input: RecoverAccess) -> Result<SignedIn, Problem> {
    let workstation = Arc::clone(call.workstation);
    let _door = workstation.door.lock();
    if workstation.open_vault().is_some() {
        return Err(Problem::new(ProblemCode::VaultInUse, Reason::SomebodySignedIn));
    }
    let person = input.person.trim().to_lowercase();
    let told = Told { subject: Some(format!("staff/{person}")), details: None };
    let entry = AuditEntry { person: person.clone(), ..call.entry(Outcome::Done, &told) };
    let unlocked = Vault::recover(
        workstation.vault_folder(),
        &input.recovery_words,
        &person,
        &secret(&input.new_passphrase),
        workstation.kdf(),
        &|t| rustcare_vault::audit::chain::append(t, &entry).map(|_| ()),
    )?;
    call.is_covered();
    workstation.put_open(&unlocked.vault);
    begin(call, unlocked)
}

pub fn lock(call: &mut Call<'_>, _: Empty) -> Result<Empty, Problem> {
    call.tell(Outcome::Done, &Told::default())?;
    if let Some(token) = call.token() {
        call.workstation.sessions.end(token);
    }
    // The call's own hold on vault and keys goes first, so that closing really closes.
    call.let_go();
    call.workstation.close_if_idle();
    Ok(Empty {})
}

pub fn change_passphrase(call: &mut Call<'_>, input: ChangePassphrase) -> Result<Empty, Problem> {
    let person = call.actor()?.person.clone();
    call.together(&Told::default(), |vault, together| {
        let (old, new) = (secret(&input.old_passphrase), secret(&input.new_passphrase));
        vault.change_passphrase(&person, &old, &new, call.workstation.kdf(), together).map_err(|error| {
            match error {
                VaultError::WeakPassphrase(why) => Problem::at("new_passphrase", why),
                VaultError::WrongPassphrase => Problem::at("old_passphrase", Reason::NotPresentPassphrase),
                other => other.into(),
            }
        })
    })?;
    Ok(Empty {})
}
