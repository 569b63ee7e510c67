//! The pipeline: read and parse on all cores, write patient by patient while the next texts are being parsed.
//!
//! A bundle that holds its patient is written as soon as it is parsed. What refers to a patient of another file (NDJSON,
//! split bundles) waits, see [`crate::waiting`], until all files are read. Each transaction holds whole patients only, so a cancel
//! or a crash leaves no half patient.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use jiff::civil::Date;
use rayon::prelude::*;
use rusqlite::Transaction;
use rustcare_vault::table::import_job;
use rustcare_vault::{SecretsKey, Vault, VaultError, VaultResult};

use crate::fhir::patient::ReadPatient;
use crate::fhir::record::ReadRecords;
use crate::input::{self, SourceFile};
use crate::report::{Differing, ImportReport, Rejection, Tally};
use crate::said_at::SaidAt;
use crate::waiting::Waiting;
use crate::{parse, write};

/// Bytes of text that are parsed before they are handed to the writer.
const BATCH_BYTES: u64 = 16 << 20;
/// Files that are parsed before they are handed to the writer.
const BATCH_FILES: usize = 1_000;
/// Resources in one transaction, rounded up to whole patients.
const TRANSACTION: usize = 4_000;

/// What an import needs to know of its surroundings.
pub struct ImportContext<'a> {
    /// Where it goes.
    pub vault: &'a Vault,
    /// Region of telephone numbers without a country code.
    pub phone_region: String,
    /// The day in the clinic's time zone.
    pub today: Date,
    /// Prefix of house numbers.
    pub mrn_prefix: String,
    /// First house number.
    pub mrn_first: u64,
    /// Of the person who imports, where entitled.
    pub secrets: Option<SecretsKey>,
    /// Sign-in name.
    pub person: String,
    /// Role acted in.
    pub role: String,
    /// Identity of the job, under which refusals are kept.
    pub job: String,
    /// Called inside each transaction before it commits, with what it counted: the entry in the trail.
    pub on_commit: &'a (dyn Fn(&Transaction<'_>, &str) -> VaultResult<()> + Sync),
    /// Told of each transaction's begin and end; the fault tests listen here, others pass `&|_| {}`.
    pub watch: &'a (dyn Fn(Moment) + Sync),
    /// Told bytes and files done, and both totals.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Set by whoever wants it to stop.
    pub cancel: &'a AtomicBool,
}

/// A moment in the life of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It has begun.
    Begun,
    /// All is written, nothing is committed.
    Written,
    /// So many patients of it are durable.
    Committed(usize),
}

/// How far it is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Files done.
    pub files: u64,
    /// Files in all.
    pub total_files: u64,
    /// Bytes done.
    pub bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

/// Why an import could not go on; what it had committed stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nothing there that could be read.
    #[error("there is no FHIR file (.json, .ndjson or .zip) in what was chosen")]
    NothingToRead,
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// One parsed resource.
pub(crate) struct Piece {
    pub resource_type: String,
    pub id: String,
    pub file: Arc<str>,
    pub line: Option<u64>,
    pub hash: [u8; 16],
    pub compressed: Vec<u8>,
    /// What the source says beyond the tables, see [`crate::out::beyond`].
    pub beyond: String,
    /// When the source said so.
    pub said_at: Option<SaidAt>,
    pub body: Body,
}

pub(crate) enum Body {
    Patient(Box<ReadPatient>),
    Records(ReadRecords),
    Verbatim { patient: Option<String> },
}

impl Piece {
    /// The id of the patient it belongs to.
    pub(crate) fn patient(&self) -> Option<&str> {
        match &self.body {
            Body::Patient(_) => Some(&self.id),
            Body::Records(read) => read.patient.as_deref(),
            Body::Verbatim { patient } => patient.as_deref(),
        }
    }
}

/// All of one patient that one transaction writes.
#[derive(Default)]
pub(crate) struct Group {
    pub patient_id: String,
    pub patient: Option<Piece>,
    pub pieces: Vec<Piece>,
}

/// A refusal with the text it refused.
pub(crate) type Refused = (Rejection, Option<String>);

#[derive(Default)]
pub(crate) struct Parsed {
    pub groups: Vec<Group>,
    /// Refers to a patient of another text.
    pub waiting: Vec<Piece>,
    /// Belongs to nobody: organisations, practitioners, places.
    pub loose: Vec<Piece>,
    pub refused: Vec<Refused>,
    /// Not what FHIR R4 defines, taken or refused.
    pub differing: Vec<Differing>,
    /// Files that came within resources: they are kept with their source, and opened nowhere.
    pub attachments: u64,
}

/// Imports what `paths` hold.
///
/// # Errors
/// [`ImportError`]; refused resources are no error but part of the report.
pub fn import(paths: &[PathBuf], context: &ImportContext<'_>) -> Result<ImportReport, ImportError> {
    let started = Instant::now();
    let files = input::list(paths);
    if files.is_empty() {
        return Err(ImportError::NothingToRead);
    }
    let total_bytes = files.iter().map(|f| f.bytes).sum();
    let mut writer = Writer::new(context, files.len() as u64, total_bytes);
    let mut waiting = Waiting::new(context.vault);
    std::thread::scope(|scope| -> VaultResult<()> {
        let (hand_over, parsed) = mpsc::sync_channel::<(Parsed, u64, u64)>(1);
        scope.spawn(|| parse_all(&files, context, hand_over));
        for (batch, bytes, count) in parsed {
            if context.cancel.load(Ordering::Relaxed) {
                break;
            }
            waiting.extend(batch.waiting)?;
            writer.refuse(batch.refused)?;
            writer.tally.differ(batch.differing);
            writer.tally.attachments += batch.attachments;
            writer.write_groups(batch.groups)?;
            writer.write_loose(batch.loose)?;
            writer.reached(bytes, count);
        }
        Ok(())
    })?;
    if !context.cancel.load(Ordering::Relaxed) {
        waiting.drain(|groups| writer.write_groups(groups))?;
    }
    Ok(writer.report(started.elapsed().as_secs_f64()))
}

fn parse_all(
    files: &[SourceFile],
    context: &ImportContext<'_>,
    hand_over: mpsc::SyncSender<(Parsed, u64, u64)>,
) {
    let mut at = 0;
    while at < files.len() && !context.cancel.load(Ordering::Relaxed) {
        if files[at].is_large_ndjson() {
            if !parse_stretches(&files[at], context, &hand_over) {
                return;
            }
            at += 1;
            continue;
        }
        let mut end = at;
        let mut bytes = 0;
        // An archive says how large its files are, and may lie: their count is bounded too.
        while end < files.len()
            && !files[end].is_large_ndjson()
            && (end == at || (bytes < BATCH_BYTES && end - at < BATCH_FILES))
        {
            bytes += files[end].bytes;
            end += 1;
        }
        let parsed: Vec<Parsed> = files[at..end].par_iter().map(|f| parse::file(f, context)).collect();
        let mut batch = Parsed::default();
        for one in parsed {
            batch.groups.extend(one.groups);
            batch.waiting.extend(one.waiting);
            batch.loose.extend(one.loose);
            batch.refused.extend(one.refused);
            batch.differing.extend(one.differing);
            batch.attachments += one.attachments;
        }
        // The writer has gone when it was cancelled or failed.
        if hand_over.send((batch, bytes, (end - at) as u64)).is_err() {
            return;
        }
        at = end;
    }
}

/// Parses a large file of one resource a line, stretch by stretch; false when nobody takes them any more.
fn parse_stretches(
    file: &SourceFile,
    context: &ImportContext<'_>,
    hand_over: &mpsc::SyncSender<(Parsed, u64, u64)>,
) -> bool {
    let mut left = file.bytes;
    for stretch in file.stretches(BATCH_BYTES as usize) {
        if context.cancel.load(Ordering::Relaxed) {
            return false;
        }
        let bytes = stretch.as_ref().map_or(0, |s| s.text.len() as u64).min(left);
        left -= bytes;
        if hand_over.send((parse::stretch(file, stretch, context), bytes, 0)).is_err() {
            return false;
        }
    }
    hand_over.send((Parsed::default(), left, 1)).is_ok()
}

pub(crate) struct Writer<'a> {
    context: &'a ImportContext<'a>,
    tally: Tally,
    files: u64,
    total_bytes: u64,
    bytes: u64,
    done: u64,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(context: &'a ImportContext<'a>, files: u64, total_bytes: u64) -> Self {
        let writer = Self { context, tally: Tally::default(), files, total_bytes, bytes: 0, done: 0 };
        writer.say_progress();
        writer
    }

    pub(crate) fn report(self, seconds: f64) -> ImportReport {
        let bytes = self.bytes;
        self.tally.report(seconds, bytes)
    }

    pub(crate) fn reached(&mut self, bytes: u64, files: u64) {
        self.bytes += bytes;
        self.done += files;
        self.say_progress();
    }

    fn say_progress(&self) {
        (self.context.progress)(Progress {
            files: self.done,
            total_files: self.files,
            bytes: self.bytes,
            total_bytes: self.total_bytes,
        });
    }

    pub(crate) fn write_groups(&mut self, groups: Vec<Group>) -> VaultResult<()> {
        let mut chunk = Vec::new();
        let mut size = 0;
        for group in groups {
            size += group.pieces.len() + 1;
            chunk.push(group);
            if size >= TRANSACTION {
                self.commit(std::mem::take(&mut chunk), Vec::new())?;
                size = 0;
            }
        }
        self.commit(chunk, Vec::new())
    }

    fn write_loose(&mut self, mut loose: Vec<Piece>) -> VaultResult<()> {
        while !loose.is_empty() {
            let rest = loose.split_off(loose.len().min(TRANSACTION));
            self.commit(Vec::new(), std::mem::replace(&mut loose, rest))?;
        }
        Ok(())
    }

    /// One transaction: whole patients, their entry in the trail, what was refused. Counted only once it is committed.
    fn commit(&mut self, groups: Vec<Group>, loose: Vec<Piece>) -> VaultResult<()> {
        if (groups.is_empty() && loose.is_empty()) || self.context.cancel.load(Ordering::Relaxed) {
            return Ok(());
        }
        let patients = groups.len();
        let tally = self.context.vault.write(|t| -> VaultResult<Tally> {
            (self.context.watch)(Moment::Begun);
            let mut tally = Tally::default();
            for group in groups {
                write::group(t, self.context, group, &mut tally)?;
            }
            for piece in loose {
                write::loose(t, self.context, &piece, &mut tally)?;
            }
            (self.context.on_commit)(t, &tally.in_words())?;
            (self.context.watch)(Moment::Written);
            Ok(tally)
        })?;
        (self.context.watch)(Moment::Committed(patients));
        self.tally.add(tally);
        Ok(())
    }

    pub(crate) fn refuse(&mut self, refused: Vec<Refused>) -> VaultResult<()> {
        if refused.is_empty() {
            return Ok(());
        }
        self.context.vault.write(|t| -> VaultResult<()> {
            for (rejection, source) in &refused {
                import_job::reject(t, &self.context.job, &rejected_row(rejection, source.clone()))?;
            }
            (self.context.on_commit)(t, &format!("{} refused", refused.len()))
        })?;
        refused.into_iter().for_each(|(rejection, _)| self.tally.reject(rejection));
        Ok(())
    }
}

pub(crate) fn rejected_row(rejection: &Rejection, source: Option<String>) -> import_job::Rejected {
    import_job::Rejected {
        file: rejection.file.clone(),
        line: rejection.line.map(|l| l as i64),
        reason: rejection.reason.clone(),
        source,
    }
}
