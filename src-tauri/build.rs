//! Puts the declared use cases under Tauri's permission layer: what is not declared is no command.

use std::path::Path;
use std::process;

#[path = "src/declared.rs"]
mod declared;

fn main() {
    let rooms = Path::new("crates/workstation/src/contract");
    println!("cargo:rerun-if-changed={}", rooms.display());
    println!("cargo:rerun-if-changed=src/declared.rs");
    let names = match declared::use_case_names(rooms) {
        Ok(names) if !names.is_empty() => names,
        Ok(_) => fail("no use case is declared in crates/workstation/src/contract"),
        Err(error) => fail(&format!("{} cannot be read: {error}", rooms.display())),
    };
    // The build script lives as long as the borrow.
    let names: Vec<&'static str> = names.into_iter().map(|n| &*Box::leak(n.into_boxed_str())).collect();
    let manifest = tauri_build::AppManifest::new().commands(Box::leak(names.into_boxed_slice()));
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        fail(&format!("{error:#}"));
    }
}

fn fail(why: &str) -> ! {
    println!("cargo::error={why}");
    process::exit(1)
}
