//! What bringing in does.

pub mod import_fhir;
pub mod import_table;
mod import_work;
pub mod job;
pub mod places;
pub mod table_profiles;
