//! A fault says where it happened and nothing else: its text could hold what somebody typed.

use std::fmt;
use std::panic::PanicHookInfo;

use color_eyre::config::HookBuilder;
use color_eyre::eyre::Result;
use color_eyre::section::PanicMessage;

/// Installs the error and panic reports, and forbids core dumps, which would put keys and records on the disk. The
/// window's own process inherits the limit.
///
/// # Errors
/// When reports were installed before.
pub fn install() -> Result<()> {
    HookBuilder::default().display_env_section(false).panic_message(WhereOnly).install()?;
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        if setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).is_err() {
            eprintln!("Core dumps could not be turned off.");
        }
    }
    Ok(())
}

struct WhereOnly;

impl PanicMessage for WhereOnly {
    fn display(&self, panic: &PanicHookInfo<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match panic.location() {
            Some(place) => write!(f, "internal fault at {}:{}", place.file(), place.line()),
            None => f.write_str("internal fault"),
        }
    }
}
