//! The rules of the house, read from what is built.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod contract;
mod layering;
mod raw_key;
mod shell;
mod types;
