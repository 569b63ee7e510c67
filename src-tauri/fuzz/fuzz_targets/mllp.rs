//! Frames of MLLP: the first bytes say where the stream is cut.
#![no_main]
#![allow(dead_code)]

#[path = "../../crates/exchange/examples/mutate/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (cuts, stream) = bytes.split_at(bytes.len().min(8));
    let mut next = 0;
    readers::stream(stream, |n| {
        next += 1;
        usize::from(*cuts.get(next % 8).unwrap_or(&1)) % n.max(1)
    });
});
