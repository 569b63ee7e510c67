//! The one release build that window, journeys and package share.

use color_eyre::eyre::Result;

use crate::program::{in_ui, program, run};

/// What ships, in one cargo call: a second call with other packages would have other features and build them again.
pub const SHIPPED: &[&str] =
    &["rustcare-desktop", "rustcare-cli", "rustcare-decode-helper", "rustcare-verify"];

/// The window's files are embedded in the binary.
pub const EMBEDDED: &str = "rustcare-desktop/custom-protocol";

/// Builds the window's files and every program that ships.
///
/// # Errors
/// When a compiler says so.
pub fn release() -> Result<()> {
    run(&mut in_ui("npm", ["run", "--silent", "build"]))?;
    let mut cargo = program("cargo", ["build", "--release", "--locked", "--features", EMBEDDED]);
    cargo.args(SHIPPED.iter().flat_map(|name| ["--package", name]));
    run(&mut cargo)
}
