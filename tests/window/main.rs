//! Journeys in the real window: the release build, its own display, a real vault.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod access;
mod accessible;
mod borders;
mod breakdown;
mod canary;
mod cohort_bad_input;
mod cohort_keyboard;
mod cohort_roles;
mod cohorts;
mod data_sets;
mod documents;
mod duplicates;
mod elsewhere;
mod export;
mod find;
mod imaging;
mod import;
mod messages;
mod paper;
mod register;
mod staff;
mod start;
mod table;
mod trail;
