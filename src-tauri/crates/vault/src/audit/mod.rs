//! The audit trail: who did what to whom, in a chain that shows every edit.
//!
//! Entries live in the encrypted database and commit with the act they tell of. Each carries the SHA-256 of the one
//! before it, so an edit, an insertion, a deletion or a swap breaks a link; signed checkpoints outside the database
//! show a cut tail. No entry holds a name or a value: ids, field names and counts only.

pub mod chain;
pub mod checkpoint;
pub mod entry;

pub use chain::Verdict;
pub use entry::{AuditEntry, Outcome};
