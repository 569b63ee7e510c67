//! What was handed over, one text at a time: files, folders and zip archives, with limits.

use rustcare_model::reason::Reason;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::stretch::Stretches;
use crate::{synthea, unpack};

/// Largest single text that is read.
pub const LARGEST_TEXT: u64 = 1 << 30;
/// Most entries of an archive.
const MOST_ENTRIES: usize = 100_000;
const MOST_FILES: usize = 1_000_000;
/// A file of lines that is larger is read in stretches.
const LARGE: u64 = 32 << 20;

/// Where a text is.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As the person knows it: relative to what was chosen.
    pub name: String,
    /// Bytes, as the directory says.
    pub bytes: u64,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    File(PathBuf),
    Archive {
        path: PathBuf,
        index: usize,
    },
    /// A table of Synthea's CSV export, read as one resource a line.
    Synthea {
        path: PathBuf,
        table: &'static str,
    },
}

/// A text, or why it cannot be had.
pub type ReadText = Result<String, Reason>;

/// Lists what `paths` hold: JSON and NDJSON files, in folders and archives too. Others are passed over.
pub fn list(paths: &[PathBuf]) -> Vec<SourceFile> {
    let mut found = Vec::new();
    for path in paths {
        let root = path.parent().unwrap_or(path);
        list_into(path, root, &mut found, 0);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn list_into(path: &Path, root: &Path, found: &mut Vec<SourceFile>, depth: usize) {
    if found.len() >= MOST_FILES || depth > 32 {
        return;
    }
    // Links are not followed: a folder could hold itself.
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return;
    };
    if metadata.is_dir() {
        let mut inside: Vec<PathBuf> =
            fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
        inside.sort();
        let set = synthea::is_set(path);
        for path in inside {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            if let Some(table) = synthea::table_of(&name).filter(|_| set) {
                let bytes = fs::metadata(&path).map_or(0, |m| m.len());
                found.push(SourceFile { name, bytes, place: Place::Synthea { path, table } });
                continue;
            }
            list_into(&path, root, found, depth + 1);
        }
    } else if metadata.is_file() {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
        match kind(&name) {
            Kind::Text => {
                found.push(SourceFile { name, bytes: metadata.len(), place: Place::File(path.to_owned()) })
            }
            Kind::Archive => list_archive(path, &name, found),
            Kind::Other => {}
        }
    }
}

enum Kind {
    Text,
    Archive,
    Other,
}

fn kind(name: &str) -> Kind {
    let lower = name.to_lowercase();
    if [".json", ".ndjson", ".jsonl"].iter().any(|e| lower.ends_with(e)) {
        Kind::Text
    } else if lower.ends_with(".zip") {
        Kind::Archive
    } else {
        Kind::Other
    }
}

fn list_archive(path: &Path, name: &str, found: &mut Vec<SourceFile>) {
    let archive = File::open(path).ok().and_then(|f| zip::ZipArchive::new(f).ok());
    let Some(mut archive) = archive else {
        // A broken archive is listed as itself, so that it shows up as refused.
        found.push(SourceFile { name: name.to_owned(), bytes: 0, place: Place::File(path.to_owned()) });
        return;
    };
    for index in 0..archive.len().min(MOST_ENTRIES) {
        let Ok(entry) = archive.by_index_raw(index) else {
            continue;
        };
        let Ok(inner) = entry.name() else { continue };
        if entry.is_file() && matches!(kind(&inner), Kind::Text) {
            found.push(SourceFile {
                name: format!("{name}/{inner}"),
                bytes: entry.size(),
                place: Place::Archive { path: path.to_owned(), index },
            });
        }
    }
}

impl SourceFile {
    /// Reads the text.
    ///
    /// # Errors
    /// A sentence without the content: too large, not readable, not UTF-8.
    pub fn read(&self) -> ReadText {
        let bytes = match &self.place {
            Place::File(path) => {
                if matches!(kind(&self.name), Kind::Archive) {
                    return Err(Reason::ArchiveInArchive);
                }
                let file = File::open(path).map_err(|_| Reason::FileUnreadable)?;
                bounded(file)?
            }
            Place::Archive { path, index } => {
                let file = File::open(path).map_err(|_| Reason::ArchiveUnreadable)?;
                let mut archive = zip::ZipArchive::new(file).map_err(|_| Reason::ArchiveUnreadable)?;
                let entry = archive.by_index(*index).map_err(|_| Reason::ArchiveEntryUnreadable)?;
                bounded(entry)?
            }
            Place::Synthea { path, table } => bounded(synthea::open(path, table)?)?,
        };
        let text = String::from_utf8(bytes).map_err(|_| Reason::FileNotText)?;
        Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        })
    }

    /// Whether it is read stretch by stretch: one resource a line, and large.
    pub fn is_large_ndjson(&self) -> bool {
        self.bytes > LARGE && self.is_ndjson()
    }

    /// Stretches of whole lines, each of about `size` bytes.
    pub(crate) fn stretches(&self, size: usize) -> Stretches<'_> {
        Stretches::of(self, size)
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Read>, Reason> {
        match &self.place {
            Place::File(path) => Ok(Box::new(File::open(path).map_err(|_| Reason::FileUnreadable)?)),
            Place::Synthea { path, table } => synthea::open(path, table),
            Place::Archive { path, index } => Ok(Box::new(unpack::start(path.clone(), *index, self.bytes))),
        }
    }

    /// Whether it is one resource a line.
    pub fn is_ndjson(&self) -> bool {
        let lower = self.name.to_lowercase();
        matches!(self.place, Place::Synthea { .. }) || lower.ends_with(".ndjson") || lower.ends_with(".jsonl")
    }
}

fn bounded(from: impl Read) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::new();
    from.take(LARGEST_TEXT + 1).read_to_end(&mut bytes).map_err(|_| Reason::FileUnreadableToEnd)?;
    if bytes.len() as u64 > LARGEST_TEXT { Err(Reason::FileTooLarge) } else { Ok(bytes) }
}
