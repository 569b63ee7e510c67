//! The generated TypeScript in `ui/src/bridge/generated` and the capability file, both written from the declarations.

use color_eyre::eyre::Result;

use crate::program::{program, run};
use crate::suites::TESTED;

/// Writes both, or compares them with what is there. A test does either, so that the core is not built once more for it.
///
/// # Errors
/// When the core does not build, a file cannot be written, or one is out of date.
pub fn make(write: bool) -> Result<()> {
    let mut command = program("cargo", ["nextest", "run", "--locked"]);
    command.args(TESTED).args(["-E", "binary(house) and test(the_window_is_told_what_is_declared)"]);
    if write {
        command.env("RUSTCARE_WRITE_TYPES", "1");
    }
    run(&mut command)
}
