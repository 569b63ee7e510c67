//! What getting in and out does.

pub mod draft;
pub mod first_run;
pub mod sign_in;
pub mod status;
