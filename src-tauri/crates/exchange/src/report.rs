//! What an import did, told so that a person can check it.

use std::collections::BTreeMap;

use rustcare_model::reason::Why;
use serde::{Deserialize, Serialize};

use crate::fhir::r4::Issue;

/// Rejections that the report itself lists; all of them can be handed out as a file.
pub const MOST_LISTED: usize = 500;

/// Counts of one resource type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the column it has on screen
pub struct TypeCount {
    pub resource_type: String,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub taken: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub already_there: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub changed: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub rejected: u64,
}

/// A refused piece. The reason holds no patient data; the file name is the person's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Rejection {
    /// File as the person knows it.
    pub file: String,
    /// Line of an NDJSON file, from 1.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub line: Option<u64>,
    /// Resource type, where one could be read.
    pub resource: Option<String>,
    /// Why, and what to do, in English.
    pub reason: String,
    /// The same for the window's own wording.
    pub why: Box<Why>,
}

impl Rejection {
    /// A refused piece with its reason.
    pub fn new(file: &str, line: Option<u64>, resource: Option<&str>, why: impl Into<Why>) -> Self {
        let why: Why = why.into();
        let reason = why.sentence();
        Self {
            file: file.to_owned(),
            line,
            resource: resource.map(str::to_owned),
            reason,
            why: Box::new(why),
        }
    }
}

/// A resource that is not what FHIR R4 defines. It names places and elements, never values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Differing {
    /// File as the person knows it.
    pub file: String,
    /// Line of an NDJSON file, from 1.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub line: Option<u64>,
    /// Entry of a bundle, from 1.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub entry: Option<u64>,
    /// Resource type.
    pub resource: String,
    /// How it differs.
    pub issues: Vec<Issue>,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the figure it has on screen
pub struct ImportReport {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub taken: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub already_there: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub changed: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub rejected: u64,
    /// Resources of types that have no place in the chart yet, kept word for word.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub kept_verbatim: u64,
    /// Files that came within resources (photos, scans, reports): kept with their records and handed out with them, not opened
    /// here and not among the documents of a chart.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub attachments: u64,
    /// Patients among those taken.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub patients: u64,
    pub by_type: Vec<TypeCount>,
    pub rejections: Vec<Rejection>,
    /// Resources that are not what FHIR R4 defines; those that can be read are taken all the same.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub differing: u64,
    /// The first of them.
    #[serde(default)]
    pub differences: Vec<Differing>,
    /// Names of the columns of a table; none of other imports.
    #[serde(default)]
    pub columns: Vec<String>,
    pub seconds: f64,
    pub megabytes_per_second: f64,
}

/// What became of one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// New.
    Taken,
    /// The same content was there.
    AlreadyThere,
    /// It was there with other content, which is replaced.
    Changed,
    /// Refused.
    Rejected,
}

/// Counts while an import runs.
#[derive(Debug, Default)]
pub struct Tally {
    by_type: BTreeMap<String, TypeCount>,
    rejections: Vec<Rejection>,
    differing: u64,
    differences: Vec<Differing>,
    rejected: u64,
    /// Resources kept word for word.
    pub kept_verbatim: u64,
    /// Files that came within resources.
    pub attachments: u64,
}

impl Tally {
    /// Counts one resource.
    pub fn count(&mut self, resource_type: &str, fate: Fate) {
        let count = match self.by_type.get_mut(resource_type) {
            Some(count) => count,
            None => self.by_type.entry(resource_type.to_owned()).or_insert_with(|| TypeCount {
                resource_type: resource_type.to_owned(),
                ..TypeCount::default()
            }),
        };
        match fate {
            Fate::Taken => count.taken += 1,
            Fate::AlreadyThere => count.already_there += 1,
            Fate::Changed => count.changed += 1,
            Fate::Rejected => count.rejected += 1,
        }
    }

    /// Counts and lists a refusal.
    pub fn reject(&mut self, rejection: Rejection) {
        self.rejected += 1;
        if let Some(resource_type) = &rejection.resource {
            self.count(&resource_type.clone(), Fate::Rejected);
        }
        if self.rejections.len() < MOST_LISTED {
            self.rejections.push(rejection);
        }
    }

    /// Counts and lists what is not as FHIR R4 defines it.
    pub(crate) fn differ(&mut self, found: Vec<Differing>) {
        self.differing += found.len() as u64;
        let room = MOST_LISTED.saturating_sub(self.differences.len());
        self.differences.extend(found.into_iter().take(room));
    }

    /// The first refusal.
    pub(crate) fn first_rejection(&self) -> Option<&Rejection> {
        self.rejections.first()
    }

    /// Adds what a committed transaction counted.
    pub fn add(&mut self, other: Self) {
        for (resource_type, count) in other.by_type {
            let mine = self
                .by_type
                .entry(resource_type.clone())
                .or_insert_with(|| TypeCount { resource_type, ..TypeCount::default() });
            mine.taken += count.taken;
            mine.already_there += count.already_there;
            mine.changed += count.changed;
            mine.rejected += count.rejected;
        }
        self.rejected += other.rejected;
        self.kept_verbatim += other.kept_verbatim;
        self.attachments += other.attachments;
        let room = MOST_LISTED.saturating_sub(self.rejections.len());
        self.rejections.extend(other.rejections.into_iter().take(room));
        let counted = self.differing + other.differing;
        self.differ(other.differences);
        self.differing = counted;
    }

    /// Counts in words, for the trail.
    pub fn in_words(&self) -> String {
        let sum = |f: fn(&TypeCount) -> u64| self.by_type.values().map(f).sum::<u64>();
        format!(
            "taken {}, already there {}, changed {}",
            sum(|c| c.taken),
            sum(|c| c.already_there),
            sum(|c| c.changed)
        )
    }

    /// The report.
    pub fn report(self, seconds: f64, bytes: u64) -> ImportReport {
        let by_type: Vec<TypeCount> = self.by_type.into_values().collect();
        let sum = |f: fn(&TypeCount) -> u64| by_type.iter().map(f).sum::<u64>();
        ImportReport {
            taken: sum(|c| c.taken),
            already_there: sum(|c| c.already_there),
            changed: sum(|c| c.changed),
            rejected: self.rejected,
            kept_verbatim: self.kept_verbatim,
            attachments: self.attachments,
            patients: by_type.iter().find(|c| c.resource_type == "Patient").map_or(0, |c| c.taken),
            rejections: self.rejections,
            differing: self.differing,
            differences: self.differences,
            columns: Vec::new(),
            seconds,
            megabytes_per_second: bytes as f64 / 1e6 / seconds.max(1e-6),
            by_type,
        }
    }
}
