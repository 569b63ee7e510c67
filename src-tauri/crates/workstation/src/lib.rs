//! The front door: staff, sessions, and every use case declared once.
//!
//! The only crate that the window, the command line and the tests call. A use case is declared in
//! `contract/<room>.rs` with its input, output, who may call it, what it leaves in the trail and what it makes stale;
//! [`Workstation::call`] is the one way in: signed in → permitted → valid → done and audited in one transaction.
//!
//! It knows no window and no command line; a host hands it places and a way to ask for a folder ([`host::Host`]).
//!
//! | module | what it knows |
//! |---|---|
//! | [`contract`] | the use cases and their inputs and outputs |
//! | [`choke_point`] | the one way in |
//! | [`session`] | who is signed in, for how long |
//! | [`jobs`] | long work: progress, cancel, report |
//! | [`problem`] | what the window is told when something is refused |
//! | [`host`] | what a host must offer |
//! | [`matching`] | matching of CSV files, without a vault |
//! | [`cohort_index`] | cohorts on an index outside a vault, for tests and benchmarks |
//! | [`cohort_sql`] | a cohort definition as SQL, for a database elsewhere |
//! | [`run_elsewhere`] | that SQL run on PostgreSQL, its counts held against ours |
//! | [`cohort_elsewhere`] | the same for a file and an index outside a vault |
//! | `access`, `patients`, `documents`, `paper`, `exchange`, `cohorts`, `imaging`, `admin` | what each use case does |
//! | [`practice`] | the practice clinic and its invented patients |
#![warn(missing_docs)]

mod access;
mod admin;
pub mod choke_point;
pub mod cohort_elsewhere;
pub mod cohort_index;
pub mod cohort_sql;
mod cohorts;
pub mod contract;
mod documents;
mod exchange;
pub mod host;
mod imaging;
pub mod jobs;
pub mod matching;
mod paper;
mod patients;
pub mod practice;
pub mod problem;
pub mod run_elsewhere;
pub mod session;
pub mod settings;
#[cfg(feature = "test-entry")]
pub mod test_entry;
pub mod workstation;

pub use choke_point::{Call, Reply};
pub use host::Host;
pub use problem::{Problem, ProblemCode};
/// Opens an encrypted file that was handed out; no vault is needed.
pub use rustcare_exchange::out::age::open as open_export;
pub use workstation::{Workstation, WorkstationOptions};

/// Re-exported for hosts: what may be said of a table.
pub use rustcare_exchange::table::TableChoice;

/// Re-exported for hosts: the roles and the vault's error-free facts they print.
pub use rustcare_model::reason::{Reason, Why};
pub use rustcare_vault::Role;
