//! Faults: kill -9 in the middle of an import, and traces of patients outside the vault.

mod backup;
mod canary;
mod import;
mod kill;
