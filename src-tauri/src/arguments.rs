//! What may be said on the command line, and where things lie when nothing is said.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use color_eyre::eyre::{Result, eyre};
use rustcare_workstation::host::{HostPlace, PlaceKind};
use rustcare_workstation::session::SessionLimits;

/// The RustCare window.
#[derive(Debug, Parser)]
#[command(name = "rustcare-desktop", version)]
pub struct Arguments {
    /// The clinic's vault.
    #[arg(long, value_name = "DIR")]
    vault: Option<PathBuf>,
    /// The practice clinic's vault.
    #[arg(long, value_name = "DIR")]
    practice_vault: Option<PathBuf>,
    /// A folder to bring in from and hand out to, shown first; may be given several times.
    #[arg(long, value_name = "DIR")]
    place: Vec<PathBuf>,
    /// Begin on the practice clinic.
    #[arg(long)]
    pub practice: bool,
}

impl Arguments {
    /// Reads them, or prints how they are used and ends the program.
    pub fn read() -> Self {
        Self::parse()
    }

    /// Where the clinic's vault lies.
    ///
    /// # Errors
    /// When nothing was said and the account has no home.
    pub fn vault_folder(&self) -> Result<PathBuf> {
        self.vault.clone().map_or_else(|| data_folder().map(|d| d.join("vault")), Ok)
    }

    /// Where the practice clinic's vault lies.
    ///
    /// # Errors
    /// As [`Arguments::vault_folder`].
    pub fn practice_folder(&self) -> Result<PathBuf> {
        self.practice_vault.clone().map_or_else(|| data_folder().map(|d| d.join("practice")), Ok)
    }

    /// The places named on the command line.
    pub fn places(&self) -> Vec<HostPlace> {
        let named = |path: &PathBuf| {
            path.file_name().map_or_else(|| "Folder".into(), |n| n.to_string_lossy().into_owned())
        };
        self.place
            .iter()
            .map(|path| HostPlace { name: named(path), kind: PlaceKind::Folder, path: path.clone() })
            .collect()
    }
}

/// The platform's place for an application's data.
fn data_folder() -> Result<PathBuf> {
    let from = |variable: &str| std::env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        from("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("rustcare"))
        .ok_or_else(|| eyre!("this account has no home folder; say --vault DIR"))
}

/// The session limits. `RUSTCARE_IDLE_SECONDS` may shorten the idle limit, so that a test need not wait for minutes; it
/// can never lengthen it.
pub fn session_limits() -> SessionLimits {
    let asked = std::env::var("RUSTCARE_IDLE_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let limits = SessionLimits::default();
    asked.map_or(limits, |seconds| limits.idle_at_most(Duration::from_secs(seconds)))
}
