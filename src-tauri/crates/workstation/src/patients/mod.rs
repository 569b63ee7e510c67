//! What registering, finding and opening a patient does.

pub mod candidates;
pub mod chart;
pub mod duplicates;
pub mod find;
pub mod match_keeper;
pub mod merge;
pub mod register;
pub mod secrets;

use rustcare_model::patient::PatientId;

use crate::problem::{Problem, ProblemCode};

/// Reads an id that the window handed back.
pub(crate) fn patient_id(text: &str) -> Result<PatientId, Problem> {
    PatientId::parse(text).map_err(|refusal| Problem::new(ProblemCode::NotFound, refusal.why))
}
