//! That no licensed clinical term ships: SNOMED CT terms may be stored where a clinic brings them in, and may not be
//! given away with the package.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Result, bail};
use serde_json::Value;

use crate::house;
use crate::program::{fresh_folder, program, run};

/// Endings that SNOMED CT gives to its fully specified names and nobody else does.
const ENDINGS: &[&str] = &[
    " (disorder)",
    " (finding)",
    " (procedure)",
    " (situation)",
    " (morphologic abnormality)",
    " (body structure)",
    " (regime/therapy)",
    " (observable entity)",
    " (qualifier value)",
];
/// Shorter terms are plain words of other terminologies too ("Normal pregnancy").
const SHORTEST: usize = 24;
/// How many bytes of a term are looked up at once.
const SEED: usize = 12;

/// Searches every file of a package.
///
/// # Errors
/// When a term is found, with the file.
pub fn none_in(package: &Path) -> Result<()> {
    let folder = house::target().join("package/searched");
    fresh_folder(&folder)?;
    run(program("dpkg-deb", ["--extract"]).arg(package).arg(&folder))?;
    let mut terms: HashSet<String> = HashSet::new();
    match house::data() {
        Some(data) => collect_from(&data.join("fhir"), &mut terms)?,
        None => {
            println!("Terms of real records: skipped (no data). Endings of SNOMED CT names are searched for.")
        }
    }
    let search = Search::new(terms.iter().map(String::as_str));
    // The search must be able to find: a term of each kind in an invented file.
    let planted = format!("x{}y Fracture{} z", terms.iter().next().map_or("", String::as_str), ENDINGS[0]);
    if search.first_in(planted.as_bytes()).is_none() {
        bail!("the search does not find what was planted");
    }
    let mut files = Vec::new();
    list(&folder, &mut files)?;
    for file in &files {
        if let Some(term) = search.first_in(&fs::read(file)?) {
            bail!("{} holds a SNOMED CT term: {term}", file.display());
        }
    }
    println!("{} files hold none of {} terms and {} endings", files.len(), terms.len(), ENDINGS.len());
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// The displays of SNOMED CT codings in the JSON records of a folder.
fn collect_from(folder: &Path, terms: &mut HashSet<String>) -> Result<()> {
    let mut files = Vec::new();
    list(folder, &mut files)?;
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
        if let Ok(record) = serde_json::from_slice(&fs::read(file)?) {
            collect(&record, terms);
        }
    }
    Ok(())
}

fn collect(value: &Value, terms: &mut HashSet<String>) {
    match value {
        Value::Object(fields) => {
            if fields.get("system").is_some_and(|s| s == "http://snomed.info/sct")
                && let Some(display) = fields.get("display").and_then(Value::as_str)
                && display.len() >= SHORTEST
            {
                terms.insert(display.to_owned());
            }
            fields.values().for_each(|field| collect(field, terms));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, terms)),
        _ => {}
    }
}

/// Many terms in one pass: each window of [`SEED`] bytes is looked up.
struct Search<'a> {
    by_seed: HashMap<&'a [u8], Vec<&'a str>>,
}

impl<'a> Search<'a> {
    fn new(terms: impl Iterator<Item = &'a str>) -> Self {
        let mut by_seed: HashMap<&[u8], Vec<&str>> = HashMap::new();
        for term in terms {
            by_seed.entry(&term.as_bytes()[..SEED]).or_default().push(term);
        }
        Self { by_seed }
    }

    fn first_in(&self, bytes: &[u8]) -> Option<String> {
        for (at, window) in bytes.windows(SEED).enumerate() {
            if let Some(terms) = self.by_seed.get(window)
                && let Some(term) = terms.iter().find(|term| bytes[at..].starts_with(term.as_bytes()))
            {
                return Some((*term).to_owned());
            }
        }
        // An ending counts after a letter, as in a name; a list of the endings themselves is no name.
        bytes.windows(2).enumerate().filter(|(_, pair)| *pair == b" (").find_map(|(at, _)| {
            let after_a_letter = at > 0 && bytes[at - 1].is_ascii_lowercase();
            let ending = ENDINGS.iter().find(|ending| bytes[at..].starts_with(ending.as_bytes()))?;
            after_a_letter.then(|| format!("…{ending}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_term_is_found_in_binary_noise() {
        let search = Search::new(["Acute bronchitis due to virus"].into_iter());
        let mut bytes = vec![0xff; 5000];
        assert_eq!(search.first_in(&bytes), None);
        bytes.extend(b"\0Acute bronchitis due to virus\0");
        assert!(search.first_in(&bytes).is_some());
        assert!(search.first_in(b"Sprain of ankle (disorder)").is_some());
        assert_eq!(search.first_in(b"Acute bronchitis, unspecified"), None);
    }
}
