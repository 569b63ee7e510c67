//! What bringing in and handing out do.

pub mod concept_mapping;
pub mod hand_out;
pub mod hand_out_papers;
pub mod import_fhir;
pub mod import_messages;
pub mod import_table;
mod import_work;
pub mod interface;
pub mod job;
mod line;
mod line_identity;
pub(crate) mod listener;
pub mod messages;
mod networks;
pub mod places;
pub mod table_profiles;
pub(crate) mod unfinished;
