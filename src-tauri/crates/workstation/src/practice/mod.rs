//! The practice clinic: invented patients, a few images, a printed sign-in. Part of the installed product.
//!
//! Everything is made from one fixed seed, offline, with ICD-10-CM and LOINC codes only, and comes in by the same import
//! that real records use. It is marked on every screen.

mod people;
mod phantom;
mod random;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustcare_exchange::{ImportContext, import};
use rustcare_imaging::ingest::ingest;
use rustcare_imaging::walk;
use rustcare_model::reason::Reason;
use rustcare_vault::table::setting;
use rustcare_vault::{AuditEntry, NewVault, Outcome, Role, Vault, VaultError};
use secrecy::SecretString;

use crate::access::sign_in::SHEET_CONFIRMED;
use crate::imaging::sink::ImageSink;
use crate::problem::{Problem, ProblemCode};
use crate::settings::ClinicSettings;
use crate::workstation::Workstation;

/// Whom to sign in as.
pub const PERSON: &str = "practice";
/// The passphrase of everybody in the practice clinic. It protects nothing.
pub const PASSPHRASE: &str = "practice makes perfect here";
/// Invented patients.
pub const PATIENTS: usize = 2_000;

/// Further people, one a role, so that each role's screens can be tried.
const STAFF: [(&str, &str, Role); 5] = [
    ("desk", "Dana Reception", Role::FrontDesk),
    ("nurse", "Noor Nurse", Role::Nurse),
    ("doctor", "Robin Doctor", Role::Clinician),
    ("radiographer", "Ravi Radiographer", Role::Radiographer),
    ("analyst", "Alex Analyst", Role::Analyst),
];

/// Makes the practice clinic in `folder`. A folder that was cut off while being made is made anew.
pub(crate) fn make(folder: &Path, workstation: &Workstation) -> Result<(), Problem> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(VaultError::io("clear the practice clinic's folder"))?;
    }
    let making = folder.with_extension("making");
    if making.exists() {
        std::fs::remove_dir_all(&making).map_err(VaultError::io("clear the practice clinic's folder"))?;
    }
    let made = fill(&making, workstation);
    if let Err(problem) = made {
        let _ = std::fs::remove_dir_all(&making);
        return Err(problem);
    }
    // Only a whole practice clinic gets its name.
    std::fs::rename(&making, folder).map_err(VaultError::io("name the practice clinic's folder"))?;
    Ok(())
}

fn fill(folder: &Path, workstation: &Workstation) -> Result<(), Problem> {
    let settings = ClinicSettings {
        clinic_name: "Practice clinic".into(),
        site: "Invented patients only".into(),
        mrn_prefix: "PX".into(),
        ..ClinicSettings::default()
    };
    let new = NewVault {
        clinic_name: settings.clinic_name.clone(),
        language: "en".into(),
        practice: true,
        person: PERSON.into(),
        display_name: "Sam Practice".into(),
        roles: Role::ALL.to_vec(),
        passphrase: SecretString::from(PASSPHRASE),
        kdf: workstation.kdf(),
    };
    let (unlocked, _) = Vault::create(folder, new)?;
    let vault = Arc::clone(&unlocked.vault);
    vault.write(|t| {
        settings.store(t)?;
        // Nobody needs the words of a practice clinic.
        setting::put(t, SHEET_CONFIRMED, &rustcare_vault::vault::timestamp())
    })?;
    if let Some(key) = &unlocked.directory_key {
        for (person, name, role) in STAFF {
            vault.add_staff(
                key,
                unlocked.secrets.as_ref(),
                person,
                name,
                &[role],
                &SecretString::from(PASSPHRASE),
                workstation.kdf(),
                // Invented staff of an invented clinic: making it is no act of anybody.
                &|_| Ok(()),
            )?;
        }
    }
    let work = folder.join("made");
    std::fs::create_dir_all(&work).map_err(VaultError::io("create a folder"))?;
    let filled = bring_people_in(&unlocked, &settings, &work)
        .and_then(|()| bring_images_in(&vault, workstation, &work, settings.today()));
    std::fs::remove_dir_all(&work).map_err(VaultError::io("remove a folder"))?;
    filled
}

fn bring_people_in(
    unlocked: &rustcare_vault::Unlocked,
    settings: &ClinicSettings,
    work: &Path,
) -> Result<(), Problem> {
    let file = work.join("patients.ndjson");
    std::fs::write(&file, people::ndjson(PATIENTS, settings.today()))
        .map_err(VaultError::io("write the invented patients"))?;
    let vault = &unlocked.vault;
    let on_commit = |t: &rusqlite::Transaction<'_>, counts: &str| vault.record(t, &entry(counts));
    let context = ImportContext {
        vault,
        phone_region: settings.phone_region.clone(),
        today: settings.today(),
        mrn_prefix: settings.mrn_prefix.clone(),
        mrn_first: settings.mrn_first_number,
        secrets: unlocked.secrets.clone(),
        person: PERSON.into(),
        role: "administrator".into(),
        job: "practice".into(),
        on_commit: &on_commit,
        watch: &|_| {},
        progress: &|_| {},
        cancel: &AtomicBool::new(false),
    };
    let report = import(&[file], &context)
        .map_err(|_| Problem::new(ProblemCode::Internal, Reason::PracticeNotMade))?;
    if report.rejected > 0 {
        return Err(Problem::new(ProblemCode::Internal, Reason::PracticeNotWhole));
    }
    Ok(())
}

fn entry(details: &str) -> AuditEntry {
    AuditEntry {
        at: rustcare_vault::vault::timestamp(),
        person: PERSON.into(),
        role: "administrator".into(),
        action: "open_practice_clinic".into(),
        subject: None,
        outcome: Outcome::Done,
        details: Some(details.to_owned()),
    }
}

fn bring_images_in(
    vault: &Arc<Vault>,
    workstation: &Workstation,
    work: &Path,
    today: jiff::civil::Date,
) -> Result<(), Problem> {
    let folder = work.join("images");
    phantom::write_studies(&folder, &people::imaged(6, today))
        .map_err(VaultError::io("write the invented images"))?;
    let found = walk::find_candidates(&folder).map_err(VaultError::io("read the invented images"))?;
    let pool = workstation.decode_pool()?;
    let sink = ImageSink {
        vault: Arc::clone(vault),
        person: PERSON.into(),
        role: "administrator".into(),
        job: "practice".into(),
    };
    let done = ingest(&found.candidates, &pool, &sink, &|_| {}, &AtomicBool::new(false));
    if done.stopped.is_some() || !done.rejected.is_empty() {
        return Err(Problem::new(ProblemCode::Internal, Reason::PracticeImagesNotMade));
    }
    Ok(())
}
