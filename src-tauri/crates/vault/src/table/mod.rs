//! One file per table: its columns, and the statements that touch it.

pub mod clinical_record;
pub mod cohort_definition;
pub mod data_set;
pub mod database_connection;
pub mod document;
pub mod draft;
pub mod hl7_message;
pub mod image;
pub mod import_job;
pub mod match_register;
pub mod patient;
pub mod patient_history;
pub mod patient_merge;
pub mod patient_secret;
pub mod record_change;
pub mod resource;
pub mod setting;
pub mod study;
