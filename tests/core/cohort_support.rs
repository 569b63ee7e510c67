//! The published data that the tests of cohorts read.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A folder of the published data in the OMOP common data model.
pub fn omop(test: &str, name: &str) -> Option<PathBuf> {
    let folder = rustcare_test_support::data_or_skip(test)?.join("omop").join(name);
    if !folder.exists() {
        println!("{test}: skipped (no data)");
        return None;
    }
    Some(folder)
}

/// The JSON files of a folder by the number in their name, in order.
pub fn definitions(folder: &Path) -> Vec<(i64, Value)> {
    let mut all: Vec<(i64, Value)> = std::fs::read_dir(folder)
        .expect("a folder")
        .filter_map(|entry| {
            let path = entry.expect("an entry").path();
            let id = path.file_stem()?.to_str()?.parse().ok()?;
            let text = std::fs::read_to_string(&path).expect("a text");
            Some((id, serde_json::from_str(&text).expect("JSON")))
        })
        .collect();
    all.sort_by_key(|(id, _)| *id);
    all
}
