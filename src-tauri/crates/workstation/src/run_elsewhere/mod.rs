//! A cohort run on a PostgreSQL elsewhere: the same definition as SQL, counts back, held against our own.
//!
//! What is sent is the definition, as ids of concepts and numbers of days; nothing of a patient of the clinic. What comes back are
//! counts, never who is in the cohort. Everything happens in one transaction that is rolled back: temporary tables are all that is
//! written, and they go with it. A connection is encrypted and its certificate verified, except to this machine itself. The
//! password is in memory alone, and stands in no error, log or script.

mod check;
mod config;
mod connect;
mod counts;
mod error;
mod run;

pub use config::{DatabaseConfig, Encryption, HostName, RootCertificates};
pub(crate) use config::{check_encryption, schema_name};
pub use counts::{AttritionCounts, CohortCounts, Difference, RuleCounts};
pub use error::ElsewhereError;
pub use run::{RUN_LIMIT, run};
