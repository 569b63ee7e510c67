//! What administration does.

pub mod clinic;
pub mod databases;
pub mod staff;
pub mod trail;
