//! Journeys in the real window: the release build, its own display, a real vault.

mod access;
mod borders;
mod register;
