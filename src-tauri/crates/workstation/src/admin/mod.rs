//! What administration does.

pub mod clinic;
pub mod staff;
pub mod trail;
