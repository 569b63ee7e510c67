//! The vault: keys, the one encrypted database with the audit trail in it, encrypted files, backup.
//!
//! It knows no use case, no role's rights and no window. Its neighbours are `model` below and every domain
//! crate above. Invariants, each with a test:
//!
//! * nothing readable is written outside the encrypted database and blobs; `vault.toml` holds nothing secret;
//! * one process has a vault open at a time; one connection writes;
//! * an audit entry commits in the same transaction as the act it tells of;
//! * parameters read from `vault.toml` are checked against floors and ceilings before they are used.
//!
//! | module | what it knows |
//! |---|---|
//! | [`header`] | `vault.toml`: what stands in clear, and the signed staff directory |
//! | [`keys`], [`kdf`], [`sealing`], [`recovery`] | from a passphrase or the printed words to the vault's keys |
//! | [`database`], [`migration`], [`table`] | SQLCipher, its versions, one file per table |
//! | [`audit`] | the hash chain, signed checkpoints, verification |
//! | [`blob`] | authenticated-encrypted files, readable at random |
//! | [`snapshot`] | what can be made again, kept encrypted |
//! | [`backup`] | one file out, one folder back |
//! | [`opener`] | one opener at a time, never on a network share |
//! | [`throttle`] | waiting times after wrong passphrases, across restarts |
//! | [`spool`] | notes sealed to the inbox key while nobody is signed in |
//! | `header_change` | a change of the header, certain together with its entry |
//! | `staff` | proving, adding, disabling people |
//! | `trail` | the open vault's trail: appended, checkpointed, verified, written out |
//! | `unnamed` | encrypted files that a crash left without a row |
//! | [`vault`] | the open vault that joins them |
#![warn(missing_docs)]

pub mod audit;
pub mod backup;
pub mod blob;
pub mod database;
pub mod error;
pub mod header;
mod header_change;
pub mod kdf;
pub mod keys;
pub mod migration;
pub mod opener;
#[cfg(feature = "raw-key")]
pub mod raw_key;
pub mod recovery;
pub mod sealing;
pub mod snapshot;
pub mod spool;
mod staff;
pub mod table;
pub mod throttle;
mod trail;
mod unnamed;
pub mod vault;

pub use audit::{AuditEntry, Outcome};
pub use error::{VaultError, VaultResult};
pub use header::{Role, StaffEntry};
pub use header_change::Together;
pub use keys::SecretsKey;
pub use vault::{NewVault, Unlocked, Vault};
