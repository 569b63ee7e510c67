//! Faults: kill -9 in the middle of an import, a full disk, and traces of patients outside the vault.

mod backup;
mod canary;
mod full;
mod import;
mod kill;
mod kill_messages;
