//! Where things lie.

use std::path::{Path, PathBuf};

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A program of the release build.
pub fn built(program: &str) -> PathBuf {
    target().join("release").join(program)
}

/// Programs that `cargo xtask` installs for itself.
pub fn tools() -> PathBuf {
    target().join("tools")
}

/// The window's sources.
pub fn ui() -> PathBuf {
    root().join("ui")
}

/// Published test data beside the project, where it is there.
pub fn data() -> Option<PathBuf> {
    let folder = root().join("../shared/data");
    folder.is_dir().then_some(folder)
}

/// The release's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
