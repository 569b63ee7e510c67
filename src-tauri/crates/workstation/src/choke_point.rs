//! The one way in. The order of checks is fixed: signed in → permitted → valid → done and audited in one transaction.
//!
//! A use case gets a [`Call`] and reaches the vault only through [`Call::read`] and [`Call::write`], which put its entry
//! into the trail: a write in the same transaction, a read before the answer leaves the core.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rusqlite::Transaction;
use rustcare_model::reason::Reason;
use rustcare_vault::{AuditEntry, Outcome, Role, Together, Vault, VaultError, spool};
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::contract::{self, Access, Trail, UseCase};
use crate::problem::{Problem, ProblemCode};
use crate::session::{Actor, TimeLeft};
use crate::settings::ClinicSettings;
use crate::workstation::Workstation;

/// What a use case answers with.
#[derive(Debug)]
pub enum Reply {
    /// A view model.
    Json(Value),
    /// Raw bytes that never go through JSON: frames, thumbnails.
    Bytes(Vec<u8>),
}

/// Bytes as an answer.
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(type = "ArrayBuffer"))]
pub struct Bytes(pub Vec<u8>);

/// Anything that a use case may return.
pub trait Answer {
    /// As a reply.
    ///
    /// # Errors
    /// Only when a view model cannot be written as JSON.
    fn into_reply(self) -> Result<Reply, Problem>;
}

impl<T: serde::Serialize> Answer for T {
    fn into_reply(self) -> Result<Reply, Problem> {
        serde_json::to_value(self)
            .map(Reply::Json)
            .map_err(|_| Problem::new(ProblemCode::Internal, Reason::AnswerNotWritten))
    }
}

impl Answer for Bytes {
    fn into_reply(self) -> Result<Reply, Problem> {
        Ok(Reply::Bytes(self.0))
    }
}

/// What an entry says besides who, when and what: to whom, and counts or field names.
#[derive(Debug, Default)]
pub struct Told {
    /// A patient's, study's or job's id.
    pub subject: Option<String>,
    /// Field names and counts, never values.
    pub details: Option<String>,
}

/// One call of one use case by one person.
pub struct Call<'a> {
    /// The workstation.
    pub workstation: &'a Arc<Workstation>,
    case: &'static UseCase,
    actor: Option<Arc<Actor>>,
    role: Option<Role>,
    token: Option<&'a str>,
    vault: Option<Arc<Vault>>,
    /// What is left of the session.
    pub time_left: Option<TimeLeft>,
    audited: Cell<bool>,
    about: RefCell<Option<String>>,
}

impl Call<'_> {
    /// The signed-in person.
    ///
    /// # Errors
    /// `not_signed_in`, for use cases that anyone may call.
    pub fn actor(&self) -> Result<&Arc<Actor>, Problem> {
        self.actor.as_ref().ok_or_else(Problem::not_signed_in)
    }

    /// The use case's name, as the trail has it.
    pub fn name(&self) -> &'static str {
        self.case.name
    }

    /// The session's token.
    pub fn token(&self) -> Option<&str> {
        self.token
    }

    /// The role that the act is done in.
    pub fn role(&self) -> &'static str {
        self.role.map_or("-", Role::as_str)
    }

    /// Says which of the person's roles permits this, where the use case itself tells them apart.
    pub(crate) fn acts_as(&mut self, role: Role) {
        self.role = Some(role);
    }

    /// The open vault.
    ///
    /// # Errors
    /// `vault_locked`.
    pub fn vault(&self) -> Result<&Arc<Vault>, Problem> {
        self.vault.as_ref().ok_or_else(|| Problem::new(ProblemCode::VaultLocked, Reason::VaultLocked))
    }

    /// The clinic's choices.
    ///
    /// # Errors
    /// `vault_locked`, `vault_damaged`.
    pub fn settings(&self) -> Result<ClinicSettings, Problem> {
        Ok(self.vault()?.read(|t| ClinicSettings::load(t))?)
    }

    pub(crate) fn entry(&self, outcome: Outcome, told: &Told) -> AuditEntry {
        AuditEntry {
            at: rustcare_vault::vault::timestamp(),
            person: self.actor.as_ref().map_or_else(|| "-".into(), |a| a.person.clone()),
            role: self.role().to_owned(),
            action: self.case.name.to_owned(),
            subject: told.subject.clone(),
            outcome,
            details: told.details.clone(),
        }
    }

    /// Does something in one transaction: it commits together with its entry, or nothing of both is there.
    ///
    /// # Errors
    /// Whatever `act` returns.
    pub fn write<T>(
        &self,
        act: impl FnOnce(&Transaction<'_>, &mut Told) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let vault = self.vault()?;
        let done = vault.write(|transaction| {
            let mut told = Told::default();
            let done = act(transaction, &mut told)?;
            vault.record(transaction, &self.entry(Outcome::Done, &told))?;
            Ok::<T, Problem>(done)
        })?;
        self.audited.set(true);
        self.checkpoint(vault);
        Ok(done)
    }

    /// Looks at something: the entry is committed before the answer leaves.
    ///
    /// # Errors
    /// Whatever `look` returns.
    pub fn read<T>(
        &self,
        look: impl FnOnce(&Transaction<'_>, &mut Told) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let vault = self.vault()?;
        let mut told = Told::default();
        let seen = vault.read(|snapshot| look(snapshot, &mut told))?;
        self.tell(Outcome::Done, &told)?;
        Ok(seen)
    }

    /// Puts an entry into the trail in a transaction of its own, for acts outside the database.
    ///
    /// # Errors
    /// Database errors.
    pub fn tell(&self, outcome: Outcome, told: &Told) -> Result<(), Problem> {
        let vault = self.vault()?;
        vault.write(|t| vault.record(t, &self.entry(outcome, told)))?;
        self.audited.set(true);
        self.checkpoint(vault);
        Ok(())
    }

    /// Does something that the vault makes certain together with its entry: a change of staff or of the header.
    ///
    /// # Errors
    /// Whatever `act` returns.
    pub fn together<T>(
        &self,
        told: &Told,
        act: impl FnOnce(&Arc<Vault>, Together<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let vault = self.vault()?;
        let entry = self.entry(Outcome::Done, told);
        let done = act(vault, &|t| vault.record(t, &entry))?;
        self.audited.set(true);
        self.checkpoint(vault);
        Ok(done)
    }

    /// The act is done and in the trail: a checkpoint that cannot be written now is written later, and the call stands.
    fn checkpoint(&self, vault: &Vault) {
        let _ = vault.checkpoint(false);
    }

    /// Says whom a refusal would be about, when the person is not known yet: a sign-in.
    pub(crate) fn is_about(&self, subject: String) {
        *self.about.borrow_mut() = Some(subject);
    }

    /// Says that an earlier entry of this session covers this look.
    pub(crate) fn is_covered(&self) {
        self.audited.set(true);
    }

    /// Lets go of vault and person, so that closing the vault really wipes its keys.
    pub(crate) fn let_go(&mut self) {
        self.vault = None;
        self.actor = None;
    }

    /// Gives the call a vault and an actor that did not exist when it began: making a vault, signing in.
    pub(crate) fn adopt(&mut self, vault: Arc<Vault>, actor: Arc<Actor>) {
        self.role = actor.roles.first().copied();
        self.vault = Some(vault);
        self.actor = Some(actor);
    }
}

/// Reads the input of a use case. serde's own text may repeat the value, so it is never passed on.
///
/// # Errors
/// `invalid_input` with the fields.
pub(crate) fn read_input<T: DeserializeOwned + Validate>(input: Value) -> Result<T, Problem> {
    let input: T = serde_json::from_value(input)
        .map_err(|_| Problem::new(ProblemCode::InvalidInput, Reason::WrongKindOfValue))?;
    input.validate().map_err(|errors| problem_of(&errors))?;
    Ok(input)
}

/// `validator` keeps the rejected value in its errors and prints it: only field and code are taken over.
fn problem_of(errors: &ValidationErrors) -> Problem {
    let mut fields = Vec::new();
    collect(errors, "", &mut fields);
    Problem::form(fields)
}

fn collect(errors: &ValidationErrors, above: &str, fields: &mut Vec<rustcare_model::FieldNote>) {
    for (field, kind) in errors.errors() {
        let path = if above.is_empty() { field.to_string() } else { format!("{above}.{field}") };
        match kind {
            ValidationErrorsKind::Field(list) => {
                for error in list {
                    let message = match error.code.as_ref() {
                        "length" => Reason::ValueLength,
                        "range" => Reason::ValueRange,
                        _ => Reason::ValueNotValid,
                    };
                    fields.push(rustcare_model::FieldNote::error(&path, &error.code, message));
                }
            }
            ValidationErrorsKind::Struct(inner) => collect(inner, &path, fields),
            ValidationErrorsKind::List(list) => list.values().for_each(|inner| collect(inner, &path, fields)),
        }
    }
}

impl Workstation {
    /// Calls a use case by its name. Nothing else of a workstation reads or writes a patient's row.
    ///
    /// # Errors
    /// A [`Problem`]; refusals are in the trail.
    pub fn call(self: &Arc<Self>, name: &str, token: Option<&str>, input: Value) -> Result<Reply, Problem> {
        let case = contract::find(name)
            .ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::CommandUnknown))?;
        let mut call = Call {
            workstation: self,
            case,
            actor: None,
            role: None,
            token,
            vault: self.open_vault(),
            time_left: None,
            audited: Cell::new(false),
            about: RefCell::new(None),
        };
        let answer = self.admit(&mut call).and_then(|()| (case.run)(&mut call, input));
        match &answer {
            Ok(_) if case.trail == Trail::Always && !call.audited.get() && call.vault.is_some() => {
                call.tell(Outcome::Done, &Told::default())?;
            }
            Ok(_) => {}
            Err(problem) => self.tell_refusal(&call, problem),
        }
        answer
    }

    /// Calls a use case and expects a view model.
    ///
    /// # Errors
    /// As [`Workstation::call`].
    pub fn ask(self: &Arc<Self>, name: &str, token: Option<&str>, input: Value) -> Result<Value, Problem> {
        match self.call(name, token, input)? {
            Reply::Json(value) => Ok(value),
            Reply::Bytes(bytes) => Ok(serde_json::json!({ "bytes": bytes.len() })),
        }
    }

    fn admit(&self, call: &mut Call<'_>) -> Result<(), Problem> {
        if matches!(call.case.access, Access::Anyone) {
            return Ok(());
        }
        let token = call.token.ok_or_else(Problem::not_signed_in)?;
        let (actor, left) = self.sessions.enter(token, call.case.activity)?;
        call.time_left = Some(left);
        let role = match call.case.access {
            Access::Anyone | Access::AnyStaff => actor.roles.first().copied(),
            Access::Roles(allowed) => actor.role_among(allowed),
        };
        call.role = role.or_else(|| actor.roles.first().copied());
        call.actor = Some(actor);
        if role.is_none() {
            return Err(Problem::new(ProblemCode::NotPermitted, Reason::RoleForbids));
        }
        call.vault()?;
        Ok(())
    }

    /// A refusal goes into the trail; while the vault is closed, sealed into the spool. It must not hide the refusal
    /// itself, so a failure to write it is not passed on.
    fn tell_refusal(&self, call: &Call<'_>, problem: &Problem) {
        use ProblemCode as Code;
        let outcome = match problem.code {
            Code::NotSignedIn
            | Code::SessionExpired
            | Code::NotPermitted
            | Code::WrongPassphrase
            | Code::Throttled => Outcome::Refused,
            Code::InvalidInput | Code::NotFound | Code::AlreadyExists | Code::Conflict | Code::LastOfKind => {
                Outcome::Invalid
            }
            _ => Outcome::Failed,
        };
        if call.case.trail == Trail::Refusals && outcome != Outcome::Refused {
            return;
        }
        let code = serde_json::to_value(problem.code).ok().and_then(|v| v.as_str().map(str::to_owned));
        let told = Told { subject: call.about.borrow().clone(), details: code };
        let entry = call.entry(outcome, &told);
        let _ = match &call.vault {
            Some(vault) => vault.write(|t| vault.record(t, &entry)),
            None => spool_entry(self, &entry),
        };
    }
}

fn spool_entry(workstation: &Workstation, entry: &AuditEntry) -> Result<(), VaultError> {
    let folder = workstation.vault_folder();
    let header = rustcare_vault::header::VaultHeader::read(folder)?;
    spool::add(folder, &rustcare_vault::header::decode_exact(&header.inbox_key)?, entry)
}
