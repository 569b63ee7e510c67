//! Reads the names of the declared use cases out of the contract's source.
//!
//! The permission layer is generated before the workstation can be linked, so the build script reads the declarations
//! themselves; `tests/` holds the result against what the linked workstation says.

use std::path::Path;
use std::{fs, io};

/// The use cases declared in the `use_cases!` blocks of a folder, sorted by name.
///
/// # Errors
/// When the folder or one of its files cannot be read.
pub fn use_case_names(rooms: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for room in fs::read_dir(rooms)? {
        let room = room?.path();
        if room.extension().is_some_and(|e| e == "rs") {
            names.extend(declared_in(&fs::read_to_string(room)?));
        }
    }
    names.sort();
    Ok(names)
}

/// A declaration is a line `name (Input) -> Output, access …` inside a `use_cases! { … }` block.
fn declared_in(source: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in source.lines() {
        match line {
            "use_cases! {" => inside = true,
            "}" => inside = false,
            _ if inside => {
                if let Some((name, rest)) = line.trim_start().split_once(" (")
                    && rest.contains(") -> ")
                    && !name.is_empty()
                    && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                {
                    names.push(name.to_owned());
                }
            }
            _ => {}
        }
    }
    names
}
