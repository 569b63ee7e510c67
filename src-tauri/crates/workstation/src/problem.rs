//! What the window is told when something is refused: a stable code, a sentence for a person, the field it belongs to.
//!
//! No problem carries what was typed or stored. Codes are listed here once and never reused.

use rustcare_model::note::{FieldNote, Refusal};
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
    Internal,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[error("{message}")]
pub struct Problem {
    /// Stable code.
    pub code: ProblemCode,
    /// A sentence for a person.
    pub message: String,
    /// The field it belongs to.
    pub field: Option<String>,
    /// All notes of a refused form.
    pub fields: Vec<FieldNote>,
    /// The chain of causes, outermost first, without patient data.
    pub details: Vec<String>,
}

impl Problem {
    /// A problem with its code and sentence.
    pub fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, fields: Vec::new(), details: Vec::new() }
    }

    /// A problem of one field.
    pub fn at(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            field: Some(field.to_owned()),
            fields: vec![FieldNote::error(field, "invalid", message.clone())],
            ..Self::new(ProblemCode::InvalidInput, message)
        }
    }

    /// A refused form.
    pub fn form(fields: Vec<FieldNote>) -> Self {
        let errors = fields.iter().filter(|n| n.severity == rustcare_model::Severity::Error).count();
        Self {
            field: fields.first().map(|n| n.field.clone()),
            message: format!(
                "{errors} field{} need{} attention.",
                if errors == 1 { "" } else { "s" },
                if errors == 1 { "s" } else { "" }
            ),
            fields,
            ..Self::new(ProblemCode::InvalidInput, "")
        }
    }

    /// Nobody is signed in.
    pub fn not_signed_in() -> Self {
        Self::new(ProblemCode::NotSignedIn, "Sign in first.")
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
            VaultError::WeakPassphrase(why) => return Self::at("passphrase", why.clone()),
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
        let message = sentence(&error);
        let mut problem = Self::new(code, message);
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            problem.details.push(inner.to_string());
            cause = inner.source();
        }
        problem
    }
}

fn sentence(error: &VaultError) -> String {
    match error {
        VaultError::Absent => "There is no vault here yet.".into(),
        VaultError::InUse { holder } => {
            format!("The vault is already open: {holder}. Close that program, then try again.")
        }
        VaultError::WrongPassphrase => "Name or passphrase is wrong.".into(),
        VaultError::Throttled { seconds } => format!("Too many wrong passphrases. Wait {seconds} s, then try again."),
        VaultError::WrongRecoveryWords => "These words do not open this vault. Check each word and their order.".into(),
        VaultError::LastOfKind(kind) => format!("This is the last {kind}. Appoint another one first."),
        VaultError::NotCustodian => "Only a key custodian can give these rights. Ask the person who made the vault.".into(),
        VaultError::NameTaken => "This sign-in name is already used.".into(),
        VaultError::Stale => "Somebody else changed this record in the meantime. Open it again; your text is kept.".into(),
        VaultError::Full => "The disk is full. Nothing was changed. Free some space, then try again.".into(),
        VaultError::TrailBroken => {
            "The audit trail does not continue its signed checkpoints. Do not go on; restore a backup or call for help.".into()
        }
        other => {
            let text = other.to_string();
            let mut characters = text.chars();
            characters.next().map(|c| c.to_uppercase().collect::<String>() + characters.as_str() + ".").unwrap_or_default()
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Invalid(notes) => Self::form(notes),
            RegisterError::NoSecretsKey(field) => Self::at(
                field,
                "Only the front desk can enter this number. Leave it empty; it can be added later.",
            ),
            RegisterError::Vault(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(ProblemCode::InvalidInput, refusal.message)
    }
}
