//! The first day: making a vault, the recovery sheet, the practice clinic, restoring a backup.

use std::sync::Arc;

use rustcare_model::reason::Reason;
use rustcare_vault::recovery::RecoveryKey;
use rustcare_vault::table::setting;
use rustcare_vault::{NewVault, Vault, VaultError, backup};
use zeroize::Zeroizing;

use super::sign_in::{SHEET_CONFIRMED, begin, secret};
use super::status::status_of;
use crate::choke_point::{Call, Told};
use crate::contract::Empty;
use crate::contract::access::{
    ConfirmRecoverySheet, CreateVault, PracticeClinic, RecoverySheet, RestoreBackup, VaultCreated,
    WorkstationStatus,
};
use crate::practice;
use crate::problem::{Problem, ProblemCode};
use crate::settings::Language;
use crate::workstation::{UnconfirmedWords, Workstation};

pub fn create_vault(call: &mut Call<'_>, input: CreateVault) -> Result<VaultCreated, Problem> {
    input.settings.check().map_err(|(field, message)| Problem::at(field, message))?;
    let workstation = Arc::clone(call.workstation);
    let _door = workstation.door.lock();
    let new = NewVault {
        clinic_name: input.settings.clinic_name.clone(),
        language: language_word(input.settings.language).into(),
        practice: input.practice,
        person: input.person.trim().to_lowercase(),
        display_name: input.display_name.trim().to_owned(),
        roles: input.roles,
        passphrase: secret(&input.passphrase),
        kdf: workstation.kdf(),
    };
    let (unlocked, recovery) = Vault::create(workstation.vault_folder(), new)?;
    unlocked.vault.write(|t| input.settings.store(t))?;
    workstation.put_open(&unlocked.vault);
    let sheet = show_sheet(&workstation, &unlocked.staff.person, &recovery)?;
    let session = begin(call, unlocked)?;
    Ok(VaultCreated { recovery_words: sheet.recovery_words, check_positions: sheet.check_positions, session })
}

/// The words of a sheet, held until two of them are typed back.
fn show_sheet(
    workstation: &Workstation,
    person: &str,
    recovery: &RecoveryKey,
) -> Result<RecoverySheet, Problem> {
    let words = Zeroizing::new(recovery.words()?);
    let positions = two_positions(words.len())?;
    *workstation.unconfirmed_words.lock() =
        Some(UnconfirmedWords { person: person.to_owned(), words: words.clone(), positions });
    Ok(RecoverySheet { recovery_words: words, check_positions: positions })
}

/// The sheet that was printed before opens nothing any more.
pub fn make_recovery_sheet(call: &mut Call<'_>, _: Empty) -> Result<RecoverySheet, Problem> {
    let actor = call.actor()?.clone();
    let (Some(secrets), Some(directory)) = (&actor.secrets, &actor.directory_key) else {
        return Err(rustcare_vault::VaultError::NotCustodian.into());
    };
    let recovery = call.together(&Told::default(), |vault, together| {
        Ok(vault.renew_recovery(directory, secrets, &|t| {
            setting::remove(t, SHEET_CONFIRMED)?;
            together(t)
        })?)
    })?;
    show_sheet(call.workstation, &actor.person, &recovery)
}

pub(crate) fn language_word(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Es => "es",
    }
}

/// Two different positions, counted from 1.
fn two_positions(words: usize) -> Result<(usize, usize), Problem> {
    let mut bytes = [0_u8; 2];
    getrandom::fill(&mut bytes).map_err(|_| Problem::new(ProblemCode::Internal, Reason::NoRandomNumbers))?;
    let first = usize::from(bytes[0]) % words;
    let second = (first + 1 + usize::from(bytes[1]) % (words - 1)) % words;
    Ok((first.min(second) + 1, first.max(second) + 1))
}

pub fn confirm_recovery_sheet(call: &mut Call<'_>, input: ConfirmRecoverySheet) -> Result<Empty, Problem> {
    let person = call.actor()?.person.clone();
    let fits = {
        let held = call.workstation.unconfirmed_words.lock();
        let waiting = held
            .as_ref()
            .filter(|w| w.person == person)
            .ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::WordsNoLongerShown))?;
        let typed: Vec<String> = input.words.iter().map(|w| w.trim().to_lowercase()).collect();
        typed.len() == 2
            && typed[0] == waiting.words[waiting.positions.0 - 1]
            && typed[1] == waiting.words[waiting.positions.1 - 1]
    };
    if !fits {
        return Err(Problem::at("words", Reason::WrongSheetWords));
    }
    call.write(|t, _| Ok(setting::put(t, SHEET_CONFIRMED, &rustcare_vault::vault::timestamp())?))?;
    *call.workstation.unconfirmed_words.lock() = None;
    Ok(Empty {})
}

pub fn open_practice_clinic(call: &mut Call<'_>, _: Empty) -> Result<PracticeClinic, Problem> {
    let workstation = Arc::clone(call.workstation);
    let _door = workstation.door.lock();
    refuse_while_open(call)?;
    *workstation.practising.write() = true;
    let folder = workstation.vault_folder().to_owned();
    if !folder.join(rustcare_vault::header::FILE_NAME).exists() {
        practice::make(&folder, &workstation).inspect_err(|_| *workstation.practising.write() = false)?;
    }
    Ok(PracticeClinic { person: practice::PERSON.into(), passphrase: practice::PASSPHRASE.into() })
}

pub fn leave_practice_clinic(call: &mut Call<'_>, _: Empty) -> Result<WorkstationStatus, Problem> {
    let _door = call.workstation.door.lock();
    refuse_while_open(call)?;
    *call.workstation.practising.write() = false;
    Ok(status_of(call.workstation))
}

fn refuse_while_open(call: &Call<'_>) -> Result<(), Problem> {
    if call.workstation.open_vault().is_some() {
        return Err(Problem::new(ProblemCode::VaultInUse, Reason::SomebodySignedIn));
    }
    Ok(())
}

/// Restores into the empty place of the clinic's vault; nothing that is there is ever overwritten.
pub fn restore_backup(call: &mut Call<'_>, input: RestoreBackup) -> Result<Empty, Problem> {
    let workstation = Arc::clone(call.workstation);
    let _door = workstation.door.lock();
    refuse_while_open(call)?;
    let file = workstation
        .places
        .get(&input.entry_id)
        .map(|p| p.path.clone())
        .ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::FileGone))?;
    backup::restore(&file, workstation.clinic_folder()).map_err(|error| match error {
        VaultError::NotEmpty(_) => Problem::new(ProblemCode::AlreadyExists, Reason::VaultHere),
        other => other.into(),
    })?;
    Ok(Empty {})
}
