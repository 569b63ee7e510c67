//! What bringing in does.

pub mod import_fhir;
pub mod job;
pub mod places;
