//! The declared use cases, the permission layer's commands, the capability file and the window's calls are one set.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rustcare_tests::project_root;
use rustcare_workstation::contract;
use serde_json::Value;

// The same reading that the shell's build script gives to the permission layer.
#[path = "../../src-tauri/src/declared.rs"]
mod declared;

fn declared_use_cases() -> BTreeSet<String> {
    contract::all().map(|case| case.name.to_owned()).collect()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

#[test]
fn the_permission_layer_has_the_declared_use_cases() {
    let rooms = project_root().join("src-tauri/crates/workstation/src/contract");
    let commands: BTreeSet<String> = declared::use_case_names(&rooms).unwrap().into_iter().collect();
    assert_eq!(commands, declared_use_cases());
}

#[test]
fn the_window_is_granted_the_declared_use_cases_and_nothing_else() {
    let capability = json(&project_root().join("src-tauri/capabilities/main.json"));
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    let granted: Vec<&str> =
        capability["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
    let expected: BTreeSet<String> =
        declared_use_cases().iter().map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    assert_eq!(granted.iter().map(|p| (*p).to_owned()).collect::<BTreeSet<_>>(), expected);
    assert_eq!(granted.len(), expected.len(), "no permission twice");
    let folder = fs::read_dir(project_root().join("src-tauri/capabilities")).unwrap().count();
    assert_eq!(folder, 1, "one capability file");
}

/// All sources of the window's rooms; the bridge itself is left out, since it lists every use case as a type.
fn window_sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "bridge" {
            window_sources(&path, into);
        } else if (name.ends_with(".svelte") || name.ends_with(".ts")) && !name.ends_with(".test.ts") {
            into.push(path);
        }
    }
}

/// The names in `call('…'` of a source.
fn calls_in(source: &str) -> impl Iterator<Item = &str> {
    source.match_indices("call(").filter_map(move |(at, matched)| {
        let before = source[..at].chars().next_back();
        let rest = source[at + matched.len()..].trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let name = rest[1..].split(quote).next()?;
        let is_call = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
        is_call.then_some(name)
    })
}

#[test]
fn the_window_calls_the_declared_use_cases_and_all_of_them() {
    let mut sources = Vec::new();
    window_sources(&project_root().join("ui/src"), &mut sources);
    let texts: Vec<String> = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let called: BTreeSet<String> = texts.iter().flat_map(|text| calls_in(text)).map(str::to_owned).collect();
    let declared = declared_use_cases();
    let unknown: Vec<_> = called.difference(&declared).collect();
    assert!(unknown.is_empty(), "called, but not declared: {unknown:?}");
    let unused: Vec<_> = declared.difference(&called).collect();
    assert!(unused.is_empty(), "declared, but no screen calls it: {unused:?}");
}

#[test]
fn a_call_is_recognised() {
    let source = "await call('sign_in', x); recall('no'); a.call('no'); call(\n  \"lock\", {})";
    assert_eq!(calls_in(source).collect::<Vec<_>>(), ["sign_in", "lock"]);
}
