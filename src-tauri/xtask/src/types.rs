//! The generated TypeScript in `ui/src/bridge/generated` and the capability file, both written from the declarations.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Result, WrapErr, bail};

use crate::house;
use crate::program::{fresh_folder, program, run};

/// Where the window's types lie.
fn generated() -> PathBuf {
    house::ui().join("src/bridge/generated")
}

/// What the one window may call.
fn capability() -> PathBuf {
    house::root().join("src-tauri/capabilities/main.json")
}

/// Writes both.
///
/// # Errors
/// When the core does not build, or a file cannot be written.
pub fn write() -> Result<()> {
    let made = make()?;
    fresh_folder(&generated())?;
    for (name, text) in &made.types {
        fs::write(generated().join(name), text)?;
    }
    fs::write(capability(), &made.capability)?;
    println!("{} files in {}", made.types.len(), generated().display());
    Ok(())
}

/// Compares both with what is there.
///
/// # Errors
/// When they differ, with the names of the files.
pub fn check() -> Result<()> {
    let made = make()?;
    let mut drifted: Vec<String> = Vec::new();
    let there = files(&generated())?;
    for name in made.types.keys().chain(there.keys()) {
        if made.types.get(name) != there.get(name) && !drifted.contains(name) {
            drifted.push(name.clone());
        }
    }
    if fs::read_to_string(capability()).unwrap_or_default() != made.capability {
        drifted.push("capabilities/main.json".into());
    }
    if !drifted.is_empty() {
        bail!("out of date: {}; run `cargo xtask types`", drifted.join(", "));
    }
    println!("{} files are as declared", made.types.len() + 1);
    Ok(())
}

struct Made {
    types: BTreeMap<String, String>,
    capability: String,
}

/// Has the workstation write them into a folder of the build.
fn make() -> Result<Made> {
    let folder = house::target().join("types");
    fresh_folder(&folder)?;
    let exporter = ["run", "--quiet", "--locked", "--package", "rustcare-workstation", "--features", "ts"];
    run(program("cargo", exporter).args(["--example", "export_types", "--"]).arg(&folder))?;
    let capability =
        fs::read_to_string(folder.join("main.json")).wrap_err("no capability file was written")?;
    Ok(Made { types: files(&folder.join("generated"))?, capability })
}

fn files(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(found)
}
