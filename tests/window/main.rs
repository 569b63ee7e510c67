//! Journeys in the real window: the release build, its own display, a real vault.

mod access;
mod borders;
mod breakdown;
mod find;
mod imaging;
mod import;
mod register;
mod staff;
mod start;
mod trail;
