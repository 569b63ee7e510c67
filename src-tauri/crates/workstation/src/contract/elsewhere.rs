//! Cohorts run on databases elsewhere: the connections, and the counts beside those of the clinic.

use rustcare_cohorts::clinic::Gap;
use rustcare_model::FieldNote;
use rustcare_vault::Role;
use rustcare_vault::Role::{Administrator, Analyst, Clinician};
use serde::{Deserialize, Serialize};
use validator::Validate;
use zeroize::Zeroizing;

use super::cohort_definitions::CountCohort;
use super::exchange::{JobStarted, OneJob};
use super::{Access, Empty, use_cases};
use crate::admin::databases as set_up;
use crate::cohorts::elsewhere as act;

/// Who counts cohorts here may count them elsewhere.
const RUN: &[Role] = &[Analyst, Clinician];
const SET_UP: &[Role] = &[Administrator];

/// Where a database is, and as whom it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DatabaseForm {
    /// What people call it.
    #[validate(length(max = 100))]
    pub name: String,
    /// A name, an address, or the folder of a socket.
    #[validate(length(max = 255))]
    pub host: String,
    /// TCP port.
    pub port: u32,
    /// The database on that server.
    #[validate(length(max = 63))]
    pub database: String,
    /// The schema that holds the tables of the OMOP common data model.
    #[validate(length(max = 63))]
    pub schema: String,
    /// As whom.
    #[validate(length(max = 63))]
    pub username: String,
    /// Whether the connection is encrypted and the server's certificate verified.
    pub is_encrypted: bool,
    /// Certificates of the authorities that are trusted (PEM); empty: those that this machine trusts.
    #[validate(length(max = 1_048_576))]
    pub root_certificates: String,
}

/// What becomes of a connection's password.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PasswordChoice {
    /// What is kept stays, unless the connection leads elsewhere now.
    AsBefore,
    /// It is kept, sealed.
    Keep {
        /// The password.
        #[cfg_attr(feature = "ts", ts(type = "string"))]
        password: Zeroizing<String>,
    },
    /// It is typed at each run.
    Ask,
}

/// Set a connection up, or change it.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SaveDatabaseConnection {
    /// None: a new one.
    pub connection_id: Option<String>,
    /// Where it leads.
    #[validate(nested)]
    pub form: DatabaseForm,
    /// Its password.
    pub password: PasswordChoice,
}

/// Look whether a connection could be set up so.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CheckDatabaseForm {
    /// What is typed so far.
    #[validate(nested)]
    pub form: DatabaseForm,
}

/// What is wrong in it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DatabaseFormChecked {
    /// By field; nothing: it can be saved.
    pub notes: Vec<FieldNote>,
}

/// Names a connection.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneDatabaseConnection {
    pub connection_id: String,
}

/// A connection as those see it who may use it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DatabaseConnectionLine {
    /// Its number.
    pub connection_id: String,
    /// What people call it.
    pub name: String,
    /// The server.
    pub host: String,
    /// The database on it.
    pub database: String,
    /// The schema in it.
    pub schema: String,
    /// Whether whoever asks must type the password at each run.
    pub asks_password: bool,
}

/// All connections, by name.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DatabaseConnectionList {
    /// The connections.
    pub connections: Vec<DatabaseConnectionLine>,
    /// Whether whoever asks holds the key under which passwords are kept.
    pub may_keep_passwords: bool,
}

/// A connection as an administrator sees it: all but the password, which nobody is shown.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DatabaseConnectionView {
    /// Its number.
    pub connection_id: String,
    /// Where it leads.
    pub form: DatabaseForm,
    /// Whether a password is kept.
    pub has_password: bool,
    /// When it was changed last.
    pub saved_at: String,
    /// By whom.
    pub saved_by: String,
}

/// Run a cohort elsewhere.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunCohortElsewhere {
    /// The cohort.
    pub of: CountCohort,
    /// Where.
    pub connection_id: String,
    /// Only where none is kept that whoever asks may use. It is never kept.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub password: Option<Zeroizing<String>>,
}

/// A count here and there. A number that is too small to be shown to whoever asks is none; here also where the clinic's records cannot
/// answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CountPair {
    /// Of the clinic's records.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub here: Option<u64>,
    /// Of the database.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub there: Option<u64>,
    /// There less here; none where one of them is not shown.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub difference: Option<i64>,
}

/// What one rule does, here and there, in patients.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ComparedRule {
    /// Its name; empty where it has none.
    pub name: String,
    /// Of those with an entry event.
    pub met: CountPair,
    /// After this rule and all before it.
    pub remaining: CountPair,
    /// Would come in if only this rule went.
    pub without_it: CountPair,
}

/// A cohort's counts here and there.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CohortComparison {
    /// What people call the connection.
    pub connection_name: String,
    /// Patients in the data.
    pub population: CountPair,
    /// Patients with an entry event that is observed long enough.
    pub entered: CountPair,
    /// Rule by rule.
    pub rules: Vec<ComparedRule>,
    /// Patients in the cohort.
    pub patients: CountPair,
    /// What the definition asks for that the clinic's records cannot answer. Where there is any of it, nothing is counted here.
    pub gaps: Vec<Gap>,
    /// Smallest number that is shown to whoever asks.
    pub smallest_shown: u32,
    /// BLAKE3 of the definition, in hexadecimal.
    pub definition_hash: String,
}

use_cases! {
    room "cohorts";
    "See connections to databases elsewhere"
    list_database_connections (Empty) -> DatabaseConnectionList, access Access::Roles(&[Administrator, Analyst, Clinician]), trail Refusals, activity true, stale [], by set_up::list_database_connections;
    "Open a connection to a database"
    open_database_connection (OneDatabaseConnection) -> DatabaseConnectionView, access Access::Roles(SET_UP), trail Always, activity true, stale [], by set_up::open_database_connection;
    "Check what is typed of a connection"
    check_database_form (CheckDatabaseForm) -> DatabaseFormChecked, access Access::Roles(SET_UP), trail Refusals, activity true, stale [], by set_up::check_database_form;
    "Set up or change a connection to a database"
    save_database_connection (SaveDatabaseConnection) -> DatabaseConnectionList, access Access::Roles(SET_UP), trail Always, activity true, stale [Settings], by set_up::save_database_connection;
    "Remove a connection to a database"
    remove_database_connection (OneDatabaseConnection) -> DatabaseConnectionList, access Access::Roles(SET_UP), trail Always, activity true, stale [Settings], by set_up::remove_database_connection;
    "Run a cohort on a database elsewhere"
    run_cohort_elsewhere (RunCohortElsewhere) -> JobStarted, access Access::Roles(RUN), trail Always, activity true, stale [Jobs], by act::run_cohort_elsewhere;
    "See a cohort's counts here and elsewhere"
    cohort_elsewhere (OneJob) -> CohortComparison, access Access::Roles(RUN), trail Always, activity true, stale [], by act::cohort_elsewhere;
}
