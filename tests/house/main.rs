//! The rules of the house, read from what is built.

mod contract;
mod layering;
mod raw_key;
