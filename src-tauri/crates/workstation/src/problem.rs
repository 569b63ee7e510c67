//! What the window is told when something is refused: a stable code, the exact reason, the field it belongs to.
//!
//! No problem carries what was typed or stored. Codes are listed here once and never reused.

use rustcare_model::note::{FieldNote, Refusal};
use rustcare_model::reason::{Reason, Values, Why};
use rustcare_patients::register::RegisterError;
use rustcare_vault::VaultError;
use serde::{Deserialize, Serialize};

/// Why something was refused. The window has one table from these to wording and what can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum ProblemCode {
    NotSignedIn,
    SessionExpired,
    NotPermitted,
    InvalidInput,
    NotFound,
    Conflict,
    AlreadyExists,
    WrongPassphrase,
    Throttled,
    VaultAbsent,
    VaultLocked,
    VaultInUse,
    VaultDamaged,
    LastOfKind,
    UnreadableFile,
    Cancelled,
    StorageFull,
    StorageFailed,
    DatabaseFailed,
    Internal,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[error("{message}")]
pub struct Problem {
    /// Stable code.
    pub code: ProblemCode,
    /// The exact reason, for the window's own wording.
    pub reason: Reason,
    /// What is filled into the wording: seconds, a file, who holds the vault. Never a patient's data.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, string>"))]
    pub values: Values,
    /// The English sentence of the reason, for the command line and logs.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub message: Box<str>,
    /// The field it belongs to.
    pub field: Option<String>,
    /// All notes of a refused form.
    pub fields: Vec<FieldNote>,
    /// The chain of causes, outermost first, without patient data.
    pub details: Vec<String>,
}

impl Problem {
    /// A problem with its code and reason.
    pub fn new(code: ProblemCode, why: impl Into<Why>) -> Self {
        let why = why.into();
        let message = why.sentence().into();
        let Why { reason, values } = why;
        Self { code, reason, values, message, field: None, fields: Vec::new(), details: Vec::new() }
    }

    /// A problem of one field.
    pub fn at(field: &str, why: impl Into<Why>) -> Self {
        let why = why.into();
        Self {
            field: Some(field.to_owned()),
            fields: vec![FieldNote::error(field, "invalid", why.clone())],
            ..Self::new(ProblemCode::InvalidInput, why)
        }
    }

    /// A refused form.
    pub fn form(fields: Vec<FieldNote>) -> Self {
        let errors = fields.iter().filter(|n| n.severity == rustcare_model::Severity::Error).count();
        let why = if errors == 1 {
            Reason::OneFieldWrong.into()
        } else {
            Reason::FieldsWrong.with("count", errors)
        };
        Self {
            field: fields.first().map(|n| n.field.clone()),
            fields,
            ..Self::new(ProblemCode::InvalidInput, why)
        }
    }

    /// Nobody is signed in.
    pub fn not_signed_in() -> Self {
        Self::new(ProblemCode::NotSignedIn, Reason::SignInFirst)
    }

    /// Adds a cause.
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.details.push(cause.into());
        self
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        use ProblemCode as Code;
        let code = match &error {
            VaultError::Absent => Code::VaultAbsent,
            VaultError::AlreadyThere | VaultError::NameTaken | VaultError::Taken(_) => Code::AlreadyExists,
            VaultError::InUse { .. } | VaultError::NetworkShare { .. } => Code::VaultInUse,
            VaultError::WrongPassphrase | VaultError::WrongRecoveryWords => Code::WrongPassphrase,
            VaultError::Throttled { .. } => Code::Throttled,
            VaultError::WeakPassphrase(why) => return Self::at("passphrase", *why),
            VaultError::KdfOutOfRange
            | VaultError::Damaged(_)
            | VaultError::TrailBroken
            | VaultError::UnfitBuild(_)
            | VaultError::NewerFormat { .. } => Code::VaultDamaged,
            VaultError::LastOfKind(_) => Code::LastOfKind,
            VaultError::NoSuchPerson | VaultError::NotFound(_) => Code::NotFound,
            VaultError::NotCustodian => Code::NotPermitted,
            VaultError::Full => Code::StorageFull,
            VaultError::Database(_) | VaultError::Io { .. } => Code::StorageFailed,
            VaultError::BadBackup(_) => Code::UnreadableFile,
            VaultError::Stale => Code::Conflict,
            VaultError::NotEmpty(_) => Code::InvalidInput,
        };
        let mut problem = Self::new(code, why(&error));
        // What exactly is damaged has no wording of its own in the window: it stands among the causes.
        problem.details.extend(problem.values.get("what").cloned());
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            problem.details.push(inner.to_string());
            cause = inner.source();
        }
        problem
    }
}

fn why(error: &VaultError) -> Why {
    match error {
        VaultError::Absent => Reason::VaultAbsent.into(),
        VaultError::AlreadyThere => Reason::VaultInFolder.into(),
        VaultError::InUse { holder } => Reason::VaultHeld.with("holder", holder),
        VaultError::NetworkShare { kind } => Reason::VaultOnNetwork.with("kind", kind),
        VaultError::WrongPassphrase => Reason::WrongPassphrase.into(),
        VaultError::WrongRecoveryWords => Reason::WrongRecoveryWords.into(),
        VaultError::Throttled { seconds } => Reason::Throttled.with("seconds", seconds),
        VaultError::WeakPassphrase(reason) => (*reason).into(),
        VaultError::KdfOutOfRange => Reason::KeyParametersTampered.into(),
        VaultError::Damaged(what) => Reason::VaultDamaged.with("what", what),
        VaultError::TrailBroken => Reason::TrailBroken.into(),
        VaultError::UnfitBuild(what) => Reason::BuildUnfit.with("what", what),
        VaultError::NewerFormat { found, known } => {
            Reason::FormatNewer.with("found", found).with("known", known)
        }
        VaultError::LastOfKind("administrator") => Reason::LastAdministrator.into(),
        VaultError::LastOfKind(_) => Reason::LastCustodian.into(),
        VaultError::NameTaken => Reason::NameTaken.into(),
        VaultError::NoSuchPerson => Reason::NoSuchPerson.into(),
        VaultError::NotCustodian => Reason::NotCustodian.into(),
        VaultError::Full => Reason::DiskFull.into(),
        VaultError::Database(what) => Reason::DatabaseRefused.with("what", what),
        VaultError::Io { what, source } => Reason::SystemRefused.with("what", what).with("cause", source),
        VaultError::BadBackup("it was cut short") => Reason::BackupCutShort.into(),
        VaultError::BadBackup("it is not a backup of RustCare") => Reason::BackupForeign.into(),
        VaultError::BadBackup("the records are in use; try again in a minute") => Reason::RecordsInUse.into(),
        VaultError::BadBackup(what) => Reason::BackupDamaged.with("what", what),
        VaultError::NotFound("patient") => Reason::PatientUnknown.into(),
        VaultError::NotFound("study") => Reason::StudyUnknown.into(),
        VaultError::NotFound("image" | "thumbnail") => Reason::ImageUnknown.into(),
        VaultError::NotFound(what) => Reason::RecordUnknown.with("what", what),
        VaultError::Taken(what) => Reason::AlreadyUsed.with("what", what),
        VaultError::Stale => Reason::RecordChanged.into(),
        VaultError::NotEmpty(_) => Reason::FolderNotEmpty.into(),
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Invalid(notes) => Self::form(notes),
            RegisterError::NoSecretsKey(field) => Self::at(field, Reason::SecretsAtFrontDesk),
            RegisterError::Vault(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(ProblemCode::InvalidInput, refusal.why)
    }
}
