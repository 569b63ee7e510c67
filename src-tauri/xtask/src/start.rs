//! `run` and `dev`: the application, before somebody's eyes.

use std::env;

use color_eyre::eyre::Result;

use crate::building;
use crate::house;
use crate::machine::{Need, prepare, prepare_driver};
use crate::program::{in_ui, program, run as run_program};

/// Builds and opens the application: on the practice clinic, or at "create a vault". Without a display the same
/// application is walked through under Xvfb.
///
/// # Errors
/// When something cannot be installed, built or opened.
pub fn run(empty: bool) -> Result<()> {
    prepare(Need::Run)?;
    building::release()?;
    let has_display =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| env::var_os(v).is_some_and(|v| !v.is_empty()));
    if !has_display {
        return walk();
    }
    let folder = house::target().join("run");
    let mut app = program(&house::built("rustcare-desktop").to_string_lossy(), [""; 0]);
    if empty {
        let vault = folder.join("empty");
        crate::program::fresh_folder(&vault)?;
        app.arg("--vault").arg(vault.join("vault")).arg("--practice-vault").arg(folder.join("practice"));
    } else {
        println!("Opening the practice clinic: its patients are invented. The sign-in is printed below.");
        app.arg("--practice").arg("--practice-vault").arg(folder.join("practice"));
    }
    run_program(&mut app)
}

fn walk() -> Result<()> {
    prepare_driver()?;
    let pictures = house::root().join(".walk");
    crate::program::fresh_folder(&pictures)?;
    println!(
        "There is no display here. The application is opened under Xvfb and walked through its main job."
    );
    run_program(
        program(
            "cargo",
            ["run", "--quiet", "--locked", "--package", "rustcare-tests", "--bin", "rustcare-walk", "--"],
        )
        .arg("--pictures")
        .arg(&pictures),
    )?;
    println!("Pictures of every step: {}", pictures.display());
    Ok(())
}

/// The window with live reload: Vite beside a debug build of the shell.
///
/// # Errors
/// When something cannot be installed, built or opened.
pub fn dev() -> Result<()> {
    prepare(Need::Run)?;
    run_program(&mut program("cargo", ["build", "--package", "rustcare-decode-helper"]))?;
    let mut vite = in_ui("npx", ["vite"]).spawn()?;
    let shown =
        run_program(&mut program("cargo", ["run", "--package", "rustcare-desktop", "--", "--practice"]));
    let _ = vite.kill();
    let _ = vite.wait();
    shown
}
