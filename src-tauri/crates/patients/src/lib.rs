//! Patients: registering one, finding one in a keystroke, and the chart.
//!
//! It turns forms into rows and rows into view models. It knows no session and no role: the workstation asks it
//! inside its own transaction, after it has checked who may.
//!
//! | module | what it knows |
//! |---|---|
//! | [`register`] | saving a form once, under one record number |
//! | [`find`] | search as you type |
//! | [`matching`] | which records are of one person |
//! | [`merge`] | two records become one, and apart again |
//! | [`banner`] | the line at the top of every patient screen |
//! | [`chart`] | problems, allergies, medicines, results, encounters, timeline |
#![warn(missing_docs)]

pub mod banner;
pub mod chart;
pub mod find;
pub mod matching;
pub mod merge;
pub mod register;

pub use banner::PatientBanner;
pub use find::{FoundPatients, PatientHit};
