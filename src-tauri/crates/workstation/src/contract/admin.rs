//! Staff, settings, backup, trail, health.

use rustcare_vault::Role;
use rustcare_vault::Role::Administrator;
use serde::{Deserialize, Serialize};
use validator::Validate;
use zeroize::Zeroizing;

use super::access::BackupAge;
use super::exchange::{InPlace, JobStarted};
use super::{Access, Empty, use_cases};
use crate::admin as act;
use crate::settings::ClinicSettings;

const ADMINISTRATION: Access = Access::Roles(&[Administrator]);

/// A member of staff.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct StaffMember {
    pub person: String,
    pub display_name: String,
    pub roles: Vec<Role>,
    pub active: bool,
    pub custodian: bool,
    pub last_signed_in: Option<String>,
}

/// All staff.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Staff {
    pub staff: Vec<StaffMember>,
}

/// A new member of staff.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct AddStaff {
    #[validate(length(min = 2, max = 40))]
    pub person: String,
    #[validate(length(min = 1, max = 100))]
    pub display_name: String,
    #[validate(length(min = 1, max = 6))]
    pub roles: Vec<Role>,
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub passphrase: Zeroizing<String>,
}

/// Names a member of staff.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OnePerson {
    #[validate(length(min = 1, max = 40))]
    pub person: String,
}

/// Other roles for a member of staff.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SetStaffRoles {
    #[validate(length(min = 1, max = 40))]
    pub person: String,
    #[validate(length(min = 1, max = 6))]
    pub roles: Vec<Role>,
}

/// A row of the permission matrix.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct MatrixRow {
    pub use_case: String,
    pub room: String,
    pub title: String,
    pub allowed: Vec<Role>,
}

/// Who may do what.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PermissionMatrix {
    pub roles: Vec<Role>,
    pub rows: Vec<MatrixRow>,
}

/// The clinic's choices.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Settings {
    #[validate(nested)]
    pub settings: ClinicSettings,
}

/// What can be wrong with a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum TrailFinding {
    EntryMissing,
    EntryChanged,
    SignatureWrong,
    EndCutOff,
    CheckpointDiffers,
    OtherwiseBroken,
}

impl TrailFinding {
    /// Of the words of a verification.
    pub fn of(what: &str) -> Self {
        match what {
            "an entry is missing or was put in" => Self::EntryMissing,
            "an entry was changed" => Self::EntryChanged,
            "a checkpoint's signature does not fit" => Self::SignatureWrong,
            "the end of the trail was cut off" => Self::EndCutOff,
            "the trail differs from a signed checkpoint" => Self::CheckpointDiffers,
            _ => Self::OtherwiseBroken,
        }
    }
}

/// What a verification of the trail found.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct AuditVerdict {
    pub intact: bool,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub entries: i64,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub first_bad: Option<i64>,
    pub what: Option<String>,
    /// The same for the window's own wording.
    pub finding: Option<TrailFinding>,
    pub checkpoints: usize,
    pub last_checkpoint_at: Option<String>,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub took_milliseconds: u64,
}

/// Which part of the trail.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ListAudit {
    pub patient_id: Option<String>,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub before_sequence: Option<i64>,
    #[validate(range(min = 1, max = 1000))]
    pub limit: usize,
}

/// An entry of the trail.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct AuditRow {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sequence: i64,
    pub at: String,
    pub person: String,
    pub role: String,
    pub action: String,
    pub subject: Option<String>,
    pub outcome: String,
}

/// A part of the trail, newest first.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct AuditList {
    pub entries: Vec<AuditRow>,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: i64,
}

/// How the vault is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct VaultHealth {
    pub cipher_version: String,
    pub sqlite_version: String,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub database_bytes: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub blob_bytes: u64,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub free_bytes: Option<u64>,
    pub backup: BackupAge,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub patients: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub studies: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub audit_entries: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub quarantined: i64,
}

/// The exported trail.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct AuditExported {
    pub file: String,
    pub entries: usize,
}

use_cases! {
    room "admin";
    "See the staff"
    list_staff (Empty) -> Staff, access ADMINISTRATION, trail Always, activity true, stale [], by act::staff::list_staff;
    "Add a member of staff"
    add_staff (AddStaff) -> Empty, access ADMINISTRATION, trail Always, activity true, stale [Staff], by act::staff::add_staff;
    "Disable a member of staff"
    disable_staff (OnePerson) -> Empty, access ADMINISTRATION, trail Always, activity true, stale [Staff], by act::staff::disable_staff;
    "Change somebody's roles"
    set_staff_roles (SetStaffRoles) -> Empty, access ADMINISTRATION, trail Always, activity true, stale [Staff], by act::staff::set_staff_roles;
    "See who may do what"
    permission_matrix (Empty) -> PermissionMatrix, access Access::AnyStaff, trail Refusals, activity true, stale [], by act::staff::permission_matrix;
    "See the clinic's settings"
    clinic_settings (Empty) -> Settings, access Access::AnyStaff, trail Refusals, activity true, stale [], by act::clinic::clinic_settings;
    "Change the clinic's settings"
    update_clinic_settings (Settings) -> Empty, access ADMINISTRATION, trail Always, activity true, stale [Settings], by act::clinic::update_clinic_settings;
    "Back up"
    back_up (InPlace) -> JobStarted, access ADMINISTRATION, trail Always, activity true, stale [Jobs, Vault], by act::clinic::back_up;
    "Verify the trail"
    verify_audit (Empty) -> AuditVerdict, access ADMINISTRATION, trail Always, activity true, stale [Audit], by act::trail::verify_audit;
    "Read the trail"
    list_audit (ListAudit) -> AuditList, access ADMINISTRATION, trail Always, activity true, stale [], by act::trail::list_audit;
    "Hand the trail out"
    export_audit (InPlace) -> AuditExported, access ADMINISTRATION, trail Always, activity true, stale [], by act::trail::export_audit;
    "See how the vault is"
    vault_health (Empty) -> VaultHealth, access ADMINISTRATION, trail Always, activity true, stale [], by act::clinic::vault_health;
}
