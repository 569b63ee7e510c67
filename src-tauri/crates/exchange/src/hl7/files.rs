//! Files and folders of messages, as one import.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use jiff::tz::TimeZone;
use rustcare_model::reason::Reason;
use rustcare_vault::VaultError;

use super::batch::{self, MOST_FILE_BYTES};
use super::receive::{Inbox, MergePatients, Takes};
use crate::import::{ImportContext, Progress};
use crate::report::{Fate, ImportReport, Rejection, Tally};

/// Most files of one import.
const MOST_FILES: usize = 200_000;
/// Deepest folder.
const DEEPEST: usize = 32;

/// Why messages could not be brought in; what had been committed stays.
#[derive(Debug, thiserror::Error)]
pub enum MessageImportError {
    /// Nothing there that begins as a message does.
    #[error("there is no HL7 message in what was chosen")]
    NothingToRead,
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Whether bytes begin as a message or a batch does.
pub fn begins_as_message(start: &[u8]) -> bool {
    let lead = start
        .iter()
        .take_while(|b| matches!(b, 0x0b | 0xef | 0xbb | 0xbf) || b.is_ascii_whitespace())
        .count();
    let start = &start[lead..];
    [b"MSH", b"FHS", b"BHS"].iter().any(|name| start.starts_with(*name))
        && start.get(3).is_some_and(u8::is_ascii_punctuation)
}

fn starts_so(path: &Path) -> bool {
    let mut start = Vec::with_capacity(64);
    fs::File::open(path).and_then(|f| f.take(64).read_to_end(&mut start)).is_ok() && begins_as_message(&start)
}

/// The files of what was chosen. A file that was named itself is read whatever it holds; of a folder, those that begin as a
/// message does.
fn list(paths: &[PathBuf]) -> Vec<(PathBuf, String, u64)> {
    let mut found = Vec::new();
    for path in paths {
        let root = path.parent().unwrap_or(path);
        into(path, root, &mut found, 0);
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    found
}

fn into(path: &Path, root: &Path, found: &mut Vec<(PathBuf, String, u64)>, depth: usize) {
    if found.len() >= MOST_FILES || depth > DEEPEST {
        return;
    }
    // Links are not followed: a folder could hold itself.
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    if metadata.is_dir() {
        let mut inside: Vec<PathBuf> =
            fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
        inside.sort();
        inside.iter().for_each(|path| into(path, root, found, depth + 1));
    } else if metadata.is_file() && (depth == 0 || starts_so(path)) {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
        found.push((path.to_owned(), name, metadata.len()));
    }
}

/// Brings messages in, in the order of the files' names and of the messages in each.
///
/// # Errors
/// [`MessageImportError`]; refused messages are no error but part of the report, and wait in quarantine.
pub fn import_messages(
    paths: &[PathBuf],
    zone: &TimeZone,
    merge: &MergePatients<'_>,
    context: &ImportContext<'_>,
) -> Result<ImportReport, MessageImportError> {
    let started = Instant::now();
    let files = list(paths);
    if files.is_empty() {
        return Err(MessageImportError::NothingToRead);
    }
    let (total_files, total_bytes) = (files.len() as u64, files.iter().map(|f| f.2).sum());
    let mut tally = Tally::default();
    let (mut bytes_done, mut patients) = (0, 0);
    for (at, (path, name, bytes)) in files.iter().enumerate() {
        let say =
            |bytes: u64, files: u64| (context.progress)(Progress { files, total_files, bytes, total_bytes });
        say(bytes_done, at as u64);
        if *bytes > MOST_FILE_BYTES {
            tally.reject(Rejection::new(name, None, None, Reason::FileTooLarge));
            continue;
        }
        let Ok(content) = fs::read(path) else {
            tally.reject(Rejection::new(name, None, None, Reason::FileUnreadable));
            continue;
        };
        let inbox =
            Inbox { context, zone: zone.clone(), origin: Arc::from(name.as_str()), takes: Takes::All, merge };
        for (number, stretch) in batch::cut(&content).iter().enumerate() {
            if context.cancel.load(Ordering::Relaxed) {
                break;
            }
            let number = Some(number as u64 + 1);
            if !stretch.is_message {
                inbox.keep_stray(stretch.bytes, stretch.offset as u64, Reason::Hl7NoMessage)?;
                tally.reject(Rejection::new(name, number, None, Reason::Hl7NoMessage));
                continue;
            }
            let received = inbox.receive(stretch.bytes, Some(stretch.offset as u64))?;
            patients += u64::from(received.is_new_patient);
            let kind = if received.kind.is_empty() { "HL7" } else { &received.kind };
            // What came before and still waits is no less waiting for it.
            match (received.refusal, received.is_repeated) {
                (Some(refusal), _) => tally.reject(Rejection::new(name, number, Some(kind), refusal.why)),
                (None, true) => tally.count(kind, Fate::AlreadyThere),
                (None, false) => tally.count(kind, Fate::Taken),
            }
            if let Some(note) = received.note {
                tally.reject(Rejection::new(name, number, None, note));
            }
            say(bytes_done + (stretch.offset + stretch.bytes.len()) as u64, at as u64);
        }
        bytes_done += bytes;
        say(bytes_done, at as u64 + 1);
    }
    let mut report = tally.report(started.elapsed().as_secs_f64(), bytes_done);
    report.patients = patients;
    Ok(report)
}
