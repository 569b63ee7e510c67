//! Any bytes against the reader of `hl7`.
#![no_main]
#![allow(dead_code)]

#[path = "../../crates/exchange/examples/mutate/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::message(bytes));
