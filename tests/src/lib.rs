//! The real window, driven through WebDriver.
//!
//! | module | what it knows |
//! |---|---|
//! | [`launch`] | display, driver and application of one start, and how all of it ends |
//! | [`screen`] | finding, typing, clicking and waiting by the test ids of `ui/src/TESTIDS.md` |
//! | [`accessible`] | roles and names as the engine computes them |
//! | [`ladder`] | the six steps of the first run |
#![warn(missing_docs)]

pub mod accessible;
pub mod ladder;
pub mod launch;
pub mod screen;

use std::path::{Path, PathBuf};

pub use color_eyre::eyre::Result;

/// The project's root.
pub fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The folder of published test data beside the project, or `None` with a printed line where it is absent. The runner
/// counts that line as a skipped test, and as a failure where the folder is there.
pub fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("RUSTCARE_DATA")
        .map_or_else(|| project_root().join("../shared/data"), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped (no data)");
        return None;
    }
    folder.canonicalize().ok()
}

/// Runs a journey on a runtime of its own.
///
/// # Errors
/// What the journey returns.
pub fn journey(steps: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(steps)
}
