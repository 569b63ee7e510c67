//! What could not be carried, counted and named by path (`Patient.photo`), and what was put in.
//!
//! Elements are compared by path and value: list positions do not count, a reference counts by the type and id it means.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tree::Tree;
use crate::canonical::reference_id;
use crate::fhir::r4::shown;

/// Why an element is not in what was written, or not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The register has no place for it and its source is no longer kept.
    SourceGone,
    /// The register was changed since, and the source's element no longer agrees with it.
    Outdated,
    /// Sealed numbers are left out of this export.
    Sealed,
    /// The format has no place for it.
    NoPlace,
    /// Free text, which can name people, is left out of what goes out without names.
    FreeText,
    /// The source's code has no counterpart in the target vocabulary.
    Unmapped,
    /// Written in another form: a reference as `Type/id`.
    Rewritten,
    /// Put in: it was not in the source.
    Added,
    /// Put in because the format demands it and nobody said it.
    Assumed,
}

impl Cause {
    /// Whether something is missing for this cause; the others are there, in another form or beyond the source.
    pub fn is_loss(self) -> bool {
        !matches!(self, Self::Rewritten | Self::Added | Self::Assumed)
    }

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SourceGone => "source_gone",
            Self::Outdated => "outdated",
            Self::Sealed => "sealed",
            Self::NoPlace => "no_place",
            Self::FreeText => "free_text",
            Self::Unmapped => "unmapped",
            Self::Rewritten => "rewritten",
            Self::Added => "added",
            Self::Assumed => "assumed",
        }
    }
}

/// One path with one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Loss {
    /// Where: `Patient.photo`, or a field of the register: `patient.consent_to_contact`.
    pub path: String,
    /// Why.
    pub cause: Cause,
    /// How often.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub count: u64,
}

/// The counts while an export runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LossTally(BTreeMap<(String, Cause), u64>);

impl LossTally {
    /// Counts one.
    pub fn note(&mut self, path: impl Into<String>, cause: Cause) {
        self.note_many(path, cause, 1);
    }

    /// Counts several.
    pub fn note_many(&mut self, path: impl Into<String>, cause: Cause, count: u64) {
        if count > 0 {
            *self.0.entry((path.into(), cause)).or_default() += count;
        }
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: Self) {
        for ((path, cause), count) in other.0 {
            self.note_many(path, cause, count);
        }
    }

    /// The list, by path.
    pub fn list(self) -> Vec<Loss> {
        self.0.into_iter().map(|((path, cause), count)| Loss { path, cause, count }).collect()
    }
}

/// The losses as CSV: path, cause, count.
pub fn as_csv(losses: &[Loss]) -> String {
    let mut text = String::from("path,cause,count\r\n");
    for loss in losses {
        // Sources that were read by an earlier version may have left names of their own in paths.
        let cells = [loss.path.clone(), loss.cause.as_str().to_owned(), loss.count.to_string()];
        text.push_str(&super::csv::line(&cells));
    }
    text
}

/// Leaves of a resource by path and value, counted.
pub(crate) type Leaves = BTreeMap<(String, String), u64>;

/// The leaves of a resource; the path begins with its type.
pub(crate) fn leaves(resource_type: &str, tree: &Tree) -> Leaves {
    let mut found = Leaves::new();
    collect(tree, &mut resource_type.to_owned(), &mut found);
    found
}

fn collect(tree: &Tree, path: &mut String, found: &mut Leaves) {
    match tree {
        Tree::Object(members) => {
            for (name, value) in members {
                let before = path.len();
                path.push('.');
                path.push_str(shown(name));
                collect(value, path, found);
                path.truncate(before);
            }
        }
        Tree::Array(items) => items.iter().for_each(|item| collect(item, path, found)),
        Tree::Text(text) => {
            let value = if path.ends_with(".reference") { reference_id(text) } else { text };
            *found.entry((path.clone(), value.to_owned())).or_default() += 1;
        }
        Tree::Bare(text) if text == "null" => {}
        Tree::Bare(text) => *found.entry((path.clone(), text.clone())).or_default() += 1,
    }
}

/// The leaves of `of` that `from` has not, by path.
pub(crate) fn beyond(of: &Leaves, from: &Leaves) -> BTreeMap<String, u64> {
    let mut left = BTreeMap::new();
    for (leaf, count) in of {
        let missing = count.saturating_sub(from.get(leaf).copied().unwrap_or(0));
        if missing > 0 {
            *left.entry(leaf.0.clone()).or_default() += missing;
        }
    }
    left
}
