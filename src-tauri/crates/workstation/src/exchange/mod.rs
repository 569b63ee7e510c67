//! What bringing in does.

pub mod import_fhir;
pub mod import_table;
pub mod job;
pub mod places;
