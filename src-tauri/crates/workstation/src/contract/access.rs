//! Getting in and out: making a vault, signing in, locking, drafts.

use rustcare_vault::Role;
use serde::{Deserialize, Serialize};
use validator::Validate;
use zeroize::Zeroizing;

use super::{Access, Empty, use_cases};
use crate::access as act;
use crate::problem::Problem;
use crate::settings::ClinicSettings;

/// Where the vault stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum VaultState {
    Absent,
    Locked,
    Open,
    InUse,
    Damaged,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SignInPerson {
    pub person: String,
    pub display_name: String,
}

/// What stands on the sign-in card.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct WorkstationStatus {
    pub state: VaultState,
    pub detail: Option<String>,
    /// Why the vault cannot be opened, for the window's own wording.
    pub problem: Option<Problem>,
    pub clinic_name: Option<String>,
    pub practice: bool,
    pub people: Vec<SignInPerson>,
    pub version: String,
    pub language: Option<String>,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub wait_seconds: u64,
    pub running_jobs: usize,
}

/// First run.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CreateVault {
    #[validate(nested)]
    pub settings: ClinicSettings,
    #[validate(length(min = 2, max = 40))]
    pub person: String,
    #[validate(length(min = 1, max = 100))]
    pub display_name: String,
    #[validate(length(max = 6))]
    pub roles: Vec<Role>,
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub passphrase: Zeroizing<String>,
    pub practice: bool,
}

/// The vault is made. The words are shown once.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct VaultCreated {
    #[cfg_attr(feature = "ts", ts(type = "Array<string>"))]
    pub recovery_words: Zeroizing<Vec<String>>,
    /// Which two words are typed back, counted from 1.
    pub check_positions: (usize, usize),
    pub session: SignedIn,
}

/// A session has begun.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SignedIn {
    pub token: String,
    pub person: String,
    pub display_name: String,
    pub roles: Vec<Role>,
    /// Names of the use cases that this person may call.
    pub permitted: Vec<String>,
    pub settings: ClinicSettings,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub idle_seconds: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub absolute_seconds: u64,
    pub recovery_sheet_confirmed: bool,
}

/// Two recovery words typed back.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ConfirmRecoverySheet {
    /// In the order asked.
    #[validate(length(equal = 2))]
    pub words: Vec<String>,
}

/// A new recovery sheet, shown once.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct RecoverySheet {
    #[cfg_attr(feature = "ts", ts(type = "Array<string>"))]
    pub recovery_words: Zeroizing<Vec<String>>,
    /// Which two words are typed back, counted from 1.
    pub check_positions: (usize, usize),
}

/// The practice clinic is ready.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PracticeClinic {
    /// Whom to sign in as.
    pub person: String,
    /// With this; it is no secret.
    pub passphrase: String,
}

/// Sign in.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SignIn {
    #[validate(length(min = 1, max = 40))]
    pub person: String,
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub passphrase: Zeroizing<String>,
}

/// Get in with the printed words.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct RecoverAccess {
    #[validate(length(min = 1, max = 40))]
    pub person: String,
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub recovery_words: Zeroizing<String>,
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub new_passphrase: Zeroizing<String>,
}

/// Restore a backup into the empty place of the clinic's vault.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RestoreBackup {
    /// The backup's entry, from `list_place_entries`.
    pub entry_id: String,
}

/// Another passphrase for oneself.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ChangePassphrase {
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub old_passphrase: Zeroizing<String>,
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub new_passphrase: Zeroizing<String>,
}

/// How old the last backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // amber after 2 days, red after 7
pub enum BackupState {
    Fresh,
    Due,
    Overdue,
    Never,
}

/// The last backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct BackupAge {
    pub last_at: Option<String>,
    pub state: BackupState,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub age_hours: Option<i64>,
}

/// What the status bar shows.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SessionStatus {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub idle_seconds_left: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub absolute_seconds_left: u64,
    pub backup: BackupAge,
    pub jobs_running: usize,
    pub practice: bool,
}

/// An unsaved form.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct KeepDraft {
    #[validate(length(min = 1, max = 100))]
    pub kind: String,
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub body: Zeroizing<String>,
}

/// An unsaved form that is kept. It stays where it is until it is taken.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct KeptDraft {
    /// Which form it is.
    pub kind: String,
    /// When it was kept, where that is known.
    pub kept_at: Option<String>,
    /// As its window wrote it.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub body: Zeroizing<String>,
}

/// The unsaved forms of the person, the newest first.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Drafts {
    pub drafts: Vec<KeptDraft>,
}

/// Which draft.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct TakeDraft {
    #[validate(length(min = 1, max = 100))]
    pub kind: String,
}

/// A draft, if there is one.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Draft {
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub body: Option<Zeroizing<String>>,
}

use_cases! {
    room "access";
    "See whether the vault is locked"
    workstation_status (Empty) -> WorkstationStatus, access Access::Anyone, trail Refusals, activity false, stale [], by act::status::workstation_status;
    "Make a new vault"
    create_vault (CreateVault) -> VaultCreated, access Access::Anyone, trail Always, activity true, stale [Session, Vault], by act::first_run::create_vault;
    "Type two recovery words back"
    confirm_recovery_sheet (ConfirmRecoverySheet) -> Empty, access Access::AnyStaff, trail Always, activity true, stale [Session], by act::first_run::confirm_recovery_sheet;
    "Make a new recovery sheet"
    make_recovery_sheet (Empty) -> RecoverySheet, access Access::Roles(&[Role::Administrator]), trail Always, activity true, stale [Session, Vault], by act::first_run::make_recovery_sheet;
    "Open the practice clinic"
    open_practice_clinic (Empty) -> PracticeClinic, access Access::Anyone, trail Refusals, activity true, stale [Session, Vault], by act::first_run::open_practice_clinic;
    "Leave the practice clinic"
    leave_practice_clinic (Empty) -> WorkstationStatus, access Access::Anyone, trail Refusals, activity true, stale [Session, Vault], by act::first_run::leave_practice_clinic;
    "Restore a backup"
    restore_backup (RestoreBackup) -> Empty, access Access::Anyone, trail Refusals, activity true, stale [Session, Vault], by act::first_run::restore_backup;
    "Sign in"
    sign_in (SignIn) -> SignedIn, access Access::Anyone, trail Always, activity true, stale [Session], by act::sign_in::sign_in;
    "Get in with the recovery sheet"
    recover_access (RecoverAccess) -> SignedIn, access Access::Anyone, trail Always, activity true, stale [Session], by act::sign_in::recover_access;
    "Lock"
    lock (Empty) -> Empty, access Access::AnyStaff, trail Always, activity true, stale [Session], by act::sign_in::lock;
    "Keep the session open"
    keep_session_alive (Empty) -> SessionStatus, access Access::AnyStaff, trail Refusals, activity true, stale [], by act::status::session_status;
    "See what is left of the session"
    session_status (Empty) -> SessionStatus, access Access::AnyStaff, trail Refusals, activity false, stale [], by act::status::session_status;
    "Keep an unsaved form"
    keep_draft (KeepDraft) -> Empty, access Access::AnyStaff, trail Refusals, activity false, stale [Drafts], by act::draft::keep_draft;
    "See one's unsaved forms"
    list_drafts (Empty) -> Drafts, access Access::AnyStaff, trail Refusals, activity false, stale [], by act::draft::list_drafts;
    "Take an unsaved form back"
    take_draft (TakeDraft) -> Draft, access Access::AnyStaff, trail Refusals, activity true, stale [Drafts], by act::draft::take_draft;
    "Change one's passphrase"
    change_passphrase (ChangePassphrase) -> Empty, access Access::AnyStaff, trail Always, activity true, stale [], by act::sign_in::change_passphrase;
}
