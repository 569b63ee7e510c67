//! Dependencies point down only; crates on one floor do not know each other; only the shell names `tauri`.

use std::collections::BTreeMap;
use std::process::Command;

use rustcare_tests::project_root;
use serde_json::Value;

/// The floors, lowest first. A crate may name crates of lower floors only.
const FLOORS: &[&[&str]] = &[
    &["rustcare-decode-helper"],
    &["rustcare-model"],
    &["rustcare-vault"],
    &["rustcare-patients", "rustcare-exchange", "rustcare-cohorts", "rustcare-imaging", "rustcare-paper"],
    &["rustcare-workstation"],
    &["rustcare-test-support"],
    &["rustcare-desktop", "rustcare-cli", "rustcare-tests"],
];
/// Crates that name none of ours: an audit trail is checked without the code that wrote it, and tools build alone.
const ALONE: &[&str] = &["rustcare-verify", "rustcare-xtask"];

struct Edge {
    from: String,
    to: String,
    for_tests: bool,
}

/// Packages of the workspace with every dependency they name, whatever its feature or platform.
fn edges() -> (Vec<String>, Vec<Edge>) {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(project_root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut packages = Vec::new();
    let mut edges = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let from = package["name"].as_str().unwrap().to_owned();
        for dependency in package["dependencies"].as_array().unwrap() {
            edges.push(Edge {
                from: from.clone(),
                to: dependency["name"].as_str().unwrap().to_owned(),
                for_tests: dependency["kind"] == "dev",
            });
        }
        packages.push(from);
    }
    (packages, edges)
}

fn floors() -> BTreeMap<&'static str, usize> {
    FLOORS
        .iter()
        .enumerate()
        .flat_map(|(height, floor)| floor.iter().map(move |name| (*name, height)))
        .collect()
}

/// Why an edge is not allowed, if it is not.
fn wrong_with(edge: &Edge) -> Option<String> {
    let floors = floors();
    let (from, to) = (edge.from.as_str(), edge.to.as_str());
    if ["tauri", "tauri-build", "wry"].contains(&to) || to.starts_with("tauri-plugin-") {
        return (from != "rustcare-desktop").then(|| format!("{from} names {to}: only the shell does"));
    }
    if !to.starts_with("rustcare-") {
        return None;
    }
    if ALONE.contains(&from) {
        return Some(format!("{from} names {to}, and should stand alone"));
    }
    if to == "rustcare-test-support" && !edge.for_tests {
        return Some(format!("{from} ships {to}"));
    }
    // Tests of a lower crate may use the builders of the house.
    if to == "rustcare-test-support" && edge.for_tests {
        return None;
    }
    let hosts = ["rustcare-desktop", "rustcare-cli"];
    if hosts.contains(&from) && to != "rustcare-workstation" && !edge.for_tests {
        return Some(format!("{from} names {to}: a host knows the workstation only"));
    }
    match (floors.get(from), floors.get(to)) {
        (Some(above), Some(below)) if above > below => None,
        (Some(above), Some(below)) => Some(format!("{from} (floor {above}) names {to} (floor {below})")),
        _ => Some(format!("{from} or {to} has no floor: give it one in tests/house/layering.rs")),
    }
}

#[test]
fn dependencies_point_down_only() {
    let (packages, edges) = edges();
    let floors = floors();
    for package in &packages {
        assert!(
            floors.contains_key(package.as_str()) || ALONE.contains(&package.as_str()),
            "{package} has no floor"
        );
    }
    assert!(edges.len() > packages.len(), "the metadata was read");
    let wrong: Vec<String> = edges.iter().filter_map(wrong_with).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_edge_up_sideways_or_around_is_found() {
    let edge = |from: &str, to: &str| Edge { from: from.into(), to: to.into(), for_tests: false };
    assert!(wrong_with(&edge("rustcare-vault", "rustcare-workstation")).is_some(), "up");
    assert!(wrong_with(&edge("rustcare-patients", "rustcare-imaging")).is_some(), "sideways");
    assert!(wrong_with(&edge("rustcare-cli", "rustcare-vault")).is_some(), "around the front door");
    assert!(wrong_with(&edge("rustcare-cohorts", "tauri")).is_some(), "tauri below the shell");
    assert!(
        wrong_with(&edge("rustcare-workstation", "rustcare-test-support")).is_some(),
        "shipped test support"
    );
    assert!(wrong_with(&edge("rustcare-workstation", "rustcare-patients")).is_none());
}
