//! Many files in parallel: read, hash, describe, thumbnail, and over to whoever keeps them.
//!
//! At most two files for each helper are in memory at a time. One file's failure is that file's result and never stops
//! the others; only the sink's own failure and the cancel flag end a run, between two files.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rustcare_decode_helper::protocol::{Described, Display, RefusalCode};

use crate::pool::{DecodeError, DecodePool};
use crate::walk::{Candidate, ReadError, read_bounded};
use crate::watchdog::locked;

/// BLAKE3 of a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        ContentHash(*blake3::hash(bytes).as_bytes())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// An image that was read and may be kept.
#[derive(Debug)]
pub struct NewImage<'a> {
    /// What the file says.
    pub described: &'a Described,
    /// The hash of the whole file.
    pub hash: ContentHash,
    /// The whole file.
    pub bytes: &'a [u8],
    /// A PNG of the picture, given for one image of each series that has no thumbnail yet.
    pub thumbnail: Option<&'a [u8]>,
}

/// A file that could not be read as DICOM.
#[derive(Debug)]
pub struct RejectedFile<'a> {
    /// Its name below the folder.
    pub name: &'a str,
    /// The hash of the whole file.
    pub hash: ContentHash,
    /// The whole file.
    pub bytes: &'a [u8],
    /// Why, without any value from the file.
    pub reason: &'a str,
}

/// What became of an image at the sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is kept.
    Taken,
    /// The same bytes were there.
    AlreadyThere,
    /// Other bytes were there under the same SOP Instance UID.
    Changed,
}

/// Whoever keeps the images. Called by several threads at once.
pub trait Sink: Sync {
    /// Why the sink could not do its part; it ends the run.
    type Error: std::error::Error + Send;

    /// Whether a file with this hash is kept, so that reading it again can be spared.
    ///
    /// # Errors
    /// The sink's own failure.
    fn holds(&self, hash: &ContentHash) -> Result<bool, Self::Error>;

    /// Whether the series has a thumbnail.
    ///
    /// # Errors
    /// The sink's own failure.
    fn has_thumbnail(&self, series_instance_uid: &str) -> Result<bool, Self::Error>;

    /// Keeps an image, all of it or nothing, and says what became of it. Two files of one run may carry the same SOP
    /// Instance UID: the sink decides which came first.
    ///
    /// # Errors
    /// The sink's own failure.
    fn store(&self, image: NewImage<'_>) -> Result<Stored, Self::Error>;

    /// Keeps a file that could not be read, so that nothing is lost.
    ///
    /// # Errors
    /// The sink's own failure.
    fn quarantine(&self, file: RejectedFile<'_>) -> Result<(), Self::Error>;
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files done.
    pub done: u64,
    /// Files in all.
    pub total: u64,
    /// Bytes done.
    pub bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

/// A file that was not taken because of what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Its name below the folder.
    pub file: String,
    /// Why, without any value from the file.
    pub reason: String,
    /// The class of it, where the decoder said one.
    pub refusal: Option<RefusalCode>,
}

/// What a run did.
#[derive(Debug)]
pub struct Ingested<E> {
    /// Images kept.
    pub taken: u64,
    /// Files whose bytes were there before.
    pub already_there: u64,
    /// Files whose SOP Instance UID was there with other bytes, by name.
    pub changed: Vec<String>,
    /// Files that could not be read, ordered by name.
    pub rejected: Vec<Rejection>,
    /// Directory files (DICOMDIR) passed over.
    pub directories: u64,
    /// Bytes of the files done.
    pub bytes: u64,
    /// Why the run ended before its last file, if it did.
    pub stopped: Option<Stopped<E>>,
}

/// Why a run ended before its last file.
#[derive(Debug, thiserror::Error)]
pub enum Stopped<E> {
    /// It was cancelled.
    #[error("the import was cancelled")]
    Cancelled,
    /// The sink failed.
    #[error("the images could not be kept")]
    Sink(E),
    /// No helper can be started.
    #[error("the decoder could not be started")]
    Decoder(DecodeError),
}

enum Outcome {
    Stored(Stored),
    Rejected(String, Option<RefusalCode>),
    Directory,
}

/// Brings in files: hash, describe, thumbnail for the first image of each series, and over to the sink, on as many
/// threads as keep the pool's helpers busy. `progress` is called after each file, by any thread; `cancel` is looked at
/// before each file.
pub fn ingest<S: Sink>(
    files: &[Candidate],
    pool: &DecodePool,
    sink: &S,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Ingested<S::Error> {
    let run = Run {
        files,
        pool,
        sink,
        progress,
        cancel,
        next: AtomicUsize::new(0),
        series: Mutex::new(HashSet::new()),
        tally: Mutex::new(Tally::new(files)),
    };
    thread::scope(|scope| {
        // Twice as many threads as helpers: while one waits for its helper, another reads, hashes and stores.
        for _ in 0..(pool.size().get() * 2).min(files.len()) {
            scope.spawn(|| run.work());
        }
    });
    let tally = run.tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut ingested = tally.ingested;
    ingested.changed.sort_unstable();
    ingested.rejected.sort_by(|a, b| a.file.cmp(&b.file));
    ingested
}

struct Run<'a, S: Sink> {
    files: &'a [Candidate],
    pool: &'a DecodePool,
    sink: &'a S,
    progress: &'a (dyn Fn(Progress) + Sync),
    cancel: &'a AtomicBool,
    next: AtomicUsize,
    /// Series for which a thumbnail is made, being made, or there.
    series: Mutex<HashSet<String>>,
    tally: Mutex<Tally<S::Error>>,
}

struct Tally<E> {
    ingested: Ingested<E>,
    progress: Progress,
}

impl<E> Tally<E> {
    fn new(files: &[Candidate]) -> Self {
        let progress = Progress {
            total: files.len() as u64,
            total_bytes: files.iter().map(|file| file.bytes).sum(),
            ..Progress::default()
        };
        let ingested = Ingested {
            taken: 0,
            already_there: 0,
            changed: Vec::new(),
            rejected: Vec::new(),
            directories: 0,
            bytes: 0,
            stopped: None,
        };
        Tally { ingested, progress }
    }

    fn add(&mut self, file: &Candidate, outcome: Outcome) -> Progress {
        match outcome {
            Outcome::Stored(Stored::Taken) => self.ingested.taken += 1,
            Outcome::Stored(Stored::AlreadyThere) => self.ingested.already_there += 1,
            Outcome::Stored(Stored::Changed) => self.ingested.changed.push(file.name.clone()),
            Outcome::Directory => self.ingested.directories += 1,
            Outcome::Rejected(reason, refusal) => {
                self.ingested.rejected.push(Rejection { file: file.name.clone(), reason, refusal });
            }
        }
        self.ingested.bytes += file.bytes;
        self.progress.done += 1;
        self.progress.bytes += file.bytes;
        self.progress
    }
}

impl<S: Sink> Run<'_, S> {
    fn work(&self) {
        loop {
            if self.cancel.load(Ordering::Acquire) {
                locked(&self.tally).ingested.stopped.get_or_insert(Stopped::Cancelled);
                return;
            }
            let Some(file) = self.files.get(self.next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            if locked(&self.tally).ingested.stopped.is_some() {
                return;
            }
            match self.bring_in(file) {
                Ok(outcome) => {
                    let progress = locked(&self.tally).add(file, outcome);
                    (self.progress)(progress);
                }
                Err(stopped) => {
                    locked(&self.tally).ingested.stopped = Some(stopped);
                    return;
                }
            }
        }
    }

    fn bring_in(&self, file: &Candidate) -> Result<Outcome, Stopped<S::Error>> {
        let bytes = match read_bounded(&file.path) {
            Ok(bytes) => bytes,
            Err(error @ (ReadError::Io(_) | ReadError::TooLarge)) => {
                return Ok(Outcome::Rejected(error.to_string(), None));
            }
        };
        let hash = ContentHash::of(&bytes);
        if self.sink.holds(&hash).map_err(Stopped::Sink)? {
            return Ok(Outcome::Stored(Stored::AlreadyThere));
        }
        let described = match self.pool.describe(&bytes) {
            Ok(described) => described,
            Err(error @ DecodeError::Start(_)) => return Err(Stopped::Decoder(error)),
            Err(DecodeError::Refused(refusal)) if refusal.code == RefusalCode::Directory => {
                return Ok(Outcome::Directory);
            }
            Err(error) => {
                let reason = error.to_string();
                let refusal = match &error {
                    DecodeError::Refused(refusal) => Some(refusal.code),
                    _ => None,
                };
                let rejected = RejectedFile { name: &file.name, hash, bytes: &bytes, reason: &reason };
                self.sink.quarantine(rejected).map_err(Stopped::Sink)?;
                return Ok(Outcome::Rejected(reason, refusal));
            }
        };
        let thumbnail = self.thumbnail(&described, &bytes)?;
        let image = NewImage { described: &described, hash, bytes: &bytes, thumbnail: thumbnail.as_deref() };
        let stored = self.sink.store(image).map_err(Stopped::Sink)?;
        if thumbnail.is_some() && stored != Stored::Taken {
            locked(&self.series).remove(&described.series_instance_uid); // the next image brings one
        }
        Ok(Outcome::Stored(stored))
    }

    /// A thumbnail where the series has none yet; a picture that cannot be rendered leaves it to the next image.
    fn thumbnail(&self, described: &Described, bytes: &[u8]) -> Result<Option<Vec<u8>>, Stopped<S::Error>> {
        let series = &described.series_instance_uid;
        if described.display != Display::Yes || !locked(&self.series).insert(series.clone()) {
            return Ok(None);
        }
        if self.sink.has_thumbnail(series).map_err(Stopped::Sink)? {
            return Ok(None);
        }
        match self.pool.thumbnail(bytes, 0) {
            Ok(png) => Ok(Some(png)),
            Err(error @ DecodeError::Start(_)) => Err(Stopped::Decoder(error)),
            Err(_) => {
                locked(&self.series).remove(series);
                Ok(None)
            }
        }
    }
}
