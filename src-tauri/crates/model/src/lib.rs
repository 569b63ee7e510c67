//! The vocabulary of RustCare: what a patient, a date of birth or a medical record number *is*.
//!
//! Every value is parsed once, at the edge, into a type that can only hold a valid value.
//! This crate does no I/O and knows no database, window or file; its neighbours depend on it and it
//! depends on none of them.
//!
//! | module | what it knows |
//! |---|---|
//! | [`birth`] | dates of birth, estimated ages, how an age is said |
//! | [`clinical_record`] | encounters, conditions, observations … as they are kept in the chart |
//! | [`code`] | coded values: system, code, display |
//! | [`contact`] | e-mail addresses and telephone numbers |
//! | [`date_reading`] | typed dates in any order, and partial dates kept as written |
//! | [`form`] | the registration form as it is typed, and the rules that turn it into a patient |
//! | [`mrn`] | medical record numbers with their check character |
//! | [`name`] | the parts of a person's name |
//! | [`note`] | what is said about a field: error, warning, information |
//! | [`patient`] | the registered patient |
//! | [`reason`] | why something is refused: stable names and the English sentences |
//! | [`secret`] | social security and insurance numbers, which cannot be printed |
#![warn(missing_docs)]

pub mod birth;
pub mod clinical_record;
pub mod code;
pub mod contact;
pub mod date_reading;
pub mod document;
pub mod form;
pub mod mrn;
pub mod name;
pub mod note;
pub mod patient;
pub mod reason;
pub mod secret;

pub use birth::{Birth, DateOfBirth};
pub use code::Code;
pub use contact::{Email, Phone};
pub use date_reading::{DateOrder, PartialDate};
pub use form::PatientForm;
pub use mrn::Mrn;
pub use name::PersonName;
pub use note::{FieldNote, Severity};
pub use patient::{Patient, PatientId, Sex};
pub use reason::{Reason, Why};
pub use secret::{InsuranceNumber, Ssn};
