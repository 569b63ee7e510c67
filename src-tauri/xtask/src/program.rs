//! Running other programs: what is run is shown, what fails says so.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use color_eyre::eyre::{Result, WrapErr, bail, eyre};

use crate::house;

/// A program with its arguments, run from the project's root, with our tools first on the path.
pub fn program<S: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(house::root());
    let ours = house::tools().join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(ours).chain(std::env::split_paths(&path));
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
    command
}

/// `npm` or `npx` in the window's folder.
pub fn in_ui<S: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = program(name, arguments);
    command.current_dir(house::ui());
    command
}

/// As one would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs a program to its end.
///
/// # Errors
/// When it cannot be started, or says that it failed.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().wrap_err_with(|| format!("{} cannot be started", shown(command)))?;
    if !status.success() {
        bail!("{}: {status}", shown(command));
    }
    Ok(())
}

/// Runs a program to its end; what it says on stderr is shown and returned as well. The flag is whether it succeeded.
///
/// # Errors
/// When it cannot be started.
pub fn overheard(command: &mut Command) -> Result<(bool, String)> {
    println!("$ {}", shown(command));
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .wrap_err_with(|| format!("{} cannot be started", shown(command)))?;
    let said = child.stderr.take().ok_or_else(|| eyre!("no stderr"))?;
    let mut heard = String::new();
    for line in BufReader::new(said).lines() {
        let line = line?;
        eprintln!("{line}");
        heard.push_str(&line);
        heard.push('\n');
    }
    Ok((child.wait()?.success(), heard))
}

/// What a program says on stdout.
///
/// # Errors
/// When it cannot be started, or says that it failed.
pub fn answer(command: &mut Command) -> Result<String> {
    let output = command.output().wrap_err_with(|| format!("{} cannot be started", shown(command)))?;
    if !output.status.success() {
        bail!("{}: {}\n{}", shown(command), output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program is there to be started.
pub fn is_there(name: &str, arguments: &[&str]) -> bool {
    program(name, arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Makes a folder, empty.
///
/// # Errors
/// When it cannot be emptied or made.
pub fn fresh_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .wrap_err_with(|| format!("{} cannot be emptied", folder.display()))?;
    }
    std::fs::create_dir_all(folder).wrap_err_with(|| format!("{} cannot be made", folder.display()))
}
