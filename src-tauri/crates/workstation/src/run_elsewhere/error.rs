//! Why a cohort was not run elsewhere.

use std::error::Error as _;
use std::io;

use rustcare_model::reason::{Reason, Why};
use rustls::CertificateError;
use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::problem::{Problem, ProblemCode};

/// What went wrong. None holds a value of the database, a key or the password; what the server says in its own words is not passed on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.why().sentence())]
pub enum ElsewhereError {
    /// It is no name, no address and no folder.
    BadHost,
    /// Nought is no port.
    BadPort,
    /// The name of the database is missing.
    BadDatabase,
    /// The username is missing.
    BadUsername,
    /// It is no name of a schema.
    BadSchema,
    /// Without encryption only this machine itself is asked.
    PlainFarAway,
    /// A socket is not encrypted.
    SocketEncrypted,
    /// The authorities are no certificates.
    BadCertificates,
    /// This machine trusts nobody.
    NoAuthorities,
    /// The definition names the clinic's own codes.
    OwnConcepts {
        /// How many.
        count: usize,
    },
    /// The definition holds what cannot be run; named with its place.
    BadDefinition {
        /// In the engine's words.
        what: String,
    },
    /// Nobody knows the name.
    HostUnknown,
    /// Nobody listens there.
    ConnectionRefused,
    /// Nobody answers.
    Unreachable,
    /// The server does not encrypt.
    NotEncrypted,
    /// The server's certificate comes from no authority that is trusted, or is out of date.
    NotTrusted,
    /// The server's certificate is for another name.
    OtherName,
    /// The database knows no such person, or the password is another.
    NotLetIn,
    /// The server has no such database, or this person may not open it.
    DatabaseUnknown,
    /// The database has no such schema, or this person may not use it.
    SchemaUnknown,
    /// The schema lacks a table.
    TableMissing {
        /// Its name in the data model.
        table: String,
    },
    /// This person may not read a table.
    TableUnreadable {
        /// Its name in the data model.
        table: String,
    },
    /// This person may make no temporary tables, or nobody may: the server is a copy that is only read.
    NoTemporaryTables,
    /// Another complaint of the database.
    StepRefused {
        /// SQLSTATE.
        code: String,
    },
    /// The connection broke off.
    ConnectionLost,
    /// It took longer than was allowed.
    TookTooLong {
        /// What was allowed.
        seconds: u64,
    },
    /// Somebody stopped it.
    Cancelled,
    /// What came back are no counts.
    AnswerUnread,
    /// This machine has no threads or sockets left.
    NoSockets,
}

/// The first cause of a kind.
fn cause<E: std::error::Error + 'static>(error: &tokio_postgres::Error) -> Option<&E> {
    let mut cause = error.source();
    while let Some(one) = cause {
        if let Some(found) = one.downcast_ref::<E>() {
            return Some(found);
        }
        cause = one.source();
    }
    None
}

fn of_certificate(error: &rustls::Error) -> ElsewhereError {
    match error {
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => ElsewhereError::OtherName,
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            ElsewhereError::NotTrusted
        }
        _ => ElsewhereError::NotEncrypted,
    }
}

impl ElsewhereError {
    /// Why a connection was not made.
    pub(super) fn of_connecting(error: &tokio_postgres::Error) -> Self {
        if let Some(database) = error.as_db_error() {
            return match database.code() {
                &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                    Self::NotLetIn
                }
                &SqlState::INVALID_CATALOG_NAME | &SqlState::INSUFFICIENT_PRIVILEGE => Self::DatabaseUnknown,
                code => Self::StepRefused { code: code.code().to_owned() },
            };
        }
        let Some(system) = cause::<io::Error>(error) else {
            // A server without TLS says so in one letter, and the client in words without a kind.
            let is_tls = error.to_string().contains("TLS");
            return if is_tls { Self::NotEncrypted } else { Self::Unreachable };
        };
        let tls = system.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match (tls, system.kind()) {
            (Some(tls), _) => of_certificate(tls),
            (None, io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => Self::ConnectionRefused,
            _ => Self::Unreachable,
        }
    }

    /// Why a statement came to nothing. `seconds`: what was allowed.
    pub(super) fn of_statement(error: &tokio_postgres::Error, seconds: u64) -> Self {
        let Some(database) = error.as_db_error() else { return Self::ConnectionLost };
        match database.code() {
            &SqlState::QUERY_CANCELED => Self::TookTooLong { seconds },
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::NoTemporaryTables,
            &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN => Self::ConnectionLost,
            code => Self::StepRefused { code: code.code().to_owned() },
        }
    }

    /// The field of a connection's form that it belongs to.
    pub(crate) const fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::BadHost => "host",
            Self::BadPort => "port",
            Self::BadDatabase => "database",
            Self::BadUsername => "username",
            Self::BadSchema => "schema",
            Self::PlainFarAway | Self::SocketEncrypted => "is_encrypted",
            Self::BadCertificates => "root_certificates",
            _ => return None,
        })
    }

    /// The sentence, for people.
    pub(crate) fn why(&self) -> Why {
        match self {
            Self::BadHost => Reason::DatabaseHostForm.into(),
            Self::BadPort => Reason::DatabasePortForm.into(),
            Self::BadDatabase | Self::BadUsername => Reason::DatabaseNameMissing.into(),
            Self::BadSchema => Reason::DatabaseSchemaForm.into(),
            Self::PlainFarAway => Reason::DatabasePlainFarAway.into(),
            Self::SocketEncrypted => Reason::DatabaseSocketEncrypted.into(),
            Self::BadCertificates => Reason::DatabaseCertificatesUnread.into(),
            Self::NoAuthorities => Reason::DatabaseNoAuthorities.into(),
            Self::OwnConcepts { count } => Reason::CohortOwnCodes.with("count", count),
            Self::BadDefinition { .. } => Reason::CohortUnread.into(),
            Self::HostUnknown => Reason::DatabaseHostUnknown.into(),
            Self::ConnectionRefused => Reason::DatabaseConnectionRefused.into(),
            Self::Unreachable => Reason::DatabaseUnreachable.into(),
            Self::NotEncrypted => Reason::DatabaseNotEncrypted.into(),
            Self::NotTrusted => Reason::DatabaseNotTrusted.into(),
            Self::OtherName => Reason::DatabaseOtherName.into(),
            Self::NotLetIn => Reason::DatabaseNotLetIn.into(),
            Self::DatabaseUnknown => Reason::DatabaseUnknown.into(),
            Self::SchemaUnknown => Reason::DatabaseSchemaUnknown.into(),
            Self::TableMissing { table } => Reason::DatabaseTableMissing.with("table", table),
            Self::TableUnreadable { table } => Reason::DatabaseTableUnreadable.with("table", table),
            Self::NoTemporaryTables => Reason::DatabaseNoTemporaryTables.into(),
            Self::StepRefused { code } => Reason::DatabaseStepRefused.with("code", code),
            Self::ConnectionLost => Reason::DatabaseConnectionLost.into(),
            Self::TookTooLong { seconds } => Reason::DatabaseTookTooLong.with("seconds", seconds),
            Self::Cancelled => Reason::JobCancelled.into(),
            Self::AnswerUnread => Reason::DatabaseAnswerUnread.into(),
            Self::NoSockets => Reason::DatabaseNoSockets.into(),
        }
    }
}

impl From<ElsewhereError> for Problem {
    fn from(error: ElsewhereError) -> Self {
        if let Some(field) = error.field() {
            return Self::at(field, error.why());
        }
        let code = match &error {
            ElsewhereError::OwnConcepts { .. } | ElsewhereError::BadDefinition { .. } => {
                ProblemCode::InvalidInput
            }
            ElsewhereError::Cancelled => ProblemCode::Cancelled,
            ElsewhereError::NoSockets => ProblemCode::Internal,
            _ => ProblemCode::DatabaseFailed,
        };
        let problem = Self::new(code, error.why());
        match error {
            ElsewhereError::BadDefinition { what } => problem.because(what),
            _ => problem,
        }
    }
}
