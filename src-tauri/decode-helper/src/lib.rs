//! The fenced process in which foreign image bytes are parsed and decoded, and the protocol spoken with it.
//!
//! A hostile or broken file may cost the helper its life and never the core's: the core hands the bytes of one file
//! over a pipe and takes back plain values. Three parts live here.
//!
//! - Spoken by both sides: [`protocol`], [`framing`].
//! - Shared arithmetic without input or output: [`window`], [`geometry`], [`render`].
//! - To be called within the helper only: [`answer`] and what it stands on ([`start`], [`scan`], [`data_set`],
//!   [`charset`], [`pixels`], [`describe`], [`photo`]), behind the [`fence`].
//!
//! **Why an index of our own instead of `dicom-object`:** the bytes have to be walked with limits before any parser may
//! see them, because `dicom-parser` allocates a value's declared length before reading and recurses without a limit of
//! depth. That walk already yields every element's place, so values are read from it and the file is read once. From
//! dicom-rs come the standard's tables; a test holds our values against `dicom-object`'s.
//!
//! Invariants: nothing here opens files, sockets or other programs; no refusal carries a value from a file; no function
//! panics on any bytes.

pub mod answer;
pub mod charset;
pub mod data_set;
pub mod describe;
pub mod fence;
pub mod framing;
pub mod geometry;
#[cfg(debug_assertions)]
mod misbehave;
pub mod photo;
pub mod pixels;
pub mod protocol;
pub mod render;
pub mod scan;
pub mod start;
pub mod window;
