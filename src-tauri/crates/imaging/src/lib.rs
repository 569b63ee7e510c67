//! DICOM in, frames, windows: the imaging room of the core.
//!
//! - [`walk`]: which files of a folder may be DICOM, and reading one within limits.
//! - [`pool`]: warm helper processes that parse and decode, photos and scans too; a hostile file costs a helper, never this process.
//! - [`ingest`]: many files in parallel: hash, describe, thumbnail, and over to a [`ingest::Sink`].
//! - [`frame`]: a decoded frame, as it travels to the window and as PNG.
//! - [`window`], [`geometry`]: the arithmetic of showing (PS3.3 C.11, C.7.6.2), shared with the helper.
//!
//! Invariants: no byte of a foreign file is interpreted in this process beyond the first few that tell DICOM from other
//! files; this crate keeps nothing, the caller's sink does; no error or report carries a value from a file.

pub mod frame;
pub mod ingest;
pub mod pool;
pub mod walk;
mod watchdog;

pub use rustcare_decode_helper::protocol::{
    Described, Display, Fences, FrameHeader, MOST_PHOTO_SIDE, PatientOnFile, PhotoHeader, PixelDescription,
    PixelKind, Refusal, RefusalCode, WindowPreset,
};
pub use rustcare_decode_helper::{geometry, window};
