//! What must be installed, and how. Nothing is asked: what is missing is installed, or the command to do so is named.

use std::fs;
use std::process::Command;

use color_eyre::eyre::{Result, bail};

use crate::house;
use crate::program::{answer, in_ui, is_there, program, run};

/// For what the machine is prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Building and opening the window.
    Run,
    /// Driving it, and everything that `cargo xtask test` does.
    Test,
}

/// Debian packages to build and run the window, also without a display.
const TO_RUN: &[&str] = &[
    "gcc",
    "libc6-dev",
    "pkg-config",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
    "xvfb",
    "xauth",
    "webkit2gtk-driver",
    "dbus-x11",
];
/// And to test the package on a clean machine, and cohorts as SQL on a server of the test's own.
const TO_TEST: &[&str] = &["debootstrap", "postgresql"];
/// And to prove that DuckDB and Spark, which come from the Python registry, answer as we do.
const TO_PROVE: &[&str] = &["python3-venv", "openjdk-17-jre-headless"];

/// A program that cargo builds for us: name, version, and extra arguments.
struct Tool {
    /// The crate.
    name: &'static str,
    version: &'static str,
    extra: &'static [&'static str],
    /// How it is asked whether it is there already.
    asked: (&'static str, &'static [&'static str]),
}

const DRIVER: Tool =
    Tool { name: "tauri-driver", version: "2.1.0", extra: &[], asked: ("tauri-driver", &["--help"]) };
const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: "0.9.128",
    extra: &["--no-default-features"],
    asked: ("cargo", &["nextest", "--version"]),
};
const FUZZ: Tool =
    Tool { name: "cargo-fuzz", version: "0.13.2", extra: &[], asked: ("cargo", &["fuzz", "--version"]) };
const DENY: Tool =
    Tool { name: "cargo-deny", version: "0.20.2", extra: &[], asked: ("cargo", &["deny", "--version"]) };

/// Installs what is missing to build. Tools that only one part of a test needs are installed there.
///
/// # Errors
/// When something cannot be installed; the message names the command to type.
pub fn prepare(need: Need) -> Result<()> {
    debian_packages(need)?;
    node_packages()?;
    if need == Need::Test { tool(&NEXTEST) } else { Ok(()) }
}

/// Installs what drives the window.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_driver() -> Result<()> {
    tool(&DRIVER)
}

/// Installs what looks at everything that comes in from outside.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_supply_chain() -> Result<()> {
    tool(&DENY)
}

/// Installs what fuzzing needs: a C++ compiler for libFuzzer, and the tool.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_fuzzing() -> Result<()> {
    install(&["g++"])?;
    tool(&FUZZ)
}

/// Installs what the proofs on other databases need.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_databases() -> Result<()> {
    if is_there("java", &["-version"]) && is_there("python3", &["-m", "venv", "--help"]) {
        return Ok(());
    }
    install(TO_PROVE)
}

fn debian_packages(need: Need) -> Result<()> {
    if !is_there("dpkg-query", &["--version"]) {
        println!("This is no Debian: the packages {TO_RUN:?} are taken to be here in some form.");
        return Ok(());
    }
    let wanted = TO_RUN.iter().chain(if need == Need::Test { TO_TEST } else { &[] });
    install(&wanted.copied().collect::<Vec<_>>())
}

fn install(wanted: &[&str]) -> Result<()> {
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let as_root = answer(&mut program("id", ["-u"]))?.trim() == "0";
    if !as_root && !is_there("sudo", &["--version"]) {
        bail!("please install as root: apt-get install {}", missing.join(" "));
    }
    let apt = |arguments: &[&str]| {
        let mut command: Command = if as_root {
            program("apt-get", arguments)
        } else {
            program("sudo", [&["apt-get"], arguments].concat())
        };
        command.env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut command)
    };
    apt(&["update", "-q"])?;
    let install = ["install", "-q", "-y", "--no-install-recommends"];
    apt(&[&install[..], &missing].concat())
}

fn is_installed(package: &str) -> bool {
    answer(&mut program("dpkg-query", ["-W", "-f=${Status}", package]))
        .is_ok_and(|s| s.ends_with("ok installed"))
}

/// `npm ci`, when the lock file is newer than what is installed.
fn node_packages() -> Result<()> {
    if !is_there("npm", &["--version"]) {
        bail!("Node.js 20 or newer with npm is needed: https://nodejs.org");
    }
    let changed = |path: &str| fs::metadata(house::ui().join(path)).and_then(|m| m.modified()).ok();
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    run(&mut in_ui("npm", ["ci", "--no-audit", "--no-fund"]))
}

/// Without optimisation: they are built once and run for seconds.
fn tool(tool: &Tool) -> Result<()> {
    if is_there(tool.asked.0, tool.asked.1) {
        return Ok(());
    }
    let root = house::tools();
    let mut command = program("cargo", ["install", "--debug", "--locked", "--version", tool.version]);
    command.args(tool.extra).arg("--root").arg(&root).arg(tool.name);
    // Shared between the tools, so that what two of them need is built once.
    command.env("CARGO_TARGET_DIR", root.join("build")).env("CARGO_PROFILE_DEV_DEBUG", "0");
    run(&mut command)
}
